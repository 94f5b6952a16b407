"""Outsiders: reading a notebook that somebody else has written, and what is wrong with it."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat

from helpers.errors import YaluError

MOST_BYTES = 20_000_000
_LEFT_OUT = "# left out, it is no Python: "
_SHELL = re.compile(r"\s*[%!]")


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Return a notebook in the present form, without outputs.

    Raises YaluError (exit code 2), in one line, where it is no file, too large, broken, or
    in another language than Python.
    """
    text = _text(path)
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        reason = " ".join(str(error).split())[:100]
        raise YaluError(f"{path.name}: no notebook that can be read ({reason})",
                        exit_code=2) from None  # fmt: skip
    _must_be_python(path, notebook.metadata)
    if not any(c.cell_type == "code" and c.source.strip() for c in notebook.cells):
        raise YaluError(f"{path.name}: has no cell of code", exit_code=2)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise YaluError(
                f"{path.name}: {size / 1e6:,.0f} MB; allowed: up to {MOST_BYTES / 1e6:,.0f} MB; "
                "clear its outputs first",
                exit_code=2,
            )
        text = path.read_text(encoding="utf-8")
        json.loads(text)
    except OSError as error:
        raise YaluError(f"{path}: cannot be read ({error.strerror})", exit_code=2) from None
    except (ValueError, RecursionError):
        raise YaluError(f"{path.name}: no notebook: it is not JSON in UTF-8", exit_code=2) from None
    return text


def _must_be_python(path: Path, metadata: Any) -> None:
    told = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get(
        "language"
    )
    name = metadata.get("kernelspec", {}).get("name", "python")
    language = told or ("python" if "python" in name or "conda" in name else name)
    if language.lower() not in ("python", "ipython"):
        raise YaluError(f"{path.name}: written in {language[:20]}; allowed: Python", exit_code=2)


def plain_python(source: str) -> tuple[str, list[str]]:
    """Return a cell's code without magics and shell commands, and those that were left out."""
    if source.lstrip().startswith("%%"):
        first = source.strip().splitlines()[0]
        return "\n".join(_LEFT_OUT + line for line in source.splitlines()), [first]
    lines, left_out = [], []
    for line in source.splitlines():
        if _SHELL.match(line):
            left_out.append(line.strip())
            line = _LEFT_OUT + line.strip()
        lines.append(line)
    return "\n".join(lines), left_out
