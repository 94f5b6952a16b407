"""Cluster: the points of a sweep run by the workers of a Dask cluster.

A worker shares no folder with this machine. It is sent the chapter as an archive, once, and
runs batches of points in a process beside it (see `batches`). A batch whose worker dies is
run by another; one that is lost again and again is cut into its points, so that only the
point that is to blame fails.
"""

import logging
import platform
import re
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from distributed import Client, Future, Worker, WorkerPlugin, get_worker, wait

from helpers.book.fingerprints import code_files, digest
from helpers.errors import YaluError
from helpers.rerun.archive import archive_name, packed
from helpers.rerun.batches import Batch, Helper
from helpers.rerun.identity import package_versions
from helpers.rerun.pool import Outcome, Runs, Task

# seconds in which a scheduler must answer
CONNECT = 5.0
# seconds without any worker after which a sweep stops
PATIENCE = 60.0
# seconds that a batch should take: long against what handing it out takes, short to watch
BATCH = 1.0
# how often a batch is tried again where the process that ran it died, though its worker lives
_AGAIN = 1
_ADDRESS = re.compile(r"(tcp|tls)://\S+:\d+")
_CODE = "the helpers' code"
_LOST = (OSError, TimeoutError, CancelledError)


def state() -> dict[str, str]:
    """Return what must be the same on all machines for a result to be the same."""
    code = digest("".join(f"{name} {content}\n" for name, content in code_files().items()))
    machine = f"{sys.platform} {platform.machine()}"
    packages = package_versions() | {"distributed": version("distributed")}
    return {_CODE: code, "system": machine, **packages}


class Helpers(WorkerPlugin):
    """What a worker has for one sweep: the archive and a process that runs batches from it."""

    def __init__(self, name: str, archive: bytes, chapter: str) -> None:
        """Keep what each worker is sent."""
        self.name, self._archive, self._chapter = name, archive, chapter
        self._helper: Helper | None = None

    def setup(self, worker: Worker) -> None:
        """Note where the worker keeps its files and how many runs at a time it takes."""
        self._folder, self._jobs = Path(worker.local_directory), worker.state.nthreads
        self._lock = threading.Lock()

    def started(self) -> Helper:
        """Return the process, started where there is none that lives."""
        if self._helper is None or not self._helper.lives():
            self._helper = Helper(self._archive, self._chapter, self._folder)
        return self._helper

    def run(self, points: list[tuple[str, dict[str, Any]]], trusted: bool) -> "Answer":
        """Return the outcome of each point. Raises YaluError where the process dies."""
        batch: Batch = (points, trusted, self._jobs)
        with self._lock:
            helper, begun = self.started(), time.monotonic()
            return helper.run(batch), time.monotonic() - begun

    def teardown(self, worker: Worker) -> None:
        """End the process, which removes its folder."""
        if self._helper:
            self._helper.end()


# the outcome of each point by its name, and how many seconds they took
Answer = tuple[list[tuple[str, Outcome]], float]


def start_helper(name: str, dask_worker: Worker) -> None:
    """Have a worker start its process, so that it is ready when the first points come."""
    dask_worker.plugins[name].started()  # type: ignore[attr-defined]


def run_batch(name: str, points: list[tuple[str, dict[str, Any]]], trusted: bool) -> Answer:
    """Run a batch of points on the worker that calls this."""
    answer: Answer = get_worker().plugins[name].run(points, trusted)  # type: ignore[attr-defined]
    return answer


def _difference(theirs: Any, ours: dict[str, str]) -> str:
    """Return how the state of another machine differs from ours, empty where it does not."""
    if not isinstance(theirs, dict):
        said = " ".join(str(theirs).split())[:120]
        return f"{_CODE} cannot be loaded there ({said})"
    if theirs.get(_CODE) != ours[_CODE]:
        return f"{_CODE} is not the same there as here"
    return ", ".join(
        f"{name} {theirs.get(name)} there, {known} here"
        for name, known in ours.items()
        if theirs.get(name) != known
    )


def _states(client: Client, workers: Collection[str] | None = None) -> dict[str, Any]:
    """Return the state of each worker, or why it cannot be told."""
    wanted = None if workers is None else list(workers)
    return dict(client.run(state, workers=wanted, on_error="return"))


def _check(client: Client, address: str) -> set[str]:
    """Return the workers. Raises YaluError (exit code 2) where there are none or one differs."""
    if not client.nthreads():
        said = f"no workers; start some with dask worker {address}"
        raise YaluError(f"--cluster {address}: {said}", exit_code=2)
    ours, found = state(), _states(client)
    differing = {w: said for w, theirs in found.items() if (said := _difference(theirs, ours))}
    if differing:
        worker, said = next(iter(differing.items()))
        count = f"{len(differing)} of {len(found)} workers differ from this machine"
        what = f"{count}; {worker}: {said}; install there what is installed here"
        raise YaluError(f"--cluster {address}: {what}", exit_code=2)
    return set(found)


