"""Clean: the tidy tables that chapters read, made from the checked raw tables."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from helpers.evidence import corrections
from helpers.evidence.check import Evidence
from helpers.evidence.entries import Entry
from helpers.evidence.links import origins
from helpers.evidence.numbers import numbers, text
from helpers.evidence.outlets import families
from helpers.evidence.periods import first_day, iso, last_day

Maker = Callable[[Evidence], pd.DataFrame]

_FLOWS = ("export", "import", "total")
_FIRST_MONTH, _LAST_MONTH = "2016-01", "2025-12"
_KG = {"kg": 1.0, "t": 1000.0}


def _raw(evidence: Evidence, table: str) -> pd.DataFrame:
    return corrections.apply(evidence.tables[table].frame, table, evidence.entries)


def _either(first: pd.Series, second: pd.Series) -> pd.Series:
    """Return the first column, with the second where the first is empty."""
    return first.where(first != "", second)


def _bounds(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `lower` and `upper`: value where no bound is given, empty on an open side."""
    return frame.assign(
        lower=_either(frame["low"], frame["value"]), upper=_either(frame["high"], frame["value"])
    )


def _days(frame: pd.DataFrame, days: dict[str, str]) -> pd.DataFrame:
    """Add full days: `days` maps the new column to the date column it is taken from.

    A name ending in _to is the last day of the date, any other the first.
    """
    made = {
        new: iso((last_day if new.endswith("_to") else first_day)(frame[old]))
        for new, old in days.items()
    }
    return frame.assign(**made)


