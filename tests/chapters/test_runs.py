"""Chapters run with papermill from anywhere, and their prose follows the parameters."""

import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest

from helpers.book.execute import execute, kernel_manager, read_results
from helpers.book.stage import chapter_files
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [path.stem for path in chapter_files(ROOT)]


def prose(path):
    notebook = nbformat.read(path, as_version=4)
    shown = [o for c in notebook.cells for o in c.get("outputs", []) if "data" in o]
    return "\n".join(o["data"]["text/markdown"] for o in shown if "text/markdown" in o["data"])


def test_papermill_runs_a_chapter_from_any_folder(tmp_path):
    papermill_command = Path(sys.executable).with_name("papermill")
    chapter = ROOT / "chapters" / "luggage.ipynb"
    command = [papermill_command, chapter, "out.ipynb", "-p", "workers_per_week", "200"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "200 people a week" in prose(tmp_path / "out.ipynb")
    assert "7.28–10.4 million yuan a year" in prose(tmp_path / "out.ipynb")


def test_a_wrong_value_stops_plain_papermill(tmp_path):
    with pytest.raises(papermill.PapermillExecutionError, match="parameter fee_low: found 'abc'"):
        papermill.execute_notebook(
            str(ROOT / "chapters" / "luggage.ipynb"), str(tmp_path / "out.ipynb"),
            parameters={"fee_low": "abc"}, progress_bar=False,
            kernel_manager_class=kernel_manager(str(tmp_path)),
        )  # fmt: skip


def bound_sets(chapter):
    """Sets of values: numbers at their low and high bounds in turn, each choice at least once."""
    declared = sidecar(chapter).parameters
    others = {n: [c for c in p.choices if c != p.default] for n, p in declared.items() if p.choices}
    count = max([2, *map(len, others.values())])
    for number in range(count):
        end = ("min", "max")[number % 2]
        values = {n: choices[number % len(choices)] for n, choices in others.items()}
        for name, parameter in declared.items():
            if parameter.type in ("number", "integer"):
                bound = getattr(parameter, end)
                values[name] = int(bound) if parameter.type == "integer" else bound
        yield values


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_stands_at_the_bounds_of_its_parameters(chapter, tmp_path):
    for number, values in enumerate(bound_sets(chapter)):
        out = tmp_path / f"{number}.ipynb"
        try:
            execute(ROOT / "chapters" / f"{chapter}.ipynb", out, values)
        except YaluError as error:
            raise AssertionError(f"{values}: {error}") from None
        text = prose(out)
        assert "nan" not in text.split() and "inf" not in text.split(), values
        streams = [
            o.text for c in nbformat.read(out, as_version=4).cells
            for o in c.get("outputs", []) if o.output_type == "stream"
        ]  # fmt: skip
        assert not streams, values


def test_a_run_names_no_path_and_is_the_same_twice(tmp_path):
    source = ROOT / "chapters" / "luggage.ipynb"
    for name in ("a", "b"):
        execute(source, tmp_path / f"{name}.ipynb", {"workers_per_week": 300})
    first, second = ((tmp_path / f"{n}.ipynb").read_bytes() for n in ("a", "b"))
    assert first == second
    assert str(ROOT).encode() not in first and str(tmp_path).encode() not in first


def test_results_are_taken_from_the_executed_notebook(tmp_path):
    execute(ROOT / "chapters" / "luggage.ipynb", tmp_path / "luggage.ipynb", {"fee_high": 2000})
    run = read_results(tmp_path / "luggage.ipynb")
    assert run["parameters"]["fee_high"] == 2000
    assert run["results"]["fee_income_year"]["high"] == 700 * 52 * 2000
    assert run["used"]["claims"] and run["figures"]


def test_a_failing_cell_is_named(tmp_path):
    notebook = nbformat.read(ROOT / "chapters" / "luggage.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[3].source = "share = 1 / 0"
    nbformat.write(notebook, tmp_path / "luggage.ipynb")
    with pytest.raises(YaluError) as caught:
        execute(tmp_path / "luggage.ipynb", tmp_path / "out.ipynb")
    assert caught.value.lines == [
        'chapter luggage: code cell 4 ("share = 1 / 0"): ZeroDivisionError: division by zero'
    ]
    assert not (tmp_path / "out.ipynb").exists()
