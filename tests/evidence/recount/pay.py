"""Chapter on pay and trade."""

from .suitcase import RATE
from .tables import BY_ID, COUNTED, ends, recount, setting, table, value


def of(name):
    return setting("wages_trade", name)


UNTIL = of("as_of")
# usable, no repeats, none of our own sums, of a period that has ended
REPORTED = COUNTED[(COUNTED["basis"] != "derived") & (COUNTED["period_to"] <= UNTIL)]
PAID = REPORTED[REPORTED["indicator"] == "monthly_wage_dprk_worker"]
KEPT = REPORTED[REPORTED["indicator"] == "worker_take_home"]
KEPT_CNY = KEPT[KEPT["unit"] == "CNY"]
USUAL = BY_ID["der-2012-2025-keep-stable"]
SHARES = REPORTED[
    (REPORTED["indicator"] == "state_share_of_wage") & ~REPORTED["place"].isin(["world", "Rason"])
]
TRADE = table("trade_months").sort_values("month")
IMPORTS = TRADE[(TRADE["flow"] == "import") & TRADE["usd_million"].notna()].tail(12)
FX = RATE[RATE.index.str[:4] == of("fx_source").split()[1]].mean()
PAY = of("wage_dprk_low"), of("wage_dprk_high")
CHINESE = of("wage_china_low"), of("wage_china_high")
MARKET = table("kpw_market")
AUTUMN_2017 = MARKET[
    MARKET["date"].isin(["2017-08-29", "2017-10-06"]) & (MARKET["usable"] == "true")
]
# the reckonings of the chapter's first figure; each list is picked by hand
BY_SPEAKER = {
    "revenue-unsr-2015": "world-unsr-2015-10",
    "revenue-nis-2015": "world-nis-2015-10",
    "revenue-asahi-2017": "world-asahi-2017-11",
    "revenue-world-2019-state-nikkei": "workers-world-2019-state-nikkei",
    "ch-world-poe-revenue": "world-poe-2023",
}
BY_HEAD = [
    "remit-2012-demick", "state-2016-seafood-350", "party-payment-2017-cny", "party-2022-80000",
]  # fmt: skip
BY_SHARE = [
    "2012-phoenix", "2012-ceweekly", "2012-hani", "2012-kyodo", "2016-rfa", "2017-dnk-70",
    "2021-98pct", "2022-80000", "2024-flood",
]  # fmt: skip


def usd_a_year(figure, claim):
    """A payment for each of the workers as dollars a year."""
    heads = {"300 workers-month": 1 / 300, "worker-year": 1 / 12}.get(claim.per, 1)
    return figure * heads * 12 * of("workers") / (1 if claim.unit == "USD" else FX)


def span(numbers):
    known = [number for number in numbers if number == number]
    return min(known), max(known)


def times_printed(sum_of):
    """Market rates of autumn 2017 over the rate at which an article turned yuan into won."""
    printed = BY_ID[f"{sum_of}-2017-kpw"].printed_value / value(f"{sum_of}-2017-cny")
    return AUTUMN_2017["kpw_per_cny"].min() / printed, AUTUMN_2017["kpw_per_cny"].max() / printed


def month(flow, name):
    return TRADE.set_index(["flow", "month"]).loc[(flow, name), "usd_million"]


def surveyed():
    """Days of a survey with a price of rice and a rate of the yuan, surveyed or by the dollar."""
    days = MARKET[(MARKET["survey"] == of("kpw_rate_source")) & (MARKET["usable"] == "true")]
    days = days[days["rice_kpw_per_kg"].notna() & (days["date_from"] <= UNTIL)]
    by_dollar = days["kpw_per_usd"] / days["date_from"].str[:7].map(RATE)
    days = days.assign(rate=days["kpw_per_cny"].fillna(by_dollar)).dropna(subset="rate")
    kilograms = days["rate"] / days["rice_kpw_per_kg"]
    return days.assign(low=USUAL.low * kilograms, high=USUAL.high * kilograms)


@recount("wages_trade:paid_reported")
def paid():
    # pay of a North Korean worker, in yuan, usable, no repeats, not derived, dated
    return ends(PAID[PAID["unit"] == "CNY"])


@recount("wages_trade:kept_reported")
def kept():
    # what a worker takes home, in yuan, usable, no repeats, not derived, dated
    return ends(KEPT_CNY)


@recount("wages_trade:kept_most")
def kept_at_most():
    # the largest upper end of these
    return KEPT_CNY["upper"].max()


@recount("wages_trade:kept_reports")
def reports_of_pay_kept():
    # how many these are
    return len(KEPT_CNY)


@recount("wages_trade:kept_inside")
def reports_within_the_usual():
    # of these: neither end lies outside the usual range, and both ends are known
    within = (KEPT_CNY["lower"] >= USUAL.low) & (KEPT_CNY["upper"] <= USUAL.high)
    return len(KEPT_CNY[within])


@recount("wages_trade:dollar_reports")
def reports_in_dollars():
    # both of the above in dollars in place of yuan
    return len(PAID[PAID["unit"] == "USD"]) + len(KEPT[KEPT["unit"] == "USD"])


