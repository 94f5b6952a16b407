"""Build the book: check the data, execute the chapters, render, swap the site in."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from helpers import evidence
from helpers.book import last
from helpers.book.due import Contents, forget, in_a_line, keep, why
from helpers.book.execute import Run, execute_many
from helpers.book.inputs import all_inputs, book_files, changed, code_files, digest, environment
from helpers.book.lint import COVERAGE, coverage_lines
from helpers.book.lock import building
from helpers.book.stage import USAGE, chapter_files, stage
from helpers.errors import YaluError
from helpers.evidence import reading

SITE = Path("_build/html")
# notes of what was rendered and checked, in _build/work
_KEPT, _CHECKED = "kept.txt", "checked.txt"
_JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def execute_chapters(
    root: Path, folder: Path, report: Callable[[str], None] = print, force: bool = False
) -> None:
    """Execute into `folder` the chapters that are due, as many side by side as there are cores.

    Says for each chapter why it runs or that it need not; with `force` all run. Raises
    YaluError with a line for each chapter that failed.
    """
    contents, sources = Contents(root), chapter_files(root)
    due = []
    for source in sources:
        reasons = why(source, folder / source.name, contents)
        if force or reasons:
            due.append(source)
        report(f"{source.stem}: {'forced' if force else in_a_line(reasons) or 'unchanged'}")
    lines = _execute_due(due, folder, contents)
    if lines:
        raise YaluError(*lines)


def _execute_due(sources: list[Path], folder: Path, contents: Contents) -> list[str]:
    """Execute chapters, keep a record of each that succeeds; return what failed."""
    failures: dict[int, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="yalu-") as notes:
        runs = [Run(s, folder / s.name, reads=Path(notes) / s.stem) for s in sources]
        for run in runs:
            forget(run.target)
        for index, error in execute_many(runs, os.cpu_count() or 1):
            run = runs[index]
            if error:
                failures[index] = error.lines
            else:
                read = reading.notes(Path(notes) / run.source.stem)
                keep(run.target, read, contents.parts(run.source, None, read))
    return [line for index in sorted(failures) for line in failures[index]]


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
    note.write_text(shared)
    return pages


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


def _shared(inputs: dict[str, str]) -> str:
    """Return the hash of what all pages rest on: all but the sources of the pages."""
    own = re.compile(r"chapters/[^/]*\.(md|ipynb|yml)")
    return digest(json.dumps({n: h for n, h in inputs.items() if not own.fullmatch(n)}))


def publish(pages: Path, site: Path) -> None:
    """Put `pages` in the place of `site`; the site is never half old, half new."""
    previous = site.with_name(f"{site.name}.previous")
    shutil.rmtree(previous, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        site.rename(previous)
    pages.rename(site)
    shutil.rmtree(previous, ignore_errors=True)


def check(root: Path, report: Callable[[str], None] = print, *, force: bool = False) -> Path:
    """Check the data, execute the chapters, render and check every page; publish nothing.

    Chapters that rest on nothing that changed are not executed again, save with `force`.
    Returns the folder of the rendered pages. Raises YaluError when the data fail a check,
    a chapter fails in a cell, a page cannot be rendered without a warning, or a number
    has no source.
    """
    with building(root, report):
        return _check(root, report, force)


def _check(root: Path, report: Callable[[str], None], force: bool) -> Path:
    work = root / "_build" / "work"
    if force:
        shutil.rmtree(work, ignore_errors=True)
    _check_data(root, report)
    execute_chapters(root, work / "executed", report, force)
    stage(root, work / "executed", work / "staging")
    sync(work / "staging", work / "stage")
    report("pages: rendering")
    pages = render(work / "stage", work / "rendered", _shared(all_inputs(root)))
    for line in coverage_lines(json.loads((work / "stage" / COVERAGE).read_text())):
        report(line)
    return pages


def _check_data(root: Path, report: Callable[[str], None]) -> None:
    """Check the evidence and write the clean tables, where either could differ from last time."""
    note = root / "_build" / "work" / _CHECKED
    state = _state_of_data(root)
    if note.is_file() and note.read_text() == state:
        report("data: unchanged")
        return
    report("data: checking")
    note.unlink(missing_ok=True)
    evidence.rebuild(root)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(_state_of_data(root))


def _state_of_data(root: Path) -> str:
    names = ("data/", "helpers/evidence/", "helpers/paths", "helpers/errors")
    inputs = book_files(root) | code_files()
    own = {name: found for name, found in inputs.items() if name.startswith(names)}
    return digest(json.dumps(own | environment(), sort_keys=True))


def build(root: Path, report: Callable[[str], None] = print, *, force: bool = False) -> Path:
    """Build the whole book and return the folder of the site.

    Nothing is built where nothing has changed, save with `force`. Raises YaluError as
    `check` does, and then leaves the previous site in place.
    """
    site = root / SITE
    with building(root, report):
        if not force and last.up_to_date(root, site):
            report(last.UNCHANGED)
            return site
        before = all_inputs(root)
        pages = _check(root, report, force)
        last.forget(root)
        shutil.copyfile(root / "_build" / "work" / "stage" / USAGE, root / "_build" / USAGE)
        publish(pages, site)
        _remember(root, before)
    report(f"book: {SITE / 'index.html'}")
    return site


def _remember(root: Path, before: dict[str, str]) -> None:
    """Note what the site was made of, unless the author changed something meanwhile.

    What the build itself has written, the clean tables, counts as it is now.
    """
    now = all_inputs(root)
    made = ("data/clean/", "data/datapackage.json")
    if all(name.startswith(made) for name in changed(before, now)):
        last.remember(root, root / SITE, now)
