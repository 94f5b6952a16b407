"""History: what changed in the ledger between two states, and the saved log of it."""

import re
import tempfile
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from itertools import takewhile
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.errors import Failure, YaluError, raise_failures, shown
from helpers.evidence.commands import UNKNOWN
from helpers.evidence.csv_tables import csv_bytes, read_table
from helpers.evidence.lookup import printable
from helpers.files import write_file
from helpers.git import commit_id, git, git_line, lacks_history
from helpers.inputs import DAY, is_day
from helpers.paths import book_root

CLAIMS = "data/ledger/claims.csv"
SOURCES = "data/ledger/sources.csv"
WORKING_TREE = "the working tree"
_LONGEST, _BEFORE = 160, 20


@dataclass(frozen=True)
class CellChange:
    """One cell that differs: the column (`source.` before those of the document), old, new."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One claim that was added, withdrawn or changed.

    `differences` holds every cell that differs, in the order of the columns; for an added
    or a withdrawn claim every cell that is filled.
    """

    kind: str
    claim_id: str
    differences: tuple[CellChange, ...]

    def cells(self) -> dict[str, str]:
        """Return the cells of an added or withdrawn claim, the new ones of a changed one."""
        withdrawn = self.kind == "withdrawn"
        return {one.field: one.old if withdrawn else one.new for one in self.differences}


@dataclass(frozen=True)
class Log:
    """The changes between two states, and what could not be compared.

    `only_old` and `only_new` name columns that just one of the states has.
    """

    old: str
    new: str
    changes: list[Change]
    only_old: list[str]
    only_new: list[str]


def compare_claims(old: pd.DataFrame, new: pd.DataFrame) -> list[Change]:
    """Return what changed from one table of claims to another, in order of claim id.

    Both hold text cells and a column `claim_id`, each id once; columns that only one of
    them has are not compared. The order of rows and columns does not matter. Raises
    YaluError where an id stands twice or the column is missing.
    """
    columns = [str(name) for name in new.columns if name in old.columns]
    before, after = (_rows(frame, columns) for frame in (old, new))
    changes = []
    for key in sorted({*before, *after}):
        kind = "added" if key not in before else "changed" if key in after else "withdrawn"
        one, other = before.get(key, {}), after.get(key, {})
        pairs = [(name, one.get(name, ""), other.get(name, "")) for name in columns]
        cells = tuple(CellChange(*p) for p in pairs if p[0] != "claim_id" and p[1] != p[2])
        if cells or kind != "changed":
            changes.append(Change(kind, key, cells))
    return changes


def _rows(frame: pd.DataFrame, columns: list[str]) -> dict[str, dict[Any, str]]:
    if "claim_id" not in columns:
        raise YaluError("claims without a column claim_id cannot be compared", exit_code=2)
    twice = frame.loc[frame["claim_id"].duplicated(), "claim_id"]
    if len(twice):
        raise YaluError(f"the claim {shown(str(twice.iloc[0]))} stands twice", exit_code=2)
    records = frame[columns].fillna("").astype(str).to_dict("records")
    return {row["claim_id"]: row for row in records}


def ledger_log(old: str | None = None, new: str | None = None, root: Path | None = None) -> Log:
    """Compare the claims, with their documents, at two commits or tags of the book.

    `old` is by default the last tag, or without a tag that has the ledger the first commit
    that does; `new` the files in the working tree. Raises YaluError with exit code 2 where
    there is no git, no checkout or one cut off, no such revision, no ledger in it, or none that
    can be read.
    """
    root = root or book_root()
    lacks = lacks_history(root)
    if lacks and not (old and commit_id(root, old)):
        raise YaluError(lacks, exit_code=2)
    old = old or _default(root)
    start, end = commit_id(root, old), commit_id(root, new) if new else None
    if unknown := old if not start else new if end == "" else None:
        hint = lacks or "give a commit, a branch or a tag of this checkout"
        raise YaluError(f"no revision {shown(unknown)}: {hint}", exit_code=2)
    before, after = _claims(start, root), _claims(end, root)
    return Log(
        old=_name(old, start, root),
        new=_name(new, end, root) if new and end else WORKING_TREE,
        changes=compare_claims(before, after),
        only_old=[str(name) for name in before.columns if name not in after.columns],
        only_new=[str(name) for name in after.columns if name not in before.columns],
    )


