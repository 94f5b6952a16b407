"""Answers: one function for the run, for draws and for the page, and all three agree."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.chapter import Chapter
from helpers.chapter.answers import answers_at, headline_draws, sampled_parameters
from helpers.chapter.panel import show_panel
from helpers.chapter.running import running
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.models import luggage, ops, repatriation
from tests.chapters.running import run_to_answers
from tests.models.vega import evaluate

from .conftest import showing

CHAPTERS = ["visas", "luggage", "repatriation", "wages_trade"]


def fees(p):
    bags = luggage.bags_per_week(p.workers_per_week, p.share_with_paid_bag, p.bags_per_worker)
    ends = (p.fee_low, p.fee_high)
    return {
        "bags_per_week": bags,
        "fee_income_year": tuple(luggage.fee_income(bags, fee, p.weeks) for fee in ends),
        "goods_verdict": ops.where(bags < 150, "a trickle", "more than a trickle"),
    }


class TestTheRun:
    def test_what_is_recorded_is_what_the_models_give(self, shown):
        ch = Chapter("luggage", {"workers_per_week": 200, "fee_high": 2000})
        ch.results(fees)
        assert ch.result("bags_per_week").value == luggage.bags_per_week(200, 1, 1) == 200
        assert ch.result("fee_income_year").high == luggage.fee_income(200, 2000, 52)
        assert ch.result("goods_verdict").words == "more than a trickle"
        assert ch["fee_income_year"] == (luggage.fee_income(200, 700, 52), 200 * 2000 * 52)

    def test_what_is_not_known_is_recorded_in_words(self, shown):
        ch = Chapter("repatriation", {})
        ch.results(
            lambda p: {
                "place_stock": (ops.lookup(p.place, {}), ops.lookup(p.place, {})),
                "place_weeks": (100, repatriation.weeks_to_empty(1, p.share_target * 0)),
                "months_to_deadline": ops.lookup(p.place, {"China": 1}),
            }
        )
        texts = {key: ch.result(key).text() for key in running().values}
        assert texts == {
            "place_stock": "not known",
            "place_weeks": "at least 100 weeks",
            "months_to_deadline": "not known",
        }

    def test_without_answers_there_is_no_panel(self, ch):
        with pytest.raises(YaluError, match="chapter luggage: no function is registered"):
            ch.panel()
        with pytest.raises(YaluError, match="no function is registered"):
            headline_draws()

    def test_a_name_that_changes_its_meaning_later_is_refused(self, ch):
        rate = {"weeks": 52}
        ch.results(lambda p: {"bags_per_week": p.workers_per_week * rate["weeks"]})
        rate["weeks"] = 50
        with pytest.raises(YaluError, match="bags_per_week came out differently"):
            ch.panel()


class TestDraws:
    def test_they_repeat_and_follow_the_models(self, shown):
        Chapter("luggage", {}).results(fees)
        once, again = headline_draws(count=500), headline_draws(count=500)
        assert list(once) == ["fee_income_year"]
        assert once["fee_income_year"].tobytes() == again["fee_income_year"].tobytes()
        assert not np.array_equal(
            once["fee_income_year"], headline_draws(count=500, seed=5)["fee_income_year"]
        )
        low, high = luggage.fee_income(100, 700, 52), luggage.fee_income(1400, 1000, 52)
        assert low < once["fee_income_year"].min() < once["fee_income_year"].max() < high

    @pytest.mark.parametrize("chapter", CHAPTERS)
    def test_ends_of_one_range_are_not_drawn(self, chapter):
        declared = sidecar(chapter)
        values = {name: p.default for name, p in declared.parameters.items()}
        drawn = {parameter.name for parameter in sampled_parameters(chapter, values)}
        assert not any({first, last} <= drawn for first, _, last in declared.rules)
        for parameter in sampled_parameters(chapter, values):
            assert parameter.low < parameter.high

    def test_a_pair_keeps_its_marks_but_is_held(self):
        declared = sidecar("repatriation").parameters
        assert declared["stock_low"].low < declared["stock_low"].high
        values = {name: parameter.default for name, parameter in declared.items()}
        drawn = [parameter.name for parameter in sampled_parameters("repatriation", values)]
        assert drawn == ["weekly_pace", "departures_per_month", "arrivals_per_month"]

    def test_a_value_outside_its_range_is_held(self):
        values = {n: p.default for n, p in sidecar("luggage").parameters.items()}
        drawn = sampled_parameters("luggage", values | {"bag_kg": 5})
        assert "bag_kg" not in [parameter.name for parameter in drawn]


class Panel:
    """A chapter run up to its answers, and what its panel hands to the page."""

    def __init__(self, chapter, shown):
        self.run = run_to_answers(chapter)
        show_panel()
        self.declared = sidecar(chapter)
        self.data, self.table = shown[-1][1]["panel"], shown[-1][1]["myst"]
        self.functions = lambda p: answers_at(vars(p))

    def some(self, random):
        """Some value for each parameter that the page moves, all rules kept."""
        moved = self.data["values"]
        while True:
            values = {name: self._one(random, name) for name in moved}
            if all(values[a] < values[b] or (values[a] == values[b] and sign == "<=")
                   for a, sign, b in self.data["rules"]):  # fmt: skip
                return values

    def _one(self, random, name):
        parameter = self.declared.parameters[name]
        if parameter.choices:
            return str(random.choice(parameter.choices))
        if parameter.type in ("date", "month"):
            code = {"date": "D", "month": "M"}[parameter.type]
            low, high = (np.datetime64(d, code).astype(int) for d in (parameter.min, parameter.max))
            return str(np.datetime64(int(random.integers(low, high + 1)), code))
        low, high = float(parameter.min), float(parameter.max)
        value = random.choice([low, high, random.uniform(low, high)], p=[0.1, 0.1, 0.8])
        return int(value) if parameter.type == "integer" else float(value)

    def by_function(self, values):
        return self.functions(SimpleNamespace(**self.run.parameters | values))


@pytest.fixture(scope="module")
def panel(request):
    """A chapter's panel; the chapter is the running one for all tests of it."""
    with pytest.MonkeyPatch.context() as patch:
        yield Panel(request.param, showing(patch))


