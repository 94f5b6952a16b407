"""The evidence page shows every claim and document once, as text; its filter finds them."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from helpers.book.sphinx.evidence_page import (
    claim_item,
    contests_html,
    read_ledger,
    rivals,
    source_item,
    sources_html,
    statement_item,
    theme_html,
)
from helpers.book.sphinx.html import outside_link

from ..conftest import raw

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">" \' & </li></details>'


@pytest.fixture(scope="module")
def ledger():
    return read_ledger("corrections.html")


@pytest.fixture(scope="module")
def html(ledger):
    themes = [theme_html(theme, ledger) for theme in ledger.themes]
    return "".join([contests_html(ledger), *themes, sources_html(ledger)])


@pytest.fixture(scope="module")
def soup(html):
    return BeautifulSoup(html, "html.parser")


@pytest.fixture(scope="module")
def entry(soup):
    """Look an element up by its id."""
    return {e["id"]: e for e in soup.select("[id]")}.__getitem__


def ids(soup, prefix):
    return [e["id"] for e in soup.select(f'[id^="{prefix}-"]')]


def test_each_document_links_to_an_archived_copy_and_a_stranger_is_named(soup, entry):
    for row in soup.select("li.reg-source"):
        (archived,) = row.select('a[href^="https://web.archive.org/web/2026"]')
        assert archived.text == "archived copy (may not exist)"
    document = entry("source-reuters-2020-01-russia")
    assert [a["href"] for a in document.select("a")][:2] == [
        "https://ummnews.biz/index.php/node/26992",
        "https://web.archive.org/web/20261122/https://ummnews.biz/index.php/node/26992",
    ]
    assert "Open the document (copy on another site (ummnews.biz)); archived" in document.text
    assert "(page, copy on another site (ummnews.biz); archived copy (may not exist))" in (
        entry("claim-russia-remaining-2020-01").text
    )


def test_a_claim_says_where_in_its_document_it_stands(entry):
    assert "(paragraph 2; page; archived" in entry("claim-visa-run-trips-2019-daily-nk").text


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
    assert len(outside) == 2 * sum(len(raw(t)) for t in ("claims", "statements", "sources"))
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


def test_a_theme_that_a_fork_adds_is_shown(ledger):
    claim = replace(next(iter(ledger.claims.values())), theme="shipping")
    other = replace(ledger, claims={claim.claim_id: claim}, statements={})
    assert other.themes == {"shipping": "Shipping"}
    assert claim.claim_id in theme_html("shipping", other)


def test_the_page_stays_light(html):
    assert len(gzip.compress(html.encode())) < 400_000
