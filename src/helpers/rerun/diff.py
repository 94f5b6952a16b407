"""Diff: what differs between two runs, a run and the book, or two commits of the book."""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from helpers.book.stage import chapter_files
from helpers.errors import YaluError
from helpers.git import commit_id, git
from helpers.rerun import folders
from helpers.rerun.changes import changes
from helpers.rerun.published import BOOK, read_published
from helpers.rerun.reading import Reading, read_run
from helpers.rerun.run import NOTEBOOK

Readings = dict[str, Reading]
_EXECUTE = """
import sys
from pathlib import Path
from helpers.book.execute import execute
from helpers.errors import YaluError
try:
    for name in sys.argv[2:]:
        execute(Path("chapters") / f"{name}.ipynb", Path(sys.argv[1]) / f"{name}.ipynb")
except YaluError as error:
    sys.exit(str(error))
"""


def _run_folder(root: Path, name: str) -> Path | None:
    """Return the folder of a run by its path or by its name in runs/."""
    for folder in (Path(name), root / folders.RUNS / name):
        if folders.read_about(folder) is not None:
            return folder
    return None


def _read_commit(root: Path, name: str, commit: str, chapters: list[str]) -> Readings:
    """Return what a commit's book says, its chapters executed by its own helpers."""
    with tempfile.TemporaryDirectory(prefix="yalu-commit-") as folder:
        book, executed = Path(folder) / "book", Path(folder) / "executed"
        archive = git(root, "archive", "--format=tar", commit)
        if archive is None:
            raise YaluError(f"commit {name}: git could not take its files out")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(book, filter="data")
        there = [c for c in chapters if (book / "chapters" / f"{c}.ipynb").is_file()]
        _execute_commit(name, book, executed, there)
        return {c: read_run(name, executed / f"{c}.ipynb") for c in there}


def _execute_commit(name: str, book: Path, executed: Path, chapters: list[str]) -> None:
    environment = os.environ | {"PYTHONPATH": str(book / "src"), "YALU_BOOK": str(book)}
    command = [sys.executable, "-c", _EXECUTE, str(executed), *chapters]
    run = subprocess.run(command, cwd=book, env=environment, capture_output=True, text=True)
    if run.returncode != 0:
        last = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise YaluError(f"commit {name}: {last.replace(str(book), '').strip()}")


def read(root: Path, name: str, chapters: list[str]) -> Readings:
    """Return what a run, the published book or a commit says, by chapter.

    Raises YaluError (exit code 2) where `name` is none of them.
    """
    folder = _run_folder(root, name)
    if folder:
        reading = read_run(folder.name, folder / NOTEBOOK)
        return {reading.chapter: reading}
    if name == BOOK:
        return {chapter: read_published(root, chapter) for chapter in chapters}
    commit = commit_id(root, name)
    if not commit:
        raise YaluError(f"{name[:60]!r}: no run, no commit and not the word book", exit_code=2)
    return _read_commit(root, name, commit, chapters)


def _wanted(root: Path, names: tuple[str, str], chapter: str | None) -> list[str]:
    """Return the chapters to hold against each other: those of the runs, else all."""
    if chapter:
        return [chapter]
    for folder in filter(None, (_run_folder(root, name) for name in names)):
        about = folders.read_about(folder)
        return [about["chapter"]] if about else []
    return [path.stem for path in chapter_files(root)]


def diff(root: Path, old: str, new: str, chapter: str | None = None) -> list[dict[str, Any]]:
    """Return the changes from `old` to `new`, an entry for each chapter that both have.

    Raises YaluError (exit code 2) where a name is unknown or the two share no chapter.
    """
    chapters = _wanted(root, (old, new), chapter)
    before, after = read(root, old, chapters), read(root, new, chapters)
    shared = [name for name in before if name in after]
    if not shared:
        raise YaluError(f"{old} and {new} are of different chapters", exit_code=2)
    return [changes(before[name], after[name]) for name in shared]
