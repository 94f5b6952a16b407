"""What is left out leaves with its echoes and with what was worked out from it."""

import json
import os

import pandas as pd
import pytest

from helpers import evidence
from helpers.errors import YaluError
from helpers.evidence import exclusion
from helpers.evidence.exclusion import (
    ALL,
    OFFICIAL,
    VARIABLE,
    Subset,
    checked_subset,
    exclusion_of,
    families_of,
    in_environment,
    is_given,
    subset_words,
)


def without(*names):
    return Subset(frozenset(names))


def test_an_echo_leaves_with_its_origin_and_the_origin_stays_without_the_echo():
    origin, echo = "return-rate-2024-03-daily-nk-ko", "return-rate-2024-03-daily-nk"
    fallen = exclusion_of(without(evidence.claim(origin).source_id)).claims
    assert {origin, echo} <= fallen
    only_echo = exclusion_of(without(evidence.claim(echo).source_id)).claims
    assert echo in only_echo and origin not in only_echo


def test_what_is_derived_leaves_with_any_of_its_operands():
    derived = evidence.claim("factory-share-returned-2017-derived")
    operands = derived.derived_from.split(";")
    for operand in operands:
        assert derived.claim_id in exclusion_of(without(evidence.claim(operand).source_id)).claims


def test_a_family_takes_all_its_editions():
    fallen = exclusion_of(without("daily-nk"))
    table = evidence.load("claims")
    mine = set(table.loc[table["outlet_family"] == "daily-nk", "claim_id"])
    assert mine <= fallen.claims
    relayed = table[table["claim_id"].isin(fallen.claims - mine)]
    assert all(
        any("daily-nk" in families_of(o) for o in evidence.origins(c)) for c in relayed["claim_id"]
    )


def test_a_report_read_elsewhere_leaves_with_the_house_that_it_quotes():
    nothing_kept = "keep-2015-rfa-daehung"  # attributed to RFA, read in Hot Air
    assert families_of(nothing_kept) == {"hot-air", "radio-free-asia"}
    for house in ("hot-air", "radio-free-asia"):
        assert nothing_kept in exclusion_of(without(house)).claims
    assert nothing_kept not in exclusion_of(without("daily-nk")).claims


def test_only_some_bases_keep_the_months_that_we_worked_out_from_tables():
    every = len(evidence.load("trade_months"))
    with evidence.counting(Subset(only=OFFICIAL)):
        assert len(evidence.load("trade_months")) == every


@pytest.mark.parametrize("read", [lambda: evidence.load("claims"),
                                  lambda: evidence.claims(theme="luggage"),
                                  lambda: evidence.load("trade_months")])  # fmt: skip
def test_what_a_chapter_does_to_a_table_is_not_in_the_next_one(read):
    for subset in (ALL, without("daily-nk"), Subset(known_by="2019-12-22")):
        with evidence.counting(subset):
            before, mine = read(), read()
            mine["source_id"].array[:] = "changed"
            mine.loc[:, "source_id"] = "changed"
            mine.index.name = mine.columns.name = "mine"
            pd.testing.assert_frame_equal(read(), before)
            assert read().index.name is None and "changed" not in set(read()["source_id"])


def test_only_official_leaves_nothing_that_rests_on_others():
    fallen = exclusion_of(Subset(only=OFFICIAL)).claims
    for claim_id in set(evidence.load("claims")["claim_id"]) - fallen:
        assert {evidence.claim(o).basis for o in evidence.origins(claim_id)} <= OFFICIAL


def test_known_by_a_day_goes_by_the_last_day_that_a_date_leaves_open():
    in_march = "china-us-80000"  # published 2019-03, no day given
    assert in_march in exclusion_of(Subset(known_by="2019-03-30")).claims
    assert in_march not in exclusion_of(Subset(known_by="2019-03-31")).claims
    undated = "china-mofa-19000"
    assert undated in exclusion_of(Subset(known_by="2026-11-22")).claims


