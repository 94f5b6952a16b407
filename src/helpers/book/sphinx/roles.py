"""The roles of the book: numbers that link to where they are from, counts of tables, pages."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole

from helpers import evidence
from helpers.book.sphinx.cards import claim_card, result_card
from helpers.book.sphinx.html import REGISTER, page_uri, warn
from helpers.book.sphinx.listings.data import DATA_PAGE
from helpers.chapter.results import Result, parameter_result
from helpers.chapter.role_text import claim_words, source_words, stated_words
from helpers.chapter.wording import STYLES, date_words, number_words
from helpers.errors import YaluError
from helpers.evidence.data_config import read_data_config
from helpers.paths import book_root

RESULT = "result-"
_FACTS = ("count", "share", "distinct", "latest")


@lru_cache
def _read(path: str, _changed: int) -> dict[str, Any]:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def chapter_results(env: BuildEnvironment, chapter: str) -> dict[str, Any]:
    """Return what a chapter recorded in this build.

    Raises YaluError when there is no such chapter.
    """
    path = Path(env.srcdir) / "results" / f"{chapter}.json"
    if not path.exists():
        raise YaluError(f'no chapter "{chapter}" with results')
    return _read(str(path), path.stat().st_mtime_ns)


def find_words(env: BuildEnvironment, chapter: str, key: str) -> str | None:
    """Return the words of a sentence that a chapter's run gave, None where it gave none."""
    words: str | None = chapter_results(env, chapter).get("words", {}).get(key)
    return words


def find_result(env: BuildEnvironment, chapter: str, key: str) -> Result:
    """Return a named result or parameter of a chapter. Raises YaluError when unknown."""
    run = chapter_results(env, chapter)
    if key in run["results"]:
        return Result(**run["results"][key])
    if key in run["parameters"]:
        return parameter_result(key, run["chapter"], run["parameters"][key])
    raise YaluError(f'no result "{key}" in chapter {chapter}')


def _own_chapter(env: BuildEnvironment) -> str:
    return env.docname.rpartition("/")[2]


def _anchor(key: str) -> str:
    return f"{RESULT}{key.replace('_', '-')}"


def _link(words: str, uri: str, note: str, classes: list[str]) -> nodes.reference:
    extra = {"reftitle": note} if note else {}
    return nodes.reference("", words, refuri=uri, internal=True, classes=classes, **extra)


class _Role(SphinxRole):
    """A role whose unknown names become one warning with page and line."""

    def node(self) -> nodes.Node:
        """Return the node. Raises YaluError for an unknown name."""
        raise NotImplementedError

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the node, or the text as written after a warning."""
        try:
            return [self.node()], []
        except YaluError as error:
            warn(self.name, self.text, error, self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []

    def named(self) -> tuple[str, str]:
        """Return the name and the style that the role was given."""
        name, _, style = self.text.strip().partition(" ")
        return name, style


class ClaimRole(_Role):
    """{claim}`id style`: a claim's figure in words, linked to the register.

    The style may go on with "in UNIT at CLAIM" and "to N digits", see `chapter.role_text`.
    """

    def node(self) -> nodes.Node:
        """Return the link, with its card."""
        name, style = self.named()
        words = claim_words(name, style or "full")
        claim, register = evidence.claim(name), page_uri(self.env, REGISTER)
        note = f"{source_words(claim.source_id)}; said by: {claim.attribution}"
        link = _link(words, f"{register}#claim-{name}", note, ["yalu-claim"])
        link["card"] = claim_card(claim, register, style or "full")
        return link


class SourceRole(_Role):
    """{source}`id` or {source}`id title`: a document, linked to the register."""

    def node(self) -> nodes.Node:
        """Return the link."""
        name, style = self.named()
        uri = f"{page_uri(self.env, REGISTER)}#source-{name}"
        return _link(source_words(name, style), uri, source_words(name), ["yalu-source"])


class ResultRole(_Role):
    """{result}`key style` or {result}`chapter:key style`: a named result in words.

    Words of a sentence (`Chapter.words`) stand as they are, without a link, with their roles.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the words of a sentence parsed, else the node of a result."""
        try:
            words = find_words(self.env, *self.place())
        except YaluError:
            words = None
        if words is None:
            return super().run()
        inliner: Any = self.inliner
        parsed: tuple[list[nodes.Node], list[nodes.system_message]]
        parsed = inliner.parse(words, self.lineno, inliner, inliner.parent)
        return parsed

    def place(self) -> tuple[str, str]:
        """Return the chapter and the key that the role names."""
        chapter, _, key = self.named()[0].rpartition(":")
        return chapter or _own_chapter(self.env), key

    def node(self) -> nodes.Node:
        """Return the link, with its card; its class tells the page's scripts how it is printed."""
        _, style = self.named()
        chapter, key = self.place()
        result = find_result(self.env, chapter, key)
        docname = f"chapters/{chapter}"
        page = "" if self.env.docname == docname else page_uri(self.env, docname)
        printed = [f"yalu-print-{style}"] if style in STYLES and style != "full" else []
        link = _link(result.text(style or "full"), f"{page}#{_anchor(result.key)}", result.label,
                     ["yalu-result", *printed])  # fmt: skip
        inputs = [find_result(self.env, chapter, name) for name in result.parameters]
        own = [entry for entry in inputs if entry.key != result.key]
        link["card"] = result_card(result, own, page_uri(self.env, REGISTER), style or "full")
        return link


