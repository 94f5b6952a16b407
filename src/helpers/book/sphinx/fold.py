"""What a page folds away: the section for those who check, and parts within others."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers.book.sphinx.html import element, tag

# the section of a chapter whose text is folded, by the anchor of its heading
CHECK = "for-those-who-check"


class folded(nodes.General, nodes.Element):
    """Text that opens at a press on its `summary`."""


def _visit(self: Any, node: folded) -> None:
    open_tag, _ = element("details", CLASS="page-fold")
    open_tag(self, node)
    self.body.append(tag("summary", node["summary"]))


def _fold_section(_app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    for section in doctree.findall(nodes.section):
        if CHECK in section["ids"]:
            title, *rest = section.children
            names = [part.children[0].astext() for part in rest if isinstance(part, nodes.section)]
            section.children = []
            section += [title, folded("", *rest, summary=", ".join(names) or "Show")]
            return


def setup(app: Sphinx) -> None:
    """Register the node, and fold the section when a page is written."""
    html = (_visit, element("details")[1])
    app.add_node(folded, html=html, epub=html)
    app.connect("doctree-resolved", _fold_section)
