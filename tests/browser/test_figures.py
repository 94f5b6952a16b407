"""Figures in a browser: still pictures first, then live ones that follow the assumptions."""

from pathlib import Path

import pandas as pd
import pytest

from .conftest import SITE

SENTENCE = "Drawn under the reader’s assumptions, not the published ones."
FEES, RATES = "figure[data-chart=luggage-fee-income]", "#luggage-cost-per-kg"

ASSUME = """(assumptions) => {
    window.yalu.assumptions = assumptions;
    document.dispatchEvent(new Event('yalu:assumptions'));
}"""


def loaded(page):
    return [url.rpartition("/")[2] for url in page.requests if "vega" in url or "/figures/" in url]


def test_a_page_at_rest_has_tables_files_and_addresses_and_loads_no_chart_script(open_page):
    page = open_page("luggage", permissions=["clipboard-read", "clipboard-write"])
    page.mouse.move(640, 450)
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(600)
    assert loaded(page) == []
    links = page.locator(f"{FEES} .yalu-files a").evaluate_all("(all) => all.map((a) => a.href)")
    assert [link.rpartition(".")[2] for link in links] == ["csv", "svg", "png", "json"]
    assert all(Path(link.removeprefix("file://")).is_file() for link in links)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        text, inks = page.locator(f"{RATES} svg:visible text").first, []
        for theme in ("dark", "light"):
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            inks.append(text.evaluate("(e) => getComputedStyle(e).fill"))
        assert inks[0] != inks[1], width
    page.set_viewport_size({"width": 1280, "height": 900})
    button = page.locator(f"{RATES} .yalu-copy")
    button.click()
    page.locator(".yalu-copy", has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("chapters/luggage.html#luggage-cost-per-kg")
    # where the clipboard is closed the old way copies, and where that fails the address is shown
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.execCommand = () => true")
    other = page.locator("#luggage-bill-for-going-home .yalu-copy")
    other.click()
    page.locator("#luggage-bill-for-going-home .yalu-copy", has_text="Copied").wait_for()
    page.evaluate("document.execCommand = () => false")
    last = page.locator("#luggage-fee-income .yalu-copy", has_text="#luggage-fee-income")
    page.locator("#luggage-fee-income .yalu-copy").click()
    last.wait_for()


def test_a_pointer_a_key_and_a_tap_make_a_figure_live(open_page):
    """It then tells what a mark stands for, and follows width and theme."""
    page = open_page("luggage")
    figure = page.locator(RATES)
    still = figure.locator(".yalu-chart svg:visible")
    still.scroll_into_view_if_needed()
    box = still.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    svg = figure.locator(".yalu-live svg")
    svg.wait_for()
    assert sorted(set(loaded(page))) == ["luggage-cost-per-kg.js", "vega-bundle.js"]
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
    page.locator("#luggage-bill-for-going-home .yalu-files a").first.focus()
    page.locator("#luggage-bill-for-going-home .yalu-live svg").wait_for()

    ink = "(e) => getComputedStyle(e).fill"
    before = svg.locator("text").first.evaluate(ink)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert svg.locator("text").first.evaluate(ink) != before
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function(
        "document.querySelector('#luggage-cost-per-kg .yalu-live svg').viewBox.baseVal.width < 400"
    )
    assert page.locator(f"{RATES} svg:visible").count() == 1
    phone = open_page("luggage", 360, has_touch=True, is_mobile=True)
    phone.locator(f"{RATES} .yalu-chart").tap()
    phone.locator(f"{RATES} .yalu-live svg").wait_for()
    assert page.errors == phone.errors == []


def assume(page, altered=True, **values):
    command = "yalu run luggage -p fee_low 700"
    page.evaluate(ASSUME, {"values": values, "altered": altered, "command": command})


def taken(page, kind, folder):
    with page.expect_download() as download:
        page.locator(f"{FEES} a[data-file={kind}]").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_figures_follow_what_they_say_they_follow_and_so_do_their_files(open_page, tmp_path):
    page = open_page("luggage")
    fees, other = page.locator(FEES), page.locator(RATES)
    assert "fee_low" in fees.get_attribute("data-follows").split()
    assert "rail_cny_per_load" not in fees.get_attribute("data-follows").split()
    assert other.get_attribute("data-follows") is None
    assume(page, rail_cny_per_load=450)
    page.locator("figure[data-chart=luggage-suitcase].yalu-is-altered").wait_for()
    assert page.locator(".yalu-is-altered").count() == 1
    assert not fees.get_by_text(SENTENCE).is_visible()

    height = fees.bounding_box()["height"]
    assume(page, fee_low=100, fee_high=2000)
    fees.get_by_text(SENTENCE).wait_for()
    altered = fees.locator(".yalu-live svg").inner_html()
    assert fees.bounding_box()["height"] == pytest.approx(height, abs=0.5)
    assert other.locator(".yalu-live").count() == 0
    files = {kind: taken(page, kind, tmp_path) for kind in ("csv", "svg", "png", "json")}
    assert all("altered" in path.name for path in files.values())
    for kind in ("csv", "svg", "json"):
        text = files[kind].read_text(encoding="utf-8")
        assert SENTENCE in text and "yalu run luggage -p fee_low 700" in text, kind
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    column, published = (
        "high (million yuan a year)",
        SITE / "_static/figures/luggage-fee-income.csv",
    )
    before, after = pd.read_csv(published), pd.read_csv(files["csv"])
    assert after[column].max() == pytest.approx(2 * before[column].max())

    assume(page, altered=False, fee_low=700, fee_high=1000)
    fees.get_by_text(SENTENCE).wait_for(state="hidden")
    assert fees.locator(".yalu-live svg").inner_html() != altered
    assert page.errors == []


def test_the_data_of_a_figure_stand_in_a_table_with_headings(open_page, axe):
    page = open_page("luggage")
    data = page.locator(f"{RATES} details.yalu-data")
    data.locator("summary").click()
    heads = data.locator("thead th[scope=col]").all_inner_texts()
    assert heads[0] == "what it is" and "value (yuan for a kilogram)" in heads
    assert data.locator("tbody th[scope=row]").count() == 7
    assert data.locator("caption").inner_text() == "Yuan for a kilogram"
    page.locator(f"{RATES} .yalu-live svg").wait_for()
    assert axe(page, RATES) == []
