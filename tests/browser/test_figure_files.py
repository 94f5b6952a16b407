"""What a reader takes from a figure under the reader's own assumptions: rows, links, addresses."""

import csv
import io

import pytest

from helpers.book.sphinx.figures.provenance import ADDED, ROW

from .conftest import SITE

FIGURE = "luggage-fee-income"
HERE = f"#{FIGURE}"
MOVED = "#assumptions?fee_low=100"


@pytest.fixture
def moved(open_page):
    page = open_page("luggage", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("(hash) => { location.hash = hash; }", MOVED)
    page.locator(f"{HERE}.yalu-is-altered").wait_for()
    return page


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_an_altered_file_has_the_columns_of_the_published_one_and_says_what_it_is(moved):
    with moved.expect_download() as download:
        moved.locator(f"{HERE} a[data-file=csv]").click()
    altered = rows_of(download.value.path().read_text("utf-8-sig"))
    published = rows_of((SITE / f"_static/figures/{FIGURE}.csv").read_text("utf-8-sig"))
    assert list(altered[0]) == list(published[0])
    for one, other in zip(altered, published, strict=True):
        assert "reader’s assumptions" in one["assumptions"] and "fee_low=100" in one["assumptions"]
        assert [one[name] for name in ADDED] == [other[name] for name in ADDED]


def test_a_link_to_a_figure_keeps_the_assumptions_and_opens_at_the_figure(moved, open_page):
    moved.locator(f"{HERE} .yalu-copy").click()
    moved.locator(".yalu-copy", has_text="Copied").wait_for()
    copied = moved.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"chapters/luggage.html{MOVED}&figure={FIGURE}")
    page = open_page(f"luggage{MOVED}&figure={FIGURE}")
    page.locator(f"{HERE}.yalu-is-altered").wait_for()
    page.wait_for_function(
        "(id) => Math.abs(document.getElementById(id).getBoundingClientRect().top) < innerHeight",
        arg=FIGURE,
    )
    assert page.evaluate("window.yalu.assumptions.values.fee_low") == 100
    assert "not understood" not in page.locator("#assumptions").inner_text()


def test_an_altered_figure_says_that_its_table_is_the_published_one(moved):
    words = moved.locator(f"{HERE} .yalu-published-rows")
    moved.locator(f"{HERE} .yalu-data summary").click()
    assert words.is_visible()
    moved.get_by_role("button", name="As published").click()
    moved.locator(f"{HERE}:not(.yalu-is-altered)").wait_for()
    assert not words.is_visible()


def test_panel_and_charts_break_no_policy(moved):
    moved.locator(".yalu-live svg").first.wait_for()
    assert moved.evaluate("window.broken") == [] and moved.noise == []


def test_a_row_of_a_page_links_to_its_claim(open_page):
    page = open_page("luggage")
    page.locator("#luggage-cost-per-kg .yalu-data summary").click()
    link = page.locator("#luggage-cost-per-kg tbody td:last-child a").last
    name = link.get_attribute("href").partition("#")[2]
    link.click()
    page.wait_for_url(f"**/evidence.html#{name}")
    assert page.evaluate("(name) => Boolean(document.getElementById(name))", name)
    published = rows_of((SITE / "_static/figures/luggage-cost-per-kg.csv").read_text("utf-8-sig"))
    assert any(row["ids are those of"] == ROW for row in published)
