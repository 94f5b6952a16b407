"""Articles: the text of the rendered pages in reading order, without what needs a screen."""

import json
import posixpath
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import quote, unquote, urljoin, urlsplit

from bs4 import BeautifulSoup, Comment, Tag

from helpers import evidence
from helpers.book.pdf_epub.pictures import take_pictures
from helpers.book.sphinx.fold import CHECK
from helpers.book.sphinx.html import REGISTER
from helpers.book.stage import read_site_map, toc_files
from helpers.chapter.charts import BASES
from helpers.chapter.wording import date_words
from helpers.config import base_address, read_config
from helpers.errors import YaluError
from helpers.evidence.data_config import read_data_config

APPENDIX = "Appendix"
# Controls, code and links that only a browser can use. A block of class yalu-screen is one too.
SCREEN_ONLY = (
    "script, noscript, style, template, form, button, input, select, textarea, dialog, iframe, "
    "canvas, audio, video, object, embed, link, meta, base, "
    "nav, a.headerlink, details.hide.above-input, .cell_input, .reg-filter, .reg-here, "
    ".yalu-live, .yalu-files, .yalu-whole, .yalu-screen, .yalu-panel-box, [hidden]"
)
# What of a page that is no notebook stands in the reading edition: the section of this anchor.
IN_SHORT = "in-short"
# What of the other pages does not.
NOT_FOR_READING = f"#{CHECK}, .yalu-panel, .yalu-data, #documents"
_LONGEST_STEM = 60
# places that a listing makes, which a page may lack
_LISTED = re.compile(r"(claim|statement|source|result)-|documents$")
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)


class Imprint(NamedTuple):
    """Title, subtitle, authors, language, version, day of the evidence, licence of the book.

    `kind` tells one edition from another, "" for the complete book. `file_stem` is the name of its
    files without ending, `identifier` a URN that changes with
    title, version and evidence. `base` is the address of the published site with a slash at
    its end, or empty. `dots` are the colours of the claims, a claim each, in the order in which
    the book names bases.
    """

    title: str
    subtitle: str
    authors: str
    language: str
    version: str
    day: datetime
    day_words: str
    licence: str
    licence_url: str
    base: str
    file_stem: str
    identifier: str
    dots: list[str]
    kind: str = ""


def read_imprint(root: Path, subtitle: str) -> Imprint:
    """Return the imprint from the configuration, the data package and the ledger."""
    config, package = read_config(root), read_data_config(root).package
    data = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    title, day = str(config["title"]), evidence.last_recorded()
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower())[:_LONGEST_STEM].strip("-") or "book"
    name = f"{package.name}.invalid/{stem}/{package.version}/{day}"
    counts = evidence.load("claims")["basis"].value_counts()
    return Imprint(
        title=title,
        subtitle=subtitle,
        authors=str(config.get("author", "")),
        language=str(config["sphinx"]["config"].get("language") or "en").replace("_", "-"),
        version=package.version,
        day=datetime(day.year, day.month, day.day, tzinfo=UTC),
        day_words=date_words(day.isoformat()),
        licence=data["licenses"][0]["title"],
        licence_url=data["licenses"][0]["path"],
        base=base_address(root),
        file_stem=stem,
        identifier=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}",
        dots=[about[1] for basis, about in BASES.items() for _ in range(counts.get(basis, 0))],
    )


class Article(NamedTuple):
    """A page of the book: its name, the caption of its part of the contents, its text.

    In the book as one file `key` is the id of the page, and each id on it begins with `key--`.
    """

    name: str
    part: str
    tree: Tag

    @property
    def key(self) -> str:
        """Return the id of the page: "chapters/wages_trade" is "wages-trade"."""
        return re.sub(r"[^A-Za-z0-9-]+", "-", self.name.rpartition("/")[2])

    @property
    def title(self) -> str:
        """Return the words of the first heading."""
        return words_of(self.tree.h1) if self.tree.h1 else self.name

    def contents(self) -> dict[str, Any]:
        """Return what contents list: part, key, title, and words and addresses of what is in it.

        These are `headings`, the main sections, and `figures`, the numbered ones.
        """

        def found(selector: str) -> list[tuple[str, str]]:
            heads = self.tree.select(selector)
            return [(words_of(head), f"#{cast(Tag, head.parent)['id']}") for head in heads]

        return {
            "part": self.part, "key": self.key, "title": self.title,
            "headings": found("section[id] > h2"),
            "figures": found("figure[id] > :has(.caption-number)"),
        }  # fmt: skip


class Book(NamedTuple):
    """The book to print or pack: imprint, articles, and pictures by file name."""

    imprint: Imprint
    articles: list[Article]
    pictures: dict[str, bytes]


def words_of(element: Tag) -> str:
    """Return the text of an element on one line."""
    return " ".join(element.get_text().split())


