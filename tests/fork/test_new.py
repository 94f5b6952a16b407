"""`yalu new` makes a chapter that builds and is tested at once, and takes it out again."""

import ast
import json
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

from helpers.errors import YaluError
from helpers.fork.new import checked_name

from .conftest import TITLE, git, in_a_process, yalu

pytestmark = pytest.mark.book

FILES = ["chapters/tides.ipynb", "chapters/tides.yml", "src/helpers/models/tides.py",
         "tests/models/test_tides.py"]  # fmt: skip


def new(*more):
    return yalu("new", "tides", "--title", "High tides", *more)


def test_it_makes_the_files_and_lists_them(salt):
    run = new()
    assert run.exit_code == 0, run.output
    assert all((salt / name).is_file() and name in run.output for name in FILES)
    lines = (salt / "_toc.yml").read_text().splitlines()
    at = lines.index("      - file: chapters/tides")
    assert lines[at - 1] == "      - file: chapters/quay" and "caption" in lines[at + 1]


def test_it_follows_the_last_page_where_no_notebook_is_listed(salt):
    toc = salt / "_toc.yml"
    page = "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/evidence\n"
    toc.write_text(page)
    assert new().exit_code == 0
    assert toc.read_text() == f"{page}  - file: chapters/tides\n"


def test_what_it_made_passes_the_lint_whatever_it_is_called(salt, root):
    """The longest name that is allowed makes the longest lines."""
    name = "b" * 40
    assert yalu("new", name, "--title", "Guards “of” the bridge " * 3).exit_code == 0
    made = [f"src/helpers/models/{name}.py", f"tests/models/test_{name}.py"]
    for words in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *words, "--config", str(root / "pyproject.toml")]
        run = subprocess.run([*ruff, *made], cwd=salt, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout


def test_what_it_made_leaves_without_a_trace(salt):
    new()
    run = yalu("new", "tides", "--remove")
    assert run.exit_code == 0, run.output
    assert git(salt, "status", "--porcelain") == ""


def test_it_keeps_work_that_was_done_on_the_chapter(salt):
    new()
    (salt / FILES[2]).write_text("# my own model\n")
    run = yalu("new", "tides", "--remove")
    assert run.exit_code == 1 and run.output.startswith(f"{FILES[2]}: not as yalu new makes it")
    assert (salt / FILES[2]).read_text() == "# my own model\n"
    assert yalu("new", "tides", "--remove", "--force").exit_code == 0
    assert git(salt, "status", "--porcelain") == ""


def test_there_is_nothing_to_remove_where_nothing_was_made(salt):
    run = yalu("new", "tides", "--remove")
    assert run.exit_code == 2 and run.output == "no chapter tides here to remove\n"


def test_the_page_shows_every_house_form(grown):
    text = (grown / "salt/_build/html/chapters/tides.html").read_text(encoding="utf-8")
    for form in ('class="yalu-claim', 'class="yalu-result', 'id="tides-claims"', "yalu-panel"):
        assert form in text, form
    (title,) = BeautifulSoup(text, "html.parser").select("h1")
    title.select_one("a.headerlink").decompose()
    number, words = title.get_text().split(maxsplit=1)
    assert (number, words) == ("3", TITLE)
    assert not title.select("b, strong, code, a, s")
    notebook = json.loads((grown / "salt/chapters/tides.ipynb").read_text(encoding="utf-8"))
    tagged = [c for c in notebook["cells"] if "parameters" in c["metadata"].get("tags", [])]
    assert [n.target.id for n in ast.parse("".join(tagged[0]["source"])).body] == [
        "amount", "times",
    ]  # fmt: skip


def test_its_cells_are_short_and_hold_no_outputs(grown):
    notebook = json.loads((grown / "salt/chapters/tides.ipynb").read_text(encoding="utf-8"))
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        lines = "".join(cell["source"]).splitlines()
        assert len(lines) <= 25 and max(map(len, lines)) <= 100 and not cell["outputs"]


def test_its_claims_are_two_of_the_ledgers_own_and_none_is_made_up(grown):
    usage = json.loads((grown / "salt/_build/usage.json").read_text())
    used = {claim_id for claim_id, pages in usage.items() if "tides" in pages}
    assert used == {"pay-2024", "pay-2024-overseer"}
    assert git(grown / "salt", "status", "--porcelain", "data/ledger") == ""


def test_its_own_test_and_the_linters_pass(grown):
    book = grown / "salt"
    run = in_a_process(book, "-m", "pytest", "-q", "-p", "no:cacheprovider", FILES[3])
    assert run.returncode == 0, run.stdout
    for words in (["check"], ["format", "--check"]):
        run = in_a_process(book, "-m", "ruff", *words, "--no-cache", *FILES[2:])
        assert run.returncode == 0, run.stdout


BAD_NAMES = [
    ("../x", "allowed: small letters"),
    ("/etc/x", "allowed: small letters"),
    ("a b", "allowed: small letters"),
    ("소금", "allowed: small letters"),
    ("Salt", "allowed: small letters"),
    ("1st", "allowed: small letters"),
    ("", "is empty"),
    ("x" * 41, "allowed: small letters"),
    ("a\nb", "holds U+000A"),
    ("con", "Windows keeps this name"),
    ("lpt1", "Windows keeps this name"),
    ("class", "a word of the Python language"),
    ("match", "a word of the Python language"),
    ("pans", "chapters/pans.ipynb is there"),
    ("evidence", "chapters/evidence.md is there"),
    ("ops", "src/helpers/models/ops.py is there"),
    ("search", "the book has a page of this name"),
]


def test_a_bad_name_is_refused_in_a_line_and_nothing_is_written(salt):
    for name, reason in BAD_NAMES:
        run = yalu("new", name, "--title", "T")
        assert run.exit_code == 2, name
        assert reason in run.output and len(run.output.splitlines()) == 1, name
    assert git(salt, "status", "--porcelain") == ""


def test_a_title_is_a_line(salt):
    for title, told in ((None, "--title: found"), ("x" * 121, "--title: found"), ("", "is empty"),
                        ("  ", "is empty"), ("a\x07b", "holds U+0007")):  # fmt: skip
        run = yalu("new", "tides", *(["--title", title] if title is not None else []))
        assert run.exit_code == 2 and told in run.output, title
    assert git(salt, "status", "--porcelain") == ""


def test_claims_that_do_not_fit_are_refused(salt):
    run = new("--claims", "pay-2024", "price-2023")
    assert run.exit_code == 2 and "of one indicator, unit and per" in run.output
    run = new("--claims", "pay-2024", "nosuch")
    assert run.exit_code == 2 and 'no claim "nosuch"' in run.output
    assert git(salt, "status", "--porcelain") == ""


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(salt, monkeypatch):
    import os

    replace = os.replace

    def refuse(source, target):
        if str(target).endswith("test_tides.py"):
            raise PermissionError(13, "Permission denied", str(target))
        return replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    run = new()
    assert run.exit_code == 1
    said = "could not be written (Permission denied); nothing was changed\n"
    assert run.output == f"tests/models/test_tides.py: {said}"
    assert git(salt, "status", "--porcelain") == ""


def test_a_safe_name_is_taken_as_it_is():
    assert checked_name("salt_2024") == "salt_2024"
    with pytest.raises(YaluError):
        checked_name("nul")


def test_a_book_whose_contents_list_no_page_yet_takes_one(salt):
    (salt / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\n")
    run = yalu("new", "tides", "--title", "Tides")
    assert run.exit_code == 0, run.output
    text = (salt / "_toc.yml").read_text()
    assert text == "format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/tides\n"
    assert yalu("new", "tides", "--remove").exit_code == 0
