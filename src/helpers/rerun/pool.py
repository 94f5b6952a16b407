"""Pool: many points of one chapter, several at a time, each told of when it is done.

A point needs the results alone, so it runs only what they need (see `alone`), in a process
forked from one that has read the evidence. The first points run in full as well: should the
results differ, all points run in full. So does a point that fails, for what it fails of.
How sure each result is, which `sensitivity` works out by running much again, is left out.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from helpers.book import process_pool
from helpers.book.execute import FORK, Execution, engine_name, execute_many, read_results
from helpers.chapter.parameters import Value
from helpers.chapter.sensitivity.section import is_summary
from helpers.rerun.alone import can_run_alone, results_alone

# how many points may fail before all run in full
_TRIED = 3
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One point to run: its name and all that differs from the chapter's defaults."""

    name: str
    source: Path
    parameters: Mapping[str, Value]


# runs tasks, told whether their results can be had alone
Runs = Callable[[list[Task], bool], Iterator[tuple[Task, Outcome]]]


def outcomes(
    tasks: list[Task], jobs: int, elsewhere: Runs | None = None
) -> Iterator[tuple[Task, Outcome]]:
    """Yield each task with its outcome as it ends, `jobs` at a time.

    All tasks are of one chapter. An outcome holds the results, or the error in one line. A
    process that is killed ends its own point with an error. `elsewhere` runs all but the
    first points in the place of this machine.
    """
    left, trusted = list(tasks), False
    if left and engine_name() == FORK and can_run_alone(left[0].source):
        for task in left[:_TRIED]:
            [(_, whole)] = _in_full([left.pop(0)], 1)
            yield task, whole
            if "results" in whole:
                trusted = list(_alone([task], 1)) == [(task, whole)]
                break
    yield from (elsewhere or partial(run_here, jobs=jobs))(left, trusted)


def run_here(tasks: list[Task], trusted: bool, jobs: int) -> Iterator[tuple[Task, Outcome]]:
    """Yield each task with its outcome; `trusted` says that results can be had alone."""
    failed = []
    for task, found in _alone(tasks, jobs) if trusted else ():
        if "error" in found:
            failed.append(task)
        else:
            yield task, found
    yield from _in_full(failed if trusted else tasks, jobs)


def _alone(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, Outcome]]:
    """Run what the results of each task need."""
    calls = [(task.source, task.parameters) for task in tasks]
    for index, future in process_pool.each(results_alone, calls, jobs):
        try:
            yield tasks[index], {"results": process_pool.result(future)}
        except Exception as error:
            yield tasks[index], {"error": f"{type(error).__name__}: {error}"}


def _in_full(tasks: Iterable[Task], jobs: int) -> Iterator[tuple[Task, Outcome]]:
    """Run the whole notebook for each task."""
    tasks = list(tasks)
    with tempfile.TemporaryDirectory(prefix="yalu-sweep-") as folder:
        runs = [Execution(t.source, Path(folder) / f"{t.name}.ipynb", t.parameters) for t in tasks]
        for index, error in execute_many(runs, jobs):
            if error:
                yield tasks[index], {"error": "; ".join(error.lines)}
            else:
                found = read_results(runs[index].target)["results"]
                kept = {key: r for key, r in found.items() if not is_summary(key, found)}
                yield tasks[index], {"results": kept}
                runs[index].target.unlink()
