"""Chapter on the paid suitcase."""

from .tables import BY_ID, COUNTED, SIDECARS, recount, setting, table, value


def of(name):
    return setting("luggage", name)


MONTHS = table("trade_months").sort_values("month")
EXPORTS = MONTHS[(MONTHS["flow"] == "export") & MONTHS["usd_million"].notna()].tail(12)
MEDIAN = EXPORTS["usd_million"].median() * 1e6
RATE = table("fx_months").set_index("month")["cny_per_usd"]
FEES = BY_ID["smuggling-fee-2024-daily-nk-cny"]
PACES = {
    "March 2024": value("return-rate-2024-03-daily-nk-ko"),
    "January 2025": value("newyear-2025-daily") * 7,
    "October 2024": value("exodus-2024-10-daily") * 7,
}
BAGS = PACES["January 2025"] * of("share_with_paid_bag") * of("bags_per_worker")
RAIL = value("tr-rail-in-2023") / 150
WORTH = BAGS * of("weeks") * of("goods_value_cny_per_bag") / RATE["2024-03"] / 12
SHARE = 100 * WORTH / MEDIAN
# seat and clearance of 2023; excess over the free weight, at a family visitor's bag
BILL = value("lug-2023-bus-seat") + value("lug-2023-230yuan")
EXCESS = value("luggage-weight-2019-daily-nk-ko") - value("lug-2023-free50")
EXTRA = EXCESS * value("lug-2023-5yuan")
USUAL = BY_ID["der-2012-2025-keep-stable"]
ALLOWED = COUNTED[
    (COUNTED["indicator"] == "luggage_allowance_weight") & (COUNTED["unit"] == "kg")
    & (COUNTED["basis"] != "derived")
]  # fmt: skip


@recount("luggage:fee_income_year")
def fees_of_a_year():
    # a day's departures of January 2025 times seven, a bag on each, a year's weeks, both fees
    return tuple(BAGS * of("weeks") * fee for fee in (FEES.low, FEES.high))


@recount("luggage:fee_income_year_range")
def fees_at_all_paces():
    # the same at the slowest pace and the lower fee, and at the fastest and the upper
    bags = of("share_with_paid_bag") * of("bags_per_worker") * of("weeks")
    return (min(PACES.values()) * bags * FEES.low, max(PACES.values()) * bags * FEES.high)


@recount("luggage:fee_income_at_march_pace")
def fees_at_the_pace_of_march():
    # the same at the pace of March 2024
    return tuple(PACES["March 2024"] * of("weeks") * fee for fee in (FEES.low, FEES.high))


@recount("luggage:mass_week")
def weight_of_a_week():
    # bags of a week times the weight of a bag
    return BAGS * of("bag_kg")


@recount("luggage:fee_income_month_usd")
def fees_of_a_month_in_dollars():
    # a twelfth of a year's fees at the average rate of March 2024
    return tuple(BAGS * of("weeks") * fee / 12 / RATE["2024-03"] for fee in (FEES.low, FEES.high))


@recount("luggage:exports_month")
def exports():
    # median of the latest twelve months of flow "export" with a value
    return MEDIAN


@recount("luggage:goods_value_month")
def goods_of_a_month():
    # a twelfth of a year's bags at the value borrowed for a bag, at the rate of March 2024
    return WORTH


@recount("luggage:goods_share_of_exports")
def goods_against_exports():
    # the goods of a month in per cent of the median month's exports
    return SHARE


@recount("luggage:goods_share_of_exports_range")
def goods_against_exports_at_the_ends():
    # the same at the slowest pace and the lowest value of a bag, and at the fastest and highest
    worth = SIDECARS["luggage"]["parameters"]["goods_value_cny_per_bag"]
    now = PACES["January 2025"] * of("goods_value_cny_per_bag")
    return (SHARE * min(PACES.values()) * worth["low"] / now,
                    SHARE * max(PACES.values()) * worth["high"] / now)  # fmt: skip


@recount("luggage:goods_share_at_october_pace")
def goods_at_the_pace_of_october():
    # the same at the pace of October 2024, held on every day of the week
    return SHARE * PACES["October 2024"] / PACES["January 2025"]


@recount("luggage:bag_value_for_one_percent")
def value_that_makes_one_per_cent():
    # the value of a bag at which the share is one
    return of("goods_value_cny_per_bag") / SHARE


@recount("luggage:laptops_value")
def laptops():
    # the limit of devices times the price of a used Chinese laptop, at the rate of its month
    goods = table("goods_prices").set_index("good").loc["laptop, used, Chinese"]
    devices = value("electronics-allowance-before-2025-03")
    return tuple(devices * goods[f"price_{end}"] * RATE[goods["date"]] for end in ("low", "high"))


@recount("luggage:fee_to_rail")
def fee_against_rail():
    # both fees for a kilogram over the freight of a kilogram, a load being 150 kilograms
    return tuple(fee / of("bag_kg") / RAIL for fee in (FEES.low, FEES.high))


@recount("luggage:fee_to_rail_range")
def fee_against_rail_at_all_weights():
    # the same at the heaviest and the lightest bag that a rule on weight in kilograms names
    most, least = ALLOWED["upper"].max(), ALLOWED["lower"].min()
    return (FEES.low / most / RAIL, FEES.high / least / RAIL)


@recount("luggage:rail_break_even_fee")
def fee_that_equals_rail():
    # weight of a bag times the freight of a kilogram
    return of("bag_kg") * RAIL


@recount("luggage:return_bill")
def bill():
    # seat and clearance; the same with excess weight at a family visitor's bag
    return BILL, BILL + EXTRA


@recount("luggage:return_bill_months")
def bill_in_months():
    # the smaller bill over the upper end of usual pay kept, the larger over the lower
    return BILL / USUAL.high, (BILL + EXTRA) / USUAL.low
