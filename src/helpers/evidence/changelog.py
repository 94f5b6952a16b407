"""Changelog: what changed in the ledger from one saved state to the next, kept as a table.

The book is built from this table and never from git, so that a copy without history gives
the same pages.
"""

import csv
import io
import re
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from helpers.errors import YaluError
from helpers.evidence.failures import Failure, shown
from helpers.evidence.history import Change, Log, log
from helpers.files import write_file
from helpers.git import git_line
from helpers.paths import book_root

FILE = "data/ledger_log.csv"
KINDS = ("added", "withdrawn", "changed")
ROW = "row"
_DATE, _COMMIT = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"[0-9a-f]{12}")
# What tells a claim from another one when it comes or goes.
_TOLD = (
    "indicator", "qualifier", "value", "low", "high", "unit", "per", "place", "population",
    "period_start", "period_end", "source_id",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One cell that changed, or one claim that came or went.

    `date` and `commit` (twelve digits) are those of the state in which it is so. For a
    claim that was added or withdrawn `field` is "row" and `new` or `old` says what it was.
    """

    date: str
    commit: str
    kind: str
    claim_id: str
    field: str
    old: str
    new: str


HEADER = [column.name for column in fields(Entry)]


def read_log(root: Path | None = None) -> list[Entry] | None:
    """Return the entries in the order of saving, None where the book keeps no log.

    Raises YaluError with one line for each row that is not as the codebook says.
    """
    path = (root or book_root()) / FILE
    if not path.is_file():
        return None
    try:
        table = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise YaluError(f"{FILE}: cannot be read as CSV in UTF-8: {error}") from None
    if table[:1] != [HEADER]:
        found = shown(",".join(table[0] if table else []))
        raise YaluError(str(Failure(FILE, 1, "", found, ",".join(HEADER), "mend the header")))
    rows = [(number, row) for number, row in enumerate(table[1:], start=2) if row]
    faults = [str(fault) for number, row in rows if (fault := _fault(number, row))]
    if faults:
        raise YaluError(*faults)
    return [Entry(*row) for _, row in rows]


def _fault(number: int, row: list[str]) -> Failure | None:
    """Return what is wrong with a row of the table (counted from the header, 1), or None."""
    hint = "put back what yalu ledger log --save wrote"
    if len(row) != len(HEADER):
        return Failure(FILE, number, "", f"{len(row)} fields", f"{len(HEADER)} fields", hint)
    entry = Entry(*row)
    checks = (
        ("date", entry.date, _DATE.fullmatch(entry.date), "YYYY-MM-DD"),
        ("commit", entry.commit, _COMMIT.fullmatch(entry.commit), "twelve hexadecimal digits"),
        ("kind", entry.kind, entry.kind in KINDS, "|".join(KINDS)),
        ("claim_id", entry.claim_id, entry.claim_id, "a claim"),
        ("field", entry.field, entry.field, "a column or row"),
    )
    bad = ((column, cell, allowed) for column, cell, good, allowed in checks if not good)
    return next((Failure(FILE, number, c, shown(cell), a, hint) for c, cell, a in bad), None)


def save(old: str | None = None, new: str | None = None, root: Path | None = None) -> list[Entry]:
    """Append to the log what changed from one commit to another, and return those entries.

    `new` is the last commit where left out; `old` the one that the log reached, or for an
    empty log the last tag, or the first commit with the ledger. Changes that are not
    committed wait until they are. Raises YaluError as `history.log` does.
    """
    root = root or book_root()
    kept = read_log(root) or []
    new = new or "HEAD"
    found = log(old or (kept[-1].commit if kept else None), new, root)
    commit, date = _commit(new, root)
    added = [entry for entry in entries(found, date, commit) if entry not in set(kept)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([HEADER, *map(astuple, [*kept, *added])])
    write_file(root / FILE, text.getvalue())
    return added


def _commit(name: str, root: Path) -> tuple[str, str]:
    """Return the id and the day of a commit that is known to be there."""
    commit, _, day = git_line(root, "log", "-1", "--format=%H %cs", name).partition(" ")
    return commit[:12], day


def entries(found: Log, date: str, commit: str) -> list[Entry]:
    """Return a comparison of two states as entries of the log."""
    return [
        Entry(date, commit, change.kind, change.claim_id, *cells)
        for change in found.changes
        for cells in _cells(change)
    ]


def _cells(change: Change) -> list[tuple[str, str, str]]:
    if change.kind == "changed":
        return [(one.field, one.old, one.new) for one in change.differences]
    cells = change.cells()
    words = ", ".join(f"{name} {cells[name]}" for name in _TOLD if cells.get(name))
    return [(ROW, words, "") if change.kind == "withdrawn" else (ROW, "", words)]


def saved_lines(added: list[Entry]) -> list[str]:
    """Return for a terminal what was saved."""
    claims = {entry.claim_id for entry in added}
    if not added:
        return [f"{FILE}: nothing new; the ledger is as the log has it"]
    return [f"{FILE}: {len(added)} entries on {len(claims)} claims added; commit the file"]
