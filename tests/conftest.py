"""Shared fixtures: the book's root, a copy of it to spoil, a running chapter."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def book_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of configuration, chapters and data that a test may change."""
    copy = tmp_path / "book"
    copy.mkdir()
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(ROOT / name, copy / name)
    for name in ("chapters", "data"):
        shutil.copytree(ROOT / name, copy / name)
    monkeypatch.setenv("YALU_BOOK", str(copy))
    return copy
