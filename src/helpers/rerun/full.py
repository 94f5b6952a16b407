"""A full sweep: the whole notebook run at each point, by the workers of a Dask cluster."""

import json
import multiprocessing
import os
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pandas as pd

from helpers.chapter.running import is_summary
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.errors import YaluError
from helpers.files import PART
from helpers.rerun.evaluate import COLUMNS, fault
from helpers.rerun.folders import made_with
from helpers.rerun.run import NOTEBOOK, PAGE, RESULTS, Run, carry_out, has
from helpers.rerun.sweep import Sweep, table

# seconds in which a scheduler must answer
CONNECT = 5
_ADDRESS = re.compile(r"(tcp|tls)://\S+:(?P<port>\d{1,5})", re.ASCII)
# lets a worker start processes, as a run does
_DAEMON = "DASK_DISTRIBUTED__WORKER__DAEMON"


def run_point(run: Run, page: bool) -> dict[str, Any]:
    """Run the notebook at a point, on the worker that is asked; return its results or an error."""
    os.environ["YALU_BOOK"] = str(run.root)
    try:
        if multiprocessing.current_process().daemon:
            raise YaluError(f"start the workers with {_DAEMON}=False: a run starts processes")
        if made_with(run.root, run.chapter) != run.made:
            raise YaluError(f"{run.root}: data, chapter, code or packages differ on a worker")
        carry_out(run, page)
    except YaluError as error:
        return {"error": "; ".join(error.lines)}
    return _own_results(run)


def _own_results(run: Run) -> dict[str, Any]:
    results = json.loads((run.target / RESULTS).read_text(encoding="utf-8"))["results"]
    return {key: one for key, one in results.items() if not is_summary(key, results)}


def run_full(
    sweep: Sweep, jobs: int, cluster: str | None, page: bool, bar: Callable[[], Any]
) -> pd.DataFrame:
    """Run all points that have no finished run yet; return the sweep's table.

    `jobs` run at a time on this machine, or as many as there are threads at `cluster`, the
    address of a scheduler whose workers see the book at the same path. Dask runs the points of
    a lost worker again elsewhere. `bar()` gives a progress bar to move on as points are done.
    """
    found: dict[str, dict[str, Any]] = {}
    missing: dict[str, Run] = {}
    for name, point in sweep.points.items():
        if said := fault(sweep.chapter, point):
            found[name] = {"error": said}
            continue
        values = checked_values(sidecar(sweep.chapter), point)
        target = sweep.target.resolve() / "points" / name
        run = Run(sweep.root, sweep.chapter, values, None, sweep.made, target)
        if has(run, NOTEBOOK, *[PAGE] * page):
            found[name] = _own_results(run)
        else:
            missing[name] = run
    with ExitStack() as stack:
        if missing:
            client, as_completed = _client(stack, cluster, min(jobs, len(missing)))
        step = stack.enter_context(bar()).update
        step(len(found))
        if missing:
            futures = client.map(run_point, list(missing.values()), page=page, pure=False)
            names = {future.key: name for future, name in zip(futures, missing, strict=True)}
            for future in as_completed(futures):
                lost = future.exception() if future.status == "error" else None
                failed = {"error": " ".join(str(lost).split())}
                found[names[future.key]] = failed if lost else future.result()
                step(1)
    for left in (sweep.target / "points").glob(f"{PART}*"):  # what a lost worker had begun
        shutil.rmtree(left, ignore_errors=True)
    rows = [
        {"at": at, "error": one} if key == "error" else {"at": at, "result": key} | one
        for at, name in enumerate(sweep.points)
        for key, one in found[name].items()
    ]
    return table(sweep, pd.DataFrame(rows).reindex(columns=list(COLUMNS)))


def _client(stack: ExitStack, cluster: str | None, jobs: int) -> tuple[Any, Any]:
    """Return a client of the cluster at an address or of one here, and Dask's as_completed."""
    try:
        import dask
        from distributed import Client, LocalCluster, as_completed
    except ModuleNotFoundError:
        said = 'distributed is not installed; pip install -e ".[cluster]" installs it'
        raise YaluError(f"--full: {said}", exit_code=2) from None
    if cluster is None:
        stack.enter_context(dask.config.set({"distributed.worker.daemon": False}))
        local = LocalCluster(n_workers=jobs, threads_per_worker=1, memory_limit=0,
                             dashboard_address=None)  # fmt: skip
        return stack.enter_context(Client(stack.enter_context(local))), as_completed
    said = "write tcp://HOST:PORT"
    if (match := _ADDRESS.fullmatch(cluster)) and 0 < int(match["port"]) < 2**16:
        try:
            client = stack.enter_context(Client(cluster, timeout=CONNECT))
            if client.nthreads():
                return client, as_completed
            said = f"no workers; start some with {_DAEMON}=False dask worker {cluster}"
        except (OSError, TimeoutError):
            said = "no Dask scheduler answers there"
    raise YaluError(f"--cluster {cluster}: {said}", exit_code=2)