class ResultNameRole(_Role):
    """{resultname}`key`: a result's label, the place that its number links to."""

    def node(self) -> nodes.Node:
        """Return the label with the result's address."""
        result = find_result(self.env, _own_chapter(self.env), self.text)
        return nodes.inline("", result.label, ids=[_anchor(self.text)])


class StatedRole(_Role):
    """{stated}`two; reason`: a number that is neither claim nor result, and why it may stand."""

    def node(self) -> nodes.Node:
        """Return the words, marked for the number lint."""
        words, reason = stated_words(self.text)
        return nodes.inline("", words, classes=["yalu-marked"], reason=reason)


class PageRole(_Role):
    """{page}`methods how we count`: words that link to a page where the book has it."""

    def node(self) -> nodes.Node:
        """Return the words, as a link or plain."""
        name, words = self.named()
        docname = f"chapters/{name}"
        if docname not in self.env.found_docs:
            return nodes.Text(words)
        return _link(words, page_uri(self.env, docname), "", [])


class FactRole(_Role):
    """{fact}`count claims basis=derived`: a count of the tables, linked to its table."""

    def node(self) -> nodes.Node:
        """Return the number."""
        words = fact(self.text.strip())
        if self.text == "version" or DATA_PAGE not in self.env.found_docs:
            return nodes.inline("", words, classes=["yalu-fact"])
        table = self.text.split()[1]
        note = f"counted in data/clean/{table}.csv when the book was built"
        return _link(words, f"{page_uri(self.env, DATA_PAGE)}#table-{table}", note, ["yalu-fact"])


def fact(text: str) -> str:
    """Return a count of the clean tables in words.

    `text` is "count TABLE [COLUMN=ENTRY ...]", "share TABLE COLUMN=ENTRY ..." (of all rows
    of the table), "distinct TABLE COLUMN" or "latest TABLE COLUMN". An ENTRY of `none` means
    an empty cell, of `any` one that is not, and + stands for a space in it. "version" is the
    version of the book. Raises YaluError for an unknown verb, table, column or entry.
    """
    if text == "version":
        return read_data_config(book_root()).package.version
    verb, *rest = text.split() or [""]
    if verb not in _FACTS or not rest:
        raise YaluError(f'found "{text}"; allowed: {", ".join(_FACTS)}, then a table')
    frame, *conditions = evidence.load(rest[0]), *rest[1:]
    if verb == "distinct":
        return number_words(_column(frame, conditions[0]).nunique())
    if verb == "latest":
        return date_words(str(_column(frame, conditions[0]).max())[:10])
    rows = frame
    for condition in conditions:
        rows = rows[_holds(rows, condition)]
    if verb == "count":
        return number_words(len(rows))
    return f"{number_words(round(len(rows) / len(frame) * 100))} per cent"


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


def setup(app: Sphinx) -> None:
    """Register the roles."""
    roles = {
        "claim": ClaimRole, "source": SourceRole, "result": ResultRole, "stated": StatedRole,
        "resultname": ResultNameRole, "page": PageRole, "fact": FactRole,
    }  # fmt: skip
    for name, role in roles.items():
        app.add_role(name, role())
