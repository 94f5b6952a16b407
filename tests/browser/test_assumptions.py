"""The panel of a chapter: what it refuses, and how it words numbers."""

import random

from helpers.chapter.running import Result
from helpers.chapter.wording import number_words, quantity_words

from .panel import set_control, settle


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
