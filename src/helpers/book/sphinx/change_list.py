"""Change list: what the log of the ledger says, claim by claim, the latest first."""

from collections import defaultdict
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence
from helpers.analysis.wording import date_words
from helpers.book.sphinx.addresses import REGISTER
from helpers.book.sphinx.blocks import Block, raw_html
from helpers.book.sphinx.downloads import data_uri
from helpers.book.sphinx.ledger import Page
from helpers.book.sphinx.markup import code, tag
from helpers.book.sphinx.use import pages_by_claim
from helpers.evidence.history import FILE, ROW, Entry, read_log

ABSENT = f"This copy of the book keeps no log of its ledger ({FILE}), so no change can be listed."
EMPTY = "The log of the ledger holds no change yet."
Change = tuple[Entry, ...]


def changes(entries: list[Entry]) -> list[Change]:
    """Return the entries of each claim and commit together, the latest saved first."""
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.commit, entry.claim_id].append(entry)
    states = list(dict.fromkeys(entry.commit for entry in entries))
    ordered = sorted(found.values(), key=lambda group: -states.index(group[0].commit))
    return [tuple(group) for group in ordered]


def change_key(change: Change) -> str:
    """Return the address of a change on the page."""
    return f"change-{change[0].commit}-{change[0].claim_id}"


def cell_words(entry: Entry) -> str:
    """Return what changed: "value: 5 → 6", or what a claim says that came or went."""
    if entry.field == ROW:
        return entry.new or entry.old
    return f"{entry.field}: {entry.old or 'empty'} → {entry.new or 'empty'}"


def change_words(change: Change) -> str:
    """Return a change in words, a sentence a cell."""
    return " ".join(f"{cell_words(entry).rstrip('.')}." for entry in change)


class LedgerLogDirective(Block):
    """```{ledger-log}```: claims that were added, withdrawn or changed since the first edition."""

    def build(self) -> list[nodes.Node]:
        """Return the list, or one sentence where there is none."""
        entries = read_log()
        if entries is None:
            return raw_html(tag("p", escape(ABSENT)))
        uri = data_uri(self.env.docname, Path(FILE).name)
        table = tag("p", "The log as a table: " + tag("a", escape(Path(FILE).name), href=uri) + ".")
        return raw_html((self._list(entries) if entries else tag("p", escape(EMPTY))) + table)

    def _list(self, entries: list[Entry]) -> str:
        known = set(evidence.load("claims")["claim_id"])
        used = pages_by_claim(self.env)
        items = (self._item(change, known, used) for change in changes(entries))
        return tag("dl", "".join(items), class_="reg-list")

    def _item(self, change: Change, known: set[str], used: dict[str, list[Page]]) -> str:
        first = change[0]
        name = code(first.claim_id)
        if first.claim_id in known:
            name = tag("a", name, href=f"{self.page(REGISTER)}#claim-{first.claim_id}")
        head = tag("b", escape(f"{date_words(first.date)}, {first.kind}")) + f" {name}"
        links = ", ".join(
            tag("a", escape(title), href=uri) for title, uri in used.get(first.claim_id, [])
        )
        about = escape(change_words(change)) + (f" Used in: {links}." if links else "")
        return tag("dt", head, id=change_key(change)) + tag("dd", about)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("ledger-log", LedgerLogDirective)
