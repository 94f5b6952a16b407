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


def render(staged: Path, output: Path, run: JupyterBook, build_on: bool = False) -> Path:
    """Render the staged book with jupyter-book, every warning an error.

    `run` is what `jupyter_book` gave. With `build_on` Sphinx reads only the pages again whose
    staged file is newer than what it kept in `output`; it writes all. Returns the folder of the
    pages. Raises YaluError with the faults that it names.
    """
    pages = output / "_build" / "html"
    shutil.rmtree(pages if build_on else output, ignore_errors=True)
    words = ["--path-output", str(output), "-W", "-n", "--keep-going", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        file = Path(folder) / "log.txt"
        failed, said = run(["build", str(staged), *words], file)
        log = file.read_text(errors="replace") + said if file.is_file() else said
    if failed:
        faults = _faults(log, staged) or _ANSI.sub("", log).strip().splitlines()[-5:]
        raise YaluError("jupyter-book could not render the book:", *faults)
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
