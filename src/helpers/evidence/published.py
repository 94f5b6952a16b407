"""The ledger as a book publishes it: each claim with its document, correction and hash."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from helpers.errors import YaluError, raise_failures
from helpers.evidence.corrections import declared, read_entries
from helpers.evidence.csv_tables import read_codebook, read_table
from helpers.evidence.data_config import read_data_config

PUBLISHED = "data/ledger.json"
RESULTS = ("data/results.csv", "data/results.json")
CLAIMS, SOURCES, RENAMED = "ledger/claims", "ledger/sources", "ledger/redirects"
Cells = dict[str, str]


@dataclass(frozen=True)
class Content:
    """A claim's cells, its document's, and the fields of its declared correction, if any.

    Empty cells are not among them, so that a new column that is empty changes nothing.
    """

    claim: Cells
    source: Cells
    correction: dict[str, Any] | None

    @property
    def sha256(self) -> str:
        """The hash of all of it."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class PublishedLedger:
    """The claims of a book by id, and what the book's data are called."""

    name: str
    title: str
    version: str
    claims: dict[str, Content]


def _rows(root: Path, table: str, key: str) -> dict[str, Cells]:
    raw = read_table(root, table)
    raise_failures(raw.failures[:1])
    if key not in raw.frame:
        raise YaluError(f"{raw.file}: no column {key}")
    rows = raw.frame.to_dict("records")
    return {str(row[key]): {str(c): str(v) for c, v in row.items() if v} for row in rows}


def ledger_of_book(root: Path) -> PublishedLedger:
    """Return the claims of the book at `root` from its raw tables, corrections declared apart.

    Raises YaluError, one line a fault, where they cannot be read.
    """
    package = read_data_config(root).package
    entries, failures = read_entries(root)
    raise_failures(failures)
    corrections = {entry.cells("match").get("claim_id", ""): entry.fields
                   for entry in declared(entries, CLAIMS)}  # fmt: skip
    sources, claims = _rows(root, SOURCES, "source_id"), dict[str, Content]()
    for claim_id, cells in _rows(root, CLAIMS, "claim_id").items():
        document = sources.get(cells.get("source_id", ""), {})
        claims[claim_id] = Content(cells, document, corrections.get(claim_id))
    return PublishedLedger(package.name, package.title, package.version, claims)


def ledger_json(root: Path) -> str:
    """Return the ledger of the book at `root` as it is published beside the pages.

    Claims by id, each with its hash, the documents apart, so that a fork can tell what changed.
    """
    ledger = ledger_of_book(root)
    claims = {
        claim_id: {"sha256": c.sha256, "claim": c.claim}
        | ({"correction": c.correction} if c.correction else {})
        for claim_id, c in ledger.claims.items()
    }
    sources = {c.claim["source_id"]: c.source for c in ledger.claims.values()}
    content = vars(ledger) | {"claims": claims, "sources": sources}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def ledger_from_file(path: Path) -> PublishedLedger:
    """Return the ledger that a book has published. Raises YaluError, one line, for another file."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        claims = {}
        for claim_id, about in told["claims"].items():
            claim = dict(about["claim"])
            document = dict(told["sources"][claim["source_id"]])
            claims[claim_id] = Content(claim, document, about.get("correction"))
        return PublishedLedger(str(told["name"]), str(told["title"]), str(told["version"]), claims)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:80]
        raise YaluError(f"{path.name}: no ledger that a book has published ({reason})") from None


def renamed(root: Path, kind: str) -> dict[str, str]:
    """Return the old names of renamed claims or pages, as `kind` says, and what they are now."""
    if not (root / f"data/{RENAMED}.csv").is_file():
        return {}
    rows = _rows(root, RENAMED, "old")
    return {old: row.get("new", "") for old, row in rows.items() if row.get("kind") == kind}


def columns(root: Path, table: str) -> list[str]:
    """Return the columns of a table as the codebook of the book at `root` has them."""
    return [column.column for column in read_codebook(root)[0].get(table, [])]
