"""Where the book lies: its root folder and the folders below it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from helpers.errors import YaluError

# the published site, and the executed notebooks behind it to hold reruns against
SITE = Path("_build/html")
PUBLISHED = Path("_build/published")
# for each claim and statement the pages that show it
USAGE = Path("_build/usage.json")
_MARKS = ("_config.yml", "_toc.yml", "chapters")


def _lacks(folder: Path) -> list[str]:
    """Return what a folder lacks to be a book."""
    try:
        return [mark for mark in _MARKS if not (folder / mark).exists()]
    except (OSError, ValueError):  # no path at all
        return list(_MARKS)


def book_root() -> Path:
    """Return the book's root: YALU_BOOK, the current folder or one above it, or this checkout.

    Raises YaluError where none of them is a book.
    """
    named = os.environ.get("YALU_BOOK")
    return _named(named) if named else _around(os.getcwd())


# asked tens of thousands of times in a run, and the answer is a matter of folders
@lru_cache(maxsize=8)
def _named(named: str) -> Path:
    gone = _lacks(Path(named))
    if not gone:
        return Path(named).resolve()
    raise YaluError(f"YALU_BOOK: {named} holds no book; it lacks {', '.join(gone)}", exit_code=2)


@lru_cache(maxsize=8)
def _around(here: str) -> Path:
    for folder in (Path(here), *Path(here).parents, *Path(__file__).resolve().parents):
        gone = _lacks(folder)
        if len(gone) == 1:
            raise YaluError(f"{gone[0]}:1: found no file; allowed: a book has "
                            f"{', '.join(_MARKS)}; put it back into {folder}")  # fmt: skip
        if not gone:
            return folder
    raise YaluError("no book here: go to a folder that holds _config.yml, _toc.yml and chapters/, "
                    "or set YALU_BOOK to one", exit_code=2)  # fmt: skip


@contextmanager
def in_book(root: Path) -> Iterator[None]:
    """Have `book_root` return `root` within the block, in any folder."""
    before = os.environ.get("YALU_BOOK")
    os.environ["YALU_BOOK"] = str(root)
    try:
        yield
    finally:
        if before is None:
            del os.environ["YALU_BOOK"]
        else:
            os.environ["YALU_BOOK"] = before
