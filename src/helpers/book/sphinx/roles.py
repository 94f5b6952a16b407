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
from helpers.analysis.chapter import Result, claim_words, parameter_result, source_words
from helpers.errors import YaluError

logger = getLogger(__name__)
REGISTER = "chapters/evidence"
PARAMETERS = "the-model-and-its-assumptions"


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


def find_result(env: BuildEnvironment, chapter: str, key: str) -> Result:
    """Return a named result or parameter of a chapter. Raises YaluError when unknown."""
    run = chapter_results(env, chapter)
    if key in run["results"]:
        return Result(**run["results"][key])
    if key in run["parameters"]:
        return parameter_result(key, chapter, run["parameters"][key])
    raise YaluError(f'no result "{key}" in chapter {chapter}')


def page_uri(env: BuildEnvironment, docname: str) -> str:
    """Return the address of a page relative to the page that is being read."""
    return env.app.builder.get_relative_uri(env.docname, docname)


class _LinkRole(SphinxRole):
    """What the roles share: words, link, and one clear warning for what is unknown."""

    kind = ""

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """Return the words, the address and a short note."""
        raise NotImplementedError

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or a warning that names page and line."""
        name, _, style = self.text.strip().partition(" ")
        try:
            words, uri, note = self.words_and_uri(name, style)
        except YaluError as error:
            message = f"{{{self.kind}}}`{self.text}`: {error}"
            logger.warning(message, location=self.get_location(), type="yalu", subtype=self.kind)
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        node = nodes.reference("", words, refuri=uri, internal=True, reftitle=note)
        node["classes"] += [f"yalu-{self.kind}"]
        return [node], []


class ClaimRole(_LinkRole):
    """{claim}`id style`: a claim's figure in words, linked to the register."""

    kind = "claim"

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """See _LinkRole."""
        words = claim_words(name, style or "full")
        claim = evidence.claim(name)
        note = f"{source_words(claim.source_id)}; said by: {claim.attribution}"
        return words, f"{page_uri(self.env, REGISTER)}#claim-{name}", note


class SourceRole(_LinkRole):
    """{source}`id` or {source}`id title`: a document, linked to the register."""

    kind = "source"

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """See _LinkRole."""
        words = source_words(name, style)
        return words, f"{page_uri(self.env, REGISTER)}#source-{name}", source_words(name)


class ResultRole(_LinkRole):
    """{result}`key style` or {result}`chapter:key style`: a named result in words."""

    kind = "result"

    def words_and_uri(self, name: str, style: str) -> tuple[str, str, str]:
        """See _LinkRole."""
        chapter, _, key = name.rpartition(":")
        here = self.env.docname.rpartition("/")[2]
        result = find_result(self.env, chapter or here, key)
        page = page_uri(self.env, f"chapters/{chapter}") if chapter not in ("", here) else ""
        anchor = PARAMETERS if key in result.parameters and key == result.key else key
        anchor = f"result-{key.replace('_', '-')}" if anchor == key else anchor
        return result.text(style or "full"), f"{page}#{anchor}", result.label


class ResultNameRole(SphinxRole):
    """{resultname}`key`: a result's label, the place that its number links to."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the label with the result's address."""
        result = find_result(self.env, self.env.docname.rpartition("/")[2], self.text)
        anchor = f"result-{self.text.replace('_', '-')}"
        return [nodes.inline("", result.label, ids=[anchor])], []