def _default(root: Path) -> str:
    """Return the last tag that has the ledger, else the first commit that does."""
    tag = git_line(root, "describe", "--tags", "--abbrev=0")
    if tag and git(root, "cat-file", "-e", f"refs/tags/{tag}:./{CLAIMS}") is not None:
        return tag
    commits = git_line(root, "log", "--diff-filter=A", "--format=%H", "--", CLAIMS).split()
    if not commits:
        raise YaluError(f"{CLAIMS}: no commit has it yet, so nothing to compare with", exit_code=2)
    return commits[-1]


def _name(given: str, commit: str, root: Path) -> str:
    """Return a revision as it was given, with its short id and day: "v1 (188d4fb, 2026-11-24)"."""
    short, _, day = git_line(root, "log", "-1", "--format=%h %cs", commit).partition(" ")
    return f"{short} ({day})" if commit.startswith(given) else f"{given} ({short}, {day})"


def _claims(commit: str | None, root: Path) -> pd.DataFrame:
    """Return the claims of a commit, or of the files where there is none, with documents."""
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        for file in (CLAIMS, SOURCES) if commit else ():
            content = git(root, "show", f"{commit}:./{file}")
            if content is None:
                raise YaluError(f"{file}: not in the book at {str(commit)[:7]}", exit_code=2)
            (Path(folder) / file).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / file).write_bytes(content)
        place = Path(folder) if commit else root
        state = f"at {commit[:7]}" if commit else "in the working tree"
        claims = _table(place, "ledger/claims", "claim_id", state)
        sources = _table(place, "ledger/sources", "source_id", state)
    sources = sources.drop_duplicates("source_id").set_index("source_id")
    if "source_id" not in claims:
        return claims
    return claims.join(sources.add_prefix("source."), on="source_id").fillna("")


def _table(root: Path, name: str, key: str, state: str) -> pd.DataFrame:
    table = read_table(root, name)
    if table.failures:
        raise YaluError(f"{state}: {table.failures[0]}", exit_code=2)
    if key not in table.frame:
        raise YaluError(f"{state}: {table.file}: no column {key}, cannot compare", exit_code=2)
    return table.frame


def log_lines(found: Log, pages: dict[str, list[str]] | None) -> list[str]:
    """Return a log as lines for a terminal; `pages` as noted by the last build, or None."""
    lines = [f"the ledger from {found.old} to {found.new}"]
    for columns, state in ((found.only_old, found.old), (found.only_new, found.new)):
        if columns:
            lines.append(f"not compared, only in {state}: {', '.join(columns)}")
    for change in found.changes:
        lines += _change_lines(change)
        if used := (pages or {}).get(change.claim_id):
            lines.append(f"  used in: {', '.join(used)}")
    kinds = [change.kind for change in found.changes]
    counts = [f"{kinds.count(kind)} {kind}" for kind in ("added", "withdrawn", "changed")]
    unknown = f"; used in: {UNKNOWN}" if pages is None and kinds else ""
    return [*map(printable, lines), f"{', '.join(counts)}{unknown}"]


def _change_lines(change: Change) -> list[str]:
    """Return a change in words: "about 80000 persons", "5..7 CNY per month", "old -> new"."""
    if change.kind == "changed":
        lines = [f"changed {change.claim_id}"]
        for one in change.differences:
            start = 0
            if max(len(one.old), len(one.new)) > _LONGEST:
                # of long cells the part from shortly before where they differ
                pairs = zip(one.old, one.new, strict=False)
                same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
                start = max(0, same - _BEFORE)
            lines.append(f"  {one.field}: {_excerpt(one.old, start)} -> {_excerpt(one.new, start)}")
        return lines
    cells = defaultdict(str, change.cells())
    low, value, high = cells["low"], cells["value"], cells["high"]
    figure = (
        "" if cells["qualifier"] == "exact" else cells["qualifier"].replace("_", " "),
        f"{low}..{high}" if low and high else value or low or high,
        cells["unit"],
        f"per {cells['per']}" if cells["per"] else "",
    )
    period = f"{cells['period_start']}..{cells['period_end']}"
    words = [" ".join(filter(None, figure)), cells["indicator"], cells["place"], period,
             cells["source_id"]]  # fmt: skip
    return [f"{change.kind} {change.claim_id}: {', '.join(filter(None, words))}"]