each_panel = pytest.mark.parametrize("panel", CHAPTERS, indirect=True)


def parts(key, found):
    """A result's parts by the names that the page gives them."""
    ends = ("low", "high") if isinstance(found, tuple) else ("value",)
    return {(key, end): part for end, part in zip(ends, np.atleast_1d(found), strict=True)}


def all_parts(found):
    return {name: part for key, value in found.items() for name, part in parts(key, value).items()}


def number_of(words, text):
    """A Vega expression for the place of a text in a list, or for the number that it is."""
    return f"indexof({json.dumps(words, ensure_ascii=False)}, {text})" if words else text


@each_panel
def test_the_page_computes_what_the_functions_compute(panel):
    random = np.random.default_rng(2397)
    rows = [panel.data["values"], *(panel.some(random) for _ in range(40))]
    found = [all_parts(panel.by_function(row)) for row in rows]
    texts, expected = {}, {}
    for key, end in found[0]:
        said = [part[key, end] for part in found]
        words = sorted({str(part) for part in said if isinstance(part, str)})
        texts[key, end] = number_of(words, panel.data["answers"][key][end])
        expected[key, end] = [words.index(part) if words else part for part in said]

    by_vega = evaluate(texts, rows, steps=panel.data["steps"])

    assert {key for key, _ in texts} == set(panel.data["answers"]) == set(answers_at({}))
    for name, values in expected.items():
        np.testing.assert_allclose(by_vega[name], values, rtol=1e-9, atol=1e-9, err_msg=str(name))


@each_panel
def test_arrays_give_what_single_values_give(panel):
    random = np.random.default_rng(1718)
    rows = [panel.some(random) for _ in range(20)]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    by_array = panel.by_function(columns)
    for place, row in enumerate(rows):
        for key, value in panel.by_function(row).items():
            array = by_array[key]
            picked = [np.broadcast_to(part, len(rows))[place] for part in
                      (array if isinstance(array, tuple) else (array,))]  # fmt: skip
            for one, other in zip(parts(key, value).values(), picked, strict=True):
                if isinstance(one, str):
                    assert one == other, key
                else:
                    np.testing.assert_allclose(other, one, rtol=1e-12, err_msg=key)


@each_panel
def test_the_panel_tells_only_what_it_can_keep_true(panel):
    """Every number of its table is an answer that the page can print again."""
    told = re.findall(r"\{result\}`(\w+)`", panel.table)
    assert told and set(told) <= set(panel.data["answers"])
    assert panel.table.count("{") == len(told)
