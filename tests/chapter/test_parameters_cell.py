"""Defaults have one home: notebook, sidecar and ledger are held against each other."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.chapter.sidecar import check_defaults, parameter_line, sidecar


def test_all_chapters_agree(root):
    chapters = [path.stem for path in (root / "chapters").glob("*.ipynb")]
    assert chapters and not [fault for name in chapters for fault in check_defaults(root, name)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("= 1000 ", "= 1200 ", "fee_high: found 1200, expected 1000 (upper end of claim smuggling"),
        ("fee_high:", "fee_hi:", "fee_hi is not in chapters/luggage.yml; take it out"),
        ("lower end", "low end", "write: fee_low: float = 700  # CNY/bag. Fee for a bag, lower"),
        ("weeks: int = 52  # weeks. Weeks of departures in a year", "", "weeks is missing; write"),
    ],
)
def test_a_cell_that_differs_is_told_with_the_line_to_write(book_copy, old, new, said):
    path = book_copy / "chapters" / "luggage.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    assert cell.source.splitlines() == [
        parameter_line(name, one) for name, one in sidecar("luggage").parameters.items()
    ]
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)
    found = check_defaults(book_copy, "luggage")
    assert found and all(f.startswith("chapters/luggage.ipynb, parameters cell: ") for f in found)
    assert said in found[0]


def test_a_default_that_was_worked_out_follows_its_claim(book_copy):
    path = book_copy / "chapters" / "luggage.yml"
    text = path.read_text(encoding="utf-8")
    for old, new, said in (
        ("said: [100]", "said: [90]", "when claim newyear-2025-daily said 90; it says 100 now"),
        ("    claim_said: [100]\n", "", "set claim_said: [100.0], from which it was worked out"),
    ):
        path.write_text(text.replace(old, new))
        (found,) = check_defaults(book_copy, "luggage")
        assert found.startswith("chapters/luggage.yml: workers_per_week: default 700")
        assert said in found


def test_papermill_tells_type_unit_and_meaning(root):
    command = [Path(sys.executable).with_name("papermill"), "--help-notebook"]
    run = subprocess.run([*command, "chapters/luggage.ipynb"], cwd=root, capture_output=True)
    words = " ".join(run.stdout.decode().split())
    assert "fee_low: float (default 700) CNY/bag. Fee for a bag, lower end" in words
