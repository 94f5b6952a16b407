"""A sweep gathers the results at all points in a table and a page, and tells what failed."""

import os

import pandas as pd
import pytest

from .conftest import spoil_cell, yalu

GIVES = """@ch.results
def fees(p):
    return {"fee_income_year": (p.workers_per_week * 52 * p.fee_low, 2e7 + 0 * p.bag_kg)}"""


def folder_of(book):
    (folder,) = (book / "runs").glob("luggage-sweep-*")
    return folder


@pytest.fixture(scope="module")
def swept(module_book):
    """A sweep with a point that breaks a rule and one whose range crosses."""
    spoil_cell(module_book, 3, GIVES.replace("2e7", "3.5e7"))
    found = yalu("sweep", "luggage", "-p", "fee_low=300,980,1200,300", "-p", "bag_kg=40..60",
                 "--draws", "1")  # fmt: skip
    return found, folder_of(module_book)


def test_failing_points_are_told_and_the_rest_is_done(swept):
    found, folder = swept
    assert found.exit_code == 1, found.output
    assert "fee_low and fee_high: found 1200 and 1000" in found.output
    assert "low 35672000 above high 35000000.0" in found.output
    assert "1 points, 2 failed" in found.output.splitlines()[-1]
    table = pd.read_csv(folder / "sweep.csv")
    assert list(table.loc[table["error"].notna(), "fee_low"]) == [980, 1200]
    assert set(table.loc[table["result"].notna(), "fee_low"]) == {300}
    assert list(table.columns) == [
        "point", "fee_low", "bag_kg", "result", "value", "low", "high", "words", "unit", "per",
        "error",
    ]  # fmt: skip


def test_the_page_has_a_chart_of_each_result_that_moves_by_each_parameter(small_book):
    spoil_cell(small_book, 3, GIVES)
    found = yalu("sweep", "luggage", "-p", "workers_per_week=100:104:2", "-p", "bag_kg=40,50")
    assert found.exit_code == 0, found.output
    table = pd.read_csv(folder_of(small_book) / "sweep.csv")
    income = table[(table["result"] == "fee_income_year") & (table["bag_kg"] == 50)]
    assert dict(zip(income["workers_per_week"], income["low"], strict=True)) == {
        n: n * 52 * 700.0 for n in (100, 102, 104)
    }
    page = (folder_of(small_book) / "index.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2, "the result by two parameters"
    assert "Fee income of the managing companies, by weight of a paid bag" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_failed_points_are_on_the_page(swept):
    page = (swept[1] / "index.html").read_text(encoding="utf-8")
    assert "Failed: 2" in page and "above high 35000000.0" in page


def test_no_path_user_or_host_is_in_it(swept, module_book):
    for path in swept[1].rglob("*.*"):
        if path.is_file():
            assert os.fsencode(module_book) not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "registers no function with @ch.results; --full runs its notebook at each point"),
        (("--jobs", "2"), "--jobs: only with --full"),
        (("--cluster", "tcp://127.0.0.1:9"), "--cluster: only with --full"),
        (("--full", "--jobs", "2", "--cluster", "tcp://127.0.0.1:9"), "--jobs: not with --cluster"),
        (("--full", "--cluster", "127.0.0.1:8786"), "write tcp://HOST:PORT"),
        (("--full", "--cluster", "tcp://127.0.0.1:9"), "no Dask scheduler answers"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(small_book, monkeypatch, words, said):
    monkeypatch.setattr("helpers.rerun.full.CONNECT", 0.3)
    if not words:
        spoil_cell(small_book, 3, "")
    found = yalu("sweep", "luggage", "-p", "workers_per_week=100,200", *words)
    assert found.exit_code == 2 and said in found.output
    assert len(found.output.strip().splitlines()) <= 2 and not (small_book / "runs").exists()
