"""How the book renders what chapters show: prose, numbered figures, the panel of assumptions.

A figure has a picture for each width, a finding above, sources and files below.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import nbformat
from docutils import nodes
from markupsafe import Markup, escape
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers import evidence
from helpers.book.sphinx import figures
from helpers.book.sphinx.figures import KINDS, SHOWN_SOURCES
from helpers.book.sphinx.figures.data import Column, Part, tables
from helpers.book.sphinx.figures.provenance import ROW, Origin, Provenance, provenance
from helpers.book.sphinx.figures.svg import WIDTHS, picture
from helpers.book.sphinx.gaps import line, part_of
from helpers.book.sphinx.html import (
    REGISTER,
    book_title,
    element,
    json_script,
    number_of,
    page_uri,
    raw_html,
    rendered,
    static_uri,
    tag,
    warn,
)
from helpers.chapter.figure import IDS, VEGALITE
from helpers.chapter.running import METADATA
from helpers.chapter.wording import source_words
from helpers.errors import YaluError
from helpers.evidence.documents import copy_words

if TYPE_CHECKING:
    from myst_nb.core.render import MimeData, NbElementRenderer

UNSCRIPTED = "To move the assumptions, this page needs scripts. The answers are the published ones."
# the first scenario of a panel, and how many of its controls are not folded: see assumptions.js
AS_PUBLISHED, FIRST = "As published", 4
ALTERED = "Drawn under the reader’s assumptions, not the published ones."
# Longer tables are summed up in a sentence: the file has them.
LONGEST = 60
# More links than this to a row are left to the file.
_MOST_LINKS = 4
# A column with a cell of more letters than this is of notes, which the file has.
_WORDY = 90


class chart_figure(nodes.General, nodes.Element):
    """A numbered figure; children: chart_title, raw pictures, notes."""


class borrowed_figure(chart_figure):
    """A figure of a chapter on another page, without number, files and data of its own."""


class chart_title(nodes.TextElement):
    """The finding above a figure."""


class figure_extras(nodes.General, nodes.Element):
    """What is under a figure on the site only: its files and its data, as HTML."""


def _document_words(source_id: str) -> str:
    copy = copy_words(evidence.source(source_id))
    return ", ".join(filter(None, [source_words(source_id), copy]))


def source_paragraph(source_ids: list[str], register: str, chapter: str = "") -> nodes.Element:
    """Return "Sources: ..." with a link to each document in the register.

    `chapter` is the page whose list has them all, "" where that is this page.
    """
    links = [
        (_document_words(source_id), f"{register}#source-{source_id}", "yalu-source")
        for source_id in source_ids[:SHOWN_SOURCES]
    ]
    if (rest := len(source_ids) - SHOWN_SOURCES) > 0:
        links.append((f"{rest} more", f"{chapter}#documents", "yalu-marked"))
    paragraph = nodes.paragraph(classes=["yalu-sources"])
    paragraph += nodes.Text("Sources: " if len(source_ids) > 1 else "Source: ")
    for number, (words, uri, css) in enumerate(links):
        if number:
            paragraph += nodes.Text("; and " if css == "yalu-marked" else "; ")
        paragraph += nodes.reference("", words, refuri=uri, internal=True, classes=[css])
    paragraph += nodes.Text(".")
    return paragraph


def _pictures(
    spec: dict[str, Any], about: dict[str, Any], prefix: str, finding: nodes.Element
) -> nodes.Element:
    """Return the pictures of a figure, for wide and narrow pages; `prefix` begins their ids.

    Who cannot see them is told the finding and then the form.
    """
    shown = {kind: Markup(picture(spec, kind, f"{prefix}-{kind}")) for kind in WIDTHS}
    words = f"{finding.astext().rstrip('.')}. {about['description']}"
    html = rendered("pictures.html.j2", description=words, pictures=shown)
    return raw_html(html)


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
    figure += _pictures(spec, about, name, title)
    if about["follows"]:
        figure += figure_extras(html=tag("p", ALTERED, class_="yalu-altered yalu-screen"))
    if about["note"]:
        note = nodes.container(classes=["yalu-note"])
        with renderer.current_node_context(note):
            renderer.nested_render_text(about["note"], line)
        figure += note
    figure += source_paragraph(about["sources"], page_uri(env, REGISTER))
    renderer.document.note_explicit_target(figure, figure)
    parts = tables(spec)
    folder, book = figures.files_folder(env), book_title(env.config)
    figures.note_files(env, figures.write_files(folder, spec, about, parts, book))
    uris = {kind: static_uri(env.docname, f"{figures.FOLDER}/{name}.{kind}") for kind in KINDS}
    links = rendered("figure_files.html", uris=uris, kinds=KINDS, anchor=figure["ids"][0])
    origins, register = provenance(spec, about, book), page_uri(env, REGISTER)
    data = data_details(parts, uris["csv"], origins, register, bool(about["follows"]))
    figure += figure_extras(html=links + data)
    return [figure]


class FigureFrom(SphinxDirective):
    """```{figure-from} story timeline```: a figure of a chapter, shown on another page.

    It has the finding, the pictures and a link to the figure in its chapter, where its number, its
    notes, its sources and its files are.
    """

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Return the figure, or nothing and a warning where the chapter does not show it."""
        chapter, wanted = self.arguments
        path = Path(self.env.srcdir) / "chapters" / f"{chapter}.ipynb"
        self.env.note_dependency(str(path))
        try:
            spec, about = _shown_by(path, f"{chapter}-{wanted}")
        except YaluError as error:
            if part := part_of(self.env):
                return [line(part, "No figure")]
            warn("figure-from", " ".join(self.arguments), error, self.get_location())
            return []
        figure = borrowed_figure(classes=["yalu-figure"])
        # a result without its chapter is one of the page that names it
        finding = re.sub(r"(\{result\}`)([^`:]+`)", rf"\g<1>{chapter}:\2", about["title"])
        title = chart_title("", "", *self.state.inline_text(finding, self.lineno)[0])
        figure += title
        page = self.env.docname.replace("/", "-")
        figure += _pictures(spec, about, f"{page}-{about['name']}", title)
        home = page_uri(self.env, f"chapters/{chapter}")
        anchor = f"{home}#{nodes.make_id(about['name'])}"
        words = f"the figure in “{about['plain']['chapter']}”"
        papers = nodes.paragraph("", "Sources, notes and data: ", classes=["yalu-sources"])
        papers += nodes.reference("", words, refuri=anchor, internal=True, classes=["yalu-name"])
        figure += papers
        return [figure]


