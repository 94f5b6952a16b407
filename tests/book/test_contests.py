"""Contested facts stand side by side, every claim of them, and none of them is averaged."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from helpers.book.sphinx.evidence_page import (
    chart_html,
    contests_html,
    described,
    read_ledger,
)
from helpers.chapter.charts import COLOURS
from helpers.evidence.contested import contests


@pytest.fixture(scope="module")
def ledger():
    return read_ledger()


@pytest.fixture(scope="module")
def soup(ledger):
    return BeautifulSoup(contests_html(ledger), "html.parser")


def shown(soup, key):
    """Return the claims that a contest links to, echoes among them."""
    return {
        a["href"].removeprefix("#claim-") for a in soup.find(id=key).select('a[href^="#claim-"]')
    }


# What must be there -------------------------------------------------------------------------

KNOWN = {
    "contest-workers-present-dandong-2017": {
        "workers-dandong-2017-09-daily-nk", "dandong-2017-yonhap", "dandong-2017-yonhap-sputnik",
        "ch-dandong-20000b",
    },
    "contest-workers-present-dandong-2022": {"dandong-2022-11-pcr", "dandong-2022-outlawocean"},
    "contest-workers-present-china-2016-to-2020": {
        "china-nkdb-80000-2019", "china-nkitw-2019", "china-sejong-50000", "china-us-50000",
        "china-us-80000", "workers-china-2019-kita",
    },
    "contest-state-share-of-wage-northeast-china-2012": {"share-2012-asahi", "share-2012-ceweekly"},
    "contest-workers-present-kuwait-2017": {
        "kuwait-2017-08", "kuwait-2017-09-reuters", "kuwait-2017-09-rfa", "kuwait-2017-10-wire",
        "kuwait-peak-rfa",
    },
}  # fmt: skip


@pytest.mark.parametrize("key", KNOWN)
def test_the_well_known_contests_show_every_claim(soup, key):
    assert KNOWN[key] <= shown(soup, key)


@pytest.mark.parametrize(
    ("indicator", "place", "first", "last", "key"),
    [
        ("workers_present", "Dandong", "2017-01-01", "2017-12-31", "dandong-2017"),
        ("workers_present", "Dandong", "2022-01-01", "2022-12-31", "dandong-2022"),
        ("workers_present", "China", "2019-01-01", "2020-12-31", "china-2016-to-2020"),
        ("workers_present", "Kuwait", "2017-01-01", "2017-12-31", "kuwait-2017"),
        ("state_share_of_wage", "Northeast China", "2012-01-01", "2012-12-31",
         "northeast-china-2012"),
    ],
)  # fmt: skip
def test_no_claim_of_that_place_and_time_is_missing(
    ledger, soup, indicator, place, first, last, key
):
    days = pd.Timestamp(first), pd.Timestamp(last)
    of_the_time = {
        claim.claim_id
        for claim in ledger.claims.values()
        if (claim.indicator, claim.place) == (indicator, place)
        and (claim.period_from or days[0]) <= days[1]
        and (claim.period_to or days[1]) >= days[0]
        and (claim.period_from is not None or claim.period_to is not None)
    }
    key = f"contest-{indicator.replace('_', '-')}-{key}"
    assert of_the_time <= shown(soup, key)


def test_each_row_gives_its_own_figure_and_no_mean_is_shown(ledger, soup):
    rows = soup.find(id="contest-workers-present-kuwait-2017").select("tbody tr")
    told = [row.td.a.get_text() for row in rows]
    assert told == ["more than 4,500 people", "6,064 people", "3,000 people", "1,800 people",
                    "2,000–2,500 people"]  # fmt: skip
    claim = ledger.claims["kuwait-2017-08"]
    document = ledger.document(claim.source_id)
    _, *cells = [cell.get_text() for cell in rows[1].select("td")]
    said = (claim.attribution, "official statement", document)
    assert cells == ["August 2017", "DPRK workers", *said, "disputed"]


def test_the_page_shows_the_contests_of_the_library(ledger):
    assert contests() == ledger.contests and len(ledger.contests) == 41


def test_every_contest_has_one_address_and_rows_for_its_claims(ledger, soup):
    keys = [section["id"] for section in soup.select(".reg-contest")]
    assert sorted(keys) == sorted(c.key for c in ledger.contests) and len(set(keys)) == len(keys)
    for contest in ledger.contests:
        assert len(soup.find(id=contest.key).select("tbody tr")) == len(contest.claims) > 1


def test_echoes_are_folded_under_what_they_repeat(ledger, soup):
    for contest in ledger.contests:
        assert not any(claim.repeats for claim in contest.claims)
        for claim in contest.claims:
            row = (
                soup.find(id=contest.key)
                .find("a", href=f"#claim-{claim.claim_id}")
                .find_parent("tr")
            )
            folded = {a["href"][7:] for a in row.select(".reg-repeats a")}
            assert folded == {echo.claim_id for echo in ledger.repeats.get(claim.claim_id, [])}


def test_goods_totals_and_means_are_not_held_against_each_other(ledger):
    indicators = {contest.indicator for contest in ledger.contests}
    assert not {i for i in indicators if i.startswith(("goods_", "apparel_", "luxury_"))}
    assert not {"states_reporting_para8", "states_final_reports", "dprk_entries_work"} & indicators
    sent_home = next(c for c in ledger.contests if c.indicator == "workers_repatriated_reported")
    assert {c.status for c in sent_home.claims} == {"disputed"}


# The rule -----------------------------------------------------------------------------------


@pytest.fixture
def claim(ledger):
    """Make a claim: a named expert's figure for one year."""
    base = ledger.claims["china-mofa-19000"]

    def made(name, figure, years="2015", **cells):
        first, _, last = years.partition("-")
        last = last or first
        days = {
            "period_start": first or None, "period_end": last or None,
            "period_from": pd.Timestamp(f"{first}-01-01") if first else None,
            "period_to": pd.Timestamp(f"{last}-12-31") if last else None,
        }  # fmt: skip
        figures = {"value": float(figure), "lower": float(figure), "upper": float(figure)}
        own = {"claim_id": name, "origin_id": name, "source_id": f"of-{name}", "repeats": None}
        about = {"basis": "expert-named", "status": "current", "usable": True}
        return replace(base, **(figures | days | own | about | cells))

    return made


