"""How the book renders what chapters show: prose, figures, and the panel of assumptions."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx

from helpers.book.sphinx.figures import chart_nodes
from helpers.book.sphinx.html import element, json_script, raw_html, tag
from helpers.chapter.figure import VEGALITE
from helpers.chapter.running import METADATA

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer

_SCRIPTS = ("engine.js", "assumptions.js")


class YaluOutput:
    """Renderer of the outputs that carry our metadata; all others are left to MyST-NB.

    A figure's specification goes before a picture of it in the same output, which only
    other readers of the notebook need.
    """

    mime_priority_overrides: ClassVar[list[tuple[str, str, int | None]]] = [("*", VEGALITE, 1)]

    @staticmethod
    def handle_mime(
        renderer: "NbElementRenderer", data: "MimeData", inline: bool
    ) -> list[nodes.Element] | None:
        """Return the nodes of one output, or None where it is not ours."""
        about = data.output_metadata.get(METADATA)
        if about is None or inline:
            return None
        if "figure" in about and data.mime_type == VEGALITE:
            return chart_nodes(renderer.renderer, data.content, about["figure"], data.line or 0)
        if "myst" in about and data.mime_type == "text/markdown":
            text = replace(data, content=about["myst"])
            prose = renderer._render_markdown_base(text, fmt="myst", inline=False)
            return _panel(prose, about["panel"]) if "panel" in about else prose
        return []


class panel(nodes.General, nodes.Element):
    """A panel; children: its head, the sentences that follow the controls, its data."""


class panel_text(nodes.General, nodes.Element):
    """The sentences and the table whose numbers follow the controls."""


def _panel(prose: list[nodes.Element], data: dict[str, Any]) -> list[nodes.Element]:
    """Return the panel: prose as published, and the data from which the page computes it."""
    head = tag("p", "Move the assumptions", class_="yalu-panel-title")
    head += tag("div", "", class_="yalu-panel-box")
    script = json_script(data, class_="yalu-panel-data")
    parts = [raw_html(head), panel_text("", *prose), raw_html(script)]
    return [panel("", *parts, ids=["assumptions"], classes=["yalu-panel"])]


def _add_scripts(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    """Load the scripts of the panel on the pages that have one."""
    if "yalu-panel-data" in (context.get("body") or ""):
        for name in _SCRIPTS:
            app.add_js_file(name, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the nodes, the style sheet and, on the pages that need them, the scripts."""
    section = element("section", **{"aria-label": "Move the assumptions"})
    answers = element("div", CLASS="yalu-answers", **{"aria-live": "polite"})
    app.add_node(panel, html=section, epub=section)
    app.add_node(panel_text, html=answers, epub=answers)
    app.add_css_file("panel.css")
    app.connect("html-page-context", _add_scripts)
