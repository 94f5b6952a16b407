"""The evidence page shows every claim and document once, as text; its filter finds them."""

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from helpers.book.sphinx.evidence_page import (
    claim_item,
    contests_html,
    filter_html,
    read_ledger,
    rivals,
    source_item,
    sources_html,
    statement_item,
    theme_html,
)
from helpers.book.sphinx.html import outside_link
from helpers.book.sphinx.site import ASSETS

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">" \' & </li></details>'


def raw(table):
    return pd.read_csv(ROOT / "data" / "clean" / f"{table}.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def ledger():
    return read_ledger("corrections.html")


@pytest.fixture(scope="module")
def html(ledger):
    themes = [theme_html(theme, ledger) for theme in ledger.themes]
    return "".join([contests_html(ledger), filter_html(ledger), *themes, sources_html(ledger)])


@pytest.fixture(scope="module")
def soup(html):
    return BeautifulSoup(html, "html.parser")


@pytest.fixture(scope="module")
def entry(soup):
    """Look an element up by its id."""
    return {e["id"]: e for e in soup.select("[id]")}.__getitem__


def ids(soup, prefix):
    return [e["id"] for e in soup.select(f'[id^="{prefix}-"]')]


def test_every_claim_and_every_document_has_exactly_one_address(soup):
    assert sorted(ids(soup, "claim")) == sorted("claim-" + raw("claims")["claim_id"])
    assert sorted(ids(soup, "source")) == sorted("source-" + raw("sources")["source_id"])
    told = [e["id"] for e in soup.select(".reg-statement")]
    assert sorted(told) == sorted("statement-" + raw("statements")["statement_id"])


def test_every_link_within_the_page_has_its_target(soup):
    targets = {e["id"] for e in soup.select("[id]")}
    links = {a["href"][1:] for a in soup.select('a[href^="#"]')}
    assert links - targets == set() and len(links) > 1000


def test_claims_stand_under_their_theme_and_indicator(entry):
    for row in raw("claims").itertuples():
        # a repeat is folded under its origin, which may measure something else
        if row.repeats:
            continue
        item = entry(f"claim-{row.claim_id}")
        assert item.find_parent(class_="reg-group")["data-indicator"] == row.indicator
        assert item.find_parent(class_="reg-theme")["data-theme"] == row.theme


def test_statements_stand_under_their_theme_and_with_their_document(entry):
    for row in raw("statements").itertuples():
        item = entry(f"statement-{row.statement_id}")
        assert item.find_parent(class_="reg-group")["id"] == f"statements-{row.theme}"
        assert item.find_parent(class_="reg-theme")["data-theme"] == row.theme
        document = entry(f"source-{row.source_id}")
        assert document.find("a", href=f"#statement-{row.statement_id}")


def test_a_statement_says_what_who_where_when_basis_and_document(entry):
    item = entry("statement-spree-handover-2019")
    words = item.get_text(" ", strip=True)
    for said in (
        "relatives who wait at the customs office", "China–DPRK border, June to December 2019",
        "Said by: anonymous source in China", "Basis: anonymous source", "Daily NK, 2019",
    ):  # fmt: skip
        assert said in words
    assert (item["data-years"], item["data-family"]) == ("2019-2019", "daily-nk")


def test_repeats_are_folded_under_their_origin(entry):
    claims = raw("claims")
    for row in claims[claims["repeats"] != ""].itertuples():
        repeat = entry(f"claim-{row.claim_id}")
        fold = repeat.find_parent("details", class_="reg-repeats")
        assert fold.find_parent(class_="reg-claim")["id"] == f"claim-{row.origin_id}"


def test_a_claim_says_figure_place_time_speaker_basis_and_document(entry):
    words = entry("claim-smuggling-fee-2024-daily-nk-cny").get_text(" ", strip=True)
    for said in ("700–1,000 yuan a bag", "March 2024", "Basis: anonymous source", "Daily NK, 2024"):
        assert said in words


def test_a_corrected_claim_shows_what_was_printed_and_what_is_used(entry):
    words = entry("claim-luggage-area-2024-daily-nk").get_text(" ", strip=True)
    assert "printed up to 1 square metre, used as up to 1 cubic metre" in words
    unused = entry("claim-trade-q1-2019-wrong-year").get_text(" ", strip=True)
    assert "left out of every computation" in unused and "not used" in unused


def test_a_derived_claim_links_to_what_it_was_computed_from(entry):
    claims = raw("claims").set_index("claim_id")
    derived = claims[claims["derived_from"] != ""]["derived_from"]
    assert len(derived) > 20
    for claim_id, origins in derived.items():
        item = entry(f"claim-{claim_id}")
        for origin in origins.split(";"):
            assert item.find("a", href=f"#claim-{origin.strip()}"), claim_id


def test_the_fields_of_a_hostile_ledger_show_as_text(ledger):
    claim = replace(
        next(iter(ledger.claims.values())), note=HOSTILE, attribution=HOSTILE,
        population=HOSTILE, place=HOSTILE, unit=HOSTILE,
    )  # fmt: skip
    shown = claim_item(claim, ledger)
    source = dict(ledger.sources[claim.source_id], title=HOSTILE, note=HOSTILE, author=HOSTILE)
    shown += source_item(source, [claim])
    found = BeautifulSoup(shown, "html.parser")
    assert not found.select("script, img, [onerror]")
    assert len(found.select("li")) == 2
    assert found.get_text().count("<script>alert(1)</script>") >= 6


def test_an_address_that_is_no_web_address_is_not_linked():
    for url in ("javascript:alert(1)", "data:text/html,x", ' " onclick="x'):
        found = BeautifulSoup(outside_link(url, "page"), "html.parser")
        assert found.find("a") is None and found.get_text() == url


def test_links_to_documents_pass_nothing_on(soup):
    outside = soup.select('a[href^="http"]')
    assert len(outside) == sum(len(raw(table)) for table in ("claims", "statements", "sources"))
    assert {tuple(a["rel"]) for a in outside} == {("noopener", "noreferrer", "nofollow")}


def test_a_claim_names_the_pages_that_use_it(ledger):
    pages = [("Somebody else’s <suitcase>", "luggage.html"), ("Across the Yalu", "index.html")]
    shown = "smuggling-fee-2024-daily-nk-cny"
    used = replace(ledger, used={shown: pages})
    for claim in [used.claims[shown], *list(used.claims.values())[:40]]:
        item = BeautifulSoup(claim_item(claim, used), "html.parser").li
        links = item.select(f'[id="claim-{claim.claim_id}"] > .reg-used a')
        told = [(a.get_text(), a["href"]) for a in links]
        assert told == (pages if claim.claim_id == shown else [])


def test_a_contested_claim_and_its_repeats_link_to_where_it_stands_side_by_side(ledger, entry):
    for claim in ledger.claims.values():
        of_claim = entry(f"claim-{claim.claim_id}").find(
            "p", class_="reg-contested", recursive=False
        )
        linked = [a["href"][1:] for a in of_claim.select("a")] if of_claim else []
        assert linked == [c.key for c in ledger.contests_of.get(claim.origin_id, [])]


def test_disputed_claims_name_each_other(ledger):
    claims = list(ledger.claims.values())
    named = {c.claim_id: {r.claim_id for r in rivals(c, claims)} for c in claims}
    for claim_id, others in named.items():
        claim = ledger.claims[claim_id]
        assert not others or claim.status == "disputed"
        assert claim.repeats or all(claim_id in named[other] for other in others)


def test_a_statement_names_the_pages_that_use_it(ledger):
    pages = [("Somebody else’s <suitcase>", "luggage.html")]
    used = replace(ledger, used={"bag-gifts-cut-2024": pages})
    for key in ("bag-gifts-cut-2024", "bag-goods-2024"):
        item = BeautifulSoup(statement_item(used.statements[key], used), "html.parser")
        told = [(a.get_text(), a["href"]) for a in item.select(".reg-used a")]
        assert told == (pages if key == "bag-gifts-cut-2024" else [])


def test_a_hostile_statement_shows_as_text(ledger):
    said = ledger.statements["bag-goods-2024"]
    spoilt = said | dict.fromkeys(("statement", "attribution", "place", "population"), HOSTILE)
    found = BeautifulSoup(statement_item(spoilt, ledger), "html.parser")
    assert not found.select("script, img, [onerror]") and len(found.select("li")) == 1
    assert found.get_text().count("<script>alert(1)</script>") == 4


def test_the_filter_offers_every_entry_with_its_count(soup):
    claims, sources = raw("claims"), raw("sources")
    both = pd.concat([claims, raw("statements")])
    columns = {name: claims[name] for name in ("indicator", "status")}
    columns |= {name: both[name] for name in ("theme", "place", "basis")}
    for name, cells in (columns | {"outlet": sources["outlet_family"]}).items():
        options = soup.select(f'select[name="{name}"] option')[1:]
        counts = {o["value"]: int(o.get_text().rpartition("(")[2][:-1]) for o in options}
        assert counts == cells.value_counts().to_dict()


def test_a_theme_that_a_fork_adds_is_shown(ledger):
    claim = replace(next(iter(ledger.claims.values())), theme="shipping")
    other = replace(ledger, claims={claim.claim_id: claim}, statements={})
    assert other.themes == {"shipping": "Shipping"}
    assert claim.claim_id in theme_html("shipping", other)


def test_the_page_stays_light(html):
    assert len(gzip.compress(html.encode())) < 400_000


# In a browser, from disk --------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(html, tmp_path_factory):
    page = tmp_path_factory.mktemp("register") / "evidence.html"
    shutil.copyfile(ASSETS / "register.js", page.with_name("register.js"))
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><script defer src="register.js"></script>{html}',
        encoding="utf-8",
    )
    return page.as_uri()


