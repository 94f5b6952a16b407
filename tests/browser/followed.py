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
        ["part", "million", "what it is", "value", "low", "high"],
        [*([sums, sum_, name, *3 * [None]] for name, sum_ in bars.items()),
         *([rates, None, name, dot, *of]
           for (name, of), dot in zip(ends.items(), dots, strict=True))],
        [("rect", {"x": [0, 0, 0], "x2": [*bars.values()]}), ("text", {"text": told}),
         ("rect", {"x": lows, "x2": highs}), ("symbol", {"x": dots[1:]}),
         ("text", {"text": []}), ("text", {"text": []}), ("text", {"text": [*ends]})],
        words=("kind of source", "said by"),
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
        ["what it is", f"low ({unit})", f"high ({unit})"],
        [list(row) for row in zip(paces, low, high, strict=True)],
        [("rect", {"x": low, "x2": high}), ("symbol", {"x": []}), ("text", {"text": []}),
         ("text", {"text": []}), ("text", {"text": [*paces]})],
        words=("kind of source",),
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
        rows += [["data", amount] for amount in sums]
        ends = {"x": [min(0, one) for one in sums], "x2": [max(0, one) for one in sums]}
        told = [f"{name}: {_short(one)}".replace("-", "−") for name, one in bars.items()]
        marks += [("rect", ends), ("text", {"text": told}), ("text", {"text": [title]})]
    return Shown(["part", "amount"], rows, marks, words=("name",))


def crossings(v: Values) -> Shown:
    day, rows, marks = np.arange(1, 61), [], []
    nights = max(v["days_lost_per_trip"] - 1, 0)
    for grouping, groups in (("together", 1), ("five groups", 5), ("as set", v["groups"])):
        apart = min(visas.groups_apart(v["stay_days"], groups), v["workers"])
        many = visas.crossings_on_day(day - 1, v["workers"], v["stay_days"], groups, nights)
        words = f"{apart:g} group{'s' * (apart > 1)}"
        part = "day" if grouping == "as set" else "data"  # the axis of days has a title once
        rows += [[part, grouping, d, n] for d, n in zip(day, many, strict=True)]
        marks += [("rect", {}), ("text", {"text": [words]})]
    return Shown(["part", "grouping", "day", "crossings"], rows, marks)


def fine(v: Values) -> Shown:
    sizes = np.unique([*np.geomspace(1, 20000, 120).round(), 2000])
    sizes = sizes[sizes <= max(2000, v["workers"])]
    law, gaps = (v["fine_per_worker_cny"], v["fine_cap_cny"]), ("wage_gap_high", "wage_gap_low")
    fewest, most = (visas.days_of_wage_gap(sizes, *law, v[gap]) for gap in gaps)
    low, high = (visas.days_of_wage_gap(v["workers"], *law, v[gap]) for gap in gaps)
    days = "–".join(_short(end, 2) for end in (low, high))
    here, words = [v["workers"]], f"{v['workers']:,} workers: {days} days"
    told = {True: {"text": [words]}, False: {"text": []}}
    rows = [["days of saved wages", s, a, b, *3 * [None]]
            for s, a, b in zip(sizes, fewest, most, strict=True)]  # fmt: skip
    return Shown(
        ["part", "size (workers of one employer)", "fewest", "most", "chosen", "low", "high"],
        [*rows, ["data", *3 * [None], v["workers"], low, high]],
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
        words=("purpose",),
    )  # fmt: skip


def _short(number: float, digits: int = 3) -> str:
    """Return a number as d3 writes it with ",.3~r"."""
    half_up = number * (1 + 1e-12)
    return f"{float(f'{half_up:.{digits}g}'):,.6f}".rstrip("0").rstrip(".")


def _span(low: float, high: float, digits: int = 3) -> str:
    return "–".join(dict.fromkeys([_short(low, digits), _short(high, digits)]))


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
    words = [f"{pace:,} a week ({whose}): {_span(low, high, 2)} weeks"
             for whose, pace, low, high in weeks]  # fmt: skip
    head = f"weeks to empty {v['place']}, lowest to highest figure"
    upper = [["workers in China", day, high, low, path_low, path_high, None, None, None]
             for day, high, low, path_low, path_high in zip(
                 days, flow[1], flow[0], path[0], path[1], strict=True)]  # fmt: skip
    lower = [["weeks", *5 * [None], low, high, whose] for whose, _, low, high in weeks]
    _, _, fewest, most = zip(*weeks, strict=True)
    return Shown(
        ["part", "day", "high", "low", "path low", "path high", "fewest", "most", "whose"],
        [*upper, *lower],
        [("area", {"x": days, "y": flow[1], "y2": flow[0]}),
         *(("line", {"x": days, "y": line}) for line in flow),
         *(("line", {"x": days[until], "y": line[until]}) for line in path),
         ("rule", {"x": [wall]}), *(("text", {"text": [text]}) for text in texts),
         ("rule", {"x": fewest, "x2": most}), ("symbol", {"x": fewest}), ("symbol", {"x": most}),
         ("text", {"text": words}), ("text", {"text": [head]})],
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
        "Pay of a Chinese worker": (v["wage_china_low"], v["wage_china_high"]),
        "Paid for a North Korean worker": pay,
        "Taken for the state": tuple(wages_trade.state_take(wage, share) for wage in pay),
        "Left to the worker": tuple(wages_trade.kept_by_worker(wage, share) for wage in pay),
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
    rows = [[yuan, 600, 1000, "Left to the worker", None, None]]
    rows += [[yuan, *blank, what, *ends] for what, ends in sums.items()]
    rows += [[dollars, *blank, *year] for year in years]
    return Shown(
        ["part", "from", "to", "what it is", "low", "high"],
        rows,
        [("rect", {"x": [600], "x2": [1000], "y": ["Left to the worker"]}),
         ("rect", {"x": first, "x2": last, "y": list(sums)}), ("text", {"text": months}),
         ("rect", {"x": lows, "x2": highs, "y": whats}),
         ("symbol", {"x": lows, "y": whats}),
         ("text", {"text": texts})],
        words=("report",),
    )  # fmt: skip


EXPECTED = {
    "luggage-suitcase": suitcase,
    "luggage-fee-income": fee_income,
    "visas-run": border_run,
    "visas-crossings": crossings,
    "visas-fine": fine,
    "visas-entries": entries,
    "repatriation-pace-of-return": pace_of_return,
    "wages_trade-where-pay-goes": where_pay_goes,
}
