"""Clean tables: data/clean as typed frames, each read once for a state of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar

from helpers.errors import YaluError
from helpers.evidence import trace
from helpers.evidence.csv_tables import (
    CODEBOOK,
    Codebook,
    Column,
    clean_tables,
    read_codebook,
    read_table,
)
from helpers.lazily import pandas as pd

Result = TypeVar("Result")

# Columns with documents that say the same as the one in source_id.
MORE_SOURCES = ("second_source_id", "more_source_ids")
# Tables about the evidence itself: nothing is ever excluded from them.
_REGISTERS = ("sources", "changes", "corrections")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a clean table, with nothing excluded; `frame` must not be changed."""

    table: str
    frame: pd.DataFrame

    @property
    def are_evidence(self) -> bool:
        """Whether rows can be excluded at all: those of a register cannot."""
        return self.table not in _REGISTERS and "source_id" in self.frame

    @property
    def are_claims(self) -> bool:
        """Whether the rows are excluded with claims, not with documents and days."""
        return "claim_id" in self.frame

    @cached_property
    def claims(self) -> frozenset[str]:
        """The claims that the rows name."""
        return frozenset(self.frame["claim_id"].dropna()) if self.are_claims else frozenset()

    @cached_property
    def sources(self) -> frozenset[str]:
        """The documents that the rows name."""
        columns = [c for c in ("source_id", *MORE_SOURCES) if c in self.frame]
        cells = [cell for c in columns for cell in self.frame[c].dropna().unique()]
        return frozenset(source.strip() for cell in cells for source in cell.split(";"))


def file_state(root: Path, name: str) -> tuple[int, int]:
    """Return mtime and size of a file of the book, as a cache key; (0, 0) where it is missing."""
    try:
        state = trace.untraced_stat(f"{root}/{name}")
    except OSError:
        return (0, 0)
    return (state.st_mtime_ns, state.st_size)


def cached_by(*tables: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Cache a function of the book's root until the codebook or one of these tables changes."""
    files = (CODEBOOK, *(f"data/clean/{table}.csv" for table in tables))

    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        @lru_cache(maxsize=512)
        def at_state(root: Path, _states: tuple[tuple[int, int], ...], *rest: Any) -> Result:
            return function(root, *rest)

        @wraps(function)
        def cached(root: Path, *rest: Any) -> Result:
            return at_state(root, tuple([file_state(root, name) for name in files]), *rest)

        return cached

    return decorate


def all_rows(table: str, root: Path, *, noted: bool = True) -> Rows:
    """Return a clean table with all its rows, and note that it was read.

    `noted=False` is for readers that note row by row. Raises YaluError for a table that does
    not exist, was not built, or does not fit the codebook.
    """
    if noted:
        trace.note("tables", [table])
    return _typed_rows(root, table, _columns(table, root), file_state(root, _file(table)))


def records(table: str, root: Path) -> list[dict[str, str]]:
    """Return a clean table as it is written, a mapping of column to text for each row, not noted.

    They must not be changed. Raises YaluError as `all_rows` does.
    """
    columns = _columns(table, root)
    return _records(root, table, columns, file_state(root, _file(table)))


@cached_by()
def codebook(root: Path) -> tuple[Codebook, list[str]]:
    """Return the codebook of the book at `root`, and its failures as lines."""
    trace.note("files", [CODEBOOK])
    book, failures = read_codebook(root)
    return book, [str(failure) for failure in failures]


def _file(table: str) -> str:
    return f"data/clean/{table}.csv"


def _columns(table: str, root: Path) -> tuple[Column, ...]:
    book, failures = codebook(root)
    if not book:
        raise YaluError(*failures)
    if f"clean/{table}" not in book:
        names = [name.removeprefix("clean/") for name in clean_tables(book)]
        raise YaluError(f'no clean table "{table}"; there are {", ".join(names)}')
    return tuple(book[f"clean/{table}"])


@lru_cache(maxsize=64)
def _records(
    root: Path, table: str, columns: tuple[Column, ...], state: tuple[int, int]
) -> list[dict[str, str]]:
    if not state[0]:
        raise YaluError(f"{_file(table)} is missing: run yalu data")
    with trace.untraced():
        raw = read_table(root, f"clean/{table}")
    # a table may be empty, which is a failure of line 1
    names = [column.column for column in columns]
    if raw.columns != names or any(one.line > 1 for one in raw.failures):
        raise YaluError(f"{_file(table)} does not fit {CODEBOOK}: run yalu data")
    return list(raw.rows.values())


@lru_cache(maxsize=64)
def _typed_rows(
    root: Path, table: str, columns: tuple[Column, ...], state: tuple[int, int]
) -> Rows:
    rows = _records(root, table, columns, state)
    cells = {c.column: [row[c.column] or None for row in rows] for c in columns}
    return Rows(table, pd.DataFrame({c.column: _typed(cells[c.column], c) for c in columns}))


def _typed(written: list[str | None], column: Column) -> pd.Series:
    cells = pd.Series(written, dtype="str")
    if column.type == "boolean":
        return cells == "true"
    if column.type == "number":
        return cells.astype("float64")
    if column.type == "date" and column.allowed == "YYYY":
        return cells.astype("Int64" if None in written else "int64")
    if column.type == "date" and column.allowed == "YYYY-MM-DD":
        return pd.to_datetime(cells, format="%Y-%m-%d").dt.as_unit("ns")
    return cells
