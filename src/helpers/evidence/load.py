"""Load: the clean tables as typed data frames, and single claims."""

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.errors import YaluError
from helpers.evidence import left_out, trace
from helpers.evidence.codebook import Codebook, Column, clean_tables, read_codebook
from helpers.paths import book_root


@dataclass(frozen=True)
class Claim:
    """One claim: a figure of one document. None stands for an empty cell.

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
    period_from: pd.Timestamp | None
    period_to: pd.Timestamp | None
    source_id: str
    outlet: str
    outlet_family: str
    outlet_family_label: str
    published: str | None
    published_from: pd.Timestamp | None
    attribution: str
    basis: str
    derived_from: str | None
    repeats: str | None
    origin_id: str
    status: str
    recorded_on: pd.Timestamp
    note: str | None
    usable: bool
    correction_id: str | None


def load(table: str, root: Path | None = None) -> pd.DataFrame:
    """Return a table of data/clean, e.g. load("claims"): a fresh frame each time.

    Numbers are float64, years int64, full days datetime64, `usable` and the like bool,
    everything else text (dates only partly known among it); empty cells are missing
    values. Rows that are left out at the moment (see `subset`) are missing. Raises
    YaluError for a table that does not exist or was not built.
    """
    return left_out.remaining(_noted(table, root or book_root()))


def whole(table: str, root: Path) -> pd.DataFrame:
    """Return a table with all its rows, whatever is left out, not to be changed."""
    return _noted(table, root).frame


def _noted(table: str, root: Path) -> left_out.Rows:
    trace.note("tables", [table])
    return _rows(table, root)


def _rows(table: str, root: Path) -> left_out.Rows:
    """Return a table as it is kept, not to be changed."""
    book, failures = _book(root, stamp(root, "data/codebook.csv"))
    if not book:
        raise YaluError(*failures)
    if f"clean/{table}" not in book:
        names = [name.removeprefix("clean/") for name in clean_tables(book)]
        raise YaluError(f'no clean table "{table}"; there are {", ".join(names)}')
    name = f"data/clean/{table}.csv"
    state = stamp(root, name)
    if not state[0]:
        raise YaluError(f"{name} is missing: run yalu data")
    return _read(root / name, state, tuple(book[f"clean/{table}"]))


def stamp(root: Path, name: str) -> tuple[int, int]:
    """Return what tells one state of a file of the book from another."""
    try:
        state = os.stat(_path(root, name))
    except OSError:
        return (0, 0)
    return (state.st_mtime_ns, state.st_size)


# asked for tens of thousands of times in a run
@lru_cache(maxsize=256)
def _path(root: Path, name: str) -> str:
    return str(root / name)


@lru_cache(maxsize=8)
def _book(root: Path, _state: tuple[int, int]) -> tuple[Codebook, list[str]]:
    trace.note("files", ["data/codebook.csv"])
    book, failures = read_codebook(root)
    return book, [str(failure) for failure in failures]


@lru_cache(maxsize=64)
def _read(path: Path, _state: tuple[int, int], columns: tuple[Column, ...]) -> left_out.Rows:
    kinds = {column.column: _dtype(column) for column in columns}
    with trace.untraced():
        text = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    if list(text.columns) != list(kinds):
        raise YaluError(f"data/clean/{path.name} does not fit data/codebook.csv: run yalu data")
    typed = {name: _typed(text[name], kind) for name, kind in kinds.items()}
    return left_out.Rows(path.stem, pd.DataFrame(typed))


def _dtype(column: Column) -> str:
    if column.type == "date":
        return {"YYYY": "int64", "YYYY-MM-DD": "datetime64[ns]"}.get(column.allowed, "str")
    return {"number": "float64", "boolean": "bool"}.get(column.type, "str")


def _typed(cells: pd.Series, kind: str) -> pd.Series:
    if kind == "bool":
        return cells == "true"
    if kind.startswith("datetime"):
        return pd.to_datetime(cells, format="%Y-%m-%d").dt.as_unit("ns")
    return cells.astype(pd.api.types.pandas_dtype(kind))


def claims(
    *,
    indicator: str | list[str] | None = None,
    place: str | list[str] | None = None,
    theme: str | list[str] | None = None,
    basis: str | list[str] | None = None,
    usable: bool | None = None,
    echoes: bool = True,
    root: Path | None = None,
) -> pd.DataFrame:
    """Return the claims that fit all the filters given; a list means any of its entries.

    `usable=True` leaves out what must not enter a computation; `echoes=False` leaves out
    claims that repeat another one, so that each origin counts once. Raises YaluError for
    an entry that no claim has.
    """
    filters = {"indicator": indicator, "place": place, "theme": theme, "basis": basis}
    wanted = tuple((name, _entries(told)) for name, told in filters.items() if told is not None)
    rows = _fitting(_noted("claims", root or book_root()), wanted, usable, echoes)
    left = left_out.remaining(rows)
    trace.note("claims", left["claim_id"])
    return left


def _entries(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


@lru_cache(maxsize=256)
def _fitting(
    rows: left_out.Rows,
    wanted: tuple[tuple[str, tuple[str, ...]], ...],
    usable: bool | None,
    echoes: bool,
) -> left_out.Rows:
    """Return the claims that fit filters, whatever is left out."""
    frame = rows.frame
    kept = pd.Series(True, index=frame.index)
    for column, entries in wanted:
        _check_known(frame[column], entries)
        kept &= frame[column].isin(entries)
    if usable is not None:
        kept &= frame["usable"] == usable
    if not echoes:
        kept &= frame["repeats"].isna()
    return left_out.Rows(rows.table, frame[kept].reset_index(drop=True))


def _check_known(column: pd.Series, entries: Iterable[str]) -> None:
    known = set(column)
    for entry in entries:
        if entry not in known:
            raise YaluError(
                f'no claim has the {column.name} "{entry}"{nearest_names(entry, known)}'
            )


def nearest_names(entry: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a mistyped name, or nothing."""
    near = difflib.get_close_matches(entry, known, 3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def claim(claim_id: str, root: Path | None = None) -> Claim:
    """Return one claim by its id.

    Raises YaluError, with near ids, where there is none, and Fallen where it is left out at
    the moment (see `subset`).
    """
    found = recorded(claim_id, root)
    left_out.need(claim_id)
    return found


def recorded(claim_id: str, root: Path | None = None) -> Claim:
    """Return one claim by its id, even where it is left out: to cite it, not to count it.

    Raises YaluError, with near ids, where there is none.
    """
    trace.note("looked_up", [claim_id])
    root = root or book_root()
    rows = _cells(root, stamp(root, "data/codebook.csv"), stamp(root, "data/clean/claims.csv"))
    if claim_id not in rows:
        raise YaluError(f'no claim "{claim_id}"{nearest_names(claim_id, rows)}')
    return Claim(**rows[claim_id])


def source(source_id: str, root: Path | None = None) -> dict[str, str]:
    """Return the cells of one document by its id, empty ones as "".

    Raises YaluError, with near ids, where there is none.
    """
    trace.note("tables", ["sources"])
    root = root or book_root()
    states = (stamp(root, name) for name in ("data/codebook.csv", "data/clean/sources.csv"))
    documents = _documents(root, *states)
    if source_id not in documents:
        like = nearest_names(source_id, documents)
        raise YaluError(f'no source "{source_id}"{like}; see data/ledger/sources.csv')
    return documents[source_id]


@lru_cache(maxsize=8)
def _documents(root: Path, *_state: tuple[int, int]) -> dict[str, dict[str, str]]:
    frame = _rows("sources", root).frame.fillna("")
    rows = frame.astype(str).to_dict("records")
    return {row["source_id"]: {str(name): cell for name, cell in row.items()} for row in rows}


@lru_cache(maxsize=8)
def _cells(root: Path, *_state: tuple[int, int]) -> dict[str, dict[str, Any]]:
    """Return claim id to the claim's cells, with None for an empty one."""
    names = [field.name for field in fields(Claim)]
    frame = _rows("claims", root).frame[names]
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in names]
    return {row[0]: dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)}
