"""Small books whose chapter is run: one for reading, with the runs that tests look at."""

import os
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from helpers.cli import main

ROOT = Path(__file__).resolve().parents[2]


def yalu(*words):
    return CliRunner().invoke(main, list(words))


def spoil_cell(book: Path, number: int, source: str) -> None:
    """Replace the source of a code cell (counted from 1) of the short chapter."""
    path = book / "chapters" / "luggage.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [c for c in notebook.cells if c.cell_type == "code"][number - 1].source = source
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def module_book(tmp_path_factory, make_small_book):
    """A small book that the tests of one module share."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield make_small_book(tmp_path_factory.mktemp("rerun") / "book", monkeypatch)


@pytest.fixture
def environment(small_book):
    """What a command in a process of its own needs to find these helpers."""
    return os.environ | {"PYTHONPATH": str(ROOT / "src")}
