"""Schemas: pandera schemas made from the codebook, run lazily over a table's text cells."""

import difflib

import pandas as pd
import pandera.pandas as pa

from helpers.evidence.failures import Failure, shown
from helpers.evidence.rules import Rule
from helpers.evidence.tables import RawTable

_MANY = 50


def failures(table: RawTable, rules: list[Rule]) -> list[Failure]:
    """Run all rules over the table at once and return every failure, a cell's first fault once.

    Rules whose columns are missing are left out: the missing column is a failure already.
    """
    rules = [rule for rule in rules if {rule.column, *rule.needs} <= set(table.frame.columns)]
    try:
        _schema(rules).validate(table.frame, lazy=True)
    except pa.errors.SchemaErrors as found:
        return _told(table, rules, found.failure_cases)
    return []


def _schema(rules: list[Rule]) -> pa.DataFrameSchema:
    """Return the pandera schema; each check carries its rule's number as its error text."""
    columns: dict[str, list[pa.Check]] = {}
    rows: list[pa.Check] = []
    for number, rule in enumerate(rules):
        check = pa.Check(rule.holds, error=str(number), ignore_na=False)
        (rows if rule.needs else columns.setdefault(rule.column, [])).append(check)
    return pa.DataFrameSchema(
        {name: pa.Column(None, checks) for name, checks in columns.items()}, rows
    )


def _told(table: RawTable, rules: list[Rule], cases: pd.DataFrame) -> list[Failure]:
    """Turn pandera's failure cases into lines: one a cell and rule, cell rules before row rules."""
    crashed = cases["index"].isna()
    if crashed.any():
        raise RuntimeError(
            f"a rule failed to run on {table.name}: {cases[crashed].iloc[0].to_dict()}"
        )
    pairs = cases[["check", "index"]].astype("int64").drop_duplicates()
    faults = [(int(line), rules[number], number) for number, line in pairs.itertuples(index=False)]
    seen: set[tuple[int, str]] = set()
    told = []
    for line, rule, _ in sorted(
        faults, key=lambda fault: (bool(fault[1].needs), fault[2], fault[0])
    ):
        if (line, rule.column) not in seen:
            seen.add((line, rule.column))
            told.append(_failure(table, line, rule, len(faults)))
    return told


def _failure(table: RawTable, line: int, rule: Rule, among: int) -> Failure:
    found = str(table.frame.at[line, rule.column])
    near = difflib.get_close_matches(found, rule.choices, 1) if among <= _MANY else []
    hint = f'did you mean "{near[0]}"? {rule.hint}' if near else rule.hint
    text = shown(found) if found else "nothing"
    return Failure(table.file, line, rule.column, text, rule.allowed, hint)


def header_failures(table: RawTable, columns: list[str]) -> list[Failure]:
    """Compare a table's header with the codebook's columns."""
    if table.frame.columns.empty:
        return []
    names = [str(name) for name in table.frame.columns]
    missing = [name for name in columns if name not in names]
    extra = [name for name in names if name not in columns]
    gone = "add the column, or take it out of data/codebook.csv"
    new = "remove it, or describe it in data/codebook.csv"
    return [
        Failure(table.file, 1, n, "no such column", "the codebook's columns", gone) for n in missing
    ] + [
        Failure(table.file, 1, shown(n)[1:-1], "a column too many", "the codebook's columns", new)
        for n in extra
    ]
