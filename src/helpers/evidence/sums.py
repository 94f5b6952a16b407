"""Sums: figures that must agree with one another, and the differences that are declared."""

from dataclasses import dataclass

import pandas as pd

from helpers.evidence.entries import Entry, fault
from helpers.evidence.failures import Failure, shown
from helpers.evidence.numbers import numbers, places_after_point, text
from helpers.evidence.plan import Agreements
from helpers.evidence.tables import RawTable

_FLOWS = ("export", "import", "total")
_STALE = ("mislabelled", "superseded")
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


def _has(table: RawTable | None, *columns: str) -> bool:
    return table is not None and not table.frame.empty and set(columns) <= set(table.frame.columns)


def flow_sums(table: RawTable, period: str, column: str) -> list[Difference]:
    """Compare exports + imports with the total where one source and body gives all three.

    Printed figures go before derived ones. A gap within the rounding of the three
    printed numbers is no difference.
    """
    if not _has(table, period, "flow", "count_named", "source_id", "basis", column):
        return []
    keys = [period, "source_id", "count_named"]
    frame = table.frame[table.frame[column] != ""]
    if "status" in frame:
        frame = frame[~frame["status"].isin(_STALE)]
    frame = frame.assign(line=frame.index).sort_values("basis", ascending=False, kind="stable")
    frame = frame.drop_duplicates([*keys, "flow"])
    frame = frame.assign(
        figure=numbers(frame[column]), digit=0.1 ** places_after_point(frame[column])
    )
    wide = frame.pivot(index=keys, columns="flow", values=["figure", "digit", "line"])
    if not {("figure", flow) for flow in _FLOWS} <= set(wide.columns):
        return []
    gap = wide["figure"]["export"] + wide["figure"]["import"] - wide["figure"]["total"]
    digit = wide["digit"]["export"] + wide["digit"]["import"] + wide["digit"]["total"]
    off = gap[gap.abs() > digit / 2 + _ROUNDING]
    return [
        Difference(
            "flow-sum",
            table.name,
            tuple(zip(keys, map(str, key), strict=True)),
            int(wide["line"]["total"][key]),
            column,
            text(round(off[key], 4)),
            "exports plus imports, within rounding",
        )
        for key in off.index
    ]


def _recomputed(best: pd.DataFrame) -> pd.DataFrame:
    """Return months counted and added up by year and flow."""
    parts = []
    for flow in _FLOWS[:2]:
        value, basis = numbers(best[f"{flow}_usd_million"]), best[f"{flow}_basis"]
        part = pd.DataFrame(
            {
                "year": best["month"].str[:4],
                "flow": flow,
                "months_with_value": value.notna(),
                "months_reported": basis == "reported",
                "months_derived": basis == "derived",
                "sum_usd_million": value,
            }
        )
        parts.append(part.groupby(["year", "flow"]).sum())
    return pd.concat(parts)


_COUNTED = ["months_with_value", "months_reported", "months_derived", "sum_usd_million"]
_STATED = [*_COUNTED, "annual_usd_million", "difference_percent"]


def consistency(table: RawTable, best: RawTable, annual: RawTable) -> list[Difference]:
    """Recompute a table of years from its months, and compare the months with the year.

    Every column of a row is computed again; a sum that is more than MONTH_SUM_PERCENT
    from the annual figure is a difference to be declared, and so is an annual figure
    that the table of years does not have. Rows that hold no plain numbers are left out.
    """
    columns = [f"{flow}_{part}" for flow in _FLOWS[:2] for part in ("usd_million", "basis")]
    yearly = ["year", "flow", "value_usd_million"]
    own = ["year", "flow", *_STATED]
    if not (_has(table, *own) and _has(best, "month", *columns) and _has(annual, *yearly)):
        return []
    again, found = _recomputed(best.frame), []
    years = set(annual.frame[yearly].itertuples(index=False, name=None))
    for line, row in zip(table.frame.index, table.frame.to_dict("records"), strict=True):
        year, stated = (row["year"], row["flow"]), numbers(pd.Series(row)[_STATED])
        if year not in again.index or stated.isna().any():
            continue
        gaps = _year_gaps(stated, again.loc[year], best.name)
        if (*year, row["annual_usd_million"]) not in years:
            words = f"a figure of {annual.name}"
            gaps.append(("annual-figure", "annual_usd_million", row["annual_usd_million"], words))
        key = (("year", row["year"]), ("flow", row["flow"]))
        found += [Difference(c, table.name, key, line, name, size, w) for c, name, size, w in gaps]
    return found


def _year_gaps(
    stated: pd.Series, months: pd.Series, months_name: str
) -> list[tuple[str, str, str, str]]:
    """Return (check, column, size, allowed) for each figure of a year that is off."""
    percent = (months["sum_usd_million"] / stated["annual_usd_million"] - 1) * 100
    computed = {name: float(months[name]) for name in _COUNTED} | {"difference_percent": percent}
    gaps = []
    for name, value in computed.items():
        if abs(stated[name] - value) > 0.005 + _ROUNDING:
            words = f"{text(round(value, 4))}, from {months_name}"
            size = text(round(stated[name] - value, 2))
            gaps.append((f"recomputed-{name}", name, size, words))
    if abs(percent) > MONTH_SUM_PERCENT:
        words = f"within {MONTH_SUM_PERCENT} percent of the year, or declared"
        gaps.append(("month-sum", "difference_percent", text(round(percent, 2)), words))
    return gaps


