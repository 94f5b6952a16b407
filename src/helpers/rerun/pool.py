"""Pool: many points of one chapter, several at a time, each written when it is done."""

import multiprocessing
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.analysis.parameters import Value
from helpers.book.execute import execute, read_results
from helpers.errors import YaluError


@dataclass(frozen=True)
class Task:
    """One point to run: its name and all that differs from the chapter's defaults."""

    name: str
    source: Path
    parameters: Mapping[str, Value]


def outcome(task: Task) -> dict[str, Any]:
    """Run one point and return its results, or its error in one line."""
    with tempfile.TemporaryDirectory(prefix="yalu-point-") as folder:
        target = Path(folder) / task.source.name
        try:
            execute(task.source, target, task.parameters)
        except YaluError as error:
            return {"error": "; ".join(error.lines)}
        return {"results": read_results(target)["results"]}


def _lost(task: Task) -> dict[str, Any]:
    return {"error": f"chapter {task.source.stem}: the process of this run was killed"}


def outcomes(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Yield each task with its outcome as it ends, `jobs` at a time, few waiting in memory.

    A process that is killed ends its own points with an error; a new pool does the rest.
    """
    rest = list(tasks)
    while rest:
        done: set[str] = set()
        for task, found in _until_broken(rest, jobs):
            done.add(task.name)
            yield task, found
        rest = [task for task in rest if task.name not in done]


def _end_with_parent() -> None:
    """End this process when its parent is killed; it would wait for work forever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _until_broken(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, dict[str, Any]]]:
    context = multiprocessing.get_context("spawn")
    queue = iter(tasks)
    with ProcessPoolExecutor(jobs, context, initializer=_end_with_parent) as pool:
        running: dict[Future[dict[str, Any]], Task] = {}
        while True:
            for task in queue:
                running[pool.submit(outcome, task)] = task
                if len(running) >= jobs:
                    break
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                try:
                    yield task, future.result()
                except BrokenProcessPool:
                    yield task, _lost(task)
                    yield from ((lost, _lost(lost)) for lost in running.values())
                    return