@pytest.fixture
def visit(chromium, address):
    pages = []

    def visited(fragment="", **options):
        page = chromium.new_page(**options)
        pages.append(page)
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(address + fragment)
        return page

    yield visited
    assert [page.errors for page in pages if page.errors] == []
    for page in pages:
        page.close()


def shown(page):
    return page.inner_text("output")


@pytest.mark.browser
def test_choosing_a_theme_counts_and_hides(visit):
    page, claims = visit(), raw("claims")
    assert shown(page).startswith(f"{len(claims)} of {len(claims)} claims")
    page.select_option("[name=theme]", "luggage")
    of_theme = claims[claims["theme"] == "luggage"]
    statements = raw("statements")
    said = statements[statements["theme"] == "luggage"]
    documents = len({*of_theme["source_id"], *said["source_id"]})
    assert shown(page).startswith(
        f"{len(of_theme)} of {len(claims)} claims, {len(said)} of {len(statements)} statements, "
        f"{documents} of "
    )
    assert page.is_hidden("[data-theme=visas] .reg-group >> nth=0")
    page.click("button[type=reset]")
    page.wait_for_function("location.hash === ''")
    assert shown(page).startswith(f"{len(claims)} of {len(claims)} claims")


@pytest.mark.browser
def test_all_filters_together_find_what_pandas_finds(visit):
    page, claims = visit(), raw("claims")
    page.select_option("[name=place]", "Dandong")
    page.select_option("[name=basis]", "anonymous-source")
    page.select_option("[name=outlet]", "daily-nk")
    page.select_option("[name=year]", "2019")
    first, last = claims["period_from"].str[:4], claims["period_to"].str[:4]
    dated = (first != "") | (last != "")
    fits = claims[
        (claims["place"] == "Dandong")
        & (claims["basis"] == "anonymous-source")
        & (claims["outlet_family"] == "daily-nk")
        & (first <= "2019") & ((last >= "2019") | (last == "")) & dated
    ]  # fmt: skip
    assert len(fits) > 3
    assert shown(page).startswith(f"{len(fits)} of ")


