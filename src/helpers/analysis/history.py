"""History: the names that the cells of parameters set before a chapter began."""

import ast
from collections.abc import Mapping
from typing import Any


def _literal_names(cell: str) -> list[str] | None:
    """Return the names that a cell sets if it does nothing but set names to plain values."""
    try:
        statements = ast.parse(cell).body
    except SyntaxError:  # a magic or a shell command
        return None
    names = []
    for statement in statements:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return None
        target = statement.targets[0]
        if not isinstance(target, ast.Name) or not _is_literal(statement.value):
            return None
        names.append(target.id)
    return names


def _is_literal(value: ast.expr) -> bool:
    """Return whether an expression is a plain value, as papermill writes them (NaN included)."""
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "float":
        return all(isinstance(argument, ast.Constant) for argument in value.args)
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def set_before(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names that were set in the cells of plain values just before this cell.

    These are the notebook's cell of parameters, as edited, and the one that papermill
    injects after it. `namespace` is the `globals()` of a kernel, whose `In` holds the cells
    that have run; without it nothing is known and nothing returned.
    """
    cells = namespace.get("In")
    if not isinstance(cells, list) or not cells:
        return []
    found: list[str] = []
    for cell in reversed(cells[:-1]):
        if not cell.strip() or (cell == cells[-1] and not found):  # this cell, run again
            continue
        names = _literal_names(cell)
        if names is None:
            break
        found = [*names, *found]
    return list(dict.fromkeys(found))
