"""Differences between runs, the book and commits are told in a table and as JSON."""

import json
import math
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from helpers.book.execute import execute, findings, read_results
from helpers.book.stale import Inputs, read_manifest, record_chapter
from helpers.chapter.running import Result
from helpers.files import write_json
from helpers.rerun.compare import _table, change_lines, changes, difference_words
from helpers.rerun.readings import Reading

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
    made = change["environment"]
    assert made["unknown"] == []
    assert {one["name"] for one in made["changed"]} == {"commit", "helpers"}


def test_the_published_book_knows_what_it_was_made_with(small_book, tmp_path):
    """Its manifest tells it, as long as the notebook is the one that was recorded."""
    source = small_book / "chapters" / "luggage.ipynb"
    published = small_book / "_build" / "published" / "luggage.ipynb"
    (small_book / "_build" / "html").mkdir(parents=True)
    execute(source, published)
    write_json(published.with_suffix(".json"), read_results(published))
    record_chapter(read_manifest(small_book), Inputs(small_book), source, published, None, {})
    run = tmp_path / "run"
    assert yalu("run", "luggage", "--no-page", "--out", str(run)).exit_code == 0
    (found,) = json.loads(yalu("diff", "book", str(run), "--json").output)
    assert found["environment"] == {"unknown": [], "changed": []}
    codebook = small_book / "data" / "codebook.csv"
    codebook.write_text(codebook.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    words = ["run", "luggage", "--no-page", "--out", str(run), "--force"]
    said = yalu(*words, "--without", "reuters").output.splitlines()
    rows = {" ".join(line.split()) for line in said}
    assert {"made with book this run", "data differs", "evidence all without reuters"} <= rows
    published.write_text(published.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "what book was made with is not known" in yalu("diff", "book", str(run)).output


def test_a_bare_signed_number_with_a_comma_stands_in_the_table():
    assert _table(["result", "moved"], [["net income", "+4,650"]])[-2].endswith("+4,650")


MADE = {
    "versions": {"python": "3.12.1", "pandas": "3.0.0", "numpy": "2.4.0"},
    "fingerprint": {"data": "a", "chapter": "b", "helpers": "c", "packages": "d"},
    "commit": {"id": "0a1b2c3", "files_differ": False},
    "evidence": {},
}


def told(old: Result, new: Result) -> tuple[list, str]:
    """Return the changes of one result between two runs, and what is printed of them."""
    pair = [Reading(name, "x", {}, {one.key: one}, (), MADE) for name, one in
            (("old", old), ("new", new))]  # fmt: skip
    found = changes(*pair)
    return found["results"], "\n".join(change_lines(found))


KEPT = Result("kept", "Kept", "CNY", low=3_640_000.0, high=72_800_000.0)


@pytest.mark.parametrize(
    "new",
    [
        replace(KEPT, low=3_640_000.0 * (1 + 1e-12), high=math.nextafter(72_800_000, 0)),
        replace(KEPT, low=3_640_000.001),
        replace(KEPT, digits=2),
        replace(KEPT, label="Kept by companies", how="fees less costs"),
    ],
)
def test_noise_and_other_rounding_are_no_change(new):
    assert told(KEPT, new) == ([], "x: from old to new\n\n0 results differ, 1 do not")


def test_noise_beside_zero_is_no_change():
    assert told(replace(KEPT, low=0.0), replace(KEPT, low=1e-8))[0] == []
    assert told(replace(KEPT, low=0.0), replace(KEPT, low=1e-3))[0] != []


def test_what_prints_the_same_says_by_how_much_it_moved():
    moves = {
        36_410_000.0: "+10,000 (+0.027 %)", 36_400_001.0: "+1 (+0.0000027 %)",
        36_399_999.0: "−1 (−0.0000027 %)", 36_400_000.5: "+0.5 (+0.0000014 %)",
    }  # fmt: skip
    for value, words in moves.items():
        one = Result("fee", "Fee", "CNY", value=36_400_000.0)
        assert one.text() == replace(one, value=value).text()
        found, said = told(one, replace(one, value=value))
        assert found[0]["difference"] == {"value": value - 36_400_000}
        assert difference_words(found[0]) == words and words in said and "+0 " not in said
    tiny = told(Result("s", "S", value=2e-7), Result("s", "S", value=2.5e-7))[0]
    assert difference_words(tiny[0]) == "+0.00000005 (+25 %)"


def test_a_share_moves_by_points_and_a_count_also_by_what_it_is_of():
    share = Result("s", "S", "share", value=0.0079)
    (moved,), _ = told(share, replace(share, value=0.0120))
    assert (moved["old_text"], difference_words(moved)) == ("0.79 per cent", "+0.41 (+51.9 %)")
    count = Result("c", "C", "reports", value=6.0, total=30.0)
    (moved,), _ = told(count, replace(count, total=35.0))
    assert difference_words(moved) == "total +5 (+16.7 %)"


def test_a_range_that_an_earlier_version_stored_rounded_is_no_change():
    """3.64 to 72.8 million was stored as 3.6 to 73."""
    before = replace(KEPT, low=3_600_000.0, high=73_000_000.0, digits=None)
    assert told(before, replace(KEPT, outward=(2, 2)))[0] == []
    assert told(replace(KEPT, outward=(2, 2)), before)[0] == []
    (moved,), _ = told(before, replace(KEPT, low=3_720_000.0, outward=(2, 2)))
    assert difference_words(moved) == "low +100,000 (+2.8 %)"
    # both as they are: a true change that words do not show
    exact = replace(KEPT, outward=(2, 2))
    (moved,), _ = told(exact, replace(exact, low=3_650_000.0))
    assert moved["old_text"] == moved["new_text"] == "3.6–73 million yuan"
    assert difference_words(moved) == "low +10,000 (+0.27 %)"


def test_a_number_on_the_edge_of_two_roundings_changes_no_sentence():
    """2.5 and the float below it are one number, which prints as 3 and as 2."""
    one, other = (Result("t", "T", value=v, digits=1) for v in (2.5, math.nextafter(2.5, 0)))
    assert (one.text("bare"), other.text("bare")) == ("3", "2")
    readings = [
        Reading(
            name, "x", {"p": value.value}, {"t": value}, (f"It is {value.text('bare')} times.",)
        )
        for name, value in (("old", one), ("new", other))
    ]
    found = changes(*readings)
    assert (found["results"], found["findings"], found["parameters"]) == ([], [], [])


def made_with(old, new):
    found = changes(
        *(Reading(n, "x", {}, {}, (), made) for n, made in (("old", old), ("new", new)))
    )
    lines = [" ".join(line.split()) for line in change_lines(found)]
    return found["environment"], lines[2:-1]


def test_what_two_runs_were_made_with_is_told_where_it_differs():
    new = {
        "versions": {"python": "3.13.0", "pandas": "3.1.0", "numpy": "2.4.0", "scipy": "1.17"},
        "fingerprint": {"data": "a2", "chapter": "b", "helpers": "c2", "settings": "e"},
        "commit": {"id": "4d5e6f7", "files_differ": True},
        "evidence": {"without": ["reuters", "daily-nk"], "known_by": "2024-01-01"},
    }
    found, lines = made_with(MADE, new)
    assert found["unknown"] == []
    assert {one["name"]: (one["old"], one["new"]) for one in found["changed"]} == {
        "python": ("3.12.1", "3.13.0"), "pandas": ("3.0.0", "3.1.0"), "data": ("a", "a2"),
        "helpers": ("c", "c2"), "commit": ("0a1b2c3", "4d5e6f7"),
        "evidence": ("all", "without reuters, daily-nk; known by 2024-01-01"),
    }  # fmt: skip
    assert "made with old new" in lines[0] and "pandas 3.0.0 3.1.0" in lines
    assert "data differs" in lines and "helpers differs" in lines and "numpy" not in str(lines)


def test_the_same_environment_is_no_line_and_a_lacking_record_is_one():
    assert made_with(MADE, dict(MADE)) == ({"unknown": [], "changed": []}, [])
    assert made_with(MADE, None)[1] == ["what new was made with is not known", ""]
    assert made_with(None, None)[1] == ["what old and new were made with is not known", ""]
    # records of other versions, with fewer fields and of other forms
    assert made_with(MADE, {"hash": "x", "versions": [], "commit": None})[1] == []


@pytest.fixture(scope="module")
def by_papermill(module_book, tmp_path_factory):
    """The short chapter as plain papermill executes it, with another parameter."""
    import papermill

    target = tmp_path_factory.mktemp("papermill") / "out.ipynb"
    papermill.execute_notebook(
        str(module_book / "chapters" / "luggage.ipynb"), str(target), {"weeks": 20},
        cwd=str(module_book / "chapters"), progress_bar=False, language="python",
    )  # fmt: skip
    return target


def test_a_notebook_of_papermill_is_a_side_like_any_other(two_runs, by_papermill):
    same = yalu("diff", str(by_papermill), "weeks-20")
    assert same.exit_code == 0 and "what out.ipynb was made with is not known" in same.output
    assert same.output.endswith("\n0 results differ, 1 do not\n")
    (found,) = json.loads(yalu("diff", "weeks-10", str(by_papermill), "--json").output)
    assert found["parameters"] == [{"name": "weeks", "old": 10, "new": 20}]
    assert found["environment"] == {"unknown": ["out.ipynb"], "changed": []}
    assert found["findings"] == []
    (found,) = json.loads(yalu("diff", "book", str(by_papermill), "--json").output)
    assert found["parameters"] == [{"name": "weeks", "old": 52, "new": 20}]


def quick(folder: Path, low: float, **about: object) -> Path:
    """Write the folder of a run that kept its record and its results, and no notebook."""
    folder.mkdir(parents=True)
    result = {"key": "fee", "label": "Fee", "unit": "CNY", "value": low, "of_tomorrow": [1]}
    results = {
        "chapter": "luggage", "parameters": {"weeks": 52}, "results": {"fee": result},
        "findings": [f"It is {low:g} yuan."],
    }  # fmt: skip
    (folder / "results.json").write_text(json.dumps(results))
    if about:
        (folder / "run.json").write_text(json.dumps({"hash": "1", "chapter": "luggage"} | about))
    return folder


def test_folders_and_files_of_results_need_no_notebook(module_book, tmp_path):
    old = quick(tmp_path / "a", 700.0, versions={"pandas": "3.0.0"})
    new = quick(tmp_path / "b", 704.0, versions={"pandas": "3.1.0"})
    for one, other in ((old, new), (old / "results.json", new / "run.json")):
        (found,) = json.loads(yalu("diff", str(one), str(other), "--json").output)
        assert (found["old"], found["new"]) == ("a", "b")
        assert found["results"][0]["difference"] == {"value": 4.0}
        assert found["findings"] == [{"old": ["It is 700 yuan."], "new": ["It is 704 yuan."]}]
        assert found["environment"]["changed"] == [
            {"name": "pandas", "old": "3.0.0", "new": "3.1.0"}
        ]
    # a file alone, under any name, and one without sentences
    results = json.loads((new / "results.json").read_text())
    del results["findings"]
    (tmp_path / "kept.json").write_text(json.dumps(results))
    said = yalu("diff", str(old), str(tmp_path / "kept.json")).output
    assert "what kept.json was made with is not known" in said
    assert "sentences are not compared" in said and "It is 700" not in said
    # by its name in runs/
    quick(module_book / "runs" / "quick", 700.0)
    assert yalu("diff", "quick", str(old)).output.startswith("luggage: from quick to a\n")


def test_two_files_of_one_name_are_told_apart(tmp_path):
    one, other = (quick(tmp_path / place / "run", 700.0) for place in ("a", "b"))
    said = yalu("diff", str(one), str(other)).output
    assert said.startswith(f"luggage: from {one} to {other}\n")


def test_files_that_cannot_be_compared_are_refused_in_a_line(
    module_book, by_papermill, tmp_path, two_runs
):
    ran = nbformat.read(by_papermill, as_version=4)
    failed, half, stranger, listed = (nbformat.from_dict(ran) for _ in range(4))
    code = [cell for cell in half.cells if cell.cell_type == "code"]
    code[-1].execution_count, code[-1].outputs = None, []
    [cell for cell in failed.cells if cell.cell_type == "code"][2].outputs = [
        nbformat.v4.new_output("error", ename="ValueError", evalue="no\nfee", traceback=[])
    ]
    for cell in stranger.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    for cell in listed.cells:
        for output in cell.get("outputs", []):
            if "result" in output.get("metadata", {}).get("yalu", {}):
                output.metadata.yalu = {"result": ["fee"]}
    bad = quick(tmp_path / "bad", 1.0) / "results.json"
    good = json.loads(bad.read_text())
    result = good["results"]["fee"]
    files = {
        "failed.ipynb": (nbformat.writes(failed), "failed in code cell 3: ValueError: no fee"),
        "half.ipynb": (nbformat.writes(half), f"code cell {len(code)} has not run"),
        "stranger.ipynb": (nbformat.writes(stranger), "no chapter"),
        "listed.ipynb": (nbformat.writes(listed), "holds no results of a chapter"),
        "empty.ipynb": ("", "no Jupyter notebook"),
        "list.ipynb": ("[1]", "no Jupyter notebook"),
        "text.ipynb": ("\x00", "no Jupyter notebook"),
        "deep.ipynb": ("[" * 99_999, "no Jupyter notebook"),
        "cells.ipynb": (json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {},
                                    "cells": [{"cell_type": "code"}]}), "no Jupyter notebook"),
        "none.ipynb": (nbformat.writes(nbformat.v4.new_notebook()), "no chapter"),
        "list.json": ("[]", "no JSON object"),
        "deep.json": ("[" * 99_999, "no JSON object"),
        "cut.json": (json.dumps(good)[:-9], "no JSON object"),
        "other.json": ("{}", "holds no results of a chapter"),
        "words.json": (json.dumps(good | {"results": {"fee": result | {"value": "many"}}}),
                       "holds no results of a chapter"),
        "nan.json": (json.dumps(good | {"results": {"fee": result | {"value": math.nan}}}),
                     "holds no results of a chapter"),
        "label.json": (json.dumps(good | {"results": {"fee": result | {"label": 1}}}),
                       "holds no results of a chapter"),
        "parameters.json": (json.dumps(good | {"parameters": {"weeks": [1]}}),
                            "holds no results of a chapter"),
    }  # fmt: skip
    for name, (text, _) in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "latin.json").write_bytes(b"\xe9")
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "run.json").write_text('{"hash": "1"}')
    said = {name: words for name, (_, words) in files.items()} | {
        "latin.json": "no JSON object", "gone.ipynb": "no such file",
        "sweep": "holds no results.json and no notebook.ipynb",
    }  # fmt: skip
    source = module_book / "chapters" / "luggage.ipynb"
    for path, words in [(tmp_path / n, w) for n, w in said.items()] + [(source, "not executed")]:
        for sides in ((two_runs[0], str(path)), (str(path), two_runs[0])):
            found = yalu("diff", *sides)
            assert found.exit_code == 2 and len(found.output.splitlines()) == 1, found.output
            assert words in found.output, found.output
    other = good | {"chapter": "visas"}
    (tmp_path / "visas.json").write_text(json.dumps(other))
    found = yalu("diff", two_runs[0], str(tmp_path / "visas.json"))
    assert found.exit_code == 2 and "of different chapters" in found.output
