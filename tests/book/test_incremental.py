"""A build upon an earlier one gives byte for byte what a fresh one gives, whatever changed."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
import yaml

from helpers.book import last
from helpers.book.build import SITE, build
from helpers.book.lock import FILE, building
from helpers.errors import YaluError

from ..conftest import ROOT
from .conftest import spoil_cell
from .test_build import page, tree

pytestmark = pytest.mark.book


# a claim that no chapter of the small book reads by its id
LONE = "ch-2006-400blocked"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def said_by(book, **options):
    lines = []
    build(book, lines.append, **options)
    return lines


def assert_as_fresh(book, folder, monkeypatch):
    """The site is what a build of the same book from nothing is."""
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns("_build"))
    monkeypatch.setenv("YALU_BOOK", str(folder))
    build(folder, lambda _: None)
    monkeypatch.setenv("YALU_BOOK", str(book))
    one, other = tree(book / SITE), tree(folder / SITE)
    assert sorted(one) == sorted(other)
    assert [str(name) for name in one if one[name] != other[name]] == []


def test_no_change_leaves_an_old_number(small_book, tmp_path, monkeypatch):
    chapters, data = small_book / "chapters", small_book / "data"
    assert "luggage: not run yet" in said_by(small_book)
    assert said_by(small_book) == [last.UNCHANGED]

    # the text of a page
    edit(chapters / "index.md", "# A small book", "# A renamed book")
    assert "luggage: unchanged" in said_by(small_book)
    assert "A renamed book" in page(small_book, "chapters/index")

    # a chapter's own cell: another page shows its result
    spoil_cell(small_book, 3, "@ch.evidence\ndef fees():\n"
               '    return {"fee_income_year": (12345678, 22345678)}')  # fmt: skip
    assert "luggage: chapters/luggage.ipynb changed" in said_by(small_book)
    assert re.search(r"12(\.3)?[^0-9].{0,40}22(\.3)? million", page(small_book, "chapters/index"))

    # a label in the sidecar, shown by another page's parameter and by the chapter's figure
    sidecar = chapters / "luggage.yml"
    declared = yaml.safe_load(sidecar.read_text(encoding="utf-8"))
    declared["figures"]["fee-income"]["title"] = "A retitled figure"
    sidecar.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    assert "luggage: chapters/luggage.yml changed" in said_by(small_book)
    assert "A retitled figure" in page(small_book, "chapters/luggage")
    assert_as_fresh(small_book, tmp_path / "fresh1", monkeypatch)

    # a claim that is used only through a role in prose
    index, ledger = chapters / "index.md", data / "ledger" / "claims.csv"
    text = index.read_text(encoding="utf-8")
    index.write_text(f"{text}\nAlso {{claim}}`{LONE}`.\n", encoding="utf-8")
    build(small_book, lambda _: None)
    row = next(r for r in ledger.read_text(encoding="utf-8").splitlines() if r.startswith(LONE))
    value = row.split(",")[3]
    assert f"{value} " in page(small_book, "chapters/index")
    edit(ledger, row, row.replace(f",{value},", ",4321,", 1))
    assert "data: checking" in said_by(small_book)
    assert "4,321 " in page(small_book, "chapters/index")
    assert f">{value} " not in page(small_book, "chapters/index")

    # the configuration
    edit(small_book / "_config.yml", "title: Across the Yalu", "title: Beyond the Yalu")
    assert "luggage: unchanged" in said_by(small_book)
    assert "Beyond the Yalu" in page(small_book, "chapters/luggage")
    (small_book / "requirements.txt").write_text("altair\n")
    assert "luggage: requirements.txt changed" in said_by(small_book)
    assert_as_fresh(small_book, tmp_path / "fresh2", monkeypatch)


def test_a_fault_is_told_again_by_the_next_build(small_book):
    """What a failed run of Sphinx has read is never built on."""
    build(small_book, lambda _: None)
    edit(small_book / "chapters" / "index.md", "The fee is", "See {claim}`none`. The fee is")
    for _ in range(2):
        with pytest.raises(YaluError, match='no claim "none"'):
            build(small_book, lambda _: None)
    assert "A small book" in page(small_book, "chapters/index"), "the last good site stays"
    edit(small_book / "chapters" / "index.md", "See {claim}`none`. ", "")
    build(small_book, lambda _: None)


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
    assert len(waited) == 1 and last.UNCHANGED in waited[0], said
    assert "</html>" in page(small_book, "chapters/luggage")

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


def test_the_lock_of_a_killed_build_is_no_lock(small_book):
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom helpers.book.lock import building\n"
        "with building(Path(sys.argv[1]), print):\n"
        "    print('held', flush=True)\n    time.sleep(99)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(small_book)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    begun, said = time.monotonic(), []
    assert (small_book / FILE).exists()
    with building(small_book, said.append) as waited:
        assert not waited and said == []
    assert time.monotonic() - begun < 5


def test_force_builds_all(small_book):
    build(small_book, lambda _: None)
    said = said_by(small_book, force=True)
    assert "luggage: forced" in said and "data: checking" in said


def test_whoever_looks_into_the_staged_book_is_known_to_the_freshness_of_pages():
    """A new reader of the staged book must be added to what `sphinx.fresh` holds pages against."""
    folder = ROOT / "src" / "helpers" / "book" / "sphinx"
    found = {p.stem for p in folder.rglob("*.py") if "srcdir" in p.read_text(encoding="utf-8")}
    # results of chapters; use of claims; both for counts of evidence; folders beside the
    # staged book, of which that of the figures keeps the files of pages that are not read again
    assert found == {"roles", "ledger", "chapters", "fresh", "assets", "data", "figure_files"}
