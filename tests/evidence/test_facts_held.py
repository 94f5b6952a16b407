"""Each fact of the five founding articles is held by rows of the ledger that exist."""

import csv
from pathlib import Path

import pytest

from helpers.evidence import load, statements
from helpers.paths import book_root

with (Path(__file__).parent / "facts_held.csv").open(encoding="utf-8", newline="") as file:
    FACTS = list(csv.DictReader(file))
# the word in the list, the clean table and the column that hold the row
KEYS = {
    "claim": ("claims", "claim_id"),
    "statement": ("statements", "statement_id"),
    "event": ("events", "event_id"),
    "channel": ("visa_channels", "channel"),
    "source": ("sources", "source_id"),
}


def named(fact: dict[str, str]) -> list[tuple[str, str]]:
    """Return kind and key of the rows that hold a fact; a channel's key may hold spaces."""
    found: list[tuple[str, str]] = []
    for word in fact["held_now_as"].split():
        kind, sign, key = word.partition(":")
        if sign and kind in KEYS:
            found.append((kind, key))
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]} {word}")
    return found


def test_all_facts_are_listed() -> None:
    assert len(FACTS) == 92 and len({fact["article"] for fact in FACTS}) == 5
    assert all(named(fact) for fact in FACTS)


@pytest.mark.parametrize("kind", KEYS)
def test_each_fact_is_held_by_rows_that_exist(kind: str) -> None:
    table, column = KEYS[kind]
    rows = set(load(table)[column])
    keys = {key for fact in FACTS for about, key in named(fact) if about == kind}
    assert keys and keys - rows == set()


def test_a_page_tells_each_statement_that_holds_a_fact() -> None:
    """Nothing of the founding articles is kept in the ledger alone."""
    from helpers.chapter.wording import statements_named

    pages = (book_root() / "chapters").iterdir()
    texts = [p.read_text(encoding="utf-8") for p in pages if p.suffix in (".md", ".ipynb")]
    told = set().union(*map(statements_named, texts))
    held = {key for fact in FACTS for kind, key in named(fact) if kind == "statement"}
    assert held - told == set() and told <= statements().keys()
