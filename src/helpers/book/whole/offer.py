"""Offer: the whole-book files made beside the pages, and the links to them on the pages."""

import posixpath
from collections.abc import Callable
from pathlib import Path

from helpers.book.sphinx.html import tag
from helpers.book.sphinx.whole_book import MARK
from helpers.book.stage import toc_files

_KINDS = {
    ".pdf": ("PDF", "application/pdf"),
    ".epub": ("EPUB for e-readers", "application/epub+zip"),
}


def add_whole_book(
    root: Path, pages: Path, chromium: str | None, epub: bool, report: Callable[[str], None]
) -> None:
    """Make the whole-book files in the folder of the rendered pages, and link them there.

    `chromium` is the browser that prints the PDF, None for no PDF. Raises YaluError where a
    file cannot be made.
    """
    from helpers.book.whole.epub import write_epub
    from helpers.book.whole.pdf import write_pdf

    files = []
    if chromium:
        report("pdf: printing")
        files.append(write_pdf(root, pages, chromium, pages))
    if epub:
        report("epub: packing")
        files.append(write_epub(root, pages, pages))
    linked = link_files(root, pages, files)
    for file in files:
        where = "" if linked else "; no page links to it: put {wholebook} on one"
        report(f"book: {file.name}, {size_words(file)}{where}")


def link_files(root: Path, pages: Path, files: list[Path]) -> bool:
    """Put links to the files where pages have a place for them; return whether any has."""
    linked = False
    for path in toc_files(root):
        docname = path.relative_to(root).with_suffix("").as_posix()
        page = pages / f"{docname}.html"
        html = page.read_text(encoding="utf-8")
        if files and MARK in html:
            up = posixpath.relpath(".", posixpath.dirname(docname) or ".")
            page.write_text(html.replace(MARK, links_html(files, up)), encoding="utf-8")
            linked = True
    return linked


def links_html(files: list[Path], up: str) -> str:
    """Return the links to the files, each with its size; `up` leads to their folder."""
    items = []
    for file in files:
        words, media_type = _KINDS[file.suffix]
        link = tag("a", words, href=f"{up}/{file.name}", type=media_type)
        items.append(f"{link} ({size_words(file)})")
    return tag("p", f"{tag('strong', 'The whole book.')} {', '.join(items)}.", class_="yalu-whole")


def size_words(file: Path) -> str:
    """Return the size of a file as "5.5 MB"."""
    return f"{file.stat().st_size / 1e6:.1f} MB"
