"""The panel of each chapter: words and charts follow every control as the models say.

A chapter is loaded once, and all that its panel and its first view must do is held against it.
"""

import random
from datetime import date, timedelta

import numpy as np
import pytest

from helpers.chapter.answers import answers_at
from helpers.chapter.sidecar import sidecar

from ..chapters.running import run_to_answers
from ..conftest import answering
from .followed import EXPECTED
from .panel import (
    LIVE,
    chart_faults,
    panel_of,
    pushed,
    read_chart,
    reset,
    set_control,
    settle,
    values_to_try,
    wrong_words,
)

CHAPTERS = answering()
# px: the height of a page at 1280 px with all folded; how much of it must be the story
TALLEST, STORY = 14_000, 2 / 3

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


class Panel:
    """The panel of a chapter on an open page, and the charts that follow it."""

    def __init__(self, page, chapter):
        self.page, self.chapter = page, chapter
        self.data, self.declared = panel_of(page), sidecar(chapter).parameters
        self.published = {name: one.default for name, one in self.declared.items()}
        self.figures = dict(page.locator("figure[data-follows]").evaluate_all(
            "(all) => all.map((f) => [f.dataset.chart, f.dataset.follows.split(' ')])"
        ))  # fmt: skip
        self.first = page.locator("figure.yalu-figure").first.get_attribute("data-chart")

    def told(self):
        """Return all numbers that follow."""
        return self.page.locator(LIVE).all_text_contents()

    def places(self):
        """Return where the marks of the first chart stand, as published."""
        values = {name: self.published[name] for name in self.figures[self.first]}
        return read_chart(self.page, self.first, values)["drawn"]

    def faults(self, moved, values, tables=False):
        """Return what is wrong under some values, and where the first chart's marks then are."""
        found, drawn = list(wrong_words(self.page, self.data, values)), None
        for name, follows in self.figures.items():
            if set(moved).isdisjoint(follows):
                continue
            seen = self.published | {one: values[one] for one in follows}
            read = read_chart(self.page, name, seen, tables)
            found += [f"{name}: {fault}" for fault in chart_faults(read, EXPECTED[name](seen))]
            drawn = read.get("drawn") if name == self.first else drawn
        found += self.page.evaluate(CUT)
        at = ", ".join(f"{name}={values[name]}" for name in moved)
        return [f"{fault} ({at})" for fault in found], drawn


def first_view(panel):
    """Return what is wrong with the first view: the panel's place, the page's height, scenarios."""
    page = panel.page
    places, below = (
        """() => ["figure.yalu-figure", "#assumptions"].map((part) => {
        const { left, right, top, bottom } = document.querySelector(part).getBoundingClientRect();
        return { left, right, top, bottom };
    })""",
        "document.querySelector('#for-those-who-check').getBoundingClientRect()",
    )
    figure, box = page.evaluate(places)
    if box["left"] < figure["right"] or abs(box["top"] - figure["top"]) > 60:
        yield f"1280: the panel does not stand beside the first figure: {box}, {figure}"
    height = page.evaluate("document.documentElement.scrollHeight")
    if height > TALLEST:
        yield f"the page is {height} px high"
    story = page.evaluate(f"{below}.top - document.querySelector('h1').getBoundingClientRect().top")
    rest = page.evaluate(f"{below}.height")
    if story < STORY * (story + rest):
        yield f"the story is {story:.0f} of {story + rest:.0f} px"
    page.set_viewport_size({"width": 360, "height": 900})
    figure, box = page.evaluate(places)
    if box["top"] < figure["bottom"] - 1:
        yield "360: the panel does not stand below the first figure"
    page.set_viewport_size({"width": 1280, "height": 900})
    if set(panel.figures.get(panel.first, ())) != set(panel.data["order"]):
        yield "the first figure does not follow every control"
    if set(panel.figures) != {name for name in EXPECTED if name.startswith(f"{panel.chapter}-")}:
        yield f"figures that follow: {sorted(panel.figures)}"


def scenarios(panel):
    """Press each button: it sets what the sidecar says, all else as published."""
    declared = sidecar(panel.chapter).scenarios.values()
    wanted = [("As published", {}), *((one.title, one.parameters) for one in declared)]
    buttons = panel.page.locator(".yalu-scenarios button")
    if len(wanted) != 4 or buttons.all_inner_texts() != [title for title, _ in wanted]:
        yield f"buttons: {buttons.all_inner_texts()}"
        return
    published = panel.told()
    for button, (title, values) in reversed(list(zip(buttons.all(), wanted, strict=True))):
        button.click()
        settle(panel.page)
        now = panel.page.evaluate("window.yalu.assumptions.values")
        if now != panel.data["values"] | values or button.get_attribute("aria-pressed") != "true":
            yield f"scenario {title} sets {now}"
        if values and panel.told() == published:
            yield f"scenario {title} moves no number"
    if panel.told() != published:
        yield "the numbers do not come back"


