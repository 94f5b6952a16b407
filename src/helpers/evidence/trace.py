"""Trace what is read of the book: claims, documents, tables, files, folders.

Within `trace()` a record is kept. Where the environment variable YALU_TRACE names a file, all
that this process reads is written there as well, a line each: what a build, a fork and the next
build need to know of a chapter.
"""

import functools
import importlib.util
import json
import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from helpers import paths
from helpers.errors import YaluError
from helpers.paths import book_root

VARIABLE = "YALU_TRACE"
# folders of the book that hold what was made from it, and Python's own
_NO_INPUTS = {"_build", ".git", ".venv"}
_CODE = Path(__file__).resolve().parent.parent
_SYSTEM = (
    sysconfig.get_path("stdlib"), f"{sys.prefix}/bin", f"{sys.prefix}/share",
    f"{sys.prefix}/etc", str(_CODE), "/proc", "/sys", "/dev", "/etc", "/usr/lib", "/usr/share",
)  # fmt: skip
_PACKAGES = {"site-packages", "dist-packages"}
_LISTING = {"os.listdir", "os.scandir"}
# ways to read that leave no trace: a chapter that uses one runs in each build
_HIDDEN = {
    "os.system", "os.exec", "os.posix_spawn", "sqlite3.connect", "subprocess.Popen",
    "ctypes.dlopen",
}  # fmt: skip


@dataclass
class Trace:
    """What was read.

    `claims` (by id) and `sources` (documents that rows of series name) were counted, `looked_up`
    are claims that were at least read. `tables` were read as a whole, of `columns` of claims every
    cell. `files` and `folders` are paths from the book's root, or
    absolute. `asked` are paths of which it was asked whether they are there, `paths` folders in
    which modules were looked for. `hidden` are acts of reading that cannot be traced.
    """

    claims: set[str] = field(default_factory=set)
    looked_up: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)


_open: list[Trace] = []
_written: set[tuple[str, str, str]] = set()
_quiet = 0


@contextmanager
def trace() -> Iterator[Trace]:
    """Record what is read meanwhile; an outer trace records it too."""
    record = Trace()
    _open.append(record)
    try:
        yield record
    finally:
        _open[:] = [one for one in _open if one is not record]


def note(kind: str, names: Iterable[str]) -> None:
    """Note that something is being read; `kind` is the name of a field of `Trace`."""
    target = os.environ.get(VARIABLE)
    if not target and not _open:
        return
    names = set(names)
    for record in _open:
        getattr(record, kind).update(names)
    new = {(target, kind, name) for name in names} - _written if target else set()
    if target and new:
        _written.update(new)
        with untraced(), open(target, "a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps([kind, name])}\n" for _, _, name in sorted(new))


@contextmanager
def untraced() -> Iterator[None]:
    """Open files without a note: what is read within is noted by other means."""
    global _quiet
    _quiet += 1
    try:
        yield
    finally:
        _quiet -= 1


def read_trace(file: Path) -> Trace:
    """Return what a process has written of its reading, an empty trace where there is none."""
    found = Trace()
    for line in file.read_text("ascii").split("\n")[:-1] if file.is_file() else ():
        kind, name = json.loads(line)
        getattr(found, kind).add(name)
    return found


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what an audit event of Python tells of reading."""
    if event not in ("open", "import") and event not in _LISTING and event not in _HIDDEN:
        return
    if _quiet or not os.environ.get(VARIABLE):
        return
    with untraced():
        if event in _HIDDEN:
            note("hidden", [event] if _from_cell() else ())
        elif event == "import":
            # what comes into one of these folders may come before the module that was found
            if arguments[1]:
                _note("files", arguments[1])
            elif _from_cell(imports=True):
                for place in arguments[2] or ():
                    _note("paths", place or ".")
        elif not isinstance(arguments[0], int):
            path = os.fsdecode(arguments[0] or ".")
            if _is_read(event, path, *arguments[1:3]):
                _note("folders" if event in _LISTING else "files", path)


def _is_read(event: str, path: str, mode: str | None = None, flags: int = 0) -> bool:
    """Return whether a file is read, or a folder or a missing file is asked for by a cell."""
    if event in _LISTING:
        return _from_cell()
    is_read = "r" in mode if mode else not flags & (os.O_WRONLY | os.O_RDWR)
    return is_read and not os.path.isdir(path) and (os.path.exists(path) or _from_cell())


def _note(kind: str, path: str) -> None:
    """Note an input by its path from the book's root, or absolute; not what is of Python."""
    path = os.path.abspath(path)
    if path.startswith(_SYSTEM) or not _PACKAGES.isdisjoint(Path(path).parts):
        return
    if path.endswith(".pyc") and "__pycache__" in path:
        path = importlib.util.source_from_cache(path)
    try:
        root = book_root()
    except YaluError:
        return
    for place in (Path(path), Path(os.path.realpath(path))):
        if place.is_relative_to(root):
            name = place.relative_to(root)
            if name.parts[:1] and name.parts[0] in _NO_INPUTS:
                # what comes of a build or of git is no input; a cell that reads it runs each time,
                # save of the copies that are made anew in each run, see `helpers.chapter.outside`
                is_copy = name.parts[:2] == ("_build", "outside")
                note("hidden", [name.parts[0]] if not is_copy and _from_cell(ours=False) else ())
            elif name.parts[:2] != ("src", "helpers"):
                note(kind, [name.as_posix()])
            return
    if _from_cell(imports=True):
        note(kind, [path])


def _from_cell(imports: bool = False, ours: bool = True) -> bool:
    """Return whether a cell of a notebook is running, or a thread that perhaps a cell began.

    Not where it imports, save with `imports`; not, without `ours`, where it calls our package.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        # also importlib.metadata, which lists every folder of Python's path; where the book lies
        file = frame.f_code.co_filename
        if (
            ("importlib" in file and not imports)
            or file == paths.__file__
            or (not ours and file.startswith(str(_CODE)) and file != __file__)
        ):
            return False
        if frame.f_globals.get("__name__") == "__main__" and "get_ipython" in frame.f_globals:
            return True
        frame = frame.f_back
    return ours and threading.current_thread() is not threading.main_thread()


def _asking(stat: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
    """Return `os.stat` or `os.lstat`, of which no audit event tells, with a note of what it asks.

    So ask `exists`, `glob` and the like, also where a library calls them.
    """

    @functools.wraps(stat)
    def asked(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        if not _quiet and os.environ.get(VARIABLE) and not isinstance(path, int) and _from_cell():
            with untraced():
                _note("asked", os.fsdecode(path))
        return stat(path, *arguments, **options)

    return asked


# `os.stat` as it was: for our own readers, which note what they read
untraced_stat = os.stat
# An audit hook stays for as long as the process; without the variable it does nothing.
sys.addaudithook(_audit)
setattr(os, "stat", _asking(os.stat))  # noqa: B010
setattr(os, "lstat", _asking(os.lstat))  # noqa: B010
