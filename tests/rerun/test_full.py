"""A full sweep on a Dask cluster of processes gives the table that arrays give."""

import os
import shutil
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

from .conftest import ROOT, spoil_cell, yalu

pytestmark = pytest.mark.book

SWEEP = ("sweep", "luggage", "-p", "workers_per_week=100:122:2", "--no-page")
GIVES = """@ch.results
def fees(p):
    return {"fee_income_year": (p.workers_per_week * 52 * p.fee_low, 2e7)}"""


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers; give its address and the workers."""
    started = []

    def begin(program, *words):
        module = [sys.executable, "-m", f"distributed.cli.{program}", "--host", "127.0.0.1"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        log = (tmp_path / f"{len(started)}.log").open("wb")
        started.append(subprocess.Popen([*module, "--no-dashboard", *words], cwd=tmp_path,
                                        env=environment, stdout=log, stderr=log))  # fmt: skip
        return started[-1]

    def address():
        said = (tmp_path / "0.log").read_text().split()
        return next((w for w in said if w.startswith("tcp://") and not w.endswith(":0")), None)

    begin("dask_scheduler", "--port", "0")
    found = wait_until(address)
    yield found, [begin("dask_worker", found, "--no-nanny", "--nthreads", "1") for _ in range(2)]
    for process in started:
        process.kill()
        process.wait()


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def finished(folder):
    return {p.parent.name: p.stat().st_mtime_ns for p in folder.glob("points/*/run.json")}


def results(folder):
    table = pd.read_csv(folder / "sweep.csv")
    return table[table["result"] == "fee_income_year"].reset_index(drop=True)


def test_a_worker_is_killed_on_the_way_and_no_point_is_lost(small_book, cluster):
    spoil_cell(small_book, 3, GIVES)
    address, workers = cluster
    arrays, full = small_book / "runs" / "arrays", small_book / "runs" / "full"
    assert yalu(*SWEEP, "--out", str(arrays)).exit_code == 0
    wait_until(lambda: yalu_workers(address) == 2)

    def kill_one():
        wait_until(lambda: len(finished(full)) >= 3)
        workers[0].kill()

    killing = threading.Thread(target=kill_one)
    killing.start()
    found = yalu(*SWEEP, "--full", "--cluster", address, "--out", str(full))
    killing.join()
    assert found.exit_code == 0, found.output
    assert len(finished(full)) == 12 and workers[0].wait() and workers[1].poll() is None
    pd.testing.assert_frame_equal(results(arrays), results(full))
    # cut short, it goes on where it was
    before = finished(full)
    shutil.rmtree(full / "points" / next(iter(before)))
    assert not yalu(*SWEEP, "--full", "--cluster", address, "--out", str(full)).exit_code
    assert len(before.items() - finished(full).items()) == 1


def yalu_workers(address):
    from distributed import Client

    with Client(address) as client:
        return len(client.nthreads())
