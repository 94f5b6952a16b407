"""Chapter on papers and borders."""

import math

from .tables import BY_ID, EVENTS, recount, setting, table, value

WAYS = table("visa_channels")
UNTIL = "2026-11-30"  # the last day of the month that the chapter asks about
# reported again later than their row of the table says, by an event or a claim
AGAIN = {
    "student visa": EVENTS.loc["ev-2025-11", "date_to"],
    "tourist visa": EVENTS.loc["ev-2024-12", "date_to"],
    "short-term technical training / intern visa": BY_ID["ch-afp-interns-2023"].period_to,
}
ENDS = WAYS["channel"].map(AGAIN).fillna(WAYS["last_reported_to"])
STARTS = WAYS["first_reported_from"].fillna(ENDS)
KNOWN = WAYS[STARTS <= UNTIL].assign(ends=ENDS)
PAPERS = KNOWN[KNOWN["kind"] == "paper"]
NEWER = PAPERS[PAPERS["first_reported_from"] > "2017-09-11"]


def of(name):
    return setting("visas", name)


TRIPS = 365 / of("stay_days")
LOST = of("wage_cny_month") * of("days_lost_per_trip") / (365 / 12)
GOODS = of("goods_kg") * of("margin_cny_per_kg")
APART = min(of("groups"), of("stay_days"))
LARGEST = math.ceil(of("workers") / APART)
FINE = min(of("workers") * of("fine_per_worker_cny"), of("fine_cap_cny"))
WORK_2015 = value("vis-2015-work")


@recount("visas:papers_known")
def papers():
    # rows of kind "paper", first (or, without that, last) reported by the end of the month
    return len(PAPERS)


@recount("visas:papers_allow_work")
def papers_that_allow_work():
    # of the papers those with allowed_work "yes"
    return len(PAPERS[PAPERS["allowed_work"] == "yes"])


@recount("visas:papers_recent")
def papers_of_the_last_year():
    # of the papers those last reported after 30 November of the year before
    return len(PAPERS[PAPERS["ends"] > "2025-11-30"])


@recount("visas:papers_after_ban")
def papers_after_the_ban():
    # of the papers those first reported after 11 September 2017
    return len(NEWER)


@recount("visas:newer_allow_work")
def newer_papers_that_allow_work():
    # of the papers first reported after 11 September 2017 those with allowed_work "yes"
    return len(NEWER[NEWER["allowed_work"] == "yes"])


@recount("visas:others_known")
def other_ways():
    # rows of any kind but "paper", first (or last) reported by the end of the month
    return len(KNOWN[KNOWN["kind"] != "paper"])


@recount("visas:trips_year")
def trips():
    # days of a year over days between stamps
    return TRIPS


@recount("visas:trip_cost_all")
def cost_of_a_run():
    # the fare, and the pay of the days lost at 365/12 days a month
    return of("trip_cost_cny") + LOST


@recount("visas:net_income")
def net_income():
    # a month's pay and the balance of the runs of a month
    return of("wage_cny_month") + TRIPS / 12 * (GOODS - of("trip_cost_cny") - LOST)


@recount("visas:net_income_no_goods")
def net_income_without_goods():
    # a month's pay, less the cost of the runs of a month
    return of("wage_cny_month") - TRIPS / 12 * (of("trip_cost_cny") + LOST)


@recount("visas:break_even_margin")
def break_even_margin():
    # cost of a run over the kilograms carried
    return (of("trip_cost_cny") + LOST) / of("goods_kg")


@recount("visas:crossings_average")
def average_crossings():
    # an exit and a return of each worker, over the days between stamps
    return 2 * of("workers") / of("stay_days")


@recount("visas:peak_bound")
def most_crossings():
    # an exit and a return of the largest of as many groups as leave on days of their own
    return 2 * LARGEST


@recount("visas:peak_together")
def crossings_together():
    # an exit and a return of each worker, all on one day
    return 2 * of("workers")


@recount("visas:payback_days")
def payback():
    # the fine over the wages saved on all workers, at 365/12 days a month
    a_day = [of("workers") * of(f"wage_gap_{end}") / (365 / 12) for end in ("high", "low")]
    return tuple(FINE / saved for saved in a_day)


@recount("visas:fine_total")
def fine_of_the_employer():
    # the fine for each worker up to the ceiling
    return FINE


@recount("visas:fine_effective")
def fine_for_each():
    # the fine for each worker up to the ceiling, over the workers
    return FINE / of("workers")


@recount("visas:cap_workers")
def workers_at_the_ceiling():
    # the ceiling over the fine for each worker
    return math.ceil(of("fine_cap_cny") / of("fine_per_worker_cny"))


@recount("visas:persons_2015")
def people_behind_work_entries():
    # entries for work or as crew in 2015: over the runs of a year, and as they are
    return WORK_2015 / TRIPS, WORK_2015
