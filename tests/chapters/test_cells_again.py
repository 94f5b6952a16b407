"""Cells of a chapter can run again, in any order that follows their definitions."""

import ast
import json
import random

import pytest

from helpers.book.stage import chapter_files
from helpers.chapter.running import running

from ..conftest import answering
from .running import CLOSING, ROOT, code_cells, run_cell

pytestmark = pytest.mark.book

# chapters in the new form; the others still begin with begin(...)
CHAPTERS = [
    path.stem
    for path in chapter_files(ROOT)
    if any("= Chapter(" in code for _, code in code_cells(path.stem))
]
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)


def bound(code: str) -> set[str]:
    """Return the names that a cell gives a meaning to, at its top level."""
    found = set()
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
        else:
            names = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            found |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return found


@each_chapter
def test_no_name_is_given_a_meaning_in_two_cells(chapter):
    seen: dict[str, str] = {}
    twice = [
        f"{name}: {seen[name]} and {cell}"
        for cell, code in code_cells(chapter)
        for name in sorted(bound(code))
        if seen.setdefault(name, cell) != cell
    ]
    assert not twice


@each_chapter
def test_cells_run_again_in_any_order_give_the_same(chapter):
    cells = [one for one in code_cells(chapter) if not one[1].startswith(CLOSING)]
    space: dict = {}
    for cell, code in cells:
        run_cell(chapter, cell, code, space)
    begun = next(n for n, (_, code) in enumerate(cells) if "= Chapter(" in code)
    found, words = dict(running().results), dict(running().words)
    again = cells[begun + 1 :]
    random.Random(2397).shuffle(again)
    for cell, code in [*again, *reversed(again)]:
        run_cell(chapter, cell, code, space)
    assert running().results == found and running().words == words


@pytest.mark.parametrize("chapter", answering())
def test_before_the_first_figure_are_but_imports_and_functions(chapter):
    notebook = json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    first = next(n for n, text in enumerate(sources) if "ch.figure(" in text)
    _, *code = [
        text
        for cell, text in zip(notebook["cells"][:first], sources, strict=False)
        if cell["cell_type"] == "code"
    ]
    others = [
        ast.unparse(statement)
        for text in code
        for statement in ast.parse(text).body
        if not isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef)
    ]
    constants = [line for line in others if line.split(" = ")[0].isupper()]
    assert [line for line in others if line not in constants] == [f"ch = Chapter('{chapter}')"]
