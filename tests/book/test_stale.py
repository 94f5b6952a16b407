"""A chapter is stale when, and only when, something that it depends on has changed."""

import json
import shutil

import nbformat
import pytest

from helpers import evidence
from helpers.book import imports, stale
from helpers.book.execute import Execution, execute_many
from helpers.book.imports import notebook_modules
from helpers.book.pages import page_inputs
from helpers.book.stale import (
    FILE,
    Inputs,
    data_inputs,
    in_a_line,
    read_manifest,
    record_chapter,
    record_site,
    site_is_fresh,
    why_stale,
)
from helpers.evidence.trace import VARIABLE, read_trace, trace
from helpers.paths import SITE

from ..conftest import ROOT

pytestmark = pytest.mark.book


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A copy of the code that may be changed."""
    code = tmp_path / "helpers"
    shutil.copytree(ROOT / "src" / "helpers", code, ignore=shutil.ignore_patterns("__pycache__"))
    for module in (imports, stale):
        monkeypatch.setattr(module, "CODE", code)
    return code


@pytest.fixture
def ran(small_book, code, tmp_path):
    """The small book's chapter, run and recorded."""
    run = Execution(small_book / "chapters" / "luggage.ipynb", tmp_path / "run" / "luggage.ipynb",
              reads=tmp_path / "notes")  # fmt: skip
    inputs = Inputs(small_book)
    [(_, error)] = execute_many([run])
    assert error is None
    record(small_book, run, inputs)
    return small_book, code, run


def record(book, run, inputs):
    read = vars(read_trace(run.reads))
    record_chapter(read_manifest(book), inputs, run.source, run.target, run.parameters, read)


def why(ran, parameters=None):
    book, _, run = ran
    return why_stale(read_manifest(book), Inputs(book), run.source, run.target, parameters)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_kind_of_input_is_noticed(ran, monkeypatch):
    """One run is held against each change in turn; every change is taken back."""
    book, code, run = ran
    data = book / "data"
    assert why(ran) == []
    lock = (book / "requirements.txt").read_bytes()
    (book / "requirements.txt").write_text("altair==6.3\n")
    assert why(ran) == [], "what is installed counts"
    (book / "requirements.txt").write_bytes(lock)
    changes = {
        "chapters/luggage.ipynb": (book / "chapters/luggage.ipynb", "float = 700", "float = 701"),
        "chapters/luggage.yml": (book / "chapters/luggage.yml", "title: ", "title: New "),
        "data/clean/sources": (data / "clean/sources.csv", "Daily NK", "Daily N K"),
        "claim lug-2023-5yuan": (data / "clean/claims.csv", "\nlug-2023-5yuan,", "\nlug-5yuan,"),
        "data/codebook": (data / "codebook.csv", "column", "columns"),
        "helpers/chapter/wording.py": (code / "chapter/wording.py", "def ", "def  "),
        "helpers/evidence/load.py": (code / "evidence/load.py", "def ", "def  "),
    }  # fmt: skip
    for name, (path, old, new) in changes.items():
        before = path.read_bytes()
        edit(path, old, new)
        assert f"{name} changed" in why(ran), name
        path.write_bytes(before)
    monkeypatch.setenv("YALU_EVIDENCE", '{"without": ["reuters"]}')
    assert why(ran) == ["the settings of language, date and evidence changed"]
    monkeypatch.delenv("YALU_EVIDENCE")
    assert why(ran, parameters={"weeks": 10}) == ["its parameters changed"]
    # what no chapter depends on
    for path in (
        book / "chapters" / "index.md", book / "chapters" / "visas.yml",
        data / "clean" / "kpw_market.csv", code / "models" / "visas.py",
        code / "book" / "assets" / "yalu.css", code / "cli.py",
    ):  # fmt: skip
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert why(ran) == []
    # a damaged result, a damaged manifest
    run.target.write_text(run.target.read_text() + " ")
    assert why(ran) == ["its executed notebook changed"]
    edit(book / FILE, '"output": "', '"output": "0')
    assert why(ran) == ["not run yet"]


def test_a_trace_tells_what_was_counted_from_what_was_cited(small_book, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "notes"))
    with trace() as outer:
        evidence.recorded("lug-2023-free50")
        with trace() as inner:
            evidence.claim("lug-2023-5yuan")
        evidence.load("events")
    assert inner.claims == outer.claims == {"lug-2023-5yuan"}
    assert outer.looked_up == {"lug-2023-5yuan", "lug-2023-free50"}
    assert outer.tables == {"events"} and outer.sources
    written = read_trace(tmp_path / "notes")
    assert written.looked_up == outer.looked_up and written.tables == {"events"}


