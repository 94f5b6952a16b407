"""Render: the staged book into pages, building on what Sphinx kept of the last time."""

import importlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.book import process_pool
from helpers.errors import YaluError

# runs jupyter-book with arguments and a file for what it says; tells whether it failed, and why
JupyterBook = Callable[[list[str], Path], tuple[bool, str]]
# the note of what was rendered, beside what Sphinx keeps
_KEPT = "kept.txt"
_IMPORTS = (
    "bs4", "jupyter_book.cli.main", "jupyter_book.sphinx", "myst_nb.sphinx_",
    "sphinx.builders.html", "sphinx_book_theme", "sphinx_comments", "sphinx_copybutton",
    "sphinx_design", "sphinx_external_toc", "sphinx_jupyterbook_latex",
    "sphinx_multitoc_numbering", "sphinx_thebe", "sphinx_togglebutton", "helpers.book.sphinx",
)  # fmt: skip
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
    """Give a function that runs jupyter-book, in a process that imports it meanwhile."""
    with process_pool.worker() as start:
        start(_import_all)

        def run(arguments: list[str], log: Path) -> tuple[bool, str]:
            try:
                return bool(process_pool.result(start(_jupyter_book, arguments, log))), ""
            except Exception as error:
                return True, f"{type(error).__name__}: {error}"

        yield run


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


def _import_all() -> None:
    """Import what jupyter-book imports while it builds."""
    for name in _IMPORTS:
        importlib.import_module(name)


def _jupyter_book(arguments: list[str], log: Path) -> str | int | None:
    """Run jupyter-book in this process and return its exit code; what it says goes to `log`."""
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
    return None


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
