"""Reading: what a run reads of the book, noted by name as it is read.

Where the environment variable YALU_READS names a file, each thing that is read goes into it
once, a line each: "row ID" for a claim, "table NAME" for a clean table, "file PATH" for a
file below the book's root. The build keeps the notes and runs a chapter again when one of
these has changed.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.errors import YaluError
from helpers.paths import book_root

VARIABLE = "YALU_READS"
ROW, TABLE, FILE = "row", "table", "file"
# folders of the book that hold code and what was made from it
_NO_INPUTS = {"_build", "src", "tests", ".venv", ".git", "runs"}

_noted: set[tuple[str, str, str]] = set()
_quiet = 0


def note(kind: str, name: str) -> None:
    """Note that something was read, where the run asks for notes."""
    target = os.environ.get(VARIABLE)
    if not target or _quiet or (target, kind, name) in _noted:
        return
    _noted.add((target, kind, name))
    with unnoted(), open(target, "a", encoding="utf-8") as notes:
        notes.write(f"{kind} {name}\n")


@contextmanager
def unnoted() -> Iterator[None]:
    """Read without a note: what is read within is noted by other means."""
    global _quiet
    _quiet += 1
    try:
        yield
    finally:
        _quiet -= 1


def read_notes(target: Path) -> list[tuple[str, str]]:
    """Return what a run has noted in a file, sorted: kind and name of each thing read."""
    text = target.read_text(encoding="utf-8") if target.is_file() else ""
    return sorted({(kind, name) for kind, _, name in (s.partition(" ") for s in text.splitlines())})


def _note_opened(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _quiet or not os.environ.get(VARIABLE):
        return
    path, mode = arguments[0], arguments[1]
    # calls below Python's own open give no mode, and may name files relative to any folder
    is_read = "r" in mode if mode else isinstance(path, str) and os.path.isabs(path)
    if isinstance(path, str) and is_read:
        with unnoted():
            name = _below_root(path)
        if name:
            note(FILE, name)


def _below_root(path: str) -> str | None:
    """Return a file's name below the book's root; None for another's, for code and for builds."""
    try:
        name = Path(os.path.realpath(path)).relative_to(book_root())
    except (ValueError, OSError, YaluError):
        return None
    is_input = name.parts[:1] and name.parts[0] not in _NO_INPUTS and os.path.isfile(path)
    return name.as_posix() if is_input else None


# An audit hook stays until the process ends; without the variable it does nothing.
sys.addaudithook(_note_opened)