@pytest.mark.browser
def test_statements_are_found_by_the_filters_that_they_share_with_claims(visit):
    page, statements = visit(), raw("statements")
    page.fill("[name=q]", "presents own things room")
    assert f"1 of {len(statements)} statements" in shown(page)
    assert page.is_visible("#statement-bag-gifts-cut-2024")
    page.fill("[name=q]", "")
    page.select_option("[name=place]", "Tumen")
    assert f"1 of {len(statements)} statements" in shown(page)
    page.select_option("[name=basis]", "official-statement")
    assert f"0 of {len(statements)} statements" in shown(page)
    # what is measured, and a status, only claims have
    again = visit("#?status=current")
    assert f"0 of {len(statements)} statements" in shown(again)


@pytest.mark.browser
def test_words_are_found_in_any_order_and_case(visit):
    page = visit()
    page.fill("[name=q]", "SUITCASE nowhere-at-all")
    assert shown(page).startswith("0 of ")
    page.fill("[name=q]", "yuan BAG smuggling-fee-2024")
    assert page.is_visible("#claim-smuggling-fee-2024-daily-nk-cny")


@pytest.mark.browser
def test_the_address_brings_the_same_view_back(visit):
    page = visit()
    page.select_option("[name=status]", "disputed")
    page.fill("[name=q]", "Dandong")
    again = visit("#" + page.url.partition("#")[2])
    assert again.input_value("[name=q]") == "Dandong"
    assert again.input_value("[name=status]") == "disputed"
    assert shown(again) == shown(page) != shown(visit())


