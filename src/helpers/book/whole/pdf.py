"""PDF: the whole book on paper, printed from its pages with an installed Chromium."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pikepdf
from markupsafe import Markup

from helpers.book.whole.articles import Article, read_articles, subtitle
from helpers.book.whole.chromium import print_pdf
from helpers.book.whole.contents import Entry, Part, contents, figure_list, with_appendix
from helpers.book.whole.cover import dots_svg
from helpers.book.whole.gaps import close_gaps
from helpers.book.whole.imprint import Imprint, read_imprint
from helpers.book.whole.letters import check_letters
from helpers.book.whole.links import Where, prefix_ids, relink
from helpers.book.whole.pictures import take_pictures
from helpers.book.whole.templating import fill
from helpers.chapter.charts import BASES
from helpers.errors import YaluError

STYLES = Path(__file__).resolve().parent / "templates" / "print.css"
# What the page has for other widths and for screen readers only: paper has one width.
_NOT_ON_PAPER = ".yalu-chart-narrow, .yalu-map-narrow, .yalu-data"
_PASSES = 5
# What stands higher than this on a page, in points, is the first thing on it.
_TOP = 760


def key_of(name: str) -> str:
    """Return the address of a page's start in the file: "chapters/visas" is "visas"."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name.rpartition("/")[2])


def _prefix(name: str) -> str:
    return f"{key_of(name)}--"


def _on_paper(article: Article) -> Article:
    for element in article.tree.select(_NOT_ON_PAPER):
        element.decompose()
    for figure in article.tree.select("figure"):
        figure["role"] = "group"  # else a reader of tagged PDFs takes it for a second picture
    return article


def _where(articles: list[Article]) -> Where:
    """Return the function that gives each place of the book its address in the one file."""
    ids = {a.name: {str(e["id"]) for e in a.tree.select("[id]")} for a in articles}

    def where(page: str, fragment: str) -> str | None:
        if not fragment:
            return f"#{key_of(page)}"
        return f"#{_prefix(page)}{fragment}" if fragment in ids[page] else None

    return where


def _one_file(articles: list[Article], where: Where, base: str) -> None:
    """Make all addresses and ids those of one file."""
    relink(articles, where, base)
    for article in articles:
        prefix_ids(article, _prefix(article.name))
        article.tree["id"] = key_of(article.name)


@dataclass(frozen=True)
class Book:
    """What is printed: imprint, contents, figures, articles, pictures by file name."""

    imprint: Imprint
    parts: list[Part]
    figures: list[Entry]
    articles: list[Article]
    pictures: dict[str, str]


def _bound(root: Path, pages: Path) -> Book:
    read = read_articles(root, pages)
    imprint = read_imprint(root, subtitle(read[0]))
    articles = with_appendix([_on_paper(article) for article in read])
    where = _where(articles)
    parts, figures = contents(articles, where), figure_list(articles, where)
    # Chromium tags a picture with its words for certain only where it is an image of its own
    pictures: dict[str, str] = {}
    for article in articles:
        take_pictures(article.tree, pictures)
    _one_file(articles, where, imprint.base)
    return Book(imprint, parts, figures, articles, pictures)


def _document(book: Book, numbers: dict[str, int]) -> str:
    shown = [
        {"key": key_of(a.name), "title": a.title, "html": Markup(a.tree.decode())}
        for a in book.articles
    ]
    return fill(
        "book.html.j2", imprint=book.imprint, articles=shown, contents=book.parts,
        figures=book.figures, numbers=numbers, stylesheet=STYLES.as_uri(),
        dots=Markup(dots_svg()), bases=[BASES[basis][:2] for basis in BASES],
    )  # fmt: skip


def places(pdf: pikepdf.Pdf) -> dict[str, tuple[int, float]]:
    """Return for each address (#id) of a printed PDF its page, from 1, and its height in points.

    Known are the addresses that a link leads to.
    """
    order = {(page.objgen[0], page.objgen[1]): n for n, page in enumerate(pdf.pages, start=1)}
    targets = cast(dict[str, Any], pdf.Root.get("/Dests", {}))
    return {
        f"#{name.removeprefix('/')}": (order[target[0].objgen], float(target[3]))
        for name, target in targets.items()
    }


def _page_numbers(printed: Path) -> dict[str, int]:
    with pikepdf.open(printed) as pdf:
        return {address: page for address, (page, _) in places(pdf).items()}


def _print(book: Book, chromium: str, folder: Path) -> Path:
    """Print until the page numbers in the contents are those of the pages.

    The first time they are not known yet, nor which figures leave a gap; with them set, lines
    seldom break anew.
    """
    page, printed = folder / "book.html", folder / "book.pdf"
    (folder / "images").mkdir()
    for name, svg in book.pictures.items():
        (folder / "images" / name).write_text(svg, encoding="utf-8")
    numbers: dict[str, int] = {}
    for number in range(_PASSES):
        page.write_text(_document(book, numbers), encoding="utf-8")
        print_pdf(chromium, page, printed)
        if (found := _page_numbers(printed)) == numbers:
            return printed
        numbers = found
        if number == 0:
            close_gaps(book.articles, _pushed(book, printed))
    raise YaluError("the PDF could not be printed: the page numbers of its contents do not settle")


def _pushed(book: Book, printed: Path) -> list[str]:
    """Return the ids of the figures at the top of a page."""
    with pikepdf.open(printed) as pdf:
        found = places(pdf)
    return [entry.href[1:] for entry in book.figures if found[entry.href][1] > _TOP]


def _finish(printed: Path, target: Path, book: Book) -> None:
    """Give the printed book outline and metadata, and take the hour of its printing from it."""
    with pikepdf.open(printed) as pdf:
        check_letters(pdf, "".join(article.tree.get_text() for article in book.articles))
        _outline(pdf, book.parts)
        imprint = book.imprint
        moment = imprint.day.strftime("D:%Y%m%d%H%M%SZ")
        about = {
            "/Title": imprint.title, "/Author": imprint.authors, "/Subject": imprint.subtitle,
            "/Keywords": f"version {imprint.version}, evidence of {imprint.day_words}",
            "/Creator": "yalu build --pdf", "/CreationDate": moment, "/ModDate": moment,
        }  # fmt: skip
        for name, value in about.items():
            pdf.docinfo[name] = value
        pdf.Root.Lang = pikepdf.String(imprint.language)
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        pdf.save(
            target, deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )  # fmt: skip


def _outline(pdf: pikepdf.Pdf, parts: list[Part]) -> None:
    with pdf.open_outline() as outline:
        for entry in (entry for part in parts for entry in part.entries):
            item = _outline_item(pdf, entry)
            item.is_closed = True
            item.children.extend(_outline_item(pdf, below) for below in entry.below)
            outline.root.append(item)


def _outline_item(pdf: pikepdf.Pdf, entry: Entry) -> pikepdf.OutlineItem:
    place = cast(pikepdf.Array, pdf.Root.Dests[f"/{entry.href[1:]}"])
    return pikepdf.OutlineItem(entry.words, place)


def write_pdf(root: Path, pages: Path, chromium: str, folder: Path) -> Path:
    """Print the book whose rendered pages lie in `pages` as a PDF in `folder`.

    Raises YaluError where the browser cannot print it or a link leads nowhere.
    """
    book = _bound(root, pages)
    target = folder / f"{book.imprint.file_stem}.pdf"
    with tempfile.TemporaryDirectory(prefix="yalu-") as work:
        printed = _print(book, chromium, Path(work))
        _finish(printed, target, book)
    return target
