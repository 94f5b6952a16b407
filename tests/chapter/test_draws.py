"""Draws: the same each time, evenly spread, within what the sources give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

from helpers.chapter.sampling import (
    directions,
    middle_ninety,
    nearest_integer,
    shift,
    sobol_bits,
    triangular,
    uniform_draws,
)
from helpers.errors import YaluError


def test_the_shifts_are_first_words_of_mulberry32():
    """As the published JavaScript of the generator gives them for the seeds 1, 2 and 3."""
    assert [shift(place, 1) for place in range(3)] == [2693262067, 3153583793, 3093350482]


def test_the_sequence_is_that_of_sobol():
    """Without the shift the first points are those that SciPy gives, of Joe and Kuo."""
    points = qmc.Sobol(10, scramble=False, bits=32).random_base2(8) * 2**32
    for place in range(10):
        found = sobol_bits(place, 256, 1) ^ np.uint32(shift(place, 1))
        assert sorted(found.tolist()) == sorted(points[:, place].astype(np.uint64).tolist())
        assert directions(place, 8) == [int(points[2 ** (bit + 1) - 1, place]) for bit in range(8)]


def test_more_dimensions_than_are_known_are_refused():
    with pytest.raises(YaluError, match="more than 10 parameters"):
        uniform_draws([str(number) for number in range(11)], 8)


@given(st.integers(1, 500), st.integers(0, 10_000))
def test_each_stratum_is_drawn_once(count, seed):
    drawn = uniform_draws(["a", "b"], count, seed)
    for values in drawn.values():
        assert sorted(values) == pytest.approx([(k + 0.5) / count for k in range(count)])


def test_draws_repeat_and_differ_between_names_and_seeds():
    once, again = uniform_draws(["a", "b"]), uniform_draws(["a", "b"])
    assert once["a"].tobytes() == again["a"].tobytes()
    assert not np.array_equal(once["a"], once["b"])
    assert not np.array_equal(once["a"], uniform_draws(["a"], seed=7)["a"])
    assert abs(np.corrcoef(once["a"], once["b"])[0, 1]) < 0.05


@given(st.floats(0, 1), st.floats(-1e6, 1e6), st.floats(0.001, 1e6), st.floats(0, 1))
def test_a_triangular_draw_stays_within_its_range(u, low, width, part):
    high = low + width
    mode = min(max(low + part * width, low), high)
    slack = 1e-9 * max(abs(low), abs(high), 1)
    assert low - slack <= triangular(u, low, mode, high) <= high + slack


def test_the_triangular_distribution_has_its_mean_and_median():
    u = uniform_draws(["a"], 20_000)["a"]
    drawn = triangular(u, 100, 100, 1400)
    assert drawn.mean() == pytest.approx((100 + 100 + 1400) / 3, rel=1e-3)
    assert np.median(drawn) == pytest.approx(1400 - np.sqrt(0.5) * 1300, rel=1e-3)


def test_integers_are_the_nearest():
    assert [nearest_integer(x) for x in (1.4, 1.5, 2.6)] == [1, 2, 3]


def test_the_middle_ninety_are_draws_themselves():
    assert middle_ninety(range(1, 101)) == (5, 95)
    assert middle_ninety([3.0]) == (3, 3)
