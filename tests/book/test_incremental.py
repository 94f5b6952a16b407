"""A build upon an earlier one gives byte for byte what a fresh one gives, whatever changed."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from helpers.book.build import build
from helpers.errors import YaluError
from helpers.paths import SITE

from ..conftest import ROOT
from .conftest import spoil_cell
from .test_build import page, tree

pytestmark = pytest.mark.book

# a claim that no chapter of the small book reads by its id
LONE = "ch-2006-400blocked"
UNCHANGED = "book: nothing has changed since _build/html was built"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def said_by(book, **options):
    lines = []
    build(book, lines.append, **options)
    return lines


def pages_read(book):
    """Return when Sphinx last read each page."""
    found = (book / "_build/work/rendered").rglob("*.doctree")
    return {path.stem: path.stat().st_mtime_ns for path in found}


def test_a_build_upon_others_is_as_a_fresh_one(built_book, tmp_path, monkeypatch):
    chapters, ledger = built_book / "chapters", built_book / "data" / "ledger" / "claims.csv"
    assert said_by(built_book) == [UNCHANGED]

    # the text of a page; the book lies in another folder, where Sphinx reads all pages again
    edit(chapters / "index.md", "# A small book", "# A renamed book")
    said_by(built_book)
    assert "A renamed book" in page(built_book, "chapters/index")
    # a claim that is used only through a role in prose
    edit(chapters / "index.md", "# A renamed book", f"# A renamed book\n\n{{claim}}`{LONE}`")
    before = pages_read(built_book)
    said = said_by(built_book)
    assert "luggage: unchanged" in said and "data: unchanged" in said
    now = pages_read(built_book)
    assert now["luggage"] == before["luggage"] and now["index"] != before["index"]

    # a chapter's cell, whose result another page shows, and a title in its sidecar
    spoil_cell(built_book, 3, "@ch.evidence\ndef fees():\n"
               '    return {"fee_income_year": (12345678, 22345678)}')  # fmt: skip
    declared = yaml.safe_load((chapters / "luggage.yml").read_text(encoding="utf-8"))
    declared["figures"]["fee-income"]["title"] = "A retitled figure"
    text = yaml.safe_dump(declared, allow_unicode=True)
    (chapters / "luggage.yml").write_text(text, encoding="utf-8")
    said = said_by(built_book)
    assert "luggage: chapters/luggage.ipynb, chapters/luggage.yml changed" in said
    assert re.search(r"12(\.3)?[^0-9].{0,40}22(\.3)? million", page(built_book, "chapters/index"))
    assert "A retitled figure" in page(built_book, "chapters/luggage")

    # the claim, the configuration, the locked environment
    row = next(r for r in ledger.read_text(encoding="utf-8").splitlines() if r.startswith(LONE))
    value = row.split(",")[3]
    assert f">{value} " in page(built_book, "chapters/index")
    edit(ledger, row, row.replace(f",{value},", ",4321,", 1))
    edit(built_book / "_config.yml", "title: Across the Yalu", "title: Beyond the Yalu")
    (built_book / "requirements.txt").write_text("altair\n")
    said = said_by(built_book)
    # the chapter does not read it, but which claims agree with its own hangs on these columns
    assert "data: checking" in said and "luggage: lower of claims, upper of claims changed" in said
    assert ">4,321 " in page(built_book, "chapters/index")
    assert f">{value} " not in page(built_book, "chapters/index")
    assert "Beyond the Yalu" in page(built_book, "chapters/luggage")

    fresh = tmp_path / "fresh"
    shutil.copytree(built_book, fresh, ignore=shutil.ignore_patterns("_build"))
    monkeypatch.setenv("YALU_BOOK", str(fresh))
    assert "luggage: not run yet" in said_by(fresh)
    one, other = tree(built_book / SITE), tree(fresh / SITE)
    assert sorted(one) == sorted(other)
    assert [str(name) for name in one if one[name] != other[name]] == []


def stop(*_arguments):
    raise YaluError("stopped")


def test_a_fault_is_told_again_by_the_next_build_and_force_makes_all_anew(built_book, monkeypatch):
    """What a failed run of Sphinx has read is never built on."""
    edit(built_book / "chapters" / "index.md", "The fee is", "See {claim}`none`. The fee is")
    for _ in range(2):
        with pytest.raises(YaluError, match='no claim "none"'):
            build(built_book, lambda _: None)
    assert "A small book" in page(built_book, "chapters/index"), "the last good site stays"
    edit(built_book / "chapters" / "index.md", "See {claim}`none`. ", "")
    # the site is again what its inputs give
    assert said_by(built_book) == [UNCHANGED]
    # all that is kept goes, and all is made again: as far as the pages, as this test has seen them
    monkeypatch.setattr("helpers.book.pages.render", stop)
    said = []
    with pytest.raises(YaluError, match="stopped"):
        build(built_book, said.append, force=True)
    assert "luggage: forced" in said and "data: checking" in said
    assert not (built_book / "_build/work/rendered").exists()


def yalu_build(book, code, *options):
    environment = os.environ | {"YALU_BOOK": str(book), "PYTHONPATH": str(code)}
    command = [sys.executable, "-m", "helpers.cli", "build", *options]
    return subprocess.Popen(
        command, cwd=book, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_code_however_far_and_assets_and_two_builds_at_once(small_book, tmp_path):
    code = tmp_path / "code"
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "helpers", code / "helpers", ignore=skipped)
    first, second = yalu_build(small_book, code), yalu_build(small_book, code)
    said = [first.communicate()[0], second.communicate()[0]]
    assert [first.returncode, second.returncode] == [0, 0], said
    waited = [text for text in said if "another build is running" in text]
    assert len(waited) == 1 and UNCHANGED in waited[0], said
    assert "</html>" in page(small_book, "chapters/luggage")

    # no page can depend on these, but kits hold all code
    for name in ("fork/upstream.py", "rerun/sweep.py"):
        with (code / "helpers" / name).open("a") as module:
            module.write("\n")
    text = (again := yalu_build(small_book, code)).communicate()[0]
    assert again.returncode == 0 and "luggage: unchanged" in text and UNCHANGED not in text

    # the notebook imports helpers.chapter, that imports wording, that words a range
    edit(code / "helpers/chapter/wording.py", "–", "~")
    with (code / "helpers/book/assets/yalu.css").open("a") as style:
        style.write(".new-rule {color: inherit}\n")
    text = (again := yalu_build(small_book, code)).communicate()[0]
    assert again.returncode == 0, text
    assert "luggage: helpers/chapter/wording.py changed" in text
    assert "700~1,000 yuan a bag" in page(small_book, "chapters/index")
    assert "700–1,000" not in page(small_book, "chapters/luggage")
    assert ".new-rule" in (small_book / SITE / "_static" / "yalu.css").read_text()


def test_each_reader_of_the_staged_book_is_known_to_the_inputs_of_pages():
    """A new reader of the staged book must be added to `book.pages.page_inputs`."""
    folder = ROOT / "src" / "helpers" / "book" / "sphinx"
    texts = {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*.py")}
    found = {name.removesuffix(".py") for name, text in texts.items() if "srcdir" in text}
    # results of chapters; use of claims; both for counts of evidence; the chapter of which a page
    # shows a figure; folders beside the staged book, of which that of the figures keeps the files
    # of pages that are not read again; whether the book is staged at all
    assert found == {
        "roles", "evidence_page", "listings/chapters", "site/__init__", "listings/__init__",
        "figures/__init__", "outputs", "__init__", "gaps", "site/metadata",
    }  # fmt: skip
