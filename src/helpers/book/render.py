"""Render: the staged book into pages, building on what Sphinx kept of the last time."""

import importlib
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from helpers.book import warm
from helpers.errors import YaluError

# runs jupyter-book with arguments and a file for what it says; tells whether it failed, and why
JupyterBook = Callable[[list[str], Path], tuple[bool, str]]
# the note of what was rendered, beside what Sphinx keeps
_KEPT = "kept.txt"
_JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _faults(log: str, staged: Path) -> list[str]:
    """Return the lines of a jupyter-book log that name a fault, with paths from the root."""
    found = []
    for line in _ANSI.sub("", log).splitlines():
        if re.search(r"\b(WARNING|ERROR|CRITICAL|\w*Exception|\w*Error): ", line):
            found.append(line.replace(f"{staged}/", "").strip())
    return list(dict.fromkeys(found))


@contextmanager
def jupyter_book() -> Iterator[JupyterBook]:
    """Give what runs jupyter-book once, in a process that imports all it needs meanwhile."""
    if not warm.available():
        yield _run_outside
        return
    told, tell = multiprocessing.Pipe(duplex=False)
    with warm.begun(_run_when_told, told) as outcome:
        told.close()

        def run(arguments: list[str], log: Path) -> tuple[bool, str]:
            tell.send((arguments, log))
            found = outcome()
            said = "\n".join(found.error.lines) if found.error else ""
            return bool(found.value or said), said

        try:
            yield run
        finally:
            tell.close()


def render(staged: Path, output: Path, run: JupyterBook, shared: str = "") -> Path:
    """Render the staged book with jupyter-book, every warning an error.

    `run` is what `jupyter_book` gave. `shared` is the hash of what all pages rest on: where
    `output` keeps what Sphinx read at the same hash, only pages that changed are read again
    (see `sphinx.fresh`), and all are written. Returns the folder of the pages. Raises YaluError
    with the faults that it names.
    """
    note, pages = output / _KEPT, output / "_build" / "html"
    usable = bool(shared) and note.is_file() and note.read_text() == shared
    # The note is gone while Sphinx runs: what a failed or broken run leaves is never built on.
    note.unlink(missing_ok=True)
    shutil.rmtree(pages if usable else output, ignore_errors=True)
    words = ["--path-output", str(output), "-W", "-n", "--keep-going", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        file = Path(folder) / "log.txt"
        failed, said = run(["build", str(staged), *words], file)
        log = file.read_text(errors="replace") + said if file.is_file() else said
    if failed:
        faults = _faults(log, staged) or _ANSI.sub("", log).strip().splitlines()[-5:]
        raise YaluError("jupyter-book could not render the book:", *faults)
    note.write_text(shared)
    return pages


def _run_outside(arguments: list[str], log: Path) -> tuple[bool, str]:
    with log.open("wb") as file:
        run = subprocess.run(
            [sys.executable, "-c", _JUPYTER_BOOK, *arguments],
            stdout=file, stderr=file, env=os.environ | {"PYTHONHASHSEED": "0"},
        )  # fmt: skip
    return run.returncode != 0, ""


def _run_when_told(told: Connection) -> Any:
    """Run jupyter-book in this process, which is forked for it; return its exit code."""
    importlib.import_module("helpers.book.preload_pages")
    try:
        arguments, log = told.recv()
    except EOFError:
        return None
    from jupyter_book.cli.main import main

    with log.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
        try:
            main(arguments)
        except SystemExit as end:
            return end.code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()


def sync(fresh: Path, target: Path) -> None:
    """Make `target` hold what `fresh` holds, leaving alone the files that are the same."""
    wanted = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    for path in [path for path in target.rglob("*") if path.is_file()]:
        if path.relative_to(target) not in wanted:
            path.unlink()
    for name in wanted:
        old, new = target / name, fresh / name
        if not old.is_file() or old.read_bytes() != new.read_bytes():
            old.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(new, old)
