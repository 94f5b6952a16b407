"""How a number is asked for in prose: style, conversion at a dated rate, rounding."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import evidence
from helpers.book.sphinx.html import prose_html
from helpers.book.sphinx.roles import claim_card, statement_card
from helpers.chapter.running import Result
from helpers.chapter.wording import (
    Printing,
    claim_words,
    claims_named,
    converted,
    printing,
    sources_named,
    statement_words,
    statements_named,
)
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


PRESENTS = "bag-gifts-cut-2024"


def test_a_statement_is_printed_as_its_document():
    assert statement_words(PRESENTS) == "Daily NK, 2024"
    assert "luggage" in statement_words(PRESENTS, "title").lower()
    assert statement_words(PRESENTS, "less room for presents") == "less room for presents"


def test_an_unknown_statement_is_one_line_with_a_near_id():
    with pytest.raises(YaluError) as caught:
        statement_words("bag-gifts-cut-224")
    assert caught.value.lines[0].startswith(
        'no statement "bag-gifts-cut-224"; did you mean bag-gifts-cut-2024'
    )


def test_a_statement_and_its_document_count_as_used():
    prose = f"Some complain ({{statement}}`{PRESENTS}`; {{source}}`somebody`)."
    assert statements_named(prose) == {PRESENTS} and claims_named(prose) == set()
    assert sources_named(prose) == {"dailynk-2024-luggage-smuggling", "somebody"}


def test_the_card_of_a_statement_says_what_who_basis_place_period_and_document():
    card = statement_card(evidence.statement(PRESENTS), "evidence.html")
    assert card["statement"].startswith("Workers have to cut back on presents")
    assert card["rows"] == [
        ["Said by", "anonymous source in China"],
        ["Basis", "anonymous source"],
        ["About", "returning DPRK workers"],
        ["Place", "China, March 2024"],
        ["Document", "Daily NK, 2024", "evidence.html#source-dailynk-2024-luggage-smuggling"],
    ]


def test_a_line_of_a_sidecar_links_a_statement():
    html = prose_html(f"As told by {{statement}}`{PRESENTS}`.", "evidence.html")
    assert f'href="evidence.html#statement-{PRESENTS}"' in html and ">Daily NK, 2024</a>" in html


def test_the_card_of_a_claim_names_its_repeats_in_plain_words():
    rows = claim_card(evidence.claim("dandong-2017-yonhap"), "evidence.html")["rows"]
    labels = {row[0]: row[1] for row in rows}
    assert labels["Repeated by"] == "3 more documents, 3 outlets"
    assert not {"Echoes", "Repeats"} & labels.keys()
    repeat = claim_card(evidence.claim("ch-dandong-20000b"), "evidence.html")["rows"]
    assert "Repeated by" not in {row[0] for row in repeat}
    (origin,) = [row for row in repeat if row[0] == "Repeats"]
    assert origin[2] == "evidence.html#claim-dandong-2017-yonhap"
