"""Chapters from Python: run, sweep and compare, and the same results as those of the notebook."""

import json
import subprocess
import sys

import altair as alt
import numpy as np
import pandas as pd
import pytest

from helpers import compare, run, sweep
from helpers.chapter import Chapter
from helpers.chapter.running import is_summary, running
from helpers.errors import YaluError
from helpers.paths import PUBLISHED

from .conftest import ROOT, yalu

CHAPTERS = ("visas", "luggage", "repatriation", "wages_trade", "story", "reading")


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_results_and_sentences_are_those_of_the_executed_notebook(chapter):
    published = json.loads((ROOT / PUBLISHED / f"{chapter}.json").read_text(encoding="utf-8"))
    found = run(chapter).found
    results = {key: one for key, one in published["results"].items()
               if not is_summary(key, published["results"])}  # fmt: skip
    assert json.loads(json.dumps(found["results"])) == results
    assert found["parameters"] == published["parameters"] and found["words"] == published["words"]
    assert found["findings"] == published["findings"]
    assert chapter in ("story", "reading") or len(results) >= 15


def test_a_run_is_a_table_of_values_with_their_evidence():
    found = run("luggage", workers_per_week=200, fee_low=500)
    income = found.results.loc["fee_income_year"]
    assert (income["low"], income["high"]) == (200 * 52 * 500, 200 * 52 * 1000)
    assert income["text"] == "5.2–10.4 million yuan a year" and pd.isna(income["value"])
    assert (income["unit"], income["per"], income["headline"]) == ("CNY", "year", True)
    assert income["parameters"].split("; ")[0] == "workers_per_week"
    assert found.results.loc["bags_per_week", "outlets"] == "Daily NK"
    assert found["fee_income_year"].text() == income["text"]
    assert found.parameters["weeks"] == 52
    assert any("200 people a week" in sentence for sentence in found.findings)
    assert "Fee income of the managing companies: 5.2–10.4 million yuan a year" in repr(found)
    with pytest.raises(YaluError, match="no result fee_income: did you mean fee_income_year"):
        found["fee_income"]


def test_figures_are_charts_with_the_table_that_the_site_has():
    figure = run("luggage", workers_per_week=200).figures["fee-income"]
    assert figure.chart.to_dict()["$schema"] == alt.SCHEMA_URL
    assert len(figure.data) == 3
    assert figure.data["assumptions"].str.endswith("workers_per_week=200").all()
    assert figure.title and "image/png" in figure._repr_mimebundle_()


def test_a_run_leaves_the_chapter_that_is_running_be():
    Chapter("visas", {})
    run("luggage", without="reuters", workers_per_week=100)
    assert running().name == "visas" and running().is_published


def test_what_cannot_be_run_is_told_in_a_line():
    for words, said in (
        (
            {"workers_per_wek": 3},
            "unknown parameter workers_per_wek: did you mean workers_per_week",
        ),
        ({"workers_per_week": "many"}, "found 'many'; allowed: a whole number"),
        ({"workers_per_week": True}, "found True; allowed: a whole number"),
        ({"scenario": ""}, "no scenario ''"),
        ({"known_by": "someday"}, "write a day as YYYY-MM-DD"),
        ({"without": ["reutters"]}, "no document, outlet or basis; did you mean reuters"),
    ):
        with pytest.raises(YaluError, match=said) as caught:
            run("luggage", **words)
        assert len(caught.value.lines) == 1
    with pytest.raises(YaluError, match="no chapter 'lugage': did you mean luggage"):
        run("lugage")


def test_a_sweep_takes_lists_ranges_arrays_and_pairs():
    grid = sweep("luggage", workers_per_week=range(100, 400, 100), fee_low=np.array([350.0, 700]))
    assert grid["point"].nunique() == 6
    income = grid[grid["result"] == "fee_income_year"]
    assert (income["low"] == income["workers_per_week"] * 52 * income["fee_low"]).all()
    drawn = sweep("luggage", fee_low=(350, 1000), draws=20, seed=3)
    assert drawn["fee_low"].between(350, 1000).all() and drawn["fee_low"].nunique() == 20
    assert sweep("luggage", fee_low=(350, 1000), draws=20, seed=3).equals(drawn)
    typed = sweep("luggage", fee_low="350:700:350", workers_per_week=300)
    assert sorted(typed["fee_low"].unique()) == [350, 700]
    with pytest.raises(YaluError, match="draws need --draws N"):
        sweep("luggage", fee_low=(350, 1000))


def test_two_runs_compared_are_a_table_of_what_differs(small_book, tmp_path):
    old, new = run("luggage"), run("luggage", fee_low=500)
    found = compare(old, new)
    row = found.loc[("luggage", "fee_income_year")]
    assert row["new_low"] - row["old_low"] == 700 * 52 * (500 - 700)
    assert row["difference"].startswith("low −7.28 million (−28.6 %)")
    assert found.attrs["luggage"]["parameters"] == [{"name": "fee_low", "old": 700, "new": 500}]
    assert compare(old, old).empty
    new.save(tmp_path / "run")
    assert compare(old, tmp_path / "run")["new"].tolist() == found["new"].tolist()
    assert compare(new, "book").index.tolist() == found.index.tolist()
    assert yalu("diff", str(tmp_path / "run"), "book").exit_code == 0


def test_a_run_is_saved_as_the_command_saves_it(small_book, tmp_path):
    run("luggage", workers_per_week=200).save(tmp_path / "python")
    words = ["run", "luggage", "-p", "workers_per_week=200", "--out", str(tmp_path / "command")]
    assert yalu(*words).exit_code == 0
    for name in ("results.json", "run.json"):
        assert (tmp_path / "python" / name).read_bytes() == (
            tmp_path / "command" / name
        ).read_bytes()
    with pytest.raises(YaluError, match="--force replaces it"):
        run("luggage").save(tmp_path / "python")


LOADED = """
import sys
from click.testing import CliRunner
from helpers.cli import main
found = CliRunner().invoke(main, sys.argv[1:])
assert found.exit_code == 0, found.output
print(*sorted(sys.modules.keys() & {"pandas.core", "altair.vegalite", "nbformat", "papermill",
                                    "sphinx", "IPython", "vl_convert", "scipy"}))
"""


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["claim", "smuggling-fee-2024-daily-nk-cny"], ""),
        (["claim", "--search", "fee", "bag"], ""),
        (["params", "luggage"], ""),
        (["params", "visas", "--json"], ""),
        (["run", "luggage", "-p", "weeks=50", "--out", "OUT"], "pandas.core"),
    ],
)
def test_commands_import_what_they_use(words, needed, tmp_path):
    """Each of these packages takes longer to import than the command to do its work."""
    words = [word.replace("OUT", str(tmp_path / "run")) for word in words]
    command = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == needed
