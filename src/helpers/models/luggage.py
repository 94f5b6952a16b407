"""What the paid suitcase carries, whom it pays, and what other ways of moving a kilogram cost."""

from . import ops
from .ops import WEEKS_PER_YEAR, Quantity


def bags_per_week(
    workers_per_week: Quantity, share_with_paid_bag: Quantity, bags_per_worker: Quantity
) -> Quantity:
    """Count the paid bags that leave in a week.

    workers_per_week x share_with_paid_bag x bags_per_worker
    Units: persons/week, fraction of those persons, bags/person -> bags/week. No source says how
    many carried a bag; claim lug-derived-weekly-fee takes one each as an upper illustration.
    """
    return workers_per_week * share_with_paid_bag * bags_per_worker


def fee_income(
    bags_per_week: Quantity, fee: Quantity, weeks: Quantity = WEEKS_PER_YEAR
) -> Quantity:
    """Work out what the managing companies take in fees in a year.

    bags_per_week x weeks x fee
    Units: bags/week, CNY/bag, weeks/year -> CNY/year. With `weeks=1` it is the weekly income.
    """
    return bags_per_week * weeks * fee


def fee_income_usd(
    bags_per_week: Quantity,
    fee: Quantity,
    fx_cny_per_usd: Quantity,
    weeks: Quantity = WEEKS_PER_YEAR,
) -> Quantity:
    """Work out the yearly fee income in dollars.

    fee_income / fx_cny_per_usd
    Units: bags/week, CNY/bag, CNY/USD (above 0), weeks/year -> USD/year.
    """
    return fee_income(bags_per_week, fee, weeks) / fx_cny_per_usd


def goods_value_usd(
    bags_per_week: Quantity,
    goods_value_cny_per_bag: Quantity,
    fx_cny_per_usd: Quantity,
    weeks: Quantity = WEEKS_PER_YEAR,
) -> Quantity:
    """Work out the value of the goods in a year's paid bags in dollars.

    bags_per_week x weeks x goods_value_cny_per_bag / fx_cny_per_usd
    Units: bags/week, CNY/bag, CNY/USD (above 0), weeks/year -> USD/year.
    """
    return bags_per_week * weeks * goods_value_cny_per_bag / fx_cny_per_usd


def mass_per_week(bags_per_week: Quantity, bag_kg: Quantity) -> Quantity:
    """Weigh the paid bags of a week.

    bags_per_week x bag_kg
    Units: bags/week, kg/bag -> kg/week.
    """
    return bags_per_week * bag_kg


def fee_per_kg(fee: Quantity, bag_kg: Quantity) -> Quantity:
    """Spread the fee over the weight of the bag.

    fee / bag_kg
    Units: CNY/bag, kg/bag (above 0) -> CNY/kg.
    """
    return fee / bag_kg


def break_even_fee(bag_kg: Quantity, rail_cny_per_kg: Quantity) -> Quantity:
    """Find the fee at which the suitcase costs what rail costs.

    bag_kg x rail_cny_per_kg
    Units: kg/bag, CNY/kg -> CNY/bag.
    """
    return bag_kg * rail_cny_per_kg


def fee_to_rail_ratio(fee: Quantity, bag_kg: Quantity, rail_cny_per_kg: Quantity) -> Quantity:
    """Say how many times the rail rate the suitcase costs per kilogram.

    fee_per_kg(fee, bag_kg) / rail_cny_per_kg
    Units: CNY/bag, kg/bag (above 0), CNY/kg (above 0) -> ratio.
    """
    return fee_per_kg(fee, bag_kg) / rail_cny_per_kg


def excess_baggage_cost(kg: Quantity, free_kg: Quantity, charge_cny_per_kg: Quantity) -> Quantity:
    """Price the weight above the free allowance.

    max(kg - free_kg, 0) x charge_cny_per_kg (claims lug-2014-derived-70kg, lug-2023-5yuan)
    Units: kg/person, kg/person, CNY/kg -> CNY/person.
    """
    return ops.maximum(kg - free_kg, 0) * charge_cny_per_kg


def return_bill(seat_cny: Quantity, clearance_cny: Quantity, excess_cny: Quantity = 0) -> Quantity:
    """Add up what a worker is charged for going home.

    seat_cny + clearance_cny + excess_cny (claim lug-2023-derived-total)
    Units: CNY/person each -> CNY/person.
    """
    return seat_cny + clearance_cny + excess_cny


def return_bill_months(return_bill_cny: Quantity, take_home_cny: Quantity) -> Quantity:
    """Express the bill for going home in months of take-home pay.

    return_bill_cny / take_home_cny; infinite without take-home pay
    Units: CNY/person, CNY/person-month -> months.
    """
    return ops.divide(return_bill_cny, take_home_cny)


def share_of_exports(amount: Quantity, exports: Quantity) -> Quantity:
    """Set fee income or the value of the goods against official exports.

    amount / exports; infinite against nothing
    Units: the same currency over the same period for both, e.g. USD/year -> fraction.
    """
    return ops.divide(amount, exports)
