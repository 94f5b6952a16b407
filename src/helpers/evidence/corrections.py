"""Corrections: declared fixes, guarded by what must still stand in the raw table."""

import pandas as pd

from helpers.evidence.entries import Entry, fault
from helpers.evidence.failures import Failure, shown
from helpers.evidence.numbers import PLAIN
from helpers.evidence.plan import Plan
from helpers.evidence.tables import RawTable

ACTIONS = ("set", "relabel", "exclude", "flag")
UNUSABLE = ("mislabelled", "superseded")


def declared(entries: list[Entry]) -> list[Entry]:
    """Return the corrections among the entries."""
    return [entry for entry in entries if entry.section == "corrections"]


def lines_of(frame: pd.DataFrame, match: dict[str, str]) -> list[int]:
    """Return the line numbers of the rows that `match` picks."""
    picked = pd.Series(True, index=frame.index)
    for column, cell in match.items():
        picked &= frame[column] == cell
    return [int(line) for line in frame.index[picked]]


def failures(entries: list[Entry], tables: dict[str, RawTable], plan: Plan) -> list[Failure]:
    """Check every correction: its form, that it picks one row, and its guard."""
    sources = tables["ledger/sources"].keys("source_id") if "ledger/sources" in tables else set()
    found: list[Failure] = []
    for entry in declared(entries):
        found += _form(entry, tables, plan) or _guard(entry, tables[entry.text("table")])
        source = entry.text("source_id")
        if source and sources and source not in sources:
            allowed = "a key of data/ledger/sources.csv"
            found.append(fault(entry, "source_id", shown(source), allowed, "mend the key"))
    return found


def _form(entry: Entry, tables: dict[str, RawTable], plan: Plan) -> list[Failure]:
    table, action = entry.text("table"), entry.text("action")
    if table not in tables:
        return [fault(entry, "table", shown(table), ", ".join(tables), "mend the name")]
    if action not in ACTIONS:
        return [fault(entry, "action", shown(action), ", ".join(ACTIONS), "use one of these")]
    columns = list(tables[table].frame.columns)
    faults = [
        fault(entry, part, shown(name), f"a column of {table}", "mend the name")
        for part in ("match", "expect")
        for name in entry.cells(part)
        if name not in columns
    ]
    return faults + _new(entry, plan.settable(table), action in ("set", "relabel"))


def _new(entry: Entry, may: tuple[str, ...], changes: bool) -> list[Failure]:
    table, new = entry.text("table"), entry.cells("new")
    if changes != bool(new):
        allowed = "new values with set and relabel, none with exclude and flag"
        return [fault(entry, "new", str(sorted(new)) if new else "nothing", allowed, "mend it")]
    faults = [
        fault(entry, "new", shown(name), ", ".join(may) or f"no column of {table}", "mend it")
        for name in new
        if name not in may
    ]
    numbers = pd.Series({name: cell for name, cell in new.items() if name != "unit" and cell})
    bad = [name for name, cell in numbers.items() if not pd.Series([cell]).str.fullmatch(PLAIN)[0]]
    return faults + [fault(entry, "new", shown(new[str(n)]), "a number", "mend it") for n in bad]


def _guard(entry: Entry, table: RawTable) -> list[Failure]:
    lines = lines_of(table.frame, entry.cells("match"))
    if len(lines) != 1:
        hint = (
            "add columns to match"
            if lines
            else f"remove the entry if the row has left {table.file}"
        )
        return [fault(entry, "match", f"{len(lines)} rows", f"one row of {table.file}", hint)]
    row = table.frame.loc[lines[0]]
    hint = f"{table.file}:{lines[0]} has changed: remove the entry if the source is mended"
    return [
        fault(entry, f"expect.{name}", shown(str(row[name])), shown(cell), hint)
        for name, cell in entry.cells("expect").items()
        if row[name] != cell
    ]


def corrected_units(entries: list[Entry]) -> dict[str, str]:
    """Return claim id to the unit that a correction gives it."""
    return {
        entry.cells("match").get("claim_id", ""): entry.cells("new")["unit"]
        for entry in declared(entries)
        if entry.text("table") == "ledger/claims" and "unit" in entry.cells("new")
    }


def apply(frame: pd.DataFrame, table: str, entries: list[Entry], plan: Plan) -> pd.DataFrame:
    """Return the table with its corrections: new values in place, `correction_id`, `usable`.

    What was printed stays beside in `printed_<column>` for every column that a correction
    may set. `usable` is "false" for excluded, superseded, and mislabelled rows that no
    correction has set right, else "true".
    """
    frame = frame.copy()
    for column in plan.settable(table):
        frame[f"printed_{column}"] = frame[column]
    frame["correction_id"] = ""
    status = frame["status"] if "status" in frame else pd.Series("", index=frame.index)
    usable = ~status.isin(UNUSABLE)
    for entry in declared(entries):
        if entry.text("table") == table:
            lines = lines_of(frame, entry.cells("match"))
            frame.loc[lines, "correction_id"] = entry.id
            if entry.text("action") != "flag":
                usable.loc[lines] = entry.text("action") != "exclude"
            for column, cell in entry.cells("new").items():
                frame.loc[lines, column] = cell
    frame["usable"] = usable.map({True: "true", False: "false"})
    return frame