def _excerpt(cell: str, start: int) -> str:
    end = start + _LONGEST
    part = f"{'…' if start else ''}{cell[start:end]}{'…' if len(cell) > end else ''}"
    return part or "(empty)"


def log_data(found: Log, pages: dict[str, list[str]] | None) -> dict[str, Any]:
    """Return a log as plain values ready for JSON; pages are None where no build noted them."""
    data = asdict(found)
    for change in data["changes"]:
        change["pages"] = None if pages is None else pages.get(change["claim_id"], [])
    return data


# The saved log ------------------------------------------------------------------------------

FILE = "data/ledger_log.csv"
KINDS = ("added", "withdrawn", "changed")
ROW = "row"
# What tells a claim from another one when it comes or goes.
_TOLD = (
    "indicator", "qualifier", "value", "low", "high", "unit", "per", "place", "population",
    "period_start", "period_end", "source_id",
)  # fmt: skip


@dataclass(frozen=True)
class LogEntry:
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


HEADER = [column.name for column in fields(LogEntry)]


def read_log(root: Path | None = None) -> list[LogEntry] | None:
    """Return the entries in the order of saving, None where the book has no log.

    Raises YaluError with one line for each row that is not as the codebook says.
    """
    root = root or book_root()
    if not (root / FILE).exists():
        return None
    table = read_table(root, Path(FILE).stem)
    # a log may be empty
    raise_failures(one for one in table.failures if one.found != "a header without rows")
    if table.columns != HEADER:
        found = shown(",".join(table.columns))
        raise_failures([Failure(FILE, 1, "", found, ",".join(HEADER), "mend the header")])
    raise_failures(fault for line, row in table.rows.items() if (fault := _row_fault(line, row)))
    return [LogEntry(**row) for row in table.rows.values()]


def _row_fault(number: int, row: dict[str, str]) -> Failure | None:
    """Return what is wrong with a row of the table (counted from the header, 1), or None."""
    hint = "put back what yalu ledger log --save wrote"
    for column, pattern, allowed in (
        ("date", DAY, "a day, YYYY-MM-DD"),
        ("commit", "[0-9a-f]{12}", "twelve hexadecimal digits"),
        ("kind", "|".join(KINDS), "|".join(KINDS)),
        ("claim_id", "(?s:.+)", "a claim"),
        ("field", "(?s:.+)", "a column or row"),
    ):
        cell = row[column]
        if not re.fullmatch(pattern, cell) or (column == "date" and not is_day(cell)):
            return Failure(FILE, number, column, shown(cell), allowed, hint)
    return None


def save(
    old: str | None = None, new: str | None = None, root: Path | None = None
) -> list[LogEntry]:
    """Append to the log what changed from one commit to another, and return those entries.

    `new` is by default the last commit; `old` the one that the log reached, or for an empty
    log the last tag, or the first commit with the ledger. Changes that are not committed wait
    until they are. Raises YaluError as `ledger_log` does.
    """
    root, new = root or book_root(), new or "HEAD"
    saved = read_log(root) or []
    found = ledger_log(old or (saved[-1].commit if saved else None), new, root)
    commit, _, date = git_line(root, "log", "-1", "--format=%H %cs", new).partition(" ")
    added = [entry for entry in entries(found, date, commit[:12]) if entry not in set(saved)]
    write_file(root / FILE, csv_bytes(pd.DataFrame([*saved, *added], columns=HEADER)))
    return added


def entries(found: Log, date: str, commit: str) -> list[LogEntry]:
    """Return a comparison of two states as entries of the log."""
    made = []
    for change in found.changes:
        if change.kind == "changed":
            rows = [(one.field, one.old, one.new) for one in change.differences]
        else:
            cells = change.cells()
            words = ", ".join(f"{name} {cells[name]}" for name in _TOLD if cells.get(name))
            rows = [(ROW, words, "") if change.kind == "withdrawn" else (ROW, "", words)]
        made += [LogEntry(date, commit, change.kind, change.claim_id, *row) for row in rows]
    return made


def saved_lines(added: list[LogEntry]) -> list[str]:
    """Return for a terminal what was saved."""
    if not added:
        return [f"{FILE}: nothing new; the ledger is as the log has it"]
    claims = {entry.claim_id for entry in added}
    return [f"{FILE}: {len(added)} entries on {len(claims)} claims added; commit the file"]
