"""What an amount adds up to, and how it stands against another one: an example of a model.

Every argument may be a float, a NumPy array, or an Altair parameter or expression; the result is of
the same kind. No function checks bounds or raises errors of its own: the chapter's parameters keep
an argument marked "above 0", a divisor, there.
"""

from .ops import Quantity


def total(amount: Quantity, times: Quantity) -> Quantity:
    """Work out what an amount adds up to where it falls due more than once.

    amount x times

    Units: any unit, how often -> the unit of the amount.
    """
    return amount * times


def ratio(amount: Quantity, other: Quantity) -> Quantity:
    """Hold another amount against an amount of the same unit.

    other / amount

    Units: any unit (above 0), the same unit -> number of times.
    """
    return other / amount
