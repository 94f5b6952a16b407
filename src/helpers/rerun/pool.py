"""Pool: many points of one chapter, several at a time, each told of when it is done."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.analysis.parameters import Value
from helpers.book.execute import Run, execute_many, read_results


@dataclass(frozen=True)
class Task:
    """One point to run: its name and all that differs from the chapter's defaults."""

    name: str
    source: Path
    parameters: Mapping[str, Value]


def outcomes(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Yield each task with its outcome as it ends, `jobs` at a time.

    An outcome holds the results, or the error in one line. A process that is killed ends its
    own point with an error.
    """
    with tempfile.TemporaryDirectory(prefix="yalu-sweep-") as folder:
        runs = [
            Run(task.source, Path(folder) / f"{task.name}.ipynb", task.parameters) for task in tasks
        ]
        for index, error in execute_many(runs, jobs):
            if error:
                yield tasks[index], {"error": "; ".join(error.lines)}
            else:
                yield tasks[index], {"results": read_results(runs[index].target)["results"]}
                runs[index].target.unlink()
