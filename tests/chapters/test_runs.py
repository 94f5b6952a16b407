"""Chapters run with papermill from anywhere, and their prose follows the parameters."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.book.execute import execute, read_results
from helpers.errors import YaluError

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parents[2]


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
    assert "[archived copy (may not exist)](<https://web.archive.org/" in prose(
        tmp_path / "out.ipynb"
    )
    assert "}`" not in prose(tmp_path / "out.ipynb")


def test_a_run_names_no_path_is_the_same_twice_and_holds_its_results(tmp_path):
    source = ROOT / "chapters" / "luggage.ipynb"
    for name in ("a", "b"):
        execute(source, tmp_path / f"{name}.ipynb", {"fee_high": 2000})
    first, second = ((tmp_path / f"{n}.ipynb").read_bytes() for n in ("a", "b"))
    assert first == second
    assert str(ROOT).encode() not in first and str(tmp_path).encode() not in first
    run = read_results(tmp_path / "a.ipynb")
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
