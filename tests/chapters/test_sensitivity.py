"""Every headline answer says how sure it is, and what it says is what a hand would reckon."""

import re

import numpy as np
import pytest

from helpers.chapter.running import SUFFIXES
from helpers.chapter.sampling import middle_ninety
from helpers.chapter.sensitivity.section import as_range
from helpers.chapter.sensitivity.summary import summaries
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.evidence import exclusion
from helpers.evidence.exclusion import Subset, exclusion_of
from helpers.rerun.evaluate import run_here

from ..conftest import answering, each
from .accounts import ROOT, account_of

pytestmark = pytest.mark.book

CHAPTERS = answering()
HEADLINES = [
    (chapter, key)
    for chapter in CHAPTERS
    for key, declared in sidecar(chapter).results.items()
    if declared.headline
]
each_chapter = each(CHAPTERS)
each_headline = each(HEADLINES)


def swings(chapter, key):
    told = account_of(chapter).told[key].swings
    return {swing.move.parameter.name: (swing.at_low, swing.at_high) for swing in told}


def turns(chapter, key):
    return {(t.parameter.name, t.side): t.at for t in account_of(chapter).told[key].turns}


@each_headline
def test_a_headline_has_a_row_a_mark_and_what_would_change_it(chapter, key):
    found = account_of(chapter)
    account, declared = found.told[key], sidecar(chapter).results[key]
    assert account.span is not None and account.span[0] <= account.span[1]
    for suffix in SUFFIXES:
        drawn = suffix != "draws" or (account.draws and np.isfinite(account.draws).all())
        assert (f"{key}_{suffix}" in found.results) == bool(drawn), suffix
    if found.ranged[key]:
        assert account.swings
    if declared.finding:
        assert declared.verdict and "{verdict}" in declared.finding, "a finding that can turn"
    row = found.rows[key]
    assert len(row) == 6 and all(row) and "never" not in " ".join(row)
    assert found.results[f"{key}_change"].value is not None, "something would change it"


@each_headline
def test_the_range_holds_the_answer_and_its_draws(chapter, key):
    account = account_of(chapter).told[key]
    low, high = account.span
    result = account.result
    for end in (result.low, result.value, result.high):
        assert end is None or low - 1e-9 <= end <= high + 1e-9
    if account.draws:
        assert low - 1e-9 <= account.draws[0] and account.draws[1] <= high + 1e-9


@each_headline
def test_the_range_holds_every_swing_over_a_range(chapter, key):
    account = account_of(chapter).told[key]
    for swing in account.swings:
        if swing.move.by != "none":
            for end in (swing.at_low, swing.at_high):
                for number in end if isinstance(end, tuple) else (end,):
                    low, high = account.span
                    assert low - 1e-9 <= number <= high * (1 + 1e-9), swing.move.parameter.name


def test_the_best_next_evidence_is_ranked_by_effect_with_or_without_a_range():
    # half or double of the rail rate moves it further than the weights allowed
    rail = account_of("luggage").wanted["fee_to_rail"]
    assert "“Rail freight into North Korea”: from half to double of it" in rail
    assert "goes from 2.1–3 times to 8.4–12 times" in rail
    # the ceiling of the fine would move it most, but that is law
    fine = account_of("visas")
    assert fine.told["payback_days"].swings[0].move.parameter.name == "fine_cap_cny"
    assert "“Wage saved on each worker, lower end”" in fine.wanted["payback_days"]


def test_what_would_change_an_answer_by_hand():
    found = {c: account_of(c).changes for c in ("luggage", "repatriation", "visas")}
    # a hundredth of exports at 3,000 / 0.789 = 3,800 yuan a bag; the factor is 1.27
    goods = found["luggage"]["goods_share_of_exports"]
    assert goods.words == (
        "“Value of the goods in a bag” were 3,800 yuan a bag or more, not 3,000 yuan a bag: then "
        "the goods are more than a trickle beside recorded exports"
    )
    assert goods.cost == pytest.approx(np.log(3798.57 / 3000), abs=1e-4)
    # the fee for the train to be met is a quarter of that reported: one wrong report is nearer
    rail = found["luggage"]["fee_to_rail"]
    assert rail.words.endswith("were wrong: no other report has this") and rail.cost == np.log(2)
    # of ten estimates four are left, so that one outlet moves it by four tenths
    told = found["repatriation"]["round_statements"]
    assert told.words == "the reports of Radio Free Asia did not count: then 6 of 30 estimates"
    assert told.cost == pytest.approx(np.log(2) / 0.4)
    papers = found["visas"]["newer_allow_work"]
    assert papers.words == "one of the 9 papers had been judged wrongly"
    assert papers.cost == pytest.approx(np.log(1 + 1 / 9))


def test_a_limit_that_the_answer_reaches_is_not_passed_by_its_range():
    results = account_of("visas").results
    # no more people than the 94,200 entries
    assert results["persons_2015_range"].text() == "250–94,200 people"
    # 100,000 yuan / 400 / 2,000 a month x 365/12 days: the longest of all corners
    assert results["payback_days_range"].text() == "2.5–3.8 days"


def test_ranges_are_recorded_as_they_are_and_rounded_in_words():
    results, told = account_of("luggage").results, account_of("luggage").told
    income = results["fee_income_year_range"]
    assert (income.low, income.high) == (100 * 52 * 700, 1400 * 52 * 1000)
    assert income.text() == "3.6–73 million yuan a year"
    assert income.text("bare") == "3.6–73 million"
    share = results["goods_share_of_exports_range"]
    assert (share.low, share.high) == told["goods_share_of_exports"].span
    assert share.text() == "0.037–4.5 per cent" and share.low > 0.0376
    # what a summary says of an answer that is all but ten
    ten = as_range(results["fee_to_rail"], "range", "range", 4.2, 10.001)
    assert ten.high == 10.001 and ten.text() == "4.2–11 times"


