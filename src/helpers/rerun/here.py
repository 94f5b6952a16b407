"""Here: a chapter run in this process, as far as its answers, so that they can be asked again."""

import ast
import json
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from helpers.chapter.parameters import Value
from helpers.errors import YaluError

_ANSWERING = {"answer", "from_evidence"}
_REGISTERING = {"results", "evidence"}


def run_here(root: Path, chapter: str, values: Mapping[str, Value]) -> None:
    """Run the code cells of a chapter up to the last that gives answers, and show nothing.

    `values` are all its parameters. The chapter is then the running one, with its answers.
    Raises YaluError naming the cell that fails, and where no cell calls `answer`.
    """
    path = root / "chapters" / f"{chapter}.ipynb"
    cells = [cell for cell in _cells(path) if not _is_parameters(cell)]
    last = max((n for n, cell in enumerate(cells) if _answers(cell)), default=-1)
    if last < 0:
        raise YaluError(f"chapter {chapter}: no cell calls answer(...) or from_evidence(...)")
    space: dict[str, Any] = dict(values)
    for cell in cells[: last + 1]:
        _execute(chapter, cell, space)


def _cells(path: Path) -> Iterator[dict[str, Any]]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return (cell for cell in notebook["cells"] if cell["cell_type"] == "code")


def _is_parameters(cell: Mapping[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def _answers(cell: Mapping[str, Any]) -> bool:
    """Say whether a cell calls one of the functions that keep a chapter's answers."""
    calls = (node for node in ast.walk(ast.parse("".join(cell["source"])))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))  # fmt: skip
    tree = ast.parse("".join(cell["source"]))
    decorators = (d for node in tree.body if isinstance(node, ast.FunctionDef)
                  for d in node.decorator_list if isinstance(d, ast.Attribute))  # fmt: skip
    return any(isinstance(c.func, ast.Name) and c.func.id in _ANSWERING for c in calls) or any(
        d.attr in _REGISTERING for d in decorators
    )


def _execute(chapter: str, cell: Mapping[str, Any], space: dict[str, Any]) -> None:
    code = "".join(cell["source"])
    try:
        with redirect_stdout(StringIO()):
            exec(compile(code, f"{chapter}:{cell['id']}", "exec"), space)
    except YaluError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        first = code.strip().splitlines()[0]
        raise YaluError(
            f'chapter {chapter}: cell "{first}": {type(error).__name__}: {said}'
        ) from None
