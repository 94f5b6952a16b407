"""The meter says how much evidence there is, counts nothing twice and gives no score."""

import pytest

from helpers.chapter.meter import measure, meter_markdown
from helpers.errors import YaluError
from helpers.evidence import claims, load


def test_the_meter_agrees_with_a_count_by_hand():
    chosen = ["smuggling-fee-2024-daily-nk-cny", "lug-cash-20000", "lug-2023-derived-total"]
    meter = measure(chosen)
    rows = load("claims").set_index("claim_id").loc[chosen]
    assert (meter.claims, meter.documents) == (3, rows["source_id"].nunique())
    assert meter.derived == pytest.approx(1 / 3)
    assert meter.anonymous_only == pytest.approx(1 / 3)
    assert meter.second_origin == 0


def test_echoes_give_no_second_origin():
    echoed = ["workers-world-2019-state-nikkei", "world-state-2019-03"]
    rows = claims(indicator="workers_present", place="world").set_index("claim_id")
    assert rows.loc[echoed[0], "repeats"] == echoed[1]
    assert measure(echoed).documents == 2
    alone = measure([echoed[1]]).second_origin
    assert measure(echoed).second_origin == alone


def test_documents_cited_besides_claims_count():
    before = measure(["lug-2023-5yuan"])
    after = measure(["lug-2023-5yuan"], ["fred-2026-07-exchange-rates"])
    assert after.documents == before.documents + 1
    assert after.newest >= before.newest


def test_an_unknown_claim_is_refused():
    with pytest.raises(YaluError, match='no claim "nothing"'):
        measure(["nothing"])


def test_the_table_is_plain_and_marked_for_the_lint():
    text = meter_markdown(measure(["lug-2023-5yuan"]))
    assert "| Claims used | {stated}`1; counted from the ledger` |" in text
    assert "score" not in text
