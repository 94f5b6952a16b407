"""Lineage: which book a fork or a kit was made from, and how its claims stood there."""

import json
from dataclasses import asdict, dataclass
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
    `claims` maps claim id to `sha256`, the hash of its content, and `why` the fork has it.
    """

    format: int
    book: dict[str, Any]
    chapter: str
    forked_on: str
    claims: dict[str, dict[str, str]]

    def to_json(self) -> bytes:
        """Return the file that holds the lineage."""
        return json_text(asdict(self)).encode()


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
