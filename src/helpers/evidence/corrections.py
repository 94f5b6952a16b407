"""Declared corrections: data/corrections.yml, each entry guarded by the raw table."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.errors import Failure, FileFault, shown
from helpers.evidence.csv_tables import RawTable, is_plain
from helpers.evidence.data_config import DataConfig
from helpers.inputs import YamlText, read_yaml

FILE = "data/corrections.yml"
SECTIONS = {
    "corrections": ("id", "table", "match", "action", "expect", "new", "reason", "source_id"),
    "known_differences": ("id", "check", "table", "match", "difference", "reason"),
}
ACTIONS = ("set", "relabel", "exclude", "flag")
UNUSABLE = ("mislabelled", "superseded")
_OPTIONAL = ("new", "source_id")
_MAPPINGS = ("match", "expect", "new")
_HINT = "see the head of the file"


@dataclass
class Entry:
    """One entry: its fields as text (`match`, `expect`, `new` as column to text)."""

    id: str
    line: int
    section: str
    fields: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a plain field, empty where it is not given."""
        return str(self.fields.get(name, ""))

    def cells(self, name: str) -> dict[str, str]:
        """Return a field that maps columns to entries, empty where it is not given."""
        return dict(self.fields.get(name) or {})


def fault(entry: Entry, name: str, found: str, allowed: str, hint: str) -> Failure:
    """Return a failure of one field of an entry."""
    return Failure(FILE, entry.line, f"{name} of {entry.id}", found, allowed, hint)


# The file -----------------------------------------------------------------------------------


def read_entries(root: Path) -> tuple[list[Entry], list[Failure]]:
    """Read the declared corrections and known differences; bad entries become failures."""
    try:
        loaded = read_yaml(root / FILE, FILE, YamlText)
    except FileFault as error:
        return [], [error.failure]
    if not isinstance(loaded, dict) or not set(loaded) - {""} <= set(SECTIONS):
        found = ", ".join(k for k in loaded if k) if isinstance(loaded, dict) else "no sections"
        return _spoiled(1, found, " and ".join(SECTIONS), "mend the sections")
    entries: list[Entry] = []
    failures: list[Failure] = []
    for section in SECTIONS:
        items = loaded.get(section) or []
        for item in items if isinstance(items, list) else [items]:
            if not isinstance(item, dict):
                allowed = f"entries of {section}"
                failures.append(Failure(FILE, 1, "", shown(str(item)), allowed, _HINT))
                continue
            entry, faults = _entry(section, item, {other.id for other in entries})
            failures += faults
            entries += [] if faults else [entry]
    return entries, failures


def _spoiled(line: int, found: str, allowed: str, hint: str) -> tuple[list[Entry], list[Failure]]:
    return [], [Failure(FILE, line, "", found, allowed, hint)]


def _entry(section: str, item: dict[str, Any], ids: set[str]) -> tuple[Entry, list[Failure]]:
    fields = {key: value for key, value in item.items() if key}
    entry = Entry(str(fields.get("id", "an entry without id")), item[""], section, fields)
    allowed = SECTIONS[section]
    faults = [
        fault(entry, key, "no such field", ", ".join(allowed), _HINT)
        for key in fields
        if key not in allowed
    ]
    faults += [fault(entry, key, "nothing", "an entry", "fill it in")
               for key in allowed if not fields.get(key) and key not in _OPTIONAL]  # fmt: skip
    for key, value in [*fields.items()]:
        if key in _MAPPINGS and isinstance(value, dict):
            fields[key] = cells = {column: cell for column, cell in value.items() if column}
            fits = all(isinstance(cell, str) for cell in cells.values())
        else:
            fits = key not in _MAPPINGS and isinstance(value, str)
        if not fits:
            form = "column: entry" if key in _MAPPINGS else "plain text"
            faults.append(fault(entry, key, "another form", form, _HINT))
    if entry.id in ids:
        faults.append(fault(entry, "id", shown(entry.id), "each id once", "choose another"))
    return entry, faults


# Corrections and the tables -----------------------------------------------------------------


def declared(entries: list[Entry], table: str = "") -> list[Entry]:
    """Return the corrections among the entries, of one table or of all."""
    found = [entry for entry in entries if entry.section == "corrections"]
    return [entry for entry in found if not table or entry.text("table") == table]


