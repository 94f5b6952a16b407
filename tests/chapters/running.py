"""A chapter run in this process, as far as its panel: for tests that ask it often."""

import json
import os
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from helpers.chapter.figure import PICTURES
from helpers.chapter.running import running

ROOT = Path(__file__).resolve().parents[2]


def code_cells(chapter: str):
    """Return the ids and the sources of the code cells of a chapter."""
    notebook = json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [(cell["id"], "".join(cell["source"])) for cell in cells]


def run_cell(chapter: str, cell: str, code: str, space: dict):
    """Run a code cell in a namespace, without its outputs."""
    before = os.environ.get(PICTURES)
    os.environ[PICTURES] = "0"
    try:
        with redirect_stdout(StringIO()):
            exec(compile(code, f"{chapter}:{cell}", "exec"), space)
    finally:
        os.environ.pop(PICTURES) if before is None else os.environ.update({PICTURES: before})


def run_to_answers(chapter: str):
    """Run the code cells of a chapter before the one that shows its first figure and its panel."""
    space: dict = {"display": lambda *_: None}
    for cell, code in code_cells(chapter):
        if "ch.panel()" in code:
            return running()
        run_cell(chapter, cell, code, space)
    raise AssertionError(f"chapter {chapter} shows no panel")


# cells that show what the others gave, the marks of headlines among it
CLOSING = ("ch.sensitivity(", "ch.appendix(", "ch.preview(")


def run_chapter(chapter: str, values: Mapping[str, Any] | None = None):
    """Run all code cells of a chapter, without their outputs; at other values but the closing ones.

    The first cell is that of the parameters.
    """
    space: dict = {"display": lambda *_: None}
    first, *rest = code_cells(chapter)
    run_cell(chapter, *first, space)
    space |= values or {}
    for cell, code in rest:
        if not (values and code.startswith(CLOSING)):
            run_cell(chapter, cell, code, space)
