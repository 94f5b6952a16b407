"""Numbers are worded as their sources put them, and never more exactly."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.chapter import wording
from helpers.errors import YaluError
from helpers.evidence import claim, load


def quantity(value=None, low=None, high=None, qualifier="exact", unit="CNY", per=""):
    return SimpleNamespace(value=value, low=low, high=high, qualifier=qualifier, unit=unit, per=per)


@pytest.mark.parametrize(
    ("claim_id", "style", "words"),
    [
        ("smuggling-fee-2024-daily-nk-cny", "full", "700–1,000 yuan a bag"),
        ("smuggling-fee-2024-daily-nk-usd", "unit", "96–138 dollars"),
        ("smuggling-income-10bags-2024-cny", "unit", "up to 10,000 yuan"),
        ("factory-more-than-half-2017", "full", "more than half"),
        ("return-rate-2024-03-daily-nk-ko", "full", "about 100 people a week"),
        ("workers-dandong-2017-09-daily-nk", "bare", "about 5,000–7,000"),
        ("workers-world-2019-state-nikkei", "unit", "about 100,000 people"),
        ("trade-imports-kp-cn-2019-03", "unit", "197.95 million dollars"),
        ("luggage-area-2024-daily-nk", "printed", "up to 1 square metre"),
        ("luggage-area-2024-daily-nk", "unit", "up to 1 cubic metre"),
        ("lug-2014-markup", "full", "2–3 times"),
        ("trade-total-yoy-2019-03", "full", "38.1 per cent"),
    ],
)
def test_claims_of_the_ledger_in_words(claim_id, style, words):
    assert wording.quantity_words(claim(claim_id), style) == words


def test_every_claim_can_be_put_into_words():
    for claim_id in load("claims")["claim_id"]:
        words = wording.quantity_words(claim(claim_id))
        assert any(character.isdigit() for character in words) or "half" in words
        assert "nan" not in words and "None" not in words


@pytest.mark.parametrize(
    ("number", "digits", "words"),
    [
        (3_640_000, 3, "3.64 million"),
        (5_200_000, 3, "5.2 million"),
        (1_999_999, 2, "2 million"),
        (999_999, 2, "1 million"),
        (0.1127, 2, "0.11"),
        (-1234.5, None, "−1,234.5"),
        (0, 3, "0"),
        (2.5e9, 2, "2.5 billion"),
    ],
)
def test_numbers_are_rounded_to_significant_figures(number, digits, words):
    assert wording.number_words(number, digits) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (3.64e6, 5.2e6, "3.64–5.2 million yuan"),
        (700, 1000, "700–1,000 yuan"),
        (900_000, 2_000_000, "900,000 to 2 million yuan"),
        (-5, 5, "−5 to 5 yuan"),
        (7, 7, "7 yuan"),
        (1, 1, "1 yuan"),
    ],
)
def test_ranges(low, high, words):
    assert wording.quantity_words(quantity(low=low, high=high), "unit", 3) == words


def test_a_share_is_shown_as_per_cent():
    assert wording.quantity_words(quantity(0.25, unit="share")) == "25 per cent"


def test_nothing_known_is_an_error_and_not_an_empty_sentence():
    with pytest.raises(YaluError, match="without value and bounds"):
        wording.bare_words(quantity())


def test_an_unknown_style_is_refused():
    with pytest.raises(YaluError, match="allowed: bare, unit, full"):
        wording.quantity_words(quantity(1), "shouted")


@given(st.floats(min_value=1e-3, max_value=1e12), st.integers(1, 6))
def test_rounding_keeps_within_half_a_unit_of_the_last_figure(number, digits):
    assert wording.round_to(number, digits) == pytest.approx(number, rel=0.51 * 10 ** (1 - digits))


@pytest.mark.parametrize(
    ("iso", "words"),
    [("2019-12-22", "22 December 2019"), ("2024-03", "March 2024"), ("2017", "2017"),
     ("undated", "undated")],
)  # fmt: skip
def test_dates(iso, words):
    assert wording.date_words(iso) == words


def test_listing():
    assert wording.listing(["a"]) == "a"
    assert wording.listing("abc") == "a, b and c"


def test_what_rounds_to_nought_has_no_sign():
    assert wording.number_words(-0.0) == "0" and wording.number_words(-1e-9) == "0"


def test_periods_in_words():
    expected = {
        ("2024-03", "2024-03"): "March 2024",
        ("2024-01", "2024-03"): "January to March 2024",
        ("2017", "2019-12"): "2017 to December 2019",
        ("2017", "2019"): "2017 to 2019",
        ("2019-02-26", "2019-02-28"): "26 February to 28 February 2019",
        ("2013-07-01", None): "since 1 July 2013",
        (None, "2017"): "until 2017",
        (None, None): "undated",
    }
    assert {ends: wording.period_words(*ends) for ends in expected} == expected