def read_book(root: Path, pages: Path, *, for_reading: bool = False) -> Book:
    """Return the book whose rendered pages lie in `pages`, its links those of one file.

    The register comes last. The edition `for_reading` has the first page and the notebooks without
    what is only for those who check, and of other pages the section `IN_SHORT`. Raises
    YaluError where a page is missing or a link leads nowhere.
    """
    parts = read_site_map(root).root.subtrees
    captions = {str(item): part.caption or "" for part in parts for item in part.items}
    articles: list[Article] = []
    part = ""
    for path in toc_files(root):
        name = path.relative_to(root).with_suffix("").as_posix()
        part = captions.get(name, part)
        file = pages / f"{name}.html"
        if not file.is_file():
            raise YaluError(f"{name}.html: not among the rendered pages")
        tree = read_article(file.read_text(encoding="utf-8"), name)
        if for_reading and articles and path.suffix != ".ipynb":
            short = tree.select_one(f"#{IN_SHORT}")
            if short is None:
                continue
            _keep_only(tree, short)
        articles.append(Article(name, APPENDIX if name == REGISTER else part, tree))
    # the line in italics right under the title of the first page, without its full stop
    first = articles[0].tree.find("p")
    line = first.find("em", recursive=False) if first else None
    alone = first and line and words_of(first) == words_of(line)
    imprint = read_imprint(root, words_of(line).rstrip(".") if line and alone else "")
    articles.sort(key=lambda article: article.name == REGISTER)
    if for_reading:
        for article in articles:
            for element in article.tree.select(NOT_FOR_READING):
                element.decompose()
        stem = f"{imprint.file_stem}-reading"
        imprint = imprint._replace(kind="Reading edition", file_stem=stem)
    relink(articles, imprint.base, complete=not for_reading)
    pictures: dict[str, bytes] = {}
    for article in articles:
        take_pictures(article.tree, article.key, pages / posixpath.dirname(article.name), pictures)
    return Book(imprint, articles, pictures)


def _keep_only(tree: Tag, section: Tag) -> None:
    """Leave of an article its title and one section, without the heading of that section."""
    top, title = cast(Tag, tree.section), cast(Tag, tree.h1)
    cast(Tag, section.find(["h2", "h3"])).decompose()
    kept = [title.extract(), section.extract()]
    top.clear()
    top.extend(kept)


def read_article(html: str, name: str, parser: str = "html5lib") -> Tag:
    """Return the article of a page without what needs a screen. Raises YaluError for none."""
    # html5lib alone keeps the names that SVG writes with capitals (viewBox); it is slow on the
    # data in scripts, which go first.
    text = _ARTICLE.search(_SCRIPT.sub("", html))
    if text is None:
        raise YaluError(f"{name}.html: the page holds no article")
    tree = cast(Tag, BeautifulSoup(text.group(), parser).article)
    for element in tree.select(SCREEN_ONLY):
        element.decompose()
    for remark in tree.find_all(string=lambda text: isinstance(text, Comment)):
        remark.extract()
    for details in tree.select("details"):  # paper has nothing to press
        details.name = "div"
        details.attrs.pop("open", None)
    for summary in tree.select("summary"):
        summary.name, summary["class"] = "div", "summary"
    return tree


def relink(articles: list[Article], base: str, *, complete: bool = True) -> None:
    """Make all addresses and ids those of one file.

    Links to other files of the site become absolute where it has a `base`, else plain words.
    Those into a listing that a page of the `complete` book lacks lead to its start. Raises
    YaluError for links to other places that it does not have.
    """
    places = {(a.name, ""): f"#{a.key}" for a in articles}
    for article in articles:
        for element in article.tree.select("[id]"):
            place = f"{article.key}--{element['id']}"
            places[article.name, str(element["id"])] = f"#{place}"
            element["id"] = place
        article.tree["id"] = article.key
    pages, lost = {article.name for article in articles}, []
    for article in articles:
        for link in article.tree.select("a[href]"):
            href = str(link["href"])
            to = urlsplit(href)
            path = posixpath.join(posixpath.dirname(article.name), unquote(to.path))
            page = posixpath.normpath(path).removesuffix(".html") if to.path else article.name
            # "#?place=Here" sets the filter of the register
            place = "" if to.fragment.startswith("?") else unquote(to.fragment)
            if to.scheme or to.netloc:  # what browsers forgive in an address, e-readers do not
                link["href"] = quote(href, safe="%/:=&?~#+!$,;'@()*")
            elif (page, place) in places:
                link["href"] = places[page, place]
            elif page in pages and complete and _LISTED.match(place):
                link["href"] = places[page, ""]
            elif page in pages and complete:
                lost.append(f"{article.name}: the link to {href} leads nowhere")
            elif base:
                link["href"] = urljoin(urljoin(base, article.name), href)
            else:
                link.name = "span"
                for key in link.attrs.keys() - {"id", "class"}:
                    del link[key]
    if lost:
        raise YaluError(*dict.fromkeys(lost))
