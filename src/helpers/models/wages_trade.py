"""What is paid for a worker, who keeps it, what replacing one would cost, and how trade changed.

Only what is named percent is in percent. `wage_dprk` and `wage_china` are what the firm pays for a
North Korean and a Chinese worker in a month.
"""

from . import ops
from .ops import MONTHS_PER_YEAR, Quantity


def wage_gap(wage_dprk: Quantity, wage_china: Quantity) -> Quantity:
    """Say what a firm saves in a month on one worker.

    wage_china - wage_dprk
    Units: CNY/worker-month each -> CNY/worker-month.
    """
    return wage_china - wage_dprk


def annual_wage_gap(workers: Quantity, wage_dprk: Quantity, wage_china: Quantity) -> Quantity:
    """Work out what replacing all North Korean workers of a firm would add to a year's wages.

    12 x workers x (wage_china - wage_dprk)
    Units: persons, CNY/worker-month, CNY/worker-month -> CNY/year.
    """
    return MONTHS_PER_YEAR * workers * wage_gap(wage_dprk, wage_china)


def replacement_cost(
    workers: Quantity,
    wage_dprk_low: Quantity,
    wage_dprk_high: Quantity,
    wage_china_low: Quantity,
    wage_china_high: Quantity,
) -> tuple[Quantity, Quantity]:
    """Bound the yearly cost of replacing the workers, at the ends of both wage ranges.

    low: annual_wage_gap(workers, wage_dprk_high, wage_china_low)
    high: annual_wage_gap(workers, wage_dprk_low, wage_china_high)
    Units: persons, CNY/worker-month -> (low, high) in CNY/year.
    """
    low = annual_wage_gap(workers, wage_dprk_high, wage_china_low)
    high = annual_wage_gap(workers, wage_dprk_low, wage_china_high)
    return low, high


def state_take(wage: Quantity, state_share: Quantity) -> Quantity:
    """Work out what the state takes of a month's wage.

    wage x state_share
    Units: CNY/worker-month, fraction -> CNY/worker-month.
    """
    return wage * state_share


def kept_by_worker(wage: Quantity, state_share: Quantity) -> Quantity:
    """Work out what the worker keeps of a month's wage.

    wage x (1 - state_share) (claim keep-2012-ceweekly: 40 percent of 1,200 to 1,900 CNY)
    Units: CNY/worker-month, fraction -> CNY/worker-month.
    """
    return wage * (1 - state_share)


def implied_state_share(wage: Quantity, take_home_cny: Quantity) -> Quantity:
    """Infer the share taken from what is paid and what is kept.

    1 - take_home_cny / wage (claim share-2021-98pct)
    Units: CNY/worker-month (above 0), CNY/worker-month -> fraction.
    """
    return 1 - take_home_cny / wage


def state_revenue_from_world_total(
    workers: Quantity, world_revenue_usd: Quantity, world_workers: Quantity
) -> Quantity:
    """Estimate the state's revenue from some workers by their share in the world total.

    workers x world_revenue_usd / world_workers
    Units: persons, USD/year, persons (above 0) -> USD/year.
    """
    return workers * (world_revenue_usd / world_workers)


def state_revenue_from_payments(workers: Quantity, payment_cny_month: Quantity) -> Quantity:
    """Estimate the state's revenue from a payment per head.

    12 x workers x payment_cny_month (claim party-2022-total is one month of it)
    Units: persons, CNY/worker-month -> CNY/year.
    """
    return MONTHS_PER_YEAR * workers * payment_cny_month


def state_revenue_from_wages(workers: Quantity, wage: Quantity, state_share: Quantity) -> Quantity:
    """Estimate the state's revenue from a share of the wage.

    12 x workers x wage x state_share
    Units: persons, CNY/worker-month, fraction -> CNY/year.
    """
    return state_revenue_from_payments(workers, state_take(wage, state_share))


def to_usd(amount_cny: Quantity, fx_cny_per_usd: Quantity) -> Quantity:
    """Convert yuan into dollars.

    amount_cny / fx_cny_per_usd
    Units: CNY, CNY/USD (above 0) -> USD.
    """
    return amount_cny / fx_cny_per_usd


def take_home_in_rice(
    take_home_cny: Quantity, kpw_per_cny: Quantity, rice_kpw_per_kg: Quantity
) -> Quantity:
    """Express take-home pay in rice at market rates.

    take_home_cny x kpw_per_cny / rice_kpw_per_kg (claim pp-2019-takehome-rice)
    Units: CNY/worker-month, KPW/CNY, KPW/kg (above 0) -> kg/worker-month. Rate and price should be
    of the same survey and day.
    """
    return take_home_cny * kpw_per_cny / rice_kpw_per_kg


def implied_rate(amount: Quantity, base_amount: Quantity) -> Quantity:
    """Find the exchange rate that a printed conversion implies.

    amount / base_amount (claims implied-fx-party-2017-derived, der-2024-cny-usd-700)
    Units: one currency, the base currency (above 0) -> units of the first per unit of the base,
    e.g. KPW and CNY -> KPW/CNY; CNY and USD -> CNY/USD.
    """
    return amount / base_amount


def cross_rate(rate_per_usd: Quantity, fx_cny_per_usd: Quantity) -> Quantity:
    """Find a rate against the yuan from two rates against the dollar.

    rate_per_usd / fx_cny_per_usd (claim der-2017-krw-cny)
    Units: won/USD, CNY/USD (above 0) -> won/CNY.
    """
    return rate_per_usd / fx_cny_per_usd


def rate_ratio(market_rate: Quantity, implied_rate: Quantity) -> Quantity:
    """Say how many times the implied rate the market rate is; near 1 they are the same currency.

    market_rate / implied_rate
    Units: the same for both, e.g. KPW/CNY (the second above 0) -> ratio.
    """
    return market_rate / implied_rate


def change_against(value: Quantity, base: Quantity) -> Quantity:
    """Say how far a value lies above a base; against the same month a year before, year on year.

    100 x (value / base - 1) (claim trade-mar-2019-check)
    Units: the same for both -> percent; infinite or NaN against a base of 0.
    """
    return 100 * (ops.divide(value, base) - 1)


def percent_of_base(value: Quantity, base: Quantity) -> Quantity:
    """Express a value in percent of a base.

    100 x value / base (claim trade-mar-2019-vs-mar-2017)
    Units: the same for both -> percent; infinite or NaN against a base of 0.
    """
    return 100 * ops.divide(value, base)
