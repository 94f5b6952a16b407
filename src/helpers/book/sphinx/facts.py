"""Facts: counts of the clean tables in running text."""

from collections.abc import Callable

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from helpers import evidence
from helpers.analysis.wording import date_words, number_words
from helpers.book.sphinx.addresses import page_uri
from helpers.book.sphinx.blocks import warn
from helpers.book.sphinx.downloads import DATA_PAGE
from helpers.errors import YaluError
from helpers.evidence.data_config import read_plan
from helpers.paths import book_root


def fact(text: str) -> str:
    """Return a count of the clean tables in words.

    `text` is "count TABLE [COLUMN=ENTRY ...]", "share TABLE COLUMN=ENTRY ..." (of all rows
    of the table), "distinct TABLE COLUMN" or "latest TABLE COLUMN". An ENTRY of `none` means
    an empty cell, of `any` one that is not, and + stands for a space in it. "version" is the
    version of the book. Raises YaluError for an unknown verb, table, column or entry.
    """
    if text == "version":
        return read_plan(book_root()).package.version
    verb, *rest = text.split() or [""]
    if verb not in _VERBS or not rest:
        raise YaluError(f'found "{text}"; allowed: {", ".join(_VERBS)}, then a table')
    return _VERBS[verb](evidence.load(rest[0]), rest[1:])


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        raise YaluError(f'no column "{name}"; there are {", ".join(frame.columns)}')
    return frame[name]


def _holds(frame: pd.DataFrame, condition: str) -> pd.Series:
    name, _, entry = condition.partition("=")
    cells = _column(frame, name)
    if entry in ("none", "any"):
        return cells.isna() if entry == "none" else cells.notna()
    found = cells.astype("str").str.lower() == entry.replace("+", " ").lower()
    if not found.any():
        raise YaluError(f'no row has {name} "{entry}"')
    return found


def _picked(frame: pd.DataFrame, conditions: list[str]) -> pd.DataFrame:
    for condition in conditions:
        frame = frame[_holds(frame, condition)]
    return frame


def _count(frame: pd.DataFrame, conditions: list[str]) -> str:
    return number_words(len(_picked(frame, conditions)))


def _share(frame: pd.DataFrame, conditions: list[str]) -> str:
    share = len(_picked(frame, conditions)) / len(frame)
    return f"{number_words(round(share * 100))} per cent"


def _distinct(frame: pd.DataFrame, columns: list[str]) -> str:
    return number_words(_column(frame, columns[0]).nunique())


def _latest(frame: pd.DataFrame, columns: list[str]) -> str:
    return date_words(str(_column(frame, columns[0]).max())[:10])


_VERBS: dict[str, Callable[[pd.DataFrame, list[str]], str]] = {
    "count": _count,
    "share": _share,
    "distinct": _distinct,
    "latest": _latest,
}


class FactRole(SphinxRole):
    """{fact}`count claims basis=derived`: a count of the tables, linked to its table."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number, or a warning."""
        try:
            words = fact(self.text.strip())
        except YaluError as error:
            warn("fact", self.text, error, self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        if self.text == "version" or DATA_PAGE not in self.env.found_docs:
            return [nodes.inline("", words, classes=["yalu-fact"])], []
        table = self.text.split()[1]
        link = nodes.reference(
            "", words, internal=True, refuri=f"{page_uri(self.env, DATA_PAGE)}#table-{table}",
            reftitle=f"counted in data/clean/{table}.csv when the book was built",
        )  # fmt: skip
        link["classes"] += ["yalu-fact"]
        return [link], []


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("fact", FactRole())
