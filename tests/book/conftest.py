"""What tests of the build change in a book: a cell, the configuration."""

from pathlib import Path

import nbformat
import pytest
import yaml

from helpers.paths import SITE

ROOT = Path(__file__).resolve().parents[2]


def spoil_cell(book: Path, number: int, source: str) -> None:
    """Replace the source of a code cell (counted from 1) of the short chapter."""
    path = book / "chapters" / "luggage.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [c for c in notebook.cells if c.cell_type == "code"][number - 1].source = source
    nbformat.write(notebook, path)


def set_config(book: Path, **values: object) -> None:
    path = book / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(config | values), encoding="utf-8")


@pytest.fixture(scope="session")
def built_site() -> Path:
    """The site that `make book` built."""
    site = ROOT / SITE
    if not (site / "index.html").exists():
        pytest.fail("no built book: run make book first")
    return site
