"""Figures in a browser: still pictures first, then live ones that follow the assumptions."""

from pathlib import Path

import pandas as pd
import pytest

from .conftest import SITE

SENTENCE = (
    "Drawn under the reader’s assumptions, not the published ones; the title is as published."
)
FEES = "figure[data-chart=luggage-fee-income]"

ASSUME = """(assumptions) => {
    window.yalu.assumptions = assumptions;
    document.dispatchEvent(new Event('yalu:assumptions'));
}"""


def loaded(page):
    return [url.rpartition("/")[2] for url in page.requests if "vega" in url or "/figures/" in url]


def test_data_stand_in_a_table_with_headings_or_are_summed_up(open_page):
    page = open_page("luggage")
    short = page.locator("#luggage-cost-per-kg details.yalu-data")
    short.locator("summary").click()
    heads = short.locator("thead th[scope=col]").all_inner_texts()
    assert heads[0] == "what it is" and "value (yuan for a kilogram)" in heads
    assert short.locator("tbody th[scope=row]").count() == 7
    assert short.locator("caption").inner_text() == "Yuan for a kilogram"
    page = open_page("wages_trade")
    long = page.locator("#wages-trade-trade-by-month details.yalu-data")
    long.locator("summary").click()
    assert long.locator("table").count() == 0
    assert "245 rows" in long.inner_text()
    assert long.locator("a").get_attribute("href").endswith("wages_trade-trade-by-month.csv")


def test_charts_change_colour_with_the_page(open_page):
    page = open_page("luggage")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        text = page.locator("#luggage-cost-per-kg svg:visible text").first
        inks = []
        for theme in ("light", "dark"):
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            inks.append(text.evaluate("(e) => getComputedStyle(e).fill"))
        assert inks[0] != inks[1], width


def test_a_page_that_only_scrolls_loads_no_chart_script(open_page):
    page = open_page("luggage")
    page.mouse.move(640, 450)
    page.wait_for_timeout(200)
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(600)
    assert loaded(page) == []


def test_a_pointer_a_key_and_a_tap_make_a_figure_live(open_page):
    page = open_page("luggage")
    still = page.locator("#luggage-cost-per-kg .yalu-chart svg:visible")
    still.scroll_into_view_if_needed()
    box = still.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.locator("#luggage-cost-per-kg .yalu-live svg").wait_for()
    assert sorted(set(loaded(page))) == ["luggage-cost-per-kg.js", "vega-bundle.js"]
    page.locator("#luggage-luxury-counts .yalu-files a").first.focus()
    page.locator("#luggage-luxury-counts .yalu-live svg").wait_for()
    phone = open_page("luggage", 360, has_touch=True, is_mobile=True)
    phone.locator("#luggage-cost-per-kg .yalu-chart").tap()
    phone.locator("#luggage-cost-per-kg .yalu-live svg").wait_for()
    assert page.errors == phone.errors == []


def test_a_mark_tells_what_it_stands_for(open_page):
    page = open_page("luggage")
    figure = page.locator("#luggage-cost-per-kg")
    figure.locator(".yalu-files a").first.focus()
    mark = figure.locator(".yalu-live .mark-symbol path").first
    told = page.locator("#vg-tooltip-element.visible")
    for _ in range(50):  # the chart is drawn before it listens, and the page may still move
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if told.count():
            break
        page.mouse.move(1, 1)
        page.wait_for_timeout(100)
    assert "anonymous source" in told.inner_text()
    assert "null" not in told.inner_text()


def test_a_live_chart_follows_width_and_theme(open_page):
    page = open_page("luggage")
    figure = page.locator("#luggage-cost-per-kg")
    figure.locator(".yalu-files a").first.focus()
    svg = figure.locator(".yalu-live svg")
    svg.wait_for()
    ink = svg.locator("text").first.get_attribute("fill")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        "(ink) => document.querySelector('#luggage-cost-per-kg .yalu-live text')"
        ".getAttribute('fill') !== ink",
        arg=ink,
    )
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function(
        "document.querySelector('#luggage-cost-per-kg .yalu-live svg').viewBox.baseVal.width < 400"
    )
    assert page.locator("#luggage-cost-per-kg svg:visible").count() == 1


