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
from helpers.evidence import rules
from helpers.evidence.agreements import agreement_failures
from helpers.evidence.corrections import Entry, corrected_units, correction_failures, read_entries
from helpers.evidence.csv_tables import (
    OPTIONAL,
    Codebook,
    RawTable,
    raw_tables,
    read_codebook,
    read_table,
)
from helpers.evidence.data_config import DataConfig, read_data_config
from helpers.evidence.published import RENAMED
from helpers.evidence.rules import Rule, split_ids
from helpers.paths import book_root


@dataclass
class Evidence:
    """The raw evidence as read: codebook, tables, declared entries, and what is wrong."""

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
    if failures:
        return Evidence(book, config, {}, [], failures)
    tables = {name: read_table(root, name) for name in raw_tables(book)
              if name not in OPTIONAL or (root / f"data/{name}.csv").is_file()}  # fmt: skip
    entries, faults = read_entries(root)
    failures += faults
    for path in sorted([*root.glob("data/ledger/*.csv"), *root.glob("data/series/*.csv")]):
        file = path.relative_to(root).as_posix()
        if file.removeprefix("data/").removesuffix(".csv") not in book:
            found, hint = "a file that the codebook does not have", "tables of the codebook"
            hint = "describe its columns in data/codebook.csv or move it away"
            failures.append(Failure(file, 1, "", found, "tables of the codebook", hint))
    first = {name: book[name][0].column for name in tables}
    keys = {name: frozenset(table.keys(first[name]) - {""}) for name, table in tables.items()
            if first[name] in table.frame}  # fmt: skip
    for name, table in tables.items():
        held = [rule for column in book[name] for rule in rules.cell_rules(column, keys)]
        held += rules.row_rules(config, name)
        held += _register_rules(tables, entries) if name == "ledger/claims" else []
        held += (
            _apart(keys.get("ledger/claims", frozenset())) if name == "ledger/statements" else []
        )
        held += _renamed(keys.get("ledger/claims", frozenset())) if name == RENAMED else []
        failures += table.failures + rules.header_failures(table, [c.column for c in book[name]])
        told = {(failure.line, failure.column) for failure in table.failures}
        cells = rules.table_failures(table, held) if len(table.frame) else []
        failures += [cell for cell in cells if (cell.line, cell.column) not in told]
    failures += correction_failures(entries, tables, config)
    failures += agreement_failures(entries, tables, config)
    failures += _cycle_failures(tables.get("ledger/claims"))
    return Evidence(book, config, tables, entries, sorted(failures, key=lambda f: (f.file, f.line)))


def _register_rules(tables: dict[str, RawTable], entries: list[Entry]) -> list[Rule]:
    """Return the rules for claims that need other tables: theme and unit."""

    def looked_up(name: str, key: str, column: str) -> dict[str, str]:
        table = tables.get(name)
        if table is None or not {key, column} <= set(table.frame.columns):
            return {}
        return dict(zip(table.frame[key], table.frame[column], strict=True))

    theme = looked_up("ledger/indicators", "indicator", "theme")
    family = looked_up("ledger/indicators", "indicator", "unit_family")
    units = looked_up("ledger/units", "unit", "family")
    corrected = corrected_units(entries)

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


def _apart(claims: frozenset[str]) -> list[Rule]:
    """Return the rule for statements that needs the claims: one id names one row of the ledger."""
    return [Rule("statement_id", "an id that no claim has", "give it another id",
                 lambda rows: ~rows["statement_id"].isin(claims), ("statement_id",))]  # fmt: skip


def _renamed(claims: frozenset[str]) -> list[Rule]:
    """Return the rules for renamed claims: the new name is that of a claim, the old one is not."""
    return [
        Rule("new", "a claim of the ledger", "write what it is called now",
             lambda rows: (rows["kind"] != "claim") | rows["new"].isin(claims), ("kind", "new")),
        Rule("old", "a name that no claim has", "remove the row or rename the claim",
             lambda rows: (rows["kind"] != "claim") | ~rows["old"].isin(claims), ("kind", "old")),
    ]  # fmt: skip


def _in_cycles(pairs: list[tuple[str, str]]) -> set[str]:
    links, found = dict.fromkeys(pairs), set[str]()
    while True:
        graph: dict[str, set[str]] = {}
        for start, end in links:
            graph.setdefault(start, set()).add(end)
        try:
            TopologicalSorter(graph).prepare()
            return found
        except CycleError as error:
            cycle = error.args[1]
            found.update(cycle)
            for before, after in pairwise(cycle):
                links.pop((after, before), None)


def _cycle_failures(claims: RawTable | None) -> list[Failure]:
    """Report claims that rest on themselves, through either column or through both."""
    if claims is None or "claim_id" not in claims.frame:
        return []
    frame = claims.frame
    columns = [name for name in ("repeats", "derived_from") if name in frame]
    links = [(str(frame.at[line, "claim_id"]), target)
             for name in columns for line, target in split_ids(frame[name]).items()]  # fmt: skip
    in_cycle = frame[frame["claim_id"].isin(_in_cycles(links))]
    hint = "one of the claims in the circle must stand for itself"
    return [Failure(claims.file, int(line), name, shown(cell), "no circle", hint)
            for name in columns
            for line, cell in zip(in_cycle.index, in_cycle[name], strict=True) if cell]  # fmt: skip


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
