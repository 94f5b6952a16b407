"""PDF and EPUB: the book as one file each, made from its rendered pages and linked on them.

The PDF is printed by an installed Chromium from one HTML file.
"""

import os
import posixpath
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pikepdf
from markupsafe import Markup

from helpers.book.pdf_epub.articles import Book, Imprint, read_book
from helpers.book.pdf_epub.epub import write_epub
from helpers.book.sphinx.html import rendered
from helpers.book.sphinx.listings import PDF_EPUB_MARK
from helpers.book.stage import toc_files
from helpers.errors import YaluError

STYLES = Path(__file__).resolve().parent / "templates" / "print.css"
# keeps figures beside their text and pages full, before the browser prints
FIT = STYLES.with_name("fit.js")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing is asked from a network, and nothing is stored.
_FLAGS = (
    "--headless", "--disable-gpu", "--disable-background-networking", "--disable-extensions",
    "--disable-sync", "--no-first-run", "--no-default-browser-check", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer", "--export-tagged-pdf",
)  # fmt: skip
_SECONDS = 300
_PDF = "application/pdf"


def add_pdf_epub(
    root: Path, pages: Path, chromium: str | None, epub: bool, report: Callable[[str], None]
) -> None:
    """Make two PDFs and the EPUB in the folder of the rendered pages, and link them there.

    `chromium` is the browser that prints the PDFs, one for reading and one complete; None for
    none. Raises YaluError where a file cannot be made.
    """
    book, files = read_book(root, pages), {}

    def add(file: Path, kind: str, words: str) -> None:
        size = f"{file.stat().st_size / 1e6:.1f} MB"
        if kind == _PDF:
            with pikepdf.open(file) as pdf:
                size = f"{len(pdf.pages)} pages, {size}"
        files[file.name] = (kind, words, size)

    if chromium:
        report("pdf: printing")
        reading = read_book(root, pages, for_reading=True)
        add(write_pdf(reading, chromium, pages), _PDF, "For reading, PDF")
        add(write_pdf(book, chromium, pages), _PDF, "Complete, PDF")
    if epub:  # after the PDF, for it changes the articles
        report("epub: packing")
        add(write_epub(book, pages), "application/epub+zip", "Complete, EPUB for e-readers")
    places = 0
    for path in toc_files(root):
        page = (pages / path.relative_to(root)).with_suffix(".html")
        html = page.read_text(encoding="utf-8")
        if PDF_EPUB_MARK in html:
            up = posixpath.relpath(pages, page.parent)
            links = rendered("pdf_epub.html.j2", files=files, up=up)
            page.write_text(html.replace(PDF_EPUB_MARK, links), encoding="utf-8")
            places += 1
    for name, (_, _, size) in files.items():
        where = "" if places else "; no page links to it: put {wholebook} on one"
        report(f"book: {name}, {size}{where}")


def write_pdf(book: Book, chromium: str, folder: Path) -> Path:
    """Print the book as a PDF in `folder`. Raises YaluError where the browser cannot."""
    target = folder / f"{book.imprint.file_stem}.pdf"
    contents = [article.contents() for article in book.articles]
    pages = [Markup(article.tree.decode()) for article in book.articles]
    with tempfile.TemporaryDirectory(prefix="yalu-") as work:
        html, printed = Path(work, "book.html"), Path(work, "book.pdf")
        Path(work, "images").mkdir()
        for name, picture in book.pictures.items():
            Path(work, "images", name).write_bytes(picture)
        # The contents have room for page numbers, which the first printing tells the second.
        numbers: dict[str, int] = defaultdict(int)
        for _ in range(2):
            text = rendered(
                "book.html.j2", imprint=book.imprint, contents=contents, pages=pages,
                numbers=numbers, stylesheet=STYLES.as_uri(), script=FIT.as_uri(),
            )  # fmt: skip
            html.write_text(text, encoding="utf-8")
            print_pdf(chromium, html, printed)
            with pikepdf.open(printed) as pdf:
                numbers = page_numbers(pdf)
        with pikepdf.open(printed) as pdf:
            _add_outline(pdf, contents)
            _add_metadata(pdf, book.imprint)
            compact = pikepdf.ObjectStreamMode.generate
            pdf.save(target, deterministic_id=True, object_stream_mode=compact)
    return target


def page_numbers(pdf: pikepdf.Pdf) -> dict[str, int]:
    """Return for each address (#id) that a link of the PDF leads to its page, from 1."""
    order = {page.objgen: number for number, page in enumerate(pdf.pages, start=1)}
    targets = cast(dict[str, Any], pdf.Root.get("/Dests", {}))
    return {f"#{name.removeprefix('/')}": order[to[0].objgen] for name, to in targets.items()}


def _add_outline(pdf: pikepdf.Pdf, contents: list[dict[str, Any]]) -> None:
    """Give a printed book its contents as outline; Chromium's own repeats words of headings."""

    def item(words: str, address: str) -> pikepdf.OutlineItem:
        return pikepdf.OutlineItem(words, cast(pikepdf.Array, pdf.Root.Dests[f"/{address[1:]}"]))

    with pdf.open_outline() as outline:
        for page in contents:
            outline.root.append(top := item(page["title"], f"#{page['key']}"))
            top.children.extend(item(words, address) for words, address in page["headings"])
            top.is_closed = True


def _add_metadata(pdf: pikepdf.Pdf, imprint: Imprint) -> None:
    """Give a printed book its metadata, dated by its evidence and not by the hour of printing."""
    moment = imprint.day.strftime("D:%Y%m%d%H%M%SZ")
    title = ", ".join(filter(None, [imprint.title, imprint.kind.lower()]))
    about = {
        "/Title": title, "/Author": imprint.authors, "/Subject": imprint.subtitle,
        "/Keywords": f"version {imprint.version}, evidence of {imprint.day_words}",
        "/Creator": "yalu build --pdf", "/CreationDate": moment, "/ModDate": moment,
    }  # fmt: skip
    for name, value in about.items():
        pdf.docinfo[name] = value
    pdf.Root.Lang = pikepdf.String(imprint.language)
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)


def find_chromium() -> str:
    """Return CHROMIUM, else the path of Chromium or Chrome. Raises YaluError for neither."""
    named = os.environ.get("CHROMIUM")
    if named and not shutil.which(named):
        raise YaluError(f"CHROMIUM: {named} is no program", exit_code=2)
    path = named or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        hint = "install one (Debian: apt install chromium) or set CHROMIUM to its path"
        raise YaluError(f"--pdf needs Chromium or Chrome, and none was found: {hint}", exit_code=2)
    return path


def print_pdf(chromium: str, page: Path, target: Path) -> None:
    """Print an HTML file as a tagged PDF. Raises YaluError where it fails or takes five minutes."""
    with tempfile.TemporaryDirectory(prefix="yalu-", ignore_cleanup_errors=True) as profile:
        flags = [*_FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={target}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium will not run as root with its sandbox
        try:
            run = subprocess.run(
                [chromium, *flags, page.as_uri()], capture_output=True, text=True,
                errors="replace", timeout=_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise YaluError(f"the PDF could not be printed: {error}") from None
    if run.returncode != 0 or not target.is_file():
        said = run.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
        raise YaluError(f"the PDF could not be printed; Chromium: {said[0]}")
