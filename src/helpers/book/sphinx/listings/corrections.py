"""Corrections: errors of sources, differences, spot checks, changes of the ledger, editions."""

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, TypeAdapter, ValidationError
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers import evidence
from helpers.book.editions import FOLDER, edition_uri, read_editions
from helpers.book.sphinx.evidence_page import pages_by_claim
from helpers.book.sphinx.html import number_of, static_uri
from helpers.book.sphinx.listings import Data, add_listing
from helpers.chapter.wording import claim_words, number_words, source_words, unit_words
from helpers.evidence.csv_tables import read_codebook
from helpers.evidence.history import FILE as LOG
from helpers.evidence.history import KINDS, ROW, Log, LogEntry, compare_claims, entries, read_log
from helpers.evidence.published import PUBLISHED, PublishedLedger, ledger_from_file, ledger_of_book
from helpers.inputs import model_faults, read_yaml
from helpers.paths import book_root

SPOT_CHECKS = "data/checks.yml"
_ACTIONS = {
    "set": "used as {used}",
    "relabel": "used as {used}",
    "exclude": "not used",
    "flag": "used as printed, with this remark",
}
Change = tuple[LogEntry, ...]

# Errors of sources --------------------------------------------------------------------------


def table_rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a clean table as text, an empty cell as an empty text."""
    return [
        {str(k): str(v) for k, v in row.items()}
        for row in evidence.load(table).fillna("").to_dict("records")
    ]


def _pairs(cell: str) -> dict[str, str]:
    """Return "a=1|b=2" as a dictionary."""
    return dict(part.split("=", 1) for part in cell.split("|")) if cell else {}


def _amounts_words(table: str, cell: str) -> str:
    """Return the figures of a cell like "value_usd_million=3|note=x", with their units."""
    columns = read_codebook(book_root())[0][table]
    units = {c.column: c.unit for c in columns if c.type == "number" and c.unit}
    return ", ".join(
        f"{number_words(float(figure))} {unit_words(units[name])}"
        for name, figure in _pairs(cell).items()
        if name in units
    )


def correction_words(row: dict[str, str]) -> tuple[str, str]:
    """Return what was printed and what we use, in words."""
    claim_id = _pairs(row["row_key"]).get("claim_id")
    if claim_id:
        printed, used = claim_words(claim_id, "printed"), claim_words(claim_id, "unit")
    else:
        printed, used = (_amounts_words(row["table"], row[end]) for end in ("printed", "corrected"))
    return printed, _ACTIONS[row["action"]].format(used=used)


def _about(row: dict[str, str]) -> dict[str, str]:
    """Return a row with words for the row that it speaks of and for its document.

    `claim` is the id of the claim that it speaks of, empty where that is none of the ledger.
    """
    key, source = row["row_key"], row.get("source_id", "")
    claim_id = key.removeprefix("claim_id=").partition("|")[0]
    known = "claim" in row["table"] and claim_id in set(evidence.load("claims")["claim_id"])
    cells = filter(None, (part.partition("=")[2] for part in key.split("|")))
    return row | {
        "claim": claim_id if known else "",
        "place": claim_id if known else ", ".join(cells),
        "document": source_words(source) if source else "",
    }


def _rows(table: str) -> Data:
    """Return what gives a template the rows of a table, those of corrections in words too."""
    of_sources = table == "corrections"
    return lambda _env, _argument: {
        "rows": [
            _about(row) | ({"used": correction_words(row)} if of_sources else {})
            for row in table_rows(table)
        ]
    }


# Spot checks --------------------------------------------------------------------------------


class Sample(BaseModel, extra="forbid"):
    """One part of a sample: what was read, how many rows, how many of them were wrong."""

    what: str
    rows: int
    wrong: int


class SpotCheck(BaseModel, extra="forbid"):
    """One reading of samples against their sources: rows read and how they came out."""

    name: str
    parts: list[Sample]
    imprecise: int
    not_found: int

    def counts(self) -> dict[str, int]:
        """Return the rows read, and of these the confirmed, imprecise, wrong and not found."""
        read, wrong = sum(p.rows for p in self.parts), sum(p.wrong for p in self.parts)
        confirmed = read - wrong - self.imprecise - self.not_found
        return {
            "read": read, "confirmed": confirmed, "imprecise": self.imprecise, "wrong": wrong,
            "not found again": self.not_found,
        }  # fmt: skip


def read_spot_checks(root: Path) -> list[SpotCheck]:
    """Return the spot checks of the book. Raises YaluError where they are missing or malformed."""
    try:
        told = read_yaml(root / SPOT_CHECKS, SPOT_CHECKS)
        return TypeAdapter(list[SpotCheck]).validate_python(told)
    except ValidationError as error:
        raise model_faults(error, root / SPOT_CHECKS, SPOT_CHECKS) from None


def spot_check_words(check: SpotCheck) -> str:
    """Return one check in words: what was read, and how much of it was confirmed."""
    counts = check.counts()
    read = counts.pop("read")
    parts = "; ".join(f"{p.what}: {p.rows} read, {p.wrong or 'none'} wrong" for p in check.parts)
    shares = ", ".join(
        f"{count} {word} ({number_words(round(100 * count / read, 1))} per cent)" if count
        else f"none {word}"
        for word, count in counts.items()
    )  # fmt: skip
    return f"Of {read} read, {shares}. By part: {parts}."


def _spot_checks(_env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    return {"checks": {c.name: spot_check_words(c) for c in read_spot_checks(book_root())}}


# Changes of the ledger, and editions --------------------------------------------------------


def change_groups(log: list[LogEntry]) -> list[Change]:
    """Return the entries of each claim and commit together, the latest saved first."""
    found: dict[str, dict[str, list[LogEntry]]] = {}
    for entry in log:
        found.setdefault(entry.commit, {}).setdefault(entry.claim_id, []).append(entry)
    return [tuple(group) for groups in reversed(found.values()) for group in groups.values()]


def change_key(change: Change) -> str:
    """Return the address of a change on the page."""
    return f"change-{change[0].commit}-{change[0].claim_id}"


def change_words(change: Change) -> str:
    """Return a change in words, a sentence a cell: "value: 5 → 6."."""
    cells = (
        (entry.new or entry.old)
        if entry.field == ROW
        else f"{entry.field}: {entry.old or 'empty'} → {entry.new or 'empty'}"
        for entry in change
    )
    return " ".join(f"{cell.rstrip('.')}." for cell in cells)


def _listed(env: BuildEnvironment, log: list[LogEntry]) -> list[dict[str, Any]]:
    """Return what the template of a list of changes fills in."""
    known = set(evidence.load("claims")["claim_id"])
    used = pages_by_claim(env)
    return [
        {
            "key": change_key(change),
            "entry": change[0],
            "linked": change[0].claim_id in known,
            "words": change_words(change),
            "pages": used.get(change[0].claim_id, []),
        }
        for change in change_groups(log)
    ]


def _ledger_log(env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    log, name = read_log(), Path(LOG).name
    listed = None if log is None else _listed(env, log)
    return {"changes": listed, "log": LOG, "file": name,
            "uri": static_uri(env.docname, f"data/{name}")}  # fmt: skip


def _editions(env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    """Return the editions, the newest first, each with the changes from it to the next."""
    root, shown = book_root(), []
    new, day, later = ledger_of_book(root), str(evidence.last_recorded()), ""
    for edition in reversed(read_editions(root)):
        old = ledger_from_file(root / FOLDER / edition.name / PUBLISHED)
        log = edition_changes(old, new, day, later or "now")
        shown.append(
            {
                "edition": edition,
                "uri": edition_uri(env.docname, edition.name),
                "later": later or "this page",
                "count": count_words(log),
                "changes": _listed(env, log),
            }
        )
        new, day, later = old, edition.evidence_to, edition.name
    return {"editions": shown}


def edition_changes(
    old: PublishedLedger, new: PublishedLedger, date: str, name: str
) -> list[LogEntry]:
    """Return what changed from one ledger to another that is of `date` and called `name`."""
    before, after = (
        pd.DataFrame(
            one.claim | {f"source.{field}": cell for field, cell in one.source.items()}
            for one in ledger.claims.values()
        )
        for ledger in (old, new)
    )
    # a column that is empty throughout is not in a published ledger
    columns = [*after.columns, *(c for c in before.columns if c not in after.columns)]
    before, after = (frame.reindex(columns=columns) for frame in (before, after))
    return entries(Log("", name, compare_claims(before, after), [], []), date, name)


def count_words(log: list[LogEntry]) -> str:
    """Return "2 claims added, 1 changed.", or that nothing changed."""
    told: list[str] = []
    for kind in KINDS:
        if count := len({entry.claim_id for entry in log if entry.kind == kind}):
            told.append(f"{count if told else number_of(count, 'claim')} {kind}")
    return f"{', '.join(told)}." if told else "No claim differs."


def setup(app: Sphinx) -> None:
    """Register the directives."""
    add_listing(app, "corrections", "corrections.html.j2", _rows("corrections"))
    add_listing(app, "known-differences", "known_differences.html.j2", _rows("known_differences"))
    add_listing(app, "changes", "changes.html.j2", _rows("changes"))
    add_listing(app, "spot-checks", "spot_checks.html.j2", _spot_checks)
    add_listing(app, "ledger-log", "ledger_log.html.j2", _ledger_log)
    add_listing(app, "edition-list", "editions.html.j2", _editions)
