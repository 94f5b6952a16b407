"""Outlets: the family of an outlet, and which families an attribution quotes."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from helpers.evidence.codebook import Codebook


def edition_languages(book: Codebook) -> list[str]:
    """Return the languages of editions in English, from the codebook."""
    columns = book.get("ledger/sources", [])
    return [name for c in columns if c.column == "language" for name in c.labels.values()]


def without_edition(outlet: str, languages: Iterable[str]) -> str:
    """Return an outlet's name without the language of its edition in brackets."""
    name, bracket, edition = outlet.rpartition("(")
    is_edition = bracket and edition[-1:] == ")" and edition[:-1] in set(languages)
    return name.rstrip() if is_edition else outlet


def families(
    outlets: pd.Series, exceptions: pd.DataFrame, languages: Iterable[str]
) -> pd.DataFrame:
    """Return `outlet_family` and `outlet_family_label` for each outlet.

    The family is the outlet's name without its edition, unless `exceptions` (the table
    ledger/outlets) names another family for it, with or without the edition. `languages` are
    those of editions, as names in English.
    """
    rows = exceptions[["outlet", "family", "family_label"]].itertuples(index=False)
    known = {outlet: (family, label) for outlet, family, label in rows}
    found = []
    for outlet in outlets:
        name = without_edition(outlet, languages)
        key, label = known.get(outlet) or known.get(name, ("", ""))
        slug = re.sub(r"[\W_]+", "-", name.lower()).strip("-")
        found.append((key or slug, label or name))
    columns = pd.Index(["outlet_family", "outlet_family_label"])
    return pd.DataFrame(found, columns=columns, index=outlets.index, dtype="str")


def named_in(text: str, names: Iterable[str]) -> list[str]:
    """Return which of `names` occur as words of their own in a text."""
    # most names are not in a text at all, which is quickly seen
    within = [name for name in names if name in text]
    return [name for name in within if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def quoted_families(attributions: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Return the outlet families that each attribution names, e.g. "source via RFA", as one cell.

    `names` are the families by all their names. A report that was read only in another outlet
    is still the report of the outlet that it quotes.
    """
    found = ["; ".join(sorted({names[n] for n in named_in(text, names)})) for text in attributions]
    return pd.Series(found, attributions.index, dtype="str")
