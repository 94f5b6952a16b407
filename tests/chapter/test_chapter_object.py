"""The object that a notebook works with: registration, words, rows, sliders, pictures."""

import base64
import sys

import altair as alt
import pandas as pd
import pytest

from helpers.chapter import Chapter, range_rows
from helpers.chapter import running as running_module
from helpers.chapter.figure import VEGALITE
from helpers.chapter.results import METADATA
from helpers.chapter.running import running
from helpers.errors import YaluError
from helpers.models import luggage


@pytest.fixture
def shown(monkeypatch):
    outputs = []

    def keep(bundle, raw, metadata):
        outputs.append((bundle, metadata[METADATA]))

    monkeypatch.setattr(running_module, "display", keep)
    monkeypatch.setattr(sys.modules["helpers.chapter.figure"], "display", keep)
    return outputs


@pytest.fixture
def ch(shown):
    return Chapter("luggage", {"workers_per_week": 200})


def bags(times):
    def bags_of(p):
        return {"bags_per_week": luggage.bags_per_week(p.workers_per_week, 1, times)}

    return bags_of


def test_parameters_come_from_the_names_of_the_code_that_calls(shown):
    space = {"fee_low": 650}
    exec('from helpers.chapter import Chapter\nch = Chapter("luggage")', space)
    assert space["ch"].parameters.fee_low == 650
    assert space["ch"]["fee_high"] == 1000


def test_a_cell_that_runs_again_replaces_what_it_registered(ch):
    ch.results(bags(1))
    assert ch["bags_per_week"] == 200
    ch.results(bags(2))
    assert ch["bags_per_week"] == 400
    assert ch.result("bags_per_week").text() == "400 bags a week"

    def bags_of():
        return {"laptops_value": (1, 2)}

    ch.evidence(bags_of)
    assert "bags_per_week" not in running().results and ch["laptops_value"] == (1, 2)


def test_a_key_has_one_function(ch):
    ch.results(bags(1))

    def others(p):
        return {"bags_per_week": 1}

    with pytest.raises(YaluError, match="bags_per_week is given by bags_of and by others"):
        ch.results(others)


def test_words_hold_roles_and_may_be_empty(ch, shown):
    ch.results(bags(1))

    def phrases():
        return {"reach": "They carry {result}`bags_per_week`.", "buys": "",
                "lawmaker": "By {claim}`lux-2017-yoon`, much."}  # fmt: skip

    ch.words(phrases)
    assert "lux-2017-yoon" in running().used_claims
    running_module.say("All told. {result}`reach` {result}`buys`")
    assert shown[-1][0]["text/markdown"] == "All told. They carry 200 bags a week. "
    assert running().words == phrases() and "reach" not in running().results
    with pytest.raises(YaluError, match="fee_low: a result or parameter has that name"):
        ch.words(lambda: {"fee_low": "x"})
    with pytest.raises(YaluError, match="words n: found 5; allowed: a text"):
        ch.words(lambda: {"n": 5})


def test_a_chart_of_a_function_has_sliders_and_names_its_claims(ch, shown, monkeypatch):
    monkeypatch.setenv("YALU_PICTURES", "1")

    def chart(p):
        rows = ch.rows({"lug-2023-5yuan": "excess"})
        assert isinstance(p.fee_low, alt.Parameter) and p.fee_high == 1000
        table = alt.Chart(pd.DataFrame({"x": [1]})).transform_calculate(y=alt.datum.x * p.fee_low)
        bars = range_rows(rows, label="label", title="yuan")
        return alt.vconcat(table.mark_point().encode(x="x:Q", y="y:Q"), bars)

    ch.figure("allowances", chart, sliders=["fee_low"])
    bundle, about = shown[-1]
    assert about["figure"]["follows"] == ["fee_low"]
    assert "lug-2023-5yuan" in about["figure"]["claims"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG") and VEGALITE in bundle
    with pytest.raises(YaluError, match="chapter luggage has no parameter fee"):
        ch.figure("allowances", chart, sliders=["fee"])


def test_what_the_chapter_lacks_is_told(ch):
    with pytest.raises(YaluError, match="chapter luggage has no result profit"):
        ch["profit"]
    Chapter("visas", {})
    with pytest.raises(YaluError, match="chapter luggage has ended: visas has begun since"):
        ch["fee_low"]
