"""Ledger: all that the register shows, ready for look-ups."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from helpers import evidence
from helpers.evidence import Claim
from helpers.evidence.contested import Contest, contests, ledger_claims


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows with None for an empty cell."""
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


Page = tuple[str, str]


@dataclass(frozen=True)
class Ledger:
    """All that the register shows, ready for look-ups by id.

    `corrections_page` is where corrections are explained, empty where the book has no such page;
    `used` holds for a claim the title and the address of each page that shows it.
    """

    claims: dict[str, Claim]
    sources: dict[str, dict[str, Any]]
    indicators: dict[str, dict[str, Any]]
    corrections: dict[str, dict[str, Any]]
    echoes: dict[str, list[Claim]]
    by_source: dict[str, list[Claim]]
    contests: list[Contest]
    contests_of: dict[str, list[Contest]]
    corrections_page: str = ""
    used: dict[str, list[Page]] = field(default_factory=dict)


def read_ledger(corrections_page: str = "", used: dict[str, list[Page]] | None = None) -> Ledger:
    """Return the clean tables that the register rests on, with the contests in them."""
    claims = {claim.claim_id: claim for claim in ledger_claims()}
    contested = contests(claims.values())
    contests_of = defaultdict(list)
    for contest in contested:
        for claim in contest.claims:
            contests_of[claim.claim_id].append(contest)
    return Ledger(
        claims,
        _keyed("sources", "source_id"),
        _keyed("indicators", "indicator"),
        _keyed("corrections", "correction_id"),
        _grouped((c for c in claims.values() if c.repeats), lambda c: c.origin_id),
        _grouped(claims.values(), lambda c: c.source_id),
        contested,
        dict(contests_of),
        corrections_page,
        used or {},
    )


def _keyed(table: str, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in _records(evidence.load(table))}


def _grouped(claims: Iterable[Claim], key: Callable[[Claim], str]) -> dict[str, list[Claim]]:
    groups = defaultdict(list)
    for claim in claims:
        groups[key(claim)].append(claim)
    return dict(groups)
