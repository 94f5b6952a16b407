"""Templating: the files of a new chapter or book from the templates beside this module."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parent / "templates"
_CELL = re.compile(r"(?m)^%% (markdown|code|parameters|remove-cell)\n")


def quoted(text: str) -> str:
    """Return a text as a quoted scalar, which YAML, JSON and Python read alike."""
    return json.dumps(text, ensure_ascii=False)


def filled(template: str, **slots: Any) -> str:
    """Return a template (its path below the templates) with its slots filled."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["quoted"] = quoted
    return environment.get_template(template).render(**slots)


def notebook(cells: str) -> nbformat.NotebookNode:
    """Return a notebook from text; its cells begin with %% markdown, %% code or %% and a tag."""
    parts = _CELL.split(cells)
    made = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    made.cells = [
        _cell(number, kind, source.strip("\n"))
        for number, (kind, source) in enumerate(zip(parts[1::2], parts[2::2], strict=True), 1)
    ]
    return made


def _cell(number: int, kind: str, source: str) -> nbformat.NotebookNode:
    make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
    cell = make(source)
    cell["id"] = f"cell-{number:02}"
    if kind not in ("markdown", "code"):
        cell.metadata["tags"] = [kind]
    return cell


def notebook_bytes(made: nbformat.NotebookNode) -> bytes:
    """Return a notebook as its file holds it."""
    return (nbformat.writes(made).rstrip("\n") + "\n").encode()
