"""Vocabulary: a book's own words for its units, for what figures are per, and for its themes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpers.evidence import trace
from helpers.evidence.codebook import read_codebook
from helpers.evidence.load import load, stamp
from helpers.paths import book_root

_TABLES = ("units", "pers", "themes")
_FILES = ("data/codebook.csv", *(f"data/clean/{name}.csv" for name in _TABLES))


@dataclass(frozen=True)
class Vocabulary:
    """Words by code: of units (after a figure of one, after any other), of pers, of themes."""

    units: dict[str, tuple[str, str]]
    pers: dict[str, str]
    themes: dict[str, str]


def vocabulary(root: Path | None = None) -> Vocabulary:
    """Return the words of the book at `root`; a table that it does not have gives none."""
    root = root or book_root()
    trace.note("tables", _TABLES)
    return _read(root, tuple(stamp(root, name) for name in _FILES))


@lru_cache(maxsize=4)
def _read(root: Path, _state: tuple[tuple[int, int], ...]) -> Vocabulary:
    units = _rows(root, "units", "unit", "singular", "plural")
    pers, themes = _rows(root, "pers", "per", "words"), _rows(root, "themes", "theme", "label")
    return Vocabulary(
        {unit: (one, more) for unit, one, more in units}, dict(pers), dict(themes)
    )  # fmt: skip


def _rows(root: Path, table: str, *columns: str) -> Iterator[Any]:
    book, _ = read_codebook(root)
    described = {column.column for column in book.get(f"clean/{table}", [])}
    if not set(columns) <= described:
        return iter(())
    return load(table, root)[list(columns)].itertuples(index=False, name=None)
