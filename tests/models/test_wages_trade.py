"""Wages, their split, the state's revenue, rates, and the change of trade."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.models import wages_trade

money = st.floats(0, 1e6)
above_zero = st.floats(0.01, 1e6)
share = st.floats(0, 1)
people = st.integers(1, 100_000)
rate = st.floats(0.1, 1e5)
factor = st.floats(1, 100)


class TestAgainstTheLedger:
    @pytest.mark.parametrize(("wage", "kept"), [(1200, 480), (1900, 760)])
    def test_keep_2012_ceweekly(self, wage, kept) -> None:
        assert wages_trade.kept_by_worker(wage, 0.6) == pytest.approx(kept)

    def test_share_2021_98pct(self) -> None:
        assert 100 * wages_trade.implied_state_share(2800, 50) == pytest.approx(98.2, abs=0.05)

    def test_party_2022_total_is_a_month_of_1100_from_80000(self) -> None:
        assert wages_trade.state_revenue_from_payments(80_000, 1100) == 12 * 88_000_000

    def test_revenue_world_2019_state_nikkei(self) -> None:
        assert wages_trade.state_revenue_from_world_total(1, 5e8, 100_000) == 5000

    @pytest.mark.parametrize(
        ("take_home", "won", "rice", "kg"),
        [
            (600, 1245, 4482, 166.7),  # pp-2019-takehome-rice
            (1000, 1245, 4482, 277.8),
            (600, 2400, 8200, 175.6),  # pp-2024-takehome-rice
            (700, 2400, 8200, 204.9),
            (600, 5700, 26_500, 129.1),  # pp-2025-takehome-rice
            (600, 4100, 12_100, 203.3),
        ],
    )
    def test_take_home_in_rice(self, take_home, won, rice, kg) -> None:
        found = wages_trade.take_home_in_rice(take_home, won, rice)
        assert found == pytest.approx(kg, abs=0.05)

    @pytest.mark.parametrize(("won", "kpw"), [(1190, 14_280_000), (1230, 14_760_000)])
    def test_der_2017_annual_kpw_market(self, won, kpw) -> None:
        assert wages_trade.take_home_in_rice(12_000, won, 1) == kpw

    def test_implied_fx_party_and_wage_2017_derived(self) -> None:
        party = wages_trade.implied_rate(7_800_000, 45_000)
        wage = wages_trade.implied_rate(1_000_000, 12_000)
        assert party == pytest.approx(173.3, abs=0.05)
        assert wage == pytest.approx(83.3, abs=0.05)
        assert wages_trade.rate_ratio(1190, party) == pytest.approx(7, abs=0.15)
        assert wages_trade.rate_ratio(1190, wage) == pytest.approx(14, abs=0.3)

    def test_der_2017_krw_cny(self) -> None:
        south_korean = wages_trade.cross_rate(1131.599, 6.5690)
        assert south_korean == pytest.approx(172.3, abs=0.05)
        printed = wages_trade.implied_rate(7_800_000, 45_000)
        assert wages_trade.rate_ratio(south_korean, printed) == pytest.approx(1, abs=0.01)

    @pytest.mark.parametrize(
        ("cny", "usd", "rate"),
        [
            (700, 96, 7.292),  # der-2024-cny-usd-700
            (1000, 138, 7.246),  # der-2024-cny-usd-1000
            (10_000, 1400, 7.143),  # der-2024-cny-usd-10000
        ],
    )
    def test_der_2024_cny_usd(self, cny, usd, rate) -> None:
        assert wages_trade.implied_rate(cny, usd) == pytest.approx(rate, abs=0.0005)

    def test_trade_mar_2019_check(self) -> None:
        found = wages_trade.change_against(197.95 + 16.56, 142.92 + 12.37)
        assert found == pytest.approx(38.1, abs=0.05)

    def test_trade_mar_2019_vs_mar_2017(self) -> None:
        assert wages_trade.percent_of_base(214.51, 328.0 + 114.6) == pytest.approx(48.5, abs=0.05)

    def test_annual_wage_gap_of_the_factory_of_400(self) -> None:
        # law-capped-fine-payback: 0.8 to 1.2 million a month
        low, high = wages_trade.replacement_cost(400, 2000, 2000, 4000, 5000)
        assert (low, high) == (12 * 800_000, 12 * 1_200_000)


class TestGap:
    @given(dprk=money, china=money)
    def test_the_gap_is_positive_when_the_chinese_worker_costs_more(self, dprk, china) -> None:
        gap = wages_trade.wage_gap(dprk, china)
        assert (gap > 0) == (china > dprk)
        assert dprk + gap == pytest.approx(china, abs=1e-9 * (dprk + china))

    @given(workers=people, dprk=money, china=money, k=st.integers(1, 100))
    def test_more_workers_cost_more_to_replace_in_proportion(self, workers, dprk, china, k):
        once = wages_trade.annual_wage_gap(workers, dprk, china)
        assert wages_trade.annual_wage_gap(k * workers, dprk, china) == pytest.approx(k * once)

    @given(
        workers=people,
        dprk=st.lists(money, min_size=3, max_size=3).map(sorted),
        china=st.lists(money, min_size=3, max_size=3).map(sorted),
    )
    def test_every_gap_within_the_ranges_lies_between_the_corners(self, workers, dprk, china):
        low, high = wages_trade.replacement_cost(workers, dprk[0], dprk[2], china[0], china[2])
        assert low <= wages_trade.annual_wage_gap(workers, dprk[1], china[1]) <= high


class TestSplit:
    @given(wage=above_zero, state_share=share)
    def test_state_and_worker_share_the_wage_without_a_rest(self, wage, state_share) -> None:
        kept = wages_trade.kept_by_worker(wage, state_share)
        taken = wages_trade.state_take(wage, state_share)
        assert kept >= 0
        assert kept + taken == pytest.approx(wage)
        implied = wages_trade.implied_state_share(wage, kept)
        assert implied == pytest.approx(state_share, abs=1e-9)

    @given(wage=money)
    def test_the_ends_of_the_share(self, wage) -> None:
        assert wages_trade.kept_by_worker(wage, 0) == wage
        assert wages_trade.kept_by_worker(wage, 1) == 0


class TestRevenue:
    @given(workers=people, wage=money, state_share=share)
    def test_a_share_of_the_wage_is_a_payment_per_head(self, workers, wage, state_share) -> None:
        per_head = wages_trade.state_take(wage, state_share)
        by_wage = wages_trade.state_revenue_from_wages(workers, wage, state_share)
        assert by_wage == wages_trade.state_revenue_from_payments(workers, per_head)
        assert by_wage <= 12 * workers * wage * (1 + 1e-12)

    @given(workers=people, revenue=money)
    def test_all_workers_together_bring_the_world_total(self, workers, revenue) -> None:
        found = wages_trade.state_revenue_from_world_total(workers, revenue, workers)
        assert found == pytest.approx(revenue)


class TestMoney:
    @given(amount=above_zero, kpw=rate)
    def test_a_conversion_implies_the_rate_it_was_made_with(self, amount, kpw) -> None:
        won = amount * kpw
        found = wages_trade.implied_rate(won, amount)
        assert found == pytest.approx(kpw)
        assert wages_trade.rate_ratio(kpw, found) == pytest.approx(1)

    @given(pay=money, kpw=rate, rice=rate, k=factor)
    def test_inflation_of_rate_and_price_alike_leaves_the_rice(self, pay, kpw, rice, k) -> None:
        before = wages_trade.take_home_in_rice(pay, kpw, rice)
        after = wages_trade.take_home_in_rice(pay, k * kpw, k * rice)
        assert after == pytest.approx(before)
        assert before * rice == pytest.approx(pay * kpw)


class TestTrade:
    @given(value=money, base=above_zero, k=factor)
    def test_a_change_does_not_depend_on_the_unit(self, value, base, k) -> None:
        change = wages_trade.change_against(value, base)
        scaled = wages_trade.change_against(k * value, k * base)
        assert scaled == pytest.approx(change, rel=1e-9, abs=1e-9)
        assert change >= -100
        percent = wages_trade.percent_of_base(value, base)
        assert percent == pytest.approx(100 + change, rel=1e-9, abs=1e-9)

    @given(base=above_zero)
    def test_no_change_is_zero_and_a_doubling_a_hundred(self, base) -> None:
        assert wages_trade.change_against(base, base) == 0
        assert wages_trade.change_against(2 * base, base) == 100

    def test_growth_from_nothing_is_infinite(self) -> None:
        assert wages_trade.change_against(5, 0) == math.inf
