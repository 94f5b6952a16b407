"""What a worker's stay of so many days costs and earns, at the border and for the employer.

`stay_days` runs from stamp to stamp: the days lost on a trip are part of it. A trip is one exit and
one return, so it counts as two crossings.
"""

from . import ops
from .ops import DAYS_PER_MONTH, DAYS_PER_YEAR, Quantity

CROSSINGS_PER_TRIP = 2
"""One exit and one return, by definition."""


def trips_per_month(stay_days: Quantity) -> Quantity:
    """Count the border runs of a worker in a month.

    DAYS_PER_MONTH / stay_days, with 365/12 days to the month by convention
    Units: days/trip (above 0) -> trips/worker-month.
    """
    return DAYS_PER_MONTH / stay_days


def trips_per_year(stay_days: Quantity) -> Quantity:
    """Count the border runs of a worker in a year.

    365 / stay_days
    Units: days/trip (above 0) -> trips/worker-year.
    """
    return DAYS_PER_YEAR / stay_days


def person_equivalent(entries: Quantity, trips_per_year: Quantity) -> Quantity:
    """Find how many people make a number of entries if each entered that often.

    entries / trips_per_year (claim vis-2015-monthly-equivalent)
    Units: entries/year, entries/person-year (above 0) -> persons.
    """
    return entries / trips_per_year


def wage_after_lost_days(
    wage_cny_month: Quantity, stay_days: Quantity, days_lost_per_trip: Quantity
) -> Quantity:
    """Work out the month's wage when days spent on border runs are not paid.

    wage_cny_month x (1 - min(days_lost_per_trip, stay_days) / stay_days)
    Units: CNY/worker-month, days/trip (above 0), calendar days/trip -> CNY/worker-month. A lost day
    costs a calendar day's share of the wage; nothing is left where every day of the stay is lost.
    """
    return wage_cny_month * (1 - ops.minimum(days_lost_per_trip, stay_days) / stay_days)


def trip_result(
    stay_days: Quantity,
    days_lost_per_trip: Quantity,
    trip_cost_cny: Quantity,
    wage_cny_month: Quantity,
    goods_kg: Quantity,
    margin_cny_per_kg: Quantity,
) -> Quantity:
    """Say what one border run adds to a worker's income; below 0 it costs.

    goods_kg x margin_cny_per_kg - trip_cost_cny
    - wage_cny_month x min(days_lost_per_trip, stay_days) / DAYS_PER_MONTH
    Units: days/trip, days/trip, CNY/trip, CNY/worker-month, kg/trip, CNY/kg -> CNY/trip.
    """
    lost_wage = wage_cny_month * ops.minimum(days_lost_per_trip, stay_days) / DAYS_PER_MONTH
    return goods_kg * margin_cny_per_kg - trip_cost_cny - lost_wage


def net_income_month(
    stay_days: Quantity,
    days_lost_per_trip: Quantity,
    trip_cost_cny: Quantity,
    wage_cny_month: Quantity,
    goods_kg: Quantity,
    margin_cny_per_kg: Quantity,
) -> Quantity:
    """Work out a worker's net income in a month at a given length of stay.

    wage_after_lost_days + trips_per_month x (goods_kg x margin_cny_per_kg - trip_cost_cny), that is
    wage_cny_month + trips_per_month x trip_result
    Units: days/trip (above 0), days/trip, CNY/trip, CNY/worker-month, kg/trip, CNY/kg
    -> CNY/worker-month; below 0 where the runs cost more than the wage.
    """
    wage = wage_after_lost_days(wage_cny_month, stay_days, days_lost_per_trip)
    gain_per_trip = goods_kg * margin_cny_per_kg - trip_cost_cny
    return wage + trips_per_month(stay_days) * gain_per_trip


def break_even_margin(
    stay_days: Quantity,
    days_lost_per_trip: Quantity,
    trip_cost_cny: Quantity,
    wage_cny_month: Quantity,
    goods_kg: Quantity,
) -> Quantity:
    """Find the margin on goods at which a border run neither costs nor earns.

    (trip_cost_cny + lost wage) / goods_kg; infinite where nothing is carried
    Units: days/trip, days/trip, CNY/trip, CNY/worker-month, kg/trip -> CNY/kg.
    """
    cost = -trip_result(stay_days, days_lost_per_trip, trip_cost_cny, wage_cny_month, goods_kg, 0)
    return ops.divide(cost, goods_kg)


def crossings_per_day(workers: Quantity, stay_days: Quantity) -> Quantity:
    """Average the crossings a day that border runs cause; an exit and a return count as two.

    2 x workers / stay_days
    Units: persons, days/trip (above 0) -> crossings/day.
    """
    return CROSSINGS_PER_TRIP * workers / stay_days


