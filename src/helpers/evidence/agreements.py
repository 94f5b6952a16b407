"""Agreements: figures that must agree with one another, and the differences that are declared."""

from dataclasses import dataclass
from math import isnan
from typing import Any

import pandas as pd

from helpers.errors import Failure, shown
from helpers.evidence.corrections import UNUSABLE, Entry, fault
from helpers.evidence.csv_tables import RawTable, numbers, places_after_point, text
from helpers.evidence.data_config import DataConfig, Flows

_ROUNDING = 1e-9
MONTH_SUM_PERCENT = 0.5


@dataclass(frozen=True)
class Difference:
    """Two figures that disagree: which check, which row, and by how much (as text)."""

    check: str
    table: str
    key: tuple[tuple[str, str], ...]
    line: int
    column: str
    size: str
    allowed: str


def _has(table: RawTable, *columns: str) -> bool:
    return not table.frame.empty and set(columns) <= set(table.frame.columns)


def flow_sums(table: RawTable, period: str, column: str, flows: Flows) -> list[Difference]:
    """Compare the two parts with their total where one source and body gives all three.

    Printed figures go before derived ones. A gap within the rounding of the three printed
    numbers is no difference.
    """
    kind, (first, second, total) = flows.column, flows.names
    keys = [period, "source_id", "count_named"]
    if not _has(table, *keys, kind, "basis", column):
        return []
    frame = table.frame[table.frame[column] != ""]
    if "status" in frame:
        frame = frame[~frame["status"].isin(UNUSABLE)]
    frame = frame.assign(line=frame.index).sort_values("basis", ascending=False, kind="stable")
    frame = frame.drop_duplicates([*keys, kind])
    digit = 0.1 ** places_after_point(frame[column])
    frame = frame.assign(figure=numbers(frame[column]), digit=digit)
    wide = frame.pivot(index=keys, columns=kind, values=["figure", "digit", "line"])
    if not {("figure", name) for name in flows.names} <= set(wide.columns):
        return []
    figure, digit = wide["figure"], wide["digit"]
    gap = figure[first] + figure[second] - figure[total]
    off = gap[gap.abs() > (digit[first] + digit[second] + digit[total]) / 2 + _ROUNDING]
    allowed, found = f"{first}s plus {second}s, within rounding", list[Difference]()
    for key, size in off.items():
        row, line = tuple(zip(keys, map(str, key), strict=True)), int(wide["line"][total][key])
        size = text(round(size, 4))
        found.append(Difference("flow-sum", table.name, row, line, column, size, allowed))
    return found


def _recomputed(months: pd.DataFrame, flows: Flows) -> pd.DataFrame:
    """Return months counted and added up by year and part."""
    parts = {}
    for name in flows.parts:
        value, basis = numbers(months[f"{name}_{flows.figure}"]), months[f"{name}_basis"]
        part = {"months_with_value": value.notna(), "months_reported": basis == "reported",
                "months_derived": basis == "derived", f"sum_{flows.figure}": value}  # fmt: skip
        parts[name] = pd.DataFrame(part).groupby(months["month"].str[:4]).sum()
    return pd.concat(parts).swaplevel()


def year_sums(table: RawTable, months: RawTable, years: RawTable, flows: Flows) -> list[Difference]:
    """Recompute a table of years from its months, and compare the months with the year.

    Every column of a row is computed again; a sum that is more than MONTH_SUM_PERCENT from the
    annual figure is a difference to be declared, and so is an annual figure that the table of
    years does not have. Rows that hold no plain numbers are skipped.
    """
    kind, total, annual = flows.column, f"sum_{flows.figure}", f"annual_{flows.figure}"
    counted = ["months_with_value", "months_reported", "months_derived", total]
    stated = [*counted, annual, "difference_percent"]
    columns = [f"{name}_{part}" for name in flows.parts for part in (flows.figure, "basis")]
    yearly = ["year", kind, f"value_{flows.figure}"]
    complete = _has(table, "year", kind, *stated) and _has(months, "month", *columns)
    if not (complete and _has(years, *yearly)):
        return []
    again, found = _recomputed(months.frame, flows), list[Difference]()
    known = set(years.frame[yearly].itertuples(index=False, name=None))
    printed = table.frame[stated].apply(numbers)
    for line, row in table.rows.items():
        year = (row["year"], row[kind])
        figures: dict[Any, float] = printed.loc[line].to_dict()
        if year not in again.index or any(map(isnan, figures.values())):
            continue
        computed = {name: float(again[name][year]) for name in counted}
        percent = (computed[total] / figures[annual] - 1) * 100
        gaps = [
            (f"recomputed-{name}", name, text(round(figures[name] - value, 2)),
             f"{text(round(value, 4))}, from {months.name}")
            for name, value in (computed | {"difference_percent": percent}).items()
            if abs(figures[name] - value) > 0.005 + _ROUNDING
        ]  # fmt: skip
        if abs(percent) > MONTH_SUM_PERCENT:
            words = f"within {MONTH_SUM_PERCENT} percent of the year, or declared"
            gaps.append(("month-sum", "difference_percent", text(round(percent, 2)), words))
        if (*year, row[annual]) not in known:
            gaps.append(("annual-figure", annual, row[annual], f"a figure of {years.name}"))
        key = (("year", row["year"]), (kind, row[kind]))
        found += [Difference(c, table.name, key, line, name, size, w) for c, name, size, w in gaps]
    return found


