"""Changes: the log of the ledger, the editions and what differs between them, and the feed."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole

from helpers import evidence
from helpers.book.editions import KEPT, address, kept_editions
from helpers.book.sphinx.evidence_page.ledger import pages_by_claim
from helpers.book.sphinx.html import number_of
from helpers.book.sphinx.listings import add_listing
from helpers.book.sphinx.listings.corrections import correction_words, table_rows
from helpers.book.sphinx.listings.data import data_uri
from helpers.book.sphinx.templates import rendered
from helpers.chapter.wording import date_words
from helpers.evidence.data_config import read_data_config
from helpers.evidence.history import FILE as LOG
from helpers.evidence.history import KINDS, ROW, Log, LogEntry, compare_claims, entries, read_log
from helpers.evidence.published import (
    PUBLISHED,
    PublishedLedger,
    ledger_from_file,
    ledger_of_book,
)
from helpers.paths import book_root

FEED = "corrections.xml"
FEED_TYPE = "application/atom+xml"
PAGE = "chapters/corrections"
# Characters that XML cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Change = tuple[LogEntry, ...]


def changes(log: list[LogEntry]) -> list[Change]:
    """Return the entries of each claim and commit together, the latest saved first."""
    found: dict[tuple[str, str], list[LogEntry]] = defaultdict(list)
    for entry in log:
        found[entry.commit, entry.claim_id].append(entry)
    states = list(dict.fromkeys(entry.commit for entry in log))
    ordered = sorted(found.values(), key=lambda group: -states.index(group[0].commit))
    return [tuple(group) for group in ordered]


def change_key(change: Change) -> str:
    """Return the address of a change on the page."""
    return f"change-{change[0].commit}-{change[0].claim_id}"


def change_words(change: Change) -> str:
    """Return a change in words, a sentence a cell: "value: 5 → 6."."""
    cells = (
        (entry.new or entry.old)
        if entry.field == ROW
        else f"{entry.field}: {entry.old or 'empty'} → {entry.new or 'empty'}"
        for entry in change
    )
    return " ".join(f"{cell.rstrip('.')}." for cell in cells)


# On the page --------------------------------------------------------------------------------


def _listed(env: BuildEnvironment, log: list[LogEntry]) -> list[dict[str, Any]]:
    """Return what the template of a list of changes fills in."""
    known = set(evidence.load("claims")["claim_id"])
    used = pages_by_claim(env)
    return [
        {
            "key": change_key(change),
            "entry": change[0],
            "linked": change[0].claim_id in known,
            "words": change_words(change),
            "pages": used.get(change[0].claim_id, []),
        }
        for change in changes(log)
    ]


def _ledger_log(env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    log, name = read_log(), Path(LOG).name
    listed = None if log is None else _listed(env, log)
    return {"changes": listed, "log": LOG, "file": name, "uri": data_uri(env.docname, name)}


def _editions(env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    """Return the kept editions, the newest first, each with the changes from it to the next."""
    root = book_root()
    kept = kept_editions(root)
    ledgers = [ledger_from_file(root / KEPT / edition.name / PUBLISHED) for edition in kept]
    later = [(new, e.evidence_to, e.name) for new, e in zip(ledgers, kept, strict=True)]
    later = [*later[1:], (ledger_of_book(root), str(evidence.last_recorded()), "")] if kept else []
    shown = []
    for old, edition, (new, day, name) in zip(ledgers, kept, later, strict=True):
        log = differences(old, new, day, name or "now")
        about = (
            f"{number_of(edition.claims, 'claim')}, evidence to {date_words(edition.evidence_to)}"
        )
        shown.append(
            {
                "edition": edition,
                "uri": address(env.docname, edition.name),
                "about": about,
                "later": name or "this page",
                "count": count_words(log),
                "changes": _listed(env, log),
            }
        )
    return {"editions": shown[::-1]}


def _frame(ledger: PublishedLedger) -> pd.DataFrame:
    """Return the claims of a ledger as text cells, those of their documents after `source.`."""
    rows = [
        content.claim | {f"source.{name}": cell for name, cell in content.source.items()}
        for content in ledger.claims.values()
    ]
    return pd.DataFrame(rows).fillna("").astype(str)


def differences(old: PublishedLedger, new: PublishedLedger, date: str, name: str) -> list[LogEntry]:
    """Return what changed from one ledger to another that is of `date` and called `name`."""
    before, after = _frame(old), _frame(new)
    # a column that is empty throughout is not in a published ledger
    columns = [*after.columns, *(c for c in before.columns if c not in after.columns)]
    before, after = (frame.reindex(columns=columns, fill_value="") for frame in (before, after))
    return entries(Log("", name, compare_claims(before, after), [], []), date, name)


def count_words(log: list[LogEntry]) -> str:
    """Return "2 claims added, 1 changed.", or that nothing changed."""
    claims = {kind: len({e.claim_id for e in log if e.kind == kind}) for kind in KINDS}
    told = [(kind, count) for kind, count in claims.items() if count]
    if not told:
        return "No claim differs."
    (first, count), *rest = told
    words = [f"{number_of(count, 'claim')} {first}", *(f"{n} {kind}" for kind, n in rest)]
    return ", ".join(words) + "."


# The feed -----------------------------------------------------------------------------------


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
    for change in changes(read_log() or []):
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


def feed_xml(title: str, author: str, page: str, base: str = "") -> bytes:
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
        type=FEED_TYPE,
        entries=found,
    )
    return _FORBIDDEN.sub("\ufffd", f"{text}\n").encode()


class FeedRole(SphinxRole):
    """{feed}`words`: a link to the feed."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        uri = f"{'../' * self.env.docname.count('/')}{FEED}"
        return [nodes.reference("", self.text, refuri=uri, internal=True)], []


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and PAGE in app.env.found_docs:
        page, base = app.builder.get_target_uri(PAGE), str(app.config.html_baseurl or "")
        base = base if base.endswith("/") or not base else f"{base}/"
        words = f"{app.config.html_title or app.config.project}: corrections"
        xml = feed_xml(words, str(app.config.author), page, base)
        (Path(app.outdir) / FEED).write_bytes(xml)


def _announce(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Name the feed in the head of every page."""
    if PAGE in app.env.found_docs and "pathto" in context:
        href = context["pathto"](FEED, 1)
        link = f'<link rel="alternate" type="{FEED_TYPE}" title="Corrections" href="{href}" />'
        context["metatags"] = f"{context.get('metatags') or ''}\n{link}"


def setup(app: Sphinx) -> None:
    """Register the directives and the role, and write the feed beside the pages."""
    add_listing(app, "ledger-log", "ledger_log.html.j2", _ledger_log)
    add_listing(app, "edition-list", "editions.html.j2", _editions)
    app.add_role("feed", FeedRole())
    app.connect("html-page-context", _announce)
    app.connect("build-finished", _write)
