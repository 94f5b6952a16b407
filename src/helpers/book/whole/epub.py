"""EPUB: the whole book for e-readers, packed from its rendered pages."""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bs4 import Tag
from markupsafe import Markup

from helpers.book.whole.articles import Article, read_articles, subtitle, words_of
from helpers.book.whole.contents import Entry, Part, contents, figure_list, with_appendix
from helpers.book.whole.cover import cover_picture
from helpers.book.whole.figure_data import gathered
from helpers.book.whole.imprint import Imprint, read_imprint
from helpers.book.whole.links import Where, relink
from helpers.book.whole.pictures import take_pictures
from helpers.book.whole.pieces import Piece, cut
from helpers.book.whole.templating import fill
from helpers.chapter.charts import BASES

STYLES = Path(__file__).resolve().parent / "templates" / "epub.css"
MEDIA = {
    ".xhtml": "application/xhtml+xml", ".css": "text/css", ".png": "image/png",
    ".svg": "image/svg+xml",
}  # fmt: skip
_OTHER_WIDTH = ".yalu-chart-wide, .yalu-map-wide"
# The moment that every file in the archive bears: the earliest that a zip can.
_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Item:
    """A file of the package as its manifest lists it."""

    name: str
    media_type: str
    properties: str = ""

    @property
    def key(self) -> str:
        """Return the id of the file in the manifest."""
        return f"f-{self.name.replace('/', '-').replace('.', '-')}"


def _for_reader(article: Article, pictures: dict[str, str]) -> None:
    """Fit an article to an e-reader; put its pictures into `pictures` by file name."""
    for element in article.tree.select(_OTHER_WIDTH):
        element.decompose()
    _label_cells(article.tree)
    take_pictures(article.tree, pictures)


def _label_cells(tree: Tag) -> None:
    """Give each cell the head of its column, for screens on which a row becomes a list."""
    for table in tree.select("table:has(thead)"):
        heads = [words_of(head) for head in table.select("thead th")]
        for row in table.select("tbody tr"):
            for head, cell in zip(heads, row.find_all(["th", "td"], recursive=False), strict=False):
                cell["data-label"] = head


def _where(pieces: list[Piece]) -> Where:
    """Return the function that gives each place of the book its document and id."""
    first: dict[str, str] = {}
    places: dict[tuple[str, str], str] = {}
    for piece in pieces:
        file = f"{piece.stem}.xhtml"
        first.setdefault(piece.page, file)
        places |= {(piece.page, key): f"{file}#{key}" for key in piece.ids()}

    def where(page: str, fragment: str) -> str | None:
        return places.get((page, fragment)) if fragment else first[page]

    return where


@dataclass(frozen=True)
class Book:
    """What is packed: imprint, contents, figures, documents, pictures."""

    imprint: Imprint
    parts: list[Part]
    figures: list[Entry]
    pieces: list[Piece]
    pictures: dict[str, str]


def _bound(root: Path, pages: Path) -> Book:
    read = read_articles(root, pages)
    imprint = read_imprint(root, subtitle(read[0]))
    articles = with_appendix(read)
    articles += gathered(articles)
    pictures: dict[str, str] = {}
    for article in articles:
        _for_reader(article, pictures)
    pieces = [piece for article in articles for piece in cut(article)]
    where = _where(pieces)
    parts, figures = contents(articles, where), figure_list(articles, where)
    relink([Article(piece.page, "", piece.tree) for piece in pieces], where, imprint.base)
    return Book(imprint, parts, figures, pieces, pictures)


def _page(piece: Piece, language: str) -> str:
    body = Markup(piece.tree.decode())
    return fill("page.xhtml.j2", title=piece.title, language=language, body=body)


def _files(book: Book) -> dict[str, str | bytes]:
    """Return the files of the package by name, in reading order."""
    about = {"imprint": book.imprint, "language": book.imprint.language}
    bases = [BASES[basis][0] for basis in BASES]
    files: dict[str, str | bytes] = {
        "cover.xhtml": fill("cover.xhtml.j2", bases=bases, **about),
        "title.xhtml": fill("title.xhtml.j2", bases=bases, **about),
        "nav.xhtml": fill("nav.xhtml.j2", parts=book.parts, figures=book.figures, **about),
    }
    files |= {f"{p.stem}.xhtml": _page(p, book.imprint.language) for p in book.pieces}
    files["book.css"] = STYLES.read_text(encoding="utf-8")
    files["cover.png"] = cover_picture(
        book.imprint.title, book.imprint.subtitle, book.imprint.authors
    )
    return files | {f"images/{name}": svg for name, svg in sorted(book.pictures.items())}


def _package(imprint: Imprint, names: Iterable[str]) -> str:
    special = {"nav.xhtml": "nav", "cover.png": "cover-image"}
    items = [Item(name, MEDIA[Path(name).suffix], special.get(name, "")) for name in names]
    spine = [item for item in items if item.name.endswith(".xhtml")]
    return fill("package.opf.j2", imprint=imprint, items=items, spine=spine)


def write_epub(root: Path, pages: Path, folder: Path) -> Path:
    """Pack the book whose rendered pages lie in `pages` as an EPUB 3 in `folder`.

    Raises YaluError where a link leads nowhere or a picture has no words.
    """
    book = _bound(root, pages)
    files = _files(book)
    target = folder / f"{book.imprint.file_stem}.epub"
    with zipfile.ZipFile(target, "w") as archive:
        _add(archive, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        _add(archive, "META-INF/container.xml", fill("container.xml.j2"))
        _add(archive, "EPUB/package.opf", _package(book.imprint, files))
        for name, content in files.items():
            _add(archive, f"EPUB/{name}", content)
    return target


def _add(
    archive: zipfile.ZipFile, name: str, content: str | bytes, how: int = zipfile.ZIP_DEFLATED
) -> None:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.compress_type = how
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)
