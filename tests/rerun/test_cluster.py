"""A sweep on a Dask cluster: the same table as here, and nothing lost when a worker is killed.

The scheduler and the workers are processes of their own, each in its own folder.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from types import SimpleNamespace

import nbformat
import pytest

from helpers.errors import YaluError
from helpers.rerun import cluster
from helpers.rerun.archive import packed
from helpers.rerun.batches import Helper
from helpers.rerun.pool import Task

from .conftest import ROOT, yalu

SWEEP = ("sweep", "luggage", "-p", "workers_per_week=100:178:2")
POINTS = 40


@pytest.fixture
def processes():
    started = []
    yield started
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def begin(processes, tmp_path):
    """Start a program of Dask in a folder of its own, with these helpers and no book."""

    def begin_program(program, *words, path=ROOT / "src"):
        folder = tmp_path / f"dask-{len(processes)}"
        folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if name != "YALU_BOOK"}
        module = ["-m", f"distributed.cli.{program}", "--host", "127.0.0.1", "--no-dashboard"]
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, *module, *words], cwd=folder, stdout=log, stderr=log,
                env=kept | {"PYTHONPATH": str(path)},
            )  # fmt: skip
        processes.append(process)
        return process, folder

    return begin_program


@pytest.fixture
def scheduler(begin):
    """The address of a scheduler without workers."""
    _, folder = begin("dask_scheduler", "--port", "0", "--scheduler-file", "about.json")
    return wait_until(lambda: address_in(folder / "log"))


def address_in(log):
    words = log.read_text().split()
    return next((w for w in words if w.startswith("tcp://") and not w.endswith(":0")), None)


def wait_until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def worker(begin, scheduler, **path):
    words = ("--no-nanny", "--nthreads", "1", "--local-directory", ".")
    return begin("dask_worker", scheduler, *words, **path)


def registered(folder):
    return "Registered to" in (folder / "log").read_text()


def slow_down(book):
    """Have each point take long enough for a worker to be killed while it runs some."""
    path = book / "chapters" / "luggage.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if c.source.startswith('record("fee_income_year"'))
    cell.source = f"import time\ntime.sleep(0.1)\n{cell.source}"
    nbformat.write(notebook, path)


def points(folder):
    """Every finished point with the time at which it was written."""
    return {p.name: p.stat().st_mtime_ns for p in (folder / "points").glob("[!.]*.json")}


def tables(folder):
    return [(folder / name).read_bytes() for name in ("sweep.csv", "sweep.parquet")]


def test_a_worker_is_killed_in_the_middle_and_the_table_is_that_of_a_local_sweep(
    small_book, begin, scheduler
):
    slow_down(small_book)
    workers = [worker(begin, scheduler) for _ in range(2)]
    here, there = small_book / "runs" / "here", small_book / "runs" / "there"
    assert yalu(*SWEEP, "--jobs", "8", "--out", str(here)).exit_code == 0
    wait_until(lambda: all(registered(folder) for _, folder in workers))
    before = {}

    def kill_one():
        wait_until(lambda: len(points(there)) >= 8)
        workers[0][0].send_signal(signal.SIGKILL)
        before.update(points(there))

    killing = threading.Thread(target=kill_one)
    killing.start()
    found = yalu(*SWEEP, "--cluster", scheduler, "--out", str(there))
    killing.join()
    assert found.exit_code == 0, found.output
    after = points(there)
    assert 8 <= len(before) < POINTS == len(after), "killed in the middle"
    assert before.items() <= after.items(), "no point twice"
    assert tables(there) == tables(here)
    wait_until(lambda: not [p for _, folder in workers for p in folder.rglob("yalu-*")])
    # cut short, it goes on where it was
    for name in sorted(after)[:3]:
        (there / "points" / name).unlink()
    assert "3 of 40" in yalu(*SWEEP, "--cluster", scheduler, "--out", str(there)).output
    assert len(after.items() - points(there).items()) == 3 and tables(there) == tables(here)


def test_a_cluster_without_workers_or_with_other_versions_is_refused(
    small_book, begin, scheduler, tmp_path
):
    empty = refused(scheduler)
    assert "no workers; start some with dask worker tcp://" in empty
    fake = tmp_path / "other" / "pandas-9.9.dist-info"
    fake.mkdir(parents=True)
    (fake / "METADATA").write_text("Metadata-Version: 2.1\nName: pandas\nVersion: 9.9\n")
    shutil.copytree(ROOT / "src" / "helpers", tmp_path / "other" / "helpers")
    _, folder = worker(begin, scheduler, path=tmp_path / "other")
    wait_until(lambda: registered(folder))
    said = refused(scheduler)
    assert "1 of 1 workers differ from this machine" in said and "pandas 9.9 there" in said
    assert not (small_book / "runs").exists()


def refused(address, *more):
    found = yalu(*SWEEP, "--cluster", address, *more)
    assert found.exit_code == 2 and len(found.output.splitlines()) == 1, found.output
    return found.output


def test_wrong_addresses_and_missing_packages_are_refused(small_book, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 0.3)
    assert "write tcp://HOST:PORT" in refused("127.0.0.1:8786")
    assert "no Dask scheduler answers" in refused("tcp://127.0.0.1:9")
    assert "--jobs: not with --cluster" in refused("tcp://127.0.0.1:9", "--jobs", "2")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert 'pip install -e ".[cluster]"' in refused("tcp://127.0.0.1:9")
    assert not (small_book / "runs").exists()


def test_other_code_is_told_from_other_versions():
    ours = cluster.state()
    assert cluster._difference(dict(ours), ours) == ""
    changed = ours | {"the helpers' code": "x", "numpy": "1.0"}
    assert cluster._difference(changed, ours) == "the helpers' code is not the same there as here"
    assert "cannot be loaded there (No module" in cluster._difference(
        ModuleNotFoundError("No module named 'helpers.rerun'"), ours
    )


class Failed(SimpleNamespace):
    """What a client has of a batch that was lost again and again."""

    status = "error"

    def __hash__(self):
        return id(self)

    def exception(self):
        return YaluError("the process that runs the points died")


def test_a_batch_that_is_lost_again_and_again_is_cut_until_one_point_is_to_blame(tmp_path):
    a, b = (Task(name, tmp_path, {}) for name in "ab")
    both, one = Failed(), Failed()
    work = cluster._Handout("", None, None, True, deque(), running={both: [a, b], one: [b]})
    assert list(work._taken_in(both)) == [] and list(work.alone) == [a, b]
    assert work._next(threads=8, workers=1) == [a], "by itself"
    said = {"error": "the process that runs the points died"}
    assert list(work._taken_in(one)) == [(b, said)]


def test_a_helper_that_is_killed_is_told_of(small_book, tmp_path):
    folder = tmp_path / "worker"
    folder.mkdir()
    archive = packed(small_book, "luggage")
    assert archive == packed(small_book, "luggage")
    helper = Helper(archive, "luggage", folder)
    [(name, found)] = helper.run(([("one", {"workers_per_week": 100})], True, 1))
    assert name == "one" and found["results"]["fee_income_year"]["low"] == 100 * 52 * 700
    os.kill(helper._process.pid, signal.SIGKILL)
    with pytest.raises(YaluError, match="process that runs the points died"):
        helper.run(([("one", {})], True, 1))
    assert not helper.lives()
