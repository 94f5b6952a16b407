"""Templates: the files of a new chapter or book, and notebooks made from text."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parent / "templates"


def quoted(text: str) -> str:
    """Return a text as a quoted scalar, which YAML, JSON and Python read alike."""
    return json.dumps(text, ensure_ascii=False)


def from_template(template: str, **slots: Any) -> str:
    """Return a template (its path below the templates) with its slots filled."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["quoted"] = quoted
    return environment.get_template(template).render(**slots)


def new_notebook(cells: Iterable[tuple[str, str]]) -> nbformat.NotebookNode:
    """Return a notebook of cells: each a kind ("markdown", "code" or a tag) and its source."""
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(
        metadata={"kernelspec": python, "language_info": {"name": "python"}}
    )
    for number, (kind, source) in enumerate(cells, 1):
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = make(source, id=f"cell-{number:02}")
        if kind not in ("markdown", "code"):
            cell.metadata["tags"] = [kind]
        made.cells.append(cell)
    return made


def notebook_bytes(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as its file holds it."""
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode()
