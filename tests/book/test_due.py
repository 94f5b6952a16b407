"""A chapter is due when, and only when, something that it rests on has changed."""

import json
import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from click.testing import CliRunner

from helpers import evidence
from helpers.book import due, imports, inputs, last
from helpers.book.execute import Run, execute_many
from helpers.cli import main
from helpers.evidence import reading

from ..conftest import ROOT


@pytest.fixture
def ran(small_book, tmp_path, monkeypatch):
    """The small book's chapter, run, with its record; the code is a copy that may be changed."""
    code = tmp_path / "helpers"
    shutil.copytree(ROOT / "src" / "helpers", code, ignore=shutil.ignore_patterns("__pycache__"))
    for module in (inputs, imports):
        monkeypatch.setattr(module, "_CODE", code)
    source, executed = small_book / "chapters" / "luggage.ipynb", tmp_path / "run" / "luggage.ipynb"
    notes = tmp_path / "notes"
    contents = due.Contents(small_book)
    [(_, error)] = execute_many([Run(source, executed, reads=notes)])
    assert error is None
    read = reading.read_notes(notes)
    due.keep(executed, read, contents.parts(source, None, read))
    return small_book, code, source, executed


def why(ran):
    book, _, source, executed = ran
    return due.why(source, executed, due.Contents(book))


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_kind_of_input_is_noticed(ran):
    """One run is held against each change in turn; every change is taken back."""
    book, code, _, _ = ran
    data = book / "data"
    (book / "requirements.txt").write_text("altair==6.3\n")
    assert why(ran) == ["requirements.txt changed"]
    (book / "requirements.txt").unlink()
    changes = {
        "chapters/luggage.ipynb": (book / "chapters/luggage.ipynb", "fee_low = ", "fee_low = 1"),
        "chapters/luggage.yml": (book / "chapters/luggage.yml", "title: ", "title: New "),
        "data/clean/sources": (data / "clean/sources.csv", "Daily NK", "Daily N K"),
        "claim lug-2023-5yuan": (data / "clean/claims.csv", "\nlug-2023-5yuan,", "\nlug-5yuan,"),
        "data/codebook": (data / "codebook.csv", "column", "columns"),
        "helpers/chapter/wording.py": (code / "chapter/wording.py", "def ", "def  "),
        "helpers/evidence/numbers.py": (code / "evidence/numbers.py", "def ", "def  "),
    }  # fmt: skip
    assert why(ran) == []
    for name, (path, old, new) in changes.items():
        before = path.read_bytes()
        edit(path, old, new)
        assert f"{name} changed" in why(ran), name
        path.write_bytes(before)
    assert why(ran) == []


def test_what_a_chapter_does_not_rest_on_leaves_it_alone(ran):
    book, code, _, _ = ran
    for path in (
        book / "chapters" / "index.md", book / "chapters" / "visas.yml",
        book / "data" / "clean" / "kpw_market.csv", code / "models" / "visas.py",
        code / "book" / "assets" / "yalu.css", code / "cli.py",
    ):  # fmt: skip
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert why(ran) == []


def test_a_claim_read_by_its_id_is_one_row(small_book, tmp_path, monkeypatch):
    notes = tmp_path / "some"
    monkeypatch.setenv(reading.VARIABLE, str(notes))
    evidence.claim("lug-2023-5yuan")
    evidence.claim("lug-2023-5yuan")
    assert ("row", "lug-2023-5yuan") in reading.read_notes(notes)
    assert ("table", "claims") not in reading.read_notes(notes)
    evidence.load("events")
    assert ("table", "events") in reading.read_notes(notes)


def test_a_file_that_a_notebook_opens_itself_is_noted(small_book, tmp_path):
    source = small_book / "chapters" / "own.ipynb"
    code = "import pandas as pd\nfrom helpers.paths import book_root\nimport helpers.evidence\n"
    code += "pd.read_csv('../data/series/events.csv')\n(book_root() / '_toc.yml').read_text()"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, source)
    runs = [Run(source, tmp_path / f"{n}.ipynb", reads=tmp_path / n) for n in ("fork", "kernel")]
    for run, engine in zip(runs, ("fork", "kernel"), strict=True):
        [(_, error)] = execute_many([run], engine=engine)
        assert error is None
        noted = reading.read_notes(run.reads)
        assert {("file", "data/series/events.csv"), ("file", "_toc.yml")} <= set(noted)


def test_a_lost_or_altered_result_is_made_again(ran):
    book, _, source, executed = ran
    assert due.why(source, executed, due.Contents(book), {"weeks": 10}) == [
        "its parameters changed"
    ]
    executed.write_text(executed.read_text() + " ")
    assert why(ran) == ["its executed notebook changed"]
    due.record_path(executed).write_text("{")
    assert why(ran) == ["not run yet"]


def test_reasons_fit_a_line():
    assert due.in_a_line(["a changed", "b changed"]) == "a, b changed"
    many = [f"{n} changed" for n in range(9)]
    assert due.in_a_line(many) == "0, 1, 2, 3 and 5 more changed"


def modules_of(tmp_path, code, *cells):
    path = tmp_path / "n.ipynb"
    content = [{"cell_type": "code", "source": cell} for cell in cells]
    path.write_text(json.dumps({"cells": content}), encoding="utf-8")
    return imports.notebook_modules(path, code)


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


def test_every_input_of_the_site_counts(small_book, tmp_path, monkeypatch):
    code = tmp_path / "helpers"
    shutil.copytree(ROOT / "src" / "helpers", code, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(inputs, "_CODE", code)
    site = small_book / last.SITE
    site.mkdir(parents=True)
    (site / "index.html").write_text("page")
    last.remember(small_book, inputs.all_inputs(small_book))
    assert last.up_to_date(small_book)
    (small_book / "requirements.txt").write_text("")
    for path in (
        small_book / "_config.yml", small_book / "_toc.yml", small_book / "requirements.txt",
        small_book / "chapters/index.md", small_book / "data/ledger/claims.csv",
        small_book / "data/corrections.yml", code / "book/assets/yalu.css",
        code / "book/sphinx/roles.py", site / "index.html",
    ):  # fmt: skip
        before = path.read_bytes() if path.name != "requirements.txt" else None
        path.write_bytes((before or b"") + b"\n")
        assert not last.up_to_date(small_book), path
        path.write_bytes(before) if before is not None else path.unlink()
        last.remember(small_book, inputs.all_inputs(small_book))
    assert last.up_to_date(small_book)
    (site / "index.html").unlink()
    assert not last.up_to_date(small_book)


def test_nothing_changed_ends_without_loading_anything_heavy(small_book):
    site = small_book / last.SITE
    site.mkdir(parents=True)
    last.remember(small_book, inputs.all_inputs(small_book))
    code = (
        "import sys\nfrom helpers.cli import main\n"
        "main(['build'], standalone_mode=False)\n"
        "print(sorted({'sphinx', 'pandas', 'jupyter_book', 'altair'} & set(sys.modules)))"
    )
    begun = time.monotonic()
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.splitlines() == [last.UNCHANGED, "[]"], run.stderr
    assert time.monotonic() - begun < 10
    assert "nothing has changed" in CliRunner().invoke(main, ["build"]).output