def test_rows_of_series_leave_too_but_stay_while_a_second_document_stands():
    market = evidence.load("kpw_market")
    with evidence.counting(without("daily-nk")):
        kept = evidence.load("kpw_market")
    houses = evidence.load("sources").set_index("source_id")["outlet_family"]
    assert set(houses[kept["source_id"]]) == set(houses[market["source_id"]]) - {"daily-nk"}
    months = evidence.load("trade_months")
    both = months[months["second_source_id"].notna()].iloc[0]
    with evidence.counting(without(both["source_id"])):
        assert both["month"] in set(evidence.load("trade_months")["month"])
    with evidence.counting(without(both["source_id"], both["second_source_id"])):
        left = evidence.load("trade_months")
        assert not ((left["month"] == both["month"]) & (left["flow"] == both["flow"])).any()


def test_rates_of_a_later_month_were_not_known_by_a_day():
    with evidence.counting(Subset(known_by="2019-12-31")):
        assert evidence.load("fx_months")["month"].max() == "2019-12"


def test_a_claim_that_is_left_out_can_be_cited_but_not_counted():
    fee = "smuggling-fee-2024-daily-nk-cny"
    with evidence.counting(without("daily-nk")):
        assert evidence.recorded(fee).high == 1000 and not evidence.is_included(fee)
        words = f"without Daily NK: it needs the claim {fee}"
        with pytest.raises(evidence.ExcludedEvidenceError, match=words):
            evidence.claim(fee)
    assert evidence.claim(fee).high == 1000


def test_two_choices_one_within_the_other_leave_out_both(monkeypatch):
    monkeypatch.setattr(exclusion, "_of_process", [exclusion_of(without("daily-nk"))])
    with evidence.counting(without("reuters")):
        families = set(evidence.load("claims")["outlet_family"])
    assert not families & {"daily-nk", "reuters"}
    with evidence.counting(ALL):
        assert "reuters" in set(evidence.load("claims")["outlet_family"])


def test_the_choice_reaches_the_processes_that_are_started(monkeypatch):
    subset = Subset(frozenset({"daily-nk"}), known_by="2024-12-31")
    with in_environment(subset):
        assert checked_subset(**json.loads(os.environ[VARIABLE])) == subset
    assert VARIABLE not in os.environ


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"without": ["dailynk"]}, "'dailynk' is no document, outlet or basis; did you mean daily"),
        ({"known_by": "2019"}, "known by '2019': write a day as YYYY-MM-DD"),
        ({"known_by": "2019-02-30"}, "known by '2019-02-30': write a day as YYYY-MM-DD"),
    ],
)
def test_what_is_no_choice_is_refused_in_one_line(given, said):
    with pytest.raises(YaluError) as caught:
        checked_subset(**given)
    assert len(caught.value.lines) == 1 and said in caught.value.lines[0]
    assert caught.value.exit_code == 2


def test_words_and_what_is_taken_as_given():
    assert subset_words(without("daily-nk")) == "without Daily NK"
    told = subset_words(Subset(only=frozenset({"anonymous-source"}), known_by="2019-12-22"))
    assert told == "on anonymous sources only, as known by 2019-12-22"
    assert is_given("fred-2026-07-exchange-rates") and is_given("unsc-2017-12-resolution-2397")
    assert not is_given("dailynk-2024-luggage-smuggling")


def test_a_ledger_with_five_more_echoes_has_the_same_envelope_and_support(book_copy):
    """Repeats of a claim, whoever prints them, change no range and no count of origins."""
    from helpers.chapter.ranges import of_claims
    from helpers.chapter.sidecar import read_sidecar
    from helpers.chapter.tables import count_evidence

    told = list(evidence.claims(indicator="workers_present", place="China")["claim_id"])
    before = of_claims(told), evidence.independent_origins(told), count_evidence(told)
    path = book_copy / "data/clean/claims.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    origin = table[table["claim_id"] == "china-asahi-2017"]
    outlets = ["reuters", "yonhap", "daily-nk", "kbs", "hankyung"]
    for house in outlets:
        table = pd.concat([table, origin.assign(
            claim_id=f"echo-{house}", repeats="china-asahi-2017", outlet_family=house,
            origin_id="china-asahi-2017")])  # fmt: skip
    table.to_csv(path, index=False)
    echoes = [f"echo-{house}" for house in outlets]
    more = [*told, *echoes]
    assert set(echoes) <= set(evidence.load("claims")["claim_id"])
    assert (of_claims(more), evidence.independent_origins(more)) == before[:2]
    stock = read_sidecar(book_copy / "chapters/repatriation.yml").parameters["stock_low"]
    assert (stock.low, stock.high) == (8000, 120_000)
    assert count_evidence(told) == before[2]
