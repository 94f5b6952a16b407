"""axe-core finds nothing on any page, light and dark, with a card, search or contents open."""

import pytest

from helpers.book.stage import toc_files

from .test_pages import ROOT

pytestmark = pytest.mark.browser
# the register with some of its entries unfolded
PAGES = [path.stem for path in toc_files(ROOT)] + ["evidence#?place=Hunchun", "../search"]
PAGES.remove("evidence")
COLOURS = ["color-contrast", "link-in-text-block"]


def set_theme(page, theme):
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_violation_in_light_or_dark(open_page, axe, name):
    page = open_page(name)
    assert axe(page) == []
    set_theme(page, "dark")
    assert axe(page, runOnly=COLOURS) == []


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