def groups(*claims):
    figures = {c.claim_id: c.value for c in claims}

    def apart(claim_id):
        return [other for other, figure in figures.items() if figure != figures[claim_id]]

    return [[c.claim_id for c in contest.claims] for contest in contests(claims, apart)]


def test_the_same_population_and_period_in_two_documents_make_a_contest(claim):
    assert groups(claim("a", 1), claim("b", 2)) == [["a", "b"]]
    assert groups(claim("a", 1), claim("b", 1)) == []


@pytest.mark.parametrize(
    "cells",
    [
        {"source_id": "of-a"}, {"origin_id": "a"}, {"usable": False}, {"population": "coal"},
        {"place": "Dandong"}, {"unit": "groups"}, {"per": "year"}, {"indicator": "other"},
        {"repeats": "a"},
    ],
)  # fmt: skip
def test_what_differs_otherwise_makes_none(claim, cells):
    assert groups(claim("a", 1), claim("b", 2, **cells)) == []


def test_a_longer_period_makes_none_unless_both_are_marked(claim):
    assert groups(claim("a", 1), claim("b", 2, "2014-2016")) == []
    marked = {"status": "disputed"}
    assert groups(claim("a", 1, **marked), claim("b", 2, "2014-2016")) == []
    assert groups(claim("a", 1, **marked), claim("b", 2, "2014-2016", **marked)) == [["b", "a"]]


def test_marked_claims_may_count_others_but_not_at_another_time(claim):
    marked = {"status": "disputed"}
    one, other = claim("a", 1, **marked), claim("b", 1, population="women", **marked)
    assert groups(one, other) == [["a", "b"]]
    assert groups(one, claim("b", 2, "2017", **marked)) == []


