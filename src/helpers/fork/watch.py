"""Watch: what a chapter's own cells read of the ledger and the tables, noted as they read it."""

import functools
import sys
from pathlib import Path
from typing import Any

from helpers import evidence

CLAIM, TABLE = "claim", "table"


def watch(target: str) -> None:
    """Note in the file `target`, a line each, what the cells of this process read.

    "claim ID" for a claim that comes with a filter, "table NAME" for a table. Claims that are
    asked for by their ids are noted by `evidence.reading`.
    """
    path = Path(target)

    def note(kind: str, names: list[str]) -> None:
        with path.open("a", encoding="utf-8") as notes:
            notes.writelines(f"{kind} {name}\n" for name in names)

    claims, load = evidence.claims, evidence.load

    @functools.wraps(claims)
    def filtered(**wanted: Any) -> Any:
        found = claims(**wanted)
        note(CLAIM, list(found["claim_id"]))
        return found

    @functools.wraps(load)
    def noted(table: str, *rest: Any, **named: Any) -> Any:
        # the helpers read tables too, to count evidence: a chapter's cells are __main__
        if sys._getframe(1).f_globals.get("__name__") == "__main__":
            note(TABLE, [table])
        return load(table, *rest, **named)

    evidence.claims, evidence.load = filtered, noted


def notes(target: Path) -> list[tuple[str, str]]:
    """Return what was noted: kind and name, each once, sorted."""
    lines = target.read_text(encoding="utf-8").splitlines() if target.is_file() else []
    return sorted({(kind, name) for kind, _, name in (line.partition(" ") for line in lines)})
