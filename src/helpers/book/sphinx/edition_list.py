"""Edition list: the kept editions of the book, and what changed from claim to claim."""

from html import escape

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence
from helpers.analysis.wording import date_words
from helpers.book.editions import KEPT, Edition, address, kept_editions
from helpers.book.sphinx.blocks import raw_html
from helpers.book.sphinx.change_list import LedgerLogDirective
from helpers.book.sphinx.markup import number_of, tag
from helpers.evidence.history import KINDS, Entry, Log, compare, entries
from helpers.evidence.published import PUBLISHED, Ledger, read_ledger, read_published
from helpers.paths import book_root

NONE = "No edition of this book has been kept yet."


def claims_frame(ledger: Ledger) -> pd.DataFrame:
    """Return the claims of a ledger as text cells, those of their documents after `source.`."""
    rows = [
        content.claim | {f"source.{name}": cell for name, cell in content.source.items()}
        for content in ledger.claims.values()
    ]
    return pd.DataFrame(rows).fillna("").astype(str)


def differences(old: Ledger, new: Ledger, date: str, name: str) -> list[Entry]:
    """Return what changed from one ledger to another that is of `date` and called `name`."""
    before, after = claims_frame(old), claims_frame(new)
    # a column that is empty throughout is not in a published ledger
    columns = [*after.columns, *(c for c in before.columns if c not in after.columns)]
    before, after = (frame.reindex(columns=columns, fill_value="") for frame in (before, after))
    return entries(Log("", name, compare(before, after), [], []), date, name)


def count_words(changes: list[Entry]) -> str:
    """Return "2 claims added, 1 changed", or that nothing changed."""
    claims = {kind: {e.claim_id for e in changes if e.kind == kind} for kind in KINDS}
    told = [(kind, len(ids)) for kind, ids in claims.items() if ids]
    if not told:
        return "No claim differs."
    (first, count), *rest = told
    words = [f"{number_of(count, 'claim')} {first}", *(f"{n} {kind}" for kind, n in rest)]
    return ", ".join(words) + "."


class EditionListDirective(LedgerLogDirective):
    """```{edition-list}```: each kept edition with its link, and the changes after it."""

    def build(self) -> list[nodes.Node]:
        """Return the list, the newest first, or one sentence where there is none."""
        root = book_root()
        kept = kept_editions(root)
        if not kept:
            return raw_html(tag("p", NONE))
        ledgers = [read_published(root / KEPT / e.name / PUBLISHED) for e in kept]
        latest = str(evidence.last_recorded())
        after = [*zip(ledgers[1:], kept[1:], strict=True), (read_ledger(root), None)]
        parts = [
            self._edition(edition, differences(old, new, *_state(later, latest)), later)
            for old, edition, (new, later) in zip(ledgers, kept, after, strict=True)
        ]
        return raw_html("".join(reversed(parts)))

    def _edition(self, edition: Edition, changes: list[Entry], later: Edition | None) -> str:
        """Return an edition, and the changes from it to the next one."""
        address_ = address(self.env.docname, edition.name)
        link = tag("a", escape(f"Edition {edition.name}"), href=address_)
        count, day = number_of(edition.claims, "claim"), date_words(edition.evidence_to)
        about = f"Version {edition.version}: {count}, evidence to {day}."
        since = f"From this edition to {later.name if later else 'this page'}: "
        text = tag("p", escape(about)) + tag("p", escape(since + count_words(changes)))
        head = tag("h2", link, id=f"edition-{edition.name}")
        return head + text + (self._list(changes) if changes else "")


def _state(edition: Edition | None, latest: str) -> tuple[str, str]:
    """Return the day and the name of a state of the ledger: an edition, or the files as now."""
    return (edition.evidence_to, edition.name) if edition else (latest, "now")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("edition-list", EditionListDirective)
