"""The results alone are those of the whole notebook, for every chapter."""

import ast
import json

import pytest

from helpers.book.execute import read_results
from helpers.book.process_pool import background
from helpers.book.render import jupyter_book
from helpers.book.stage import chapter_files
from helpers.chapter.sensitivity.section import is_summary
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.evidence.exclusion import OFFICIAL, Subset
from helpers.paths import PUBLISHED
from helpers.rerun import pool
from helpers.rerun.alone import can_run_alone, results_alone
from helpers.rerun.needed import needed
from helpers.rerun.page import write_page
from helpers.rerun.pool import Task, outcomes
from helpers.rerun.values import run_values

from .conftest import ROOT, spoil_cell

CHAPTERS = chapter_files(ROOT)
OFFICIAL_ONLY = Subset(only=OFFICIAL)


@pytest.mark.book
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_they_are_those_of_the_published_book(path):
    assert can_run_alone(path)
    published = read_results(ROOT / PUBLISHED / path.name)["results"]
    answers = {key: r for key, r in published.items() if not is_summary(key, published)}
    assert answers and background(results_alone, path, {}).result() == answers


@pytest.mark.book
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_has_a_page_of_its_own(path, tmp_path):
    executed = ROOT / PUBLISHED / path.name
    with jupyter_book() as run:
        page = write_page(ROOT, path.stem, executed, {}, OFFICIAL_ONLY, tmp_path, run)
    assert "a part of the evidence only: on official statements and official statistics" in page
    assert f'data-chart="{path.stem}-sensitivity"' in page and 'id="yalu-evidence"' in page


def sources(statements):
    return [[ast.unparse(statement) for statement in body] for body in statements]


def test_what_only_shows_is_left_out_with_all_that_only_it_needs():
    cells = [
        "fee = 5",
        "import altair as alt\nbegin('luggage', globals())",
        "rows = load('x')\nrows['y'] = rows['x'] * fee\nc = alt.Chart(rows)\nfigure('f', c)",
        "def two(n):\n    return 2 * n\nx = two(3)\nrecord('r', rows['y'].sum())\nsay('text')",
        "for name in names:\n    record(name, 1)\nnames.append('z')\nrows",
    ]
    assert sources(needed(cells)) == [
        ["fee = 5"],
        ["import altair as alt", "begin('luggage', globals())"],
        ["rows = load('x')", "rows['y'] = rows['x'] * fee"],
        ["record('r', rows['y'].sum())"],
        ["for name in names:\n    record(name, 1)", "names.append('z')"],
    ]
    assert needed(["%matplotlib inline"]) is None


def test_a_function_that_records_is_called_wherever_it_is():
    cells = ["def note(x):\n    record('r', x)\n    return x", "kept = note(1)\nother = abs(1)"]
    assert sources(needed(cells)) == [
        ["def note(x):\n    record('r', x)\n    return x"],
        ["kept = note(1)"],
    ]


def tasks(book, *numbers):
    source = book / "chapters" / "luggage.ipynb"
    return [Task(str(n), source, run_values("luggage", [f"workers_per_week={n}"])) for n in numbers]


def test_where_they_would_differ_every_point_runs_in_full(small_book):
    """A result that hangs on the cell being shown, which nobody can tell from its text."""
    spoil_cell(small_book, 3, "import builtins\nrecord('fee_income_year', (1, len(In)))")
    found = {task.name: outcome for task, outcome in outcomes(tasks(small_book, 100, 200, 300), 2)}
    assert {o["results"]["fee_income_year"]["high"] for o in found.values()} == {5}


def test_a_point_that_fails_says_what_the_whole_notebook_says(small_book):
    spoil_cell(small_book, 3, "record('fee_income_year', (-9, 1 / (workers_per_week - 200)))")
    found = {task.name: outcome for task, outcome in outcomes(tasks(small_book, 300, 200, 400), 2)}
    assert "results" in found["300"] and "results" in found["400"]
    assert found["200"]["error"].startswith("chapter luggage: code cell 4 (")
    assert "ZeroDivisionError" in found["200"]["error"]


def test_most_points_run_alone(small_book, monkeypatch):
    whole = []
    in_full = pool._in_full

    def noted(some, jobs):
        whole.extend(some)
        return in_full(some, jobs)

    monkeypatch.setattr(pool, "_in_full", noted)
    found = list(outcomes(tasks(small_book, 100, 150, 200), 2))
    assert len(found) == 3 and [task.name for task in whole] == ["100"]
    for task, outcome in found:
        workers = int(task.name)
        assert outcome["results"]["fee_income_year"]["low"] == workers * 52 * 700


def test_points_do_not_see_each_other(small_book):
    code = "import builtins\nbuiltins.seen = getattr(builtins, 'seen', 0) + 1\n"
    spoil_cell(small_book, 3, f"{code}record('fee_income_year', (0, builtins.seen))")
    found = [outcome for _, outcome in outcomes(tasks(small_book, 100, 200, 300), 1)]
    assert [o["results"]["fee_income_year"]["high"] for o in found] == [1, 1, 1]


def test_a_process_that_is_killed_ends_its_own_point(small_book):
    code = "import os\nif workers_per_week == 200:\n    os.kill(os.getpid(), 9)\n"
    spoil_cell(small_book, 3, f"{code}record('fee_income_year', (0, 1))")
    found = {task.name: outcome for task, outcome in outcomes(tasks(small_book, 100, 200, 300), 2)}
    assert "killed by SIGKILL" in found["200"]["error"]
    assert "results" in found["100"] and "results" in found["300"]


def test_results_are_as_a_notebook_holds_them(small_book):
    source = small_book / "chapters" / "luggage.ipynb"
    found = background(results_alone, source, {"workers_per_week": 7}).result()
    assert found == json.loads(json.dumps(found))
    assert set(found) == {"fee_income_year"} and not set(found) & set(sidecar("luggage").parameters)
    with pytest.raises(YaluError, match="fee_low and fee_high"):
        background(results_alone, source, {"fee_low": 5000}).result()