def groups_apart(stay_days: Quantity, groups: Quantity) -> Quantity:
    """Count the groups that can leave on days of their own: no more than the days of a stay.

    max(floor(min(groups, stay_days)), 1)
    Units: days/trip, groups -> groups.
    """
    return ops.maximum(ops.floor(ops.minimum(groups, stay_days)), 1)


def peak_exits_per_day(workers: Quantity, stay_days: Quantity, groups: Quantity) -> Quantity:
    """Count the exits of the busiest day: the largest group.

    ceil(workers / groups_apart)
    Units: persons, days/trip, groups -> persons/day.
    """
    return ops.ceil(workers / groups_apart(stay_days, groups))


def peak_crossings_per_day(workers: Quantity, stay_days: Quantity, groups: Quantity) -> Quantity:
    """Bound the crossings of the busiest day: the largest group leaves, another as large returns.

    2 x peak_exits_per_day; exact if workers return on the day they leave
    Units: persons, days/trip, groups -> crossings/day. `crossings_on_day` never exceeds it.
    """
    return CROSSINGS_PER_TRIP * peak_exits_per_day(workers, stay_days, groups)


def exits_on_day(
    day: Quantity, workers: Quantity, stay_days: Quantity, groups: Quantity
) -> Quantity:
    """Count the workers who leave on a day of a calendar, in staggered groups.

    Groups are as equal as whole persons allow. Group i, from 0, leaves on day
    floor(i x stay_days / groups_apart) of every stay, and no other on the same day.
    Units: whole day (0 is the first of a stay), persons, whole days/trip, groups -> persons.
    """
    apart = groups_apart(stay_days, groups)
    place = day - stay_days * ops.floor(day / stay_days)
    group = ops.ceil(place * apart / stay_days)
    leaves = (group < apart) & (ops.floor(group * stay_days / apart) == place)
    each = ops.floor(workers / apart)
    size = each + ops.where(group < workers - apart * each, 1, 0)
    return ops.where(leaves, size, 0)


def crossings_on_day(
    day: Quantity,
    workers: Quantity,
    stay_days: Quantity,
    groups: Quantity,
    nights_away: Quantity,
) -> Quantity:
    """Count the crossings on a day of a calendar: those who leave and those who come back.

    exits_on_day(day) + exits_on_day(day - nights_away); 0 nights: back on the day of leaving
    Units: whole day (0 is the first of a stay), persons, whole days/trip, groups, whole days/trip
    -> crossings/day. The pattern is in full swing on day 0.
    """
    out = exits_on_day(day, workers, stay_days, groups)
    return out + exits_on_day(day - nights_away, workers, stay_days, groups)


def fine(workers: Quantity, fine_per_worker_cny: Quantity, fine_cap_cny: Quantity) -> Quantity:
    """Work out an employer's fine, which grows with the workforce up to a cap.

    min(workers x fine_per_worker_cny, fine_cap_cny) (claims law-art80-employer, law-art80-cap)
    Units: persons, CNY/person, CNY/employer -> CNY/employer.
    """
    return ops.minimum(workers * fine_per_worker_cny, fine_cap_cny)


def workers_at_cap(fine_per_worker_cny: Quantity, fine_cap_cny: Quantity) -> Quantity:
    """Find the workforce from which the cap holds and every further worker is free of fine.

    fine_cap_cny / fine_per_worker_cny; infinite where there is no fine
    Units: CNY/person, CNY/employer -> persons.
    """
    return ops.divide(fine_cap_cny, fine_per_worker_cny)


def fine_per_worker_effective(
    workers: Quantity, fine_per_worker_cny: Quantity, fine_cap_cny: Quantity
) -> Quantity:
    """Spread the capped fine over the workforce.

    fine / workers (claim law-capped-fine-example)
    Units: persons (above 0), CNY/person, CNY/employer -> CNY/person.
    """
    return fine(workers, fine_per_worker_cny, fine_cap_cny) / workers


def days_of_wage_gap(
    workers: Quantity,
    fine_per_worker_cny: Quantity,
    fine_cap_cny: Quantity,
    wage_gap_cny_month: Quantity,
) -> Quantity:
    """Count the days in which the wages saved pay off the fine; infinite where nothing is saved.

    fine_per_worker_effective / max(wage_gap_cny_month, 0) x DAYS_PER_MONTH
    (claim law-capped-fine-payback)
    Units: persons (above 0), CNY/person, CNY/employer, CNY/worker-month -> days.
    """
    effective = fine_per_worker_effective(workers, fine_per_worker_cny, fine_cap_cny)
    return ops.divide(effective * DAYS_PER_MONTH, ops.maximum(wage_gap_cny_month, 0))
