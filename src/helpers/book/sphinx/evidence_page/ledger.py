"""Ledger: the clean tables as the evidence page shows them, and the pages that use a claim."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from sphinx.environment import BuildEnvironment

from helpers import evidence
from helpers.book.sphinx.html import page_uri
from helpers.book.stage import first_heading
from helpers.chapter.wording import date_words
from helpers.evidence import Claim
from helpers.evidence.contested import Contest, contests, ledger_claims
from helpers.evidence.load import vocabulary

STATUSES = {
    "current": "stands",
    "disputed": "disputed",
    "unclear": "unclear",
    "mislabelled": "wrongly labelled in print",
    "superseded": "replaced by a later figure",
}
_KEYS = {"sources": "source_id", "indicators": "indicator", "corrections": "correction_id"}

Page = tuple[str, str]


@dataclass(frozen=True)
class Ledger:
    """Claims, documents and corrections by id, with the contested facts among the claims.

    `corrections_page` is where corrections are explained, empty where the book has no such page;
    `used` holds for a claim the title and the address of each page that shows it.
    """

    claims: dict[str, Claim]
    sources: dict[str, dict[str, Any]]
    indicators: dict[str, dict[str, Any]]
    corrections: dict[str, dict[str, Any]]
    repeats: dict[str, list[Claim]]
    by_source: dict[str, list[Claim]]
    contests: list[Contest]
    contests_of: dict[str, list[Contest]]
    corrections_page: str = ""
    used: dict[str, list[Page]] = field(default_factory=dict)

    @property
    def themes(self) -> dict[str, str]:
        """Titles of the themes that have claims, ours in the book's order, then any other."""
        present = {claim.theme for claim in self.claims.values()}
        own = {theme: title for theme, title in vocabulary().themes.items() if theme in present}
        return own | {theme: theme.capitalize() for theme in sorted(present - set(own))}

    def document(self, source_id: str) -> str:
        """Return "outlet, date" of a document."""
        source = self.sources[source_id]
        return f"{source['outlet']}, {date_words(source['published'] or 'undated')}"


def read_ledger(corrections_page: str = "", used: dict[str, list[Page]] | None = None) -> Ledger:
    """Return the clean tables that the evidence page shows, with the contests in them."""
    claims = {claim.claim_id: claim for claim in ledger_claims()}
    repeats, by_source = defaultdict(list), defaultdict(list)
    for claim in claims.values():
        by_source[claim.source_id].append(claim)
        if claim.repeats:
            repeats[claim.origin_id].append(claim)
    sources, indicators, corrections = (
        {row[key]: row for row in _records(evidence.load(table))} for table, key in _KEYS.items()
    )
    contested = contests(claims.values())
    contests_of = defaultdict(list)
    for contest in contested:
        for claim in contest.claims:
            contests_of[claim.claim_id].append(contest)
    return Ledger(
        claims, sources, indicators, corrections, dict(repeats), dict(by_source), contested,
        dict(contests_of), corrections_page, used or {},
    )  # fmt: skip


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows with None for an empty cell."""
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


def pages_by_claim(env: BuildEnvironment) -> dict[str, list[Page]]:
    """Return for each claim that pages show their titles and addresses, in the book's order.

    Read from the usage.json that staging writes; empty where there is none.
    """
    path = Path(env.srcdir) / "usage.json"
    if not path.is_file():
        return {}
    noted: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    known: dict[str, Page] = {}
    for name in {name for pages in noted.values() for name in pages}:
        if (docname := f"chapters/{name}") in env.found_docs:
            title = first_heading(Path(env.doc2path(docname))) or name
            known[name] = title, page_uri(env, docname)
    return {claim: [known[n] for n in pages if n in known] for claim, pages in noted.items()}
