"""Charts of a run: the rows that each figure draws, as CSV."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from helpers.chapter.figure import VEGALITE
from helpers.chapter.results import METADATA

Rows = list[dict[str, Any]]


def figure_specs(notebook: nbformat.NotebookNode) -> dict[str, dict[str, Any]]:
    """Return the Vega-Lite specification of each figure of an executed notebook by its name."""
    return {
        output.metadata[METADATA]["figure"]["name"]: output.data[VEGALITE]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "figure" in output.get("metadata", {}).get(METADATA, {})
    }


def _inline(part: Any) -> Iterator[Any]:
    """Yield the values that stand within a specification, in its order."""
    children: list[Any] = part if isinstance(part, list) else []
    if isinstance(part, dict):
        data = part.get("data")
        if isinstance(data, dict) and "values" in data:
            yield data["values"]
        children = [value for key, value in part.items() if key not in ("data", "datasets")]
    for child in children:
        yield from _inline(child)


def tables(spec: dict[str, Any]) -> list[Rows]:
    """Return the tables that a figure draws; a map's outlines are none."""
    every = [*spec.get("datasets", {}).values(), *_inline(spec)]
    return [
        rows
        for rows in every
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)
    ]


def _cell(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def csv_text(rows: Rows) -> str:
    """Return rows as CSV, an empty cell for what is missing."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def write_data(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Write the rows that every figure draws as CSV into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, spec in figure_specs(notebook).items():
        for number, rows in enumerate(tables(spec), start=1):
            suffix = "" if number == 1 else f"-{number}"
            (folder / f"{name}{suffix}.csv").write_text(csv_text(rows), encoding="utf-8")
