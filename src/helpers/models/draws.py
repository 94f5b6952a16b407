"""Draws from a range: uniform numbers to values, by the same arithmetic here and in the page."""

from . import ops
from .ops import Quantity


def triangular(u: Quantity, low: Quantity, mode: Quantity, high: Quantity) -> Quantity:
    """Turn a uniform number from 0 to 1 into a draw from a triangular distribution.

    low + sqrt(u (high - low) (mode - low)) below the mode,
    high - sqrt((1 - u) (high - low) (high - mode)) above it (inverse distribution function,
    as in Kotz and van Dorp, Beyond Beta, 2004, chapter 1)

    Units: fraction, then the unit of the range three times -> the unit of the range. Needs
    low <= mode <= high and low < high.
    """
    width = high - low
    below = low + ops.sqrt(u * width * (mode - low))
    above = high - ops.sqrt((1 - u) * width * (high - mode))
    return ops.where(u * width < mode - low, below, above)


def whole(value: Quantity) -> Quantity:
    """Round a draw to the nearest whole number, for what comes in whole numbers only.

    floor(value + 0.5)

    Units: persons, bags, weeks -> the same.
    """
    return ops.floor(value + 0.5)
