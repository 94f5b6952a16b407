"""The contents beside every page: the book's parts and pages, and the sections of this page."""

from dataclasses import dataclass

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


@dataclass(frozen=True)
class Page:
    """An entry of the contents: number (or nothing), title, address, whether it is this page."""

    number: str
    title: str
    href: str
    current: bool


@dataclass(frozen=True)
class Part:
    """A part of the book: its name and its pages."""

    caption: str
    pages: list[Page]


def _page(app: Sphinx, docname: str, at: str) -> Page:
    number = app.env.toc_secnumbers.get(docname, {}).get("") or ()
    title = app.env.titles[docname].astext()
    href = app.builder.get_relative_uri(at, docname) or "#"
    return Page(".".join(map(str, number)), title, href, docname == at)


def home(app: Sphinx, at: str) -> Page:
    """Return the entry of the first page as seen from page `at`."""
    return _page(app, app.config.root_doc, at)


def parts(app: Sphinx, at: str) -> list[Part]:
    """Return the parts of the book as seen from page `at`."""
    trees = app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
    return [
        Part(tree["caption"] or "", [_page(app, name, at) for _, name in tree["entries"]])
        for tree in trees
    ]


def page_sections(app: Sphinx, docname: str) -> list[tuple[str, str]]:
    """Return the sections of a page as (anchor, title)."""
    contents = app.env.tocs.get(docname)
    inner = contents.next_node(nodes.bullet_list) if contents is not None else None
    if inner is None:
        return []
    links = [item.next_node(nodes.reference) for item in inner.children
             if isinstance(item, nodes.list_item)]  # fmt: skip
    return [(link["anchorname"].removeprefix("#"), link.astext()) for link in links
            if link is not None and link.get("anchorname")]  # fmt: skip
