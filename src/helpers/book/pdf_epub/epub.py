"""EPUB: the book for e-readers, packed from its articles."""

import posixpath
import zipfile
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from markupsafe import Markup, escape

from helpers.book import chart_cache
from helpers.book.pdf_epub.articles import APPENDIX, Article, Book, words_of
from helpers.book.pdf_epub.pictures import MEDIA
from helpers.book.sphinx.html import in_xml, rendered

STYLES = Path(__file__).resolve().parent / "templates" / "epub.css"
# Old e-readers give up on documents much above this many characters.
HEAVY = 250_000
_DATA = "figure-data"
_MEDIA = MEDIA | {"xhtml": "application/xhtml+xml", "css": "text/css"}


def write_epub(book: Book, folder: Path) -> Path:
    """Pack the book as an EPUB 3 in `folder`; its articles are changed for it."""
    for article in book.articles:
        _for_reader(article)
    articles = [*book.articles, *gather_data(book.articles)]
    contents = [article.contents() for article in articles]
    documents = {
        f"{article.key}{f'-{n}' if n else ''}.xhtml": (article.title, tree)
        for article in articles
        for n, tree in enumerate(cut(article.tree))
    }
    places = {
        f"#{element['id']}": f"{file}#{element['id']}"
        for file, (_, tree) in documents.items()
        for element in [tree, *tree.select("[id]")]
        if "id" in element.attrs
    }
    pictures = set()
    for _, tree in documents.values():
        for link in tree.select('a[href^="#"]'):
            link["href"] = places[str(link["href"])]
        pictures |= {posixpath.basename(str(image["src"])) for image in tree.select("img")}
    files: dict[str, str | bytes] = {
        name: rendered(f"{name}.j2", imprint=book.imprint, contents=contents, places=places)
        for name in ("cover.xhtml", "title.xhtml", "nav.xhtml")
    }
    for file, (title, tree) in documents.items():
        body = Markup(tree.decode())
        files[file] = rendered("document.xhtml.j2", imprint=book.imprint, title=title, body=body)
    files["book.css"] = STYLES.read_text(encoding="utf-8")
    cover = rendered("cover.svg.j2", imprint=book.imprint)
    files["cover.png"] = chart_cache.png(cover, scale=0.625)
    files |= {f"images/{name}": book.pictures[name] for name in sorted(pictures)}
    packed = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": rendered("container.xml"),
        "EPUB/package.opf": rendered(
            "package.opf.j2", imprint=book.imprint, names=list(files), media=_MEDIA
        ),
        **{f"EPUB/{name}": content for name, content in files.items()},
    }
    target = folder / f"{book.imprint.file_stem}.epub"
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in packed.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same bytes each time
            if name != "mimetype":
                info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, in_xml(content) if isinstance(content, str) else content)
    return target


def _for_reader(article: Article) -> None:
    """Fit an article to a small screen: narrow pictures, and in cells the head of the column."""
    for element in article.tree.select(".yalu-chart-wide, .yalu-map-wide"):
        element.decompose()
    for table in article.tree.select("table:has(thead)"):
        heads = [words_of(head) for head in table.select("thead th")]
        for row in table.select("tbody tr"):
            for head, cell in zip(heads, row.find_all(["th", "td"], recursive=False), strict=False):
                cell["data-label"] = head


def gather_data(articles: list[Article]) -> list[Article]:
    """Move the data of all figures to an article of their own, with a link under each figure.

    An e-reader cannot fold a table away. Returns no article where no figure has data.
    """
    gathered = _parsed(f'<article id="{_DATA}"><h1>Data of the figures</h1></article>')
    found = [data for a in articles for data in a.tree.select("figure[id] > .yalu-data")]
    for data in found:
        figure = data.parent
        if figure is None or figure.figcaption is None:
            continue
        key = f"{_DATA}--{figure['id']}"
        link = f'<p class="yalu-sources"><a href="#{key}">Data of this figure</a></p>'
        data.replace_with(_parsed(link))
        for summary in data.select(".summary"):
            summary.decompose()
        caption = escape(words_of(figure.figcaption))
        section = _parsed(f'<section id="{key}"><h2>{caption}</h2></section>')
        section.append(data)
        gathered.append(section)
    return [Article(_DATA, APPENDIX, gathered)] if found else []


def cut(tree: Tag) -> list[Tag]:
    """Return an article as documents: whole, or where it is heavy by section and by group."""
    documents = [tree]
    if len(tree.decode()) <= HEAVY:
        return documents
    for section in tree.select("section > section:not(section section section)"):
        groups = section.select(".reg-group") if len(section.decode()) > HEAVY else []
        document = _parsed("<article></article>")
        document.append(section.extract())
        documents.append(document)
        weight = 0
        for group in groups:
            weight += (own := len(group.decode()))
            if weight > HEAVY:
                documents.append(_parsed("<article></article>"))
                weight = own
            if documents[-1] is not document:
                documents[-1].append(group.extract())
    return documents


def _parsed(html: str) -> Tag:
    (element,) = BeautifulSoup(html, "html.parser").find_all(True, recursive=False)
    return element