def test_pay_by_hand():
    found = account_of("wages_trade")
    # 800 yuan are RFA's, read in Hot Air; nothing kept is RFA's, read there too
    paid, kept = (
        dict(found.told[key].changed_without) for key in ("paid_reported", "kept_reported")
    )
    for house in ("hot-air", "radio-free-asia"):
        assert (paid[house].low, paid[house].high) == (1200, 4000)
        assert (kept[house].low, kept[house].high) == (50, 1000)
    assert found.told["kept_reported"].strongest == ["hot-air", "radio-free-asia"]


@each_chapter
def test_without_daily_nk_each_answer_stands_or_is_said_to_be_lost(chapter):
    left, told = account_of(chapter).without_daily_nk, account_of(chapter).told
    assert set(left.results) | set(left.lost) == set(told)
    assert not set(left.results) & set(left.lost)
    for reason in left.lost.values():
        assert re.match(r"no answer without Daily NK: (it needs|nothing is left|no figure)", reason)


def test_fees_by_hand():
    # 700 workers, all with one bag, 52 weeks: 700 x 52 x 700 to 700 x 52 x 1,000 yuan
    now = (700 * 52 * 700, 700 * 52 * 1000)
    # 100 a week in March 2024, 200 a day in October make 1,400 a week
    least, most = ((pace * 52 * 700, pace * 52 * 1000) for pace in (100, 1400))
    assert swings("luggage", "fee_income_year")["workers_per_week"] == (least, most)
    account = account_of("luggage").told["fee_income_year"]
    assert (account.result.low, account.result.high) == now
    assert account.span == (least[0], most[1])
    # without the report of the fee, nothing; without that of the pace, the nearer of the others
    assert "dailynk-2024-luggage-smuggling" in account.lost_without
    left = dict(account.changed_without)["dailynk-2025-exodus-newyear"]
    assert (left.low, left.high) == least


def test_suitcase_and_train_by_hand():
    # 700 and 1,000 yuan over 50 kg, against 500 yuan for 150 kg by rail
    result = account_of("luggage").told["fee_to_rail"].result
    assert (result.low, result.high) == (pytest.approx(4.2), pytest.approx(6))
    # a bag of 25 or 70 kg; the lighter, the dearer
    lightest = (pytest.approx(700 / 25 / 500 * 150), pytest.approx(1000 / 25 / 500 * 150))
    assert swings("luggage", "fee_to_rail")["bag_kg"][0] == lightest
    assert account_of("luggage").results["fee_to_rail_range"].text() == "3–12 times"
    # the lower fee meets the train at 50 x 500 / 150 yuan, the train the lower fee at 700 / 50
    found = turns("luggage", "fee_to_rail")
    assert found["fee_low", -1] == pytest.approx(166.67, abs=0.01)
    assert found["rail_cny_per_load", 1] == pytest.approx(2100, abs=0.5)
    assert not any(turn.within for turn in account_of("luggage").told["fee_to_rail"].turns)


def test_workers_left_by_hand():
    # 24 months of 2,600 leaving and 500 coming take 50,400 off 50,000 or 80,000
    account = account_of("repatriation").told["left_at_deadline"]
    assert (account.result.low, account.result.high) == (0, 80_000 - 24 * (2600 - 500))
    # worst corner: 120,000 there, 435 leave, 2,000 come
    assert account.span == (0, 120_000 - 24 * (435 - 2000))
    # enough for the lower figure while 50,000 / 24 + 500 = 2,583.3 leave, for both from 3,833.3
    found = turns("repatriation", "left_at_deadline")
    assert found["departures_per_month", -1] == 2583
    assert found["departures_per_month", 1] == 3834
    # without Asahi arrivals take the nearest figure left: at least 40, not 1,000 or more
    left = dict(account.changed_without)["asahi-shimbun"]
    assert (left.low, left.high) == (0, 80_000 - 24 * (2600 - 40))


def test_corners_are_wider_than_draws_because_ends_move_together_and_middles_are_likelier():
    found = account_of("repatriation")
    account, draws = found.told["left_at_deadline"], found.draws[1]["left_at_deadline"]
    # draws hold the two figures for the stock, so that the lower cannot pass the upper
    held = 80_000 - 24 * (435 - 2000)
    assert draws.max() < held < account.span[1]
    # and a triangle has little at its ends
    assert middle_ninety(draws)[1] < 0.6 * held


@each_chapter
def test_draws_are_the_same_each_time_and_their_median_is_steady(chapter):
    found = account_of(chapter)
    for key, values in found.draws[1].items():
        assert values.tobytes() == found.again[key].tobytes()
        truth = np.median(found.many[key])
        for seed, draws in found.draws.items():
            error = abs(np.median(draws[key]) - truth)
            assert error <= 0.01 * abs(truth), (key, seed)


def test_a_run_without_an_outlet_does_not_need_what_it_has_left_out(monkeypatch):
    subset = Subset(frozenset({"radio-free-asia"}))
    monkeypatch.setattr(exclusion, "_of_process", [exclusion_of(subset)])
    run_here(ROOT, "wages_trade", checked_values(sidecar("wages_trade"), {}))
    found = {account.result.key: account for account in summaries(["paid_reported"])}
    assert found["paid_reported"].lost_without == []
