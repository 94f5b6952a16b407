"""Seeded draws from ranges: the same numbers in a notebook and in the reader's browser."""

from __future__ import annotations

from typing import Any

from helpers.errors import YaluError
from helpers.lazily import numpy as np
from helpers.models import ops
from helpers.models.ops import Quantity

COUNT, SEED = 4096, 1
LOWER, UPPER = 0.05, 0.95
_BITS = 32
# Primitive polynomials and first direction numbers of Sobol's sequence, a row a dimension:
# degree, inner coefficients as bits, odd numbers (Joe and Kuo, SIAM Journal on Scientific
# Computing 30, 2008, table new-joe-kuo-6). The first dimension is van der Corput's.
_SOBOL = (
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
    (5, 2, (1, 1, 5, 5, 17)),
    (5, 4, (1, 1, 5, 5, 5)),
    (5, 7, (1, 1, 7, 11, 19)),
)


def directions(place: int, bits: int) -> list[int]:
    """Return the direction numbers, 32-bit words, of a dimension of Sobol's sequence.

    `place` counts from zero. Raises YaluError beyond the dimensions that are known.
    """
    if place > len(_SOBOL):
        raise YaluError(f"draws of more than {len(_SOBOL) + 1} parameters at once are not possible")
    if place == 0:
        return [1 << (_BITS - 1 - bit) for bit in range(bits)]
    degree, inner, first = _SOBOL[place - 1]
    found = [number << (_BITS - 1 - bit) for bit, number in enumerate(first)]
    for bit in range(degree, bits):
        word = found[bit - degree] ^ (found[bit - degree] >> degree)
        for back in range(1, degree):
            word ^= found[bit - back] * ((inner >> (degree - 1 - back)) & 1)
        found.append(word)
    return found[:bits]


def shift(place: int, seed: int) -> int:
    """Return the word that shifts a dimension: another for each seed.

    The first word of Mulberry32 (Tommy Ettinger, 2017, public domain).
    """
    mask = 0xFFFFFFFF
    a = (seed + place + 0x6D2B79F5) & mask
    t = ((a ^ (a >> 15)) * (a | 1)) & mask
    t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & mask)) & mask
    return (t ^ (t >> 14)) & mask


def sobol_bits(place: int, count: int, seed: int) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """Return `count` words of a dimension of Sobol's sequence, shifted bit by bit."""
    numbers = np.arange(count, dtype=np.uint32)
    words = np.full(count, shift(place, seed), dtype=np.uint32)
    for bit, word in enumerate(directions(place, max(1, (count - 1).bit_length()))):
        words ^= np.where((numbers >> np.uint32(bit)) & np.uint32(1), np.uint32(word), np.uint32(0))
    return words


def uniform_draws(names: list[str], count: int = COUNT, seed: int = SEED) -> dict[str, Any]:
    """Return for each name `count` numbers between 0 and 1, one in each of `count` strata.

    Each name is a dimension of Sobol's sequence, shifted at random by `seed`, its points moved to
    the middles of their strata: evenly spread, so that a median is steady.
    """
    return {
        name: (np.argsort(np.argsort(sobol_bits(place, count, seed), kind="stable")) + 0.5) / count
        for place, name in enumerate(names)
    }


def middle_ninety(values: Any) -> tuple[Any, Any]:
    """Return the ends between which nine in ten of the draws, along the last axis, lie.

    By nearest rank; floats, or lists for rows of draws.
    """
    ends = np.quantile(np.asarray(values, float), [LOWER, UPPER], axis=-1, method="inverted_cdf")
    low, high = ends.tolist()
    return low, high


def triangular(u: Quantity, low: Quantity, mode: Quantity, high: Quantity) -> Quantity:
    """Turn a uniform number from 0 to 1 into a draw from a triangular distribution.

    low + sqrt(u (high - low) (mode - low)) below the mode,
    high - sqrt((1 - u) (high - low) (high - mode)) above it (inverse distribution function,
    as in Kotz and van Dorp, Beyond Beta, 2004, chapter 1). Needs low <= mode <= high, low < high.
    """
    width = high - low
    below = low + ops.sqrt(u * width * (mode - low))
    above = high - ops.sqrt((1 - u) * width * (high - mode))
    return ops.where(u * width < mode - low, below, above)


def nearest_integer(value: Quantity) -> Quantity:
    """Round a draw to the nearest integer, for what comes in whole numbers only."""
    return ops.floor(value + 0.5)