def _matching_lines(frame: pd.DataFrame, match: dict[str, str]) -> list[int]:
    return frame.index[(frame[[*match]] == [*match.values()]).all(axis=1)].to_list()


def correction_failures(
    entries: list[Entry], tables: dict[str, RawTable], config: DataConfig
) -> list[Failure]:
    """Check every correction: its form, that it picks one row, and its guard."""
    sources = tables["ledger/sources"].keys("source_id") if "ledger/sources" in tables else set()
    found: list[Failure] = []
    for entry in declared(entries):
        found += _form_faults(entry, tables, config) or _guard_faults(
            entry, tables[entry.text("table")]
        )
        source = entry.text("source_id")
        if source and sources and source not in sources:
            allowed = "a key of data/ledger/sources.csv"
            found.append(fault(entry, "source_id", shown(source), allowed, "mend the key"))
    return found


def _form_faults(entry: Entry, tables: dict[str, RawTable], config: DataConfig) -> list[Failure]:
    table, action, new = entry.text("table"), entry.text("action"), entry.cells("new")
    if table not in tables:
        return [fault(entry, "table", shown(table), ", ".join(tables), "mend the name")]
    if action not in ACTIONS:
        return [fault(entry, "action", shown(action), ", ".join(ACTIONS), "use one of these")]
    faults = [fault(entry, part, shown(name), f"a column of {table}", "mend the name")
              for part in ("match", "expect") for name in entry.cells(part)
              if name not in tables[table].frame]  # fmt: skip
    if (action in ("set", "relabel")) != bool(new):
        allowed = "new values with set and relabel, none with exclude and flag"
        found = str(sorted(new)) if new else "nothing"
        return [*faults, fault(entry, "new", found, allowed, "mend it")]
    settable = config.settable(table)
    allowed = ", ".join(settable) or f"no column of {table}"
    strange = [name for name in new if name not in settable]
    faults += [fault(entry, "new", shown(name), allowed, "mend it") for name in strange]
    numbers = pd.Series({n: c for n, c in new.items() if n != "unit" and c}, dtype="str")
    bad = numbers[~is_plain(numbers)]
    return faults + [fault(entry, "new", shown(cell), "a number", "mend it") for cell in bad]


def _guard_faults(entry: Entry, table: RawTable) -> list[Failure]:
    lines = _matching_lines(table.frame, entry.cells("match"))
    if len(lines) != 1:
        gone = f"remove the entry if the row has left {table.file}"
        hint = "add columns to match" if lines else gone
        return [fault(entry, "match", f"{len(lines)} rows", f"one row of {table.file}", hint)]
    row = table.frame.loc[lines[0]]
    hint = f"{table.file}:{lines[0]} has changed: remove the entry if the source is mended"
    return [fault(entry, f"expect.{name}", shown(str(row[name])), shown(cell), hint)
            for name, cell in entry.cells("expect").items() if row[name] != cell]  # fmt: skip


def corrected_units(entries: list[Entry]) -> dict[str, str]:
    """Return claim id to the unit that a correction gives it."""
    corrected = [e for e in declared(entries, "ledger/claims") if "unit" in e.cells("new")]
    return {e.cells("match").get("claim_id", ""): e.cells("new")["unit"] for e in corrected}


def apply(
    frame: pd.DataFrame, table: str, entries: list[Entry], config: DataConfig
) -> pd.DataFrame:
    """Return the table with its corrections: new values in place, `correction_id`, `usable`.

    What was printed is beside in `printed_<column>` for every column that a correction may
    set. `usable` is "false" for excluded, superseded, and mislabelled rows that no correction
    has set right, else "true".
    """
    frame = frame.copy()
    for column in config.settable(table):
        frame[f"printed_{column}"] = frame[column]
    frame["correction_id"] = ""
    status = frame["status"] if "status" in frame else pd.Series("", index=frame.index)
    usable = ~status.isin(UNUSABLE)
    for entry in declared(entries, table):
        lines = _matching_lines(frame, entry.cells("match"))
        frame.loc[lines, "correction_id"] = entry.id
        if entry.text("action") != "flag":
            usable.loc[lines] = entry.text("action") != "exclude"
        for column, cell in entry.cells("new").items():
            frame.loc[lines, column] = cell
    frame["usable"] = usable.map({True: "true", False: "false"})
    return frame
