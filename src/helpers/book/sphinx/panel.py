"""The panel of a chapter: where the reader moves the assumptions, and what follows from them."""

import json
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.application import Sphinx

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer

ANCHOR = "assumptions"
_SCRIPTS = ("words.js", "engine.js", "assumptions.js")
_HEAD = '<p class="yalu-panel-title">Move the assumptions</p><div class="yalu-panel-box"></div>'


class panel(nodes.General, nodes.Element):
    """A panel; children: its head, the sentences that follow the controls, its data."""


class panel_text(nodes.General, nodes.Element):
    """The sentences and the table whose numbers follow the controls."""


def panel_nodes(
    renderer: "NbElementRenderer", text: "MimeData", data: dict[str, Any]
) -> list[nodes.Element]:
    """Return the panel: prose as published, and the data from which the page computes it."""
    content = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    script = f'<script type="application/json" class="yalu-panel-data">{content}</script>'
    words = panel_text()
    words += renderer._render_markdown_base(text, fmt="myst", inline=False)
    box = panel(ids=[ANCHOR], classes=["yalu-panel"])
    box += [nodes.raw("", _HEAD, format="html"), words, nodes.raw("", script, format="html")]
    return [box]


def _visit_panel(self: Any, node: panel) -> None:
    self.body.append(self.starttag(node, "section", **{"aria-label": "Move the assumptions"}))


def _depart_panel(self: Any, node: panel) -> None:
    self.body.append("</section>\n")


def _visit_text(self: Any, node: panel_text) -> None:
    self.body.append(self.starttag(node, "div", **{"class": "yalu-answers", "aria-live": "polite"}))


def _depart_text(self: Any, node: panel_text) -> None:
    self.body.append("</div>\n")


def add_scripts(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    """Load the scripts of the panel on the pages that have one."""
    if "yalu-panel-data" in (context.get("body") or ""):
        for name in _SCRIPTS:
            app.add_js_file(name, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the nodes, the style sheet and, on the pages that need them, the scripts."""
    app.add_node(
        panel, html=(_visit_panel, _depart_panel), epub=(_visit_panel, _depart_panel)
    )  # fmt: skip
    app.add_node(panel_text, html=(_visit_text, _depart_text), epub=(_visit_text, _depart_text))
    app.add_css_file("panel.css")
    app.connect("html-page-context", add_scripts)
