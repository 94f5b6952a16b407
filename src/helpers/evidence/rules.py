"""Rules: what a cell or a row must hold, one rule a column and reason, and running them."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import pandas as pd

from helpers.errors import Failure, did_you_mean, shown
from helpers.evidence.csv_tables import Column, RawTable, first_day, last_day, numbers
from helpers.evidence.data_config import DataConfig, Phases
from helpers.inputs import STRANGE, YEARS

Cells = Callable[[pd.Series], pd.Series]


@dataclass(frozen=True)
class Rule:
    """One rule: `holds` takes a column (or the frame, for a rule over `needs`) and tells by row.

    `allowed` and `hint` are the words of the failure; `choices` are offered where the
    found entry looks like a slip of one of them.
    """

    column: str
    allowed: str
    hint: str
    holds: Callable[..., pd.Series]
    needs: tuple[str, ...] = ()
    choices: frozenset[str] = frozenset()


DATE_FORMS = {
    "YYYY": (r"[0-9]{4}", "a year, YYYY, from 1700 to 2199"),
    "YYYY-MM": (r"[0-9]{4}-[0-9]{2}", "a month, YYYY-MM, from 1700 to 2199"),
    "YYYY-MM-DD": (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "a day of the calendar, YYYY-MM-DD, from 1700 to 2199",
    ),
}
ANY_DATE = (
    r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?",
    f"a date of the calendar, YYYY or YYYY-MM or YYYY-MM-DD, {YEARS}",
)
_URL = r"https?://[^\s/?#]+\.[^\s/?#]+(?:[/?#]\S*)?"


def _or_empty(holds: Cells) -> Cells:
    return lambda cells: (cells == "") | holds(cells)


def _is_finite(cells: pd.Series) -> pd.Series:
    return numbers(cells).abs() < inf


def _matches(pattern: str) -> Cells:
    return _or_empty(lambda cells: cells.str.fullmatch(pattern).fillna(False).astype(bool))


def split_ids(cells: pd.Series) -> pd.Series:
    """Return the entries of cells with several keys, one a row under the cell's index."""
    return cells[cells != ""].str.split(";").explode().str.strip()


def _reference(column: Column, targets: frozenset[str]) -> Rule:
    def known(cells: pd.Series) -> pd.Series:
        parts = split_ids(cells) if several else cells[cells != ""]
        unknown = parts.index[~parts.isin(targets)]
        return pd.Series(~cells.index.isin(unknown), index=cells.index)

    several = column.type == "ids"
    words = f"{'keys' if several else 'a key'} of data/{column.target}.csv"
    return Rule(column.column, words, "mend the key or add the row there", known, choices=targets)


def cell_rules(column: Column, keys: dict[str, frozenset[str]]) -> list[Rule]:
    """Return the rules for one column, built from the codebook alone.

    `keys` maps a table to the entries of its first column; references to a table that is not
    among them are not checked.
    """
    name, rules = column.column, list[Rule]()
    if column.required:
        filled = f"an entry ({column.meaning[:40].rstrip(' ,;')})"
        rules.append(Rule(name, filled, "fill the cell", lambda cells: cells != ""))
    mend = "" if column.required else " or leave it empty"
    if column.type == "number":
        least, between, most = column.allowed.partition("..")
        low, high = (float(least or "-inf"), float(most or "inf")) if between else (-inf, inf)
        words = f" from {low:g} to {high:g}" if most else f", {low:g} or more" if between else ""
        within = _or_empty(lambda cells: numbers(cells).between(low, high) & _is_finite(cells))
        hint = f"mend the cell{mend}; decimals stand behind a point"
        rules.append(Rule(name, f"a number{words}", hint, within))
    elif column.type == "date":
        pattern, words = DATE_FORMS.get(column.allowed, ANY_DATE)
        rules.append(Rule(name, words, f"mend the date{mend}", _matches(pattern)))
        real = _or_empty(lambda cells: first_day(cells).notna())
        rules.append(Rule(name, words, f"mend the date{mend}", real))
    else:
        trimmed: Cells = lambda cells: cells == cells.str.strip()  # noqa: E731
        rules.append(Rule(name, "no blank at the ends", "take the blank away", trimmed))
        plain: Cells = lambda cells: ~cells.str.contains(STRANGE.pattern, regex=True)  # noqa: E731
        rules.append(Rule(name, "text without invisible characters", "take them out", plain))
    if column.type == "url":
        rules.append(Rule(name, "an http or https address", "mend it", _matches(_URL)))
    if column.type == "boolean":
        rules.append(Rule(name, "true or false", "mend it", _matches("true|false")))
    if column.allowed == "unique":
        hint = "an earlier row has it already: give another one or remove the row"
        once = _or_empty(lambda cells: ~cells.duplicated())
        rules.append(Rule(name, "each entry once", hint, once))
    if known := frozenset(column.words):
        allowed = column.allowed.replace("|", ", ")
        holds = _or_empty(lambda cells: cells.isin(known))
        rules.append(Rule(name, allowed, "use one of these words", holds, choices=known))
    if column.target in keys:
        rules.append(_reference(column, keys[column.target]))
    return rules


