"""What each chart that follows the reader must show: its marks and its table, by hand.

`EXPECTED` has a function for each figure; it takes the values of the chapter's parameters and
returns `Shown`. The numbers come from helpers.models and the clean tables, never from the chart.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.evidence import claim, claims, load
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
        rows,
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
    rows = [[sums, s, line[n], name, None, None]
            for n, s in enumerate(sizes) for name, line in lines.items()]  # fmt: skip
    rows += [[days, s, None, None, a, b] for s, a, b in zip(sizes, fewest, most, strict=True)]
    return Shown(
        ["part", "workers (workers of one employer)", "yuan", "fine", "fewest", "most"],
        rows,
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
    to_wall = days[: until.sum()]
    rest = [repatriation.stock_after(s, v["departures_per_month"], came, months) for s in stocks]
    texts = [f"left at the deadline: {_span(*rest)}",
             f"needed a month, with arrivals: {_span(*need)}"]  # fmt: skip
    rows = [[day, high, low, line] for line, when, (lows, highs) in (
                ("at these flows", days, flow), ("path to the target", to_wall, path))
            for day, low, high in zip(when, lows, highs, strict=True)]  # fmt: skip
    rows += [[day, high, None, "one factory, to scale"]
             for day, high in zip(two, plant, strict=True)]  # fmt: skip
    return Shown(
        ["day", "high (workers in China)", "low (workers in China)", "line"],
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
        rows.append([value, low, high, row.attribution, *weeks])
    lows, highs, dots = zip(*(row[-3:] for row in rows), strict=True)
    unit = f"weeks to empty {v['place']}"
    return Shown(
        ["value", "low", "high", "said by", *(f"{e} ({unit})" for e in (
            "low", "high", "value"))],
        rows,
        [("rect", {"x": lows, "x2": highs}),
         ("symbol", {"x": [dot for dot in dots if dot is not None]}),
         *(("text", {"x": at, "text": [sign] * len(at)}) for sign, at in open_.items()),
         ("text", {"text": [None] * len(rows)})],
        words=("what it is", "kind of source"),
    )  # fmt: skip


WAYS = {  # reckonings of the state's income: by pay with a share, by a payment, by a world total
    "Pay times share, in one report": [
        (f"wage-{key}", f"share-{key}") for key in (
            "2012-phoenix", "2012-ceweekly", "2012-hani", "2012-kyodo", "2016-rfa", "2017-dnk-70",
            "2021-98pct", "2022-80000", "2024-flood")],
    "Payment reported for a head": [(key, None) for key in (
        "remit-2012-demick", "state-2016-seafood-350", "party-payment-2017-cny",
        "party-2022-80000")],
    "Part in a world total": [
        ("revenue-unsr-2015", "world-unsr-2015-10"), ("revenue-nis-2015", "world-nis-2015-10"),
        ("revenue-asahi-2017", "world-asahi-2017-11"),
        ("revenue-world-2019-state-nikkei", "workers-world-2019-state-nikkei"),
        ("ch-world-poe-revenue", "world-poe-2023")],
}  # fmt: skip


def _yuan_for_dollar(name: str) -> float:
    """Return the rate behind a choice of `fx_source`."""
    kind, year = name.split()
    if kind == "printed":
        return claim({"2022": "der-2022-party-rate", "2024": "der-2024-cny-usd-1000"}[year]).value
    months = load("fx_months")
    return months.loc[months["month"].str.startswith(year), "cny_per_usd"].mean()


def _dollars(v: Values, first: str, second: str | None) -> tuple[float, float]:
    """Return the ends of one reckoning in dollars a year; the known one twice."""
    sum_, part = claim(first), claim(second) if second else None
    if sum_.unit == "USD_million":
        ends = [v["workers"] * 1e6 * a / b if a and b else None
                for a, b in ((sum_.lower, part.upper), (sum_.upper, part.lower))]  # fmt: skip
    else:
        heads = {"300 workers-month": 300, "worker-year": 12}.get(sum_.per, 1)
        rate = 1 if sum_.unit == "USD" else _yuan_for_dollar(v["fx_source"])
        shares = (part.lower, part.upper or 100) if part else (100, 100)
        ends = [12 * v["workers"] * pay / heads * share / 100 / rate if pay else None
                for pay, share in zip((sum_.lower, sum_.upper), shares, strict=True)]  # fmt: skip
    low, high = ends
    return (high if low is None else low), (low if high is None else high)


def _si(number: float) -> str:
    """Return a number as d3 writes it with ".3~s", thousands as k, millions as m."""
    digits, power = f"{number:.2e}".split("e")
    group = int(power) // 3
    return f"{float(digits) * 10 ** (int(power) - 3 * group):.6g}{['', 'k', 'm', 'bn'][group]}"


def where_pay_goes(v: Values) -> Shown:
    pay, share = (v["wage_dprk_low"], v["wage_dprk_high"]), v["state_share"]
    sums = {
        "Chinese worker in her place": (v["wage_china_low"], v["wage_china_high"]),
        "Paid for a North Korean worker": pay,
        "Taken for the state": tuple(wages_trade.state_take(wage, share) for wage in pay),
        "Left to her": tuple(wages_trade.kept_by_worker(wage, share) for wage in pay),
    }
    rate = _yuan_for_dollar(v["fx_source"])
    run = tuple(12 * v["workers"] * wage * share / rate for wage in pay)
    years = [("Pay times share, as assumed", *run)]
    years += [(way, *_dollars(v, *ids)) for way, every in WAYS.items() for ids in every]

    def told(what: str, low: float, high: float, form: Any) -> str:
        return f"{what}: {form(low)}" + (f"–{form(high)}" if high > low else "")

    months = [told(what, *ends, "{:,.0f}".format) for what, ends in sums.items()]
    months[-1] += "; in 7 of 13 reports 600–1,000"
    ways = dict.fromkeys(way for way, *_ in years)
    texts = [told(way, min(low for a, low, _ in years if a == way),
                  max(high for a, _, high in years if a == way), _si) for way in ways]  # fmt: skip
    whats, lows, highs = zip(*years, strict=True)
    first, last = zip(*sums.values(), strict=True)
    yuan, dollars, blank = "yuan a month", "dollars a year from all of them", [None, None]
    rows = [[yuan, 600, 1000, "Left to her", None, None, None]]
    rows += [
        [yuan, *blank, what, *sums[what], text] for what, text in zip(sums, months, strict=True)
    ]
    rows += [[dollars, *blank, *year, None] for year in years]
    return Shown(
        ["part", "from", "to", "what", "low", "high", "words"],
        rows,
        [("rect", {"x": [600], "x2": [1000], "y": ["Left to her"]}),
         ("rect", {"x": first, "x2": last, "y": list(sums)}), ("text", {"text": months}),
         ("rect", {"x": lows, "x2": highs, "y": whats}),
         ("symbol", {"x": lows, "y": whats}),
         ("text", {"text": texts})],
        words=("report",),
    )  # fmt: skip


EXPECTED = {
    "luggage-fee-income": fee_income,
    "visas-net-income": net_income,
    "visas-peak-by-groups": peak_by_groups,
    "visas-fine": fine,
    "repatriation-stock-and-flow": stock_and_flow,
    "repatriation-pace-of-return": pace_of_return,
    "wages_trade-where-pay-goes": where_pay_goes,
}