@recount("wages_trade:share_reported")
def share_taken():
    # share of pay taken, usable, no repeats, not derived, dated, not of the world or Rason
    lows, highs = SHARES["lower"].fillna(SHARES["upper"]), SHARES["upper"].fillna(SHARES["lower"])
    return lows.min(), highs.max()


@recount("wages_trade:share_reports")
def reports_of_the_share():
    # how many these are
    return len(SHARES)


@recount("wages_trade:kept_run")
def kept_of_this_pay():
    # both ends of pay less the share taken
    return tuple(pay * (1 - of("state_share")) for pay in PAY)


@recount("wages_trade:implied_share")
def share_implied():
    # one less usual pay kept over pay: most kept of least pay, and the other way round
    pairs = zip((USUAL.high, USUAL.low), PAY, strict=True)
    return tuple(max(0, 1 - left / pay) for left, pay in pairs)


@recount("wages_trade:wage_gap")
def gap():
    # lower Chinese pay less the upper North Korean, and the other way round
    return CHINESE[0] - PAY[1], CHINESE[1] - PAY[0]


@recount("wages_trade:replacement_year")
def cost_of_replacing():
    # these gaps times twelve months and the workers
    return tuple(12 * of("workers") * one for one in gap())


@recount("wages_trade:fx_rate")
def rate():
    # mean of the months of the year
    return FX


@recount("wages_trade:revenue_run")
def income_of_the_state():
    # twelve months of both ends of pay times the share taken and the workers, over the rate
    return tuple(12 * of("workers") * pay * of("state_share") / FX for pay in PAY)


@recount("wages_trade:revenue_world")
def income_by_the_world():
    # workers times a world sum over a world number of the same speaker; both dated
    found = []
    for money, heads in BY_SPEAKER.items():
        total, count = BY_ID[money], BY_ID[heads]
        # a sum known on one side only, or a number so known, gives one end
        found += [of("workers") * a * 1e6 / b for a, b in (
            (total.lower, count.upper), (total.upper, count.lower))]  # fmt: skip
    return span(found)


@recount("wages_trade:revenue_heads")
def income_by_the_head():
    # a payment for one worker, both ends, times the workers and twelve months
    claims = [BY_ID[claim_id] for claim_id in BY_HEAD]
    return span([usd_a_year(end, claim) for claim in claims for end in (claim.lower, claim.upper)])


@recount("wages_trade:revenue_wages")
def income_by_the_share():
    # pay times the share that the same report has taken; an open share ends at all of it
    found = []
    for key in BY_SHARE:
        pay, share = BY_ID[f"wage-{key}"], BY_ID[f"share-{key}"]
        top = share.upper if share.upper == share.upper else 100
        found += [usd_a_year(pay.lower * share.lower / 100, pay),
                  usd_a_year(pay.upper * top / 100, pay)]  # fmt: skip
    return span(found)


@recount("wages_trade:imports_month")
def imports():
    # median of the latest twelve months of flow "import" with a value
    return IMPORTS["usd_million"].median() * 1e6


@recount("wages_trade:workers_to_match")
def workers_to_match():
    # the median month over the dollars taken of a worker's pay, upper and lower
    return tuple(imports() / (pay * of("state_share") / FX) for pay in PAY[::-1])


@recount("wages_trade:month_value")
def trade_of_the_month():
    # the month's value in the flow
    return month(of("flow"), of("month"))


@recount("wages_trade:base_value")
def trade_of_the_base():
    # the base month's value in the flow
    return month(of("flow"), of("base_month"))


@recount("wages_trade:month_change")
def change_of_the_month():
    # per cent by which the month lies above the base month
    return 100 * (trade_of_the_month() / trade_of_the_base() - 1)


@recount("wages_trade:rice_month")
def rice():
    # usual pay kept, at the rate, over the price of rice: least and most of all days surveyed
    return surveyed()["low"].min(), surveyed()["high"].max()


@recount("wages_trade:rice_last")
def rice_on_the_last_day():
    # the same on the latest day
    last = surveyed().sort_values("date_from").iloc[-1]
    return last["low"], last["high"]


@recount("wages_trade:won_party_times")
def won_of_the_payment():
    # yuan rates of 29 August and 6 October 2017 over the rate printed for the payment
    return times_printed("party-payment")


@recount("wages_trade:won_year_times")
def won_of_a_year():
    # the same over the rate printed for a year's earnings
    return times_printed("annual-earnings")


@recount("wages_trade:exports_feb_2021")
def exports_of_february():
    # one claim in million dollars
    return value("exports-feb-2021-low") * 1e6


@recount("wages_trade:wig_share")
def hair_goods():
    # a claim on 2023 in per cent of the year's imports by the customs headline, usable
    years = table("trade_years")
    years = years[(years["year"] == "2023") & (years["flow"] == "import")]
    years = years[(years["count_named"] == "customs") & (years["usable"] == "true")]
    return 100 * value("wig-2023-value-yonhap") / years["usd_million"].iloc[0]


@recount("wages_trade:wig_price_times")
def price_of_hair_goods():
    # price of a kilogram in 2023 over that in 2019
    return value("wig-unit-value-2023") / value("wig-unit-value-2019")
