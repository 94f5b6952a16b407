"""The roles {claim} and {result}: a number in prose that links to where it is from."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole
from sphinx.util.logging import getLogger

from helpers import evidence
from helpers.book.sphinx.addresses import REGISTER, page_uri
from helpers.book.sphinx.cards import claim_card, result_card
from helpers.chapter.results import Result, parameter_result
from helpers.chapter.role_text import claim_words, source_words, stated_words
from helpers.chapter.wording import STYLES
from helpers.errors import YaluError

logger = getLogger(__name__)
RESULT = "result-"


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


class _LinkRole(SphinxRole):
    """What the roles share: words, link, and one clear warning for what is unknown."""

    kind = ""

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """Return the words, the address and a short note."""
        raise NotImplementedError

    def card(self, name: str, style: str) -> dict[str, Any] | None:
        """Return what the card of the link shows, or None for no card."""
        return None

    def print_classes(self, style: str) -> list[str]:
        """Return classes that tell the page's scripts how the words are printed."""
        return []

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or a warning that names page and line."""
        name, _, style = self.text.strip().partition(" ")
        try:
            words, uri, note = self.words_and_uri(name, style)
            card = self.card(name, style)
        except YaluError as error:
            message = f"{{{self.kind}}}`{self.text}`: {error}"
            logger.warning(message, location=self.get_location(), type="yalu", subtype=self.kind)
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        node = nodes.reference("", words, refuri=uri, internal=True, reftitle=note)
        node["classes"] += [f"yalu-{self.kind}", *self.print_classes(style)]
        if card:
            node["card"] = card
        return [node], []


class ClaimRole(_LinkRole):
    """{claim}`id style`: a claim's figure in words, linked to the register.

    The style may go on with "in UNIT at CLAIM" and "to N digits", see `chapter.role_text`.
    """

    kind = "claim"

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """See _LinkRole."""
        words = claim_words(name, style or "full")
        claim = evidence.claim(name)
        note = f"{source_words(claim.source_id)}; said by: {claim.attribution}"
        return words, f"{page_uri(self.env, REGISTER)}#claim-{name}", note

    def card(self, name: str, style: str) -> dict[str, Any]:
        """See _LinkRole."""
        return claim_card(evidence.claim(name), page_uri(self.env, REGISTER), style or "full")


class SourceRole(_LinkRole):
    """{source}`id` or {source}`id title`: a document, linked to the register."""

    kind = "source"

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """See _LinkRole."""
        words = source_words(name, style)
        return words, f"{page_uri(self.env, REGISTER)}#source-{name}", source_words(name)


class ResultRole(_LinkRole):
    """{result}`key style` or {result}`chapter:key style`: a named result in words.

    Words of a sentence (`Chapter.words`) stand as they are, without a link, with their roles.
    """

    kind = "result"

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """See _LinkRole."""
        name, _, _ = self.text.strip().partition(" ")
        try:
            chapter, key = self._place(name)
            words = find_words(self.env, chapter, key)
        except YaluError:
            words = None
        if words is None:
            return super().run()
        inliner: Any = self.inliner
        parsed: tuple[list[nodes.Node], list[nodes.system_message]]
        parsed = inliner.parse(words, self.lineno, inliner, inliner.parent)
        return parsed

    def _place(self, name: str) -> tuple[str, str]:
        chapter, _, key = name.rpartition(":")
        return chapter or self.env.docname.rpartition("/")[2], key

    def _find(self, name: str) -> tuple[str, Result]:
        chapter, key = self._place(name)
        return chapter, find_result(self.env, chapter, key)

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """See _LinkRole."""
        chapter, result = self._find(name)
        here = self.env.docname == f"chapters/{chapter}"
        page = "" if here else page_uri(self.env, f"chapters/{chapter}")
        anchor = f"{RESULT}{result.key.replace('_', '-')}"
        return result.text(style or "full"), f"{page}#{anchor}", result.label

    def card(self, name: str, style: str) -> dict[str, Any] | None:
        """See _LinkRole."""
        chapter, result = self._find(name)
        inputs = [find_result(self.env, chapter, key) for key in result.parameters]
        own = [entry for entry in inputs if entry.key != result.key]
        return result_card(result, own, page_uri(self.env, REGISTER), style or "full")

    def print_classes(self, style: str) -> list[str]:
        """See _LinkRole."""
        return [f"yalu-print-{style}"] if style in STYLES and style != "full" else []


class ResultNameRole(SphinxRole):
    """{resultname}`key`: a result's label, the place that its number links to."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the label with the result's address."""
        result = find_result(self.env, self.env.docname.rpartition("/")[2], self.text)
        anchor = f"{RESULT}{self.text.replace('_', '-')}"
        return [nodes.inline("", result.label, ids=[anchor])], []


class StatedRole(SphinxRole):
    """{stated}`two; reason`: a number that is neither claim nor result, and why it may stand."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the words, marked for the number lint."""
        try:
            words, reason = stated_words(self.text)
        except YaluError as error:
            logger.warning(str(error), location=self.get_location(), type="yalu", subtype="stated")
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        return [nodes.inline("", words, classes=["yalu-marked"], reason=reason)], []
