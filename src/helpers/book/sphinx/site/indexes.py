"""Files for machines beside the pages: sitemap, llms.txt, the ledger with its hashes, a feed."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pandas as pd
from sphinx.application import Sphinx

from helpers import evidence
from helpers.book.sphinx.html import book_title, rendered
from helpers.book.sphinx.listings import data_files
from helpers.book.sphinx.listings.corrections import (
    change_groups,
    change_key,
    change_words,
    correction_words,
    table_rows,
)
from helpers.book.sphinx.site.head import description
from helpers.evidence.data_config import read_data_config
from helpers.evidence.history import read_log
from helpers.evidence.published import PUBLISHED, ledger_json
from helpers.paths import book_root

SITEMAP, LLMS, FEED = "sitemap.xml", "llms.txt", "corrections.xml"
CORRECTIONS = "chapters/corrections"
_FEED_TYPE = "application/atom+xml"
# Characters that XML cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _pages(app: Sphinx) -> list[str]:
    """Return the pages in the order of the contents, the first page first."""
    first = app.config.root_doc
    order = list(app.env.toctree_includes.get(first, ()))
    return [first, *order, *sorted(app.env.found_docs - {first, *order})]


def llms(app: Sphinx, base: str) -> str:
    """Return the pages and data of the book in Markdown, after the form of llmstxt.org."""
    root = book_root()
    lines = [
        f"# {book_title(app.config)}", "", f"> {read_data_config(root).package.description}", "",
        "Figures that disagree stand side by side; quote a figure with its claim and its "
        "document.", "", "## Pages", "",
    ]  # fmt: skip
    for name in _pages(app):
        words = description(app.env.get_doctree(name), findings=False)
        title, uri = app.env.titles[name].astext(), app.builder.get_target_uri(name)
        lines.append(f"- [{title}]({base}{uri})" + (f": {words}" if words else ""))
    files = [PUBLISHED, *(f"_static/{path.relative_to(root)}" for path in data_files(root))]
    lines += ["", "## Data", "", *(f"- [{Path(file).name}]({base}{file})" for file in files)]
    return "\n".join(lines) + "\n"


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
    return _FORBIDDEN.sub("\ufffd", f"{text}\n")


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    base = str(app.config.html_baseurl or "").rstrip("/")
    base += "/" if base else ""
    files = {LLMS: llms(app, base), PUBLISHED: ledger_json(book_root())}
    if base:
        addresses = [urljoin(base, app.builder.get_target_uri(name)) for name in _pages(app)]
        files[SITEMAP] = rendered("sitemap.xml", addresses=addresses) + "\n"
    if CORRECTIONS in app.env.found_docs:
        title = f"{book_title(app.config)}: corrections"
        page = app.builder.get_target_uri(CORRECTIONS)
        files[FEED] = feed_xml(title, str(app.config.author), page, base)
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
