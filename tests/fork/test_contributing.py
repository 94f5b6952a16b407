"""CONTRIBUTING.md: each of its sections can be walked as it stands, in under ten steps."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from .conftest import ROOT, WITH_IT, git

pytestmark = pytest.mark.book

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", TEXT, re.M | re.S))
WALKS = ["Add a source", "Add a claim", "Correct an error", "Add a figure", "Add a chapter"]
_BLOCK = re.compile(
    r"(?:^ *In `(?P<file>[^`]+)`, (?P<how>below the line|in a cell above) `(?P<mark>[^`]+)`:\n\n)?"
    r"^(?P<indent> *)```(?P<kind>\w+)\n(?P<text>.+?)^ *```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: what kind, its text, and where the sentence above puts it."""

    kind: str
    text: str
    file: str | None
    mark: str | None


def blocks(body: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(body):
        # the first indent is that of the list; what a block is indented by within stays
        lines = found["text"].splitlines(keepends=True)
        text = "".join(line.removeprefix(found["indent"]) for line in lines)
        yield Block(found["kind"], text, found["file"], found["mark"])


def run(book: Path, script: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("YALU_", "GIT_"))}
    who = {f"GIT_{role}_{what}": "tests@tests.invalid"
           for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**kept, **who, "PATH": path, "PYTHONPATH": str(book / "src")}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=book, env=environment,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout


def put(book: Path, block: Block) -> None:
    """Put a block of YAML or Python where the sentence above it says."""
    path = book / str(block.file)
    if path.suffix == ".ipynb":
        notebook = nbformat.read(path, as_version=4)
        at = [c.source.startswith(str(block.mark)) for c in notebook.cells].index(True)
        notebook.cells.insert(at, nbformat.v4.new_code_cell(block.text.rstrip()))
        nbformat.write(notebook, path)
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = lines.index(f"{block.mark}\n") + 1
    path.write_text("".join([*lines[:at], block.text, *lines[at:]]), encoding="utf-8")


def walk(book: Path, title: str) -> str:
    """Do what a section says; return what its commands print.

    The whole book is checked once, by the last section, with all that the others have changed.
    """
    said = []
    for block in blocks(SECTIONS[title]):
        if block.text == "yalu check\n" and title != WALKS[-1]:
            continue
        if block.kind == "shell":
            said.append(run(book, block.text))
        else:
            assert block.file, f"{title}: nobody knows where this belongs:\n{block.text}"
            put(book, block)
    return "".join(said)


@pytest.fixture(scope="module")
def walked(tmp_path_factory, make_small_book) -> tuple[Path, dict[str, str]]:
    """A small book in which all sections were walked, and what each of them printed."""
    book = tmp_path_factory.mktemp("contributing") / "book"
    with pytest.MonkeyPatch.context() as patch:
        make_small_book(book, patch)
    shutil.copytree(ROOT / "src" / "helpers", book / "src" / "helpers",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    for name in WITH_IT:
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, book / name)
    # the saved log speaks of commits that this copy does not have
    log = book / "data" / "ledger_log.csv"
    log.write_text(log.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "The book"]):
        git(book, *words)
    return book, {title: walk(book, title) for title in WALKS}


@pytest.mark.parametrize("title", WALKS)
def test_a_way_takes_under_ten_steps_and_commands_for_them(title):
    lists = re.split(r"(?m)^1\. ", SECTIONS[title])[1:]
    assert lists
    for steps in lists:
        assert 2 <= 1 + len(re.findall(r"(?m)^\d+\. ", steps)) < 10
    kinds = [block.kind for block in blocks(SECTIONS[title])]
    assert len(kinds) == SECTIONS[title].count("```") / 2 and kinds.count("shell") >= 2


def test_a_block_comes_out_as_it_stands_below_its_list():
    text = (
        "1. Do\n\n   In `a.yml`, below the line `b:`:\n\n   ```yaml\n     c:\n       d: 1\n   ```\n"
    )
    assert list(blocks(text)) == [Block("yaml", "  c:\n    d: 1\n", "a.yml", "b:")]
    (plain,) = blocks(textwrap.dedent("```shell\nyalu data\n```\n"))
    assert plain == Block("shell", "yalu data\n", None, None)


def test_every_section_was_walked_to_its_commit(walked):
    book, _ = walked
    assert git(book, "status", "--porcelain") == ""
    walks = [block for title in WALKS for block in blocks(SECTIONS[title])]
    commits = sum(block.text.count("git commit") for block in walks)
    assert git(book, "rev-list", "--count", "HEAD").strip() == str(commits + 1)


def test_source_and_claim_are_in_the_clean_tables(walked):
    book, said = walked
    added = r"added data/ledger/{}.csv:\d+: example-2026-{}"
    assert re.search(added.format("sources", "01-bags"), said["Add a source"])
    assert re.search(added.format("claims", "bag-fee"), said["Add a claim"])
    assert "example-2026-01-bags" in (book / "data/clean/sources.csv").read_text(encoding="utf-8")
    assert re.search(r"\d+ claims( and \d+ statements?)? found", said["Add a claim"])


def test_an_error_of_ours_is_logged_and_one_of_a_source_declared(walked):
    book, _ = walked
    log = (book / "data/ledger_log.csv").read_text(encoding="utf-8")
    assert "added,example-2026-bag-fee" in log
    claims = (book / "data/clean/claims.csv").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in claims if line.startswith("example-2026-bag-fee,")]
    assert ",85," in row and ",850," in row, "what is used, and what was printed"


def test_figure_and_chapter_are_rendered(walked):
    book, said = walked
    found = (book / "_build/work/rendered").rglob("chapters/*.html")
    pages = {path.name: path.read_text(encoding="utf-8") for path in found}
    assert 'id="luggage-fees-by-date"' in pages["luggage.html"]
    assert "Who takes the ferry" in pages["ferries.html"]
    assert "passed" in said["Add a chapter"]
    assert "book: every check passed" in said["Add a chapter"]


def test_links_of_the_papers_lead_somewhere():
    for name in ("CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md", "README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)#\s]+)\)", text)
        inside = [t for t in targets if not t.startswith(("https://", "mailto:"))]
        assert [t for t in inside if not (ROOT / t).exists()] == [], name
