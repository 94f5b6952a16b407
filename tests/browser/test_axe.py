"""axe-core finds nothing on any page, light and dark, with a card, the search or the contents open."""

import pytest

from helpers.book.stage import toc_files

from .test_pages import ROOT

pytestmark = pytest.mark.browser
PAGES = [path.stem for path in toc_files(ROOT)]
COLOURS = ["color-contrast", "link-in-text-block"]
# hundreds of entries are made by the same few lines: a test below looks at some, unfolded
WHOLE = {"include": ["html"], "exclude": [".reg-group:nth-of-type(n+3)", ".reg-source:nth-of-type(n+3)"]}


def set_theme(page, theme):
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")


@pytest.mark.parametrize("name", [*PAGES, "../search"])
def test_no_page_has_a_violation_in_light_or_dark(open_page, axe, name):
    page = open_page(name)
    assert axe(page, WHOLE) == []
    set_theme(page, "dark")
    assert axe(page, WHOLE, runOnly=COLOURS) == []


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_a_page_with_an_open_card_has_no_violation(open_page, axe, theme):
    page = open_page("luggage")
    set_theme(page, theme)
    link = page.locator("a.yalu-claim").first
    link.focus()
    page.locator(".yalu-card").wait_for()
    assert axe(page) == []


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_contents_on_a_phone_and_the_search_have_no_violation(open_page, axe, theme):
    page = open_page("about", 360)
    set_theme(page, theme)
    page.locator(".page-menu").click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator(".page-find").wait_for()
    assert axe(page) == []


def test_the_register_unfolded_has_no_violation(open_page, axe):
    page = open_page("evidence#?place=Hunchun")
    page.locator(".reg-claim:visible").first.wait_for()
    assert axe(page, "#theme-visas") == []