def _ordered(lower: str, upper: str) -> Rule:
    return Rule(lower, f"no more than {upper} of the same row", "exchange or mend them",
                lambda rows: ~(numbers(rows[lower]) > numbers(rows[upper])),
                (lower, upper))  # fmt: skip


def _dated(start: str, end: str) -> Rule:
    return Rule(start, f"no later than {end} of the same row", "exchange or mend them",
                lambda rows: ~(first_day(rows[start]) > last_day(rows[end])),
                (start, end))  # fmt: skip


def _low_first(rows: pd.DataFrame) -> pd.Series:
    low = numbers(rows["low"])
    return ~((low > numbers(rows["high"])) | (low > numbers(rows["value"])))


def _figure_in(column: str, *qualifiers: str) -> list[Rule]:
    """Return the two rules of an open-ended figure: it is in `column`, not in value."""
    said, needs = " and ".join(qualifiers), ("qualifier", "value", column)
    hint = "put the figure here and leave value empty"
    return [
        Rule(column, f"the figure, with {said}", hint,
             lambda rows: ~rows["qualifier"].isin(qualifiers) | (rows[column] != ""), needs),
        Rule("value", f"an empty cell with {said}", f"the figure stands in {column}",
             lambda rows: ~rows["qualifier"].isin(qualifiers) | (rows["value"] == ""), needs),
    ]  # fmt: skip


def _has_figure(rows: pd.DataFrame) -> pd.Series:
    closed = rows["qualifier"].isin(["exact", "about", "nearly"])
    ranged = (rows["low"] != "") & (rows["high"] != "")
    return ~closed | (rows["value"] != "") | ranged


RANGE = [
    Rule("low", "no more than value and high of the same row", "exchange or mend them",
         _low_first, ("low", "value", "high")),
    _ordered("value", "high"),
    *_figure_in("low", "more_than", "at_least"),
    *_figure_in("high", "up_to", "less_than"),
    Rule("value", "a figure, or low and high, with exact, about and nearly",
         "fill them or choose another qualifier", _has_figure,
         ("qualifier", "value", "low", "high")),
]  # fmt: skip


def _phased(phases: Phases) -> Rule:
    def named(rows: pd.DataFrame) -> pd.Series:
        first = first_day(rows[phases.date])
        phase = pd.Series(phases.after, index=rows.index)
        for name, end in reversed(phases.ends.items()):
            phase = phase.mask(first < pd.Timestamp(end), name)
        return rows[phases.column] == phase.where(first.notna(), "")

    words = f"the phase that {phases.date} falls in"
    hint = f"see {phases.column} in data/codebook.csv"
    return Rule(phases.column, words, hint, named, (phases.column, phases.date))


def _sum(total: str, first: str, second: str) -> Rule:
    def balances(rows: pd.DataFrame) -> pd.Series:
        gap = numbers(rows[total]) - numbers(rows[first]) - numbers(rows[second])
        return ~(gap.abs() > 0)

    words = f"{first} plus {second}"
    return Rule(total, words, "add them up again", balances, (total, first, second))


def _value_or_range(value: str, low: str, high: str) -> Rule:
    return Rule(value, "a value, or a range in its place",
                f"fill {value} alone or both low and high",
                lambda rows: (rows[value] != "") ^ ((rows[low] != "") & (rows[high] != "")),
                (value, low, high))  # fmt: skip


def _one_of(columns: list[str]) -> Rule:
    return Rule(columns[0], f"an entry in {' or '.join(columns)}", "fill one of the columns",
                lambda rows: (rows[columns] != "").any(axis=1), tuple(columns))  # fmt: skip


