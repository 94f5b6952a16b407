"""Chapter on who went home."""

from datetime import date

from .tables import BY_ID, COUNTED, recount, setting, table, value

# people present, usable, no repeats, words for "workers", and a last day
PRESENT = COUNTED[
    (COUNTED["indicator"] == "workers_present")
    & COUNTED["population"].str.contains("workers")
    & COUNTED["period_to"].notna()
]
IN_ALL = PRESENT[
    PRESENT["place"].isin(["China", "world"]) & ~PRESENT["population"].str.contains("IT")
]
ROUND = 100000
NO_CEILING = IN_ALL["value"].isna() & IN_ALL["high"].isna()
ROUND_ONES = IN_ALL[(IN_ALL["value"] == ROUND) | (NO_CEILING & (IN_ALL["low"] == ROUND))]
PACES = [
    value("return-rate-2024-03-daily-nk-ko"),
    value("newyear-2025-daily") * 7,
    value("exodus-2024-10-daily") * 7,
]
FILED = table("repatriation_reports")
FILED = FILED[
    (FILED["usable"] == "true") & ((FILED["report"] != "press") | (FILED["iso3"] == "MNG"))
]


def of(name):
    return setting("repatriation", name)


STOCKS = of("stock_low"), of("stock_high")
DAYS = date.fromisoformat(of("deadline")) - date.fromisoformat(of("start"))
MONTHS = DAYS.days / (365 / 12)
HERE = PRESENT[(PRESENT["place"] == of("place")) & (PRESENT["period_to"] >= "2017-01-01")]
PLACE = HERE["lower"].min(), HERE["upper"].fillna(HERE["lower"]).max()


def entries(cell):
    """The ids in a cell that holds several."""
    return [part.strip() for part in cell.split(";")] if isinstance(cell, str) else []


def houses_behind(claim_id):
    """The houses without which a claim falls: who printed it, whom it quotes, its operands'."""
    claim = BY_ID[claim_id]
    found = {claim.outlet_family, *entries(claim.quoted_families)}
    for other in [*entries(claim.repeats), *entries(claim.derived_from)]:
        found |= houses_behind(other)
    return found


@recount("repatriation:statements_counted")
def statements():
    # people present, words "workers" and not "IT", dated, China or world, usable, no repeats
    return len(IN_ALL)


@recount("repatriation:round_statements")
def round_statements():
    # of these: the value is 100,000, or there is only a lower bound, of 100,000
    return len(ROUND_ONES)


@recount("repatriation:round_statements_range")
def round_statements_without_a_house():
    # the fewest that are left without one house, and all of them
    behind = [houses_behind(claim_id) for claim_id in ROUND_ONES["claim_id"]]
    return min(sum(house not in of for of in behind) for house in set().union(*behind)), len(behind)


@recount("repatriation:china_since_deadline")
def china_since_the_deadline():
    # of the statements those on China whose period begins on 1 December 2019 or later
    since = IN_ALL[(IN_ALL["place"] == "China") & (IN_ALL["period_from"] >= "2019-12-01")]
    return since["lower"].min(), since["upper"].max()


@recount("repatriation:months_to_deadline")
def months():
    # days from start to deadline at 365/12 days a month
    return MONTHS


@recount("repatriation:needed_without")
def departures_needed():
    # both stocks over the months, for the whole of them to be gone
    return tuple(of("share_target") * stock / MONTHS for stock in STOCKS)


@recount("repatriation:needed_with")
def departures_needed_with_arrivals():
    # the same, and a month's arrivals
    return tuple(of("share_target") * stock / MONTHS + of("arrivals_per_month") for stock in STOCKS)


@recount("repatriation:left_at_deadline")
def left():
    # both stocks less the months' departures net of arrivals, nought at the least
    gone = MONTHS * (of("departures_per_month") - of("arrivals_per_month"))
    return tuple(max(stock - gone, 0) for stock in STOCKS)


@recount("repatriation:share_left")
def share_left():
    # who is left of each stock as a share of it
    shares = [rest / stock for rest, stock in zip(left(), STOCKS, strict=True)]
    return min(shares), max(shares)


@recount("repatriation:place_stock")
def figures_for_the_place():
    # people present, words "workers", the place, a period that ends in 2017 or later
    return PLACE


@recount("repatriation:place_weeks")
def weeks_to_empty():
    # both of them over a week's departures
    return tuple(figure / of("weekly_pace") for figure in PLACE)


@recount("repatriation:place_weeks_range")
def weeks_at_all_paces():
    # the lowest figure at the fastest pace, the highest at the slowest
    return (PLACE[0] / max(PACES), PLACE[1] / min(PACES))


@recount("repatriation:named_states")
def states():
    # states with a usable row that is a report to the UN, and Mongolia, known through the press
    return FILED["state"].nunique()


@recount("repatriation:numbered_states")
def states_with_a_number():
    # of these the states with a row of more than nought workers sent home
    return FILED.loc[FILED["workers_repatriated"] > 0, "state"].nunique()


@recount("repatriation:arrivals_2025")
def arrivals():
    # new workers in Hunchun and in Dandong
    return value("new-2025-hunchun") + value("new-2025-dandong")
