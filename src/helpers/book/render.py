"""Render: the staged book into pages, building on what Sphinx kept of the last time."""

import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat

from helpers.book import process_pool
from helpers.errors import YaluError

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# what Sphinx says, once for each file, of a disk that takes no more
_DISK = re.compile(r"Failed to copy a file in html_static_file: .*OSError\(\d+, '([^']+)'\)")


def _faults(log: str, staged: Path) -> list[str]:
    """Return the lines of a jupyter-book log that name a fault, with paths from the root."""
    text, found = _ANSI.sub("", log), []
    if disk := _DISK.search(text):
        return [f"could not write the pages: {disk[1]}"]
    for line in text.splitlines():
        if re.search(r"\b(WARNING|ERROR|CRITICAL|\w*Exception|\w*Error): ", line):
            found.append(_with_cell(line.replace(f"{staged}/", "").strip(), staged))
    return list(dict.fromkeys(found))


def _with_cell(line: str, staged: Path) -> str:
    """Return a fault with the cell and its line in place of the line that myst-nb counts."""

    def place(match: re.Match[str]) -> str:
        number, line = divmod(int(match[2]), 10_000)
        cells = nbformat.read(staged / match[1], as_version=4).cells[:number]
        kind, first = cells[-1].cell_type, cells[-1].source.strip().partition("\n")[0]
        if kind == "code":  # some were joined with the next
            return f'{match[1]}: the code cell that begins "{first[:60]}"'
        count = sum(cell.cell_type == kind for cell in cells)
        return f"{match[1]}: Markdown cell {count}, line {max(line - 1, 1)}"  # myst-nb adds one

    return re.sub(r"(\S+\.ipynb):(\d{5,})", place, line)


def render(staged: Path, output: Path, build_on: bool = False) -> Path:
    """Render the staged book with jupyter-book, every warning an error.

    With `build_on` Sphinx reads only the pages again whose staged file is newer than what it kept
    in `output`; it writes all. Returns the folder of the pages. Raises YaluError with the faults
    that it names.
    """
    pages = output / "_build" / "html"
    shutil.rmtree(pages if build_on else output, ignore_errors=True)
    words = ["--path-output", str(output), "-W", "-n", "--keep-going", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        file = Path(folder) / "log.txt"
        arguments = ["build", str(staged), *words]
        call = process_pool.background(_jupyter_book, arguments, file, like=True)
        try:
            failed, said = bool(process_pool.result(call)), ""
        except Exception as error:
            failed, said = True, f"{type(error).__name__}: {error}"
        log = file.read_text("utf-8", "replace") + said if file.is_file() else said
    if failed:
        faults = _faults(log, staged) or _ANSI.sub("", log).strip().splitlines()[-5:]
        raise YaluError("jupyter-book could not render the book:", *faults)
    return pages


def _jupyter_book(arguments: list[str], log: Path) -> str | int | None:
    """Run jupyter-book in this process and return its exit code; what it says goes to `log`."""
    from jupyter_book.cli.main import main

    with log.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
            if isinstance(stream, io.TextIOWrapper):  # whatever the code page of this machine
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        try:
            main(arguments)
        except SystemExit as end:
            return end.code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    return None
