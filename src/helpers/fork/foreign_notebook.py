"""Foreign notebooks: read one that follows other rules, and find its paths and constants."""

import ast
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import nbformat
from markdown_it import MarkdownIt

from helpers.errors import YaluError, shown_path
from helpers.files import is_file

MOST_BYTES = 20_000_000
_LEFT_OUT = "# left out, it is no Python: "
# magics, shell commands and questions to IPython
_IPYTHON = re.compile(r"\s*(?:[%!?]|\w+ *= *[%!]|[\w.]+\?+\s*$)")


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
    """Return a cell's code with magics and shell commands as comments, and those lines.

    Raises SyntaxError or ValueError where the rest is no Python.
    """
    compiled = partial(compile, filename="cell", mode="exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    try:
        compiled(source)
        return source, []
    except (SyntaxError, ValueError):
        every, lines = source.lstrip().startswith("%%"), source.splitlines()
        left_out = [line for line in lines if every or _IPYTHON.match(line)]
        if not left_out:
            raise
    plain = "\n".join(_LEFT_OUT + x.strip() if x in left_out else x for x in lines)
    compiled(plain)
    return plain, [line.strip() for line in (left_out[:1] if every else left_out)]


# Markdown --------------------------------------------------------------------------------------

_PICTURE = re.compile(r"!\[([^\]]*)\]\(\s*([^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(\s*([^)\s]+)[^)]*\)")
_REMOTE = re.compile(r"https?://|mailto:", re.IGNORECASE)
_TAG = re.compile(r"</?(?:img|script|iframe|link|style|video|audio|object|embed)\b[^>]*>", re.I)


def _headings(text: str) -> list[tuple[list[int], int, str]]:
    """Return first line and line after, level, and words of each heading of a Markdown text."""
    return [
        (token.map or [0, 0], int(token.tag[1]), " ".join(words.content.split()))
        for token, words in pairwise(MarkdownIt().parse(text))
        if token.type == "heading_open" and token.level == 0
    ]


def title_of(texts: Iterable[str], otherwise: str) -> str:
    """Return the first heading of the first level in Markdown texts, or another title."""
    found = (words for text in texts for _, level, words in _headings(text) if level == 1)
    return next(found, "") or otherwise


def with_even_headings(texts: Iterable[str], title: str) -> list[str]:
    """Return a page's Markdown cells with no level of heading skipped, all below the title.

    The first heading that is the title itself is taken out.
    """
    above, title_seen, even = 1, False, []
    for text in texts:
        lines: list[str | None] = [*text.splitlines()]
        for (first, after), level, words in _headings(text):
            lines[first:after] = [None] * (after - first)
            if level == 1 and words == title and not title_seen:
                title_seen = True
                continue
            above = min(max(level, 2), above + 1)
            lines[first] = f"{'#' * above} {words}"
        even.append("\n".join(line for line in lines if line is not None).strip("\n"))
    return even


def without_foreign(text: str, folder: Path, chapter: str) -> tuple[str, list[str], list[Path]]:
    """Return Markdown that loads nothing from elsewhere, what was changed, pictures to copy.

    Links within the notebook's folder become plain words, pictures on other hosts links to
    them. Pictures in `folder` are renamed after the chapter.
    """
    told: list[str] = []
    pictures: list[Path] = []

    def picture(match: re.Match[str]) -> str:
        words, target = match[1] or "picture", match[2]
        path = folder / target
        if _REMOTE.match(target):
            told.append(f"the picture {target[:60]} is on another host: it is a link now")
            return f"[{words}]({target})"
        if path.is_file() and path.suffix.lower() in (".png", ".jpg", ".jpeg", ".svg", ".gif"):
            pictures.append(path)
            return f"![{words}](images/{chapter}-{path.name})"
        told.append(f"the picture {target[:60]} is not in its folder: its words are left")
        return words

    def link(match: re.Match[str]) -> str:
        if _REMOTE.match(match[2]):
            return match[0]
        told.append(f"the link to {match[2][:60]} leads nowhere in the book: its words are left")
        return match[1]

    def tag(match: re.Match[str]) -> str:
        told.append(f"the tag {match[0][:40]} was taken out")
        return ""

    return _TAG.sub(tag, _LINK.sub(link, _PICTURE.sub(picture, text))), told, pictures


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
    # parts of f-strings cannot be replaced alone
    formatted = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    parts = {id(part) for node in formatted for part in ast.walk(node)}
    found = [
        DataPath(node.value, node, id(node) in written)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in parts and "\n" not in node.value and len(node.value) <= 500
        if _ADDRESS.match(node.value) or node.value.lower().endswith(_DATA)
    ]
    return sorted(found, key=lambda one: (one.node.lineno, one.node.col_offset))


def with_new_paths(code: str, found: list[DataPath], new: Mapping[str, str]) -> str:
    """Return a cell's code with expressions in the place of path strings: `new` by string."""
    lines = code.splitlines()
    for one in reversed([one for one in found if one.text in new and not one.is_written]):
        node = one.node
        if node.end_lineno == node.lineno and node.end_col_offset is not None:
            line = lines[node.lineno - 1].encode()
            made = line[: node.col_offset] + new[one.text].encode() + line[node.end_col_offset :]
            lines[node.lineno - 1] = made.decode()
    return "\n".join(lines)


# Constants that may become parameters ----------------------------------------------------------

_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")


@dataclass(frozen=True)
class Constant:
    """A name that a notebook sets once to a number or a date: which cell, which lines of it."""

    name: str
    value: float | int | str
    cell: int
    first: int
    last: int

    @property
    def type(self) -> str:
        """The type of the parameter that it would be."""
        if isinstance(self.value, str):
            return "date" if len(self.value) == 10 else "month"
        return "integer" if isinstance(self.value, int) else "number"

    def bounds(self) -> dict[str, Any]:
        """Return wide bounds of such a parameter, none of a date."""
        if isinstance(self.value, str):
            return {}
        if 0 <= self.value <= 1 and isinstance(self.value, float):
            return {"min": 0, "max": 1}
        reach = 10 ** math.ceil(math.log10(max(abs(self.value), 1) * 2))
        return {"min": 0 if self.value >= 0 else -reach, "max": reach}


def constants(codes: list[str]) -> list[Constant]:
    """Return the constants of a notebook's cells, in order.

    A constant is set at the top level, on lines of its own, to a finite number or a date, and
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
            value = _number_or_date(node.value)
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


def _number_or_date(node: ast.expr) -> float | int | str | None:
    try:
        value = ast.literal_eval(node)
        if isinstance(value, str):
            date.fromisoformat(value if len(value) == 10 else f"{value}-01")
            return value if _DATE.fullmatch(value) else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and abs(value) < 1e15 else None


def without_constants(code: str, taken: Iterable[Constant]) -> str:
    """Return a cell's code without the lines that set constants."""
    gone = {line for one in taken for line in range(one.first, one.last + 1)}
    return "\n".join(line for n, line in enumerate(code.splitlines(), 1) if n not in gone)
