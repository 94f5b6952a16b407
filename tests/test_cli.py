"""The command line: what a user types wrongly is told in a line, with an exit code."""

import re
import shlex
import shutil
import socket
import subprocess
import sys
import webbrowser
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import click
import nbformat
import pytest
from click.testing import CliRunner

from helpers.book.commands import server
from helpers.cli import main
from helpers.errors import YaluError
from helpers.evidence import links
from helpers.paths import book_root
from helpers.rerun.folders import made_with

from .conftest import ROOT, copy_book


def yalu(*words):
    return CliRunner().invoke(main, list(words))


def every_command(group=main, words=()):
    """Yield each command, those of groups within too, with the words that call it."""
    yield group, words
    for name in group.list_commands(None) if isinstance(group, click.Group) else ():
        yield from every_command(group.get_command(None, name), (*words, name))


def example_of(words):
    """Return the words of the example that ends a command's help, as a shell takes them."""
    said = yalu(*words, "--help")
    _, sign, example = said.output.partition("\n  Example: yalu ")
    assert said.exit_code == 0 and sign and "Example" not in example, words
    return shlex.split(example.replace("\\\n", ""))


# what needs a book of quick pages; all else runs in a copy of this book
SMALL = ("build", "check", "serve", "export", "diff", "fork", "upstream", "adopt")


@pytest.fixture
def grown_book(built_book, tmp_path, monkeypatch):
    """A small built book with two commits, and beside it what the examples name."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "helpers", built_book / "src" / "helpers", ignore=leave)
    who = ["-c", "user.name=tests", "-c", "user.email=tests@tests.invalid"]
    for git in ("init -q", "add chapters data src _config.yml _toc.yml", "commit -qm One",
                "commit -q --allow-empty -m Two"):  # fmt: skip
        subprocess.run(["git", "-C", built_book, *who, *git.split()], check=True)
    cells = [nbformat.v4.new_code_cell("rate = 7"), nbformat.v4.new_code_cell("rate * 2")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "theirs.ipynb")
    shutil.copytree(built_book / "data", tmp_path / "across-the-yalu" / "data")
    monkeypatch.chdir(built_book)
    return built_book


@pytest.fixture
def outside(monkeypatch):
    """What the examples do outside the book: pages opened, addresses asked for, answers served."""
    done = SimpleNamespace(opened=[], asked=[], served=[])

    def serve(self):
        with socket.create_connection(self.server_address, 10) as reader:
            reader.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.handle_request()
            done.served.append(b"".join(iter(lambda: reader.recv(65536), b"")))
        raise KeyboardInterrupt

    monkeypatch.setattr(webbrowser, "open", done.opened.append)
    monkeypatch.setattr(links, "answer", lambda address, _: done.asked.append(address) or "200")
    monkeypatch.setattr(links.time, "sleep", lambda _: None)
    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", serve)
    return done


def test_the_example_at_the_end_of_each_help_works(grown_book, outside, monkeypatch):
    calls = {words: example_of(words) for _, words in every_command()}
    for words, example in calls.items():
        assert tuple(example[: len(words)]) == words
        assert not words or isinstance(main.get_command(None, words[0]), click.Command)
    assert len(calls) > 20
    del calls[("archive",)]  # it wants the packages that make archive fetches, see test_archive
    whole = copy_book(grown_book.parent / "whole", monkeypatch)
    shutil.copytree(grown_book / ".git", whole / ".git")
    places = dict.fromkeys(SMALL, grown_book) | {"upstream": grown_book.parent / "our-book"}
    small = [words for name in SMALL for words in calls if words[:1] == (name,)]
    for words in [*small, *(words for words in calls if words not in small)]:
        with socket.socket() as free:  # 8080 may be taken on this machine
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        typed = [port if word == "8080" else word for word in calls[words]]
        book = places.get(typed[0], whole)
        run = CliRunner(env={"YALU_BOOK": str(book)}).invoke(main, typed)
        assert run.exit_code == 0 and not run.stderr, (typed, run.output, run.exception)
    assert [address.rpartition("/")[2] for address in outside.opened] == ["index.html"]
    assert outside.served[0].startswith(b"HTTP/1.0 200 OK") and len(outside.asked) == 20


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
