"""Build the book: check the data, execute the chapters, render, swap the site in."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from helpers import evidence
from helpers.book.execute import execute
from helpers.book.lint import COVERAGE, coverage_lines
from helpers.book.scenarios import scenario_pages
from helpers.book.stage import USAGE, chapter_files, stage
from helpers.book.whole.chromium import find_chromium
from helpers.book.whole.offer import add_whole_book
from helpers.errors import YaluError

SITE = Path("_build/html")
# the executed notebooks behind the site, to hold reruns against
PUBLISHED = Path("_build/published")
_JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _execute_one(source: Path, target: Path, parameters: dict[str, Any]) -> list[str]:
    try:
        execute(source, target, parameters)
    except YaluError as error:
        return error.lines
    return []


def execute_chapters(root: Path, folder: Path) -> None:
    """Execute chapters and published scenarios into `folder`, as many at once as there are cores.

    Raises YaluError with a line for each chapter that failed.
    """
    chapters = chapter_files(root)
    scenarios = scenario_pages(chapters)
    sources = [*chapters, *(root / "chapters" / f"{s.chapter}.ipynb" for s in scenarios)]
    names = [*(path.stem for path in chapters), *(page.name for page in scenarios)]
    values = [*({} for _ in chapters), *(page.scenario.parameters for page in scenarios)]
    with ProcessPoolExecutor(max_workers=min(len(sources) or 1, os.cpu_count() or 1)) as pool:
        targets = [folder / f"{name}.ipynb" for name in names]
        failures = list(pool.map(_execute_one, sources, targets, values))
    lines = [line for failure in failures for line in failure]
    if lines:
        raise YaluError(*lines)


def _faults(log: str, staged: Path) -> list[str]:
    """Return the lines of a jupyter-book log that name a fault, with paths from the root."""
    found = []
    for line in _ANSI.sub("", log).splitlines():
        if re.search(r"\b(WARNING|ERROR|CRITICAL|\w*Exception|\w*Error): ", line):
            found.append(line.replace(f"{staged}/", "").strip())
    return list(dict.fromkeys(found))


def render(staged: Path, output: Path) -> Path:
    """Render the staged book with jupyter-book, every warning an error.

    Returns the folder of the pages. Raises YaluError with the faults that it names.
    """
    shutil.rmtree(output, ignore_errors=True)
    command = [
        sys.executable, "-c", _JUPYTER_BOOK, "build", str(staged),
        "--path-output", str(output), "-W", "-n", "--keep-going", "--quiet",
    ]  # fmt: skip
    run = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"PYTHONHASHSEED": "0"}
    )
    if run.returncode != 0:
        log = run.stdout + run.stderr
        faults = _faults(log, staged) or _ANSI.sub("", log).strip().splitlines()[-5:]
        raise YaluError("jupyter-book could not render the book:", *faults)
    return output / "_build" / "html"


def publish(pages: Path, site: Path) -> None:
    """Put `pages` in the place of `site`; the site is never half old, half new."""
    previous = site.with_name(f"{site.name}.previous")
    shutil.rmtree(previous, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        site.rename(previous)
    pages.rename(site)
    shutil.rmtree(previous, ignore_errors=True)


def keep_executed(root: Path) -> None:
    """Keep the executed notebooks behind the site, so that reruns can be held against them."""
    work = root / "_build" / "work"
    shutil.copytree(work / "executed", work / "published", dirs_exist_ok=True)
    publish(work / "published", root / PUBLISHED)


def check(root: Path, report: Callable[[str], None] = print) -> Path:
    """Check the data, execute the chapters, render and check every page; publish nothing.

    Returns the folder of the rendered pages. Raises YaluError when the data fail a check,
    a chapter fails in a cell, a page cannot be rendered without a warning, or a number
    has no source.
    """
    work = root / "_build" / "work"
    shutil.rmtree(work, ignore_errors=True)
    report("data: checking")
    evidence.rebuild(root)
    report(f"chapters: executing {', '.join(path.stem for path in chapter_files(root))}")
    execute_chapters(root, work / "executed")
    stage(root, work / "executed", work / "stage")
    report("pages: rendering")
    pages = render(work / "stage", work / "rendered")
    for line in coverage_lines(json.loads((work / "stage" / COVERAGE).read_text())):
        report(line)
    return pages


def build(
    root: Path, report: Callable[[str], None] = print, *, pdf: bool = False, epub: bool = False
) -> Path:
    """Build the whole book and return the folder of the site.

    `pdf` and `epub` ask for the book as one file beside the pages. Raises YaluError as `check`
    does, or where such a file cannot be made, and then leaves the previous site in place.
    """
    chromium = find_chromium() if pdf else None
    pages = check(root, report)
    if pdf or epub:
        add_whole_book(root, pages, chromium, epub, report)
    shutil.copyfile(root / "_build" / "work" / "stage" / USAGE, root / "_build" / USAGE)
    publish(pages, root / SITE)
    keep_executed(root)
    report(f"book: {SITE / 'index.html'}")
    return root / SITE
