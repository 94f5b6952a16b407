"""Stocks and flows of workers: what is left, what empties them, and by when."""

import math
from datetime import date

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.models import ops, repatriation
from helpers.models.ops import DAYS_PER_MONTH

from .vega import evaluate

people = st.floats(0, 1e5)
some_people = st.floats(1, 1e5)
months = st.floats(0.1, 120)
share = st.floats(0, 1)
factor = st.floats(1, 100)


class TestAgainstTheLedger:
    def test_weeks_to_empty_dandong_derived(self) -> None:
        assert repatriation.weeks_to_empty(80_000, 100) == 800

    def test_days_to_empty_dandong_derived(self) -> None:
        assert 7 * repatriation.weeks_to_empty(80_000, 7 * 200) == pytest.approx(400)


class TestTime:
    def test_the_two_years_of_resolution_2397_are_twenty_four_months(self) -> None:
        assert repatriation.months_between("2017-12-22", "2019-12-22") == 24

    def test_dates_may_be_text_or_dates(self) -> None:
        assert repatriation.months_between(date(2019, 1, 1), "2019-01-02") == 1 / DAYS_PER_MONTH

    def test_dates_that_a_reader_moves_give_the_same_months(self) -> None:
        months = repatriation.months_between(alt.datum["start"], alt.datum["deadline"])
        dates = [("2017-12-22", "2019-12-22"), ("2012-01-01", "2040-12-31")]
        rows = [{"start": start, "deadline": deadline} for start, deadline in dates]
        by_vega = evaluate({"": ops.expression_text(months)}, rows)[""]
        assert by_vega == pytest.approx([repatriation.months_between(*d) for d in dates], rel=1e-12)

    def test_a_text_that_is_no_date_is_refused(self) -> None:
        with pytest.raises(ValueError, match="22 December"):
            repatriation.months_between("22 December 2019", "2020-01-01")

    @given(start=st.dates(), deadline=st.dates())
    def test_there_and_back_cancel(self, start, deadline) -> None:
        there = repatriation.months_between(start, deadline)
        assert there == -repatriation.months_between(deadline, start)
        assert (there > 0) == (deadline > start)


class TestStock:
    @given(stock=people, departures=people, arrivals=people, months=months)
    def test_it_is_never_below_zero_and_moves_with_the_net_flow(
        self, stock, departures, arrivals, months
    ) -> None:
        left = repatriation.stock_after(stock, departures, arrivals, months)
        flow = arrivals - departures
        assert left >= 0
        assert left >= stock if flow >= 0 else left <= stock

    @given(stock=people, departures=people, arrivals=people)
    def test_at_the_start_it_is_the_stock(self, stock, departures, arrivals) -> None:
        assert repatriation.stock_after(stock, departures, arrivals, 0) == stock

    @given(stock=people, departures=people, arrivals=people, months=months, k=factor)
    def test_it_scales_with_all_the_people(self, stock, departures, arrivals, months, k) -> None:
        once = repatriation.stock_after(stock, departures, arrivals, months)
        scaled = repatriation.stock_after(k * stock, k * departures, k * arrivals, months)
        assert scaled == pytest.approx(k * once, rel=1e-9, abs=1e-3)

    @given(stock=some_people, departures=people, more=people, arrivals=people, months=months)
    def test_more_departures_never_leave_more(self, stock, departures, more, arrivals, months):
        few = repatriation.stock_after(stock, departures, arrivals, months)
        assert repatriation.stock_after(stock, departures + more, arrivals, months) <= few


class TestDeparturesNeeded:
    def test_by_hand(self) -> None:
        # 50,000 in 24 months: 2,083 a month; with 500 arrivals a month 500 more must go
        assert repatriation.departures_needed(50_000, 24) == pytest.approx(2083.33, abs=0.01)
        assert repatriation.departures_needed(50_000, 24, 1, 500) == pytest.approx(
            2583.33, abs=0.01
        )

    @given(stock=some_people, months=months, arrivals=people)
    def test_the_rate_that_empties_the_stock_empties_it(self, stock, months, arrivals) -> None:
        rate = repatriation.departures_needed(stock, months, 1, arrivals)
        left = repatriation.stock_after(stock, rate, arrivals, months)
        assert left == pytest.approx(0, abs=1e-6 * (stock + arrivals * months))

    @given(stock=some_people, months=months, share=share, arrivals=people)
    def test_the_rate_for_a_share_leaves_the_rest(self, stock, months, share, arrivals) -> None:
        rate = repatriation.departures_needed(stock, months, share, arrivals)
        left = repatriation.stock_after(stock, rate, arrivals, months)
        tolerance = 1e-9 * (stock + arrivals * months)
        assert left == pytest.approx((1 - share) * stock, abs=tolerance)

    def test_with_no_time_left_no_rate_is_enough(self) -> None:
        assert repatriation.departures_needed(50_000, 0) == math.inf


class TestPace:
    def test_a_pace_of_nothing_never_empties_anything(self) -> None:
        assert repatriation.weeks_to_empty(80_000, 0) == math.inf
