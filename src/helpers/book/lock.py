"""Lock: one build of a book at a time; a second one waits for the first."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

FILE = "_build/.lock"
_HOLDER = "_build/.building"


@contextmanager
def building(root: Path, report: Callable[[str], None]) -> Iterator[bool]:
    """Hold the book's lock; yields whether another build had to be waited for.

    The system lets go of the lock of a process that is gone, however it ended.
    """
    (root / FILE).parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / FILE)
    waited = False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(f"book: another build is running{_holder(root)}; waiting for it")
        lock.acquire()
        waited = True
    try:
        (root / _HOLDER).write_text(str(os.getpid()))
        yield waited
    finally:
        (root / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _holder(root: Path) -> str:
    try:
        return f" (process {int((root / _HOLDER).read_text())})"
    except (OSError, ValueError):
        return ""
