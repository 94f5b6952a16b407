"""Constants: the numbers and dates that a notebook sets once, which can be its parameters."""

import ast
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_DAY, _MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")


@dataclass(frozen=True)
class Constant:
    """A name that a notebook sets once to a plain value: which cell, which lines of it."""

    name: str
    value: float | int | str
    cell: int
    first: int
    last: int

    @property
    def type(self) -> str:
        """The type of the parameter that it would be."""
        if isinstance(self.value, str):
            return "date" if _DAY.fullmatch(self.value) else "month"
        return "integer" if isinstance(self.value, int) else "number"

    def bounds(self) -> dict[str, Any]:
        """Return the bounds of such a parameter: wide, for somebody to draw closer."""
        if isinstance(self.value, str):
            return {}
        if 0 <= self.value <= 1 and isinstance(self.value, float):
            return {"min": 0, "max": 1}
        reach = 10 ** math.ceil(math.log10(max(abs(self.value), 1) * 2))
        return {"min": 0 if self.value >= 0 else -reach, "max": reach}


def constants(codes: list[str]) -> list[Constant]:
    """Return the constants of a notebook's cells, in order.

    A constant is set at the top level, by an assignment of its own, to a finite number or a
    date, and nothing in the notebook sets the name again. Raises SyntaxError as `ast` does.
    """
    trees = [ast.parse(code) for code in codes]
    times = Counter(name for tree in trees for name in _stored(tree))
    found = [
        Constant(target.id, value, number, node.lineno, node.end_lineno or node.lineno)
        for number, tree in enumerate(trees)
        for node in tree.body
        if isinstance(node, ast.Assign) and len(node.targets) == 1
        for target in [node.targets[0]]
        if isinstance(target, ast.Name) and (value := _value(node.value)) is not None
    ]
    return [one for one in found if times[one.name] == 1 and not one.name.startswith("_")]


def _stored(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names


def _value(node: ast.expr) -> float | int | str | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(value, str):
        return value if _is_date(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and abs(value) < 1e15 else None


def _is_date(text: str) -> bool:
    if not (_DAY.fullmatch(text) or _MONTH.fullmatch(text)):
        return False
    month = int(text[5:7])
    return 1 <= month <= 12 and (len(text) == 7 or 1 <= int(text[8:]) <= 28)


def without(code: str, taken: Iterable[Constant]) -> str:
    """Return a cell's code without the assignments of constants that have become parameters."""
    gone = {line for one in taken for line in range(one.first, one.last + 1)}
    return "\n".join(line for n, line in enumerate(code.splitlines(), 1) if n not in gone)


def alone(code: str, one: Constant) -> bool:
    """Return whether the lines of an assignment hold nothing else, so that they can be moved."""
    tree = ast.parse(code)
    lines = set(range(one.first, one.last + 1))
    others = [n for n in tree.body if lines & set(range(n.lineno, (n.end_lineno or n.lineno) + 1))]
    return len(others) == 1
