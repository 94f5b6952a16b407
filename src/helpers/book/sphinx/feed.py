"""Feed: corrections and changes of the ledger as an Atom feed, for whoever follows the book."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from helpers import evidence
from helpers.book.sphinx.change_list import change_key, change_words, changes
from helpers.book.sphinx.error_lists import correction_words
from helpers.evidence.data_config import read_plan
from helpers.evidence.history import read_log
from helpers.paths import book_root

FILE = "corrections.xml"
TYPE = "application/atom+xml"
PAGE = "chapters/corrections"
_ATOM = "http://www.w3.org/2005/Atom"
# Characters that XML cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class FeedEntry:
    """One entry: its id within the book, its day, its words, and its place on the page."""

    name: str
    day: date
    title: str
    content: str
    anchor: str


def feed_entries() -> list[FeedEntry]:
    """Return all entries, the latest first, then by id; no day is taken from the clock."""
    found = [*_corrections(), *_changes()]
    return sorted(found, key=lambda entry: (-entry.day.toordinal(), entry.name))


def _corrections() -> list[FeedEntry]:
    days = _days()
    return [
        FeedEntry(
            f"correction/{row['correction_id']}",
            days(row),
            ": ".join(("Printed", "; ".join(correction_words(row)))),
            row["reason"],
            f"correction-{row['correction_id']}",
        )
        for row in _rows("corrections")
    ]


def _changes() -> list[FeedEntry]:
    return [
        FeedEntry(
            f"change/{change[0].commit}/{change[0].claim_id}",
            date.fromisoformat(change[0].date),
            f"Claim {change[0].kind}: {change[0].claim_id}",
            change_words(change),
            change_key(change),
        )
        for change in changes(read_log() or [])
    ]


def _rows(table: str) -> list[dict[str, str]]:
    frame = evidence.load(table).fillna("")
    return [{str(k): str(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _days() -> Callable[[dict[str, str]], date]:
    """Return a function from a correction to its day.

    That is the day on which the corrected claim was recorded, for a row of another table
    the day on which its document was read, else the last day recorded in the ledger.
    """
    claims, sources = evidence.load("claims"), evidence.load("sources")
    recorded = dict(zip(claims["claim_id"], claims["recorded_on"], strict=True))
    read = dict(zip(sources["source_id"], sources["accessed"], strict=True))

    def day(row: dict[str, str]) -> date:
        claim_id = row["row_key"].removeprefix("claim_id=").partition("|")[0]
        last: Any = evidence.last_recorded()
        found = recorded.get(claim_id, read.get(row["source_id"], last))
        return pd.Timestamp(found).date()

    return day


def authority() -> str:
    """Return the authority of the feed's tag: URIs: nobody's host, whatever host has the book."""
    return f"{read_plan(book_root()).package.name}.invalid,2026"


def feed_xml(title: str, author: str, page: str, base: str = "") -> bytes:
    """Return the feed; `page` is the address of the corrections page within the site.

    Addresses are relative to the feed, or absolute where the site has a `base`, and only
    then does the feed name its own address.
    """
    entries = feed_entries()
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", f"tag:{authority()}:corrections")
    _add(feed, "title", title)
    last = max((entry.day for entry in entries), default=evidence.last_recorded())
    _add(feed, "updated", _moment(last))
    _add(_add(feed, "author"), "name", author)
    _add(feed, "link", rel="alternate", type="text/html", href=urljoin(base, page))
    if base:
        _add(feed, "link", rel="self", type=TYPE, href=urljoin(base, FILE))
    for entry in entries:
        _add_entry(feed, entry, urljoin(base, page))
    ElementTree.indent(feed)
    return ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True) + b"\n"


def _add_entry(feed: ElementTree.Element, entry: FeedEntry, page: str) -> None:
    item = _add(feed, "entry")
    _add(item, "id", f"tag:{authority()}:{entry.name}")
    _add(item, "title", entry.title, type="text")
    _add(item, "updated", _moment(entry.day))
    _add(item, "link", rel="alternate", type="text/html", href=f"{page}#{entry.anchor}")
    _add(item, "content", entry.content, type="text")


def _add(
    parent: ElementTree.Element, name: str, text: str = "", **attributes: str
) -> ElementTree.Element:
    attributes = {key: _FORBIDDEN.sub("\ufffd", value) for key, value in attributes.items()}
    child = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    child.text = _FORBIDDEN.sub("\ufffd", text) or None
    return child


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


class FeedRole(SphinxRole):
    """{feed}`words`: a link to the feed."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        uri = f"{'../' * self.env.docname.count('/')}{FILE}"
        return [nodes.reference("", self.text, refuri=uri, internal=True)], []


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and PAGE in app.env.found_docs:
        page, base = app.builder.get_target_uri(PAGE), str(app.config.html_baseurl or "")
        base = base if base.endswith("/") or not base else f"{base}/"
        words = f"{app.config.html_title or app.config.project}: corrections"
        xml = feed_xml(words, str(app.config.author), page, base)
        (Path(app.outdir) / FILE).write_bytes(xml)


def _announce(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Name the feed in the head of every page."""
    if PAGE in app.env.found_docs and "pathto" in context:
        href = context["pathto"](FILE, 1)
        link = f'<link rel="alternate" type="{TYPE}" title="Corrections" href="{href}" />'
        context["metatags"] = f"{context.get('metatags') or ''}\n{link}"


def setup(app: Sphinx) -> None:
    """Register the role, and write the feed beside the pages."""
    app.add_role("feed", FeedRole())
    app.connect("html-page-context", _announce)
    app.connect("build-finished", _write)