def _with_outlet(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    """Add outlet, its family and the date of publication of each row's source."""
    sources = _sources(evidence).set_index("source_id")
    columns = ["outlet", "outlet_family", "outlet_family_label", "published", "published_from"]
    return frame.join(sources[columns], on="source_id")


def _plain(table: str, days: dict[str, str], evidence: Evidence) -> pd.DataFrame:
    return _days(_raw(evidence, table), days)


def _sources(evidence: Evidence) -> pd.DataFrame:
    frame = _days(evidence.tables["ledger/sources"].frame, {"published_from": "published"})
    return frame.join(families(frame["outlet"], evidence.tables["ledger/outlets"].frame))


def _claims(evidence: Evidence) -> pd.DataFrame:
    frame = _bounds(_raw(evidence, "ledger/claims"))
    frame = frame.assign(origin_id=origins(frame["claim_id"], frame["repeats"]))
    frame = _days(frame, {"period_from": "period_start", "period_to": "period_end"})
    return _with_outlet(evidence, frame)


def _statements(evidence: Evidence) -> pd.DataFrame:
    days = {"period_from": "period_start", "period_to": "period_end"}
    return _with_outlet(evidence, _plain("ledger/statements", days, evidence))


def _trade_months(evidence: Evidence) -> pd.DataFrame:
    """Return every month and flow, the value empty where no document gives one."""
    months = pd.period_range(_FIRST_MONTH, _LAST_MONTH, freq="M").astype("str")
    best = evidence.tables["series/trade_monthly_best"].frame.set_index("month")
    months = pd.Index([*months, *best.index.difference(months)], name="month")
    best = best.reindex(months, fill_value="").reset_index()
    return pd.concat([_trade_flow(best, flow) for flow in _FLOWS])


def _trade_flow(best: pd.DataFrame, flow: str) -> pd.DataFrame:
    is_total = flow == "total"
    basis = best["total_is" if is_total else f"{flow}_basis"]
    added = basis == "sum"
    export, other = best["export_source_id"], best["import_source_id"]
    none = pd.Series("", index=best.index)
    return pd.DataFrame(
        {
            "month": best["month"],
            "flow": flow,
            "usd_million": best[f"{flow}_usd_million"],
            "basis": basis,
            "source_id": best[f"{flow}_source_id"].mask(added, export),
            "second_source_id": other.where(added & (other != export), ""),
            "printed_usd_million": best["reported_total_usd_million"] if is_total else none,
            "printed_source_id": best["reported_total_source_id"] if is_total else none,
            "doubt": best["note"],
        }
    )


def _trade_month_counts(evidence: Evidence) -> pd.DataFrame:
    return _raw(evidence, "series/trade_monthly").rename(columns=lambda n: n.replace("value_", ""))


def _trade_years(evidence: Evidence) -> pd.DataFrame:
    frame = _raw(evidence, "series/trade_annual").rename(
        columns={"value_usd_million": "usd_million"}
    )
    return frame.assign(
        includes_crude_estimate=frame["includes_crude_estimate"].map({"yes": "true", "no": "false"})
    )


def _trade_consistency(evidence: Evidence) -> pd.DataFrame:
    """Return the table with its sums and percentages computed again from the months."""
    frame = evidence.tables["series/trade_consistency"].frame.copy()
    best = evidence.tables["series/trade_monthly_best"].frame
    sums = {
        (year, flow): numbers(best[f"{flow}_usd_million"])[best["month"].str[:4] == year].sum()
        for year, flow in frame[["year", "flow"]].itertuples(index=False)
    }
    total = pd.Series(
        [sums[key] for key in zip(frame["year"], frame["flow"], strict=True)], frame.index
    )
    percent = (total / numbers(frame["annual_usd_million"]) - 1) * 100
    return frame.assign(
        sum_usd_million=total.round(6).map(text),
        difference_percent=(percent.round(2) + 0.0).map(text),
    )


def _chinese_wages(evidence: Evidence) -> pd.DataFrame:
    frame = _raw(evidence, "series/chinese_wages")
    ends = {
        name: _either(frame[name], frame["value_cny_month"])
        for name in ("low_cny_month", "high_cny_month")
    }
    return frame.assign(**ends)


def _workers_by_country(evidence: Evidence) -> pd.DataFrame:
    frame = _bounds(_plain("series/workers_by_country", {"as_of_from": "as_of"}, evidence))
    claims = evidence.tables["ledger/claims"].frame.set_index("claim_id")
    return _with_outlet(
        evidence, frame.join(claims[["basis", "attribution"]], on="claim_id")
    ).fillna("")


def _kilograms(per: pd.Series) -> pd.Series:
    """Return the weight that a cost is for in kilograms, NaN where it is for no weight."""
    parts = per.str.extract(r"^(?:(\d+) )?(kg|t)$")
    return pd.to_numeric(parts[0].fillna("1")) * parts[1].map(_KG)


def _transport_costs(evidence: Evidence) -> pd.DataFrame:
    frame = _plain("series/transport_costs", {"date_from": "date"}, evidence)
    weight = _kilograms(frame["per"]).where(frame["unit"] == "CNY")
    per_kg = {
        f"cny_per_kg_{end}": (numbers(frame[f"cost_{end}"]) / weight).map(text)
        for end in ("low", "high")
    }
    return frame.assign(**per_kg)


def _joined(cells: dict[str, str]) -> str:
    return "|".join(f"{column}={cell}" for column, cell in cells.items())


def _correction(entry: Entry) -> dict[str, str]:
    joined = {"row_key": "match", "printed": "expect", "corrected": "new"}
    plain = {name: entry.text(name) for name in ("table", "action", "reason", "source_id")}
    return {"correction_id": entry.id, **plain} | {
        column: _joined(entry.cells(name)) for column, name in joined.items()
    }


def _corrections(evidence: Evidence) -> pd.DataFrame:
    return pd.DataFrame([_correction(entry) for entry in corrections.declared(evidence.entries)])


def _known_differences(evidence: Evidence) -> pd.DataFrame:
    names = ("check", "table", "difference", "reason")
    return pd.DataFrame(
        {"difference_id": e.id, "row_key": _joined(e.cells("match"))}
        | {n: e.text(n) for n in names}
        for e in evidence.entries
        if e.section == "known_differences"
    )


MAKERS: dict[str, Maker] = {
    "clean/claims": _claims,
    "clean/sources": _sources,
    "clean/statements": _statements,
    "clean/indicators": partial(_plain, "ledger/indicators", {}),
    "clean/places": partial(_plain, "ledger/places", {}),
    "clean/units": partial(_plain, "ledger/units", {}),
    "clean/events": partial(_plain, "series/events", {"date_from": "date", "date_to": "date"}),
    "clean/trade_months": _trade_months,
    "clean/trade_month_counts": _trade_month_counts,
    "clean/trade_years": _trade_years,
    "clean/trade_consistency": _trade_consistency,
    "clean/fx_months": partial(_plain, "series/fx_cny_usd_monthly", {}),
    "clean/kpw_market": partial(_plain, "series/kpw_market", {"date_from": "date"}),
    "clean/chinese_wages": _chinese_wages,
    "clean/workers_by_country": _workers_by_country,
    "clean/repatriation_reports": partial(
        _plain, "series/repatriation_reports", {"as_of_from": "as_of"}
    ),
    "clean/visa_channels": partial(
        _plain,
        "series/visa_channels",
        {"first_reported_from": "first_reported", "last_reported_to": "last_reported"},
    ),
    "clean/goods_prices": partial(_plain, "series/goods_prices", {"date_from": "date"}),
    "clean/transport_costs": _transport_costs,
    "clean/corrections": _corrections,
    "clean/known_differences": _known_differences,
    "clean/changes": partial(_plain, "ledger/corrections", {}),
}

SORT_FIRST = {
    "clean/events": ["date_from", "event_id"],
    "clean/workers_by_country": ["country", "as_of_from"],
    "clean/repatriation_reports": ["state", "as_of_from"],
    "clean/visa_channels": ["channel"],
    "clean/transport_costs": ["mode", "route", "date_from"],
}


def clean(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Make every clean table: text cells in final form, columns as in the codebook, sorted.

    Numbers are written as the shortest text that reads back as the same number. Rows are
    sorted by the table's first columns, then by all others, so that every run gives the
    same bytes.
    """
    return {table: _finished(evidence, table) for table in MAKERS}


def _finished(evidence: Evidence, table: str) -> pd.DataFrame:
    columns = evidence.book[table]
    names = [column.column for column in columns]
    frame = MAKERS[table](evidence)[names]
    frame = frame.sort_values([*SORT_FIRST.get(table, []), *names], kind="stable")
    shortest = {
        column.column: numbers(frame[column.column]).map(text)
        for column in columns
        if column.type == "number"
    }
    return frame.assign(**shortest).reset_index(drop=True)
