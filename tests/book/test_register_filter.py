"""The filter of the register: its menus, and in a browser what it finds and gives out."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from helpers.book.sphinx.evidence_page import (
    contests_html,
    read_ledger,
    sources_html,
    theme_html,
)
from helpers.book.sphinx.register_filter import filter_html
from helpers.book.sphinx.search import register_rows
from helpers.book.sphinx.site import ASSETS
from helpers.evidence.synonyms import synonyms

from ..conftest import raw

ROOT = Path(__file__).resolve().parents[2]
TOP = ".reg-found >> nth=0 >> :scope > ul > li"
SCRIPTS = ("shared.js", "yalu-words.js", "minisearch.js", "find.js", "register.js")


@pytest.fixture(scope="module")
def ledger():
    return read_ledger("corrections.html")


@pytest.fixture(scope="module")
def menus(ledger):
    return BeautifulSoup(filter_html(ledger), "html.parser")


def options(menus, name):
    return {o["value"]: o.get_text() for o in menus.select(f'select[name="{name}"] option')[1:]}


def test_the_menus_offer_every_entry_with_its_count(menus):
    claims = raw("claims")
    both = pd.concat([claims, raw("statements")])
    columns = {name: claims[name] for name in ("indicator", "status", "unit")}
    columns |= {name: both[name] for name in ("theme", "place", "basis")}
    for name, cells in columns.items():
        offered = options(menus, name)
        counts = {value: int(told.rpartition("(")[2][:-1]) for value, told in offered.items()}
        assert counts == cells.value_counts().to_dict()


def test_outlets_tell_their_documents_and_what_others_pass_on(menus):
    sources, offered = raw("sources"), options(menus, "outlet")
    assert set(offered) == set(sources["outlet_family"])
    told = re.search(r"(\d+) documents; also via others: (\d+) claims", offered["radio-free-asia"])
    assert int(told[1]) == sum(sources["outlet_family"] == "radio-free-asia")
    assert int(told[2]) > 10
    single = sources["outlet_family"].value_counts()
    group = menus.find("optgroup", label="One document")
    assert len(group.select("option")) == sum(single == 1)


# In a browser, from disk: one page for all that a fresh one is not needed for ------------------


@pytest.fixture(scope="module")
def address(ledger, tmp_path_factory):
    folder = tmp_path_factory.mktemp("register")
    for name in SCRIPTS:
        if (ASSETS / name).is_file():
            shutil.copyfile(ASSETS / name, folder / name)
    data = {"yalu-words": ("yaluWords", synonyms(ROOT).model_dump()),
            "register-rows": ("yaluRows", register_rows(ledger))}  # fmt: skip
    for file, (name, content) in data.items():
        (folder / f"{file}.js").write_text(f"window.{name} = {json.dumps(content)};")
    themes = [
        f"<section id='theme-{t}'><h2>{title}</h2>{theme_html(t, ledger)}</section>"
        for t, title in ledger.themes.items()
    ]
    heads = "".join(f'<script defer src="{name}"></script>' for name in SCRIPTS)
    body = [filter_html(ledger), f"<section>{contests_html(ledger)}</section>", *themes,
            f"<section>{sources_html(ledger)}</section>"]  # fmt: skip
    page = folder / "evidence.html"
    text = f'<!doctype html><meta charset="utf-8">{heads}{"".join(body)}'
    page.write_text(text, encoding="utf-8")
    return page.as_uri()


@pytest.fixture(scope="module")
def opened(chromium, address):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    yield page
    page.close()


@pytest.fixture
def page(opened):
    opened.click("button[type=reset]")
    opened.wait_for_function(
        "!location.hash.startsWith('#?') && document.activeElement.name === 'q'"
    )
    yield opened
    assert opened.errors == []


def shown(page):
    return page.inner_text("output")


def first(page, count=3):
    """Return the ids of the entries that stand first in the list of what was found."""
    return page.evaluate(
        "(n) => [...document.querySelectorAll('.reg-found ul')[0].children].slice(0, n)"
        ".map((e) => e.id.replace(/^(claim|statement)-/, ''))", count
    )  # fmt: skip


@pytest.mark.browser
def test_menus_count_and_hide_and_clear_shows_everything(page):
    claims, statements = raw("claims"), raw("statements")
    assert shown(page).startswith(f"{len(claims)} of {len(claims)} claims")
    page.select_option("[name=theme]", "luggage")
    of_theme = claims[claims["theme"] == "luggage"]
    said = statements[statements["theme"] == "luggage"]
    documents = len({*of_theme["source_id"], *said["source_id"]})
    assert shown(page).startswith(
        f"{len(of_theme)} of {len(claims)} claims, {len(said)} of {len(statements)} statements, "
        f"{documents} of "
    )
    headings = page.evaluate(
        "[...document.querySelectorAll('section > h2')].filter((h) => h.checkVisibility())"
        ".map((h) => h.textContent)"
    )
    assert headings == ["Luggage smuggling"], "no heading without an entry"
    page.click("button[type=reset]")
    page.wait_for_function("location.hash === ''")
    assert shown(page).startswith(f"{len(claims)} of {len(claims)} claims")


@pytest.mark.browser
def test_all_filters_together_find_what_pandas_finds(page):
    claims = raw("claims")
    page.select_option("[name=place]", "Dandong")
    page.select_option("[name=basis]", "anonymous-source")
    page.select_option("[name=outlet]", "daily-nk")
    page.select_option("[name=year]", "2019")
    page.fill("[name=least]", "500")
    begun, ended = claims["period_from"].str[:4], claims["period_to"].str[:4]
    upper = pd.to_numeric(claims["upper"].where(claims["upper"] != "", claims["lower"]))
    fits = claims[
        (claims["place"] == "Dandong")
        & (claims["basis"] == "anonymous-source")
        & (claims["outlet_family"] == "daily-nk")
        & (begun <= "2019") & ((ended >= "2019") | (ended == "")) & ((begun != "") | (ended != ""))
        & (upper >= 500)
    ]  # fmt: skip
    assert len(fits) > 2
    assert shown(page).startswith(f"{len(fits)} of ")


@pytest.mark.browser
def test_an_outlet_with_what_others_pass_on_from_it(page):
    page.select_option("[name=outlet]", "radio-free-asia")
    alone = int(shown(page).split()[0])
    page.check("[name=via]")
    assert int(shown(page).split()[0]) > alone + 10
    assert page.locator("#claim-vis-9m-2012-rfa:not([hidden])").count() == 1


@pytest.mark.browser
def test_words_that_no_entry_has_are_named_and_never_leave_nothing(page):
    page.fill("[name=q]", "who says Dandong wages 2031")
    said = page.inner_text(".reg-note")
    assert "2 of 3" in said and "without “2031”" in said and "Ignored: “who”, “says”" in said
    assert int(shown(page).split()[0]) > 20
    page.fill("[name=q]", "xylophone")
    assert page.inner_text(".reg-note") == "Nothing has “xylophone”."
    page.fill("[name=q]", "bag Tillerson")
    page.check("[name=any]")
    assert page.locator("#claim-world-state-2017-06").is_visible()


@pytest.mark.browser
def test_the_order_is_by_date_and_by_figure(page):
    claims = raw("claims").set_index("claim_id")
    page.select_option("[name=indicator]", "workers_present")
    page.select_option("[name=place]", "China")
    for order, column, sign in (("new", "period_start", -1), ("old", "period_start", 1)):
        page.select_option("[name=sort]", order)
        days = [day for key in first(page, 30) if (day := claims.loc[key, column])]
        assert days == sorted(days, reverse=sign < 0) and len(set(days)) > 5
    page.select_option("[name=sort]", "high")
    tops = [claims.loc[key, ["lower", "upper"]].replace("", "0").astype(float).max()
            for key in first(page, 20)]  # fmt: skip
    assert tops == sorted(tops, reverse=True)
    assert page.locator(".reg-found .reg-label").first.inner_text() == "DPRK workers present"


@pytest.mark.browser
def test_what_is_filtered_is_given_out_as_csv(page):
    page.select_option("[name=place]", "Helong")
    with page.expect_download() as waiting:
        page.click(".reg-csv")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    claims, statements = (raw(t).query("place == 'Helong'") for t in ("claims", "statements"))
    assert {row["id"] for row in rows} == {*claims["claim_id"], *statements["statement_id"]}
    columns = ("source_id", "outlet", "url", "archived_copy", "licence", "version", "link")
    for row in rows:
        assert all(row[name] for name in columns) and row["licence"] == "CC-BY-4.0"
        assert row["link"] == f"evidence.html#{row['kind']}-{row['id']}"


@pytest.mark.browser
def test_the_rest_of_a_long_list_is_behind_a_button(page):
    page.fill("[name=q]", "Dandong pay")
    found = page.locator(".reg-found").first
    assert page.locator(TOP).count() == 40
    found.locator("button", has_text="Show all").click()
    assert page.locator(TOP).count() > 40
    assert page.evaluate("document.activeElement.closest('.reg-found li') !== null")


@pytest.mark.browser
def test_contested_facts_are_narrowed_too(page):
    page.select_option("[name=indicator]", "workers_present")
    page.select_option("[name=place]", "Kuwait")
    contests = page.locator(".reg-contest:not([hidden])")
    assert 0 < contests.count() < page.locator(".reg-contest").count()
    assert all("Kuwait" in contest.locator("h4").text_content() for contest in contests.all())


@pytest.mark.browser
def test_the_address_brings_the_same_view_back_and_a_link_lifts_it(page, address, chromium):
    page.select_option("[name=status]", "disputed")
    page.fill("[name=q]", "Dandong")
    page.check("[name=any]")
    again = chromium.new_page()
    again.goto(address + "#" + page.url.partition("#")[2])
    assert again.input_value("[name=q]") == "Dandong" and again.is_checked("[name=any]")
    assert again.input_value("[name=status]") == "disputed"
    assert shown(again) == shown(page) and first(again) == first(page)
    again.evaluate("location.hash = 'claim-luggage-area-2024-daily-nk'")
    again.wait_for_selector("#claim-luggage-area-2024-daily-nk", state="visible")
    assert again.input_value("[name=status]") == ""
    for anchor in (
        "claim-law-art80-cap", "indicator-workers_present", "contest-workers-present-kuwait-2017",
        "source-dailynk-2024-luggage-smuggling", "statement-slow-return-2019",
    ):  # fmt: skip
        again.evaluate(f"scrollTo(0, 0); location.hash = '{anchor}'")
        again.wait_for_function("scrollY > 0")
        top = again.evaluate(f"document.getElementById('{anchor}').getBoundingClientRect().top")
        assert again.is_visible(f"#{anchor}") and -1 <= top < 700, anchor
    again.close()


@pytest.mark.browser
def test_links_within_the_page_have_names_of_their_own(page):
    names = page.evaluate(
        "[...document.querySelectorAll('.reg-here, .reg-claim a:has(code)')]"
        ".map((a) => a.getAttribute('aria-label') ?? a.textContent)"
    )
    assert "#" not in names and len(set(names)) == len(names) > 900
