"""Check: everything that must hold before the evidence is cleaned, all failures at once."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pandas as pd

from helpers.errors import Failure, shown
from helpers.evidence import agreements, corrections
from helpers.evidence.codebook import Codebook, raw_tables, read_codebook
from helpers.evidence.corrections import Entry, read_entries
from helpers.evidence.csv_tables import RawTable, read_table
from helpers.evidence.data_config import DataConfig, read_data_config
from helpers.evidence.rules import (
    Rule,
    cell_rules,
    header_failures,
    row_rules,
    split_ids,
    table_failures,
)
from helpers.paths import book_root

_FOLDERS = ("ledger", "series")


@dataclass
class Evidence:
    """The raw evidence as read: codebook, config, tables, declared entries, and what is wrong."""

    book: Codebook
    config: DataConfig
    tables: dict[str, RawTable]
    entries: list[Entry]
    failures: list[Failure]


def check(root: Path | None = None) -> list[Failure]:
    """Check the ledger, the series, the codebook and the corrections of the book at `root`.

    Returns every failure, sorted by file and line; an empty list where all is well. A
    spoiled file gives failures, never an exception.
    """
    return read_evidence(root or book_root()).failures


def read_evidence(root: Path) -> Evidence:
    """Read and check the raw evidence below `root`.

    Raises YaluError where data/tables.yml, which says how, cannot be read.
    """
    config = read_data_config(root)
    book, failures = read_codebook(root)
    if not book:
        return Evidence(book, config, {}, [], failures)
    tables = {name: read_table(root, name) for name in raw_tables(book)}
    entries, faults = read_entries(root)
    failures += _strays(root, book) + faults
    keys = _keys(book, tables)
    for table in tables.values():
        beyond = row_rules(config, table.name) + _across(table.name, tables, entries)
        failures += _table_failures(table, book, keys, beyond)
    failures += corrections.correction_failures(entries, tables, config)
    failures += agreements.agreement_failures(entries, tables, config)
    failures += _circle_failures(tables.get("ledger/claims"))
    return Evidence(book, config, tables, entries, sorted(failures, key=lambda f: (f.file, f.line)))


def _strays(root: Path, book: Codebook) -> list[Failure]:
    """Report CSV files that the codebook does not describe."""
    hint = "describe its columns in data/codebook.csv or move it away"
    files = sorted(path for name in _FOLDERS for path in (root / "data" / name).glob("*.csv"))
    found, allowed = "a file that the codebook does not have", "tables of the codebook"
    return [
        Failure(f"data/{path.parent.name}/{path.name}", 1, "", found, allowed, hint)
        for path in files
        if f"{path.parent.name}/{path.stem}" not in book
    ]


def _keys(book: Codebook, tables: dict[str, RawTable]) -> dict[str, frozenset[str]]:
    """Return the entries of each table's first column, for tables that have it."""
    first = {name: book[name][0].column for name in tables}
    return {
        name: frozenset(table.keys(first[name]) - {""})
        for name, table in tables.items()
        if first[name] in table.frame
    }


def _table_failures(
    table: RawTable, book: Codebook, keys: dict[str, frozenset[str]], beyond: list[Rule]
) -> list[Failure]:
    columns = book[table.name]
    rules = [rule for column in columns for rule in cell_rules(column, keys)]
    rules += beyond
    form = table.failures + header_failures(table, [column.column for column in columns])
    broken = {(failure.line, failure.column) for failure in table.failures}
    cells = table_failures(table, rules) if len(table.frame) else []
    return form + [cell for cell in cells if (cell.line, cell.column) not in broken]


def _looked_up(table: RawTable | None, key: str, column: str) -> dict[str, str]:
    if table is None or not {key, column} <= set(table.frame.columns):
        return {}
    return dict(zip(table.frame[key], table.frame[column], strict=True))


def _across(name: str, tables: dict[str, RawTable], entries: list[Entry]) -> list[Rule]:
    """Return the rules for claims that need the other tables: theme and unit."""
    if name != "ledger/claims":
        return []
    indicators = tables.get("ledger/indicators")
    theme = _looked_up(indicators, "indicator", "theme")
    family = _looked_up(indicators, "indicator", "unit_family")
    units = _looked_up(tables.get("ledger/units"), "unit", "family")
    corrected = corrections.corrected_units(entries)

    def same_theme(rows: pd.DataFrame) -> pd.Series:
        expected = rows["indicator"].map(theme)
        return expected.isna() | (expected == rows["theme"])

    def in_family(rows: pd.DataFrame) -> pd.Series:
        pairs = zip(rows["claim_id"], rows["unit"], strict=True)
        unit = pd.Series([corrected.get(claim, unit) for claim, unit in pairs], rows.index)
        has, wants = unit.map(units), rows["indicator"].map(family)
        return has.isna() | wants.isna() | (has == wants)

    registers = "see family in data/ledger/units.csv and unit_family in data/ledger/indicators.csv"
    return [
        Rule("theme", "the theme of the indicator", "see data/ledger/indicators.csv",
             same_theme, ("theme", "indicator")),
        Rule("unit", "a unit of the indicator's family", registers,
             in_family, ("claim_id", "unit", "indicator")),
    ]  # fmt: skip


def circles(pairs: list[tuple[str, str]]) -> set[str]:
    """Return the claims that lie in a circle of links."""
    links, found = dict.fromkeys(pairs), set[str]()
    while True:
        graph: dict[str, set[str]] = {}
        for start, end in links:
            graph.setdefault(start, set()).add(end)
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = error.args[1]
            found.update(circle)
            for before, after in pairwise(circle):
                links.pop((after, before), None)
        else:
            return found


def _circle_failures(claims: RawTable | None) -> list[Failure]:
    """Report claims that rest on themselves, through either column or through both."""
    if claims is None or "claim_id" not in claims.frame:
        return []
    frame = claims.frame
    columns = [name for name in ("repeats", "derived_from") if name in frame]
    links = [
        (str(frame.at[line, "claim_id"]), target)
        for name in columns
        for line, target in split_ids(frame[name]).items()
    ]
    in_circle = frame["claim_id"].isin(circles(links))
    hint = "one of the claims in the circle must stand for itself"
    return [
        Failure(claims.file, int(line), name, shown(cell), "no circle", hint)
        for name in columns
        for line, cell in zip(frame.index[in_circle], frame.loc[in_circle, name], strict=True)
        if cell
    ]


_INPUTS = ("ledger", "series", "codebook.csv", "corrections.yml", "tables.yml")


def failures_with(root: Path, files: Mapping[str, bytes]) -> list[Failure]:
    """Return what `check` finds in the book at `root` with `files` in the place of its own.

    `files` maps paths relative to the root to their content; nothing of the book is changed.
    """
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        for name in _INPUTS:
            source = root / "data" / name
            if source.exists():
                (shutil.copytree if source.is_dir() else shutil.copyfile)(source, data / name)
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return check(Path(folder))
