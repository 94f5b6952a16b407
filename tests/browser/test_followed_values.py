"""Figures that follow the reader show what the models say, wherever the controls are moved."""

import csv
import io
import math

import pandas as pd
import pytest

from helpers.book.sphinx.figures.provenance import ADDED
from helpers.chapter.sidecar import sidecar

from .followed import EXPECTED
from .test_assumptions import CHAPTERS, panel_of, pushed, set_control, settle, values_to_try

# a distance from the true value on an axis, as a share of the axis; the tables are held closer
NEAR = 1e-9

READ = """async ([name, values]) => {
    const figure = document.querySelector(`figure[data-chart="${name}"]`);
    const follows = figure.dataset.follows.split(" ");
    const viewOf = () => [...figure.querySelectorAll(".yalu-live .root > g")]
        .map((group) => group.__data__ ?? group.querySelector(":scope > *").__data__)
        .find((item) => item?.context)?.context.dataflow;
    const set = () => follows.every((name) => viewOf()?.signal(name) === values[name]);
    const ready = () => set() && figure.querySelector(".yalu-live").scrollWidth <= innerWidth;
    for (let n = 0; n < 300 && !ready(); n += 1) await new Promise((done) => setTimeout(done, 10));
    if (!set()) return { late: true };
    const view = viewOf();
    await view.runAsync();
    const svg = figure.querySelector(".yalu-live svg");

    const back = (scale, at) => {
        if (!["band", "point"].includes(scale.type)) return Number(scale.invert(at));
        const middle = (value) => Math.abs(scale(value) + (scale.bandwidth?.() ?? 0) / 2 - at);
        return scale.domain().toSorted((a, b) => middle(a) - middle(b))[0];
    };
    const marks = [];
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
        const size = (axis) => {
            const domain = scale(axis)?.domain() ?? [0];
            return Math.max(...domain.map((end) => Math.abs(Number(end)))) || 1;
        };
        marks.push({ kind: mark.marktype, size: { x: size("x"), y: size("y") },
            items: mark.items.map(read) });
    };
    walk(view.scenegraph().root, null);

    const exported = await yalu.exported(figure);
    const tables = { exported: yalu.csvText(exported), live: yalu.csvText({ ...exported, view }) };
    exported.view.finalize();
    return { marks, tables };
}"""

# words on axes that reach over the edge of a live picture, and pictures that leave their place
CUT = """() => [
  ...document.querySelectorAll("figure[data-follows] .yalu-live svg")].flatMap((svg) => {
    const page = svg.getBoundingClientRect();
    const place = svg.closest(".yalu-chart").getBoundingClientRect();
    const name = svg.closest("figure").dataset.chart;
    const out = (box, frame) => box.left < frame.left - 0.5 || box.right > frame.right + 0.5
        || box.top < frame.top - 0.5 || box.bottom > frame.bottom + 0.5;
    const axes = "[class*=role-axis-label] text, [class*=role-axis-title] text";
    const words = [...svg.querySelectorAll(axes)]
        .filter((text) => text.textContent && text.getAttribute("opacity") !== "0"
            && out(text.getBoundingClientRect(), page));
    const wide = page.width > place.width + 0.5 ? ["the picture is wider than its place"] : [];
    return [...words.map((text) => `"${text.textContent}" is cut`), ...wide]
        .map((said) => `${name}: ${said}`);
})"""


def same(got, wanted, near=0.0):
    """Return whether a number, a day (in milliseconds) or a text is the one wanted."""
    if isinstance(wanted, pd.Timestamp):
        return abs(float(got) - wanted.timestamp() * 1000) <= 2
    if wanted is None or isinstance(wanted, str):
        return wanted is None or got == wanted
    return got is not None and math.isclose(float(got), wanted, rel_tol=1e-9, abs_tol=near)


def faults_of_marks(marks, shown):
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
            wrong = [(a, b) for a, b in zip(got, values, strict=True) if not same(a, b, near)]
            if wrong:
                first, true = wrong[0]
                yield f"{kind} {number} {way}: {len(wrong)} wrong, as {first} for {true}"


def faults_of_table(text, shown):
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
            if not same_cell(row.get(head, ""), value):
                yield f"row {number} {head}: {row.get(head)!r} for {value}"
                return


def same_cell(cell, value):
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return cell == ""
    if isinstance(value, pd.Timestamp):
        return cell == f"{value:%Y-%m-%d}"
    return cell != "" and same(cell, value)


def faults(page, name, values):
    read = page.evaluate(READ, [name, values])
    if read.get("late"):
        return ["does not follow"]
    shown = EXPECTED[name](values)
    tables = [f"{where} table: {fault}" for where, text in read["tables"].items()
              for fault in faults_of_table(text, shown)]  # fmt: skip
    return [*faults_of_marks(read["marks"], shown), *tables]


def followed(page):
    return dict(
        page.locator("figure[data-follows]").evaluate_all(
            "(all) => all.map((f) => [f.dataset.chart, f.dataset.follows.split(' ')])"
        )
    )


def ends_of(parameter):
    """Return both ends of a control, and something between; the book's own is no move at first."""
    tried = sorted(
        dict.fromkeys(values_to_try(parameter)), key=lambda one: one == parameter.default
    )
    return [tried[0], tried[-1], tried[len(tried) // 2]]


def moves(chapter, page, controls):
    """Move each control from end to end by itself, then all by the address, last on a phone.

    Yields the controls moved and the values that the panel then has.
    """
    panel, declared = panel_of(page), sidecar(chapter).parameters
    for control in controls:
        values = dict(panel["values"])
        for value in ends_of(declared[control])[:2]:
            values = pushed(chapter, values | {control: value}, control)
            set_control(page, control, value)
            settle(page)
            yield [control], values
        page.get_by_role("button", name="Back to the published").evaluate("(b) => b.click()")
        settle(page)
    for width, number in ((1280, 0), (1280, 1), (1280, 2), (360, 0), (360, 1)):
        page.set_viewport_size({"width": width, "height": 900})
        tried = {control: ends_of(declared[control])[number] for control in controls}
        query = "&".join(f"{name}={value}" for name, value in tried.items())
        page.evaluate("(query) => { location.hash = `#assumptions?${query}`; }", query)
        page.wait_for_function(
            "(query) => Object.entries(query).every(([name, value]) =>"
            " window.yalu.assumptions.values[name] === value)",
            arg=tried,
        )
        settle(page)
        yield controls, panel["values"] | tried


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_followed_figures_show_what_the_models_say(open_page, chapter):
    page = open_page(chapter, timezone_id="UTC")
    figures, found = followed(page), []
    published = {name: one.default for name, one in sidecar(chapter).parameters.items()}
    assert set(figures) == {name for name in EXPECTED if name.startswith(f"{chapter}-")}
    controls = list(dict.fromkeys(name for names in figures.values() for name in names))
    counted = dict.fromkeys(figures, 0)
    for moved, values in moves(chapter, page, controls):
        at = ", ".join(f"{name}={values[name]}" for name in moved)
        for name, follows in figures.items():
            if not set(moved).isdisjoint(follows):
                seen = published | {one: values[one] for one in follows}
                found += [f"{name}: {fault} ({at})" for fault in faults(page, name, seen)]
                counted[name] += 1
        found += [f"{fault} ({at})" for fault in page.evaluate(CUT)]
    assert min(counted.values()) >= 3
    assert page.errors == []
    assert not found, f"{len(found)} faults\n" + "\n".join(found)