CELL = """
import os, sys
sys.path.insert(0, os.path.abspath("../src"))
import importlib.metadata
import pandas as pd
import helpers.evidence, mine
importlib.metadata.entry_points(group="none")
from pathlib import Path
pd.read_csv("../data/series/events.csv")
open({outside!r}).read()
Path("../data/link.csv").read_text()
sorted(Path("../data/notes").glob("*.txt"))
try:
    open("../data/none.csv")
except FileNotFoundError:
    pass
"""


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_all_that_a_cell_opens_is_noted(small_book, tmp_path, engine, monkeypatch):
    """Files of the book and elsewhere, links, folders, own modules, files that are missing."""
    outside, source = tmp_path / "outside.csv", small_book / "chapters" / "own.ipynb"
    outside.write_text("a\n")
    (small_book / "src").mkdir()
    (small_book / "src" / "mine.py").write_text("x = 1\n")
    (small_book / "data" / "notes").mkdir()
    (small_book / "data" / "link.csv").symlink_to(outside)
    cell = nbformat.v4.new_code_cell(CELL.format(outside=str(outside)))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, source)
    run = Execution(source, tmp_path / "executed" / "own.ipynb", reads=tmp_path / "notes")
    monkeypatch.setenv("YALU_ENGINE", engine)
    [(_, error)] = execute_many([run])
    assert error is None
    record(small_book, run, Inputs(small_book))
    read = read_trace(run.reads)
    found = read.files | read.folders
    names = {"src/mine.py", "data/series/events.csv", "data/link.csv", "data/notes",
             "data/none.csv", str(outside)}  # fmt: skip
    assert "src" in read.paths
    assert names <= found and not read.hidden and read.folders == {"data/notes"}
    assert [name for name in found if "/site-packages/" in name or name.startswith("/usr")] == []
    assert why((small_book, None, run)) == []
    outside.write_text("b\n")
    (small_book / "data" / "notes" / "new.txt").write_text("new")
    (small_book / "data" / "none.csv").write_text("there now")
    (small_book / "src" / "mine.py").write_text("x = 2\n")
    assert why((small_book, None, run)) == sorted(
        f"{name.removesuffix('.csv')} changed" for name in names - {"data/series/events.csv"}
    )


def test_a_chapter_that_reads_what_cannot_be_traced_runs_each_time(ran):
    _, _, run = ran
    for cell in ("os.environ['X']", "Path('x').exists()", "datetime.now()", "open('/etc/x')",
                 "from os.path import isfile as there"):  # fmt: skip
        notebook = nbformat.read(run.source, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(f"if False:\n    {cell}"))
        nbformat.write(notebook, run.source)
        [reason] = why(ran)
        assert reason.startswith("reads what cannot be traced"), cell


def test_reasons_fit_a_line():
    assert in_a_line(["a changed", "b changed"]) == "a, b changed"
    many = [f"{n} changed" for n in range(9)]
    assert in_a_line(many) == "0, 1, 2, 3 and 5 more changed"


def modules_of(tmp_path, code, *cells):
    path = tmp_path / "n.ipynb"
    content = [{"cell_type": "code", "source": cell} for cell in cells]
    path.write_text(json.dumps({"nbformat": 4, "cells": content}), encoding="utf-8")
    return notebook_modules(path, code)


def test_imports_are_followed_however_far_and_however_written(tmp_path):
    code = tmp_path / "helpers"
    files = {
        "__init__.py": "", "a/__init__.py": "from helpers.a import one", "a/one.py": "",
        "b/__init__.py": "", "b/two.py": "def f():\n    from .three import g\n",
        "b/three.py": "from ..a.four import h\n", "a/four.py": "import helpers.five as five",
        "five.py": "", "six.py": "", "b/table.json": "{}",
    }  # fmt: skip
    for name, text in files.items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text(text)
    found = modules_of(tmp_path, code, "%matplotlib inline\nfrom helpers.b.two import f\n!ls")
    assert found == [f"helpers/{name}" for name in sorted(files) if name != "six.py"]
    assert modules_of(tmp_path, code, "import pandas") == []
    for hidden in ("from importlib import import_module", "x = !ls\nfor"):
        assert len(modules_of(tmp_path, code, hidden)) == len(files), hidden


def test_the_site_counts_every_input_and_pages_and_data_their_own(small_book, code):
    site, staged = small_book / SITE, small_book / "_build" / "work" / "stage"
    for folder in (site, staged / "chapters", staged / "results"):
        folder.mkdir(parents=True)
    (site / "index.html").write_text("page")
    (small_book / "requirements.txt").write_text("")

    def state():
        inputs = Inputs(small_book)
        fresh = site_is_fresh(read_manifest(small_book), inputs)
        return fresh, page_inputs(inputs, staged)["shared"], data_inputs(inputs)

    record_site(read_manifest(small_book), Inputs(small_book))
    fresh, pages, data = state()
    assert fresh
    # path: whether it changes the site, all pages, the data
    changes = {
        small_book / "_config.yml": (True, True, False),
        small_book / "_toc.yml": (True, True, False),
        small_book / "requirements.txt": (True, True, True),
        small_book / "chapters/index.md": (True, False, False),
        small_book / "data/ledger/claims.csv": (True, True, True),
        small_book / "data/corrections.yml": (True, True, True),
        code / "book/assets/yalu.css": (True, True, False),
        code / "book/sphinx/roles.py": (True, True, False),
        code / "book/pdf_epub/epub.py": (True, False, False),
        code / "book/stage.py": (True, True, False),
        code / "book/build.py": (True, False, False),
        code / "book/templates/figure_files.html": (True, True, False),
        code / "evidence/rules.py": (True, True, True),
        code / "models/luggage.py": (True, False, False),
        code / "fork/upstream.py": (True, False, False),
        site / "index.html": (True, False, False),
    }
    wrong = {}
    for path, expected in changes.items():
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        found, shared, checked = state()
        if (not found, shared != pages, checked != data) != expected:
            wrong[path] = (not found, shared != pages, checked != data)
        path.write_bytes(before)
    assert wrong == {}
    (site / "index.html").unlink()
    assert not state()[0]
