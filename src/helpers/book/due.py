"""Due: which chapters must run again, and why.

Beside each executed notebook lies a record of what it rests on, name to content hash: the
notebook, its sidecar and all else that the run read, the modules that it imports, the
locked environment.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.book.imports import notebook_modules
from helpers.book.inputs import (
    book_files,
    changed,
    claim_digests,
    code_files,
    digest,
    environment,
    file_digest,
)

LOCKED = "requirements.txt"
_OUTPUT = "its executed notebook"
_PARAMETERS = "its parameters"
_SHOWN = 4
Read = tuple[str, str]


class Contents:
    """The content hashes of the book as it was when this object was made, read once."""

    def __init__(self, root: Path) -> None:
        """Read the hashes that every chapter shares."""
        self.root = root
        self._code = code_files()
        self._common = environment() | {LOCKED: file_digest(root / LOCKED)}
        self._claims = claim_digests(root)
        self._files = book_files(root)

    def parts(
        self, source: Path, parameters: Mapping[str, Any] | None, reads: list[Read]
    ) -> dict[str, str]:
        """Return name to hash of all that a run rests on, given what it read."""
        own = source.relative_to(self.root).as_posix()
        modules = {name: self._code.get(name, "") for name in notebook_modules(source)}
        files = {name: self._file(name) for name in (own, *self._names(reads))}
        claims = {f"claim {i}": self._claims.get(i, "") for kind, i in reads if kind == "row"}
        given = {_PARAMETERS: digest(json.dumps(dict(parameters or {}), sort_keys=True))}
        return self._common | modules | files | claims | given

    def _names(self, reads: list[Read]) -> list[str]:
        tables = [f"data/clean/{name}.csv" for kind, name in reads if kind == "table"]
        return tables + [name for kind, name in reads if kind == "file"]

    def _file(self, name: str) -> str:
        if name not in self._files:
            self._files[name] = file_digest(self.root / name)
        return self._files[name]


def record_path(executed: Path) -> Path:
    """Return where the record of an executed notebook lies."""
    return executed.with_suffix(".rests.json")


def keep(executed: Path, reads: list[Read], parts: dict[str, str]) -> None:
    """Write the record of a run that succeeded."""
    content = {"reads": reads, "parts": parts, "output": file_digest(executed)}
    record_path(executed).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def forget(executed: Path) -> None:
    """Drop an executed notebook that is about to be replaced, and its record."""
    record_path(executed).unlink(missing_ok=True)
    executed.unlink(missing_ok=True)


def why(
    source: Path, executed: Path, contents: Contents, parameters: Mapping[str, Any] | None = None
) -> list[str]:
    """Return what has changed for a chapter since it ran, an empty list where nothing has."""
    try:
        kept = json.loads(record_path(executed).read_text(encoding="utf-8"))
        reads = [(kind, name) for kind, name in kept["reads"]]
        before, output = dict(kept["parts"]), kept["output"]
    except (OSError, ValueError, KeyError, TypeError):
        return ["not run yet"]
    if output != file_digest(executed):
        return [f"{_OUTPUT} changed"]
    return [
        f"{_label(name)} changed"
        for name in changed(before, contents.parts(source, parameters, reads))
    ]


def _label(name: str) -> str:
    return name.removesuffix(".csv")


def in_a_line(reasons: list[str]) -> str:
    """Return reasons in one line: the first few, and how many more there are."""
    names = [reason.removesuffix(" changed") for reason in reasons]
    if names == reasons:
        return ", ".join(reasons)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more} changed"
