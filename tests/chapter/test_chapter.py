"""A chapter records named results; its prose takes every number from them or from claims."""

import pytest

from helpers.chapter import begin, record, result_table, say, source_list
from helpers.chapter import running as chapter_module
from helpers.chapter.results import METADATA
from helpers.chapter.running import running
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError


@pytest.fixture
def shown(monkeypatch):
    """What the chapter has shown so far: (bundle, metadata) pairs."""
    outputs = []

    def keep(bundle, raw, metadata):
        assert raw
        outputs.append((bundle, metadata[METADATA]))

    monkeypatch.setattr(chapter_module, "display", keep)
    begin("luggage", {"workers_per_week": 200})
    return outputs


def markdown(shown):
    return shown[-1][0]["text/markdown"]


def test_begin_shows_the_checked_parameters(shown):
    about = shown[0][1]
    assert about["chapter"] == "luggage"
    assert about["parameters"]["workers_per_week"] == 200
    assert set(about["parameters"]) == set(sidecar("luggage").parameters)


def test_begin_refuses_a_wrong_parameter():
    with pytest.raises(YaluError, match="fee_low: found 'abc'"):
        begin("luggage", {"fee_low": "abc"})


def test_prose_follows_parameters_and_results(shown):
    record("fee_income_year", (7_280_000, 10_400_000))
    say("With {result}`workers_per_week` they take {result}`fee_income_year unit`.")
    assert markdown(shown) == "With 200 people a week they take 7.28–10.4 million yuan."
    assert shown[-1][1]["myst"].startswith("With {result}`workers_per_week`")


def test_prose_cites_claims_as_printed(shown):
    say(
        "A bag costs {claim}`smuggling-fee-2024-daily-nk-cny`, says {claim}`lug-2023-5yuan source`."
    )
    assert markdown(shown).startswith("A bag costs 700–1,000 yuan a bag, says Radio Free Asia")
    assert {"smuggling-fee-2024-daily-nk-cny", "lug-2023-5yuan"} <= running().used_claims


def test_slots_are_filled_with_the_words_of_the_run(shown):
    say("It is {verdict} than rail.", verdict="dearer")
    assert markdown(shown) == "It is dearer than rail."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{claim}`no-such-claim`", 'no claim "no-such-claim"'),
        ("{source}`no-such-source`", 'no source "no-such-source"'),
        ("{result}`no_such_result`", 'no result "no_such_result" in chapter luggage'),
        ("{claim}`lug-2023-5yuan loud`", '"loud" after a number'),
        ("It is {verdict}.", "no such word was given"),
    ],
)
def test_unknown_ids_keys_and_slots_stop_the_chapter(shown, text, said):
    with pytest.raises(YaluError, match=said):
        say(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("undeclared", 1), "declare its label and unit under results"),
        (("fee_income_year", float("nan")), "finite value"),
        (("fee_income_year", (2, 1)), "low 2 above high 1"),
        (("fee_income_year",), "finite value"),
    ],
)
def test_results_that_mean_nothing_are_refused(shown, arguments, said):
    with pytest.raises(YaluError, match=said):
        record(*arguments)


def test_open_ranges_and_words_are_results(shown):
    record("volume_week", high=100)
    assert running().results["volume_week"].text() == "up to 100 cubic metres a week"
    record("bags_per_week", "no answer")
    assert running().results["bags_per_week"].text() == "no answer"


@pytest.fixture
def without_prose(monkeypatch):
    """As if the chapter's Markdown cells named no result."""
    monkeypatch.setattr(chapter_module, "prose_words", dict)


def test_closing_tables_name_results_and_sources(shown, without_prose):
    record("fee_income_year", (1, 2))
    result_table()
    assert "Fee income of the managing companies" in markdown(shown)
    assert "Daily NK" in markdown(shown)
    source_list()
    assert "| With a second independent origin |" in markdown(shown)
    used = shown[-1][1]["used"]
    assert "dailynk-2024-luggage-smuggling" in used["sources"]
    assert "smuggling-fee-2024-daily-nk-cny" in used["claims"]


def test_claims_in_markdown_cells_count_as_used(shown):
    assert "newyear-2025-daily" in running().used_claims


def test_documents_that_markdown_cells_name_are_listed_among_the_sources(shown, without_prose):
    assert "brics-info-undated-customs-baggage" in running().used_sources
    source_list()
    assert "brics-info-undated-customs-baggage" in shown[-1][1]["used"]["sources"]
