"""Differences between runs, the book and commits are told in a table and as JSON."""

import json
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from helpers.chapter.running import Result
from helpers.rerun.compare import _table, change_lines, changes
from helpers.rerun.readings import Reading, findings

from .conftest import ROOT, yalu

pytestmark = pytest.mark.book


def reading(name, verdict, low, findings):
    results = {
        "verdict": Result("verdict", "Verdict", words=verdict),
        "income": Result("income", "Income", "CNY", "year", low=low, high=10.0),
    }
    return Reading(name, "luggage", {"fee_low": low}, results, tuple(findings))


def test_flipped_words_and_changed_sentences_are_told():
    found = changes(
        reading("book", "a trickle", 5.0, ["It stays.", "It is a trickle."]),
        reading("this run", "a large sum", 6.0, ["It stays.", "It is a large sum."]),
    )
    assert found["findings"] == [{"old": ["It is a trickle."], "new": ["It is a large sum."]}]
    said = "\n".join(change_lines(found))
    assert "low +1 (+20 %)" in said and "wording flipped: Verdict" in said
    assert "- It is a trickle.\n+ It is a large sum." in said
    assert "It stays." not in said


def test_findings_are_the_sentences_of_the_answer_below_the_title():
    shown = {"text/markdown": "| Answer | No |"}
    output = nbformat.v4.new_output("display_data", shown, metadata={"yalu": {"myst": ""}})
    panel = nbformat.v4.new_code_cell("ch.panel()", outputs=[output])
    answer = "# Title\n\nOne. Two of\nit.\n\n**Three.**\n\n## What happened\n\nNo."
    cells = [nbformat.v4.new_markdown_cell(answer), panel]
    assert findings(nbformat.v4.new_notebook(cells=cells)) == ["One.", "Two of it.", "Three."]


@pytest.fixture(scope="module")
def two_runs(module_book):
    for weeks in (10, 20):
        found = yalu("run", "luggage", "--no-page", "-p", f"weeks={weeks}", "--out",
                     str(module_book / "runs" / f"weeks-{weeks}"))  # fmt: skip
        assert found.exit_code == 0, found.output
    return "weeks-10", "weeks-20"


def test_two_runs_by_their_names(two_runs):
    (found,) = json.loads(yalu("diff", *two_runs, "--json").output)
    assert found["parameters"] == [{"name": "weeks", "old": 10, "new": 20}]
    assert (found["old"], found["new"], found["chapter"]) == ("weeks-10", "weeks-20", "luggage")


def test_a_run_and_the_book_by_path(two_runs, module_book):
    found = yalu("diff", "book", str(module_book / "runs" / two_runs[0]))
    assert found.exit_code == 0
    assert "weeks 52 10" in " ".join(found.output.split())


def test_what_is_neither_is_refused(two_runs):
    for name in ("no-such-run", "--output=x", "../..", "x" * 100_000):
        found = yalu("diff", "book", "--", name)
        assert found.exit_code == 2 and len(found.output) < 300, found.output
        assert "no run, no notebook, no commit" in found.output


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_two_commits_each_with_its_own_helpers(small_book):
    shutil.copytree(ROOT / "src", small_book / "src")
    git(small_book, "init", "-q")
    git(small_book, "add", "-A")
    git(small_book, "commit", "-qm", "one")
    helper = small_book / "src" / "helpers" / "chapter" / "running.py"
    text = helper.read_text(encoding="utf-8")
    assert "end: float(number) for" in text
    helper.write_text(text.replace("end: float(number) for", "end: float(number) * 2 for"))
    git(small_book, "commit", "-qam", "two")
    found = yalu("diff", "HEAD~1", "HEAD", "--json")
    assert found.exit_code == 0, found.output
    (change,) = json.loads(found.output)
    assert change["parameters"] == []
    income = next(r for r in change["results"] if r["key"] == "fee_income_year")
    assert income["new"]["high"] == 2 * income["old"]["high"]


def test_a_bare_signed_number_with_a_comma_stands_in_the_table():
    assert _table(["result", "moved"], [["net income", "+4,650"]])[-2].endswith("+4,650")
