"""The built pages in a browser: whole, quiet, readable on a phone, with or without scripts."""

from pathlib import Path

import pytest

from helpers.analysis.sidecar import sidecar
from helpers.book.stage import chapter_files, toc_files

ROOT = Path(__file__).resolve().parents[2]
PAGES = [path.stem for path in toc_files(ROOT)]
CHAPTERS = [path.stem for path in chapter_files(ROOT)]
WIDTHS = (360, 768, 1280)

pytestmark = pytest.mark.browser
each_page = pytest.mark.parametrize("name", PAGES)
each_chapter = pytest.mark.parametrize("name", CHAPTERS)


def scroll_through(page):
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.body.scrollHeight; y += 600) {
                window.scrollTo(0, y);
                await new Promise((done) => setTimeout(done, 30));
            }
        }"""
    )
    page.wait_for_timeout(300)


@each_page
def test_no_page_asks_another_host_for_anything(open_page, name):
    page = open_page(name)
    scroll_through(page)
    assert [url for url in page.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.errors == []


@each_page
def test_no_page_scrolls_sideways(open_page, name):
    for width in WIDTHS:
        page = open_page(name, width)
        scroll_through(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@each_chapter
@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_shows_without_scripts(open_page, name, width):
    page = open_page(name, width, java_script_enabled=False)
    for figure in sidecar(name).figures:
        box = page.locator(f"#{name.replace('_', '-')}-{figure} svg:visible").bounding_box()
        assert box and box["width"] > 250 and box["height"] > 60, figure
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, figure


@each_chapter
def test_every_figure_is_described_and_says_where_it_is_from(open_page, name):
    page = open_page(name)
    figures = page.locator("figure.yalu-figure")
    assert figures.count() == len(sidecar(name).figures)
    for figure in figures.all():
        picture = figure.locator(".yalu-chart")
        assert picture.get_attribute("role") == "img"
        assert len(picture.get_attribute("aria-label").split()) > 8
        assert figure.locator("figcaption").inner_text().startswith("Figure ")
        assert figure.locator(".yalu-sources a").count() >= 1


def test_a_slider_redraws_its_chart_offline(open_page):
    page = open_page("luggage")
    figure = page.locator("#luggage-fee-income")
    figure.scroll_into_view_if_needed()
    figure.locator(".yalu-live svg").wait_for()
    before = figure.locator(".yalu-live svg").inner_html()
    slider = figure.locator("input[type=range]").nth(3)
    slider.evaluate(
        "(e) => { e.value = 5000; e.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    page.wait_for_timeout(400)
    assert figure.locator(".yalu-live svg").inner_html() != before
    assert page.errors == []


@pytest.mark.parametrize("width", (360, 1280))
def test_charts_change_colour_with_the_page(open_page, width):
    page = open_page("luggage", width)
    text = page.locator("#luggage-cost-per-kg svg:visible text").first
    inks = []
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        inks.append(text.evaluate("(e) => getComputedStyle(e).fill"))
    assert inks[0] != inks[1]
