"""The search of the book: its sections as records, the entries of the register, the words.

The scripts of the search page and of the register's filter read what is written here: the words of
data/synonyms.yml, the records of the search, and the rows that the register gives out as CSV.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers.book.sphinx.evidence_page import Ledger, pages_noted, read_ledger
from helpers.book.sphinx.html import REGISTER, safe_json
from helpers.book.sphinx.site import generated_folder
from helpers.chapter.wording import period_words, quantity_words
from helpers.evidence.data_config import read_data_config
from helpers.evidence.documents import archived_address
from helpers.evidence.synonyms import synonyms
from helpers.paths import book_root

# what a section holds besides prose; outputs of cells are containers of these classes
_NO_PROSE = (
    nodes.Invisible, nodes.section, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw,
    nodes.table, nodes.title, nodes.image, nodes.system_message,
)  # fmt: skip
_CELLS = {"cell", "cell_input", "cell_output"}
# columns of the register's CSV, after its kind, id, what is measured, and words for the figure
_FIGURE = ("value", "low", "high", "qualifier", "unit", "per")
_OF_CLAIM = ("place", "population", "period_start", "period_end", "attribution", "basis")
_OF_SOURCE = ("outlet", "title", "published", "url")


# Records ------------------------------------------------------------------------------------


def prose(node: nodes.Node) -> str:
    """Return the words of a node, without code, tables, what a cell gave and sections in it."""
    if isinstance(node, nodes.Text):
        return node.astext()
    classes = node.get("classes", ()) if isinstance(node, nodes.Element) else ()
    if isinstance(node, _NO_PROSE) or _CELLS.intersection(classes):
        return ""
    between = "" if isinstance(node, nodes.TextElement) else " "
    return between.join(prose(child) for child in node.children)


def section_records(doctree: nodes.document, uri: str) -> Iterator[dict[str, str]]:
    """Yield each section of a page that holds prose of its own, with its address."""
    top = doctree.next_node(nodes.section)
    page = top.next_node(nodes.title) if top else None
    for section in doctree.findall(nodes.section):
        text = " ".join(" ".join(map(prose, section.children)).split())
        title = section.next_node(nodes.title)
        if page is None or title is None or not (text or section is top):
            continue
        address = uri if section is top else f"{uri}#{section['ids'][0]}"
        words = {"title": title.astext(), "page": page.astext(), "text": text}
        yield {"id": address, "kind": "section"} | words


def register_records(ledger: Ledger, uri: str) -> Iterator[dict[str, str]]:
    """Yield claims, statements and documents, each with its address in the register at `uri`."""
    for key, claim in ledger.claims.items():
        when = period_words(claim.period_start, claim.period_end)
        yield {
            "id": f"{uri}#claim-{key}", "kind": "claim", "title": quantity_words(claim),
            "page": f"{ledger.indicators[claim.indicator]['label']}: {claim.place}, {when}",
            "text": f"{claim.population}. {_said_by(ledger, claim.attribution, claim.source_id)}"
            f" {claim.note or ''}".strip(),
        }  # fmt: skip
    for key, said in ledger.statements.items():
        when = period_words(said["period_start"], said["period_end"])
        yield {
            "id": f"{uri}#statement-{key}", "kind": "statement", "title": said["statement"],
            "page": f"{said['place']}, {when}",
            "text": _said_by(ledger, said["attribution"], said["source_id"]),
        }  # fmt: skip
    for key, source in ledger.sources.items():
        yield {
            "id": f"{uri}#source-{key}", "kind": "document", "title": source["title"],
            "page": ledger.document(key), "text": source["note"] or "",
        }  # fmt: skip


def _said_by(ledger: Ledger, attribution: str, source_id: str) -> str:
    return f"Said by: {attribution}, in {ledger.document(source_id)}."


# Rows for the CSV of the register -----------------------------------------------------------


def register_rows(ledger: Ledger) -> dict[str, Any]:
    """Return the claims and statements as rows by the id of their entry, with the columns' names.

    Figures are those for use, as in the clean tables; licence and version are the data's.
    """
    package = read_data_config(book_root()).package
    after = [package.licenses[0]["name"], package.version]
    rows: dict[str, list[Any]] = {}
    for claim in ledger.claims.values():
        own = [getattr(claim, name) for name in (*_FIGURE, *_OF_CLAIM)]
        label = ledger.indicators[claim.indicator]["label"]
        about = ["claim", claim.claim_id, label, quantity_words(claim), *own]
        rest = [claim.status, claim.repeats, claim.note]
        source = _source(ledger, claim.source_id)
        rows[f"claim-{claim.claim_id}"] = [*about, *rest, *source, *after]
    for key, said in ledger.statements.items():
        own = [*[None] * len(_FIGURE), *(said[name] for name in _OF_CLAIM)]
        about = ["statement", key, said["topic"], said["statement"], *own]
        rows[f"statement-{key}"] = [
            *about,
            *[None] * 3,
            *_source(ledger, said["source_id"]),
            *after,
        ]
    return {
        "columns": [
            "kind", "id", "about", "words", *_FIGURE, *_OF_CLAIM, "status", "repeats", "note",
            "source_id", *_OF_SOURCE, "archived_copy", "licence", "version",
        ],
        "rows": rows,
    }  # fmt: skip


def _source(ledger: Ledger, source_id: str) -> list[Any]:
    source = ledger.sources[source_id]
    return [source_id, *(source[name] for name in _OF_SOURCE), archived_address(source)]


# The build ----------------------------------------------------------------------------------


def _begin(app: Sphinx) -> None:
    """Have Sphinx make no index, and write the words of the searches."""
    if app.builder.name != "html":
        return
    app.builder.search = False  # type: ignore[attr-defined]
    _write(app, "yalu-words.js", "yaluWords", synonyms(book_root()).model_dump())
    app.config.yalu_sections = {}


def _write(app: Sphinx, file: str, name: str, content: Any) -> None:
    """Write a script that is data, also where Sphinx has copied what pages load by now."""
    script = f"window.{name} = {safe_json(content)};\n"
    for folder in (generated_folder(app), Path(app.outdir) / "_static"):
        if folder.is_dir():
            (folder / file).write_text(script, encoding="utf-8")


def _collect(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Keep the sections of a page; a chapter and the first page count for more than the rest."""
    if app.builder.name != "html":
        return
    first = docname == app.config.root_doc or bool(app.env.toc_secnumbers.get(docname))
    found = section_records(doctree, app.builder.get_target_uri(docname))
    app.config.yalu_sections[docname] = [{**one, "factor": 1.3 if first else 1} for one in found]


def _search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write the records of the search and the rows of the register; give Sphinx the page."""
    if app.builder.name != "html":
        return
    sections = app.config.yalu_sections
    records = [one for docname in sorted(sections) for one in sections[docname]]
    if REGISTER in app.env.found_docs:
        uri, used = app.builder.get_target_uri(REGISTER), pages_noted(app.env)
        ledger = read_ledger()
        _write(app, "register-rows.js", "yaluRows", register_rows(ledger))
        for one in register_records(ledger, uri):
            key = one["id"].partition("#")[2].partition("-")[2]
            records.append(one | {"factor": 1.15 if used.get(key) else 1})
    _write(app, "search-records.js", "yaluRecords", records)
    yield "search", {}, "search.html"


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's own search."""
    app.add_config_value("yalu_sections", {}, "", dict)
    app.connect("builder-inited", _begin)
    app.connect("doctree-resolved", _collect, priority=999)
    app.connect("html-collect-pages", _search_page)
