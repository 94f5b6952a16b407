"""Executing: the chapters and the published scenarios that are due, and a record of each."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from helpers.book.due import Contents, forget, in_a_line, keep, record_path, why
from helpers.book.execute import PICTURES, Run, execute_many
from helpers.book.scenarios import scenario_pages
from helpers.book.stage import chapter_files
from helpers.errors import YaluError
from helpers.evidence import reading


def book_runs(root: Path, folder: Path) -> list[Run]:
    """Return what the book is made of, executed into `folder`: chapters, published scenarios."""
    chapters = chapter_files(root)
    scenarios = [
        Run(root / "chapters" / f"{page.chapter}.ipynb", folder / f"{page.name}.ipynb",
            page.scenario.parameters)
        for page in scenario_pages(chapters)
    ]  # fmt: skip
    return [*(Run(path, folder / path.name) for path in chapters), *scenarios]


@dataclass(frozen=True)
class Due:
    """What a book is made of, and which of it has to be executed."""

    runs: list[Run]
    due: list[Run]
    contents: Contents

    @property
    def targets(self) -> list[Path]:
        """Return the executed notebooks, those that are there already among them."""
        return [run.target for run in self.runs]


def find_due(
    root: Path, folder: Path, report: Callable[[str], None] = print, force: bool = False
) -> Due:
    """Find what is due of the chapters and scenarios executed into `folder`, and drop it there.

    Says for each why it is due or that it is not; with `force` all are.
    """
    contents, runs = Contents(root), book_runs(root, folder)
    due = []
    for run in runs:
        reasons = why(run.source, run.target, contents, run.parameters)
        if force or reasons:
            due.append(run)
            forget(run.target)
        report(f"{run.target.stem}: {'forced' if force else in_a_line(reasons) or 'unchanged'}")
    _drop_others(folder, [run.target for run in runs])
    return Due(runs, due, contents)


def execute_due(found: Due) -> None:
    """Execute what is due, as many side by side as there are cores, and keep a record of each.

    The longest notebooks come first, so that none is left to run alone at the end. Raises
    YaluError with a line for each that failed.
    """
    failures: dict[Path, list[str]] = {}
    first = sorted(found.due, key=lambda run: -run.source.stat().st_size)
    with tempfile.TemporaryDirectory(prefix="yalu-") as notes:
        runs = [replace(run, reads=Path(notes) / run.target.stem) for run in first]
        before = os.environ.get(PICTURES, "1")
        os.environ[PICTURES] = "0"  # the pages have pictures of their own
        for index, error in execute_many(runs, os.cpu_count() or 1):
            if error:
                failures[runs[index].target] = error.lines
            else:
                _keep(runs[index], found.contents)
        os.environ[PICTURES] = before
    lines = [line for run in found.due for line in failures.get(run.target, [])]
    if lines:
        raise YaluError(*lines)


def _keep(run: Run, contents: Contents) -> None:
    read = reading.notes(run.reads) if run.reads else []
    keep(run.target, read, contents.parts(run.source, run.parameters, read))


def _drop_others(folder: Path, executed: list[Path]) -> None:
    """Drop what earlier builds have executed and this book no longer has."""
    kept = {*executed, *map(record_path, executed)}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in kept:
            path.unlink()
