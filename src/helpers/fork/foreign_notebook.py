"""Outsiders: reading a notebook that somebody else has written, and what is wrong with it."""

import ast
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
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


_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(\s*([^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(\s*([^)\s]+)[^)]*\)")
_PAGE_LINK = re.compile(r"\[([^\[\]]+)\]\((?:\./)?([A-Za-z0-9_]+)\.(?:md|ipynb)(?:#[^)\s]*)?\)")
_OUTSIDE = re.compile(r"https?://|mailto:", re.IGNORECASE)
_TAG = re.compile(r"</?(?:img|script|iframe|link|style|video|audio|object|embed)\b[^>]*>", re.I)


def title_of(cells: list[str], otherwise: str) -> str:
    """Return the first heading of the first level in Markdown cells, or another title."""
    for line in (line for text in cells for line in _outside_code(text)):
        found = _HEADING.match(line)
        if found and len(found[1]) == 1:
            return " ".join(found[2].split())
    return otherwise


def _outside_code(text: str) -> list[str]:
    lines, fenced = [], False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            lines.append(line)
    return lines


class Headings:
    """Levels of headings, none skipped and one title only, from cell to cell."""

    def __init__(self, title: str) -> None:
        """Begin below the page's title."""
        self._title, self._seen, self._level = title, False, 1

    def settled(self, text: str) -> str:
        """Return a cell's Markdown with its headings settled; the title itself goes."""
        lines, fenced = [], False
        for line in text.splitlines():
            fenced ^= bool(_FENCE.match(line))
            found = None if fenced else _HEADING.match(line)
            lines += [line] if found is None else self._heading(len(found[1]), found[2])
        return "\n".join(lines).strip("\n")

    def _heading(self, level: int, words: str) -> list[str]:
        if level == 1 and not self._seen and " ".join(words.split()) == self._title:
            self._seen = True
            return []
        self._level = min(max(level, 2), self._level + 1)
        return [f"{'#' * self._level} {words}"]


def without_foreign(text: str, folder: Path, chapter: str) -> tuple[str, list[str], list[Path]]:
    """Return Markdown that asks for nothing, what was changed, and pictures to bring along.

    Links within the notebook's folder become plain words, pictures on other hosts links to
    them. Pictures beside the notebook are returned; the text has them under the chapter's name.
    """
    told: list[str] = []
    pictures: list[Path] = []

    def picture(match: re.Match[str]) -> str:
        words, target = match[1] or "picture", match[2]
        path = folder / target
        if _OUTSIDE.match(target):
            told.append(f"the picture {target[:60]} is on another host: it is a link now")
            return f"[{words}]({target})"
        if path.is_file() and path.suffix.lower() in (".png", ".jpg", ".jpeg", ".svg", ".gif"):
            pictures.append(path)
            return f"![{words}](images/{chapter}-{path.name})"
        told.append(f"the picture {target[:60]} is not beside the notebook: its words are left")
        return words

    def link(match: re.Match[str]) -> str:
        if _OUTSIDE.match(match[2]):
            return match[0]
        told.append(f"the link to {match[2][:60]} leads nowhere in the book: its words are left")
        return match[1]

    def tag(match: re.Match[str]) -> str:
        told.append(f"the tag {match[0][:40]} was taken out")
        return ""

    settled = _TAG.sub(tag, _LINK.sub(link, _PICTURE.sub(picture, text)))
    return settled, told, pictures


def without_links(text: str, pages: Iterable[str]) -> str:
    """Return text with links to pages of a book other than `pages` as plain words."""
    known = set(pages)
    return _PAGE_LINK.sub(lambda match: match[0] if match[2] in known else match[1], text)


_ADDRESS = re.compile(r"(?:https?|ftp|s3|gs)://", re.IGNORECASE)
_DATA = (".csv", ".tsv", ".json", ".jsonl", ".xlsx", ".xls", ".parquet", ".feather", ".txt",
         ".geojson", ".sqlite", ".db", ".dta", ".sav", ".zip", ".gz")  # fmt: skip
_WRITES = re.compile(r"to_[a-z]+|save[a-z]*|dump|write[a-z_]*")


@dataclass(frozen=True)
class Named:
    """A text in a cell's code that names a file or an address, and whether code writes there."""

    text: str
    cell: int
    node: ast.Constant
    writes: bool

    @property
    def is_address(self) -> bool:
        """Whether it is on another host."""
        return bool(_ADDRESS.match(self.text))

    @property
    def is_absolute(self) -> bool:
        """Whether it holds only on one machine."""
        kinds = (PurePosixPath(self.text), PureWindowsPath(self.text))
        return any(path.is_absolute() for path in kinds) or self.text.startswith("~")

    @property
    def file(self) -> str:
        """The name of the file, without folders."""
        return PureWindowsPath(self.text.partition("?")[0]).name


def named(codes: list[str]) -> list[Named]:
    """Return the texts in a notebook's code that name data files or addresses, in order."""
    found = []
    for number, code in enumerate(codes):
        tree = ast.parse(code)
        written = _written(tree)
        parts = _parts_of_texts(tree)
        found += [
            Named(node.value, number, node, id(node) in written)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in parts and _is_named(node.value)
        ]
    return sorted(found, key=lambda one: (one.cell, one.node.lineno, one.node.col_offset))


def _is_named(text: str) -> bool:
    if "\n" in text or len(text) > 500:
        return False
    return bool(_ADDRESS.match(text)) or text.lower().endswith(_DATA)


def _parts_of_texts(tree: ast.AST) -> set[int]:
    """Return the constants that are parts of f-strings, which cannot be replaced alone."""
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    return {id(part) for text in texts for part in ast.walk(text)}


def _written(tree: ast.AST) -> set[int]:
    """Return the constants that are handed to a call that writes."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            modes = [a.value for a in node.args[1:] if isinstance(a, ast.Constant)]
            opens = name == "open" and any(
                isinstance(m, str) and set(m) & set("wax") for m in modes
            )
            if _WRITES.fullmatch(name) or opens:
                found |= {id(argument) for argument in node.args}
    return found


def replaced(code: str, cell: int, found: list[Named], by: Mapping[str, str]) -> str:
    """Return a cell's code with its file names replaced: `by` maps text to an expression."""
    lines = code.splitlines()
    here = [one for one in found if one.cell == cell and one.text in by and not one.writes]
    for one in sorted(here, key=lambda n: (n.node.lineno, n.node.col_offset), reverse=True):
        node = one.node
        if node.end_lineno == node.lineno and node.end_col_offset is not None:
            line = lines[node.lineno - 1].encode()
            new = line[: node.col_offset] + by[one.text].encode() + line[node.end_col_offset :]
            lines[node.lineno - 1] = new.decode()
    return "\n".join(lines)


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
