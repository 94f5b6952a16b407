"""Indexes: what tells machines which pages and files the book has: sitemap.xml and llms.txt."""

from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx

from helpers.book.sphinx.downloads import data_files
from helpers.book.sphinx.head import description
from helpers.evidence.data_config import read_plan
from helpers.evidence.published import PUBLISHED
from helpers.paths import book_root

SITEMAP, LLMS = "sitemap.xml", "llms.txt"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def pages(app: Sphinx) -> list[str]:
    """Return the pages in the order of the contents, the first page first."""
    first = app.config.root_doc
    order = list(app.env.toctree_includes.get(first, ()))
    return [first, *order, *sorted(app.env.found_docs - {first, *order})]


def sitemap(app: Sphinx, base: str) -> str:
    """Return the sitemap of a book that is published at `base`."""
    ElementTree.register_namespace("", _NAMESPACE)
    root = ElementTree.Element(f"{{{_NAMESPACE}}}urlset")
    for name in pages(app):
        url = ElementTree.SubElement(root, f"{{{_NAMESPACE}}}url")
        place = ElementTree.SubElement(url, f"{{{_NAMESPACE}}}loc")
        place.text = urljoin(f"{base.rstrip('/')}/", app.builder.get_target_uri(name))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def llms(app: Sphinx, base: str) -> str:
    """Return the pages and data of the book in Markdown, after the form of llmstxt.org."""
    package = read_plan(book_root()).package
    start = f"{base.rstrip('/')}/" if base else ""
    lines = [f"# {app.config.html_title or app.config.project}", "", f"> {package.description}", ""]
    lines += ["Figures that disagree stand side by side; quote a figure with its claim and its "
              "document.", "", "## Pages", ""]  # fmt: skip
    for name in pages(app):
        title, told = app.env.titles[name].astext(), _told(app, name)
        lines.append(f"- [{title}]({start}{app.builder.get_target_uri(name)})" + told)
    files = [PUBLISHED, *(f"_static/{p.relative_to(book_root())}" for p in data_files(book_root()))]
    lines += ["", "## Data", "", *(f"- [{Path(f).name}]({start}{f})" for f in files)]
    return "\n".join(lines) + "\n"


def _told(app: Sphinx, name: str) -> str:
    doctree: nodes.document = app.env.get_doctree(name)
    words = description(doctree, findings=False)
    return f": {words}" if words else ""


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    base = str(app.config.html_baseurl or "")
    files = {LLMS: llms(app, base)} | ({SITEMAP: sitemap(app, base)} if base else {})
    for name, text in files.items():
        (Path(app.outdir) / name).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the files when the pages are built."""
    app.connect("build-finished", _write)
