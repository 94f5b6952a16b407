"""A small book on another theme, grown by every command, built once, and a fork of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.cli import main

from ..conftest import made_once

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE / "notebooks"
# what the page of a new chapter has to show as it stands
TITLE = "<b>High</b> “tides” & $5 or $6: {claim}`x` **a** | [y](z) ~~s~~ &amp;"
WITH_IT = ("pyproject.toml", "requirements.txt", "LICENSE", "LICENSE-DATA", ".gitignore",
           ".gitattributes", "tests/models/__init__.py", "tests/models/vega.py")  # fmt: skip


def yalu(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=tests", "-c", "user.email=tests@tests.invalid"]
    run = subprocess.run(["git", "-C", folder, *who, *words], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def make_salt(folder: Path) -> Path:
    """Copy the small book, with the helpers as they are here, into a repository of its own."""
    shutil.copytree(HERE / "salt", folder)
    shutil.copytree(ROOT / "src" / "helpers", folder / "src" / "helpers",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    for name in WITH_IT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YALU_BOOK", str(folder))
        run = yalu("data")
    assert run.exit_code == 0, run.output
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "The book")
    return folder


@pytest.fixture(scope="session")
def base(tmp_path_factory) -> Path:
    """A folder with the small book, to be copied."""
    return made_once(tmp_path_factory, "base", lambda folder: make_salt(folder / "salt"))


@pytest.fixture
def salt(base, tmp_path, monkeypatch) -> Path:
    """The small book, for a test to change; it is the one that commands find."""
    monkeypatch.setenv("YALU_BOOK", str(tmp_path / "salt"))
    return shutil.copytree(base / "salt", tmp_path / "salt")


def in_a_process(book: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a book's own copy of the helpers, from its folder and with no other path."""
    environment = {k: v for k, v in os.environ.items() if k != "YALU_BOOK"}
    environment["PYTHONPATH"] = str(book / "src")
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=book, env=environment, capture_output=True, text=True)


def _grow(folder: Path) -> None:
    book = make_salt(folder / "salt")
    adopted = (["2024 Salt prices.ipynb"], ["rakers.ipynb"],
               ["Altair-plots.ipynb", "--data", NOTEBOOKS / "rain.csv"])  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YALU_BOOK", str(book))
        said = [yalu("new", "tides", "--title", TITLE)]
        said += [yalu("adopt", NOTEBOOKS / name, "--yes", *rest) for name, *rest in adopted]
        said.append(yalu("fork", "pans", folder / "pans"))
    for number, run in enumerate(said):
        assert run.exit_code == 0, run.output
        (folder / f"said-{number}.txt").write_text(run.output)
    for built in (book, folder / "pans"):
        run = in_a_process(built, "-m", "helpers.cli", "build")
        assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="session")
def grown(tmp_path_factory) -> Path:
    """A folder with the small book after `new` and `adopt`, and a fork of it, both built."""
    return made_once(tmp_path_factory, "grown", _grow)