@dataclass
class _Workers:
    """The workers that run points: those that are there and do not differ from this machine."""

    client: Client
    fit: set[str]
    unfit: set[str] = field(default_factory=set)
    seen: float = field(default_factory=time.monotonic)

    def now(self) -> dict[str, int]:
        """Return how many runs at a time each takes. Raises YaluError where none are left."""
        there = dict(self.client.nthreads())
        if new := there.keys() - self.fit - self.unfit:
            ours, found = state(), _states(self.client, new)
            differing = {w for w in new if _difference(found.get(w), ours)}
            self.unfit |= differing
            self.fit |= new - differing
        kept = {worker: threads for worker, threads in there.items() if worker in self.fit}
        self._mind(bool(kept))
        return kept

    def _mind(self, any_there: bool) -> None:
        if any_there:
            self.seen = time.monotonic()
        elif time.monotonic() - self.seen > PATIENCE:
            said = f"no workers for {PATIENCE:g} s"
            raise YaluError(f"--cluster: {said}; the same command goes on from here")


@dataclass
class _Handout:
    """The points of a sweep as they are handed out in batches, as many at a time as workers."""

    name: str
    client: Client
    workers: _Workers
    trusted: bool
    left: deque[Task]
    alone: deque[Task] = field(default_factory=deque)
    running: dict[Future, list[Task]] = field(default_factory=dict)
    seconds: float | None = None

    def outcomes(self) -> Iterator[tuple[Task, Outcome]]:
        """Yield each task with its outcome as its batch comes in."""
        while self.left or self.alone or self.running:
            self._hand_out(self.workers.now())
            for future in self._ended():
                yield from self._taken_in(future)

    def _hand_out(self, there: dict[str, int]) -> None:
        """Have as many batches under way as there are workers."""
        while len(self.running) < len(there):
            batch = self._next(max(there.values()), len(there))
            if not batch:
                return
            points = [(task.name, dict(task.parameters)) for task in batch]
            # a batch that names workers would wait for them for ever, should they be gone
            only = sorted(there) if self.workers.unfit else None
            future = self.client.submit(
                run_batch, self.name, points, self.trusted, pure=False, retries=_AGAIN,
                workers=only,
            )  # fmt: skip
            self.running[future] = batch

    def _next(self, threads: int, workers: int) -> list[Task]:
        """Return the next batch: what takes about `BATCH` seconds, less when few are left."""
        if self.alone:
            return [self.alone.popleft()]
        wanted = threads if self.seconds is None else round(BATCH / self.seconds)
        size = max(threads, min(wanted, len(self.left) // (2 * workers)))
        return [self.left.popleft() for _ in range(min(size, len(self.left)))]

    def _ended(self) -> Collection[Future]:
        """Return the batches that have ended, none where that takes longer than a moment."""
        if not self.running:
            time.sleep(BATCH)
            return ()
        with suppress(TimeoutError):
            return set(wait(list(self.running), BATCH, "FIRST_COMPLETED").done)
        return ()

    def _taken_in(self, future: Future) -> Iterator[tuple[Task, Outcome]]:
        batch = self.running.pop(future)
        if future.status == "finished":
            found, took = future.result()
            self.seconds = took / len(batch)
            by_name = dict(found)
            yield from ((task, by_name[task.name]) for task in batch)
        elif len(batch) > 1:
            self.alone.extend(batch)
        else:
            yield batch[0], {"error": _lost_words(future)}


def _lost_words(future: Future) -> str:
    """Return why a point has no results that was tried again and again."""
    error = future.exception()
    if isinstance(error, YaluError):
        return "; ".join(error.lines)
    if type(error).__name__ == "KilledWorker":
        return "every worker that ran it died"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _hush() -> None:
    """Keep what Dask says of lost connections and of versions for our own words."""
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).handlers[:] = [logging.NullHandler()]
    warnings.filterwarnings("ignore", module="distributed")


def _client(address: str) -> Client:
    """Return a client of the scheduler. Raises YaluError (exit code 2) where there is none."""
    if not _ADDRESS.fullmatch(address):
        raise YaluError(f"--cluster {address[:80]!r}: write tcp://HOST:PORT", exit_code=2)
    _hush()
    try:
        return Client(address, timeout=CONNECT)
    except (OSError, ValueError, ImportError):
        said = f"no Dask scheduler answers there within {CONNECT:g} s"
        raise YaluError(f"--cluster {address}: {said}", exit_code=2) from None


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Say in a line that the scheduler is gone."""
    try:
        yield
    except _LOST:
        said = "the scheduler is gone; the same command goes on from here"
        raise YaluError(f"--cluster {address}: {said}") from None


def _send(client: Client, archive: bytes, chapter: str) -> str:
    """Have each worker, and those that join later, keep a process for a sweep; return its name."""
    name = f"{archive_name(archive)}-{client.id}"
    client.register_plugin(Helpers(name, archive, chapter), name=name)
    client.run(start_helper, name, on_error="ignore")
    return name


@contextmanager
def cluster(address: str, root: Path, chapter: str) -> Iterator[Runs]:
    """Give what runs the points of a chapter on the cluster whose scheduler is at `address`.

    Raises YaluError (exit code 2) where no scheduler answers, there are no workers, or a
    worker's system, packages or helpers differ from this machine's; later, where all workers
    or the scheduler are lost. What came in until then has been yielded.
    """
    with _client(address) as client:
        with _told(address):
            workers = _Workers(client, _check(client, address))
            name = _send(client, packed(root, chapter), chapter)

        def run(tasks: list[Task], trusted: bool) -> Iterator[tuple[Task, Outcome]]:
            with _told(address):
                yield from _Handout(name, client, workers, trusted, deque(tasks)).outcomes()

        try:
            yield run
        finally:
            with suppress(*_LOST):
                client.unregister_worker_plugin(name)
