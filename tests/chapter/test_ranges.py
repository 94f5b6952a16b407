"""Ranges keep their order, hold what they were made of, and never say more than is known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import evidence
from helpers.chapter import wording
from helpers.chapter.ranges import (
    Range,
    claim_range,
    envelope,
    named_ends,
    of_claim,
    of_claims,
)
from helpers.errors import YaluError
from helpers.evidence.exclusion import Subset

NUMBERS = st.floats(0, 1e9).map(lambda x: round(x, 6))
ENDS = st.one_of(st.none(), NUMBERS)


@st.composite
def ranges(draw, unit="CNY"):
    low, central, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    keep = draw(st.tuples(*[st.booleans()] * 3))
    ends = [end if kept else None for end, kept in zip((low, central, high), keep, strict=True)]
    return Range(ends[0], ends[2], ends[1], unit)


@given(st.lists(ranges(), min_size=1))
def test_an_envelope_holds_every_figure_of_its_ranges(several):
    joined = envelope(several)
    for one in several:
        for figure in (one.low, one.central, one.high):
            assert figure is None or (joined.low or 0) <= figure <= (joined.high or math.inf)


@given(st.lists(ranges(), min_size=1))
def test_an_envelope_reaches_no_further_than_the_figures_named(several):
    told = [one.ends for one in several if one.ends]
    span = named_ends(several)
    if not told:
        assert span.ends is None and envelope(several).ends is None
        return
    assert span.ends == (min(low for low, _ in told), max(high for _, high in told))
    joined = envelope(several)
    assert joined.low is None or joined.low == span.low
    assert joined.high is None or joined.high == span.high


@given(st.lists(ranges(), min_size=1), st.randoms())
def test_the_order_of_ranges_and_repeats_change_no_envelope(several, random):
    mixed = [*several, *several]
    random.shuffle(mixed)
    assert envelope(mixed) == envelope(several)


@given(ranges(), st.floats(0.001, 1000))
def test_another_measure_keeps_the_order_and_the_unit(one, factor):
    other = one.times(factor)
    assert (other.unit, other.per) == (one.unit, one.per)
    assert (other.ends is None) == (one.ends is None)


@given(NUMBERS, st.integers(1, 3))
def test_ends_are_rounded_outwards(number, digits):
    assert wording.outwards(number, digits, -1) <= number <= wording.outwards(number, digits, 1)
    assert (wording.outwards(1234, 2, -1), wording.outwards(1234, 2, 1)) == (1200, 1300)


def test_ends_in_the_wrong_order_and_mixed_units_are_refused():
    with pytest.raises(YaluError, match="low <= central <= high, found"):
        Range(2, 1)
    with pytest.raises(YaluError, match="several units"):
        envelope([Range(1, 2, unit="CNY"), Range(1, 2, unit="USD")])


def test_an_unknown_end_excludes_nothing_on_its_side():
    floor = of_claim(evidence.claim("china-2018-04-asahi"))  # more than 500
    assert (floor.low, floor.high) == (500, None)
    assert of_claim(evidence.claim("share-2017-ap")).low is None  # up to 70 per cent


def test_about_has_a_value_but_no_ends():
    assert of_claim(evidence.claim("keep-2019-rfa")) == Range(
        None, None, 700, "CNY", "worker-month"
    )


def test_repeats_add_nothing_to_an_envelope_of_claims():
    origin, repeat = "return-rate-2024-03-daily-nk-ko", "return-rate-2024-03-daily-nk"
    assert of_claims([origin, repeat]) == of_claims([origin]) == of_claims([repeat])


def test_a_claim_that_is_an_envelope_is_made_of_what_remains():
    # 600-750, 700-800, about 700, 600-1,000, 700-1,000, 600-700, about 600
    assert claim_range("der-2012-2025-keep-stable").ends == (600, 1000)
    without = frozenset({"daily-nk", "essanews-com"})  # those that reach 1,000
    with evidence.counting(Subset(without)):
        assert claim_range("der-2012-2025-keep-stable").ends == (600, 800)


def test_a_claim_with_nothing_left_of_it_is_excluded():
    with (
        evidence.counting(Subset(only=frozenset({"official-statistic"}))),
        pytest.raises(evidence.ExcludedEvidenceError, match="der-2012-2025-keep-stable"),
    ):
        claim_range("der-2012-2025-keep-stable")
