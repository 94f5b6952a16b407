"""The command line: what a user types wrongly is told in a line, with an exit code."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from helpers.book.commands import server
from helpers.cli import main
from helpers.errors import YaluError
from helpers.paths import book_root
from helpers.rerun.folders import made_with


def yalu(*words):
    return CliRunner().invoke(main, list(words))


def test_help_names_the_commands():
    run = yalu("--help")
    assert run.exit_code == 0
    for command in ("data", "build", "serve"):
        assert re.search(rf"^  {command} ", run.output, re.MULTILINE)


def test_the_installed_command_answers():
    command = Path(sys.executable).with_name("yalu")
    run = subprocess.run([command, "--version"], capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.startswith("yalu, version ")


def test_a_package_of_another_name_has_a_version_too(monkeypatch):
    package = SimpleNamespace(dist=SimpleNamespace(name="desk-book", version="1.2"))
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [package])
    assert yalu("--version").output == "yalu, version 1.2\n"
    assert made_with(book_root(), "luggage")["versions"]["desk-book"] == "1.2"


def test_outside_a_book_a_named_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(tmp_path))
    run = yalu("data")
    assert run.exit_code == 2
    assert "holds no book" in run.output and len(run.output.splitlines()) == 1


def test_data_says_that_nothing_changed(book_copy):
    run = yalu("data")
    assert run.exit_code == 0
    assert run.output.splitlines()[-1] == "data: every check passed, 0 files changed"


def test_data_reports_every_fault_and_changes_nothing(book_copy):
    ledger = book_copy / "data" / "ledger" / "claims.csv"
    text = ledger.read_text(encoding="utf-8")
    text = text.replace(",116400,", ",many,", 1).replace(",21200,", ",2 1200,", 1)
    ledger.write_text(text, encoding="utf-8")
    before = {p: p.read_bytes() for p in (book_copy / "data" / "clean").iterdir()}
    run = yalu("data")
    assert run.exit_code == 1
    assert re.search(r"^data/ledger/claims.csv:2: .*value.*many", run.output, re.MULTILINE)
    assert re.search(r"^data/ledger/claims.csv:3: .*value.*2 1200", run.output, re.MULTILINE)
    assert {p: p.read_bytes() for p in (book_copy / "data" / "clean").iterdir()} == before


def test_check_alone_writes_nothing_and_fails_where_a_table_would_change(book_copy):
    assert yalu("data", "--check").exit_code == 0
    table = book_copy / "data" / "clean" / "fx_months.csv"
    table.unlink()
    run = yalu("data", "--check")
    assert run.exit_code == 1
    assert "would write data/clean/fx_months.csv" in run.output
    assert run.output.splitlines()[-1].endswith("run yalu data and commit it")
    assert not table.exists()


def test_serve_without_a_book_says_what_to_do(book_copy):
    run = yalu("serve")
    assert run.exit_code == 2 and "run yalu build first" in run.output


def test_serve_shows_the_site_on_this_machine_only(book_copy):
    site = book_copy / "_build" / "html"
    site.mkdir(parents=True)
    (site / "index.html").write_text("hello")
    with server(book_copy, 0) as running:
        assert running.server_address[0] == "127.0.0.1"
        with pytest.raises(YaluError, match="cannot be used"):
            server(book_copy, running.server_port)
    with pytest.raises(YaluError, match="choose another with --port"):
        server(book_copy, 99_999)
