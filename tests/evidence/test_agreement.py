"""Which claims contradict each other, and which only seem to."""

import time
from datetime import datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import YaluError
from helpers.evidence import agreeing, disagreeing, load

COLUMNS = {
    "claim_id": "",
    "indicator": "workers",
    "place": "Dandong",
    "unit": "persons",
    "per": None,
    "lower": None,
    "upper": None,
    "qualifier": "exact",
    "period_from": None,
    "period_to": None,
    "usable": True,
    "origin_id": "",
    "population": "DPRK workers",
}


def table(*rows: dict) -> list[SimpleNamespace]:
    found = []
    for row in rows:
        full = COLUMNS | {"origin_id": row["claim_id"]} | row
        days = {name: full[name] and datetime.fromisoformat(full[name])
                for name in ("period_from", "period_to")}  # fmt: skip
        found.append(SimpleNamespace(**full | days))
    return found


def one(claim: str, figure: float, **cells) -> dict:
    return {"claim_id": claim, "lower": figure, "upper": figure, **cells}


@st.composite
def ledgers(draw: st.DrawFn) -> list[SimpleNamespace]:
    figures = st.one_of(st.none(), st.integers(-20, 20))
    rows = []
    for number in range(draw(st.integers(2, 8))):
        ends = sorted(x for x in (draw(figures), draw(figures)) if x is not None)
        days = sorted(draw(st.tuples(st.integers(2015, 2019), st.integers(2015, 2019))))
        rows.append(
            {
                "claim_id": f"c{number}",
                "lower": ends[0] if ends else None,
                "upper": ends[-1] if len(ends) == 2 else None,
                "qualifier": draw(st.sampled_from(["exact", "about", "nearly"])),
                "place": draw(st.sampled_from(["Dandong", "China"])),
                "per": draw(st.sampled_from([None, "year"])),
                "period_from": draw(st.sampled_from([None, f"{days[0]}-03-01"])),
                "period_to": draw(st.sampled_from([None, f"{days[1]}-10-31"])),
                "usable": draw(st.booleans()),
            }
        )
    return table(*rows)


def test_a_manager_and_an_agency_disagree_about_dandong_in_2017() -> None:
    assert disagreeing("workers-dandong-2017-09-daily-nk") == [
        "ch-dandong-20000b",
        "dandong-2017-yonhap",
        "dandong-2017-yonhap-sputnik",
        "dandong-2017-yonhaptv",
    ]
    assert "ch-dandong-20000b" in agreeing("dandong-2017-yonhap")


def test_the_figures_for_dandong_in_2022_agree_among_themselves() -> None:
    ids = ["dandong-2022-11-dailynk-ja", "dandong-2022-11-pcr", "dandong-2022-11-pcr-en",
           "dandong-2022-outlawocean"]  # fmt: skip
    for claim in ids:
        assert set(agreeing(claim)) == {*ids} - {claim} and disagreeing(claim) == []


def test_about_and_nearly_may_differ_by_a_tenth() -> None:
    frame = table(
        one("about", 100, qualifier="about"),
        one("nearly", 100, qualifier="nearly"),
        one("low", 90),
        one("lower", 89.9),
        one("high", 110),
        one("higher", 110.1),
    )
    assert agreeing("about", frame) == ["high", "low", "nearly"]
    assert agreeing("nearly", frame) == ["about", "low"]
    minus = table(one("nearly", -100, qualifier="nearly"), one("a", -90), one("b", -101))
    assert agreeing("nearly", minus) == ["a"]


def test_bounds_are_open_on_one_side_and_ends_count() -> None:
    frame = table(
        {"claim_id": "most", "upper": 80},
        {"claim_id": "least", "lower": 80},
        one("inside", 80),
        one("above", 81),
    )
    assert agreeing("most", frame) == ["inside", "least"]
    assert disagreeing("most", frame) == ["above"]
    assert agreeing("least", frame) == ["above", "inside", "most"]


def test_only_the_same_thing_and_time_is_compared() -> None:
    frame = table(
        one("a", 1, period_from="2017-01-01", period_to="2017-12-31"),
        one("place", 9, place="China"),
        one("unit", 9, unit="CNY"),
        one("per", 9, per="year"),
        one("later", 9, period_from="2018-01-01"),
        one("last day", 9, period_from="2017-12-31"),
        one("open", 9, period_to="2017-01-01"),
        one("undated", 1),
    )
    assert disagreeing("a", frame) == ["last day", "open"]
    assert agreeing("a", frame) == ["undated"]


def test_an_unknown_claim_is_told() -> None:
    for find in (agreeing, disagreeing):
        with pytest.raises(YaluError, match='no claim "nobody"'):
            find("nobody")


@given(ledgers())
def test_agreeing_and_disagreeing_are_mutual_and_never_both(frame: list[SimpleNamespace]) -> None:
    for find in (agreeing, disagreeing):
        found = {claim: find(claim, frame) for claim in (one.claim_id for one in frame)}
        for claim, others in found.items():
            assert claim not in others
            assert all(claim in found[other] for other in others)
    for claim in (one.claim_id for one in frame):
        assert not set(agreeing(claim, frame)) & set(disagreeing(claim, frame))


def test_every_claim_of_the_book_is_compared_in_under_two_seconds() -> None:
    start = time.process_time()
    ids = load("claims")["claim_id"]
    found = {claim: disagreeing(claim) for claim in ids}
    assert all(claim in found[other] for claim in ids for other in found[claim])
    assert time.process_time() - start < 2
