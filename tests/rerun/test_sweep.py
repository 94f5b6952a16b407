"""A sweep runs each point once, goes on where it was cut short, and tells what failed."""

import json
import os
import signal
import subprocess
import sys
import time

import fastparquet
import pandas as pd
import pytest

from .conftest import spoil_cell, yalu


def folder_of(book):
    (folder,) = (book / "runs").glob("luggage-sweep-*")
    return folder


def test_killed_in_the_middle_it_ends_complete_and_runs_no_point_twice(small_book, environment):
    words = ["sweep", "luggage", "-p", "workers_per_week=50:249:1", "--jobs", "2"]
    started = begun(words, environment)
    wait_until(lambda: len(points(small_book)) >= 100)
    started.send_signal(signal.SIGKILL)
    started.wait()
    before = points(small_book)
    assert 100 <= len(before) < 200
    found = yalu(*words)
    assert found.exit_code == 0, found.output
    after = points(small_book)
    assert len(after) == 200 and before.items() <= after.items(), "done points were left alone"
    table = pd.read_csv(folder_of(small_book) / "sweep.csv")
    income = table[table["result"] == "fee_income_year"].set_index("workers_per_week")["low"]
    assert income.to_dict() == {n: n * 52 * 700.0 for n in range(50, 250)}


def begun(words, environment):
    command = [sys.executable, "-m", "helpers.cli", *words]
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def test_two_copies_of_one_sweep_run_each_point_once(small_book, environment):
    words = ["sweep", "luggage", "-p", "workers_per_week=100,150,200"]
    both = [begun(words, environment) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted("another process is at this sweep" in text for text in said) == [False, True]
    waited = next(text for text in said if "another process" in text)
    assert "0 of 3 points to run" in waited


def points(book):
    """Every finished point with the time at which it was written."""
    return {p.name: p.stat().st_mtime_ns for p in book.glob("runs/*/points/*.json")
            if not p.name.startswith(".")}  # fmt: skip


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def swept(module_book):
    """A sweep with a point that breaks a rule and one whose chapter fails."""
    spoil_cell(module_book, 3, 'assert fee_low != 500, "no such fee"\n'
               'record("fee_income_year", (workers_per_week * 52 * fee_low, 1e9))')  # fmt: skip
    found = yalu("sweep", "luggage", "-p", "fee_low=300,500,1200,300", "-p", "bag_kg=40..60",
                 "--draws", "1")  # fmt: skip
    return found, folder_of(module_book)


def test_failing_points_are_told_and_the_rest_is_done(swept):
    found, folder = swept
    assert found.exit_code == 1
    assert "fee_low and fee_high: found 1200 and 1000" in found.output
    assert "AssertionError: no such fee" in found.output
    assert "1 points, 2 failed" in found.output.splitlines()[-1]
    table = pd.read_csv(folder / "sweep.csv")
    assert list(table.loc[table["error"].notna(), "fee_low"]) == [500, 1200]
    assert set(table.loc[table["result"].notna(), "fee_low"]) == {300}


def test_the_parquet_file_has_the_same_rows(swept):
    csv = pd.read_csv(swept[1] / "sweep.csv")
    parquet = fastparquet.ParquetFile(str(swept[1] / "sweep.parquet")).to_pandas()
    assert list(parquet.columns) == list(csv.columns)
    assert parquet["point"].tolist() == csv["point"].tolist()
    assert parquet["low"].dropna().tolist() == csv["low"].dropna().tolist()
    assert parquet["error"].isna().tolist() == csv["error"].isna().tolist()


def test_the_page_has_a_chart_of_each_result_by_each_parameter(swept):
    page = (swept[1] / "index.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2, "one result by two parameters"
    assert "Failed: 2" in page and "no such fee" in page
    assert "Fee income of the managing companies, by weight of a paid bag" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_failed_points_are_tried_again_and_done_ones_are_not(swept, module_book):
    before = points(module_book)
    yalu("sweep", "luggage", "-p", "fee_low=300,500,1200", "-p", "bag_kg=40..60", "--draws", "1")
    after = points(module_book)
    same = [name for name in before if before[name] == after[name]]
    kept = [json.loads((swept[1] / "points" / name).read_text()) for name in same]
    assert len(after) == 3 and len(kept) == 1 and "results" in kept[0]


def test_no_path_user_or_host_is_in_it(swept, module_book):
    for path in swept[1].rglob("*.*"):
        if path.is_file():
            assert os.fsencode(module_book) not in path.read_bytes(), path.name