@pytest.mark.browser
def test_a_link_to_one_entry_opens_its_group_and_goes_there(visit):
    for anchor in (
        "claim-luggage-area-2024-daily-nk", "claim-law-art80-cap", "indicator-workers_present",
        "contest-workers-present-kuwait-2017", "source-dailynk-2024-luggage-smuggling",
        "statement-slow-return-2019",
    ):  # fmt: skip
        page = visit(f"#{anchor}", viewport={"width": 360, "height": 800})
        page.wait_for_function("scrollY > 0")
        top = page.evaluate(f"document.getElementById('{anchor}').getBoundingClientRect().top")
        assert page.is_visible(f"#{anchor}") and -1 <= top < 700, anchor


@pytest.mark.browser
def test_a_link_to_an_entry_that_the_filter_hides_lifts_the_filter(visit):
    page = visit("#?theme=visas")
    page.evaluate("location.hash = 'claim-luggage-area-2024-daily-nk'")
    page.wait_for_selector("#claim-luggage-area-2024-daily-nk", state="visible")
    assert page.input_value("[name=theme]") == ""
    assert page.url.endswith("#claim-luggage-area-2024-daily-nk")


@pytest.mark.browser
def test_without_scripts_the_register_is_there_and_the_filter_is_not(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.is_hidden("#yalu-register")
    page.click("#indicator-smuggling_fee_per_bag summary")
    assert page.is_visible("#claim-smuggling-fee-2024-daily-nk-cny")
    context.close()


@pytest.mark.browser
def test_the_filter_narrows_the_contested_facts_too(visit):
    page, everything = visit(), visit().locator(".reg-contest").count()
    page.select_option("[name=indicator]", "workers_present")
    page.select_option("[name=place]", "Kuwait")
    shown = page.locator(".reg-contest:not([hidden])")
    assert 0 < shown.count() < everything
    for contest in shown.all():
        assert "Kuwait" in contest.locator("h4").text_content()
    page.click("button[type=reset]")
    page.wait_for_function("location.hash === ''")
    assert page.locator(".reg-contest:not([hidden])").count() == everything
