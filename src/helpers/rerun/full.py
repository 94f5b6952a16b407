"""A full sweep: the whole notebook run at each point, by the workers of a Dask cluster."""

import json
import multiprocessing
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd

from helpers.chapter.sensitivity.section import is_summary
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.errors import YaluError
from helpers.rerun.evaluate import COLUMNS, fault
from helpers.rerun.identity import fingerprint
from helpers.rerun.run import RESULTS, Run, carry_out, is_there
from helpers.rerun.sweep import Sweep, table

POINTS = "points"
# seconds in which a scheduler must answer
CONNECT = 5
_ADDRESS = re.compile(r"(tcp|tls)://\S+:\d+")
# lets a worker start processes, as a run does
_DAEMON = "DASK_DISTRIBUTED__WORKER__DAEMON"


def run_point(run: Run, page: bool) -> dict[str, Any]:
    """Run the notebook at a point on the worker that is asked; return its results or an error.

    The run's folder appears whole; one that holds the finished run is left alone.
    """
    os.environ["YALU_BOOK"] = str(run.root)
    try:
        if multiprocessing.current_process().daemon:
            raise YaluError(f"start the workers with {_DAEMON}=False: a run starts processes")
        if fingerprint(run.root, run.chapter) != run.rests_on:
            raise YaluError(f"{run.root}: data, chapter, code or packages differ on a worker")
        carry_out(run, page)
    except YaluError as error:
        return {"error": "; ".join(error.lines)}
    return _read(run)


def _read(run: Run) -> dict[str, Any]:
    return dict(json.loads((run.target / RESULTS).read_text(encoding="utf-8")))


def runs_of(sweep: Sweep) -> dict[str, Run]:
    """Return the run of each point that breaks no rule, in a folder of the sweep's."""
    declared = sidecar(sweep.chapter)
    return {
        name: Run(sweep.root, sweep.chapter, checked_values(declared, point), None,
                  sweep.rests_on, sweep.target.resolve() / POINTS / name)
        for name, point in sweep.points.items() if not fault(sweep.chapter, dict(point))
    }  # fmt: skip


def run_full(
    sweep: Sweep, jobs: int, cluster: str | None, page: bool, step: Callable[[int], Any]
) -> pd.DataFrame:
    """Run all points that have no finished run yet; return the sweep's table.

    `jobs` run at a time on this machine, or as many as there are threads at `cluster`, the
    address of a scheduler whose workers see the book at the same path. Dask runs the points of
    a lost worker again elsewhere. Calls `step` with the number of points that are done.
    """
    runs = runs_of(sweep)
    found = {name: _read(run) for name, run in runs.items() if is_there(run, page)}
    found |= {name: {"error": said} for name, p in sweep.points.items()
              if (said := fault(sweep.chapter, dict(p)))}  # fmt: skip
    missing = [name for name in runs if name not in found]
    step(len(found))
    if missing:
        with _client(cluster, min(jobs, len(missing))) as client:
            from distributed import as_completed

            futures = client.map(run_point, [runs[n] for n in missing], page=page, pure=False)
            names = {future.key: name for future, name in zip(futures, missing, strict=True)}
            for future in as_completed(futures):
                lost = future.exception() if future.status == "error" else None
                failed = {"error": " ".join(str(lost).split())}
                found[names[future.key]] = failed if lost else future.result()
                step(1)
    rows = [row for at, name in enumerate(sweep.points) for row in _rows(at, found[name])]
    return table(sweep, pd.DataFrame(rows, columns=list(COLUMNS)))


def _rows(at: int, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "error" in found:
        yield {"at": at, "error": found["error"]}
    results = found.get("results", {})
    for key, result in results.items():
        if not is_summary(key, results):
            yield {"at": at, "result": key} | {name: result[name] for name in COLUMNS[2:-1]}


@contextmanager
def _client(cluster: str | None, jobs: int) -> Iterator[Any]:
    """Give a client of a cluster: of that at an address, or of one on this machine."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        said = 'distributed is not installed; pip install -e ".[cluster]" installs it'
        raise YaluError(f"--full: {said}", exit_code=2) from None
    if cluster is None:
        with (
            dask.config.set({"distributed.worker.daemon": False}),
            LocalCluster(n_workers=jobs, threads_per_worker=1, memory_limit=0,
                         dashboard_address=None) as local,
            Client(local) as client,
        ):  # fmt: skip
            yield client
        return
    if not _ADDRESS.fullmatch(cluster):
        raise YaluError(f"--cluster {cluster}: write tcp://HOST:PORT", exit_code=2)
    try:
        client = Client(cluster, timeout=CONNECT)
    except (OSError, TimeoutError):
        said = "no Dask scheduler answers there"
        raise YaluError(f"--cluster {cluster}: {said}", exit_code=2) from None
    with client:
        if not client.nthreads():
            said = f"no workers; start some with {_DAEMON}=False dask worker {cluster}"
            raise YaluError(f"--cluster {cluster}: {said}", exit_code=2)
        yield client
