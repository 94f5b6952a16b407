"""Counts that a reader can repeat: the book's numbers, recounted from data/clean by plain pandas.

The recounts are in `recount`, which does not use the book's package; what the book prints comes
from running its chapters once (`published` in tests/conftest.py).
"""

import ast
import math
import subprocess
import sys
from pathlib import Path

import pytest

from .recount import RECOUNTS
from .recount.tables import SIDECARS

CLOSE = 1e-9
PLAIN = {"datetime", "math", "re", "collections", "itertools", "pathlib", "types", "pandas", "yaml"}
HEADLINES = {
    f"{chapter}:{key}"
    for chapter, declared in SIDECARS.items()
    for key, result in declared["results"].items()
    if result.get("headline")
}


def recounted(key, published):
    """Return a number counted again; those of the table also take the ids that are used."""
    if key.startswith("table:"):
        return RECOUNTS[key](published.claims, published.sources)
    return RECOUNTS[key]()


ALL = 17


def digits(one, other):
    """Return to how many digits two numbers agree, or two pairs; `ALL` where they are the same."""
    if one == other:
        return ALL
    if isinstance(one, int | str):
        return 0
    pairs = zip(one, other, strict=True) if isinstance(one, tuple) else [(one, other)]
    gaps = [abs(a - b) / max(abs(a), abs(b)) for a, b in pairs if a != b]
    return math.floor(-math.log10(max(gaps)))


def numbers_in(told):
    return told if isinstance(told, tuple) else (told,)


def summary(rows):
    """Return lines of text: what was recounted, and how many numbers agree to which digits."""
    lines = []
    for key, (ours, theirs, to) in rows.items():
        told = "the same" if to == ALL else f"{to} digits"
        lines.append(f"{key:52} {told:10} {ours} | {theirs}")
    whole = [to for ours, _, to in rows.values() if isinstance(ours, int | str)]
    other = [to for ours, _, to in rows.values() if not isinstance(ours, int | str)]
    lines.append(f"{len(rows)} recounted, {len(HEADLINES)} of them headline results")
    lines.append(f"counts, shares in words and dates: {whole.count(ALL)} of {len(whole)} the same")
    lines.append(f"other numbers: {other.count(ALL)} of {len(other)} the same to the last digit")
    for to in sorted(set(other) - {ALL}, reverse=True):
        lines.append(f"other numbers: {other.count(to)} agree to {to} digits")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def agreement(published):
    """Each number: recounted, published, and to how many digits they agree."""
    rows = {}
    for key in RECOUNTS:
        ours, theirs = recounted(key, published), published.numbers[key]
        rows[key] = (ours, theirs, digits(ours, theirs))
    yield rows
    print(f"\n{summary(rows)}")


def test_what_is_recounted_is_what_the_book_prints(agreement):
    wrong = {}
    for key, (ours, theirs, _) in agreement.items():
        for one, other in zip(numbers_in(ours), numbers_in(theirs), strict=True):
            exact = isinstance(one, int | str)
            if not (one == other if exact else math.isclose(one, other, rel_tol=CLOSE)):
                wrong[key] = (ours, theirs)
    assert wrong == {}


def test_every_headline_result_is_recounted_and_forty_other_numbers():
    assert RECOUNTS.keys() >= HEADLINES
    assert len(RECOUNTS.keys() - HEADLINES) >= 40


def test_every_fact_of_the_pages_is_recounted(published):
    facts = {key for key in published.numbers if key.startswith("fact:")}
    assert facts - RECOUNTS.keys() == {"fact:version"}


def test_the_recounts_import_nothing_of_the_book():
    modules = [Path(__file__), *(Path(__file__).parent / "recount").glob("*.py")]
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            roots = {name.partition(".")[0] for name in names}
            assert roots <= PLAIN | (
                {"ast", "pytest", "subprocess", "sys"} if path == modules[0] else set()
            ), path


def test_the_recounts_run_without_the_book_s_package():
    code = "import runpy, sys; sys.modules['helpers'] = None; runpy.run_module('recount')"
    run = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent,
                         capture_output=True, text=True)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) == sum(not k.startswith("table:") for k in RECOUNTS)


def test_each_recount_says_its_filter_in_words():
    for path in (Path(__file__).parent / "recount").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                assert lines[node.lineno].strip().startswith("# "), node.name
