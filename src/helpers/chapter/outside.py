"""Files that came with an adopted notebook and are no evidence of the book yet."""

from pathlib import Path

from helpers.errors import YaluError
from helpers.paths import book_root

FOLDER = "data/outside"


def outside(chapter: str, name: str) -> Path:
    """Return the path of a file that was adopted with a chapter's notebook, in data/outside.

    Its rows name no source: what a chapter keeps of it belongs into the ledger or a series.
    Raises YaluError where there is no such file.
    """
    path = book_root() / FOLDER / chapter / name
    if not path.is_file():
        raise YaluError(f"{FOLDER}/{chapter}/{name}: no such file")
    return path
