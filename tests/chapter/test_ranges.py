"""Ranges keep their order, hold what they were made of, and never say more than is known."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import evidence
from helpers.chapter.ranges import (
    Range,
    claim_range,
    envelope,
    named_ends,
    of_claim,
    of_claims,
    outwards,
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
    whole = envelope(several)
    for one in several:
        for figure in (one.low, one.central, one.high):
            assert figure is None or figure in whole


@given(st.lists(ranges(), min_size=1))
def test_an_envelope_reaches_no_further_than_the_figures_named(several):
    told = [one.ends for one in several if one.ends]
    span = named_ends(several)
    if not told:
        assert not span.known and not envelope(several).known
        return
    assert span.ends == (min(low for low, _ in told), max(high for _, high in told))
    whole = envelope(several)
    assert whole.low is None or whole.low == span.low
    assert whole.high is None or whole.high == span.high


@given(st.lists(ranges(), min_size=1), st.randoms())
def test_the_order_of_ranges_and_repeats_change_no_envelope(several, random):
    mixed = [*several, *several]
    random.shuffle(mixed)
    assert envelope(mixed) == envelope(several)


@given(ranges(), st.floats(0.001, 1000))
def test_another_measure_keeps_the_order_and_the_unit(one, factor):
    other = one.times(factor)
    assert (other.unit, other.per) == (one.unit, one.per)
    assert other.known == one.known


@given(NUMBERS, NUMBERS)
def test_words_claim_no_more_than_the_figures_and_no_false_precision(a, b):
    low, high = min(a, b), max(a, b)
    words = Range(low, high).words("bare")
    first, last = (outwards(low, 2, -1), outwards(high, 2, 1))
    assert first <= low and high <= last
    if low > 0 and high / low >= 1.5 and high < 1e6:
        assert words.startswith("between ")
        for shown in re.findall(r"[\d,.]+", words):
            assert len(shown.replace(",", "").replace(".", "").strip("0")) <= 2, words


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (Range(700, 1000, unit="CNY", per="bag"), "between 700 and 1,000 yuan a bag"),
        (Range(2000, None, unit="persons"), "at least 2,000 people"),
        (Range(None, 80_000, unit="persons"), "at most 80,000 people"),
        (Range(None, None, 700, unit="CNY"), "about 700 yuan"),
        (Range(7, 7, unit="days"), "7 days"),
        (Range(0.333, 0.98, unit="share"), "between 33 and 98 per cent"),
        (Range(3_641_234, 72_812_345, unit="CNY"), "between 3.6 million and 73 million yuan"),
        (Range(unit="CNY"), "no source"),
    ],
)
def test_words(ends, words):
    assert ends.words() == words


def test_ends_in_the_wrong_order_and_mixed_units_are_refused():
    with pytest.raises(YaluError, match="low <= central <= high, found"):
        Range(2, 1)
    with pytest.raises(YaluError, match="several units"):
        envelope([Range(1, 2, unit="CNY"), Range(1, 2, unit="USD")])


def test_an_unknown_end_excludes_nothing_on_its_side():
    floor = of_claim(evidence.claim("china-2018-04-asahi"))  # more than 500
    assert 10**9 in floor and 499 not in floor
    assert of_claim(evidence.claim("share-2017-ap")).low is None  # up to 70 per cent


def test_about_has_a_value_but_no_ends():
    assert of_claim(evidence.claim("keep-2019-rfa")) == Range(
        None, None, 700, "CNY", "worker-month"
    )


def test_echoes_add_nothing_to_an_envelope_of_claims():
    origin, echo = "return-rate-2024-03-daily-nk-ko", "return-rate-2024-03-daily-nk"
    assert of_claims([origin, echo]) == of_claims([origin]) == of_claims([echo])


def test_a_claim_that_is_an_envelope_is_made_of_what_remains():
    # 600-750, 700-800, about 700, 600-1,000, 700-1,000, 600-700, about 600
    assert claim_range("der-2012-2025-keep-stable").ends == (600, 1000)
    without = frozenset({"daily-nk", "essanews-com"})  # those that reach 1,000
    with evidence.counting(Subset(without)):
        assert claim_range("der-2012-2025-keep-stable").ends == (600, 800)


def test_a_claim_with_nothing_left_of_it_has_fallen():
    with (
        evidence.counting(Subset(only=frozenset({"official-statistic"}))),
        pytest.raises(evidence.ExcludedEvidenceError, match="der-2012-2025-keep-stable"),
    ):
        claim_range("der-2012-2025-keep-stable")
