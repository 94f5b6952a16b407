"""Seeded draws: the same numbers in a notebook and in the reader's browser."""

from typing import Any

import numpy as np

COUNT, SEED = 2000, 1
LOWER, UPPER = 0.05, 0.95


def random_words(count: int, seed: int) -> np.ndarray[Any, np.dtype[np.uint32]]:
    """Return `count` pseudo-random 32-bit words.

    Mulberry32 (Tommy Ettinger, 2017, public domain): chosen as it is a dozen operations on
    32-bit words, so that a page draws the very same numbers.
    """
    mask = np.uint64(0xFFFFFFFF)
    steps = np.arange(1, count + 1, dtype=np.uint64)
    a = (np.uint64(seed) + steps * np.uint64(0x6D2B79F5)) & mask
    t = ((a ^ (a >> np.uint64(15))) * (a | np.uint64(1))) & mask
    t ^= (t + (((t ^ (t >> np.uint64(7))) * (t | np.uint64(61))) & mask)) & mask
    return ((t ^ (t >> np.uint64(14))) & mask).astype(np.uint32)


def uniform_draws(names: list[str], count: int = COUNT, seed: int = SEED) -> dict[str, Any]:
    """Return for each name `count` numbers between 0 and 1, one in each of `count` strata.

    A Latin hypercube (McKay, Beckman and Conover, Technometrics 21, 1979) of stratum
    midpoints: each name has its own order of the strata, from `seed` and its place in `names`.
    """
    return {
        name: (np.argsort(np.argsort(random_words(count, seed + place), kind="stable")) + 0.5)
        / count
        for place, name in enumerate(names)
    }


def middle_ninety(values: Any) -> tuple[float, float]:
    """Return the ends between which nine in ten of the draws lie (nearest rank)."""
    low, high = np.quantile(np.asarray(values, float), [LOWER, UPPER], method="inverted_cdf")
    return float(low), float(high)
