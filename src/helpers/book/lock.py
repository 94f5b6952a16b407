"""Lock: one process at a time; a second one says that it waits for the first."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

FILE = "_build/.lock"


@contextmanager
def held(file: Path, waiting: str, report: Callable[[str], None]) -> Iterator[bool]:
    """Hold the lock of a file; yields whether another process had to be waited for.

    `waiting` is said, with the number of that process, before waiting. The system lets go of
    the lock of a process that is gone, however it ended.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    holder = file.with_name(f"{file.name}.holder")
    lock, waited = FileLock(file), False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(f"{waiting}{_number(holder)}; waiting for it")
        lock.acquire()
        waited = True
    try:
        holder.write_text(str(os.getpid()))
        yield waited
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def building(root: Path, report: Callable[[str], None]) -> AbstractContextManager[bool]:
    """Hold the book's lock, for a build."""
    return held(root / FILE, "book: another build is running", report)


def _number(holder: Path) -> str:
    try:
        return f" (process {int(holder.read_text())})"
    except (OSError, ValueError):
        return ""
