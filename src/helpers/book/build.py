"""Build the book: check the data, execute the chapters, render, swap the site in."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from helpers import evidence
from helpers.book import chart_cache, editions, number_lint, process_pool
from helpers.book.fingerprints import Inputs
from helpers.book.pdf_epub import add_pdf_epub
from helpers.book.pdf_epub.pdf import find_chromium
from helpers.book.render import jupyter_book, render
from helpers.book.stage import USAGE, chapter_files, stage
from helpers.book.stale import (
    Manifest,
    book_runs,
    data_inputs,
    execute_stale,
    find_stale,
    mark_stale_pages,
    page_inputs,
    read_manifest,
    record_site,
    site_is_fresh,
    why_stale,
)
from helpers.chapter.parameters_cell import check_defaults
from helpers.errors import YaluError
from helpers.evidence.data_config import read_data_config
from helpers.evidence.rebuild import rebuild
from helpers.files import aside, held, put_in_place
from helpers.paths import PUBLISHED, SITE

LOCK = "_build/.lock"
WAITING = "book: another build is running"


def check(root: Path, report: Callable[[str], None] = print, *, force: bool = False) -> Path:
    """Check the data, execute the chapters, render and check every page; publish nothing.

    Chapters that rest on nothing that changed are not executed again, save with `force`.
    Returns the folder of the rendered pages. Raises YaluError when the data fail a check,
    a chapter fails in a cell, a page cannot be rendered without a warning, or a number
    has no source.
    """
    with held(root / LOCK, WAITING, report):
        return _check(root, report, force, read_manifest(root), Inputs(root))


def _check(
    root: Path, report: Callable[[str], None], force: bool, manifest: Manifest, inputs: Inputs
) -> Path:
    work = root / "_build" / "work"
    if force:
        for folder in (work, root / chart_cache.FOLDER):
            shutil.rmtree(folder, ignore_errors=True)
        manifest.data, manifest.pages = "", {}
    process_pool.start_preload()
    with jupyter_book() as run:
        _check_data(root, report, manifest, inputs)
        _check_defaults(root)
        found = find_stale(work / "executed", manifest, inputs, report, force)
        with chart_cache.prerendering(root, [run.target for run in found.runs]):
            execute_stale(found)
            stage(root, work / "executed", work / "stage")
            report("pages: rendering")
            before, now = manifest.pages, page_inputs(inputs, work / "stage")
            # what a failed or broken run of Sphinx leaves is never built on
            manifest.pages = {}
            manifest.save()
            build_on = mark_stale_pages(before, now, work / "stage")
            pages = render(work / "stage", work / "rendered", run, build_on)
            manifest.pages = now
            manifest.save()
    counts = json.loads((work / "stage" / number_lint.COVERAGE).read_text())
    for line in number_lint.coverage_lines(counts):
        report(line)
    return pages


def _check_data(
    root: Path, report: Callable[[str], None], manifest: Manifest, inputs: Inputs
) -> None:
    """Check the evidence and write the clean tables, where either could differ from last time."""
    if manifest.data == data_inputs(inputs):
        report("data: unchanged")
        return
    report("data: checking")
    inputs.update(rebuild(root))
    manifest.data = data_inputs(inputs)


def _check_defaults(root: Path) -> None:
    """Raise YaluError, one line a fault, where defaults of parameters are told in two ways."""
    faults = [line for path in chapter_files(root) for line in check_defaults(root, path.stem)]
    if faults:
        raise YaluError(*faults)


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
    with held(root / LOCK, WAITING, report):
        _build(root, report, chromium, epub, force)
        if edition:
            _keep_edition(root, edition, report)
            _build(root, report, chromium, epub, force=False)
    return root / SITE


def _build(
    root: Path, report: Callable[[str], None], chromium: str | None, epub: bool, force: bool
) -> None:
    manifest, inputs = read_manifest(root), Inputs(root)
    if not force and _nothing_changed(manifest, inputs, chromium, epub):
        report(f"book: nothing has changed since {SITE} was built")
        return
    pages = _check(root, report, force, manifest, inputs)
    if chromium or epub:
        add_pdf_epub(root, pages, chromium, epub, report)
    _put_in_place(root, pages)
    record_site(manifest, inputs)
    report(f"book: {SITE / 'index.html'}")


def _nothing_changed(manifest: Manifest, inputs: Inputs, chromium: str | None, epub: bool) -> bool:
    """Return whether the site has all that is asked for and no chapter would run again."""
    suffixes = [suffix for suffix, asked in ((".pdf", chromium), (".epub", epub)) if asked]
    if not site_is_fresh(manifest, inputs, suffixes):
        return False
    runs = book_runs(inputs.root, inputs.root / "_build" / "work" / "executed")
    return not any(why_stale(run, manifest, inputs) for run in runs)


def _keep_edition(root: Path, name: str, report: Callable[[str], None]) -> None:
    """Keep the site that was just built as an edition."""
    claims = evidence.load("claims")
    version, latest = read_data_config(root).package.version, str(evidence.last_recorded())
    edition = editions.Edition(name, version, latest, len(claims))
    kept = editions.keep(root, root / SITE, edition)
    report(f"edition: {name} kept in {kept.relative_to(root).as_posix()}")


def _put_in_place(root: Path, pages: Path) -> None:
    """Put the pages in the place of the site, and beside it what it was made of."""
    work = root / "_build" / "work"
    editions.add_editions(root, pages)
    shutil.copyfile(work / "stage" / USAGE, root / "_build" / USAGE)
    put_in_place(pages, root / SITE)
    chart_cache.drop_old(root)
    with aside(root / PUBLISHED) as folder:
        for run in book_runs(root, work / "executed"):
            shutil.copyfile(run.target, folder / run.target.name)
        put_in_place(folder, root / PUBLISHED)
