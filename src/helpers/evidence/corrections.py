"""Declared corrections: data/corrections.yml, each entry guarded by the raw table."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from helpers.errors import Failure, shown
from helpers.evidence.cells import PLAIN
from helpers.evidence.csv_tables import RawTable
from helpers.evidence.data_config import DataConfig

FILE = "data/corrections.yml"
SECTIONS = {
    "corrections": ("id", "table", "match", "action", "expect", "new", "reason", "source_id"),
    "known_differences": ("id", "check", "table", "match", "difference", "reason"),
}
_MAY_LACK = ("new", "source_id")
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
    """Return a failure of one entry, in the form that all failures have."""
    return Failure(FILE, entry.line, f"{name} of {entry.id}", found, allowed, hint)


class _Loader(yaml.BaseLoader):
    """Loads every scalar as the text that stands in the file and marks mappings' lines."""


class _Twice(yaml.YAMLError):
    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"the key {key} stands twice")
        self.line = line


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    pairs: dict[str, Any] = {"": node.start_mark.line + 1}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in pairs:
            raise _Twice(key, key_node.start_mark.line + 1)
        pairs[key] = loader.construct_object(value_node, deep=True)
    return pairs


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_entries(root: Path) -> tuple[list[Entry], list[Failure]]:
    """Read the declared corrections and known differences; bad entries are left out."""
    try:
        loaded = yaml.load((root / FILE).read_bytes(), _Loader)
    except OSError:
        return [], [Failure(FILE, 1, "", "no file", "the declared corrections", "put it back")]
    except _Twice as error:
        return [], [Failure(FILE, error.line, "", str(error), "each key once", "remove one")]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        problem = str(getattr(error, "problem", None) or error).replace("\n", " ")
        return [], [Failure(FILE, line, "", problem, "YAML in UTF-8", "mend the line")]
    return _entries(loaded)


def _entries(loaded: Any) -> tuple[list[Entry], list[Failure]]:
    if not isinstance(loaded, dict) or not set(loaded) - {""} <= set(SECTIONS):
        found = ", ".join(k for k in loaded if k) if isinstance(loaded, dict) else "no sections"
        return [], [Failure(FILE, 1, "", found, " and ".join(SECTIONS), "mend the sections")]
    entries: list[Entry] = []
    failures: list[Failure] = []
    for section in SECTIONS:
        items = loaded.get(section) or []
        for item in items if isinstance(items, list) else [items]:
            entry, faults = _entry(section, item, {other.id for other in entries})
            failures += faults
            entries += [] if faults else [entry]
    return entries, failures


def _entry(section: str, item: Any, ids: set[str]) -> tuple[Entry, list[Failure]]:
    if not isinstance(item, dict):
        words = Failure(FILE, 1, "", shown(str(item)), f"entries of {section}", _HINT)
        return Entry("", 1, section), [words]
    fields = {key: value for key, value in item.items() if key}
    entry = Entry(str(fields.get("id", "an entry without id")), item[""], section, fields)
    known = SECTIONS[section]
    faults = [
        fault(entry, key, "no such field", ", ".join(known), _HINT)
        for key in fields
        if key not in known
    ]
    faults += [
        fault(entry, key, "nothing", "an entry", "fill it in")
        for key in known
        if not fields.get(key) and key not in _MAY_LACK
    ]
    for key in fields:
        faults += _shape(entry, key, fields[key])
    if entry.id in ids:
        faults.append(fault(entry, "id", shown(entry.id), "each id once", "choose another"))
    return entry, faults


def _shape(entry: Entry, key: str, value: Any) -> list[Failure]:
    """Check that a field is a mapping of text or plain text, as it should be."""
    if key in _MAPPINGS and isinstance(value, dict):
        value.pop("", None)
        return [] if all(isinstance(v, str) for v in value.values()) else [_misshapen(entry, key)]
    if key in _MAPPINGS or not isinstance(value, str):
        return [_misshapen(entry, key)]
    return []


def _misshapen(entry: Entry, key: str) -> Failure:
    form = "column: entry" if key in _MAPPINGS else "plain text"
    return fault(entry, key, "another form", form, _HINT)


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


def correction_failures(
    entries: list[Entry], tables: dict[str, RawTable], config: DataConfig
) -> list[Failure]:
    """Check every correction: its form, that it picks one row, and its guard."""
    sources = tables["ledger/sources"].keys("source_id") if "ledger/sources" in tables else set()
    found: list[Failure] = []
    for entry in declared(entries):
        found += _form(entry, tables, config) or _guard(entry, tables[entry.text("table")])
        source = entry.text("source_id")
        if source and sources and source not in sources:
            allowed = "a key of data/ledger/sources.csv"
            found.append(fault(entry, "source_id", shown(source), allowed, "mend the key"))
    return found


def _form(entry: Entry, tables: dict[str, RawTable], config: DataConfig) -> list[Failure]:
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
    return faults + _new(entry, config.settable(table), action in ("set", "relabel"))


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


def apply(
    frame: pd.DataFrame, table: str, entries: list[Entry], config: DataConfig
) -> pd.DataFrame:
    """Return the table with its corrections: new values in place, `correction_id`, `usable`.

    What was printed stays beside in `printed_<column>` for every column that a correction
    may set. `usable` is "false" for excluded, superseded, and mislabelled rows that no
    correction has set right, else "true".
    """
    frame = frame.copy()
    for column in config.settable(table):
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