def test_the_layout_does_not_shift_when_a_figure_comes_alive(open_page):
    page = open_page("luggage")
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({ type: 'layout-shift' }); }"""
    )
    for name in ("fee-income", "allowances", "luxury-counts"):
        figure = page.locator(f"#luggage-{name}")
        figure.scroll_into_view_if_needed()
        page.wait_for_timeout(700)  # a shift soon after a key is not counted
        page.evaluate(
            "(name) => document.querySelector(`#luggage-${name} .yalu-files a`)"
            ".focus({ preventScroll: true })",
            name,
        )
        figure.locator(".yalu-live svg").wait_for()
        page.wait_for_timeout(100)
    assert page.evaluate("window.shift") < 0.02


def test_the_address_of_a_figure_is_copied(open_page):
    page = open_page("luggage", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("#luggage-cost-per-kg .yalu-copy")
    button.click()
    page.locator(".yalu-copy", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("chapters/luggage.html#luggage-cost-per-kg")
    assert button.inner_text() == "Copied"


def test_the_address_is_copied_or_shown_where_the_clipboard_is_closed(open_page):
    page = open_page("luggage")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button = page.locator("#luggage-cost-per-kg .yalu-copy")
    button.click()
    page.wait_for_timeout(200)
    assert button.inner_text() == "Copied"
    page.evaluate("document.execCommand = () => false")
    page.locator("#luggage-allowances .yalu-copy").click()
    page.wait_for_timeout(200)
    assert (
        page.locator("#luggage-allowances .yalu-copy").inner_text().endswith("#luggage-allowances")
    )


def assume(page, altered=True, **values):
    command = "yalu run luggage -p fee_low 700"
    page.evaluate(ASSUME, {"values": values, "altered": altered, "command": command})


def test_following_figures_redraw_under_the_readers_assumptions(open_page):
    page = open_page("luggage")
    fees, other = page.locator(FEES), page.locator("#luggage-cost-per-kg")
    assert "fee_low" in fees.get_attribute("data-follows").split()
    assert other.get_attribute("data-follows") is None
    assert not fees.get_by_text(SENTENCE).is_visible()
    height = fees.bounding_box()["height"]
    assume(page, fee_low=100, fee_high=2000)
    fees.get_by_text(SENTENCE).wait_for()
    altered = fees.locator(".yalu-live svg").inner_html()
    assert fees.bounding_box()["height"] == pytest.approx(height, abs=0.5)
    assert other.locator(".yalu-live").count() == 0
    assume(page, altered=False, fee_low=700, fee_high=1000)
    fees.get_by_text(SENTENCE).wait_for(state="hidden")
    assert fees.locator(".yalu-live svg").inner_html() != altered
    assert page.errors == []


def test_a_figure_is_altered_by_what_it_follows_only(open_page):
    page = open_page("luggage")
    assume(page, rail_cny_per_load=450)
    page.wait_for_timeout(300)
    assert page.locator(".yalu-is-altered").count() == 0
    assert "vega-bundle.js" not in loaded(page)


def taken(page, kind, folder):
    with page.expect_download() as download:
        page.locator(f"{FEES} a[data-file={kind}]").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_files_taken_under_other_assumptions_say_so(open_page, tmp_path):
    page = open_page("luggage")
    assume(page, fee_low=100, fee_high=2000)
    page.locator(f"{FEES}.yalu-is-altered").wait_for()
    files = {kind: taken(page, kind, tmp_path) for kind in ("csv", "svg", "png", "json")}
    assert all("altered" in path.name for path in files.values())
    for kind in ("csv", "svg", "json"):
        text = files[kind].read_text(encoding="utf-8")
        assert SENTENCE in text and "yalu run luggage -p fee_low 700" in text, kind
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    published = SITE / "_static/figures/luggage-fee-income.csv"
    column = "high (million yuan a year)"
    before = pd.read_csv(published)[column].max()
    after = pd.read_csv(files["csv"])[column].max()
    assert after == pytest.approx(2 * before)


def test_published_files_are_given_under_the_books_assumptions(open_page):
    page = open_page("luggage")
    links = page.locator(f"{FEES} .yalu-files a").evaluate_all("(all) => all.map((a) => a.href)")
    assert [link.rpartition(".")[2] for link in links] == ["csv", "svg", "png", "png", "json"]
    assert all(Path(link.removeprefix("file://")).is_file() for link in links)


def test_figures_have_no_axe_violations_with_the_data_open(open_page, axe):
    page = open_page("luggage")
    page.locator("#luggage-cost-per-kg details.yalu-data summary").click()
    page.locator("#luggage-cost-per-kg .yalu-live svg").wait_for()
    assert axe(page, "#luggage-cost-per-kg") == []
