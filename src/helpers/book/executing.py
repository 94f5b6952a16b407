"""Executing: the chapters and the published scenarios that are due, and a record of each."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from helpers.book.execute import Run, execute_many
from helpers.book.fingerprints import Inputs
from helpers.book.scenarios import scenario_pages
from helpers.book.stage import chapter_files
from helpers.book.stale import Manifest, in_a_line, record_run, why_stale
from helpers.errors import YaluError


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
    """What a book is made of, which of it has to be executed, and where that is recorded."""

    runs: list[Run]
    due: list[Run]
    manifest: Manifest
    inputs: Inputs

    @property
    def targets(self) -> list[Path]:
        """Return the executed notebooks, those that are there already among them."""
        return [run.target for run in self.runs]


def find_due(
    folder: Path,
    manifest: Manifest,
    inputs: Inputs,
    report: Callable[[str], None] = print,
    force: bool = False,
) -> Due:
    """Find the stale chapters and scenarios among those executed into `folder`, and drop them.

    Reports for each why it runs or that it does not; with `force` all run.
    """
    runs = book_runs(inputs.root, folder)
    due = []
    for run in runs:
        reasons = why_stale(run, manifest, inputs)
        if force or reasons:
            due.append(run)
            run.target.unlink(missing_ok=True)
        report(f"{run.target.stem}: {'forced' if force else in_a_line(reasons) or 'unchanged'}")
    _drop_others(folder, [run.target for run in runs])
    manifest.chapters = {
        run.target.stem: manifest.chapters[run.target.stem] for run in runs if run not in due
    }
    return Due(runs, due, manifest, inputs)


def execute_due(found: Due) -> None:
    """Execute what is due, as many side by side as there are cores, and keep a record of each.

    The longest notebooks come first, so that none is left to run alone at the end. Raises
    YaluError with a line for each that failed.
    """
    failures: dict[Path, list[str]] = {}
    first = sorted(found.due, key=lambda run: -run.source.stat().st_size)
    with tempfile.TemporaryDirectory(prefix="yalu-") as notes:
        runs = [replace(run, reads=Path(notes) / run.target.stem) for run in first]
        for index, error in execute_many(runs, os.cpu_count() or 1):
            if error:
                failures[runs[index].target] = error.lines
            else:
                record_run(runs[index], found.manifest, found.inputs)
    lines = [line for run in found.due for line in failures.get(run.target, [])]
    if lines:
        raise YaluError(*lines)


def _drop_others(folder: Path, executed: list[Path]) -> None:
    """Drop what earlier builds have executed and this book no longer has."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path not in executed:
            path.unlink()
