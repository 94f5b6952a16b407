"""Foreign notebooks: read one that follows other rules, and find its paths and constants."""

import ast
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
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
    kept = source.replace("\r\n", "\n")
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

_ADDRESS = re.compile(r"(?:https?|ftp|s3|gs)://", re.IGNORECASE)
_DATA = (".csv", ".tsv", ".json", ".jsonl", ".xlsx", ".xls", ".parquet", ".feather", ".txt",
         ".geojson", ".sqlite", ".db", ".dta", ".sav", ".zip", ".gz")  # fmt: skip
_WRITES = re.compile(r"to_[a-z]+|save[a-z]*|dump|write[a-z_]*")


@dataclass(frozen=True)
class DataPath:
    """A string in a cell's code that names a data file or an address, and whether it is written."""

    text: str
    node: ast.Constant
    is_written: bool

    @property
    def is_address(self) -> bool:
        """Whether it is on another host."""
        return bool(_ADDRESS.match(self.text))

    @property
    def is_absolute(self) -> bool:
        """Whether it is an absolute path, of one machine only."""
        kinds = (PurePosixPath(self.text), PureWindowsPath(self.text))
        return any(path.is_absolute() for path in kinds) or self.text.startswith("~")

    @property
    def file(self) -> str:
        """The name of the file, without folders."""
        return PureWindowsPath(self.text.partition("?")[0]).name


def data_paths(code: str) -> list[DataPath]:
    """Return the strings in a cell's code that name data files or addresses, in order."""
    tree = ast.parse(code)
    written: set[int] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        modes = [*call.args[1:], *(k.value for k in call.keywords if k.arg == "mode")]
        mode = "".join(str(m.value) for m in modes if isinstance(m, ast.Constant))
        if _WRITES.fullmatch(name) or (name == "open" and set(mode) & set("wax")):
            written |= {id(argument) for argument in call.args}
    # a name that is put together cannot be replaced in parts
    together = (
        node for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.BinOp)
        or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("format", "join"))
    )  # fmt: skip
    parts = {id(part) for node in together for part in ast.walk(node)}
    found = [
        DataPath(node.value, node, id(node) in written)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in parts and "\n" not in node.value and len(node.value) <= 500
        if _ADDRESS.match(node.value)
        or node.value.lower().endswith(_DATA)
        or (id(node) in written and PurePosixPath(node.value).suffix)
    ]
    return sorted(found, key=lambda one: (one.node.lineno, one.node.col_offset))


def with_new_paths(code: str, new: Iterable[tuple[ast.Constant, str]]) -> str:
    """Return a cell's code with expressions in the place of strings, given in order."""
    lines = code.split("\n")
    for node, expression in reversed([*new]):
        if node.end_lineno == node.lineno:
            line = lines[node.lineno - 1].encode()
            after = line[node.end_col_offset :]
            lines[node.lineno - 1] = (
                line[: node.col_offset] + expression.encode() + after
            ).decode()
    return "\n".join(lines)


# Constants that may become parameters ----------------------------------------------------------

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

    A constant is set at the top level, on lines of its own, to a finite number or a short text, and
    nothing else in the notebook sets the name.
    """
    trees = [ast.parse(code) for code in codes]
    times = Counter(name for tree in trees for name in _names_set(tree))
    found = []
    for number, tree in enumerate(trees):
        spans = [(node.lineno, node.end_lineno or node.lineno) for node in tree.body]
        for node, (first, last) in zip(tree.body, spans, strict=True):
            if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                continue
            target = node.targets[0]
            if not isinstance(target, ast.Name):
                continue
            value = _number_or_text(node.value)
            alone = sum(start <= last and end >= first for start, end in spans) == 1
            if value is not None and alone and times[target.id] == 1 and target.id[0] != "_":
                found.append(Constant(target.id, value, number, first, last))
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
        is_name = _ADDRESS.match(value) or re.search(r"[/\\]|\.\w+$", value)
        return value if value.isprintable() and 0 < len(value) <= 60 and not is_name else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and abs(value) < 1e15 else None


def without_constants(code: str, taken: Iterable[Constant]) -> str:
    """Return a cell's code without the lines that set constants."""
    gone = {line for one in taken for line in range(one.first, one.last + 1)}
    return "\n".join(line for n, line in enumerate(code.split("\n"), 1) if n not in gone)
