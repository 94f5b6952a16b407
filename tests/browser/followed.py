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
from helpers.models.ops import DAYS_PER_MONTH

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


def border_run(v: Values) -> Shown:
    run = v["stay_days"], v["days_lost_per_trip"], v["trip_cost_cny"], v["wage_cny_month"]
    law = v["workers"], v["fine_per_worker_cny"], v["fine_cap_cny"]
    at_border = v["workers"], v["stay_days"]
    parts = {
        "A worker, yuan a month": {
            "Kept of a month’s pay": v["wage_cny_month"],
            "Left after the runs, nothing carried": visas.net_income_month(*run, 0, 0),
            "Left after the runs, with goods": visas.net_income_month(
                *run, v["goods_kg"], v["margin_cny_per_kg"]),
        },
        "The border, crossings a day": {
            "Busiest day, all together": visas.peak_crossings_per_day(*at_border, 1),
            "Busiest day, in groups": visas.peak_crossings_per_day(*at_border, v["groups"]),
            "Average day": visas.crossings_per_day(*at_border),
        },
        "The employer, yuan": {
            "Fine, were there no ceiling": v["workers"] * v["fine_per_worker_cny"],
            "Fine with the ceiling": visas.fine(*law),
            "Wages saved in a month, at least": v["workers"] * v["wage_gap_low"],
            "Wages saved in a month, at most": v["workers"] * v["wage_gap_high"],
        },
    }  # fmt: skip
    rows, marks = [], []
    for title, bars in parts.items():
        sums = list(bars.values())
        rows += [["data", amount, n] for n, amount in enumerate(sums)]
        ends = {"x": [min(0, one) for one in sums], "x2": [max(0, one) for one in sums]}
        told = [f"{name}: {_short(one)}".replace("-", "−") for name, one in bars.items()]
        marks += [("rect", ends), ("text", {"text": told}), ("text", {"text": [title]})]
    return Shown(["part", "amount", "n"], rows, marks, words=("name", "claim_id", "label"))


def crossings(v: Values) -> Shown:
    day, rows, marks = np.arange(1, 61), [], []
    nights = max(v["days_lost_per_trip"] - 1, 0)
    for grouping, groups in (("together", 1), ("five groups", 5), ("as set", v["groups"])):
        apart = min(visas.groups_apart(v["stay_days"], groups), v["workers"])
        many = visas.crossings_on_day(day - 1, v["workers"], v["stay_days"], groups, nights)
        words = f"{apart:g} group{'s' * (apart > 1)}"
        part = "day" if grouping == "as set" else "data"  # the axis of days has a title once
        told = [[part, grouping, d, n, None] for d, n in zip(day, many, strict=True)]
        rows += [*told[1:], [*told[0][:-1], words]]  # the first day is where the name stands
        marks += [("rect", {}), ("text", {"text": [words]})]
    return Shown(["part", "grouping", "day", "crossings", "words"], rows, marks)


def fine(v: Values) -> Shown:
    sizes = np.unique([*np.geomspace(1, 20000, 120).round(), 2000])
    sizes = sizes[sizes <= max(2000, v["workers"])]
    law, gaps = (v["fine_per_worker_cny"], v["fine_cap_cny"]), ("wage_gap_high", "wage_gap_low")
    fewest, most = (visas.days_of_wage_gap(sizes, *law, v[gap]) for gap in gaps)
    low, high = (visas.days_of_wage_gap(v["workers"], *law, v[gap]) for gap in gaps)
    days = "–".join(_short(end, 2) for end in (low, high))
    here, words = [v["workers"]], f"{v['workers']:,} workers: {days} days"
    told = {True: {"text": [words]}, False: {"text": []}}
    rows = [["days of saved wages", s, a, b, *4 * [None]]
            for s, a, b in zip(sizes, fewest, most, strict=True)]  # fmt: skip
    return Shown(
        ["part", "size (workers of one employer)", "fewest", "most", "chosen", "low", "high",
         "words"],
        [*rows, ["data", *3 * [None], v["workers"], low, high, words]],
        [("area", {"x": sizes, "y": fewest, "y2": most}), ("rule", {"x": here}),
         ("rule", {"x": here, "y": [low], "y2": [high]}),
         ("text", told[v["workers"] < 60]), ("text", told[v["workers"] >= 60])],
    )  # fmt: skip


def entries(v: Values) -> Shown:
    kinds = {"dprk_entries_work": "work and crews", "dprk_entries_to_china": "all purposes"}
    table = claims(indicator=list(kinds), place="China", usable=True, repeats=False)
    year = table["period_start"]
    whole = table["per"].eq("year") & year.eq(table["period_end"]) & year.between("2010", "2015")
    table = table[whole]
    work = table["indicator"].eq("dprk_entries_work")
    trips = visas.trips_per_year(v["stay_days"])
    people = visas.person_equivalent(table["value"], trips).where(work)
    rows = [[row.period_start, row.value, None if np.isnan(n) else n]
            for row, n in zip(table.itertuples(), people, strict=True)]  # fmt: skip
    value = "value (entries a year, and people behind those for work)"
    return Shown(
        ["year", value, "people"],
        [*(row for row in rows if row[-1]), *(row for row in rows if not row[-1])],
        [("rect", {"y": (people[work] + table["value"][work]) / 2}),
         ("symbol", {"y": table["value"]})],
        words=("purpose", "outlet", "claim_id"),
    )  # fmt: skip


