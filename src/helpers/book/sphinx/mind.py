"""The directive {mind}: what would change the answers of a chapter."""

from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx

from helpers.analysis.section import HANGS, MOVER, NARROWS, RANGE, TURNS, WANTED
from helpers.analysis.sidecar import sidecar
from helpers.book.sphinx.html import Block
from helpers.book.sphinx.roles import chapter_results

_TOLD = {
    RANGE: "Its range",
    MOVER: "It is moved most by",
    TURNS: "Its finding turns",
    HANGS: "It hangs on",
    WANTED: "What would help most",
    NARROWS: "Its range if that were as in this run",
}


def mind_markdown(chapter: str, results: dict[str, Any]) -> list[str]:
    """Return the headline results of a chapter in MyST, each with what would change it."""
    lines: list[str] = []
    for key, declared in sidecar(chapter).results.items():
        if not declared.headline or key not in results:
            continue
        lines += ["", f"**{declared.label}**: {{result}}`{chapter}:{key}`", ""]
        told = {words: f"{key}_{suffix}" for suffix, words in _TOLD.items()}
        lines += [f"- {words}: {{result}}`{chapter}:{one}`"
                  for words, one in told.items() if one in results]  # fmt: skip
    return lines


class MindDirective(Block):
    """```{mind} chapter```: what would change each headline result of the chapter."""

    required_arguments = 1

    def build(self) -> list[nodes.Node]:
        """Return a list for each result. Raises YaluError for an unknown chapter."""
        results = chapter_results(self.env, self.argument)["results"]
        holder = nodes.container(classes=["yalu-mind"])
        lines = StringList(mind_markdown(self.argument, results))
        self.state.nested_parse(lines, self.content_offset, holder)
        return list(holder.children)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("mind", MindDirective)
