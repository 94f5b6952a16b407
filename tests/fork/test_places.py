"""The same book, or one clear line, wherever it lies and whatever machine it is made on."""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.evidence.history import ledger_log
from helpers.git import lacks_history

from .conftest import ROOT, git, yalu

CLAIMS = "data/ledger/claims.csv"
# a name that a shell, an address, a format string and a pattern each read otherwise
ODD = "한국 {x} #1 %20 [a] $HOME 'q'"
ELSEWHERE = {"TZ": "America/Los_Angeles", "PYTHONIOENCODING": "cp949", "LC_ALL": "C"}


def command(book: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run yalu in a process of its own in a book, with the helpers as they are here."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src"), "YALU_BOOK": str(book)} | environment
    run = [sys.executable, "-m", "helpers.cli", *words]
    return subprocess.run(run, cwd=book, env=env, capture_output=True)


def built(folder: Path, **environment: str) -> dict[str, Path]:
    """Build a copy of the salt book in a folder; return the files of its site by their names."""
    book = shutil.copytree(ROOT / "tests" / "fork" / "salt", folder / "book")
    for words in (["data"], ["build"]):
        run = command(book, *words, **environment)
        assert run.returncode == 0, run.stdout + run.stderr
    site = book / "_build" / "html"
    return {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}


@pytest.mark.book
def test_the_same_bytes_in_another_zone_code_page_and_a_folder_of_any_name(tmp_path):
    here, there = built(tmp_path / "here"), built(tmp_path / ODD, **ELSEWHERE)
    assert here.keys() == there.keys() and len(here) > 40
    differ = [name for name in here if not filecmp.cmp(here[name], there[name], shallow=False)]
    assert differ == []


def test_a_run_in_a_folder_of_any_name(salt, tmp_path):
    book = shutil.copytree(salt, tmp_path / ODD)
    run = command(book, "run", "pans", "--no-page", "-p", "share_lost=0.2")
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("page", ["cp949", "cp1252"])
def test_what_a_code_page_lacks_is_printed_in_plain_signs(salt, page):
    path = salt / CLAIMS
    words = "Statistics −5 – “x”… 소금 Lagonia,official"
    path.write_text(
        path.read_text("utf-8").replace("Statistics Lagonia,official", words, 1), "utf-8"
    )
    assert yalu("data").exit_code == 0
    run = command(salt, "claim", "harvest-2019", PYTHONIOENCODING=page)
    assert run.returncode == 0, run.stderr
    told = run.stdout.decode(page)
    # a minus is never lost: what is told would be another number
    assert "Statistics -5 " in told or "Statistics −5 " in told
    assert ("소금" if page == "cp949" else "??") in told


def test_a_clone_with_the_line_ends_of_windows_has_nothing_to_change(salt, tmp_path):
    clone = tmp_path / "clone"
    git(salt, "-c", "core.autocrlf=true", "clone", "-q", str(salt), str(clone))
    assert b"\r\n" not in (clone / CLAIMS).read_bytes()
    run = command(clone, "data", "--check")
    assert run.returncode == 0 and b" 0 files" in run.stdout, run.stdout
    git(clone, "config", "core.autocrlf", "true")
    assert git(clone, "status", "--porcelain") == ""


@pytest.fixture
def shallow(salt, tmp_path, monkeypatch) -> Path:
    """A clone of depth 1 of a book in which a claim has changed since the first commit."""
    path = salt / CLAIMS
    path.write_text(path.read_text("utf-8").replace(",8100,", ",8200,", 1), "utf-8")
    git(salt, "commit", "-qam", "A claim")
    monkeypatch.setenv("YALU_BOOK", str(salt))
    assert "1 changed" in yalu("ledger", "log").output
    git(salt, "clone", "-q", "--depth", "1", salt.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.setenv("YALU_BOOK", str(tmp_path / "shallow"))
    return tmp_path / "shallow"


def test_a_clone_without_history_says_so_in_a_line_with_what_to_do(shallow):
    for words in (["ledger", "log"], ["ledger", "log", "HEAD~1"], ["ledger", "log", "--save"]):
        run = yalu(*words)
        assert run.exit_code == 2 and run.output.count("\n") == 1, run.output
        assert "git fetch --unshallow" in run.output
    run = yalu("diff", "HEAD~1", "book")
    assert run.exit_code == 2 and "git fetch --unshallow" in run.output
    # what is there can be compared
    assert ledger_log("HEAD", root=shallow).changes == []


def test_a_checkout_of_somebody_else_is_told_as_git_tells_it(salt, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(salt / "none"))
    assert lacks_history(salt).startswith("git does not read a checkout that belongs to another")
    run = yalu("ledger", "log")
    assert run.exit_code == 2 and run.output.count("\n") == 1
    assert f"git config --global --add safe.directory {salt}" in run.output


@pytest.mark.book
def test_a_project_of_another_name_has_its_commands(salt, tmp_path):
    project = salt / "pyproject.toml"
    text = project.read_text("utf-8").replace("across-the-yalu", "salt-of-lagonia")
    project.write_text(text, "utf-8")
    own = {"PYTHONPATH": str(salt / "src")}
    for words in (["--version"], ["data"], ["build"], ["run", "pans", "-p", "share_lost=0.2"],
                  ["sweep", "pans", "-p", "share_lost=0.1,0.2"]):  # fmt: skip
        run = command(salt, *words, **own)
        assert run.returncode == 0 and b"Traceback" not in run.stderr, (words, run.stderr)