def _shown_by(path: Path, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the specification of a figure in an executed notebook, and what it is about."""
    if not path.exists():
        raise YaluError(f"no chapter {path.stem}")
    shown = list(figures.notebook_figures(nbformat.read(path, as_version=4)))
    for spec, about in shown:
        if about["name"] == name:
            return spec, about
    names = ", ".join(about["name"].removeprefix(f"{path.stem}-") for _, about in shown)
    raise YaluError(f"chapter {path.stem} shows no such figure; there are {names or 'none'}")


# Data of a figure ---------------------------------------------------------------------------


def data_details(
    parts: list[Part], csv_uri: str, origins: Provenance, register: str, follows: bool = False
) -> Markup:
    """Return the data of a figure, folded: a table for each panel, or what they come to.

    Rows with ids of their own end in links to the `register`. A figure that `follows` the
    reader's assumptions says that the published rows stand here.
    """
    long = sum(len(part.rows) for part in parts) > LONGEST
    return rendered(
        "figure_data.html", csv_uri=csv_uri, follows=follows,
        summed=[_summed(part) for part in parts] if long else [],
        tables=[] if long else [_table(part, origins, register) for part in parts],
    )  # fmt: skip


def _summed(part: Part) -> str:
    """Return what a long table holds: its rows, and from where to where each column runs."""
    told = []
    for number, column in ((n, part.columns[n]) for n in part.own):
        cells = [row[number] for row in part.rows if row[number]]
        if column.kind != "text":
            ends = sorted(cells, key=float if column.kind == "number" else str)
            first, last = _shown(column, ends[0]), _shown(column, ends[-1])
            told.append(f"{column.name} from {first} to {last}")
        elif len(kinds := dict.fromkeys(cells)) <= 6:
            told.append(f"{column.name}: {', '.join(kinds)}")
    return f"{part.title}: {number_of(len(part.rows), 'row')}. {'; '.join(told)}."


def _table(part: Part, origins: Provenance, register: str) -> dict[str, Any]:
    """Return the title, the heads and the rows of a table, without columns of notes.

    Where rows have ids, links to these take the place of the outlet.
    """
    found = [origins.origin(*(part.cell(row, name) for name in IDS)) for row in part.rows]
    linked = any(origin.of == ROW for origin in found)
    brief = [n for n in part.own if all(len(row[n]) <= _WORDY for row in part.rows)]
    brief = [n for n in brief if not (linked and part.columns[n].name == "outlet")]
    heads = [part.columns[n].name for n in brief] + ["claim or document"] * linked
    rows: list[list[str | Markup]] = [
        [_shown(part.columns[n], row[n]) for n in brief] for row in part.rows
    ]
    if linked:
        for row, origin in zip(rows, found, strict=True):
            row.append(_links(origin, origins, register))
    return {"title": part.title, "heads": heads, "rows": rows}


def _links(origin: Origin, origins: Provenance, register: str) -> Markup:
    """Return links to the claims of a row, or its documents, each named after its outlet."""
    if origin.of != ROW:
        return Markup()
    named = [(f"claim-{claim}", origins.documents[claim]) for claim in origin.claims]
    named = named or [(f"source-{source}", source) for source in origin.sources]
    links = [
        tag("a", escape(origins.outlets[source]), href=f"{register}#{anchor}")
        for anchor, source in named[:_MOST_LINKS]
    ]
    rest = len(named) - _MOST_LINKS
    return Markup("; ".join(links + [f"{rest} more in the CSV file"] * (rest > 0)))


def _shown(column: Column, cell: str) -> str:
    """Return a cell as a reader likes it: numbers with commas, and no more digits than help."""
    if column.kind != "number" or not cell:
        return cell
    number = float(cell)
    if abs(number) < 10:
        return f"{number:.4g}"
    return f"{number:,.2f}".rstrip("0").rstrip(".")


# Nodes --------------------------------------------------------------------------------------


def _visit_figure(self: Any, node: chart_figure) -> None:
    live = self.builder.name == "html" and not isinstance(node, borrowed_figure)
    chart = {"data-chart": node["chart"]} if live else {}
    follows = {"data-follows": node["follows"]} if live and node["follows"] else {}
    self.body.append(self.starttag(node, "figure", **chart, **follows))


def _visit_extras(self: Any, node: figure_extras) -> None:
    if self.builder.name == "html":
        self.body.append(node["html"])
    raise nodes.SkipNode


def _visit_title(self: Any, node: chart_title) -> None:
    self.body.append("<figcaption>")
    if not isinstance(node.parent, borrowed_figure):
        self.add_fignumber(node.parent)


# Outputs ------------------------------------------------------------------------------------


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
            if "panel" in about:
                return _panel(prose, about["panel"])
            return prose
        return []


class panel(nodes.General, nodes.Element):
    """A panel; children: its head, the sentences that follow the controls, its data."""


class panel_text(nodes.General, nodes.Element):
    """The answers, whose numbers follow the controls."""


def _panel(answers: list[nodes.Element], data: dict[str, Any]) -> list[nodes.Element]:
    """Return the panel: answers as published, and the data from which the page computes them."""
    head = tag("p", "Move the assumptions", class_="yalu-panel-title yalu-screen")
    head += tag("noscript", tag("p", UNSCRIPTED, class_="yalu-screen"))
    head += tag("p", "The answers as published", class_="yalu-panel-title yalu-paper")
    titles = [AS_PUBLISHED, *(scenario["title"] for scenario in data["scenarios"])]
    room = rendered(
        "panel_room.html.j2", titles=titles, names=data["order"], controls=data["controls"],
        values=data["values"], first=FIRST,
    )  # fmt: skip
    head += str(room)  # plain text: what is added to Markup is escaped
    script = json_script(data, class_="yalu-panel-data")
    parts = [raw_html(head), panel_text("", *answers), raw_html(script)]
    return [panel("", *parts, ids=["assumptions"], classes=["yalu-panel"])]


def setup(app: Sphinx) -> None:
    """Register the nodes of figures and panels, and the style sheet of panels."""
    figure, title = (_visit_figure, element("figure")[1]), (_visit_title, element("figcaption")[1])
    app.add_enumerable_node(
        chart_figure, "figure", lambda node: node.children[0].astext(), html=figure, epub=figure
    )
    app.add_node(borrowed_figure, html=figure, epub=figure)
    app.add_node(chart_title, html=title, epub=title)
    app.add_node(figure_extras, html=(_visit_extras, None), epub=(_visit_extras, None))
    section = element("section", **{"aria-label": "Assumptions and answers"})
    answers = element("div", CLASS="yalu-answers")
    app.add_node(panel, html=section, epub=section)
    app.add_node(panel_text, html=answers, epub=answers)
    app.add_css_file("panel.css")
    app.add_directive("figure-from", FigureFrom)
