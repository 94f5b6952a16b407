"""How tests move the panel of a chapter, and what its words and its charts then must be."""

import csv
import io
import json
import math
from datetime import date, timedelta

import pandas as pd

from helpers.book.sphinx.figures.provenance import ADDED
from helpers.chapter.answers import answers_at
from helpers.chapter.running import parameter_result, result_of, running
from helpers.chapter.sidecar import sidecar

# a distance from the true value on an axis, as a share of the axis; the tables are held closer
NEAR = 1e-9
# the numbers that follow the controls: of the answer, of captions and of the panel
LIVE = (
    ".page-article > section > p .yalu-result, figure[data-follows] .yalu-result, "
    ".yalu-panel .yalu-result"
)

SET = """([name, value, afresh]) => {
    if (afresh) document.querySelector(".yalu-scenarios button").click();
    const field = document.querySelector(`#assume-${name}`);
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
}"""

# Marks of a chart as numbers on its axes, and its data as they are read and taken away.
READ = """async ([name, values, exporting]) => {
    const figure = document.querySelector(`figure[data-chart="${name}"]`);
    const follows = figure.dataset.follows.split(" ");
    const viewOf = () => [...figure.querySelectorAll(".yalu-live .root > g")]
        .map((group) => group.__data__ ?? group.querySelector(":scope > *").__data__)
        .find((item) => item?.context)?.context.dataflow;
    const set = () => follows.every((name) => viewOf()?.signal(name) === values[name]);
    const ready = () => set() && figure.querySelector(".yalu-live").scrollWidth <= innerWidth;
    for (let n = 0; n < 3000 && !ready(); n += 1) await new Promise((done) => setTimeout(done, 10));
    if (!set()) return { late: true };
    const view = viewOf();
    await view.runAsync();

    const back = (scale, at) => {
        if (!["band", "point"].includes(scale.type)) return Number(scale.invert(at));
        const middle = (value) => Math.abs(scale(value) + (scale.bandwidth?.() ?? 0) / 2 - at);
        return scale.domain().toSorted((a, b) => middle(a) - middle(b))[0];
    };
    const marks = [];
    const places = [];
    const walk = (mark, group) => {
        if (mark.role.startsWith("axis") || mark.role.startsWith("legend")) return;
        if (mark.marktype === "group") {
            for (const item of mark.items) for (const inner of item.items) walk(inner, item);
            return;
        }
        const prefix = /^(concat_\\d+_)?/.exec(mark.name ?? "")[0];
        const scale = (axis) => group.context.scales[prefix + axis]?.value;
        const ends = (item) => {
            const box = mark.marktype === "rect";
            const { x, y, text } = item;
            return box ? { x, y: y + item.height / 2, x2: x + item.width, text }
                : { x, y, x2: item.x2, y2: item.y2, text };
        };
        const read = (item) => Object.fromEntries(Object.entries(ends(item))
            .filter(([, at]) => at !== undefined)
            .map(([way, at]) => [way,
                way === "text" || !scale(way[0]) ? at : back(scale(way[0]), at)]));
        places.push(mark.items.map(({ x, y, x2, y2, width, height, text }) => (
            [x, y, x2, y2, width, height, text])));
        const size = (axis) => {
            const domain = scale(axis)?.domain() ?? [0];
            return Math.max(...domain.map((end) => Math.abs(Number(end)))) || 1;
        };
        marks.push({ kind: mark.marktype, size: { x: size("x"), y: size("y") },
            items: mark.items.map(read) });
    };
    walk(view.scenegraph().root, null);

    const drawn = JSON.stringify(places);
    if (!exporting) return { marks, drawn, tables: {} };
    const exported = await yalu.exported(figure);
    const tables = { exported: yalu.csvText(exported), live: yalu.csvText({ ...exported, view }) };
    exported.view.finalize();
    return { marks, drawn, tables };
}"""


def panel_of(page):
    return json.loads(page.locator("script.yalu-panel-data").text_content())


def set_control(page, name, value, afresh=False):
    """Set a control; `afresh` sets all others as published before."""
    page.evaluate(SET, [name, str(value), afresh])


def settle(page):
    """Wait until the sentences have followed the last change."""
    page.wait_for_selector("#assumptions[aria-busy=false]", state="attached")


def reset(page):
    page.get_by_role("button", name="As published").evaluate("(button) => button.click()")
    settle(page)


