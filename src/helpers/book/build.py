"""Build the book: check the data, execute the chapters, render, swap the site in."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from helpers import evidence
from helpers.book import chart_cache, editions, last, number_lint, process_pool
from helpers.book.execute import book_runs, execute_stale, find_stale
from helpers.book.inputs import all_inputs, book_files, changed, code_files, digest, environment
from helpers.book.lock import building
from helpers.book.pdf_epub import add_pdf_epub
from helpers.book.pdf_epub.pdf import find_chromium
from helpers.book.publish import SITE, keep_executed, publish
from helpers.book.render import jupyter_book, render, sync
from helpers.book.stage import USAGE, chapter_files, stage
from helpers.chapter.parameters_cell import check_defaults
from helpers.errors import YaluError
from helpers.evidence.data_config import read_plan

# the note, in _build/work, of the data that passed every check
_CHECKED = "checked.txt"
_OF_ONE_PAGE = re.compile(r"chapters/[^/]*\.(md|ipynb|yml)")


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
        for folder in (work, root / chart_cache.FOLDER):
            shutil.rmtree(folder, ignore_errors=True)
    process_pool.start_preload()
    with jupyter_book() as run:
        _check_data(root, report)
        _check_defaults(root)
        found = find_stale(root, work / "executed", report, force)
        with chart_cache.prerendering(root, [run.target for run in found.runs]):
            execute_stale(found)
            stage(root, work / "executed", work / "staging")
            sync(work / "staging", work / "stage")
            report("pages: rendering")
            shared = _shared(all_inputs(root))
            pages = render(work / "stage", work / "rendered", run, shared)
    counts = json.loads((work / "stage" / number_lint.COVERAGE).read_text())
    for line in number_lint.coverage_lines(counts):
        report(line)
    return pages


def _shared(inputs: dict[str, str]) -> str:
    """Return the hash of what all pages rest on: all but the sources of the pages."""
    shared = {name: h for name, h in inputs.items() if not _OF_ONE_PAGE.fullmatch(name)}
    return digest(json.dumps(shared))


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


def _check_defaults(root: Path) -> None:
    """Raise YaluError, one line a fault, where defaults of parameters are told in two ways."""
    faults = [line for path in chapter_files(root) for line in check_defaults(root, path.stem)]
    if faults:
        raise YaluError(*faults)


def _state_of_data(root: Path) -> str:
    names = ("data/", "helpers/evidence/", "helpers/paths", "helpers/errors")
    inputs = book_files(root) | code_files()
    own = {name: found for name, found in inputs.items() if name.startswith(names)}
    return digest(json.dumps(own | environment(), sort_keys=True))


def build(
    root: Path,
    report: Callable[[str], None] = print,
    *,
    pdf: bool = False,
    epub: bool = False,
    edition: str | None = None,
    force: bool = False,
) -> Path:
    """Build the whole book and return the folder of the site.

    `pdf` and `epub` ask for the book as one file beside the pages, `edition` for a copy of the
    site that is kept under that name. Nothing is built where nothing has changed and the site
    has all that is asked for, save with `force`. Raises YaluError as `check` does, for an
    edition that cannot be kept, or where such a file cannot be made, and then leaves the
    previous site in place.
    """
    chromium = find_chromium() if pdf else None
    if edition:
        editions.check_name(root, edition)
    with building(root, report):
        _build(root, report, chromium, epub, force)
        if edition:
            _keep_edition(root, edition, report)
            _build(root, report, chromium, epub, force=False)
    return root / SITE


def _build(
    root: Path, report: Callable[[str], None], chromium: str | None, epub: bool, force: bool
) -> None:
    if not force and last.up_to_date(root, last.files(bool(chromium), epub)):
        report(last.UNCHANGED)
        return
    before = all_inputs(root)
    pages = _check(root, report, force)
    if chromium or epub:
        add_pdf_epub(root, pages, chromium, epub, report)
    _put_in_place(root, pages)
    _remember(root, before)
    report(f"book: {SITE / 'index.html'}")


def _keep_edition(root: Path, name: str, report: Callable[[str], None]) -> None:
    """Keep the site that was just built as an edition."""
    claims = evidence.load("claims")
    version, latest = read_plan(root).package.version, str(evidence.last_recorded())
    edition = editions.Edition(name, version, latest, len(claims))
    kept = editions.keep(root, root / SITE, edition)
    report(f"edition: {name} kept in {kept.relative_to(root).as_posix()}")


def _put_in_place(root: Path, pages: Path) -> None:
    """Put the pages in the place of the site, and beside it what it was made of."""
    work = root / "_build" / "work"
    last.forget(root)
    editions.add_editions(root, pages)
    shutil.copyfile(work / "stage" / USAGE, root / "_build" / USAGE)
    publish(pages, root / SITE)
    chart_cache.drop_old(root)
    keep_executed(root, [run.target for run in book_runs(root, work / "executed")])


def _remember(root: Path, before: dict[str, str]) -> None:
    """Note what the site was made of, unless the author changed something meanwhile.

    What the build itself has written, the clean tables, counts as it is now.
    """
    now = all_inputs(root)
    made = ("data/clean/", "data/datapackage.json")
    if all(name.startswith(made) for name in changed(before, now)):
        last.remember(root, now)
