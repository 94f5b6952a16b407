"""Cite: what a page is, in words for readers and as metadata for machines."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from sphinx.application import Sphinx

from helpers import evidence
from helpers.analysis.wording import date_words
from helpers.book.sphinx.downloads import DATA_PAGE, data_files
from helpers.evidence.data_config import Package, read_plan
from helpers.paths import book_root

_CONTEXT = "https://schema.org"
_LANGUAGE = "en-GB"


@dataclass(frozen=True)
class Citation:
    """What names a page of the book: `day` is the last one of the evidence, `address` may be
    empty, where the book has none yet."""

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
        day = date_words(self.day)
        where = f" {self.address}" if self.address else ""
        authors = self.authors[:1].upper() + self.authors[1:]
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


def citation(app: Sphinx, pagename: str, page: str, address: str) -> Citation:
    """Return how a page with a title and an address is cited."""
    package = read_plan(book_root()).package
    book = str(app.config.html_title or app.config.project)
    day = str(evidence.last_recorded())
    name = book if pagename == app.config.root_doc else page
    licence = package.licenses[0].get("path") or package.licenses[0]["name"]
    return Citation(str(app.config.author), name, book, package.version, day, licence, address)


def schema(app: Sphinx, pagename: str, cited: Citation, description: str) -> str:
    """Return what schema.org calls the page, as JSON that may stand in a script element."""
    kinds = {app.config.root_doc: "Book", DATA_PAGE: "Dataset"}
    numbered = app.env.toc_secnumbers.get(pagename)
    about: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": kinds.get(pagename, "Article" if numbered else "WebPage"),
        "name": cited.page,
        "description": description,
        "inLanguage": _LANGUAGE,
        "author": {"@type": "Organization", "name": cited.authors},
        "version": cited.version,
        "dateModified": cited.day,
        "license": cited.licence,
    }
    if cited.address:
        about["url"] = cited.address
    if about["@type"] == "Article":
        about["headline"] = cited.page
    if pagename == DATA_PAGE:
        about |= _dataset(read_plan(book_root()).package, cited.address)
    elif pagename != app.config.root_doc:
        about["isPartOf"] = {"@type": "Book", "name": cited.book}
    return json.dumps(about, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")


def _dataset(package: Package, address: str) -> dict[str, Any]:
    """Return what makes the page of the data one dataset, with its files."""
    root = book_root()
    files = [path.relative_to(root / "data").as_posix() for path in data_files(root)]
    base = address or "data.html"
    return {
        "name": package.title,
        "description": package.description,
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "text/csv" if name.endswith(".csv") else "application/json",
                "contentUrl": urljoin(base, f"../_static/data/{name}") if address
                else f"../_static/data/{name}",
            }
            for name in files
        ],
    }  # fmt: skip
