"""PDF and EPUB: the book as one file each, made from its rendered pages and linked on them."""

import posixpath
from collections.abc import Callable
from pathlib import Path

from helpers.book.stage import toc_files

# On a page, where the links to the files go: they are made after the pages, and from them.
MARK = "<!-- PDF and EPUB -->"


def add_pdf_epub(
    root: Path, pages: Path, chromium: str | None, epub: bool, report: Callable[[str], None]
) -> None:
    """Make the PDF and the EPUB in the folder of the rendered pages, and link them there.

    `chromium` is the browser that prints the PDF, None for no PDF. Raises YaluError where a
    file cannot be made.
    """
    from helpers.book.pdf_epub.articles import read_book
    from helpers.book.pdf_epub.epub import write_epub
    from helpers.book.pdf_epub.pdf import write_pdf
    from helpers.book.sphinx.templates import rendered

    book, files = read_book(root, pages), {}

    def add(file: Path, kind: str, words: str) -> None:
        files[file.name] = (kind, words, f"{file.stat().st_size / 1e6:.1f} MB")

    if chromium:
        report("pdf: printing")
        add(write_pdf(book, chromium, pages), "application/pdf", "PDF")
    if epub:  # after the PDF, for it changes the articles
        report("epub: packing")
        add(write_epub(book, pages), "application/epub+zip", "EPUB for e-readers")
    places = 0
    for path in toc_files(root):
        page = (pages / path.relative_to(root)).with_suffix(".html")
        html = page.read_text(encoding="utf-8")
        if MARK in html:
            links = rendered(
                "pdf_epub.html.j2", files=files, up=posixpath.relpath(pages, page.parent)
            )
            page.write_text(html.replace(MARK, links), encoding="utf-8")
            places += 1
    for name, (_, _, size) in files.items():
        where = "" if places else "; no page links to it: put {wholebook} on one"
        report(f"book: {name}, {size}{where}")
