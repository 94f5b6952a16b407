"""Reads: the files and addresses that a notebook's code names, and files put in their place."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

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
