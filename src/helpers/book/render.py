"""Render: the staged book into pages, building on what Sphinx kept of the last time."""

import errno
import os
import posixpath
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from helpers.book import process_pool
from helpers.errors import YaluError

# what a listing puts on a page for others to link to, by kind; links with cards keep their address
_PLACE = re.compile(r'\sid="(contest|table|correction|change)-')
_LINK = re.compile(r' href="([^"#:]*)#(contest|table|correction|change)-[^"]*"')
_NO_FILE = re.compile(r"\bfile (not found|not readable)\b")
# what a system says that takes no more: a full disk, a limit
_FULL = [os.strerror(code) for code in (errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EMFILE)]
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _faults(log: str, staged: Path) -> list[str]:
    """Return the lines of a jupyter-book log that name a fault, with paths from the root."""
    found = []
    for line in _ANSI.sub("", log).splitlines():
        if re.search(r"\b(WARNING|ERROR|CRITICAL|\w*Exception|\w*Error): ", line):
            line = line.replace(f"{staged}/", "").strip().removeprefix("WARNING: ")
            hint = "; put it into chapters/images" if _NO_FILE.search(line) else ""
            found.append(f"{_with_cell(line, staged)}{hint}")
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
        call = process_pool.background(_jupyter_book, arguments, file)
        try:
            failed, said = bool(process_pool.result(call)), ""
        except Exception as error:
            failed, said = True, f"{type(error).__name__}: {error}"
        log = file.read_text("utf-8", "replace") + said if file.is_file() else said
    if failed:
        if full := next(filter(log.__contains__, _FULL), ""):
            raise YaluError(f"the pages could not be written ({full}); the last site is as it was")
        faults = _faults(log, staged) or _ANSI.sub("", log).strip().splitlines()[-5:]
        raise YaluError("jupyter-book could not render the book:", *faults)
    _link_to_pages(pages)
    return pages


def _link_to_pages(pages: Path) -> None:
    """Let links into a listing lead to its page alone where that page does not have the listing.

    On that page itself words stand in the place of the link.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in pages.rglob("*.html")}
    names = {path: path.relative_to(pages).as_posix() for path in texts}
    kinds = {names[path]: {*_PLACE.findall(text)} for path, text in texts.items()}
    for path, text in texts.items():

        def link(match: re.Match[str], name: str = names[path]) -> str:
            to = posixpath.normpath(posixpath.join(posixpath.dirname(name), match[1]))
            if match[2] in kinds.get(to if match[1] else name, {match[2]}):
                return match[0]
            return f' href="{match[1]}"' if match[1] else ""

        if (mended := _LINK.sub(link, text)) != text:
            path.write_text(mended, encoding="utf-8")


def _jupyter_book(arguments: list[str], log: Path) -> str | int | None:
    """Run jupyter-book in this process and return its exit code; what it says goes to `log`."""
    from jupyter_book.cli.main import main

    with log.open("wb") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    # in UTF-8 under any code page, also where a test has replaced these streams
    options: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
    with open(1, "w", **options) as sys.stdout, open(2, "w", **options) as sys.stderr:
        try:
            main(arguments)
        except SystemExit as end:
            return end.code
    return None
