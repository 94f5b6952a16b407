"""The suitcase: fees, weights and the bill for going home, checked against the ledger's sums."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.models import luggage
from helpers.models.ops import WEEKS_PER_YEAR

amount = st.floats(0, 1e6)
above_zero = st.floats(0.01, 1e6)
share = st.floats(0, 1)
factor = st.floats(1, 100)

RAIL_IN_2023 = 500 / 150  # CNY/kg, claim tr-rail-in-2023


class TestAgainstTheLedger:
    @pytest.mark.parametrize(("fee", "income"), [(700, 70_000), (1000, 100_000)])
    def test_lug_derived_weekly_fee(self, fee, income) -> None:
        bags = luggage.bags_per_week(100, 1, 1)
        assert bags == 100
        assert luggage.fee_income(bags, fee, weeks=1) == income
        assert luggage.fee_income(bags, fee) == 52 * income

    def test_lug_2014_derived_70kg(self) -> None:
        assert luggage.excess_baggage_cost(70, 30, 18) == 720

    def test_lug_2023_derived_total(self) -> None:
        assert luggage.return_bill(20_000 / 45, 230) == pytest.approx(674, abs=0.5)

    def test_der_2024_cny_usd_700(self) -> None:
        rate = 700 / 96
        assert luggage.fee_income_usd(10, 700, rate, weeks=1) == pytest.approx(960)

    def test_the_bill_in_months_of_the_lowest_and_highest_usual_take_home(self) -> None:
        assert luggage.return_bill_months(674, 1000) == pytest.approx(0.674)
        assert luggage.return_bill_months(674, 600) == pytest.approx(1.123, abs=0.001)
        assert luggage.return_bill_months(674, 0) == math.inf


class TestWhatTheWorkersCarry:
    @given(workers=amount, share=share, bags=amount, k=factor)
    def test_bags_scale_with_each_of_their_causes(self, workers, share, bags, k) -> None:
        once = luggage.bags_per_week(workers, share, bags)
        assert once >= 0
        assert luggage.bags_per_week(k * workers, share, bags) == pytest.approx(k * once)
        assert luggage.bags_per_week(workers, share, k * bags) == pytest.approx(k * once)

    @given(workers=amount, bags=amount)
    def test_no_bags_if_nobody_carries_one(self, workers, bags) -> None:
        assert luggage.bags_per_week(workers, 0, bags) == 0
        assert luggage.bags_per_week(0, 1, bags) == 0

    @given(bags=amount, fee=amount, k=factor)
    def test_income_doubles_with_the_fee_and_with_the_bags(self, bags, fee, k) -> None:
        once = luggage.fee_income(bags, fee)
        assert luggage.fee_income(k * bags, fee) == pytest.approx(k * once)
        assert luggage.fee_income(bags, k * fee) == pytest.approx(k * once)

    @given(bags=amount, fee=amount, value=amount)
    def test_a_year_is_fifty_two_weeks_of_money_and_goods(self, bags, fee, value):
        year = WEEKS_PER_YEAR
        assert luggage.fee_income(bags, fee) == pytest.approx(year * bags * fee)
        assert luggage.goods_value_usd(bags, value, 1) == pytest.approx(year * bags * value)

    @given(bags=amount, value=amount, fx=st.floats(5, 9))
    def test_dollars_times_the_rate_are_the_yuan(self, bags, value, fx) -> None:
        yuan = WEEKS_PER_YEAR * bags * value
        assert luggage.goods_value_usd(bags, value, fx) * fx == pytest.approx(yuan)
        yuan = luggage.fee_income(bags, value)
        assert luggage.fee_income_usd(bags, value, fx) * fx == pytest.approx(yuan)


class TestSuitcaseOrRail:
    @given(kg=above_zero, rail=above_zero)
    def test_at_the_break_even_fee_neither_is_cheaper(self, kg, rail) -> None:
        fee = luggage.break_even_fee(kg, rail)
        assert luggage.fee_to_rail_ratio(fee, kg, rail) == pytest.approx(1)
        assert luggage.fee_per_kg(fee, kg) == pytest.approx(rail)

    @given(fee=above_zero, kg=above_zero, rail=above_zero)
    def test_a_dearer_suitcase_has_a_ratio_above_one(self, fee, kg, rail) -> None:
        ratio = luggage.fee_to_rail_ratio(fee, kg, rail)
        if abs(ratio - 1) > 1e-9:
            assert (fee > luggage.break_even_fee(kg, rail)) == (ratio > 1)


class TestGoingHome:
    @given(kg=amount, free=amount, charge=amount)
    def test_weight_within_the_allowance_is_free(self, kg, free, charge) -> None:
        cost = luggage.excess_baggage_cost(kg, free, charge)
        assert cost >= 0
        assert cost == (0 if kg <= free else pytest.approx((kg - free) * charge))

    @given(kg=amount, more=amount, free=amount, charge=amount)
    def test_more_weight_is_never_cheaper(self, kg, more, free, charge) -> None:
        light = luggage.excess_baggage_cost(kg, free, charge)
        assert luggage.excess_baggage_cost(kg + more, free, charge) >= light

    @given(seat=amount, clearance=amount, excess=amount, pay=above_zero)
    def test_the_bill_is_its_parts_and_that_many_months_of_pay(self, seat, clearance, excess, pay):
        bill = luggage.return_bill(seat, clearance, excess)
        assert bill >= max(seat, clearance, excess)
        assert luggage.return_bill_months(bill, pay) * pay == pytest.approx(bill)


class TestOrdersOfMagnitude:
    @given(amount_=amount, exports=above_zero, k=factor)
    def test_a_share_does_not_depend_on_the_unit(self, amount_, exports, k) -> None:
        share = luggage.share_of_exports(amount_, exports)
        assert luggage.share_of_exports(k * amount_, k * exports) == pytest.approx(share)
        assert share * exports == pytest.approx(amount_)

    def test_against_no_exports_the_share_is_infinite(self) -> None:
        assert luggage.share_of_exports(70_000, 0) == math.inf

    def test_a_range_of_fees_gives_a_range_of_incomes(self) -> None:
        incomes = luggage.fee_income(100, np.array([700.0, 1000.0]))
        assert incomes.tolist() == [3_640_000, 5_200_000]
