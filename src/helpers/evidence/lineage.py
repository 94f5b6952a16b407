"""Lineage: which book a fork or a kit was made from, and how its claims stood there."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from helpers.errors import YaluError
from helpers.files import json_text

LINEAGE = "LINEAGE.json"
FORMAT = 1


@dataclass(frozen=True)
class Lineage:
    """The book that a fork was made from, the chapter, the day, and its claims.

    `book` has title, name, version, address (empty where none) and commit (None without git);
    `claims` maps claim id to `sha256`, the hash of its content, and `why` the fork has it; `files`
    the series, models and helpers of the book to their hashes.
    """

    format: int
    book: dict[str, Any]
    chapter: str
    forked_on: str
    claims: dict[str, dict[str, str]]
    files: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the file that holds the lineage."""
        return json_text(asdict(self)).encode()


def file_digests(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the hash of each file or folder of code that the book at `root` has."""
    found = {}
    for name in names:
        files = [root / name, *sorted((root / name).rglob("*.py"))]
        texts = [path.read_bytes().replace(b"\r\n", b"\n") for path in files if path.is_file()]
        if texts:
            found[name] = hashlib.sha256(b"\0".join(texts)).hexdigest()
    return found


def read_lineage(root: Path) -> Lineage:
    """Return the lineage of the book at `root`. Raises YaluError where it has none."""
    try:
        lineage = Lineage(**json.loads((root / LINEAGE).read_text(encoding="utf-8")))
        hashed = all("sha256" in about for about in lineage.claims.values())
        if lineage.format == FORMAT and "name" in lineage.book and hashed:
            return lineage
    except FileNotFoundError:
        missing = f"no {LINEAGE} here: this book was not made by yalu fork"
        raise YaluError(missing, exit_code=2) from None
    except (OSError, ValueError, TypeError, AttributeError):
        pass
    raise YaluError(f"{LINEAGE}: not as yalu fork writes it; put it back", exit_code=2)
