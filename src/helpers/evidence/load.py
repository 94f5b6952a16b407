"""Load: the clean tables as typed data frames, single claims, and a book's words for units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpers.errors import YaluError, did_you_mean
from helpers.evidence import exclusion, trace
from helpers.evidence.clean_tables import Rows, all_rows, cached_by, codebook, records
from helpers.lazily import pandas as pd
from helpers.paths import book_root


@dataclass(frozen=True)
class Claim:
    """One claim: a figure of one document. An empty cell is None.

    `value`, `low`, `high`, `unit` are for use; `printed_*` are as the source printed them.
    `lower` and `upper` have the value where no range is given and None on an open side.
    """

    claim_id: str
    theme: str
    indicator: str
    value: float | None
    low: float | None
    high: float | None
    lower: float | None
    upper: float | None
    qualifier: str
    unit: str
    printed_value: float | None
    printed_low: float | None
    printed_high: float | None
    printed_unit: str
    per: str | None
    place: str
    population: str
    period_start: str | None
    period_end: str | None
    period_from: datetime | None
    period_to: datetime | None
    source_id: str
    outlet: str
    outlet_family: str
    outlet_family_label: str
    published: str | None
    published_from: datetime | None
    attribution: str
    basis: str
    derived_from: str | None
    repeats: str | None
    origin_id: str
    status: str
    recorded_on: datetime
    note: str | None
    usable: bool
    correction_id: str | None
    locator: str | None = None


def load(table: str, root: Path | None = None) -> pd.DataFrame:
    """Return a table of data/clean, e.g. load("claims"): a fresh frame each time.

    Numbers are float64, years int64, full days datetime64, `usable` and the like bool,
    everything else text (dates only partly known among it); empty cells are missing
    values. Excluded rows (see `exclusion`) are missing. Raises YaluError for a table that
    does not exist or was not built.
    """
    return exclusion.remaining(all_rows(table, root or book_root()))


def claims(
    *,
    indicator: str | list[str] | None = None,
    place: str | list[str] | None = None,
    theme: str | list[str] | None = None,
    basis: str | list[str] | None = None,
    usable: bool | None = None,
    repeats: bool = True,
    root: Path | None = None,
) -> pd.DataFrame:
    """Return the claims that fit all the filters given; a list means any of its entries.

    `usable=True` drops what must not enter a computation; `repeats=False` drops claims that
    repeat another one, so that each origin counts once. Raises YaluError for an entry that no
    claim has.
    """
    filters = {"indicator": indicator, "place": place, "theme": theme, "basis": basis}
    wanted = tuple((column, (entries,) if isinstance(entries, str) else tuple(entries))
                   for column, entries in filters.items() if entries is not None)  # fmt: skip
    rows = _fitting(all_rows("claims", root or book_root(), noted=False), wanted, usable, repeats)
    chosen = {"usable": usable is not None, "repeats": not repeats} | dict(wanted)
    trace.note("columns", ["claim_id", *(column for column, counts in chosen.items() if counts)])
    left = exclusion.remaining(rows)
    trace.note("claims", left["claim_id"])
    return left


@lru_cache(maxsize=256)
def _fitting(
    rows: Rows,
    wanted: tuple[tuple[str, tuple[str, ...]], ...],
    usable: bool | None,
    repeats: bool,
) -> Rows:
    frame = rows.frame
    fits = pd.Series(True, index=frame.index)
    for column, entries in wanted:
        known = set(frame[column])
        if unknown := [entry for entry in entries if entry not in known]:
            near = did_you_mean(unknown[0], known)
            raise YaluError(f'no claim has the {column} "{unknown[0]}"{near}')
        fits &= frame[column].isin(entries)
    if usable is not None:
        fits &= frame["usable"] == usable
    if not repeats:
        fits &= frame["repeats"].isna()
    return Rows(rows.table, frame[fits].reset_index(drop=True))


def claim(claim_id: str, root: Path | None = None) -> Claim:
    """Return one claim by its id.

    Raises YaluError, with near ids, where there is none, and ExcludedEvidenceError where it
    is excluded (see `exclusion`).
    """
    found = recorded(claim_id, root)
    exclusion.require(claim_id)
    return found


def recorded(claim_id: str, root: Path | None = None) -> Claim:
    """Return one claim by its id, even where it is excluded: to cite it, not to count it.

    Raises YaluError, with near ids, where there is none.
    """
    trace.note("looked_up", [claim_id])
    known = every_claim(root or book_root())
    if claim_id not in known:
        raise YaluError(f'no claim "{claim_id}"{did_you_mean(claim_id, known)}')
    return known[claim_id]


@cached_by("claims")
def every_claim(root: Path) -> dict[str, Claim]:
    """Return all claims of the book at `root` by their ids, even those that are excluded."""
    return {row["claim_id"]: _claim_of(row) for row in records("claims", root)}


_READ: dict[str, Callable[[str], Any]] = {
    "float | None": float, "bool": {"true": True, "false": False}.__getitem__,
    "datetime": datetime.fromisoformat, "datetime | None": datetime.fromisoformat,
}  # fmt: skip
_FIELDS = [(one.name, _READ.get(str(one.type), str)) for one in fields(Claim)]


def _claim_of(row: Mapping[str, str]) -> Claim:
    """Return a row of clean/claims, as it is written, as a claim."""
    # a book may have no column of locators
    written = ((name, read, row.get(name)) for name, read in _FIELDS)
    cells: dict[str, Any] = {name: read(cell) if cell else None for name, read, cell in written}
    return Claim(**cells)


def all_claims(root: Path | None = None) -> dict[str, Claim]:
    """Return the claims of the ledger that count (see `exclusion`) by their ids."""
    trace.note("tables", ["claims"])
    known = every_claim(root or book_root())
    return {name: one for name, one in known.items() if exclusion.is_included(name)}


def source(source_id: str, root: Path | None = None) -> dict[str, str]:
    """Return the cells of one document by its id, empty ones as "".

    Raises YaluError, with near ids, where there is none.
    """
    trace.note("tables", ["sources"])
    documents = _sources(root or book_root())
    if source_id not in documents:
        like = did_you_mean(source_id, documents)
        raise YaluError(f'no source "{source_id}"{like}; see data/ledger/sources.csv')
    return documents[source_id]


def statements(root: Path | None = None) -> dict[str, dict[str, str]]:
    """Return the findings without a number by their ids, as `source` returns a document.

    A book whose codebook has no such table has none.
    """
    place = root or book_root()
    if "clean/statements" not in codebook(place)[0]:
        return {}
    trace.note("tables", ["statements"])
    return _statements(place)


def statement(statement_id: str, root: Path | None = None) -> dict[str, str]:
    """Return the cells of one finding without a number by its id, empty ones as "".

    Raises YaluError, with near ids, where there is none.
    """
    known = statements(root)
    if statement_id not in known:
        raise YaluError(f'no statement "{statement_id}"{did_you_mean(statement_id, known)}')
    return known[statement_id]


def rows_by(key: str, table: str, root: Path | None = None) -> dict[str, dict[str, str]]:
    """Return the rows of a clean table as it is written by the text in a column, nothing noted."""
    return {row[key]: row for row in records(table, root or book_root())}


@cached_by("sources")
def _sources(root: Path) -> dict[str, dict[str, str]]:
    return rows_by("source_id", "sources", root)


@cached_by("statements")
def _statements(root: Path) -> dict[str, dict[str, str]]:
    return rows_by("statement_id", "statements", root)


def last_recorded(root: Path | None = None) -> date:
    """Return the last day on which a claim was recorded."""
    return max(one.recorded_on for one in all_claims(root).values()).date()


@dataclass(frozen=True)
class Vocabulary:
    """Words by code: of units (after a figure of one, after any other), of pers, of themes."""

    units: dict[str, tuple[str, str]]
    pers: dict[str, str]
    themes: dict[str, str]


def vocabulary(root: Path | None = None) -> Vocabulary:
    """Return the words of the book at `root`; a table that it does not have gives none."""
    trace.note("tables", ["units", "pers", "themes"])
    return _vocabulary(root or book_root())


@cached_by("units", "pers", "themes")
def _vocabulary(root: Path) -> Vocabulary:
    def cells(table: str, *columns: str) -> list[Any]:
        described = {column.column for column in codebook(root)[0].get(f"clean/{table}", [])}
        if not set(columns) <= described:
            return []
        return [[row[column] for column in columns] for row in records(table, root)]

    units = {unit: (one, more) for unit, one, more in cells("units", "unit", "singular", "plural")}
    pers, themes = cells("pers", "per", "words"), cells("themes", "theme", "label")
    return Vocabulary(units, dict(pers), dict(themes))
