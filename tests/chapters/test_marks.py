"""Marks follow from the ledger: as it is, and with evidence taken away or added."""

import csv

import pytest

from helpers.chapter.sensitivity.marks import mark_of
from helpers.chapter.sensitivity.summary import summaries
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.rerun.evaluate import run_here

from ..conftest import each
from .accounts import account_of

pytestmark = pytest.mark.book

CLAIMS = "data/clean/claims.csv"
# chapter, headline, mark, letter and number
MARKS = [
    ("visas", "newer_allow_work", "Several reports", "F2"),
    ("visas", "payback_days", "Our arithmetic", "F3"),
    ("luggage", "fee_income_year", "Our arithmetic", "F6"),
    ("luggage", "return_bill_months", "One report", "F3"),
    ("repatriation", "round_statements", "Several reports", "B3"),
    ("repatriation", "needed_without", "Our arithmetic", "B4"),
    ("repatriation", "place_weeks", "Our arithmetic", "F4"),
    ("wages_trade", "kept_inside", "Several reports", "F3"),
    ("wages_trade", "won_party_times", "One report", "F4"),
]
SENTENCES = {
    "payback_days": "from the text of a law and anonymous reports of Channel A and Daily NK",
    "fee_income_year": (
        "from anonymous reports of Daily NK; nobody reported the share of them with a paid bag, "
        "the paid bags on each of these workers and the weeks of departures in a year"
    ),
    "return_bill_months": (
        "it needs each of Daily NK and Radio Free Asia, and no other outlet has what they say"
    ),
    "round_statements": "10 of 35 estimates; without Radio Free Asia, 6 of 30 estimates",
    "kept_inside": "7 of 13 reports; without Daily NK, 4 of 9 reports",
}


@each(MARKS)
def test_the_marks_of_the_published_answers(chapter, key, word, pair):
    mark = account_of(chapter).marks[key]
    assert (mark.word, f"{mark.source}{mark.information}") == (word, pair)
    assert mark.sentence == SENTENCES.get(key, mark.sentence)
    found = account_of(chapter).results[f"{key}_mark"]
    assert found.words == f"{word}: {mark.sentence}"
    assert f"Admiralty {pair} (source: " in found.label


def mark_in(root, chapter, key):
    run_here(root, chapter, checked_values(sidecar(chapter), {}))
    return mark_of(summaries([key])[0])


def rewrite(path, change):
    """Write a table again with each row as `change` gives it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(change, rows))


def test_a_mark_falls_with_reports_and_rises_with_one_more(book_copy):
    def left_to(*families):
        def change(row):
            dropped = row["indicator"] == "workers_present" and row["outlet_family"] not in families
            return row | ({"usable": "false"} if dropped else {})

        return change

    whole = (book_copy / CLAIMS).read_text(encoding="utf-8")
    assert mark_in(book_copy, "repatriation", "round_statements").word == "Several reports"
    rewrite(book_copy / CLAIMS, left_to("radio-free-asia"))
    fallen = mark_in(book_copy, "repatriation", "round_statements")
    assert fallen.word == "One report"
    assert fallen.sentence == "reports of Radio Free Asia, and no other"
    (book_copy / CLAIMS).write_text(whole, encoding="utf-8")
    rewrite(book_copy / CLAIMS, left_to("radio-free-asia", "yonhap"))
    risen = mark_in(book_copy, "repatriation", "round_statements")
    assert risen.word == "Several reports"
    assert risen.sentence == "4 of 6 estimates; without Radio Free Asia, 1 of 2 estimates"