def chosen_values(chosen: RawTable, every: RawTable, flows: Flows) -> list[Difference]:
    """Compare the chosen months with the rows they were chosen from, and their own sums."""
    kind, (first, second, total) = flows.column, flows.names
    figures = [f"{name}_{flows.figure}" for name in flows.names]
    bases = {first: f"{first}_basis", second: f"{second}_basis", total: f"{total}_is"}
    needs = [*figures, *bases.values(), *(f"{name}_source_id" for name in flows.names)]
    raw = ["month", kind, f"value_{flows.figure}", "source_id", "basis"]
    if not (_has(chosen, *needs) and _has(every, *raw, "status")):
        return []
    usable = every.frame[~every.frame["status"].isin(UNUSABLE)]
    rows = set(usable[raw].itertuples(index=False, name=None))
    parts, found = chosen.frame[figures].apply(numbers), []
    for line, row in chosen.rows.items():
        gaps = [
            ("chosen", column, row[column],
             f"a row of {every.name} with this source, basis and a good status")
            for name, column in zip(flows.names, figures, strict=True)
            if row[column] and row[bases[name]] != "sum"
            and (row["month"], name, row[column], row[f"{name}_source_id"], row[bases[name]])
            not in rows
        ]  # fmt: skip
        if row[bases[total]] == "sum":
            one, other, both = (float(parts[name][line]) for name in figures)
            if not abs(one + other - both) < 1e-6:
                words = f"{first}s plus {second}s"
                gaps.append(("best-sum", figures[2], text(round(one + other - both, 4)), words))
        key = (("month", row["month"]),)
        found += [Difference(c, chosen.name, key, line, n, size, w) for c, n, size, w in gaps]
    return found


def claim_figures(counts: RawTable, claims: RawTable) -> list[Difference]:
    """Compare each row of a table of counts with the claim that it names."""
    columns = ["claim_id", "value", "low", "high"]
    if not (_has(counts, *columns) and _has(claims, *columns)):
        return []
    printed = _ranges(claims.frame.drop_duplicates("claim_id").set_index("claim_id"))
    here, found = _ranges(counts.frame), list[Difference]()
    for line, row in counts.rows.items():
        there = printed.get(row["claim_id"], "")
        if here[line] and there and here[line] != there:
            key = (("claim_id", row["claim_id"]), ("as_of", row["as_of"]))
            size, allowed = f"{here[line]} here, {there} there", "the figure of the claim"
            gap = Difference("worker-claim", counts.name, key, line, "claim_id", size, allowed)
            found.append(gap)
    return found


def _ranges(frame: pd.DataFrame) -> pd.Series:
    """Return figures as "5", "5 to 7" or "open to 7"; "" where a cell is no number."""
    cells = frame[["value", "low", "high"]]
    figures = cells.apply(numbers)
    lower, upper = (
        figures[name].fillna(figures["value"]).map(text).replace("", "open")
        for name in ("low", "high")
    )
    words = lower.where(lower == upper, lower + " to " + upper)
    return words.where(((cells == "") | figures.notna()).all(axis=1), "")


def all_differences(tables: dict[str, RawTable], config: DataConfig) -> list[Difference]:
    """Return every difference between figures that should agree, declared or not."""

    def table(name: str) -> RawTable:
        return tables.get(name) or RawTable(name, f"data/{name}.csv")

    known, found = config.agreements, list[Difference]()
    if config.flows:
        for a in known.flow_sums:
            found += flow_sums(table(a.table), a.period, a.column, config.flows)
        for b in known.year_sums:
            found += year_sums(table(b.table), table(b.months), table(b.years), config.flows)
        for c in known.chosen:
            found += chosen_values(table(c.table), table(c.months), config.flows)
    for d in known.claim_figures:
        found += claim_figures(table(d.table), table("ledger/claims"))
    return found


def agreement_failures(
    entries: list[Entry], tables: dict[str, RawTable], config: DataConfig
) -> list[Failure]:
    """Compare the differences with those declared: undeclared, changed and gone ones fail."""
    declared = [entry for entry in entries if entry.section == "known_differences"]
    known = {(e.text("check"), e.text("table"), frozenset(e.cells("match").items())): e
             for e in declared}  # fmt: skip
    found = []
    for gap in all_differences(tables, config):
        entry = known.pop((gap.check, gap.table, frozenset(gap.key)), None)
        file = tables[gap.table].file
        if entry is None:
            hint = f"mend it or declare it in known_differences (check: {gap.check})"
            said = f"a difference of {gap.size}" if gap.check != "chosen" else shown(gap.size)
            found.append(Failure(file, gap.line, gap.column, said, gap.allowed, hint))
        elif entry.text("difference") != gap.size:
            hint = f"{file}:{gap.line} has changed: state the new difference"
            allowed = shown(entry.text("difference"))
            found.append(fault(entry, "difference", shown(gap.size), allowed, hint))
    return found + [
        fault(e, "difference", "none any more", shown(e.text("difference")), "remove the entry")
        for e in known.values()
    ]
