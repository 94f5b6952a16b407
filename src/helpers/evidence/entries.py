"""Entries: data/corrections.yml read as text, each entry with its line number."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from helpers.evidence.failures import Failure, shown

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
