"""Quoted: which houses a claim quotes by name, whoever printed it."""

import re
from collections.abc import Mapping

import pandas as pd


def named_in(text: str, names: Mapping[str, str]) -> list[str]:
    """Return which of `names` stand as words of their own in a text."""
    # most names are not in a text at all, which is quickly seen
    within = [name for name in names if name in text]
    return [name for name in within if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def quoted_families(attributions: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Return the outlet families that each attribution names, e.g. "source via RFA", as one cell.

    `names` are the families by all names that they go by. A report that was read only in
    another outlet is still the report of the house that it quotes.
    """
    found = [sorted({names[name] for name in named_in(text, names)}) for text in attributions]
    return pd.Series(["; ".join(families) for families in found], attributions.index, dtype="str")