def _precise(column: str, date: str) -> Rule:
    parts = {4: "year", 7: "month", 10: "day"}
    return Rule(column, f"day, month or year as the {date} has it",
                f"make {date} and {column} agree",
                lambda rows: rows[column] == rows[date].str.len().map(parts),
                (column, date))  # fmt: skip


def _as_file(column: str) -> Rule:
    return Rule(column, "letters, digits, dots, hyphens and underscores",
                "it is part of an address: write it as in fee-2024",
                lambda rows: rows[column].str.fullmatch(r"\w[\w.-]*"), (column,))  # fmt: skip


# the tables that every book has in this form
_OWN: dict[str, list[Rule]] = {
    "ledger/claims": [
        _as_file("claim_id"),
        *RANGE,
        _dated("period_start", "period_end"),
        Rule("derived_from", "an empty cell unless basis is derived",
             "empty the cell or set the basis",
             lambda rows: (rows["derived_from"] == "") | (rows["basis"] == "derived"),
             ("derived_from", "basis")),
        Rule("locator", "a place in the document, such as paragraph 2", "the address is in sources",
             lambda rows: ~rows["locator"].str.contains("://", regex=False), ("locator",)),
    ],
    "ledger/redirects": [_as_file("old")],
    "ledger/links": [
        Rule("source_id", "each document once", "remove one of the rows",
             lambda rows: ~rows["source_id"].duplicated(), ("source_id",)),
    ],
    "ledger/outlets": [
        Rule("family", "lower-case words joined by hyphens", "write it as in new-york-times",
             lambda rows: rows["family"].str.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*"), ("family",)),
    ],
    "ledger/statements": [_dated("period_start", "period_end")],
    "clean/claims": [_ordered("lower", "upper"), _dated("period_from", "period_to")],
}  # fmt: skip


def row_rules(config: DataConfig, table: str) -> list[Rule]:
    """Return what the rows of a table must hold beyond the codebook's rules for cells."""
    rules = config.rules_of(table)
    return [
        *_OWN.get(table, []),
        *(RANGE if rules.range else []),
        *(_ordered(*pair) for pair in rules.ordered),
        *(_dated(*pair) for pair in rules.dated),
        *([_one_of(rules.one_of)] if rules.one_of else []),
        *([_value_or_range(*rules.value_or_range)] if rules.value_or_range else []),
        *([_sum(*rules.adds_up)] if rules.adds_up else []),
        *([_precise(*rules.precision)] if rules.precision else []),
        *([_phased(rules.phases)] if rules.phases else []),
    ]


_MANY_COLUMNS = 3
# With more failures than this no near entries are looked for: that takes its time.
_MANY = 50


def table_failures(table: RawTable, rules: list[Rule]) -> list[Failure]:
    """Run all rules over a table and return every failure, of each cell the first fault only.

    Rules for cells go before rules for rows. A rule whose columns are missing is skipped: the
    missing column is a failure already.
    """
    columns, first = set(table.frame.columns), dict[tuple[int, str], Rule]()
    for rule in sorted(rules, key=lambda rule: bool(rule.needs)):
        if {rule.column, *rule.needs} <= columns:
            holds = rule.holds(table.frame if rule.needs else table.frame[rule.column])
            for line in table.frame.index[~holds.to_numpy(dtype=bool)]:
                first.setdefault((int(line), rule.column), rule)
    found = []
    for (line, column), rule in first.items():
        cell = str(table.frame.at[line, column])
        near = did_you_mean(cell, rule.choices, 1) if len(first) <= _MANY else ""
        said = shown(cell) if cell else "nothing"
        found.append(Failure(table.file, line, column, said, rule.allowed, rule.hint + near))
    return found


def header_failures(table: RawTable, columns: list[str]) -> list[Failure]:
    """Compare a table's header with the codebook's columns."""
    names = [str(name) for name in table.frame.columns]
    if not names:
        return []
    allowed = "the codebook's columns"
    gone = "no such column", allowed, "add the column, or take it out of data/codebook.csv"
    new = "a column too many", allowed, "remove it, or describe it in data/codebook.csv"
    lacking = [name for name in columns if name not in names]
    missing = [Failure(table.file, 1, name, *gone) for name in lacking]
    if len(missing) > _MANY_COLUMNS:
        found = f"{len(names)} columns, none of them {', '.join(lacking)}"
        missing = [Failure(table.file, 1, "", found, allowed, "put the header back")]
    added = [shown(n)[1:-1] for n in names if n not in columns]
    return missing + [Failure(table.file, 1, name, *new) for name in added]
