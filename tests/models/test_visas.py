"""The border run: income by length of stay, crossings on a calendar, and the capped fine."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.models import visas
from helpers.models.ops import DAYS_PER_MONTH

stay = st.floats(1, 365)
lost = st.floats(0, 10)
money = st.floats(0, 1e4)
weight = st.floats(0, 100)
people = st.integers(1, 100_000)
factor = st.floats(1, 100)

WORKER_FINE, FINE_CAP = 10_000, 100_000  # CNY, claims law-art80-employer and law-art80-cap


class TestAgainstTheLedger:
    def test_vis_2015_monthly_equivalent(self) -> None:
        assert visas.person_equivalent(94_200, 12) == 7_850

    def test_ch_visarun_20000(self) -> None:
        assert visas.person_equivalent(188_300, 12) == pytest.approx(15_690, abs=5)

    def test_law_capped_fine_example(self) -> None:
        assert visas.fine(400, WORKER_FINE, FINE_CAP) == 100_000
        assert visas.fine_per_worker_effective(400, WORKER_FINE, FINE_CAP) == 250
        assert visas.fine(400, WORKER_FINE, math.inf) == 4_000_000

    @pytest.mark.parametrize(("gap", "days"), [(3000, 2.5), (2000, 3.8)])
    def test_law_capped_fine_payback(self, gap, days) -> None:
        found = visas.days_of_wage_gap(400, WORKER_FINE, FINE_CAP, gap)
        assert found == pytest.approx(days, abs=0.05)

    def test_below_the_cap_every_worker_costs_the_full_fine(self) -> None:
        assert visas.fine(9, WORKER_FINE, FINE_CAP) == 90_000
        assert visas.fine_per_worker_effective(9, WORKER_FINE, FINE_CAP) == WORKER_FINE
        assert visas.workers_at_cap(WORKER_FINE, FINE_CAP) == 10


class TestTrips:
    def test_a_stay_of_a_month_is_one_trip_a_month_and_twelve_a_year(self) -> None:
        assert visas.trips_per_month(DAYS_PER_MONTH) == 1
        assert visas.trips_per_year(DAYS_PER_MONTH) == pytest.approx(12)

    @given(stay=stay, k=factor)
    def test_longer_stays_mean_fewer_trips(self, stay, k) -> None:
        assert visas.trips_per_month(k * stay) == pytest.approx(visas.trips_per_month(stay) / k)
        assert visas.trips_per_year(stay) == pytest.approx(12 * visas.trips_per_month(stay))


class TestIncome:
    def test_a_worker_who_never_leaves_earns_her_wage(self) -> None:
        assert visas.net_income_month(math.inf, 1, 300, 2000, 70, 5) == 2000

    def test_thirty_days_by_hand(self) -> None:
        # 365/12/30 = 1.01389 trips; a thirtieth of 3,000 lost; 70 kg x 5 - 200 = 150 a trip
        income = visas.net_income_month(30, 1, 200, 3000, 70, 5)
        assert income == pytest.approx(2900 + 365 / 360 * 150)

    @given(stay=stay, lost=lost, cost=money, wage=money, kg=weight, margin=st.floats(0, 100))
    def test_income_is_the_wage_and_what_the_trips_add(
        self, stay, lost, cost, wage, kg, margin
    ) -> None:
        income = visas.net_income_month(stay, lost, cost, wage, kg, margin)
        result = visas.trip_result(stay, lost, cost, wage, kg, margin)
        rebuilt = wage + visas.trips_per_month(stay) * result
        assert income == pytest.approx(rebuilt, rel=1e-9, abs=1e-6)

    @given(stay=stay, lost=lost, cost=money, wage=money, kg=weight, dearer=money)
    def test_dearer_trips_and_more_lost_days_never_raise_income(
        self, stay, lost, cost, wage, kg, dearer
    ) -> None:
        income = visas.net_income_month(stay, lost, cost, wage, kg, 5)
        tolerance = 1e-9 * (1 + abs(income))
        assert visas.net_income_month(stay, lost, cost + dearer, wage, kg, 5) <= income + tolerance
        assert visas.net_income_month(stay, lost + 1, cost, wage, kg, 5) <= income + tolerance

    @given(stay=stay, more=st.floats(0, 300), lost=lost, cost=money, wage=money, kg=weight)
    def test_without_a_margin_longer_stays_never_pay_less(
        self, stay, more, lost, cost, wage, kg
    ) -> None:
        short = visas.net_income_month(stay, lost, cost, wage, kg, 0)
        long = visas.net_income_month(stay + more, lost, cost, wage, kg, 0)
        assert long >= short - 1e-6

    @given(wage=money, stay=stay, lost=st.floats(0, 1000))
    def test_lost_days_cost_at_most_the_wage(self, wage, stay, lost) -> None:
        assert 0 <= visas.wage_after_lost_days(wage, stay, lost) <= wage

    @given(stay=stay, lost=lost, cost=money, wage=money, kg=st.floats(0.1, 100))
    def test_at_the_break_even_margin_a_trip_adds_nothing(self, stay, lost, cost, wage, kg) -> None:
        margin = visas.break_even_margin(stay, lost, cost, wage, kg)
        assert margin >= 0
        result = visas.trip_result(stay, lost, cost, wage, kg, margin)
        assert result == pytest.approx(0, abs=1e-6)

    def test_no_margin_pays_for_a_trip_with_empty_hands(self) -> None:
        assert visas.break_even_margin(30, 1, 200, 3000, 0) == math.inf


calendar = {
    "workers": st.integers(0, 20_000),
    "stay_days": st.integers(1, 120),
    "groups": st.integers(1, 150),
}


def by_day(workers, stay_days, groups, nights_away, days):
    """Return the crossings of each day of a calendar."""
    return visas.crossings_on_day(np.arange(days), workers, stay_days, groups, nights_away)


class TestCrossings:
    def test_one_group_leaves_and_returns_on_its_own_days(self) -> None:
        days = by_day(300, 5, 1, nights_away=2, days=10)
        assert days.tolist() == [300, 0, 300, 0, 0, 300, 0, 300, 0, 0]

    def test_three_groups_by_hand(self) -> None:
        # ten workers: groups of 4, 3 and 3 leave on days 0, 2 and 4 of six, and return a day later
        days = by_day(10, 6, 3, nights_away=1, days=6)
        assert days.tolist() == [4, 4, 3, 3, 3, 3]

    def test_a_group_for_each_day_levels_the_border(self) -> None:
        days = by_day(3000, 30, 30, nights_away=3, days=90)
        assert set(days.tolist()) == {200}
        assert visas.crossings_per_day(3000, 30) == 200
        assert visas.peak_crossings_per_day(3000, 30, 30) == 200

    def test_the_same_trips_in_one_group_make_a_peak_of_thirty_days(self) -> None:
        assert visas.peak_crossings_per_day(3000, 30, 1) == 30 * visas.crossings_per_day(3000, 30)

    @given(**calendar, lost=st.integers(0, 10), stays=st.integers(1, 4))
    def test_over_whole_stays_everyone_crosses_twice_a_stay(
        self, workers, stay_days, groups, lost, stays
    ) -> None:
        days = by_day(workers, stay_days, groups, lost, stays * stay_days)
        assert days.shape == (stays * stay_days,)
        assert days.sum() == 2 * workers * stays
        assert days.mean() == pytest.approx(visas.crossings_per_day(workers, stay_days))

    @given(**calendar, lost=st.integers(0, 10))
    def test_the_calendar_keeps_to_the_closed_form_of_the_peak(
        self, workers, stay_days, groups, lost
    ) -> None:
        peak = by_day(workers, stay_days, groups, lost, 2 * stay_days).max()
        exits = visas.peak_exits_per_day(workers, stay_days, groups)
        assert exits <= peak <= visas.peak_crossings_per_day(workers, stay_days, groups)
        assert visas.peak_crossings_per_day(workers, stay_days, groups) == 2 * exits

    @given(**calendar)
    def test_with_a_return_on_the_same_day_the_bound_is_the_peak(
        self, workers, stay_days, groups
    ) -> None:
        peak = by_day(workers, stay_days, groups, 0, 2 * stay_days).max()
        assert peak == visas.peak_crossings_per_day(workers, stay_days, groups)

    @given(**calendar, more=st.integers(0, 50))
    def test_more_groups_never_raise_the_peak(self, workers, stay_days, groups, more) -> None:
        few = visas.peak_exits_per_day(workers, stay_days, groups)
        many = visas.peak_exits_per_day(workers, stay_days, groups + more)
        assert many <= few
        assert many >= workers / stay_days - 1e-9

    def test_groups_beyond_the_days_of_a_stay_change_nothing(self) -> None:
        assert visas.groups_apart(30, 90) == 30
        at_most = by_day(1000, 30, 30, 1, 60)
        np.testing.assert_array_equal(by_day(1000, 30, 90, 1, 60), at_most)

    @given(workers=people, stay=stay, k=factor)
    def test_crossings_scale_with_workers(self, workers, stay, k) -> None:
        once = visas.crossings_per_day(workers, stay)
        assert visas.crossings_per_day(k * workers, stay) == pytest.approx(k * once)


class TestFine:
    @given(workers=people, each=money, cap=money)
    def test_it_never_exceeds_the_cap_nor_the_sum(self, workers, each, cap) -> None:
        fine = visas.fine(workers, each, cap)
        assert fine == min(workers * each, cap)

    @given(workers=people, more=people, each=money, cap=money)
    def test_a_larger_workforce_pays_more_in_all_and_less_a_head(
        self, workers, more, each, cap
    ) -> None:
        larger = workers + more
        assert visas.fine(larger, each, cap) >= visas.fine(workers, each, cap)
        per_head = visas.fine_per_worker_effective(workers, each, cap)
        assert visas.fine_per_worker_effective(larger, each, cap) <= per_head * (1 + 1e-12)
        assert per_head <= each * (1 + 1e-12)

    @given(workers=people, each=money, cap=money, gap=st.floats(1, 1e4))
    def test_the_gap_of_those_days_is_the_fine(self, workers, each, cap, gap) -> None:
        days = visas.days_of_wage_gap(workers, each, cap, gap)
        saved = workers * gap * days / DAYS_PER_MONTH
        assert saved == pytest.approx(visas.fine(workers, each, cap))

    @pytest.mark.parametrize("gap", [0, -500])
    def test_a_firm_that_saves_nothing_never_pays_it_off(self, gap) -> None:
        assert visas.days_of_wage_gap(400, WORKER_FINE, FINE_CAP, gap) == math.inf

    def test_without_a_fine_the_cap_is_never_reached(self) -> None:
        assert visas.workers_at_cap(0, FINE_CAP) == math.inf
