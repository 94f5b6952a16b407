"""How a number is asked for in prose: style, conversion at a dated rate, rounding."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import evidence
from helpers.chapter.running import Result
from helpers.chapter.wording import Printing, claim_words, claims_named, converted, printing
from helpers.errors import YaluError

FEE, RATE = "smuggling-fee-2024-daily-nk-cny", "der-2024-cny-usd-1000"  # 700-1,000; 7.246


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "700–1,000 yuan a bag"),
        ("bare", "700–1,000"),
        (f"in USD at {RATE}", "about 97–140 dollars a bag"),
        (f"unit in USD at {RATE} to 3 digits", "about 96.6–138 dollars"),
        ("to 1 digit", "700–1,000 yuan a bag"),
        ("bare in KPW at lug-rate-1320", "about 910,000 to 1.3 million"),
    ],
)
def test_a_claim_is_printed_as_asked(text, words):
    assert claim_words(FEE, text) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("loud", "allowed: one of bare"),
        ("in USD", "allowed: one of bare"),
        ("to 0 digits", "allowed: one of bare"),
        ("in USD at nowhere", 'no claim "nowhere"'),
        ("in EUR at lug-rate-1320", "does not lead from CNY to EUR"),
        (f"in USD at {FEE}", "does not lead from CNY to USD"),
    ],
)
def test_what_cannot_be_printed_is_refused(text, said):
    with pytest.raises(YaluError, match=said):
        claim_words(FEE, text)


def test_a_result_is_printed_in_the_same_ways():
    result = Result("income", "Income", unit="CNY", per="year", low=7.28e6, high=10.4e6)
    assert result.text(f"in USD at {RATE} to 3 digits") == "about 1–1.44 million dollars a year"
    assert result.text("bare to 1 digit") == "7–10 million"


def test_parts_are_read_in_order():
    assert printing(f"unit in USD at {RATE} to 2 digits") == Printing("unit", "USD", RATE, 2)


@given(st.floats(0.01, 1e9), st.floats(1, 3))
def test_conversion_there_and_back_returns_the_figure(value, spread):
    money = SimpleNamespace(
        value=None, low=value, high=value * spread, unit="CNY", per="", qualifier="exact"
    )
    back = converted(converted(money, "USD", RATE), "CNY", RATE)
    assert back.low == pytest.approx(money.low) and back.high == pytest.approx(money.high)
    assert back.unit == "CNY" and back.qualifier == "about"


def test_a_range_of_rates_widens_a_single_figure():
    rate = evidence.claim("lug-rate-1320")
    fee = SimpleNamespace(value=10, low=None, high=None, unit="CNY", per="", qualifier="exact")
    won = converted(fee, "KPW", "lug-rate-1320")
    assert (won.low, won.high) == (10 * rate.low, 10 * rate.high)


def test_the_rate_of_a_conversion_counts_as_used():
    prose = f"It is {{claim}}`{FEE} in USD at {RATE}`, says {{source}}`somebody`."
    assert claims_named(prose) == {FEE, RATE}
    assert claims_named(f"{{result}}`income unit in USD at {RATE} to 1 digit`") == {RATE}
