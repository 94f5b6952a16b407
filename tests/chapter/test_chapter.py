"""A chapter registers functions; its prose takes every number from results or from claims."""

import base64
import math

import altair as alt
import pandas as pd
import pytest

from helpers.chapter import Chapter, range_rows
from helpers.chapter import running as running_module
from helpers.chapter.chapter import names_set_before
from helpers.chapter.figure import VEGALITE
from helpers.chapter.running import plain_words, running
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.models import luggage

BEGIN = 'ch = Chapter("luggage")'


def bags(times):
    def bags_of(p):
        return {"bags_per_week": luggage.bags_per_week(p.workers_per_week, 1, times)}

    return bags_of


def given(ch, **values):
    """Have a function give results."""
    ch.evidence(lambda: values)


def test_it_begins_with_the_checked_parameters(ch, shown):
    about = shown[0][1]
    assert about["chapter"] == "luggage"
    assert about["parameters"]["workers_per_week"] == 200
    assert set(about["parameters"]) == set(sidecar("luggage").parameters)
    with pytest.raises(YaluError, match="fee_low: found 'abc'"):
        Chapter("luggage", {"fee_low": "abc"})


def test_parameters_come_from_the_names_of_the_code_that_calls(shown):
    space = {"fee_low": 650}
    exec(f"from helpers.chapter import Chapter\n{BEGIN}", space)
    assert space["ch"].parameters.fee_low == 650
    assert space["ch"]["fee_high"] == 1000
    space = {"In": ["fee_lo = 1", BEGIN], "fee_lo": 1}
    with pytest.raises(YaluError, match="unknown parameter fee_lo: did you mean fee_low"):
        exec(f"from helpers.chapter import Chapter\n{BEGIN}", space)


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["", "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "fee_low: float = 1", "# Parameters\nfee_lo = 800\n", BEGIN], ["fee_low", "fee_lo"]),
        (["", 'a = -1.5\nb = "x"\nc = float("nan")\nd = [1, 2]', BEGIN], ["a", "b", "c", "d"]),
        (["", "x = 1", "import pandas", "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "%pip install x", "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "fee_low = other()", BEGIN], []),
        (["", "fee_lo = 1", BEGIN, "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "fee_lo = 1", BEGIN, BEGIN], ["fee_lo"]),
        (["", "fee_lo = 1", "display(fee_lo)", "fee_low = 1", BEGIN], ["fee_low"]),
        ([], []),
        (5, []),
    ],
)
def test_the_names_set_just_before_are_known(cells, names):
    assert names_set_before({"In": cells}) == names


def test_prose_follows_parameters_results_and_claims(ch):
    given(ch, fee_income_year=(7_280_000, 10_400_000))
    words = plain_words("With {result}`workers_per_week` {result}`fee_income_year unit`.")
    assert words == "With 200 people a week 7.28–10.4 million yuan."
    words = plain_words("A bag: {claim}`smuggling-fee-2024-daily-nk-cny`, "
                        "{claim}`lug-2023-5yuan source`.")  # fmt: skip
    assert words.startswith("A bag: 700–1,000 yuan a bag, Radio Free Asia")
    assert {"smuggling-fee-2024-daily-nk-cny", "lug-2023-5yuan"} <= running().used_claims


def test_unknown_ids_keys_and_styles_stop_the_chapter(ch):
    for text, said in {
        "{claim}`no-such-claim`": 'no claim "no-such-claim"',
        "{source}`no-such-source`": 'no source "no-such-source"',
        "{result}`no_such_result`": 'no result "no_such_result" in chapter luggage',
        "{resultname}`no_such_result`": 'no result "no_such_result" in chapter luggage',
        "{claim}`lug-2023-5yuan loud`": '"loud" after a number',
    }.items():
        with pytest.raises(YaluError, match=said):
            plain_words(text)


def test_results_that_mean_nothing_are_refused(ch):
    with pytest.raises(YaluError, match="declare its label and unit under results"):
        given(ch, undeclared=1)
    with pytest.raises(YaluError, match="fee_income_year: a result with low 2 above high 1"):
        given(ch, fee_income_year=(2, 1))


def test_open_ranges_unknown_numbers_and_words_are_results(ch):
    given(ch, mass_week=(-math.inf, 100), bags_per_week="no answer",
          fee_income_year=(math.nan, math.inf))  # fmt: skip
    assert ch.result("mass_week").text() == "up to 100 kg a week"
    assert ch.result("bags_per_week").text() == "no answer"
    assert ch.result("fee_income_year").text() == "not known"


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


def test_words_hold_roles_and_may_be_empty(ch):
    ch.results(bags(1))

    def phrases():
        return {"reach": "They carry {result}`bags_per_week`.", "buys": "",
                "lawmaker": "By {claim}`lux-2017-yoon`, much."}  # fmt: skip

    ch.words(phrases)
    words = plain_words("All told. {result}`reach` {result}`buys`")
    assert words == "All told. They carry 200 bags a week. "
    assert running().words == phrases() and "reach" not in running().results
    assert "lux-2017-yoon" in running().used_claims
    with pytest.raises(YaluError, match="fee_low: a result or parameter has that name"):
        ch.words(lambda: {"fee_low": "x"})
    with pytest.raises(YaluError, match="words n: found 5; allowed: a text"):
        ch.words(lambda: {"n": 5})


def test_a_chart_of_a_function_has_sliders_and_names_its_claims(ch, shown, monkeypatch):
    monkeypatch.setenv("YALU_PICTURES", "1")

    def chart(p):
        rows = ch.rows({"lug-2023-5yuan": "excess"})
        assert p.fee_low.param.to_dict() == {"name": "fee_low", "value": 700}
        assert p.fee_high == 1000
        table = alt.Chart(pd.DataFrame({"x": [1]})).transform_calculate(y=alt.datum.x * p.fee_low)
        bars = range_rows(rows, label="label", title="yuan")
        return alt.vconcat(table.mark_point().encode(x="x:Q", y="y:Q"), bars)

    ch.figure("plain", chart, sliders=["fee_low"])
    bundle, about = shown[-1]
    assert about["figure"]["follows"] == ["fee_low"]
    assert "lug-2023-5yuan" in about["figure"]["claims"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG") and VEGALITE in bundle
    with pytest.raises(YaluError, match="chapter luggage has no parameter fee"):
        ch.figure("plain", chart, sliders=["fee"])


def test_closing_tables_name_results_and_sources(ch, shown, monkeypatch):
    monkeypatch.setattr("helpers.chapter.tables.prose_words", dict)
    given(ch, fee_income_year=(1, 2))
    ch.appendix("results")
    table = shown[-1][0]["text/markdown"]
    assert "Fee income of the managing companies" in table and "Daily NK" in table
    ch.appendix("sources")
    assert "| With a second independent origin |" in shown[-1][0]["text/markdown"]
    used = shown[-1][1]["used"]
    assert "dailynk-2024-luggage-smuggling" in used["sources"]
    assert "smuggling-fee-2024-daily-nk-cny" in used["claims"]
    # what Markdown cells name counts as used
    assert "newyear-2025-daily" in used["claims"]
    assert "brics-info-undated-customs-baggage" in used["sources"]


def test_with_answers_only_nothing_is_shown(shown):
    with running_module.outputs_into(None):
        ch = Chapter("luggage", {})
        ch.results(bags(1))
        ch.panel()
        ch.figure("no-such", None)
    assert shown == [] and ch["bags_per_week"] == 700


def test_what_the_chapter_lacks_is_told(ch):
    with pytest.raises(YaluError, match="chapter luggage has no result profit"):
        ch["profit"]
    Chapter("visas", {})
    with pytest.raises(YaluError, match="chapter luggage has ended: visas has begun since"):
        ch["fee_low"]
