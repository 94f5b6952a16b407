"""How a stock of workers changes as some go home and others come, and how long it takes to empty.

Dates may be ISO texts. `stock` is the number of workers present at the start.
"""

from . import ops
from .ops import DAYS_PER_MONTH, Quantity

UN_MEMBER_STATES = 193
"""Members of the United Nations, as in claim share-states-reporting-2021-derived."""


def months_between(start: Quantity, deadline: Quantity) -> Quantity:
    """Measure the time from one date to another in months of 365/12 days.

    days / DAYS_PER_MONTH; below 0 if the deadline lies before the start
    Units: dates, or text such as 2019-12-22 -> months. Raises ValueError if a text is no ISO date.
    """
    return ops.days_between(start, deadline) / DAYS_PER_MONTH


def stock_after(
    stock: Quantity, departures_per_month: Quantity, arrivals_per_month: Quantity, months: Quantity
) -> Quantity:
    """Count the workers left after some months at a steady pace; never below 0.

    max(stock + months x (arrivals_per_month - departures_per_month), 0)
    Units: persons, persons/month, persons/month, months -> persons.
    """
    return ops.maximum(stock + months * (arrivals_per_month - departures_per_month), 0)


def departures_needed(
    stock: Quantity, months: Quantity, share_target: Quantity = 1, arrivals_per_month: Quantity = 0
) -> Quantity:
    """Find the departures a month that shrink the stock by a share of itself before a deadline.

    share_target x stock / months + arrivals_per_month; infinite if no time is left
    Units: persons, months, fraction of the opening stock to be gone (1: all of it), persons/month
    -> persons/month. New arrivals must leave too, hence the last term.
    """
    return ops.divide(share_target * stock, months) + arrivals_per_month


def weeks_to_empty(stock: Quantity, weekly_pace: Quantity) -> Quantity:
    """Count the weeks until none is left at a weekly pace of return; infinite at a pace of 0.

    stock / weekly_pace (claim weeks-to-empty-dandong-derived)
    Units: persons, persons/week -> weeks. An illustration with no arrivals, not a forecast.
    """
    return ops.divide(stock, weekly_pace)
