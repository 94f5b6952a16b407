"""What each chart that follows the reader must show: its marks and its table, by hand.

`EXPECTED` has a function for each figure; it takes the values of the chapter's parameters and
returns `Shown`. The numbers come from helpers.models and the clean tables, never from the chart.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.evidence import claim, claims, load, recorded
from helpers.models import luggage, repatriation, visas, wages_trade

Values = dict[str, Any]


@dataclass
class Shown:
    """What a chart shows: `table` has CSV heads and rows; `marks` are (kind, channels by rows).

    Marks stand in the order of drawing. Channels are x, y, x2, y2 (on the axes) and text; an
    area has two ends, a bar's lower end is the first.
    """

    heads: list[str]
    rows: list[list[Any]]
    marks: list[tuple[str, dict[str, list[Any]]]]
    words: tuple[str, ...] = ()  # columns of words that are not checked


def fee_income(v: Values) -> Shown:
    workers = np.arange(0, 1501, 50)
    bags = luggage.bags_per_week(workers, v["share_with_paid_bag"], v["bags_per_worker"])
    low, high = (
        luggage.fee_income(bags, v[fee], v["weeks"]) / 1e6 for fee in ("fee_low", "fee_high")
    )
    names = ["March 2024", "January 2025, every day", "October 2024, every day"]
    paces = [100, claim("newyear-2025-daily").value * 7, claim("exodus-2024-10-daily").value * 7]
    unit = "million yuan a year"
    return Shown(
        ["part", "workers (workers going home each week)", f"low ({unit})", f"high ({unit})",
         "workers", "label"],
        [[unit, *row, None, None] for row in zip(workers, low, high, strict=True)]
        + [["annotation", None, None, None, *row] for row in zip(paces, names, strict=True)],
        [("area", {"x": workers, "y": low, "y2": high}), ("rule", {"x": paces}),
         ("text", {"x": paces, "text": names})],
    )  # fmt: skip


def net_income(v: Values) -> Shown:
    stays = np.unique(np.geomspace(7, 365, 70).round())
    run = v["days_lost_per_trip"], v["trip_cost_cny"], v["wage_cny_month"]
    lines = {
        "run, goods": visas.net_income_month(stays, *run, v["goods_kg"], v["margin_cny_per_kg"]),
        "run, no goods": visas.net_income_month(stays, *run, 0, 0),
        "no run": np.full(len(stays), v["wage_cny_month"]),
    }
    rows = [[s, line[n], case] for n, s in enumerate(stays) for case, line in lines.items()]
    return Shown(
        ["stay (days of a stay)", "income (yuan a month)", "case"],
        [*rows, *([[v["stay_days"], None, None]] if v["stay_days"] not in stays else [])],
        [*(("line", {"x": stays, "y": line}) for line in lines.values()),
         ("rule", {"x": [v["stay_days"]]})],
    )  # fmt: skip


def peak_by_groups(v: Values) -> Shown:
    groups = np.arange(1, 61)
    lines = {
        "busiest day": visas.peak_crossings_per_day(v["workers"], v["stay_days"], groups),
        "average day": np.full(60, visas.crossings_per_day(v["workers"], v["stay_days"])),
    }
    return Shown(
        ["groups (groups with days of their own)", "crossings (crossings a day)", "day"],
        [[g, line[n], day] for n, g in enumerate(groups) for day, line in lines.items()],
        [*(("line", {"x": groups, "y": line}) for line in lines.values()),
         ("rule", {"x": [v["groups"]]})],
    )  # fmt: skip


def fine(v: Values) -> Shown:
    sizes = np.unique([*np.geomspace(1, 20000, 120).round(), 2000])
    sizes = sizes[sizes <= max(2000, v["workers"])]
    law = v["fine_per_worker_cny"], v["fine_cap_cny"]
    lines = {
        "with the ceiling": visas.fine_per_worker_effective(sizes, *law),
        "without it": np.full(len(sizes), law[0]),
    }
    fewest, most = (
        visas.days_of_wage_gap(sizes, *law, v[gap]) for gap in ("wage_gap_high", "wage_gap_low")
    )
    sums, days, here = "yuan a worker", "days of saved wages", [v["workers"]]
    alone = [] if v["workers"] in sizes else here  # a row that another shows in full is left out
    rows = [[sums, s, line[n], name, None, None]
            for n, s in enumerate(sizes) for name, line in lines.items()]  # fmt: skip
    rows += [[sums, at, None, None, None, None] for at in alone]
    rows += [[days, s, None, None, a, b] for s, a, b in zip(sizes, fewest, most, strict=True)]
    return Shown(
        ["part", "workers (workers of one employer)", "yuan", "fine", "fewest", "most"],
        [*rows, *([days, at, None, None, None, None] for at in alone)],
        [*(("line", {"x": sizes, "y": line}) for line in lines.values()), ("rule", {"x": here}),
         ("area", {"x": sizes, "y": fewest, "y2": most}), ("rule", {"x": here})],
    )  # fmt: skip


def _short(number: float) -> str:
    """Return a number as d3 writes it with ",.3~r"."""
    return f"{float(f'{number:.3g}'):,.6f}".rstrip("0").rstrip(".")


def _span(low: float, high: float) -> str:
    return "–".join(dict.fromkeys([_short(low), _short(high)]))


def _weeks_to_empty(v: Values) -> list[tuple[str, float, float, float]]:
    """Return for the pace set and each pace reported its words, and weeks by the two figures."""
    table = claims(indicator="workers_present", place=v["place"], usable=True, repeats=False)
    table = table[table["population"].str.contains("workers")]
    table = table[table["period_to"] >= "2017-01-01"]
    known = [n for row in table.itertuples() for n in (row.value, row.low, row.high) if n == n]
    paces = {"as set": v["weekly_pace"], "March 2024": 100, "January 2025": 700,
             "October 2024": 1400}  # fmt: skip
    return [(whose, pace, min(known) / pace, max(known) / pace) for whose, pace in paces.items()]


def pace_of_return(v: Values) -> Shown:
    months, part = repatriation.months_between(v["start"], v["deadline"]), np.arange(26) / 20
    start, wall = pd.Timestamp(v["start"]), pd.Timestamp(v["deadline"])
    days = [(start + (wall - start) * share).round("ms") for share in part]
    stocks, came = (v["stock_low"], v["stock_high"]), v["arrivals_per_month"]
    need = [repatriation.departures_needed(s, months, v["share_target"], came) for s in stocks]
    flow, path = (
        [repatriation.stock_after(s, pace, came, part * months)
         for s, pace in zip(stocks, paces, strict=True)]
        for paces in ([v["departures_per_month"]] * 2, need)
    )  # fmt: skip
    until = slice(0, 21)
    texts = [f"{_span(flow[0][20], flow[1][20])} left at the deadline at these flows",
             f"{_span(*need)} a month must go to reach the target"]  # fmt: skip
    weeks = _weeks_to_empty(v)
    words = [f"{pace:,} a week ({whose}): {_span(low, high)} weeks"
             for whose, pace, low, high in weeks]  # fmt: skip
    head = f"weeks to empty {v['place']}, lowest to highest figure"
    upper = [["workers in China", day, high, low, path_low, path_high, None, None, None, None]
             for day, high, low, path_low, path_high in zip(
                 days, flow[1], flow[0], path[0], path[1], strict=True)]  # fmt: skip
    at_wall = [[*upper[20][:6], text, None, None, None] for text in texts]
    lower = [["weeks", *5 * [None], text, low, high, whose]
             for text, (whose, _, low, high) in zip(words, weeks, strict=True)]  # fmt: skip
    _, _, fewest, most = zip(*weeks, strict=True)
    return Shown(
        ["part", "day", "high", "low", "path_low", "path_high", "words", "fewest", "most", "whose"],
        [*upper[:20], *upper[21:], *at_wall, *lower,
         ["annotation", *5 * [None], head, None, None, None]],
        [("area", {"x": days, "y": flow[1], "y2": flow[0]}),
         *(("line", {"x": days, "y": line}) for line in flow),
         *(("line", {"x": days[until], "y": line[until]}) for line in path),
         ("rule", {"x": [wall]}), *(("text", {"text": [text]}) for text in texts),
         ("rule", {"x": fewest, "x2": most}), ("symbol", {"x": fewest}), ("symbol", {"x": most}),
         ("text", {"text": words}), ("text", {"text": [head]})],
    )  # fmt: skip


def split_of_pay(v: Values) -> Shown:
    rows, ends = [], []
    for pay, wage in (("lower", v["wage_dprk_low"]), ("upper", v["wage_dprk_high"])):
        taken = wages_trade.state_take(wage, v["state_share"])
        kept = wages_trade.kept_by_worker(wage, v["state_share"])
        rows += [[taken, pay, "taken for the state"], [kept, pay, "left to the worker"]]
        ends += [(0, taken, pay), (taken, taken + kept, pay)]
    first, last, pays = zip(*ends, strict=True)
    return Shown(["yuan (yuan a month)", "pay", "part"], rows,
                 [("rect", {"x": first, "x2": last, "y": pays})])  # fmt: skip


def replacement_cost(v: Values) -> Shown:
    workers = max(1000, 2 * v["workers"]) * np.arange(21) / 20
    wages = (v[f"wage_{who}_{end}"] for who in ("dprk", "china") for end in ("low", "high"))
    low, high = (np.array(end) / 1e6 for end in wages_trade.replacement_cost(workers, *wages))
    unit = "million yuan a year"
    return Shown(
        ["workers (workers to replace)", f"low ({unit})", f"high ({unit})"],
        [*(list(row) for row in zip(workers, low, high, strict=True)),
         *([[v["workers"], None, None]] if v["workers"] not in workers else [])],
        [("area", {"x": workers, "y": low, "y2": high}), ("line", {"x": workers, "y": low}),
         ("rule", {"x": [v["workers"]]})],
    )  # fmt: skip


def pay_in_rice(v: Values) -> Shown:
    days, pay = load("kpw_market"), recorded("der-2012-2025-keep-stable")
    dollar = load("fx_months").set_index("month")["cny_per_usd"]
    rows = []
    for day in days[days["usable"] & (days["survey"] == v["kpw_rate_source"])].itertuples():
        when = pd.Timestamp(day.date_from)
        if pd.isna(day.rice_kpw_per_kg) or when > pd.Timestamp(v["as_of"]):
            continue
        direct = not pd.isna(day.kpw_per_cny)
        rate = (day.kpw_per_cny if direct
                else day.kpw_per_usd / dollar.get(f"{when:%Y-%m}", np.nan))  # fmt: skip
        if not pd.isna(rate):
            ends = (end * rate / day.rice_kpw_per_kg for end in (pay.low, pay.high))
            way = f"yuan rate {'surveyed' if direct else 'by the dollar'}"
            rows.append([when, day.place, *ends, way])
    when, _, low, high, _ = zip(*rows, strict=True)
    unit = "kg of rice a month"
    return Shown(
        ["date_from", "place", f"low ({unit})", f"high ({unit})", "way"], rows,
        [("rule", {"x": when, "y": low, "y2": high}), ("symbol", {"x": when, "y": low}),
         ("symbol", {"x": when, "y": high})],
    )  # fmt: skip


def any_base_month(v: Values) -> Shown:
    table = load("trade_months")
    ended = pd.to_datetime(table["month"]) + pd.offsets.MonthEnd() <= pd.Timestamp(v["as_of"])
    table = table[ended & (table["flow"] == v["flow"]) & table["usd_million"].notna()]
    worth = dict(zip(table["month"], table["usd_million"], strict=True))
    now, base = worth.get(v["month"], 0), v["base_month"]
    months = list(worth) if now > 0 else []
    ratios = [now / worth[month] for month in months]
    dates = [pd.Timestamp(month) for month in months]
    unit, rows = "times the base month", []
    for month, date, ratio in zip(months, dates, ratios, strict=True):
        same = month[5:7] == v["month"][5:7]
        kind = "same calendar month" if same else "any other month"
        rows.append([unit, date, ratio, kind, None, None])
    picked = [row for row, month in zip(rows, months, strict=True) if month == base]
    texts = []
    for _, date, ratio, *_ in picked:
        change = f"{100 * (ratio - 1):+,.1f}".replace("-", "−")
        texts.append(f"{pd.Timestamp(v['month']):%B %Y} against {date:%B %Y}|{change} per cent")
    at = {"x": [row[1] for row in picked], "y": [row[2] for row in picked]}
    rows += [[unit, *row[1:3], None, text, None] for row, text in zip(picked, texts, strict=True)]
    return Shown(
        ["part", "day", f"ratio ({unit})", "kind", "words", "ratio"],
        [*rows, ["annotation", *4 * [None], 1]],
        [("rule", {"y": [1]}), ("symbol", {"x": dates, "y": ratios}), ("symbol", at),
         ("text", {"text": texts})],
    )  # fmt: skip


EXPECTED = {
    "luggage-fee-income": fee_income,
    "visas-net-income": net_income,
    "visas-peak-by-groups": peak_by_groups,
    "visas-fine": fine,
    "repatriation-pace-of-return": pace_of_return,
    "wages_trade-split-of-pay": split_of_pay,
    "wages_trade-replacement-cost": replacement_cost,
    "wages_trade-pay-in-rice": pay_in_rice,
    "wages_trade-any-base-month": any_base_month,
}
