"""Build the book: make the pages where anything changed, swap the site in, keep editions.

Imports nothing heavy: a build in which nothing has changed waits neither for pandas nor Sphinx.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.book import editions
from helpers.book.stale import (
    EXECUTED,
    WORK,
    Inputs,
    faults_of_editions,
    read_manifest,
    record_site,
    site_is_fresh,
)
from helpers.config import CONFIG, TOC
from helpers.errors import YaluError
from helpers.files import aside, held, put_in_place, remove, write_file
from helpers.inputs import read_mapping
from helpers.paths import PUBLISHED, SITE, USAGE

if TYPE_CHECKING:
    from helpers.book.part import Choice

LOCK = "_build/.lock"
WAITING = "book: another build is running"


def check(root: Path, report: Callable[[str], None] = print, *, force: bool = False) -> Path:
    """Check the data, execute the chapters, render and check every page; publish nothing.

    Chapters of which nothing that they read has changed are not executed again, save with
    `force`. Returns the folder of the rendered pages. Raises YaluError when the data fail a
    check, a chapter fails in a cell, a page cannot be rendered without a warning, or a number
    has no source.
    """
    from helpers.book.pages import make_pages

    with held(root / LOCK, WAITING, report):
        return make_pages(root, report, force, read_manifest(root, report), Inputs(root))


def build(
    root: Path,
    report: Callable[[str], None] = print,
    *,
    pdf: bool = False,
    epub: bool = False,
    edition: str | None = None,
    force: bool = False,
) -> Path:
    """Build the book and return the folder of the site.

    `pdf` and `epub` ask for the book as one file beside the pages, `edition` for a copy of the
    site that is kept under that name. Nothing is built where nothing has changed and the site
    has all that is asked for, save with `force`. Raises YaluError as `check` does, for an
    edition that cannot be kept, or where such a file cannot be made, and then leaves the
    previous site in place.
    """
    chromium = None
    if pdf:
        from helpers.book.pdf_epub import find_chromium

        chromium = find_chromium()
    if edition:
        editions.check_name(root, edition)
    with held(root / LOCK, WAITING, report):
        _build(root, report, chromium, epub, force)
        if edition:
            kept = editions.keep(root, edition)
            report(f"edition: {edition} kept in {kept.relative_to(root).as_posix()}")
            _build(root, report, chromium, epub, force=False)
    return root / SITE


def _build(
    root: Path, report: Callable[[str], None], chromium: str | None, epub: bool, force: bool
) -> None:
    read_mapping(root / CONFIG, CONFIG)
    read_mapping(root / TOC, TOC)
    manifest, inputs = read_manifest(root, report), Inputs(root)
    if faults := faults_of_editions(manifest):
        hint = f"put back the edition as it was kept, from {SITE / editions.PLACE}, or delete it"
        raise YaluError(*(f"{line}; {hint}" for line in faults))
    suffixes = [suffix for suffix, asked in ((".pdf", chromium), (".epub", epub)) if asked]
    if not force and site_is_fresh(manifest, inputs, suffixes):
        report(f"book: nothing has changed since {SITE} was built")
        return
    from helpers.book.pages import make_pages
    from helpers.book.stage import RESULTS

    pages = make_pages(root, report, force, manifest, inputs)
    if suffixes:
        from helpers.book.pdf_epub import add_pdf_epub

        add_pdf_epub(root, pages, chromium, epub, report)
    editions.add_editions(root, pages)
    if (root / USAGE).is_dir():
        remove(root / USAGE)
    write_file(root / USAGE, (root / WORK / "stage" / USAGE.name).read_bytes())
    put_in_place(pages, root / SITE)
    with aside(root / PUBLISHED) as folder:
        shutil.copytree(root / EXECUTED, folder, dirs_exist_ok=True)
        shutil.copytree(root / WORK / "stage" / RESULTS, folder, dirs_exist_ok=True)
        put_in_place(folder, root / PUBLISHED)
    record_site(manifest, inputs)
    report(f"book: {SITE / 'index.html'}")


def build_part(root: Path, choice: "Choice", report: Callable[[str], None] = print) -> Path:
    """Build the book of a choice into its own folder and return that of its pages.

    The published site and what is known of it stay as they are. Raises YaluError as `check` does.
    """
    from helpers.book.part import make_part

    with held(root / LOCK, WAITING, report):
        pages = make_part(root, choice, report, read_manifest(root), Inputs(root))
    report(f"book: {pages / 'index.html'}")
    return pages
