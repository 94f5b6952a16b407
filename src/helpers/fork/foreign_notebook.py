"""Foreign notebooks: read one that follows other rules, and find its paths and constants."""

import ast
import builtins
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from helpers.errors import YaluError, shown_path
from helpers.files import is_file

MOST_BYTES = 20_000_000
_LEFT_OUT = "# left out, it is no Python: "
# magics that run the code after them
_RUNS = {"time", "timeit", "prun", "capture"}
# what Python takes for part of a line and str.splitlines for its end
_WITHIN = {at: 0xE000 + at for at in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029)}


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Return a notebook in version 4 of the format, without outputs.

    Raises YaluError (exit code 2) where it is no file, too large, broken, without code, or in
    another language than Python.
    """
    try:
        if not is_file(path):
            raise YaluError(f"{shown_path(path)}: no such file", exit_code=2)
        if (size := path.stat().st_size) > MOST_BYTES:
            fault = f"{size / 1e6:,.0f} MB; allowed: up to {MOST_BYTES / 1e6:,.0f} MB; "
            raise YaluError(f"{path.name}: {fault}clear its outputs first", exit_code=2)
        text = path.read_text(encoding="utf-8")
        json.loads(text)
    except OSError as error:
        raise YaluError(f"{path}: cannot be read ({error.strerror})", exit_code=2) from None
    except (ValueError, RecursionError):
        raise YaluError(f"{path.name}: no notebook: it is not JSON in UTF-8", exit_code=2) from None
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        reason = " ".join(str(error).split())[:100]
        raise YaluError(f"{path.name}: no notebook that can be read ({reason})",
                        exit_code=2) from None  # fmt: skip
    kernel = notebook.metadata.get("kernelspec", {})
    name = kernel.get("name", "python")
    language = notebook.metadata.get("language_info", {}).get("name") or kernel.get("language")
    language = str(language or ("python" if "python" in name or "conda" in name else name))
    if language.lower() not in ("python", "ipython"):
        raise YaluError(f"{path.name}: written in {language[:20]}; allowed: Python", exit_code=2)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any(cell.source.strip() for cell in codes):
        raise YaluError(f"{path.name}: has no cell of code", exit_code=2)
    for cell in codes:
        cell.outputs, cell.execution_count = [], None
    return notebook


def plain_python(source: str) -> tuple[str, list[str]]:
    """Return a cell's code as plain Python, and the lines that were left out as comments.

    Code after a magic that runs it stays. Raises SyntaxError or ValueError where it is no Python.
    """
    kept = re.sub(r"\\\s*\Z", "", source.replace("\r\n", "\n"))  # a line that nothing continues
    first, _, body = kept.lstrip().partition("\n")
    if first.startswith("%%"):
        if re.split(r"\W", first[2:])[0] not in _RUNS:
            return "\n".join(f"{_LEFT_OUT}{line}" for line in kept.split("\n")), [first]
        return plain_python(body)
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        compile(kept, "cell", "exec", flags)
        return kept, []
    except SyntaxError:
        made = TransformerManager().transform_cell(kept.translate(_WITHIN))
    lines, left_out = made.rstrip("\n").split("\n"), []
    tree: Any = compile(made, "cell", "exec", flags)
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.Expr)):
        call: Any = node.value
        if not ast.unparse(call).startswith("get_ipython()."):
            continue
        said = [one.value for one in call.args]
        indent, is_line = lines[node.lineno - 1][: node.col_offset], len(said) == 2
        if is_line and said[0] in _RUNS and isinstance(node, ast.Expr):
            new = plain_python(said[1])[0]
        else:
            assigned = f"{ast.unparse(node.targets[0])} = " if isinstance(node, ast.Assign) else ""
            sign = {"system": "!", "getoutput": "!"}.get(call.func.attr, "%" * is_line)
            left_out.append(assigned + sign + " ".join(said).strip())
            new = "pass  " * bool(indent) + _LEFT_OUT + left_out[-1]
        lines[node.lineno - 1 : node.end_lineno] = [
            indent + new, *[""] * ((node.end_lineno or 0) - node.lineno)
        ]  # fmt: skip
    back = {made: kept for kept, made in _WITHIN.items()}
    return "\n".join(lines).translate(back), [line.translate(back) for line in left_out]


# Files that the code names ---------------------------------------------------------------------

# a text in code that is an address or a path of one machine, and the name of the file at its end
ELSEWHERE = re.compile(
    r"""(["'])((?:(?:https?|ftp|s3|gs):/|[a-z]:|~)?[\\/][^"'\n{}]*?([^"'\\/\n{}?]+\.\w{2,8})"""
    r"""(?:\?[^"'\n]*)?)\1""", re.IGNORECASE,
)  # fmt: skip
_ABOVE = r"""(?<!\.)\.\.(?!\.)["'\s,/\\]*"""


def levels_above(code: str) -> int:
    """Return how many folders above its own the paths in code lead: 2 for "../../data"."""
    runs = re.findall(f"(?:{_ABOVE})+", code)
    return max((run.count("..") for run in runs), default=0)


# Constants that may become parameters ----------------------------------------------------------

# names that mean something else before or beside the constant
_NAMES = {*dir(builtins), "ch", "Chapter", "outside", "altair"}
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")


@dataclass(frozen=True)
class Constant:
    """A name that a notebook sets once to a number or a text: which cell, which lines of it."""

    name: str
    value: float | int | str
    cell: int
    first: int
    last: int

    @property
    def type(self) -> str:
        """The type of the parameter that it would be."""
        if isinstance(self.value, str):
            is_date = _DATE.fullmatch(self.value)
            return ("date" if is_date[1] else "month") if is_date else "choice"
        return "integer" if isinstance(self.value, int) else "number"

    def bounds(self) -> dict[str, Any]:
        """Return wide bounds of such a parameter, of a text itself, none of a date."""
        if isinstance(self.value, str):
            return {"choices": [self.value]} if self.type == "choice" else {}
        if 0 <= self.value <= 1 and isinstance(self.value, float):
            return {"min": 0, "max": 1}
        reach = 10 ** math.ceil(math.log10(max(abs(self.value), 1) * 2))
        return {"min": 0 if self.value >= 0 else -reach, "max": reach}


def constants(codes: list[str]) -> list[Constant]:
    """Return the constants of a notebook's cells, in order.

    A constant is set at the top level, on lines of its own, to a finite number or a short text,
    nothing else in the notebook sets the name, and something uses it.
    """
    trees, words = [ast.parse(code) for code in codes], re.findall(r"\w+", "\n".join(codes))
    times = Counter(name for tree in trees for name in _names_set(tree))
    found = []
    for number, tree in enumerate(trees):
        spans = [(node.lineno, node.end_lineno or node.lineno) for node in tree.body]
        for node, (first, last) in zip(tree.body, spans, strict=True):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(ast.Name(id=name)):
                    value = _number_or_text(node.value) if node.value else None
                case _:
                    continue
            alone = sum(start <= last and end >= first for start, end in spans) == 1
            is_own = name[0] != "_" and name not in _NAMES and times[name] == 1
            if value is not None and alone and is_own and words.count(name) > 1:
                found.append(Constant(name, value, number, first, last))
    return found


def _names_set(tree: ast.AST) -> Iterator[str]:
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


def _number_or_text(node: ast.expr) -> float | int | str | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(value, str):
        if _DATE.fullmatch(value):
            try:
                date.fromisoformat(value if len(value) == 10 else f"{value}-01")
            except ValueError:
                return None
        is_name = re.search(r"[/\\]|\.\w+$", value)
        return value if value.isprintable() and 0 < len(value) <= 60 and not is_name else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and abs(value) < 1e15 else None


def without_constants(code: str, taken: Iterable[Constant]) -> str:
    """Return a cell's code without the lines that set constants."""
    gone = {line for one in taken for line in range(one.first, one.last + 1)}
    return "\n".join(line for n, line in enumerate(code.split("\n"), 1) if n not in gone)
