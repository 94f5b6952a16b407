"""pre-commit: what each hook runs does its work on a copy of the book."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook for repo in CONFIG["repos"] for hook in repo["hooks"]}
BIN = Path(sys.executable).parent


def run(book: Path, hook: str, *files: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as pre-commit does: its entry, with the files that it is for."""
    words = [re.sub(r"^\.venv/bin/", f"{BIN}/", word) for word in shlex.split(HOOKS[hook]["entry"])]
    names = files if HOOKS[hook].get("pass_filenames", True) else ()
    return subprocess.run([*words, *names], cwd=book, capture_output=True, text=True)


@pytest.fixture
def book(book_copy: Path) -> Path:
    (book_copy / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return book_copy


def test_every_hook_is_a_command_of_the_books_own_environment():
    assert set(HOOKS) == {"ruff", "ruff-format", "strip", "ledger"}
    assert all(repo["repo"] == "local" for repo in CONFIG["repos"])
    for hook in HOOKS.values():
        assert hook["language"] == "system" and hook["entry"].startswith(".venv/bin/")
        assert (BIN / hook["entry"].split()[0].rpartition("/")[2]).is_file()


def test_ruff_takes_out_an_import_that_nobody_uses(book):
    (book / "new.py").write_text('"""New."""\n\nimport os\n\nNUMBER = 1\n')
    assert run(book, "ruff", "new.py").returncode == 0
    assert "import os" not in (book / "new.py").read_text()
    (book / "new.py").write_text('"""New."""\n\nNUMBER = missing\n')
    assert run(book, "ruff", "new.py").returncode == 1


def test_ruff_format_lays_the_code_out(book):
    (book / "new.py").write_text("x = [1,\n 2]\n")
    assert run(book, "ruff-format", "new.py").returncode == 0
    assert (book / "new.py").read_text() == "x = [1, 2]\n"


def test_notebooks_lose_their_outputs_and_nothing_else(book):
    name = "chapters/luggage.ipynb"
    assert re.search(HOOKS["strip"]["files"], name)
    before = (book / name).read_bytes()
    notebook = nbformat.read(book / name, as_version=4)
    cell = next(c for c in notebook.cells if c.cell_type == "code")
    cell.execution_count = 7
    cell.outputs = [nbformat.v4.new_output("stream", text="hello\n")]
    nbformat.write(notebook, book / name)
    assert run(book, "strip", name).returncode == 0
    assert (book / name).read_bytes() == before


def test_the_ledger_is_checked_and_clean_tables_that_do_not_follow_it_stop_the_commit(book):
    assert re.search(HOOKS["ledger"]["files"], "data/ledger/claims.csv")
    assert run(book, "ledger").returncode == 0
    claims = book / "data" / "ledger" / "claims.csv"
    text = claims.read_text(encoding="utf-8")
    claims.write_text(text.replace(",21200,", ",21201,", 1), encoding="utf-8")
    stopped = run(book, "ledger")
    assert stopped.returncode == 1 and "run yalu data and commit it" in stopped.stderr
    claims.write_text(text.replace(",21200,", ",many,", 1), encoding="utf-8")
    assert 'found "many"' in run(book, "ledger").stderr
