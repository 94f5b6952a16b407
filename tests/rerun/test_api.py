"""Chapters from Python: run, sweep and compare, and the same results as those of the notebook."""

import itertools
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

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


NOT_RUN = [
    (("",), {}, "no chapter ''"),
    ((None,), {}, "no chapter 'None'"),
    ((["luggage"],), {}, "no chapter"),
    (("lug\ngage",), {}, "did you mean luggage"),
    (("x" * 5000,), {}, "no chapter"),
    (("\ud800",), {}, "no chapter"),
    (("luggage",), {"week": 3}, "did you mean weeks"),
    (("luggage",), {"weeks": float("nan")}, "found nan"),
    (("luggage",), {"weeks": 10**400}, "found 1000"),
    (("luggage",), {"weeks": 10**5000}, "thousands of digits"),
    (("luggage",), {"weeks": "52"}, "found '52'"),
    (("luggage",), {"weeks": None}, "found None"),
    (("luggage",), {"weeks": [1]}, "found [1]"),
    (("luggage",), {"fee_low": np.array([1.0, 2.0])}, "found array"),
    (("luggage",), {"fee_low": Decimal("1.5")}, "found Decimal"),
    (("luggage",), {"fee_low": 2000}, "allowed: fee_low <= fee_high"),
    (("repatriation",), {"start": date(2018, 1, 1)}, "a date as YYYY-MM-DD"),
    (("repatriation",), {"start": "2018-W01-1"}, "a date as YYYY-MM-DD"),
    (("luggage",), {"scenario": 5}, "no scenario '5'"),
    (("luggage",), {"scenario": Path("nowhere.yml")}, "found no file"),
    (("luggage",), {"scenario": "x" * 5000 + ".yml"}, "cannot be read"),
    (("luggage",), {"scenario": "\0.yml"}, "found a file that cannot be read"),
    (("luggage",), {"without": 5}, "'5' is no document"),
    (("luggage",), {"without": ""}, "'' is no document"),
    (("luggage",), {"without": [None]}, "'None' is no document"),
    (("luggage",), {"known_by": 20240101}, "YYYY-MM-DD"),
    (("luggage",), {"known_by": "2024-W01-1"}, "YYYY-MM-DD"),
]
NOT_SWEPT = [
    (("luggage",), {}, "a sweep needs a parameter"),
    ((None,), {"weeks": [1]}, "no chapter"),
    (("luggage",), {"weeks": []}, "found ''"),
    (("luggage",), {"weeks": [1, "two"]}, "found 'two'"),
    (("luggage",), {"weeks": None}, "found 'None'"),
    (("luggage",), {"weeks": [True]}, "found 'True'"),
    (("luggage",), {"weeks": [10**5000]}, "found inf"),
    (("luggage",), {"weeks": np.array(60)}, "found 60"),
    (("luggage",), {"fee_low": np.zeros((2, 2))}, "found '[0. 0.]'"),
    (("luggage",), {"weeks": range(1, 10**9)}, "more than 10,000 characters"),
    (("luggage",), {"weeks": itertools.count()}, "more than 10,000 characters"),
    (("luggage",), {"weeks": "1:10:0"}, "step '0'"),
    (("luggage",), {"fee_low": (1000, 350), "draws": 3}, "1000.0 is above 350.0"),
    (("luggage",), {"fee_low": (float("nan"), 1000), "draws": 3}, "found nan"),
    (("luggage",), {"fee_low": (350, 1000), "draws": 0}, "draws: found 0"),
    (("luggage",), {"fee_low": (350, 1000), "draws": 2.5}, "draws: found 2.5"),
    (("luggage",), {"fee_low": (350, 1000), "draws": 3, "seed": -1}, "seed: found -1"),
    (("luggage",), {"fee_low": (350, 1000), "draws": 3, "method": "latn"}, "latin or sobol"),
]
NOT_COMPARED = [
    (("", "book"), {}, "no run, no notebook"),
    ((None, 5), {}, "no run, no notebook"),
    (("x" * 5000, "book"), {}, "no run, no notebook"),
    (("\0", "\ud800"), {}, "no run, no notebook"),
    (("\ud800", "book"), {}, "no run, no notebook"),
    ((Path("/dev/null"), "book"), {}, "no run, no notebook"),
    (({}, []), {}, "no run, no notebook"),
]


@pytest.mark.parametrize(
    ("call", "cases"), [(run, NOT_RUN), (sweep, NOT_SWEPT), (compare, NOT_COMPARED)]
)
def test_bad_input_from_python_is_told_in_a_line(call, cases):
    for given, named, part in cases:
        with pytest.raises(YaluError) as caught:
            call(*given, **named)
        (line,) = caught.value.lines
        assert part in line and line.isprintable() and len(line) < 400, line
        assert caught.value.exit_code == 2, line


def test_a_day_may_be_a_date_and_a_scenario_a_path(tmp_path):
    (tmp_path / "slow.yml").write_text("weeks: 10\ngoods_value_cny_per_bag: 3000")
    found = run("luggage", scenario=tmp_path / "slow.yml", known_by=date(2026, 1, 1))
    assert found.parameters["weeks"] == 10 and found.plan.evidence.known_by == "2026-01-01"


def test_a_run_is_not_saved_where_something_else_lies():
    done = run("luggage")
    for out in ("/dev/null", ROOT, ROOT / "data" / "new", "/proc/new", "x" * 5000, "a\0b"):
        with pytest.raises(YaluError, match="choose another folder") as caught:
            done.save(out)
        assert caught.value.exit_code == 2 and caught.value.lines[0].isprintable()


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
