"""The counts of evidence count nothing twice, give no score, and are marked for the lint."""

import re

import pytest

from helpers.chapter.tables import count_evidence, evidence_table, read_sentence
from helpers.errors import YaluError
from helpers.evidence import claims, load


def test_the_counts_agree_with_a_count_by_hand():
    chosen = ["smuggling-fee-2024-daily-nk-cny", "lug-cash-20000", "lug-2023-derived-total"]
    counts = count_evidence(chosen)
    rows = load("claims").set_index("claim_id").loc[chosen]
    assert (counts["Claims used"], counts["Documents"]) == (3, rows["source_id"].nunique())
    assert counts["Derived by us"] == pytest.approx(1 / 3)
    assert counts["On anonymous sources only"] == pytest.approx(1 / 3)
    assert counts["With a second independent origin"] == 0


def test_a_repeat_is_no_second_origin():
    repeat, origin = "workers-world-2019-state-nikkei", "world-state-2019-03"
    rows = claims(indicator="workers_present", place="world").set_index("claim_id")
    assert rows.loc[repeat, "repeats"] == origin
    both, one = count_evidence([repeat, origin]), count_evidence([origin])
    assert (
        both["Documents"] == 2
        and both["With a second independent origin"] == one["With a second independent origin"]
    )


def test_documents_cited_besides_claims_count():
    before = count_evidence(["lug-2023-5yuan"])
    after = count_evidence(["lug-2023-5yuan"], ["fred-2026-07-exchange-rates"])
    assert (
        after["Documents"] == before["Documents"] + 1
        and after["Newest document"] >= before["Newest document"]
    )


def test_an_unknown_claim_and_no_claim_are_refused():
    with pytest.raises(YaluError, match='no claim "nothing"'):
        count_evidence(["nothing"])
    with pytest.raises(YaluError, match="no claim is used"):
        count_evidence([], ["fred-2026-07-exchange-rates"])


def test_the_table_is_plain_and_marked_for_the_lint():
    text = evidence_table(count_evidence(["lug-2023-5yuan"]), "page")
    assert text.startswith("| The evidence of this page | Value |\n| --- | --- |\n")
    assert "| Claims used | {stated}`1; counted from the ledger` |" in text
    assert "score" not in text


def test_how_much_was_read_is_counted_and_told_in_a_sentence():
    chosen = ["lug-2023-5yuan", "visa-run-trips-2019-daily-nk", "russia-remaining-2020-01"]
    rows = load("claims").set_index("claim_id").loc[chosen, "source_id"]
    access = load("sources").set_index("source_id").loc[rows, "access"]
    assert list(access) == ["opening-only", "full-page", "repost-or-mirror"]
    counts = count_evidence(chosen)
    assert counts["Read in full"] == counts["Read in a copy elsewhere"] == pytest.approx(1 / 3)
    assert counts["Read as an excerpt"] == 0
    plain = re.sub(r"\{stated\}`(.*?);.*?`", r"\1", read_sentence(access))
    assert plain == (
        "Of 3 documents that this chapter names, 1 was read in full, 1 in the opening only, "
        "1 in a copy elsewhere and none as an excerpt."
    )
    plain = re.sub(r"\{stated\}`(.*?);.*?`", r"\1", read_sentence(["full-page"] * 6 + ["excerpt"]))
    assert plain == (
        "Of 7 documents that this chapter names, 6 were read in full, none in the opening only, "
        "none in a copy elsewhere and 1 as an excerpt."
    )
