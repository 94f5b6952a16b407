"""The evidence of a fork holds the statements that its chapter names, and no others."""

import csv
import io
from pathlib import Path

from helpers.fork.cut_data import SHOWN, UsedEvidence, cut_files, cut_to

ROOT = Path(__file__).resolve().parents[2]
FEE, PRESENTS = "smuggling-fee-2024-daily-nk-cny", "bag-gifts-cut-2024"
PACKAGE = {"name": "a-fork", "title": "A fork", "version": "1", "description": "", "licenses": []}


def cut(statements: list[str]) -> dict[str, list[dict[str, str]]]:
    used = UsedEvidence({FEE: SHOWN}, [], statements, [], [])
    files = cut_files(ROOT, cut_to(ROOT, "luggage", used), PACKAGE)
    return {
        path.as_posix(): list(csv.DictReader(io.StringIO(content.decode())))
        for path, content in files.items()
        if path.suffix == ".csv"
    }


def test_the_statements_that_a_chapter_names_come_along_with_what_they_name() -> None:
    files = cut([PRESENTS, "bale-margin-undated"])
    kept = files["data/ledger/statements.csv"]
    assert {row["statement_id"] for row in kept} == {PRESENTS, "bale-margin-undated"}
    assert {row["source_id"] for row in kept} <= {
        row["source_id"] for row in files["data/ledger/sources.csv"]
    }
    places = {row["place"] for row in files["data/ledger/places.csv"]}
    assert {row["place"] for row in kept} <= places and "Sinuiju" in places
    assert {"ledger/statements", "clean/statements"} <= {
        row["table"] for row in files["data/codebook.csv"]
    }


def test_a_chapter_that_names_none_has_no_such_table() -> None:
    files = cut([])
    assert "data/ledger/statements.csv" not in files
    assert not {row["table"] for row in files["data/codebook.csv"]} & {
        "ledger/statements", "clean/statements"
    }  # fmt: skip
