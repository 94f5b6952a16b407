"""Needed: the statements of a notebook that its named results need, without what only shows."""

import ast
from collections.abc import Iterable

# what shows something to the reader and records no result but how sure the others are
SHOWERS = {
    "display", "figure", "parameter_table", "print", "result_table", "say", "sensitivity",
    "source_list",
}  # fmt: skip
# what records results, so that an assignment from it is never left out
RECORDERS = {"answer", "assumptions", "begin", "from_evidence", "record"}


def needed(cells: Iterable[str]) -> list[list[ast.stmt]] | None:
    """Return for each code cell the statements that the results may need, in order.

    Left out are calls of what only shows, and assignments and functions whose names nothing
    that is kept mentions. A name counts as needed wherever it is bound, so rather too much
    is kept than too little. Returns None where a cell is more than Python, such as a magic.
    """
    try:
        parsed = [ast.parse(cell).body for cell in cells]
    except SyntaxError:
        return None
    statements = [statement for body in parsed for statement in body]
    recorders = _recorders(statements)
    kept = {n for n, statement in enumerate(statements) if _acts(statement, recorders)}
    while more := _binding(statements, kept) - kept:
        kept |= more
    chosen = {id(statements[n]) for n in kept}
    return [[statement for statement in body if id(statement) in chosen] for body in parsed]


def _recorders(statements: list[ast.stmt]) -> set[str]:
    """Return the names of what records results, functions of the notebook's own among them."""
    found = set(RECORDERS)
    functions = [s for s in statements if isinstance(s, ast.FunctionDef)]
    while more := {f.name for f in functions if _mentioned(f) & found} - found:
        found |= more
    return found


def _acts(statement: ast.stmt, recorders: set[str]) -> bool:
    """Return whether a statement does something besides binding names or showing."""
    if isinstance(statement, ast.Expr):
        return not _shows(statement.value)
    if isinstance(statement, ast.Assign) and _is_plain(statement.value):
        return True  # costs nothing, and may be a parameter, which no statement need mention
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.FunctionDef):
        return bool(_mentioned(statement) & recorders)
    return True


def _is_plain(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def _shows(value: ast.expr) -> bool:
    called = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
    plain = isinstance(value, ast.Name | ast.Constant)
    return plain or (called and value.func.id in SHOWERS)  # type: ignore[attr-defined]


def _mentioned(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _binding(statements: list[ast.stmt], kept: set[int]) -> set[int]:
    """Return the statements that bind, or change in place, what the kept ones mention."""
    wanted = set().union(*(_mentioned(statements[n]) for n in kept))
    return {n for n, statement in enumerate(statements) if _bound(statement) & wanted}


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds or whose parts it assigns to."""
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    nodes = [node for target in targets if target for node in ast.walk(target)]
    return {node.id for node in nodes if isinstance(node, ast.Name)}