def values_to_try(parameter):
    """Return the ends of a control and something between, or all its choices."""
    if parameter.choices:
        return parameter.choices
    if parameter.type == "date":
        first, last = (date.fromisoformat(str(end)) for end in (parameter.min, parameter.max))
        return [d.isoformat() for d in (first, first + timedelta((last - first).days // 2), last)]
    if parameter.type == "month":
        return [parameter.min, "2020-06", parameter.max]
    middle = parameter.min + (parameter.max - parameter.min) / 2
    return [_on_slider(parameter, value) for value in (parameter.min, middle, parameter.max)]


def _on_slider(parameter, value):
    """Return the nearest place of a slider, whose steps begin at its lower end."""
    steps = math.floor((value - parameter.min) / parameter.step + 0.5)
    value = min(parameter.min + steps * parameter.step, parameter.max)
    return int(value) if parameter.type == "integer" else float(f"{value:.9g}")


def pushed(chapter, values, moved):
    """Return the values with the partner of a pair taken along, None where the page refuses."""
    for first, sign, second in sidecar(chapter).rules:
        if moved not in (first, second) or first not in values or second not in values:
            continue
        if values[first] < values[second] or (sign == "<=" and values[first] == values[second]):
            continue
        if isinstance(values[moved], str):
            return None
        values = values | {second if moved == first else first: values[moved]}
    return values


def shown_words(page):
    """Return what the numbers that follow print: [key, style, words]; words are no links."""
    return page.locator(LIVE).evaluate_all(
        """(links) => links.map((link) => [
            (link.hash?.slice("#result-".length) ?? /yalu-of-([\\w-]+)/.exec(link.className)?.[1]
                ?? "").replaceAll("-", "_"),
            /yalu-print-(\\w+)/.exec(link.className)?.[1] ?? "full",
            link.textContent,
        ])"""
    )


def wrong_words(page, panel, values):
    """Return which of the numbers that follow are not those of the models; they have run here."""
    found = answers_at(values)
    for key, style, words in shown_words(page):
        if key in panel["answers"]:
            wanted = result_of(key, found).text(style)
        elif key in panel["controls"]:
            wanted = parameter_result(key, running().name, values[key]).text(style)
        else:
            continue
        if words != wanted:
            yield f"{key}: {words!r} for {wanted!r}"


def _same(got, wanted, near=0.0):
    """Return whether a number, a day (in milliseconds) or a text is the one wanted."""
    if isinstance(wanted, pd.Timestamp):
        return abs(float(got) - wanted.timestamp() * 1000) <= 2
    if wanted is None or isinstance(wanted, str):
        return wanted is None or got == wanted
    return got is not None and math.isclose(float(got), wanted, rel_tol=1e-9, abs_tol=near)


def _faults_of_marks(marks, shown):
    kinds, wanted = [mark["kind"] for mark in marks], [kind for kind, _ in shown.marks]
    if kinds != wanted:
        yield f"draws {kinds}, not {wanted}"
        return
    for number, (mark, (kind, channels)) in enumerate(zip(marks, shown.marks, strict=True)):
        for way, values in channels.items():
            values, got = list(values), [item.get(way) for item in mark["items"]]
            if len(got) != len(values):
                yield f"{kind} {number} has {len(got)} items, not {len(values)}"
                break
            near = NEAR * mark["size"].get(way[0], 0)
            wrong = [(a, b) for a, b in zip(got, values, strict=True) if not _same(a, b, near)]
            if wrong:
                first, true = wrong[0]
                yield f"{kind} {number} {way}: {len(wrong)} wrong, as {first} for {true}"


def _faults_of_table(text, shown):
    found = list(csv.DictReader(io.StringIO(text)))
    heads = [head for head in (found[0] if found else []) if head not in ADDED]
    heads = heads[: heads.index("figure")] if found else []
    if found and [head for head in heads if head not in shown.words] != shown.heads:
        yield f"heads {heads}, not {shown.heads}"
    if len(found) != len(shown.rows):
        yield f"{len(found)} rows, not {len(shown.rows)}"
        return
    for number, (row, values) in enumerate(zip(found, shown.rows, strict=True)):
        for head, value in zip(shown.heads, values, strict=True):
            if not _same_cell(row.get(head, ""), value):
                yield f"row {number} {head}: {row.get(head)!r} for {value}"
                return


def _same_cell(cell, value):
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return cell == ""
    if isinstance(value, pd.Timestamp):
        return cell == f"{value:%Y-%m-%d}"
    return cell != "" and _same(cell, value)


def read_chart(page, name, values, tables=False):
    """Return what a chart shows once it has values: marks, their places, and tables if asked."""
    return page.evaluate(READ, [name, values, tables])


def chart_faults(read, shown):
    """Return where a chart that was read is not as `shown`, a `Shown`, says."""
    if read.get("late"):
        return ["does not follow"]
    return [*_faults_of_marks(read["marks"], shown),
            *(f"{where} table: {fault}" for where, text in read["tables"].items()
              for fault in _faults_of_table(text, shown))]  # fmt: skip
