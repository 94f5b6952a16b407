"""Grids, lists and draws make the points that they say, or are refused in one line."""

import pytest

from helpers.errors import YaluError
from helpers.rerun.sweep import points

from ..conftest import each


def column(found, name):
    return [point[name] for point in found]


def test_a_range_has_both_its_ends_and_no_rounding_dust():
    found = column(points("luggage", ["share_with_paid_bag=0:1:0.1"]), "share_with_paid_bag")
    assert found == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert column(points("luggage", ["weeks=10:20:4"]), "weeks") == [10, 14, 18]


def test_grids_and_lists_make_every_combination():
    found = points("luggage", ["weeks=1:3:1", "bag_kg=20,30"])
    assert len(found) == 6 and len({tuple(p.values()) for p in found}) == 6
    assert found[0] == {"weeks": 1, "bag_kg": 20}


@pytest.mark.parametrize("method", ["latin", "sobol"])
def test_draws_cover_what_the_sources_give_and_are_the_same_twice(method):
    asked = ["workers_per_week=low..high", "bag_kg=40..60"]
    found = points("luggage", asked, 100, method)
    assert found == points("luggage", asked, 100, method)
    assert found != points("luggage", asked, 100, method, seed=1)
    workers, weights = column(found, "workers_per_week"), column(found, "bag_kg")
    assert all(isinstance(w, int) and 100 <= w <= 1400 for w in workers)
    assert all(40 <= w <= 60 for w in weights)
    quarters = [sum(40 + 5 * i <= w < 45 + 5 * i for w in weights) for i in range(4)]
    assert all(20 <= count <= 30 for count in quarters), "spread evenly, not by chance"


def test_whole_numbers_are_drawn_with_both_ends_as_often_as_the_rest():
    found = column(points("luggage", ["weeks=1..4"], 400), "weeks")
    assert [found.count(weeks) for weeks in (1, 2, 3, 4)] == [100] * 4


def test_draws_stand_at_every_point_of_a_grid():
    found = points("luggage", ["weeks=10,20", "bag_kg=40..60"], 5)
    assert len(found) == 10
    assert column(found[:5], "bag_kg") == column(found[5:], "bag_kg")


def test_months_and_choices_have_lists():
    assert column(points("visas", ["as_of=2020-01,2021-01"]), "as_of") == ["2020-01", "2021-01"]


@each(
    [
        (["fee_lo=1:2:1"], None, "did you mean fee_low?"),
        (["weeks=1:60:1"], None, "found 60; allowed: a whole number from 1 to 52"),
        (["weeks=1:10"], None, "write start:stop:step"),
        (["weeks=1:10:0"], None, "step '0'"),
        (["weeks=1:10:nan"], None, "step 'nan'"),
        (["weeks=10:1:1"], None, "10 is above 1"),
        (["weeks=1:2:0.5"], None, "found 1.5"),
        (["fee_low=0:5000:0.001"], None, "values; at most 100,000"),
        (["fee_low=0:5000:1", "bag_kg=5:100:1"], None, "points; allowed: 1 to 100,000"),
        (["weeks=1,abc"], None, "found 'abc'"),
        (["weeks=1.."], None, "found ''"),
        (["weeks=low..high"], 10, "the sidecar gives no low and high"),
        (["bag_kg=60..40"], 10, "60.0 is above 40.0"),
        (["bag_kg=40..60"], None, "draws need --draws N"),
        (["weeks=1,2"], 10, "--draws needs a parameter of the form name=low..high"),
        (["bag_kg=40..60"], 200_000, "points; allowed: 1 to 100,000"),
        (["weeks=1", "weeks=2"], None, "given twice"),
        ([], None, "a sweep needs a parameter"),
        (["weeks=" + "1," * 10_000], None, "more than 10,000 characters"),
    ]
)
def test_what_makes_no_points_is_refused(typed, draws, said):
    with pytest.raises(YaluError) as caught:
        points("luggage", typed, draws)
    assert caught.value.exit_code == 2
    assert said in str(caught.value) and len(str(caught.value).splitlines()) == 1
