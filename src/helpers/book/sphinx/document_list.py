"""Document list: every document by its house, with the claims taken from it."""

from collections import defaultdict
from html import escape
from typing import Any

import pandas as pd

from helpers.analysis.wording import quantity_words
from helpers.book.sphinx.html import code, group, link, number_of, outside_link, tag
from helpers.book.sphinx.ledger import Ledger
from helpers.book.sphinx.words import ACCESS, LANGUAGES, document_words
from helpers.evidence import Claim

# Houses with fewer documents than this share a group by their first letter.
OWN_GROUP = 4
_LETTERS = (("A", "F"), ("G", "L"), ("M", "R"), ("S", "Z"))


def _how_read(source: dict[str, Any]) -> str:
    dated = {"inferred": " (date inferred)"}.get(source["published_status"], "")
    author = f", {source['author']}" if source["author"] else ""
    language = LANGUAGES.get(source["language"], source["language"])
    return f"{document_words(source)}{dated}{author}. {language}; {ACCESS[source['access']]}. "


def source_item(source: dict[str, Any], claims: list[Claim]) -> str:
    """Return one document as a list item with the claims taken from it."""
    title = escape(source["title"])
    title += "" if source["title_status"] == "as-published" else " (our label)"
    content = tag("p", tag("strong", title), class_="reg-figure")
    address = outside_link(source["url"], "Open the document")
    content += tag("p", f"{escape(_how_read(source))}{address}. {code(source['source_id'])}")
    content += tag("p", escape(source["note"]), class_="reg-note") if source["note"] else ""
    links = "; ".join(link(f"claim-{c.claim_id}", quantity_words(c)) for c in claims)
    content += tag("p", f"{number_of(len(claims), 'claim')}: {links}.") if claims else ""
    return tag(
        "li", content, id=f"source-{source['source_id']}", class_="reg-source",
        data_family=source["outlet_family"], data_years=(source["published"] or "")[:4],
    )  # fmt: skip


def _shelf(label: str, documents: int) -> str:
    if documents >= OWN_GROUP:
        return label
    first, last = next((pair for pair in _LETTERS if label[:1].upper() <= pair[1]), _LETTERS[-1])
    return f"Other outlets, {first} to {last}"


def sources_html(ledger: Ledger) -> str:
    """Return every document, folded by house; houses with few documents by first letter."""
    sizes = pd.Series([s["outlet_family"] for s in ledger.sources.values()]).value_counts()
    shelves: dict[str, list[str]] = defaultdict(list)
    in_order = sorted(ledger.sources.values(), key=lambda s: (s["published"] or "", s["source_id"]))
    for source in in_order:
        shelf = _shelf(source["outlet_family_label"], sizes[source["outlet_family"]])
        item = source_item(source, ledger.by_source.get(source["source_id"], []))
        shelves[shelf].append(item)
    ordered = sorted(shelves, key=lambda name: (name.startswith("Other outlets"), name.lower()))
    return tag("div", "".join(_shelf_html(name, shelves[name]) for name in ordered))


def _shelf_html(name: str, items: list[str]) -> str:
    return group(name, number_of(len(items), "document"), tag("ul", "".join(items)))