def each_control(panel):
    """Move each control to its lowest and highest value, or each choice: all follows."""
    page, data = panel.page, panel.data
    set_control(page, data["order"][0], values_to_try(panel.declared[data["order"][0]])[-1])
    reset(page)
    numbers, places = panel.told(), panel.places()
    for control in data["order"]:
        tried = values_to_try(panel.declared[control])
        if not panel.declared[control].choices:
            tried = [tried[0], tried[-1]]
        for value in (one for one in tried if one != data["values"][control]):
            values = pushed(panel.chapter, data["values"] | {control: value}, control)
            if values is None:
                continue
            set_control(page, control, value, afresh=True)
            settle(page)
            found, drawn = panel.faults([control], values)
            yield from found
            if drawn == places:
                yield f"no mark of the first figure moves ({control}={value})"
            if panel.told() == numbers:
                yield f"no number moves ({control}={value})"
    reset(page)
    if panel.told() != numbers:
        yield "the numbers do not come back"


def all_controls(panel):
    """Move all controls at once by the address, to each end and between; last on a phone."""
    page, order = panel.page, panel.data["order"]
    for width, share in ((1280, 0), (1280, 1), (1280, 0.5), (360, 0), (360, 1)):
        page.set_viewport_size({"width": width, "height": 900})
        tried = {}
        for control in order:
            own, values = panel.published[control], values_to_try(panel.declared[control])
            others = [value for value in values if value != own]
            tried[control] = others[round(share * (len(others) - 1))]
        query = "&".join(f"{name}={value}" for name, value in tried.items())
        page.evaluate("(query) => { location.hash = `#assumptions?${query}`; }", query)
        page.wait_for_function(
            "(query) => Object.entries(query).every(([name, value]) =>"
            " window.yalu.assumptions.values[name] === value)",
            arg=tried,
        )
        settle(page)
        found, _ = panel.faults(order, panel.data["values"] | tried, tables=True)
        yield from (f"{width}: {fault}" for fault in found)


def address(panel):
    """The address brings the assumptions back in another window, and from there back home."""
    told, here = panel.told(), panel.page.url
    assert here.partition("#")[2].startswith("assumptions?")
    again = panel.page.context.new_page()
    again.goto(here)
    again.wait_for_selector(".yalu-is-altered")
    settle(again)
    if again.locator(LIVE).all_text_contents() != told:
        yield "the address gives other numbers"
    if "not the published ones" not in again.locator(".yalu-said").inner_text():
        yield "nothing says that these are the reader's assumptions"
    if not again.locator(".yalu-command").inner_text().startswith(f"yalu run {panel.chapter} -p "):
        yield "no command for these assumptions"
    reset(again)
    if "#" in again.url or again.locator(".yalu-is-altered").count():
        yield "not as published again"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_panel_moves_words_and_charts_as_the_models_say(open_page, chapter):
    page = open_page(chapter, timezone_id="UTC")
    run_to_answers(chapter)
    panel = Panel(page, chapter)
    found = [*first_view(panel), *scenarios(panel), *each_control(panel), *all_controls(panel)]
    found += [*address(panel), *random_inputs(panel), *page.errors]
    found += [u for u in page.requests if not u.startswith(("file:", "data:", "blob:"))]
    assert not found, f"{len(found)} faults\n" + "\n".join(found)


def random_inputs(panel, batches=20, size=50):
    """A thousand random inputs give what NumPy gives; texts are one for a batch."""
    chance, declared = random.Random(2026), panel.declared
    drawn = []
    for _ in range(batches):
        batch = {
            n: [_random_value(declared[n], chance) for _ in range(size)]
            for n in panel.data["order"]
        }
        drawn.append({n: v if _counts(declared[n]) else v[:1] * size for n, v in batch.items()})
    found = panel.page.evaluate(
        """async ([panel, batches]) => {
            const compute = await window.yalu.engine(panel);
            const names = Object.keys(batches[0]);
            return batches.map((columns) => columns[names[0]].map((_, row) => compute({
                ...panel.values, ...Object.fromEntries(names.map((n) => [n, columns[n][row]])) })));
        }""",
        [panel.data, drawn],
    )
    for columns, answers in zip(drawn, found, strict=True):
        wanted = answers_at(
            {n: np.array(v) if _counts(declared[n]) else v[0] for n, v in columns.items()}
        )
        for key in panel.data["answers"]:
            for end, numbers in _ends(wanted[key]).items():
                got = [one[key][end] for one in answers]
                if not _all_same(got, np.broadcast_to(numbers, size)):
                    yield f"{key} {end}: {got} for {numbers}"
                    return


def _counts(parameter):
    return parameter.type in ("number", "integer") and not parameter.choices


def _all_same(got, wanted):
    if wanted.dtype.kind in "UO":
        return got == wanted.tolist()
    got = np.array([np.nan if value is None else value for value in got], dtype=float)
    same = np.isclose(got, wanted, rtol=1e-9, atol=1e-12, equal_nan=True)
    return (same | ~np.isfinite(wanted) & ~np.isfinite(got)).all()


def _ends(value):
    return {"low": value[0], "high": value[1]} if isinstance(value, tuple) else {"value": value}


def _random_value(parameter, chance):
    if parameter.choices:
        return chance.choice(parameter.choices)
    if parameter.type == "date":
        first, last = (date.fromisoformat(str(end)) for end in (parameter.min, parameter.max))
        return (first + timedelta(chance.randrange((last - first).days + 1))).isoformat()
    if parameter.type == "month":
        return f"{chance.randrange(2016, 2026)}-{chance.randrange(1, 13):02}"
    if parameter.type == "integer":
        return chance.randint(int(parameter.min), int(parameter.max))
    return chance.uniform(parameter.min, parameter.max)
