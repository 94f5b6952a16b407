"""The directive {bordermap}: the map of the border region, with what it shows in words."""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers.book.sphinx.addresses import REGISTER, page_uri
from helpers.book.sphinx.blocks import Block
from helpers.chapter import border_map
from helpers.chapter.border_map import Town

_CREDIT = (
    " No claim is about the town with an empty ring. A claim about a crossing counts for "
    "the town on each bank; claims that repeat another, and claims about no town, are left out. "
    "Outlines: Natural Earth, public domain; positions: the ledger and GeoNames, CC BY 4.0."
)


class map_figure(nodes.General, nodes.Element):
    """The figure of the map; children: map_title, raw pictures, a note."""


class map_title(nodes.TextElement):
    """What the map shows, above it."""


def _pictures(towns: list[Town]) -> nodes.raw:
    drawn = "".join(
        f'<div class="yalu-map-{kind}">{border_map.picture(view, towns)}</div>'
        for kind, view in border_map.the_map().views.items()
    )
    label = escape(border_map.description(towns))
    html = f'<div class="yalu-chart yalu-map" role="img" aria-label="{label}">{drawn}</div>'
    return nodes.raw("", html, format="html")


def _count(number: int, uri: str) -> nodes.reference:
    return nodes.reference("", f"{number:,}", refuri=uri, internal=True, classes=["yalu-fact"])


class BorderMapDirective(Block):
    """```{bordermap}```: the map."""

    def build(self) -> list[nodes.Node]:
        """Return the figure."""
        register = page_uri(self.env, REGISTER)
        towns = border_map.towns()
        near = border_map.the_map().near
        first, total = towns[0], border_map.claims_about(towns)
        lead = "Most claims" if first.claims * 2 > total else "More claims than about any other"
        title = map_title("", f"{lead} about a town {near} are about {first.name}: ")
        title += _count(first.claims, f"{register}#?place={first.name}")
        title += [nodes.Text(" of "), _count(total, register)]
        note = nodes.paragraph("", "", classes=["yalu-sources"])
        note += nodes.Text("Claims in ")
        note += nodes.reference("", "the register", refuri=register, internal=True)
        note += nodes.Text(f", counted by town.{_CREDIT}")
        return [map_figure("", title, _pictures(towns), note, ids=["border-map"])]


def _open(name: str) -> Any:
    def visit(self: Any, node: nodes.Element) -> None:
        css = "yalu-figure yalu-map-figure" if name == "figure" else ""
        self.body.append(self.starttag(node, name, "", CLASS=css))

    return visit


def _close(name: str) -> Any:
    def depart(self: Any, _node: nodes.Element) -> None:
        self.body.append(f"</{name}>\n")

    return depart


def setup(app: Sphinx) -> None:
    """Register the directive and its nodes."""
    app.add_directive("bordermap", BorderMapDirective)
    for node, name in ((map_figure, "figure"), (map_title, "figcaption")):
        pair = (_open(name), _close(name))
        app.add_node(node, html=pair, epub=pair)