def test_marked_months_of_one_year_belong_together_but_not_in_statistics(claim):
    march = {"period_to": pd.Timestamp("2015-03-31"), "status": "disputed"}
    june = {"period_from": pd.Timestamp("2015-06-01"), "status": "disputed"}
    assert groups(claim("a", 1, **march), claim("b", 2, **june)) == [["a", "b"]]
    counted = {"basis": "official-statistic"}
    assert groups(claim("a", 1, **march, **counted), claim("b", 2, **june, **counted)) == []


def test_others_of_that_time_stand_beside_them_unusable_ones_too(claim):
    one, other = claim("a", 1), claim("b", 2)
    spoilt = claim("c", 9, "2014-2016", usable=False)
    assert groups(one, other, spoilt, claim("d", 3, "2017")) == [["c", "a", "b"]]
    assert groups(one, other, replace(spoilt, population="coal")) == [["a", "b"]]


def test_a_mean_or_a_running_total_does_not_stand_beside_a_year(claim):
    counted = {"basis": "official-statistic"}
    one, other = claim("a", 1, **counted), claim("b", 2, **counted)
    assert groups(one, other, claim("c", 1.5, "2014-2016", **counted)) == [["a", "b"]]
    assert groups(one, other, claim("c", 3, "2015-2016", **counted)) == [["a", "b"]]


def test_other_times_of_a_contested_thing_count_where_they_are_put_differently(claim):
    later = [claim("c", 5, "2018"), claim("d", 5, "2018", qualifier="about")]
    assert groups(*later) == []
    assert groups(claim("a", 1), claim("b", 2), *later) == [["a", "b"], ["c", "d"]]
    assert groups(claim("a", 1), claim("b", 2), later[0], claim("d", 5, "2018")) == [["a", "b"]]


def test_addresses_stay_apart_where_only_the_unit_differs(claim):
    claims = [
        claim(f"{name}-{unit}", figure, unit=unit)
        for unit in ("USD", "CNY")
        for name, figure in (("a", 1), ("b", 2))
    ]
    apart = {c.claim_id: [d.claim_id for d in claims if d.value != c.value] for c in claims}
    keys = [contest.key for contest in contests(claims, apart.__getitem__)]
    assert len(set(keys)) == 2 and all(re.fullmatch(r"contest-[a-z0-9-]+", key) for key in keys)


# The table and the chart ---------------------------------------------------------------------


def test_an_unusable_claim_is_shown_and_marked(ledger):
    contest = ledger.contests[0]
    unused = replace(contest.claims[-1], usable=False, status="mislabelled")
    other = replace(contest, claims=(*contest.claims[:-1], unused))
    found = BeautifulSoup(contests_html(replace(ledger, contests=[other])), "html.parser")
    (row,) = found.select("tr.reg-unused")
    assert "wrongly labelled in print, left out of every computation" in row.get_text()
    assert all(svg.get_text().count("(not used)") == 1 for svg in found.select("svg"))


def test_a_chart_has_a_row_a_claim_in_both_widths_and_words_for_who_cannot_see_it(ledger):
    contest = next(c for c in ledger.contests if c.key == "contest-workers-present-kuwait-2017")
    chart = BeautifulSoup(chart_html(contest), "html.parser").div
    assert chart["role"] == "img" and chart["aria-label"] == described(contest)
    for width, kind in ((680, "wide"), (340, "narrow")):
        svg = chart.select_one(f".yalu-chart-{kind} svg")
        assert svg["width"] == str(width)
        assert len([t for t in svg.select("text") if "2017:" in t.get_text()]) == len(
            contest.claims
        )


def test_charts_use_only_colours_that_dark_mode_exchanges(soup):
    light = {pair[0] for pair in COLOURS.values()}
    drawn = soup.select(".reg-contest svg *")
    used = {e.get(name) for e in drawn for name in ("fill", "stroke")} - {None, "none"}
    assert len(drawn) > 500 and used <= light


def test_a_book_without_contests_says_so(ledger):
    found = BeautifulSoup(contests_html(replace(ledger, contests=[])), "html.parser")
    assert found.get_text().strip() == "No claims of this book stand against each other."
