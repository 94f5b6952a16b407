"""Figures of the book: a picture for each width, a finding above, sources and files below."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers.book.sphinx import figure_files
from helpers.book.sphinx.addresses import REGISTER, page_uri
from helpers.book.sphinx.figure_data import tables
from helpers.book.sphinx.figure_files import KINDS, SHOWN_SOURCES, file_uri, files_folder
from helpers.book.sphinx.figure_table import data_details
from helpers.book.sphinx.fresh import note_made
from helpers.book.sphinx.markup import tag
from helpers.book.sphinx.pictures import WIDTHS, picture
from helpers.chapter.role_text import source_words

ALTERED = "Drawn under the reader’s assumptions, not the book’s; the title is the book’s."


class chart_figure(nodes.General, nodes.Element):
    """A numbered figure; children: chart_title, raw pictures, notes."""


class chart_title(nodes.TextElement):
    """The finding that stands above a figure."""


class figure_extras(nodes.General, nodes.Element):
    """What stands under a figure on the site only: its files and its data, as HTML."""


def pictures(spec: dict[str, Any], name: str, description: str) -> str:
    """Return the pictures of a chart, of which a page shows the one that fits its width."""
    drawn = "".join(
        tag("div", picture(spec, kind, f"{name}-{kind}"), class_=f"yalu-chart-{kind}")
        for kind in WIDTHS
    )
    return tag("div", drawn, class_="yalu-chart", role="img", aria_label=description)


def source_paragraph(source_ids: list[str], register: str) -> nodes.Element:
    """Return "Sources: ..." with a link to each document in the register."""
    paragraph = nodes.paragraph(classes=["yalu-sources"])
    paragraph += nodes.Text("Sources: " if len(source_ids) > 1 else "Source: ")
    for number, source_id in enumerate(source_ids[:SHOWN_SOURCES]):
        link = nodes.reference(
            "",
            source_words(source_id),
            refuri=f"{register}#source-{source_id}",
            internal=True,
            classes=["yalu-source"],
        )
        paragraph += [nodes.Text("; "), link] if number else [link]
    rest = len(source_ids) - SHOWN_SOURCES
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
    """Return the figure of one chart output, and write its files."""
    env, name = renderer.document.settings.env, about["name"]
    figure = chart_figure(classes=["yalu-figure"], names=[name])
    figure["chart"], figure["follows"] = name, " ".join(about["follows"])
    title = chart_title()
    with renderer.current_node_context(title):
        renderer.nested_render_text(about["title"], line, inline=True)
    figure += title
    figure += nodes.raw("", pictures(spec, name, about["description"]), format="html")
    if about["follows"]:
        figure += figure_extras(html=tag("p", ALTERED, class_="yalu-altered yalu-screen"))
    if about["note"]:
        note = nodes.container(classes=["yalu-note"])
        with renderer.current_node_context(note):
            renderer.nested_render_text(about["note"], line)
        figure += note
    figure += source_paragraph(about["sources"], page_uri(env, REGISTER))
    renderer.document.note_explicit_target(figure, figure)
    figure += _extras(env, spec, about, figure["ids"][0])
    return [figure]


def _extras(env: Any, spec: dict[str, Any], about: dict[str, Any], anchor: str) -> figure_extras:
    """Write the files of a figure and return the links to them and its data."""
    parts = tables(spec)
    book = str(env.config.html_title)
    for path in figure_files.write_files(files_folder(env), spec, about, parts, book):
        note_made(env, env.docname, path)
    data = data_details(parts, file_uri(env.docname, about["name"], "csv"))
    return figure_extras(html=files_row(env.docname, about["name"], anchor) + data)


def files_row(docname: str, name: str, anchor: str) -> str:
    """Return the links to the files of a figure, and the button that copies its address."""
    links = [
        tag("a", words, href=file_uri(docname, name, kind), download="", data_file=kind)
        for kind, words in KINDS.items()
    ]
    copy = tag(
        "button", "Copy link to this figure", type="button", class_="yalu-copy",
        data_anchor=anchor, hidden="",
    )  # fmt: skip
    items = "".join(tag("li", item) for item in (*links, copy))
    label = "This figure to take away"
    return tag("ul", items, class_="yalu-files", aria_label=label)


def _visit_figure(self: Any, node: chart_figure) -> None:
    chart = {"data-chart": node["chart"]} if self.builder.name == "html" else {}
    follows = {"data-follows": node["follows"]} if node["follows"] and chart else {}
    self.body.append(self.starttag(node, "figure", **chart, **follows))


def _depart_figure(self: Any, node: chart_figure) -> None:
    self.body.append("</figure>\n")


def _visit_extras(self: Any, node: figure_extras) -> None:
    if self.builder.name == "html":
        self.body.append(node["html"])
    raise nodes.SkipNode


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
    app.add_node(figure_extras, html=(_visit_extras, None), epub=(_visit_extras, None))
    figure_files.setup(app)