def best_values(best: RawTable, monthly: RawTable) -> list[Difference]:
    """Compare the chosen months with the rows they were chosen from, and their own sums."""
    needs = [f"{flow}_usd_million" for flow in _FLOWS] + [f"{f}_source_id" for f in _FLOWS]
    raw = ("month", "flow", "value_usd_million", "source_id", "basis", "status")
    if not (_has(best, *needs, "export_basis", "import_basis", "total_is") and _has(monthly, *raw)):
        return []
    stands = monthly.frame[~monthly.frame["status"].isin(_STALE)]
    rows = set(stands[list(raw[:5])].itertuples(index=False, name=None))
    found = []
    for line, row in zip(best.frame.index, best.frame.to_dict("records"), strict=True):
        key = (("month", row["month"]),)
        for flow in _FLOWS:
            column, basis = (
                f"{flow}_usd_million",
                row["total_is" if flow == "total" else f"{flow}_basis"],
            )
            chosen = (row["month"], flow, row[column], row[f"{flow}_source_id"], basis)
            if row[column] and basis != "sum" and chosen not in rows:
                words = f"a row of {monthly.name} with this source, basis and a good status"
                found.append(Difference("chosen", best.name, key, line, column, row[column], words))
        if row["total_is"] == "sum":
            export, imported, total = numbers(pd.Series([row[name] for name in needs[:3]]))
            if not abs(export + imported - total) < 1e-6:
                size = text(round(export + imported - total, 4))
                words = "exports plus imports"
                found.append(Difference("best-sum", best.name, key, line, needs[2], size, words))
    return found


def _bounds(frame: pd.DataFrame) -> pd.DataFrame:
    """Return lower and upper of figures: value where no range is given, NaN on an open side."""
    value, low, high = (numbers(frame[name]) for name in ("value", "low", "high"))
    return pd.DataFrame({"lower": low.fillna(value), "upper": high.fillna(value)})


def claim_figures(workers: RawTable, claims: RawTable) -> list[Difference]:
    """Compare each row of a table of counts with the claim that it names."""
    if not (
        _has(workers, "claim_id", "value", "low", "high")
        and _has(claims, "claim_id", "value", "low", "high")
    ):
        return []
    ours = workers.frame[workers.frame["claim_id"] != ""]
    theirs = claims.frame.drop_duplicates("claim_id").set_index("claim_id")
    ours = ours[ours["claim_id"].isin(theirs.index)]
    linked = theirs.loc[ours["claim_id"]].set_axis(ours.index)
    plain = _all_plain(ours) & _all_plain(linked)
    here, there = _bounds(ours).fillna(-1), _bounds(linked).fillna(-1)
    off = ours.index[plain & (here != there).any(axis=1)]
    return [
        Difference(
            "worker-claim",
            workers.name,
            (("claim_id", str(ours.at[line, "claim_id"])), ("as_of", str(ours.at[line, "as_of"]))),
            int(line),
            "claim_id",
            f"{_range(here.loc[line])} here, {_range(there.loc[line])} there",
            "the figure of the claim",
        )
        for line in off
    ]


def _all_plain(frame: pd.DataFrame) -> pd.Series:
    cells = frame[["value", "low", "high"]]
    return cells.apply(lambda column: (column == "") | numbers(column).notna()).all(axis=1)


def _range(bounds: pd.Series) -> str:
    lower, upper = (text(bound) if bound >= 0 else "open" for bound in bounds)
    return lower if lower == upper else f"{lower} to {upper}"


def differences(tables: dict[str, RawTable], agreements: Agreements) -> list[Difference]:
    """Return every difference between figures that should agree, declared or not."""

    def table(name: str) -> RawTable:
        return tables.get(name) or RawTable(name, f"data/{name}.csv", pd.DataFrame())

    sums = [flow_sums(table(a.table), a.period, a.column) for a in agreements.flow_sums]
    sums += [consistency(table(a.table), table(a.months), table(a.years))
             for a in agreements.year_sums]  # fmt: skip
    sums += [best_values(table(a.table), table(a.months)) for a in agreements.chosen]
    sums += [claim_figures(table(a.table), table("ledger/claims"))
             for a in agreements.claim_figures]  # fmt: skip
    return [gap for found in sums for gap in found]


def failures(
    entries: list[Entry], tables: dict[str, RawTable], agreements: Agreements
) -> list[Failure]:
    """Hold the differences against those declared: undeclared, changed and gone ones fail."""
    known = {
        (e.text("check"), e.text("table"), frozenset(e.cells("match").items())): e
        for e in entries
        if e.section == "known_differences"
    }
    found = []
    for gap in differences(tables, agreements):
        entry = known.pop((gap.check, gap.table, frozenset(gap.key)), None)
        if entry is None:
            hint = f"mend it or declare it in known_differences (check: {gap.check})"
            said = f"a difference of {gap.size}" if gap.check != "chosen" else shown(gap.size)
            found.append(
                Failure(tables[gap.table].file, gap.line, gap.column, said, gap.allowed, hint)
            )
        elif entry.text("difference") != gap.size:
            hint = f"{tables[gap.table].file}:{gap.line} has changed: state the new difference"
            allowed = shown(entry.text("difference"))
            found.append(fault(entry, "difference", shown(gap.size), allowed, hint))
    return found + [
        fault(
            entry,
            "difference",
            "none any more",
            shown(entry.text("difference")),
            "remove the entry",
        )
        for entry in known.values()
    ]
