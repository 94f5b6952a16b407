"""Figures of the book: a static picture for each width, a finding above, sources below."""

import json
import re
from typing import Any

import vl_convert
from docutils import nodes
from sphinx.application import Sphinx

from helpers.analysis.chapter import source_words
from helpers.analysis.figures import NARROW, WIDE, with_width
from helpers.book.sphinx.addresses import REGISTER, page_uri

_SHOWN_SOURCES = 6
VL_VERSION = "6.4"


class chart_figure(nodes.General, nodes.Element):
    """A numbered figure; children: chart_title, raw pictures, notes."""


class chart_title(nodes.TextElement):
    """The finding that stands above a figure."""


def picture(spec: dict[str, Any], width: int, prefix: str) -> str:
    """Return the static SVG of a specification at a width, its ids made unique."""
    bare = {key: value for key, value in spec.items() if key != "title"}
    bare = with_width(bare, width)
    if width < WIDE:
        legend = bare["config"].get("legend", {}) | {"columns": 2, "labelLimit": 150}
        bare["config"] = bare["config"] | {"legend": legend}
    svg = vl_convert.vegalite_to_svg(bare, vl_version=VL_VERSION)
    svg = re.sub(r'(id="|url\(#|href="#)((?:clip|gradient)[^")]*)', rf"\1{prefix}-\2", svg)
    return svg.replace("<svg ", '<svg focusable="false" ', 1)


def _pictures(spec: dict[str, Any], about: dict[str, Any]) -> nodes.raw:
    from html import escape

    name = about["name"]
    pictures = "".join(
        f'<div class="yalu-chart-{kind}">{picture(spec, width, f"{name}-{kind}")}</div>'
        for kind, width in (("wide", WIDE), ("narrow", NARROW))
    )
    label = escape(about["description"], quote=True)
    html = f'<div class="yalu-chart" role="img" aria-label="{label}">{pictures}</div>'
    if is_interactive(spec):
        content = json.dumps({k: v for k, v in spec.items() if k != "title"}, sort_keys=True)
        content = content.replace("</", "<\\/")
        html += f'<script type="application/json" class="yalu-spec">{content}</script>'
    return nodes.raw("", html, format="html")


def is_interactive(spec: dict[str, Any]) -> bool:
    """Return whether a specification has controls for the reader."""
    return any("bind" in parameter for parameter in spec.get("params", []))


def source_paragraph(source_ids: list[str], register: str) -> nodes.Element:
    """Return "Sources: ..." with a link to each document in the register."""
    paragraph = nodes.paragraph(classes=["yalu-sources"])
    paragraph += nodes.Text("Sources: " if len(source_ids) > 1 else "Source: ")
    for number, source_id in enumerate(source_ids[:_SHOWN_SOURCES]):
        link = nodes.reference(
            "",
            source_words(source_id),
            refuri=f"{register}#source-{source_id}",
            internal=True,
            classes=["yalu-source"],
        )
        paragraph += [nodes.Text("; "), link] if number else [link]
    rest = len(source_ids) - _SHOWN_SOURCES
    if rest > 0:
        paragraph += nodes.Text("; and ")
        paragraph += nodes.reference(
            "", f"{rest} more", refuri="#sources", internal=True, classes=["yalu-marked"]
        )
    paragraph += nodes.Text(".")
    return paragraph


def chart_nodes(
    renderer: Any, spec: dict[str, Any], about: dict[str, Any], line: int
) -> list[nodes.Element]:
    """Return the figure of one chart output."""
    env = renderer.document.settings.env
    figure = chart_figure(classes=["yalu-figure"], names=[about["name"]])
    title = chart_title()
    with renderer.current_node_context(title):
        renderer.nested_render_text(about["title"], line, inline=True)
    figure += title
    figure += _pictures(spec, about)
    if about["note"]:
        note = nodes.container(classes=["yalu-note"])
        with renderer.current_node_context(note):
            renderer.nested_render_text(about["note"], line)
        figure += note
    figure += source_paragraph(about["sources"], page_uri(env, REGISTER))
    renderer.document.note_explicit_target(figure, figure)
    return [figure]


def _visit_figure(self: Any, node: chart_figure) -> None:
    self.body.append(self.starttag(node, "figure"))


def _depart_figure(self: Any, node: chart_figure) -> None:
    self.body.append("</figure>\n")


def _visit_title(self: Any, node: chart_title) -> None:
    self.body.append("<figcaption>")
    self.add_fignumber(node.parent)


def _depart_title(self: Any, node: chart_title) -> None:
    self.body.append("</figcaption>\n")


def _title_of(figure: nodes.Node) -> str:
    return figure.next_node(chart_title).astext()  # type: ignore[union-attr]


def setup(app: Sphinx) -> None:
    """Register the nodes of figures with every builder that writes HTML."""
    app.add_enumerable_node(
        chart_figure, "figure", _title_of, html=(_visit_figure, _depart_figure),
        epub=(_visit_figure, _depart_figure),
    )  # fmt: skip
    app.add_node(
        chart_title, html=(_visit_title, _depart_title), epub=(_visit_title, _depart_title)
    )
