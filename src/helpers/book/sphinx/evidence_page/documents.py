"""Documents of the evidence page: every document by its outlet, with the claims taken from it."""

from collections import defaultdict
from typing import Any

import pandas as pd
from markupsafe import Markup

from helpers.book.sphinx.evidence_page.ledger import Ledger
from helpers.book.sphinx.templates import rendered
from helpers.evidence import Claim

_ACCESS = {
    "full-page": "read in full",
    "opening-only": "only the opening was read",
    "repost-or-mirror": "read in a copy elsewhere",
    "excerpt": "only an excerpt was read",
}
_LANGUAGES = {
    "bg": "Bulgarian", "de": "German", "en": "English", "fr": "French", "ja": "Japanese",
    "ko": "Korean", "pl": "Polish", "ru": "Russian", "sk": "Slovak", "zh": "Chinese",
}  # fmt: skip
# Outlets with fewer documents than this share a group by their first letter.
_OWN_GROUP = 4
_LETTERS = (("A", "F"), ("G", "L"), ("M", "R"), ("S", "Z"))


def source_item(source: dict[str, Any], claims: list[Claim]) -> Markup:
    """Return one document as a list item with the claims taken from it."""
    return rendered(
        "document.html.j2", source=source, claims=claims, access=_ACCESS, languages=_LANGUAGES
    )


def sources_html(ledger: Ledger) -> Markup:
    """Return every document, folded by outlet; outlets with few documents by first letter."""
    sources = sorted(ledger.sources.values(), key=lambda s: (s["published"] or "", s["source_id"]))
    sizes = pd.Series([source["outlet_family"] for source in sources]).value_counts()
    groups: dict[str, list[Markup]] = defaultdict(list)
    for source in sources:
        group = _group(source["outlet_family_label"], sizes[source["outlet_family"]])
        groups[group].append(source_item(source, ledger.by_source.get(source["source_id"], [])))
    order = sorted(groups, key=lambda name: (name.startswith("Other outlets"), name.lower()))
    return rendered("documents.html.j2", groups=[(name, groups[name]) for name in order])


def _group(label: str, documents: int) -> str:
    if documents >= _OWN_GROUP:
        return label
    first, last = next((pair for pair in _LETTERS if label[:1].upper() <= pair[1]), _LETTERS[-1])
    return f"Other outlets, {first} to {last}"
