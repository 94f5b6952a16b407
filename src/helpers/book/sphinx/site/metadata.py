"""What machines are told: the head of a page, the sitemap, llms.txt, the ledger, a feed."""

import json
import posixpath
import re
import textwrap
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence
from helpers.book import chart_cache
from helpers.book.sphinx.citations import FORMS, LANGUAGE, Citation, exports
from helpers.book.sphinx.gaps import MARK
from helpers.book.sphinx.html import book_title, in_xml, rendered, safe_json
from helpers.book.sphinx.listings import DATA_PAGE, data_files, records_text
from helpers.book.sphinx.listings.corrections import (
    change_groups,
    change_key,
    change_words,
    correction_words,
    table_rows,
)
from helpers.book.sphinx.site.addresses import (
    INDEX,
    OF_PAGES,
    about_data,
    claim_files,
    index_text,
)
from helpers.book.stage import USAGE
from helpers.chapter.wording import date_words
from helpers.evidence.csv_tables import csv_bytes
from helpers.evidence.data_config import read_data_config
from helpers.evidence.history import read_log
from helpers.evidence.published import CLAIMS, PUBLISHED, RESULTS, ledger_json, renamed
from helpers.paths import book_root

FINDINGS = "what-we-found"
WIDTH, HEIGHT = 1200, 630
# the book's own sign, where it has one
SIGN = "chapters/images/sign.svg"
_LENGTH = 220
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\s*')
SITEMAP, LLMS, FEED = "sitemap.xml", "llms.txt", "corrections.xml"
CORRECTIONS = "chapters/corrections"
_FEED_TYPE = "application/atom+xml"
# what the published table of results says of one, besides its page, its parameters and claims
_RESULT = ("key", "label", "value", "low", "high", "qualifier", "unit", "per", "words", "headline")


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
    items = (i for s in found for i in s.findall(nodes.list_item) if not _has_gap(i))
    first = next(items, None) or next(
        (p for p in doctree.findall(nodes.paragraph) if not _has_gap(p)), None
    )
    return shortened(first.astext()) if first is not None else ""


def _has_gap(node: nodes.Element) -> bool:
    return any(MARK in one["classes"] for one in node.findall(nodes.Element))


def _schema(app: Sphinx, pagename: str, cited: Citation, description: str) -> str:
    """Return the page in the terms of schema.org, as JSON for a script element."""
    kinds = {app.config.root_doc: "Book", DATA_PAGE: "Dataset"}
    kind = kinds.get(pagename, "Article" if app.env.toc_secnumbers.get(pagename) else "WebPage")
    about: dict[str, Any] = {
        "@context": "https://schema.org", "@type": kind, "name": cited.page,
        "description": description, "inLanguage": LANGUAGE,
        "author": {"@type": "Organization", "name": cited.authors}, "version": cited.version,
        "dateModified": cited.day, "license": cited.licence,
    }  # fmt: skip
    if cited.address:
        about["url"] = cited.address
    if kind == "Article":
        about["headline"] = cited.page
        if published := read_data_config(book_root()).package.published:
            about["datePublished"] = str(published)
    if kind in ("Article", "WebPage"):
        about["isPartOf"] = {"@type": "Book", "name": cited.book}
    if kind == "Dataset":
        files = [f"../{name}" for name in (PUBLISHED, *RESULTS)]
        files += [
            f"../_static/{p.relative_to(book_root()).as_posix()}" for p in data_files(book_root())
        ]
        package, formats = read_data_config(book_root()).package, {".csv": "text/csv"}
        about |= {
            "name": package.title,
            "description": package.description,
            "isAccessibleForFree": True,
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": formats.get(posixpath.splitext(file)[1], "application/json"),
                    "contentUrl": urljoin(cited.address, file),
                }
                for file in files
            ],
        }
    return safe_json(about)


