"""The panel of each chapter: what the page computes is what the models compute."""

import json
import math
import random
from datetime import date, timedelta

import numpy as np
import pytest

from helpers.chapter.answers import WITHIN, answers_at, headline_draws
from helpers.chapter.running import result_of, running
from helpers.chapter.sampling import middle_ninety, uniform_draws
from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import number_words, quantity_words

from ..chapters.running import run_to_answers
from ..conftest import answering

CHAPTERS = answering()
LIVE = ".yalu-panel .yalu-answers"


def panel_of(page):
    return json.loads(page.locator("script.yalu-panel-data").text_content())


def set_control(page, name, value):
    page.locator(f"#assume-{name}").evaluate(
        """(field, value) => {
            field.value = value;
            field.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        str(value),
    )


def settle(page):
    """Wait until the sentences have followed the last change."""
    page.wait_for_selector("#assumptions[aria-busy=false]")


def values_to_try(parameter):
    """Return the ends of a control and something between."""
    if parameter.choices:
        return parameter.choices
    if parameter.type == "date":
        first, last = (date.fromisoformat(str(end)) for end in (parameter.min, parameter.max))
        return [d.isoformat() for d in (first, first + timedelta((last - first).days // 2), last)]
    if parameter.type == "month":
        return [parameter.min, "2020-06", parameter.max]
    middle = parameter.min + (parameter.max - parameter.min) / 2
    middle = parameter.min + round((middle - parameter.min) / parameter.step) * parameter.step
    marks = [m for m in (parameter.low, parameter.high) if m is not None]
    wished = (parameter.min, *marks, middle, parameter.max)
    return [_typed(parameter, _on_slider(parameter, value)) for value in wished]


def _on_slider(parameter, value):
    """Return the nearest place of a slider, whose steps begin at its lower end."""
    steps = math.floor((value - parameter.min) / parameter.step + 0.5)
    return min(parameter.min + steps * parameter.step, parameter.max)


def _typed(parameter, value):
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


def results_at(values):
    found = answers_at(values)
    return {key: result_of(key, found) for key in found}


def expected_words(panel, key, style, values):
    held = {n: v for n, v in values.items() if v != panel["values"][n]}
    if key.removesuffix("_draws") in panel["headlines"] and key.endswith("_draws"):
        of = key.removesuffix("_draws")
        low, high = (end if math.isfinite(end) else None
                     for end in middle_ninety(headline_draws(held)[of]))  # fmt: skip
        if low is None and high is None:
            return sidecar(running().name).results[of].unknown
        about = results_at(values)[of]
        ends = type(about)(
            of, "", unit=about.unit, per=about.per, low=low, high=high, qualifier="exact"
        )
        return quantity_words(ends, style, panel["draws"]["digits"])
    return results_at(values)[key].text(style)


def shown_words(page):
    """Return what the results in the panel print: [key, style, words]; words are no links."""
    return page.locator(f"{LIVE} .yalu-result").evaluate_all(
        """(links) => links.map((link) => [
            (link.hash?.slice("#result-".length) ?? /yalu-of-([\\w-]+)/.exec(link.className)[1])
                .replaceAll("-", "_"),
            /yalu-print-(\\w+)/.exec(link.className)?.[1] ?? "full",
            link.textContent,
        ])"""
    )


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_page_computes_what_the_models_do(open_page, name):
    page = open_page(name)
    panel = panel_of(page)
    run_to_answers(name)
    check_controls(page, name, panel)
    check_random_inputs(page, name, panel)
    check_address(page, name, panel)
    assert page.errors == []
    assert [u for u in page.requests if not u.startswith(("file:", "data:", "blob:"))] == []


def check_controls(page, name, panel):
    """Each control moves the sentences as the models do, and back."""
    published = page.locator(LIVE).inner_html()
    tried = 0
    for control in panel["order"]:
        for value in values_to_try(sidecar(name).parameters[control]):
            values = pushed(name, panel["values"] | {control: value}, control)
            if values is None:
                continue
            set_control(page, control, value)
            settle(page)
            for key, style, words in shown_words(page):
                if key in panel["answers"] or key.endswith("_draws"):
                    told = expected_words(panel, key, style, values)
                    assert words == told, (control, value, key)
            tried += 1
            page.get_by_role("button", name="Back to the published").evaluate("(b) => b.click()")
            settle(page)
    assert tried >= 2 * len(panel["order"])
    assert page.locator(LIVE).inner_html() == published


def check_address(page, name, panel):
    """The address brings the assumptions back in another window."""
    numbers = [n for n in panel["order"] if panel["controls"][n]["type"] in ("number", "integer")]
    for control in numbers[:2]:
        set_control(page, control, panel["controls"][control]["min"])
    settle(page)
    told, address = page.locator(LIVE).inner_text(), page.url.partition("#")[2]
    assert address.startswith("assumptions?")
    again = page.context.new_page()
    again.goto(page.url)
    again.wait_for_selector(".yalu-is-altered")
    settle(again)
    assert again.locator(LIVE).inner_text() == told
    assert "not the published ones" in again.locator(".yalu-said").inner_text()
    assert again.locator(".yalu-command").inner_text().startswith(f"yalu run {name} -p ")
    again.get_by_role("button", name="Back to the published").click()
    settle(again)
    assert "#" not in again.url
    assert again.locator(".yalu-is-altered").count() == 0


def test_an_address_with_nonsense_is_told_and_harmless(open_page):
    page = open_page("luggage")
    page.goto(f"{page.url}#assumptions?fee_low=abc&nowhere=1&weeks=9999&bag_kg=40")
    page.wait_for_selector(".yalu-is-altered")
    settle(page)
    page.locator(".yalu-said", has_text="Left out of the address").wait_for()
    told = page.locator(".yalu-said").inner_text()
    assert all(word in told for word in ("fee_low", "nowhere", "weeks")) and "bag_kg" not in told
    assert page.evaluate("window.yalu.assumptions.values.bag_kg") == 40
    assert page.errors == []


def test_a_value_outside_every_source_and_one_that_is_not_allowed_say_so(open_page):
    page = open_page("luggage")
    set_control(page, "workers_per_week", 1800)
    row = page.locator(".yalu-control", has=page.locator("#assume-workers_per_week"))
    assert "outside every source" in row.inner_text() and "sources: 100–1,400" in row.inner_text()
    set_control(page, "bag_kg", 80)
    ours = page.locator(".yalu-control", has=page.locator("#assume-bag_kg")).inner_text()
    assert "outside every source" in ours and "sources: 25–70" in ours
    exact = row.locator(".yalu-exact")
    exact.fill("99999")
    assert "allowed: 0 to 2000" in row.inner_text()
    assert exact.get_attribute("aria-invalid") == "true"
    assert page.evaluate("window.yalu.assumptions.values.workers_per_week") == 1800


def check_random_inputs(page, name, panel, batches=20, size=50):
    """A thousand random inputs give what NumPy gives; texts are one for a batch."""
    chance, declared = random.Random(2026), sidecar(name).parameters
    for _ in range(batches):
        drawn = {
            n: [_random_value(declared[n], chance) for _ in range(size)] for n in panel["order"]
        }
        columns = {n: v if _counts(declared[n]) else v[:1] * size for n, v in drawn.items()}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        found = page.evaluate(
            """async ([panel, inputs]) => {
                const compute = await window.yalu.engine({ ...panel, headlines: [] });
                return inputs.map((values) => compute({ ...panel.values, ...values }).answers);
            }""",
            [panel, rows],
        )
        wanted = answers_at(
            {n: np.array(v) if _counts(declared[n]) else v[0] for n, v in columns.items()}
        )
        for key in panel["answers"]:
            for end, numbers in _ends(wanted[key]).items():
                got = [answers[key][end] for answers in found]
                assert_same(got, np.broadcast_to(numbers, size), (key, end))


def _counts(parameter):
    return parameter.type in ("number", "integer") and not parameter.choices


def assert_same(got, wanted, place):
    if wanted.dtype.kind in "UO":
        assert got == wanted.tolist(), place
        return
    got = np.array([np.nan if value is None else value for value in got], dtype=float)
    same = np.isclose(got, wanted, rtol=1e-9, atol=1e-12, equal_nan=True)
    assert (same | ~np.isfinite(wanted) & ~np.isfinite(got)).all(), (place, got, wanted)


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


def test_the_page_draws_the_numbers_of_the_notebook(open_page):
    page = open_page("luggage")
    panel = panel_of(page)
    draws = panel["draws"]
    # the panel is sorted by name, its dimensions are in the order of the sidecar
    declared = [name for name in sidecar("luggage").parameters if name in draws["directions"]]
    wanted = uniform_draws([*declared, WITHIN], draws["count"])
    for name, directions in draws["directions"].items():
        drawn = page.evaluate(
            "([count, directions, shift]) => [...window.yalu.uniform(count, directions, shift)]",
            [draws["count"], directions, draws["shifts"][name]],
        )
        assert drawn == wanted[name].tolist(), name


def quantities_to_word():
    """Return figures, units and styles of all sizes: figures, unit, its words, digits, ..."""
    chance = random.Random(7)
    numbers = [0.0, 1.0, 50.0, 12.5, 0.0078125, -3.0, 999.5, 999_999.5, 1e6, 1.25e9, 1e12, 2.5]
    numbers += [chance.uniform(-1, 1) * 10 ** chance.uniform(-4, 12) for _ in range(1500)]
    units = [("per cent", "per cent", "percent"), ("bag", "bags", "bags"), ("", "", "share"),
             ("million yuan", "million yuan", "CNY_million")]  # fmt: skip
    made = []
    for number in numbers:
        one, many, unit = chance.choice(units)
        more = number + abs(number) * chance.random()
        figures = chance.choice([{"value": number}, {"low": number}, {"high": number},
                                 {"low": number, "high": more}])  # fmt: skip
        made.append((figures, unit, [one, many], chance.choice([None, 1, 2, 3]),
                     chance.choice(["exact", "about", "nearly", "at_least", "more_than", "up_to"]),
                     chance.choice(["bare", "unit", "full"])))  # fmt: skip
    return made


def test_the_page_words_numbers_as_the_notebook_does(open_page):
    from helpers.chapter.running import Result

    page, quantities = open_page("luggage"), quantities_to_word()
    asked = [
        [figures, {"unit": words, "per": "a week", "digits": digits, "qualifier": qualifier,
                   "share": unit == "share", "percent": unit == "percent"}, style]
        for figures, unit, words, digits, qualifier, style in quantities
    ]  # fmt: skip
    told = page.evaluate(
        "(asked) => asked.map(([f, about, style]) => window.yalu.words.quantity(f, about, style))",
        asked,
    )
    for (figures, unit, _, digits, qualifier, style), words in zip(quantities, told, strict=True):
        result = Result(
            "x", "", unit=unit, per="week", qualifier=qualifier, digits=digits, **figures
        )
        assert words == quantity_words(result, style, digits), (figures, unit, digits, style)
    assert page.evaluate("window.yalu.words.number(1234567.5, 3)") == number_words(1234567.5, 3)
