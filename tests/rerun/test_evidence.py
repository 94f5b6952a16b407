"""Runs on a part of the evidence, and the report on what moves and carries an answer."""

import json

import nbformat
import pandas as pd
import pytest

from helpers.book.execute import execute
from helpers.evidence.exclusion import Subset, in_environment
from helpers.rerun.parameters import run_values

from .conftest import ROOT, yalu

pytestmark = pytest.mark.book


@pytest.fixture(autouse=True)
def _this_book(monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(ROOT))


def test_luggage_without_daily_nk_is_refused_in_one_line():
    said = yalu("run", "luggage", "--without", "daily-nk")
    assert said.exit_code == 2
    assert said.output.splitlines() == [
        "chapter luggage cannot stand without Daily NK: nothing is left for workers_per_week, "
        "fee_low, fee_high, rail_cny_per_load, unless set with -p; "
        "yalu sensitivity luggage shows which answers stand"
    ]


def test_a_mistyped_source_and_a_day_that_is_none_are_refused():
    for words, hint in (
        (["--without", "dailynk"], "did you mean"),
        (["--known-by", "2019"], "day"),
    ):
        said = yalu("run", "luggage", *words)
        assert said.exit_code == 2 and len(said.output.splitlines()) == 1 and hint in said.output


def test_a_parameter_whose_report_is_left_out_takes_the_nearest_figure_that_remains():
    pace = Subset(frozenset({"dailynk-2025-exodus-newyear"}))
    assert run_values("luggage", evidence=pace)["workers_per_week"] == 100
    assert run_values("luggage")["workers_per_week"] == 700
    typed = run_values("luggage", {"workers_per_week": 200}, evidence=pace)
    assert typed["workers_per_week"] == 200


def test_a_run_counts_only_what_remains(tmp_path):
    """Without the report of the pace, its repeat does not count, and ranges are made anew."""
    subset = Subset(frozenset({"dailynk-ko-2024-03-luggage-smuggling"}))
    cells = [
        "from helpers.chapter import Chapter\nfrom helpers.chapter.sidecar import sidecar\n"
        "from helpers.evidence import is_included, load\nworkers_per_week = 700\n"
        'Chapter("luggage")',
        'pace = sidecar("luggage").parameters["workers_per_week"]\n'
        'both = ("return-rate-2024-03-daily-nk", "exodus-2024-10-daily")\n'
        "print(*map(is_included, both), pace.low)",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "one.ipynb")
    with in_environment(subset):
        execute(tmp_path / "one.ipynb", tmp_path / "out.ipynb")
    said = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[1].outputs[0].text
    assert said == "False True 700.0\n"


def test_a_run_without_an_outlet_is_another_run_and_says_so(tmp_path):
    words = ["run", "visas", "--without", "reuters", "--no-page"]
    said = yalu(*words, "--out", str(tmp_path / "run"))
    assert said.exit_code == 0, said.output
    about = json.loads((tmp_path / "run" / "run.json").read_text())
    assert about["evidence"] == {"without": ["reuters"]}
    again = yalu("run", "visas", "--no-page", "--out", str(tmp_path / "run"))
    assert again.exit_code == 2 and "other parameters or data" in again.output


def test_the_report_is_printed_and_written(tmp_path):
    said = yalu("sensitivity", "luggage", "--result", "fee_to_rail", "--out", str(tmp_path / "r"))
    assert said.exit_code == 0, said.output
    assert "dailynk-ko-2023-02-rail" in said.output and "no answer" in said.output
    # what the chapter's table and its last column say: of 3 to 12, and of 166.67
    assert "4.2–6 times 3.8–8 times 3–12 times" in " ".join(said.output.split())
    assert "166 yuan a bag" in said.output and "167 yuan" not in said.output
    ranges = pd.read_csv(tmp_path / "r" / "ranges.csv").iloc[0]
    assert (ranges["low"], ranges["high"]) == (pytest.approx(3), pytest.approx(12))
    assert ranges["draws_low"] == pytest.approx(3.805, abs=0.001), "files are not rounded"
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert names == {"ranges.csv", "swings.csv", "turns.csv", "without.csv", "parts.csv"}
    parts = pd.read_csv(tmp_path / "r" / "parts.csv").set_index("on")["left"].to_dict()
    assert parts["official"] == "no answer" and parts["anonymous"] == "4.2–6 times"
    swings = pd.read_csv(tmp_path / "r" / "swings.csv").set_index("parameter")
    assert swings.loc["bag_kg", "at_from_low"] == pytest.approx(700 / 25 / 500 * 150)
    assert set(swings["range_by"]) <= {"sources", "us", "none"}


def test_an_answer_without_limit_is_printed_as_such(book_copy, tmp_path):
    sidecar, out = book_copy / "chapters" / "visas.yml", str(tmp_path / "r")
    text = sidecar.read_text(encoding="utf-8")
    unknown = "    unknown: no margin at all, since nothing is carried\n"
    sidecar.write_text(text.replace(unknown, unknown + "    headline: true\n"), encoding="utf-8")
    said = yalu("sensitivity", "visas", "--result", "break_even_margin", "--out", out)
    assert "at least 6.6 yuan a kg" in said.output and "Infinity" not in said.output


def test_a_report_is_not_written_over_something_else(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    said = yalu("sensitivity", "visas", "--result", "payback_days", "--out", str(tmp_path))
    assert said.exit_code == 2 and "holds no report of sensitivity" in said.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_result_is_refused():
    said = yalu("sensitivity", "luggage", "--result", "fee_to_rial")
    assert said.exit_code == 2 and "did you mean fee_to_rail?" in said.output


def test_shares_of_variance_are_those_of_a_result_that_is_known(monkeypatch):
    """Of a sum of two uniform numbers, one of twice the width, the shares are 1/5 and 4/5."""
    from types import SimpleNamespace

    from helpers.rerun import sensitivity

    parameters = [SimpleNamespace(name=name, type="number") for name in ("a", "b")]
    chapter = SimpleNamespace(
        name="x", parameters={"a": 0, "b": 0}, function_of=lambda key: sum, values={"y": 0.0},
        results={"y": SimpleNamespace(parameters=("a", "b"))},
    )  # fmt: skip
    monkeypatch.setattr(sensitivity, "running", lambda: chapter)
    monkeypatch.setattr(sensitivity, "sampled_parameters", lambda *_: parameters)
    monkeypatch.setattr(sensitivity, "draw_of", lambda parameter, u, mode: u)
    monkeypatch.setattr(sensitivity, "result_at", lambda key, p: p["a"] + 2 * p["b"])
    found = {row["input"]: row for row in sensitivity.variance_shares(["y"], base=1024)}
    for name, share in (("a", 0.2), ("b", 0.8)):
        assert found[name]["first"] == pytest.approx(share, abs=0.01)
        assert found[name]["total"] == pytest.approx(share, abs=0.01)
