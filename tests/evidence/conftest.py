"""A copied book to spoil, and small tools to spoil it with."""

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from helpers.evidence.check import check

# the properties are tried on fewer examples: each of them makes tables
settings.register_profile("evidence", max_examples=15, deadline=None)
settings.load_profile("evidence")

BOOK = Path(__file__).parents[2]
CLAIMS = "data/ledger/claims.csv"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A copy of the book's data, with what makes a folder a book."""
    shutil.copytree(BOOK / "data", tmp_path / "data")
    for name in ("_config.yml", "_toc.yml"):
        (tmp_path / name).write_text("{}\n")
    (tmp_path / "chapters").mkdir()
    return tmp_path


@pytest.fixture
def edit(book: Path) -> Callable[..., int]:
    """Set cells of the row whose first cell is `key`; returns its line number."""

    def change(file: str, key: str, **cells: str) -> int:
        path = book / file
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        line = next(n for n, row in enumerate(rows) if row[0] == key)
        for column, cell in cells.items():
            rows[line][rows[0].index(column)] = cell
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")
        return line + 1

    return change


@pytest.fixture
def lines(book: Path) -> Callable[[], list[str]]:
    """The failures of the copied book, as lines."""
    return lambda: [str(failure) for failure in check(book)]
