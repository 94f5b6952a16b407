"""How the book renders what chapters show: prose, results and figures."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes

from helpers.book.sphinx.figures import chart_nodes
from helpers.book.sphinx.panel import panel_nodes
from helpers.chapter.figure import VEGALITE
from helpers.chapter.results import METADATA

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer


class YaluOutput:
    """Renderer of the outputs that carry our metadata; all others are left to MyST-NB."""

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
        if "panel" in about and data.mime_type == "text/markdown":
            return panel_nodes(renderer, replace(data, content=about["myst"]), about["panel"])
        if "myst" in about and data.mime_type == "text/markdown":
            return renderer._render_markdown_base(
                replace(data, content=about["myst"]), fmt="myst", inline=False
            )
        return []
