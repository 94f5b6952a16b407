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


def suitcase(v: Values) -> Shown:
    sums, rates = "million dollars a month", "yuan for a kilogram into North Korea"
    bags = luggage.bags_per_week(v["workers_per_week"], v["share_with_paid_bag"],
                                 v["bags_per_worker"])  # fmt: skip
    months = load("trade_months").query("flow == 'export'")["usd_million"].dropna()
    worth, fee = v["goods_value_cny_per_bag"], v["fee_high"]
    goods, fees = (bags * v["weeks"] * yuan / v["fx_cny_per_usd"] / 12e6 for yuan in (worth, fee))
    bars = {"Recorded exports, median month": months.tail(12).median(), "Goods in paid bags": goods,
            "Fees of the companies": fees}  # fmt: skip
    told = [f"{name}: {'up to ' * name.startswith('Fees')}{_short(sum_)}"
            for name, sum_ in bars.items()]  # fmt: skip
    rail, bus = v["rail_cny_per_load"] / 150, claim("lug-2023-5yuan").value
    ends = {"The paid suitcase": (v["fee_low"] / v["bag_kg"], v["fee_high"] / v["bag_kg"]),
            "Rail freight, February 2023": (rail, rail),
            "Excess weight on the workers’ bus, December 2023": (bus, bus)}  # fmt: skip
    lows, highs = zip(*ends.values(), strict=True)
    dots = [None, rail, bus]
    return Shown(
        ["part", "million", "what", "told", "value",
         *(f"{end} ({rates})" for end in ("low", "high", "value"))],
        [*([sums, sum_, name, words, *4 * [None]]
           for (name, sum_), words in zip(bars.items(), told, strict=True)),
         *([rates, None, name, None, bus if name.startswith("Excess") else None, *of, dot]
           for (name, of), dot in zip(ends.items(), dots, strict=True))],
        [("rect", {"x": [0, 0, 0], "x2": [*bars.values()]}), ("text", {"text": told}),
         ("rect", {"x": lows, "x2": highs}), ("symbol", {"x": dots[1:]}),
         ("text", {"text": []}), ("text", {"text": []}), ("text", {"text": [*ends]})],
        words=("basis", "outlet", "said by"),
    )  # fmt: skip


def fee_income(v: Values) -> Shown:
    paces = {
        "March 2024, all China": 100,
        "January 2025, Dandong, every day": claim("newyear-2025-daily").value * 7,
        "October 2024, Dandong, every day": claim("exodus-2024-10-daily").value * 7,
    }
    low, high = (
        [luggage.fee_income(luggage.bags_per_week(pace, v["share_with_paid_bag"],
                                                  v["bags_per_worker"]), v[fee], v["weeks"]) / 1e6
         for pace in paces.values()]
        for fee in ("fee_low", "fee_high")
    )  # fmt: skip
    unit = "million yuan a year"
    return Shown(
        ["what", f"low ({unit})", f"high ({unit})"],
        [list(row) for row in zip(paces, low, high, strict=True)],
        [("rect", {"x": low, "x2": high}), ("symbol", {"x": []}), ("text", {"text": []}),
         ("text", {"text": []}), ("text", {"text": [*paces]})],
        words=("basis",),
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
    "luggage-suitcase": suitcase,
    "luggage-fee-income": fee_income,
    "visas-net-income": net_income,
    "visas-peak-by-groups": peak_by_groups,
    "visas-fine": fine,
    "repatriation-stock-and-flow": stock_and_flow,
    "repatriation-pace-of-return": pace_of_return,
    "wages_trade-split-of-pay": split_of_pay,
    "wages_trade-replacement-cost": replacement_cost,
    "wages_trade-pay-in-rice": pay_in_rice,
    "wages_trade-any-base-month": any_base_month,
}