def _citation(app: Sphinx, page: str, address: str) -> Citation:
    """Return what names a page of the book, or what stands at an address of it."""
    package = read_data_config(book_root()).package
    licence = package.licenses[0].get("path") or package.licenses[0]["name"]
    day = str(evidence.last_recorded())
    book, authors = book_title(app.config), str(app.config.author)
    return Citation(authors, page, book, package.version, day, licence, address)


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
    picture = f"_static/social/{Path(pagename).name}.png" if known else ""
    if picture:
        path = Path(app.outdir) / picture
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chart_cache.png(social_svg(book, name, words)))
        picture = f"{base}/{picture}" if base else context["pathto"](picture, 1)
    cited = _citation(app, book if first else name, address)
    place = f"{OF_PAGES}/{Path(pagename).name}"
    if known:
        key = f"{read_data_config(book_root()).package.name}-{Path(pagename).name}"
        item = cited.item(key, "dataset" if pagename == DATA_PAGE else "chapter")
        _write_files(app, {f"{place}.{end}": text for end, text in exports([item]).items()})
    return {
        "cite": cited.words,
        "paper": f"{book}. Evidence of {date_words(cited.day)}. {address}".strip(),
        "core": cited.tags(),
        "forms": [(context["pathto"](f"{place}.{e}", 1), words) for e, words in FORMS.items()],
        "schema": _schema(app, pagename, cited, words) if known else "",
        "book": book,
        "name": name,
        "kind": "website" if first else "article",
        "description": words,
        "picture": picture,
        "width": WIDTH,
        "height": HEIGHT,
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


# Files beside the pages ---------------------------------------------------------------------


def _pages(app: Sphinx) -> list[str]:
    """Return the pages in the order of the contents, the first page first."""
    first = app.config.root_doc
    order = list(app.env.toctree_includes.get(first, ()))
    return [first, *order, *sorted(app.env.found_docs - {first, *order})]


def llms(app: Sphinx, base: str) -> str:
    """Return the pages and data of the book in Markdown, after the form of llmstxt.org."""
    root, titles = book_root(), app.env.titles
    pages = [
        (titles[name].astext(), app.builder.get_target_uri(name),
         description(app.env.get_doctree(name), findings=False))
        for name in _pages(app)
    ]  # fmt: skip
    files = [
        PUBLISHED,
        *RESULTS,
        *(f"_static/{path.relative_to(root)}" for path in data_files(root)),
    ]
    return rendered(
        "llms.md.j2", book=book_title(app.config), base=base, pages=pages, files=files,
        description=read_data_config(root).package.description,
    )  # fmt: skip


def feed_entries() -> list[dict[str, Any]]:
    """Return id, day, title, words and place on the page of all entries, the latest first.

    The day of a correction is that on which the corrected claim was recorded, for a row of
    another table that on which its document was read, else the last day recorded in the
    ledger: none is taken from the clock.
    """
    claims, sources = evidence.load("claims"), evidence.load("sources")
    recorded = dict(zip(claims["claim_id"], claims["recorded_on"], strict=True))
    read = dict(zip(sources["source_id"], sources["accessed"], strict=True))
    found = []
    for row in table_rows("corrections"):
        claim_id = row["row_key"].removeprefix("claim_id=").partition("|")[0]
        day = recorded.get(claim_id) or read.get(row["source_id"]) or evidence.last_recorded()
        found.append(
            {
                "name": f"correction/{row['correction_id']}",
                "day": str(pd.Timestamp(day).date()),
                "title": f"Printed: {'; '.join(correction_words(row))}",
                "content": row["reason"],
                "anchor": f"correction-{row['correction_id']}",
            }
        )
    for change in change_groups(read_log() or []):
        about = change[0]
        found.append(
            {
                "name": f"change/{about.commit}/{about.claim_id}",
                "day": about.date,
                "title": f"Claim {about.kind}: {about.claim_id}",
                "content": change_words(change),
                "anchor": change_key(change),
            }
        )
    found.sort(key=lambda entry: entry["name"])
    return sorted(found, key=lambda entry: entry["day"], reverse=True)


def feed_xml(title: str, author: str, page: str, base: str = "") -> str:
    """Return the feed; `page` is the address of the corrections page within the site.

    Addresses are relative to the feed, or absolute where the site has a `base`, and only
    then does the feed name its own address. Ids are tag URIs of a host that does not exist,
    so that they stay the same wherever the book is published.
    """
    found = feed_entries()
    text = rendered(
        "feed.xml.j2",
        tag=f"tag:{read_data_config(book_root()).package.name}.invalid,2026",
        title=title,
        author=author,
        updated=found[0]["day"] if found else str(evidence.last_recorded()),
        page=urljoin(base, page),
        own=urljoin(base, FEED) if base else "",
        type=_FEED_TYPE,
        entries=found,
    )
    return in_xml(f"{text}\n")


def results_table(folder: Path) -> pd.DataFrame:
    """Return the results of all chapters, as the build has put them into `folder`: a row each."""
    rows = [
        {"page": path.stem, "chapter": told["chapter"]}
        | {name: result[name] for name in _RESULT}
        | {name: " ".join(result[name]) for name in ("parameters", "claims")}
        for path in sorted(folder.glob("*.json"))
        for told in [json.loads(path.read_text(encoding="utf-8"))]
        for result in told["results"].values()
    ]
    return pd.DataFrame(rows, dtype=object)


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    base = str(app.config.html_baseurl or "").rstrip("/")
    base += "/" if base else ""
    files = {LLMS: llms(app, base)}
    if (book_root() / f"data/{CLAIMS}.csv").is_file():  # a kit has no ledger
        files[PUBLISHED] = ledger_json(book_root())
        used = {
            claim: [f"{base}{app.builder.get_target_uri(f'chapters/{name}')}" for name in names]
            for claim, names in json.loads((Path(app.srcdir) / USAGE).read_text("utf-8")).items()
        }
        files |= claim_files(book_root(), _citation(app, "", ""), used, base)
        table = results_table(Path(app.srcdir) / "results")
        files[RESULTS[0]] = csv_bytes(table).decode()
        files[RESULTS[1]] = records_text(table)
    if base:
        addresses = [urljoin(base, app.builder.get_target_uri(name)) for name in _pages(app)]
        files[SITEMAP] = rendered("sitemap.xml", addresses=addresses) + "\n"
    if CORRECTIONS in app.env.found_docs:
        title = f"{book_title(app.config)}: corrections"
        page = app.builder.get_target_uri(CORRECTIONS)
        files[FEED] = feed_xml(title, str(app.config.author), page, base)
    for old, new in renamed(book_root(), "page").items():
        for end in FORMS:
            path = Path(app.outdir, OF_PAGES, f"{new}.{end}")
            files[f"{OF_PAGES}/{old}.{end}"] = path.read_bytes().decode()
    _write_files(app, files)
    _write_files(app, {INDEX: index_text(Path(app.outdir), about_data(book_root()))})


def _write_files(app: Sphinx, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = Path(app.outdir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def _announce(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Name the feed in the head of every page."""
    if CORRECTIONS in app.env.found_docs and "pathto" in context:
        href = context["pathto"](FEED, 1)
        link = f'<link rel="alternate" type="{_FEED_TYPE}" title="Corrections" href="{href}" />'
        context["metatags"] = f"{context.get('metatags') or ''}\n{link}"


def setup(app: Sphinx) -> None:
    """Write the files when the pages are built."""
    app.connect("html-page-context", _announce)
    app.connect("build-finished", _write)
