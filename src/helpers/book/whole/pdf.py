"""PDF: the whole book on paper, printed from its pages with an installed Chromium."""

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pikepdf
from bs4 import Tag
from markupsafe import Markup

from helpers.analysis.theme import BASES
from helpers.book.sphinx.addresses import REGISTER
from helpers.book.whole.articles import Article, read_articles, subtitle, words_of
from helpers.book.whole.chromium import print_pdf
from helpers.book.whole.cover import dots_svg
from helpers.book.whole.imprint import Imprint, read_imprint
from helpers.book.whole.links import prefix_ids, relink
from helpers.book.whole.templating import fill
from helpers.errors import YaluError

STYLES = Path(__file__).resolve().parent.parent / "assets" / "print.css"
APPENDIX = "Appendix"
# What the page has for other widths and for screen readers only: paper has one width.
_NOT_ON_PAPER = ".yalu-chart-narrow, .yalu-data"
_DEPTH = 2
_PASSES = 4


@dataclass(frozen=True)
class Entry:
    """A line of the contents: level, words, and the address that its page number is of."""

    level: int
    words: str
    anchor: str


@dataclass(frozen=True)
class Part:
    """A part of the contents: its caption and its lines."""

    caption: str
    entries: list[Entry] = field(default_factory=list)


def key_of(name: str) -> str:
    """Return the address of a page's start in the file: "chapters/visas" is "visas"."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name.rpartition("/")[2])


def _prefix(name: str) -> str:
    return f"{key_of(name)}--"


def _on_paper(article: Article) -> Article:
    for element in article.tree.select(_NOT_ON_PAPER):
        element.decompose()
    for row in article.tree.select("thead th:empty"):
        row["aria-hidden"] = "true"
    return article


def _with_appendix(articles: list[Article]) -> list[Article]:
    """Return the articles with the register at the end, as an appendix."""
    own = [article for article in articles if article.name != REGISTER]
    last = [Article(a.name, APPENDIX, a.tree) for a in articles if a.name == REGISTER]
    return own + last


def _addressed(articles: list[Article], base: str) -> None:
    """Make all addresses those of one file."""
    ids = {a.name: {str(e["id"]) for e in a.tree.select("[id]")} for a in articles}

    def where(page: str, fragment: str) -> str | None:
        if not fragment:
            return f"#{key_of(page)}"
        return f"#{_prefix(page)}{fragment}" if fragment in ids[page] else None

    relink(articles, where, base)
    for article in articles:
        prefix_ids(article, _prefix(article.name))
        article.tree["id"] = key_of(article.name)


def contents(articles: list[Article]) -> list[Part]:
    """Return the contents: pages and their main sections by the part that they are in."""
    parts: list[Part] = []
    for article in articles:
        if not parts or parts[-1].caption != article.part:
            parts.append(Part(article.part))
        parts[-1].entries.append(Entry(1, article.title, key_of(article.name)))
        parts[-1].entries.extend(
            Entry(head.level, head.words, head.anchor)
            for head in article.headings()
            if 1 < head.level <= _DEPTH
        )
    return parts


def figure_list(articles: list[Article]) -> list[Entry]:
    """Return the numbered figures in reading order, each with number and finding."""
    return [
        Entry(1, words_of(cast(Tag, figure.figcaption)), str(figure["id"]))
        for article in articles
        for figure in article.tree.select("figure[id]")
        if figure.figcaption is not None
    ]


def _document(articles: list[Article], imprint: Imprint, numbers: dict[str, int]) -> str:
    shown = [
        {"key": key_of(a.name), "title": a.title, "html": Markup(a.tree.decode())}
        for a in articles
    ]
    return fill(
        "book.html.j2", imprint=imprint, articles=shown, contents=contents(articles),
        figures=figure_list(articles), numbers=numbers, stylesheet=STYLES.as_uri(),
        dots=Markup(dots_svg()), bases=[BASES[basis][:2] for basis in BASES],
    )  # fmt: skip


def page_numbers(pdf: pikepdf.Pdf) -> dict[str, int]:
    """Return for each address of a printed PDF the number of the page that it is on, from 1."""
    order = {page.objgen: number for number, page in enumerate(pdf.pages, start=1)}
    places = cast(pikepdf.Dictionary, pdf.Root.get("/Dests", pikepdf.Dictionary()))
    return {name.removeprefix("/"): order[place[0].objgen] for name, place in places.items()}


def _print(articles: list[Article], imprint: Imprint, chromium: str, folder: Path) -> Path:
    """Print until the page numbers in the contents are those of the pages.

    The first time they are not known yet; with them set, lines seldom break anew.
    """
    numbers: dict[str, int] = {}
    page, printed = folder / "book.html", folder / "book.pdf"
    for _ in range(_PASSES):
        page.write_text(_document(articles, imprint, numbers), encoding="utf-8")
        print_pdf(chromium, page, printed)
        with pikepdf.open(printed) as pdf:
            found = page_numbers(pdf)
        if found == numbers:
            return printed
        numbers = found
    raise YaluError("the PDF could not be printed: the page numbers of its contents do not settle")


def _finish(printed: Path, target: Path, parts: list[Part], imprint: Imprint) -> None:
    """Give the printed book outline and metadata, and take the hour of its printing from it."""
    with pikepdf.open(printed) as pdf:
        _outline(pdf, parts)
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
    numbers = page_numbers(pdf)
    with pdf.open_outline() as outline:
        for entry in (entry for part in parts for entry in part.entries):
            item = pikepdf.OutlineItem(entry.words, numbers[entry.anchor] - 1)
            item.is_closed = True
            siblings = outline.root if entry.level == 1 else outline.root[-1].children
            siblings.append(item)


def write_pdf(root: Path, pages: Path, chromium: str, folder: Path) -> Path:
    """Print the book whose rendered pages lie in `pages` as a PDF in `folder`.

    Raises YaluError where the browser cannot print it or a link leads nowhere.
    """
    read = read_articles(root, pages)
    imprint = read_imprint(root, subtitle(read[0]))
    articles = _with_appendix([_on_paper(article) for article in read])
    _addressed(articles, imprint.base)
    target = folder / f"{imprint.file_stem}.pdf"
    with tempfile.TemporaryDirectory(prefix="yalu-") as work:
        printed = _print(articles, imprint, chromium, Path(work))
        _finish(printed, target, contents(articles), imprint)
    return target
