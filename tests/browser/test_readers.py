"""What readers set themselves: paper, large text, other colours, a finger, another browser."""

import pytest

from .firefox import FIREFOX, firefox_page
from .test_pages import CHAPTERS, each_page

RATES = "#luggage-cost-per-kg"
COLOURS = """[...document.querySelectorAll('main *')].map((e) => {
    const style = getComputedStyle(e);
    return [e.tagName, style.color, style.backgroundColor, style.fill, style.stroke].join(' ');
})"""
# the middles of the marks of a live chart that have something to tell
MARKS = """(figure) => [...figure.querySelectorAll(
    '.yalu-live g.mark-symbol path, .yalu-live g.mark-rect path')].filter((mark) => {
        const box = mark.getBoundingClientRect();
        return [mark.__data__].flat()[0]?.tooltip && box.width > 1 && box.height > 1
            && box.top > 60 && box.bottom < innerHeight - 5;
    }).map((mark) => {
        const box = mark.getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2];
    }).slice(0, 6)"""
TOLD = """() => {
    const box = document.querySelector('#vg-tooltip-element.visible')?.getBoundingClientRect();
    return box && [box.left, box.top, innerWidth - box.right, innerHeight - box.bottom];
}"""


def in_hand(page, figure):
    figure.scroll_into_view_if_needed()
    figure.locator(".yalu-files a").first.focus()
    figure.locator(".yalu-live svg").wait_for()


def test_a_dark_page_is_printed_as_a_light_one(open_page):
    seen = []
    for scheme in ("light", "dark"):
        page = open_page("luggage", color_scheme=scheme)
        in_hand(page, page.locator(RATES))
        page.emulate_media(media="print", color_scheme=scheme)
        seen.append(page.evaluate(COLOURS))
    assert len(seen[0]) > 1000 and seen[0] == seen[1]


@each_page
def test_text_twice_as_large_fits_a_phone(open_page, name):
    page = open_page(name, 360)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_tap_on_a_mark_tells_it_on_the_screen_of_a_phone(open_page, name):
    page = open_page(name, 360, has_touch=True, is_mobile=True)
    seen = 0
    for figure in page.locator("figure[data-chart]").all():
        in_hand(page, figure)
        figure.locator(".yalu-chart").scroll_into_view_if_needed()
        page.wait_for_timeout(150)
        for x, y in figure.evaluate(MARKS):
            page.touchscreen.tap(x, y)
            page.wait_for_timeout(60)
            room = page.evaluate(TOLD)
            assert room and min(room) >= 0, (figure.get_attribute("data-chart"), x, y, room)
            seen += 1
    assert seen >= 5 and page.errors == []


def test_forced_colours_choose_those_of_the_charts(open_page):
    for scheme in ("light", "dark"):
        page = open_page("luggage", forced_colors="active", color_scheme=scheme)
        page.evaluate("localStorage.setItem('theme', 'light')")
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == scheme


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    if not FIREFOX:
        pytest.skip("no Firefox: run make machine")
    with firefox_page(tmp_path_factory.mktemp("firefox")) as page:
        yield page


def test_firefox_reports_nothing_and_asks_no_other_host(firefox, address):
    for name in ("index", "evidence", "luggage"):
        firefox.errors.clear()
        firefox.requests.clear()
        firefox.open(f"{address}/chapters/{name}.html", 360)
        assert firefox.evaluate("document.documentElement.scrollWidth") <= 360, name
        assert firefox.errors == [], name
        asked = [url for url in firefox.requests if not url.startswith("data:")]
        assert asked and all(url.startswith(address) for url in asked), name


def test_firefox_draws_a_chart_that_is_touched_and_tells_its_marks(firefox, address):
    firefox.open(f"{address}/chapters/luggage.html", 360)
    figure = f"document.querySelector('{RATES}')"
    place = f"""(() => {{
        const chart = {figure}.querySelector('.yalu-chart');
        chart.scrollIntoView({{ block: 'center', behavior: 'instant' }});
        const box = chart.getBoundingClientRect();
        return [box.left + 4, box.top + 4];
    }})()"""
    firefox.act("touch", *firefox.evaluate(place), "pointerDown", "pointerUp")
    drawn = f"""new Promise((done) => {{
        const look = () => {figure}.querySelector('.yalu-live svg') ? setTimeout(done, 300)
            : setTimeout(look, 50);
        look();
    }})"""
    firefox.evaluate(drawn)
    marks = firefox.evaluate(f"({MARKS})({figure})")
    assert len(marks) >= 3
    for x, y in marks:
        firefox.act("touch", x, y, "pointerDown", "pointerUp")
        told = f"new Promise((done) => setTimeout(() => done(({TOLD})()), 150))"
        room = firefox.evaluate(told)
        assert room and min(room) >= 0, (x, y, room)


def test_search_reads_words_behind_a_question_mark(open_page):
    page = open_page("../search")
    page.goto(f"{page.url}?q=2397")
    page.locator("#search-results li").first.wait_for()
    assert page.errors == []
