"""Alone: the results of a chapter at one point, without its prose, its figures and a notebook."""

import ast
import json
import os
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

import nbformat

from helpers import evidence
from helpers.chapter.parameters import Value
from helpers.chapter.running import running
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.paths import book_root
from helpers.rerun.needed import needed


@lru_cache(maxsize=8)
def _code(source: Path) -> tuple[CodeType, CodeType] | None:
    """Return the code before and after parameters are set, None where it cannot be cut so."""
    cells = [c for c in nbformat.read(source, as_version=4).cells if c.cell_type == "code"]
    kept = needed(cell.source for cell in cells)
    first = [n for n, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    if kept is None or first != [0]:
        return None
    rest = [statement for body in kept[1:] for statement in body]
    before, after = (compile(ast.Module(p, []), source.name, "exec") for p in (kept[0], rest))
    return before, after


def can_run_alone(source: Path) -> bool:
    """Return whether the results of a notebook can be had without all of it."""
    return _code(source) is not None


def prepare(source: Path) -> None:
    """Read once what every run of a chapter reads: its code, its sidecar, the clean tables."""
    _code(source)
    sidecar(source.stem)
    for path in sorted((book_root() / "data" / "clean").glob("*.csv")):
        evidence.load(path.stem)
    evidence.claims()


def results_alone(source: Path, parameters: Mapping[str, Value]) -> dict[str, Any]:
    """Return the named results of a chapter, as its notebook would hold them.

    To be called in a process of its own, see `book.process_pool`: it runs the chapter's code here.
    Raises whatever that code raises.
    """
    code = _code(source)
    if code is None:
        raise YaluError(f"chapter {source.stem}: its results need the whole notebook")
    space: dict[str, Any] = {"__name__": "__main__", "display": lambda *_, **__: None}
    os.chdir(source.parent)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        exec(code[0], space)
        space |= parameters
        exec(code[1], space)
    chapter = running()
    found = {k: asdict(r) for k, r in chapter.results.items() if k not in chapter.parameters}
    return dict(json.loads(json.dumps(found)))
