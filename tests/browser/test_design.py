"""The frame of a page: contents, theme, head, print; by keyboard, and without scripts."""

import re

import pytest

from helpers.book.stage import toc_files

from .conftest import ROOT

PAGES = [path.stem for path in toc_files(ROOT)]


def test_the_contents_name_every_page_and_the_sections_of_this_one(open_page):
    page = open_page("visas")
    links = page.locator(".page-side nav > ul > li > a")
    pages = {link.get_attribute("href").removesuffix(".html") for link in links.all()}
    assert pages == {"#", *PAGES} - {"visas"}
    assert page.locator(".page-side [aria-current]").inner_text().endswith("Thirty days at a time")
    sections = page.locator(".page-side nav ul ul a")
    headings = page.locator("article > section > section > h2")
    assert sections.count() == headings.count() > 8
    for link in sections.all():
        assert page.locator(link.get_attribute("href")).count() == 1


def test_the_section_in_view_is_marked_in_the_contents(open_page):
    page = open_page("luggage")
    section = page.locator("article > section > section").nth(1)
    section.evaluate("(one) => one.scrollIntoView({ behavior: 'instant' })")
    here = page.locator(".page-here")
    here.first.wait_for()
    title = "(h) => [...h.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join('')"
    assert here.all_inner_texts() == [section.locator("h2").evaluate(title)]


def test_on_a_phone_the_contents_open_and_close_with_the_keyboard(open_page):
    page = open_page("about", 360)
    side = page.locator(".page-side")
    assert not side.is_visible()
    page.locator(".page-menu").focus()
    page.keyboard.press("Enter")
    assert side.is_visible()
    assert page.locator(".page-menu").get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.querySelector('.page-side').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert not side.is_visible()
    assert page.evaluate("document.activeElement.className") == "page-menu"


@pytest.mark.parametrize("width", (360, 1280))
def test_without_scripts_contents_and_search_are_links(open_page, width):
    page = open_page("about", width, java_script_enabled=False)
    assert page.locator(".page-theme").is_hidden()
    if width == 360:
        page.locator(".page-menu").click()
    page.locator(".page-side a", has_text="Somebody else’s suitcase").click()
    page.wait_for_url("**/luggage.html")
    page.locator(".page-search").click()
    page.wait_for_url("**/search.html")
    assert "needs scripts" in page.locator("main").inner_text()


def test_the_theme_goes_from_auto_to_light_to_dark_and_is_kept(open_page):
    page = open_page("about", color_scheme="dark")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    button = page.locator(".page-theme")
    for words in ("light", "dark", "auto", "light"):
        shown = "dark" if words == "auto" else words
        button.click()
        assert (button.inner_text(), page.evaluate(theme)) == (f"Theme: {words}", shown)
    page.reload()
    assert page.evaluate(theme) == "light"


def test_the_first_key_leads_to_the_text_and_every_link_can_be_seen_in_focus(open_page):
    page = open_page("about")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "page-skip"
    assert page.locator(".page-skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    for _ in range(6):
        page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) == "solid"
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_keyboard_reaches_all_that_can_be_used(open_page):
    page = open_page("about")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, summary, input')]"
        ".filter((e) => e.tabIndex >= 0 && e.checkVisibility()).length"
    )
    reached = set()
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        )
    assert len(reached - {-1}) >= wanted


def test_who_wants_no_motion_gets_none(open_page):
    page = open_page("about")
    for motion, behaviour in (("reduce", "auto"), ("no-preference", "smooth")):
        page.emulate_media(reduced_motion=motion)
        shown = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        assert shown == behaviour


def test_lines_are_as_long_as_the_eye_can_follow(open_page):
    page = open_page("about")
    letters = page.evaluate(
        """() => {
            const text = document.querySelector('article > section > section > p');
            const style = getComputedStyle(text);
            const pen = document.createElement('canvas').getContext('2d');
            pen.font = `${style.fontSize} ${style.fontFamily}`;
            const words = text.textContent;
            const limit = Number.parseFloat(style.maxWidth);
            return limit / (pen.measureText(words).width / words.length);
        }"""
    )
    assert 60 <= letters <= 75


def test_print_leaves_the_text_and_takes_away_the_frame(open_page):
    page = open_page("luggage")
    page.emulate_media(media="print")
    for name in (".page-head", ".page-side", ".page-turn", "details.hide"):
        assert not page.locator(name).first.is_visible(), name
    assert page.locator("article h1").is_visible()
    assert page.locator("figure.yalu-figure").first.is_visible()


def test_the_names_on_the_map_do_not_touch_each_other(open_page):
    page = open_page("index")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        boxes = page.locator("#border-map svg:visible text").evaluate_all(
            """(texts) => texts.map((t) => {
                const box = t.getBoundingClientRect();
                return [t.textContent, box.left, box.top + 3, box.right, box.bottom - 3];
            })"""
        )
        assert len(boxes) > 12
        picture = page.locator("#border-map svg:visible").bounding_box()
        for n, (name, left, top, right, bottom) in enumerate(boxes):
            assert left >= picture["x"] and right <= picture["x"] + picture["width"], name
            for other, x0, y0, x1, y1 in boxes[n + 1 :]:
                apart = right <= x0 or x1 <= left or bottom <= y0 or y1 <= top
                assert apart, (width, name, other)


def test_the_map_says_what_it_shows(open_page):
    page = open_page("index")
    words = page.locator("#border-map [role=img]").get_attribute("aria-label")
    assert re.search(r"Dandong \d+", words) and "Tumen" in words
    caption = page.locator("#border-map figcaption")
    count = caption.locator("a").first
    assert re.search(rf"Dandong {count.inner_text()}\b", words)
    count.click()
    page.wait_for_url("**/evidence.html#?place=Dandong")
    page.locator("#yalu-register output").wait_for()
