"""The head of a page: title, description, citation, metadata for machines, pictures of links."""

import re
import textwrap
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence
from helpers.book import chart_cache
from helpers.book.sphinx.html import book_title, rendered, safe_json
from helpers.book.sphinx.listings import DATA_PAGE, data_files
from helpers.chapter.wording import date_words
from helpers.evidence.data_config import read_data_config
from helpers.paths import book_root

FINDINGS = "what-we-found"
WIDTH, HEIGHT = 1200, 630
# the book's own sign, where it has one
SIGN = "chapters/images/sign.svg"
_LENGTH = 220
_LANGUAGE = "en-GB"
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\s*')


def shortened(text: str, length: int = _LENGTH) -> str:
    """Return the text on one line, cut after a word, with a mark, where it is too long."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: length + 1].rsplit(" ", 1)[0].rstrip(",;:–") + " …"


def description(doctree: nodes.document | None, findings: bool = True) -> str:
    """Return what a page says in short: its first finding, or else its first paragraph."""
    if doctree is None:
        return ""
    found = [s for s in doctree.findall(nodes.section) if findings and FINDINGS in s["ids"]]
    finding = next((i for s in found for i in s.findall(nodes.list_item)), None)
    first = finding or doctree.next_node(nodes.paragraph)
    return shortened(first.astext()) if first is not None else ""


class Citation(NamedTuple):
    """What names a page of the book.

    `day` is the last one of the evidence; `address` is empty where the book has none yet.
    """

    authors: str
    page: str
    book: str
    version: str
    day: str
    licence: str
    address: str

    @property
    def words(self) -> str:
        """The citation as a sentence."""
        name = f"“{self.page}”, in " if self.page != self.book else ""
        where = f" {self.address}" if self.address else ""
        authors = self.authors[:1].upper() + self.authors[1:]
        day = date_words(self.day)
        return f"{authors}: {name}{self.book}. Version {self.version}, evidence of {day}.{where}"

    def dublin_core(self) -> list[tuple[str, str]]:
        """Return the elements of Dublin Core, by their names in a head."""
        elements = [
            ("DC.title", self.page),
            ("DC.creator", self.authors),
            ("DC.date", self.day),
            ("DC.language", _LANGUAGE),
            ("DC.type", "Text"),
            ("DC.rights", self.licence),
            ("DC.relation.isPartOf", self.book if self.page != self.book else ""),
            ("DC.identifier", self.address),
            ("DCTERMS.bibliographicCitation", self.words),
        ]
        return [(name, content) for name, content in elements if content]


def _schema(app: Sphinx, pagename: str, cited: Citation, description: str) -> str:
    """Return the page in the terms of schema.org, as JSON for a script element."""
    kinds = {app.config.root_doc: "Book", DATA_PAGE: "Dataset"}
    kind = kinds.get(pagename, "Article" if app.env.toc_secnumbers.get(pagename) else "WebPage")
    about: dict[str, Any] = {
        "@context": "https://schema.org", "@type": kind, "name": cited.page,
        "description": description, "inLanguage": _LANGUAGE,
        "author": {"@type": "Organization", "name": cited.authors}, "version": cited.version,
        "dateModified": cited.day, "license": cited.licence,
    }  # fmt: skip
    if cited.address:
        about["url"] = cited.address
    if kind == "Article":
        about["headline"] = cited.page
    if kind in ("Article", "WebPage"):
        about["isPartOf"] = {"@type": "Book", "name": cited.book}
    if kind == "Dataset":
        package, formats = read_data_config(book_root()).package, {".csv": "text/csv"}
        about |= {
            "name": package.title,
            "description": package.description,
            "isAccessibleForFree": True,
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": formats.get(path.suffix, "application/json"),
                    "contentUrl": urljoin(cited.address, f"../_static/{path.as_posix()}"),
                }
                for path in (path.relative_to(book_root()) for path in data_files(book_root()))
            ],
        }
    return safe_json(about)


def head(
    app: Sphinx, pagename: str, context: dict[str, Any], doctree: nodes.document | None
) -> dict[str, Any]:
    """Return what the layout shows of a page: title, description, metadata and citation."""
    book, first = book_title(app.config), pagename == app.config.root_doc
    known = pagename in app.env.titles
    name = app.env.titles[pagename].astext() if known else "Search"
    words = description(doctree, findings=not first) or f"{name}: {book}"
    base = str(app.config.html_baseurl or "").rstrip("/")
    address = f"{base}/{app.builder.get_target_uri(pagename)}" if base else ""
    graph = {
        "og:site_name": book,
        "og:type": "website" if first else "article",
        "og:locale": "en_GB",
        "og:title": name,
        "og:description": words,
    }
    if base:
        graph["og:url"] = address
    if known:
        picture = f"_static/social/{Path(pagename).name}.png"
        path = Path(app.outdir) / picture
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chart_cache.png(social_svg(book, name, words)))
        graph |= {
            "og:image": f"{base}/{picture}" if base else context["pathto"](picture, 1),
            "og:image:width": str(WIDTH),
            "og:image:height": str(HEIGHT),
            "og:image:alt": f"{book}: {name}. {words}",
        }
    package = read_data_config(book_root()).package
    licence = package.licenses[0].get("path") or package.licenses[0]["name"]
    cited = Citation(
        str(app.config.author), book if first else name, book, package.version,
        str(evidence.last_recorded()), licence, address,
    )  # fmt: skip
    return {
        "cite": cited.words,
        "core": cited.dublin_core(),
        "schema": _schema(app, pagename, cited, words) if known else "",
        "title": book if name == book else f"{name} · {book}",
        "description": words,
        "graph": list(graph.items()),
        "tags": _VIEWPORT.sub("", str(context.get("metatags") or "")).strip(),
        "address": address,
    }


def sign_svg(root: Path, title: str) -> str:
    """Return the book's sign as SVG: its own, or else the first letter of its title."""
    path = root / SIGN
    if path.is_file():
        return path.read_text(encoding="utf-8").strip()
    letter = next((c for c in title if c.isalnum()), "·").upper()
    return rendered("sign.svg", letter=letter)


def social_svg(book: str, title: str, words: str) -> str:
    """Return the card of a page as SVG: the book's name, the page's title, what it says."""
    heading = textwrap.wrap(title, 28, max_lines=2, placeholder=" …")
    told = textwrap.wrap(words, 62, max_lines=5, placeholder=" …")
    return rendered(
        "social.svg", width=WIDTH, height=HEIGHT, heading=heading, told=told,
        book="" if title == book else book,
    )  # fmt: skip