def _short(number: float, digits: int = 3) -> str:
    """Return a number as d3 writes it with ",.3~r"."""
    half_up = number * (1 + 1e-12)
    return f"{float(f'{half_up:.{digits}g}'):,.6f}".rstrip("0").rstrip(".")


def _span(low: float, high: float) -> str:
    return "–".join(dict.fromkeys([_short(low), _short(high)]))


def stock_and_flow(v: Values) -> Shown:
    months = repatriation.months_between(v["start"], v["deadline"])
    month = np.linspace(0, 1.25 * months, 101)
    until = month <= months + 1e-9
    start, wall = pd.Timestamp(v["start"]), pd.Timestamp(v["deadline"])
    days = [start + pd.Timedelta(days=m * DAYS_PER_MONTH) for m in month]
    stocks, came = (v["stock_low"], v["stock_high"]), v["arrivals_per_month"]
    need = [repatriation.departures_needed(s, months, v["share_target"], came) for s in stocks]
    flow = [repatriation.stock_after(s, v["departures_per_month"], came, month) for s in stocks]
    path = [repatriation.stock_after(s, pace, came, month[until])
            for s, pace in zip(stocks, need, strict=True)]  # fmt: skip
    before = claim("factory-before-2017-daily-nk").value
    left = claim("factory-remaining-2017-daily-nk").value
    plant = [v["stock_high"], v["stock_high"] * left / before]
    two = [start, start + pd.Timedelta(days=DAYS_PER_MONTH)]
    to_wall, part, note = days[: until.sum()], "workers in China", "annotation"
    rest = [repatriation.stock_after(s, v["departures_per_month"], came, months) for s in stocks]
    texts = [f"left at the deadline: {_span(*rest)}",
             f"needed a month, with arrivals: {_span(*need)}"]  # fmt: skip
    rows = [[part, day, high, low, line, None] for line, when, (lows, highs) in (
                ("at these flows", days, flow), ("path to the target", to_wall, path))
            for day, low, high in zip(when, lows, highs, strict=True)]  # fmt: skip
    rows += [[part, day, high, None, "one factory, to scale", None]
             for day, high in zip(two, plant, strict=True)]  # fmt: skip
    rows += [[note, wall, *4 * [None]], *([note, *4 * [None], text] for text in texts)]
    return Shown(
        ["part", "day", "high (workers in China)", "low (workers in China)", "line", "text"],
        rows,
        [("area", {"x": days, "y": flow[1], "y2": flow[0]}),
         *(("line", {"x": days, "y": line}) for line in flow),
         *(("line", {"x": to_wall, "y": line}) for line in path),
         ("line", {"x": two, "y": plant}), ("rule", {"x": [wall]}),
         *(("text", {"text": [text]}) for text in texts)],
    )  # fmt: skip


def pace_of_return(v: Values) -> Shown:
    table = claims(indicator="workers_present", place=v["place"], usable=True, repeats=False)
    of_workers = table["population"].str.contains("workers")
    table = table[of_workers & (table["period_to"] >= "2017-01-01")].sort_values("period_to")
    pace, rows, open_ = v["weekly_pace"], [], {"→": [], "←": []}
    for row in table.itertuples():
        value, low, high = (None if pd.isna(n) else n for n in (row.value, row.low, row.high))
        known = [n for n in (low, value, high) if n is not None]
        dot = value if value is not None else known[0] if len(known) == 1 else None
        if value is None and len(known) == 1:
            open_["→" if high is None else "←"].append(dot / pace)
        weeks = [known[0] / pace, known[-1] / pace, None if dot is None else dot / pace]
        rows.append([value, low, high, row.outlet, row.attribution, *weeks])
    lows, highs, dots = zip(*(row[-3:] for row in rows), strict=True)
    unit = f"weeks to empty {v['place']}"
    return Shown(
        ["value", "low", "high", "outlet", "said by", *(f"{e} ({unit})" for e in (
            "low", "high", "value"))],
        rows,
        [("rect", {"x": lows, "x2": highs}),
         ("symbol", {"x": [dot for dot in dots if dot is not None]}),
         *(("text", {"x": at, "text": [sign] * len(at)}) for sign, at in open_.items()),
         ("text", {"text": [None] * len(rows)})],
        words=("what", "basis"),
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
    "visas-run": border_run,
    "visas-crossings": crossings,
    "visas-fine": fine,
    "visas-entries": entries,
    "repatriation-stock-and-flow": stock_and_flow,
    "repatriation-pace-of-return": pace_of_return,
    "wages_trade-split-of-pay": split_of_pay,
    "wages_trade-replacement-cost": replacement_cost,
    "wages_trade-pay-in-rice": pay_in_rice,
    "wages_trade-any-base-month": any_base_month,
}
