"""Render: the staged book into pages, building on what Sphinx kept of the last time."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from helpers.book import warm
from helpers.errors import YaluError

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


def render(staged: Path, output: Path, shared: str = "") -> Path:
    """Render the staged book with jupyter-book, every warning an error.

    `shared` is the hash of what all pages rest on: where `output` keeps what Sphinx read at
    the same hash, only pages that changed are read again (see `sphinx.fresh`), and all are
    written. Returns the folder of the pages. Raises YaluError with the faults that it names.
    """
    note, pages = output / _KEPT, output / "_build" / "html"
    usable = bool(shared) and note.is_file() and note.read_text() == shared
    # The note is gone while Sphinx runs: what a failed or broken run leaves is never built on.
    note.unlink(missing_ok=True)
    shutil.rmtree(pages if usable else output, ignore_errors=True)
    words = ["--path-output", str(output), "-W", "-n", "--keep-going", "--quiet"]
    failed, log = _jupyter_book(["build", str(staged), *words])
    if failed:
        faults = _faults(log, staged) or _ANSI.sub("", log).strip().splitlines()[-5:]
        raise YaluError("jupyter-book could not render the book:", *faults)
    note.write_text(shared)
    return pages


def _jupyter_book(arguments: list[str]) -> tuple[bool, str]:
    """Run jupyter-book; return whether it failed, and what it said."""
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        log = Path(folder) / "log.txt"
        if warm.available():
            [(_, outcome)] = warm.each(_run_here, [(arguments, log)])
            said = "\n".join(outcome.error.lines) if outcome.error else ""
            return bool(outcome.value or said), log.read_text(errors="replace") + said
        with log.open("wb") as file:
            run = subprocess.run(
                [sys.executable, "-c", _JUPYTER_BOOK, *arguments],
                stdout=file, stderr=file, env=os.environ | {"PYTHONHASHSEED": "0"},
            )  # fmt: skip
        return run.returncode != 0, log.read_text(errors="replace")


def _run_here(arguments: list[str], log: Path) -> Any:
    """Run jupyter-book in this process, which is forked for it; return its exit code."""
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
