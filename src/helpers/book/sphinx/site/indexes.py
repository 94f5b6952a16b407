"""Files for machines beside the pages: sitemap.xml, llms.txt and the ledger with its hashes."""

from pathlib import Path
from urllib.parse import urljoin

from sphinx.application import Sphinx

from helpers.book.sphinx.html import book_title
from helpers.book.sphinx.listings.data import data_files
from helpers.book.sphinx.site.head import description
from helpers.book.sphinx.templates import rendered
from helpers.evidence.data_config import read_data_config
from helpers.evidence.published import PUBLISHED, ledger_json
from helpers.paths import book_root

SITEMAP, LLMS = "sitemap.xml", "llms.txt"


def _pages(app: Sphinx) -> list[str]:
    """Return the pages in the order of the contents, the first page first."""
    first = app.config.root_doc
    order = list(app.env.toctree_includes.get(first, ()))
    return [first, *order, *sorted(app.env.found_docs - {first, *order})]


def sitemap(app: Sphinx, base: str) -> str:
    """Return the sitemap of a book that is published at `base`, which ends with a slash."""
    addresses = [urljoin(base, app.builder.get_target_uri(name)) for name in _pages(app)]
    return rendered("sitemap.xml", addresses=addresses) + "\n"


def llms(app: Sphinx, base: str) -> str:
    """Return the pages and data of the book in Markdown, after the form of llmstxt.org."""
    root = book_root()
    lines = [
        f"# {book_title(app.config)}", "", f"> {read_data_config(root).package.description}", "",
        "Figures that disagree stand side by side; quote a figure with its claim and its "
        "document.", "", "## Pages", "",
    ]  # fmt: skip
    for name in _pages(app):
        words = description(app.env.get_doctree(name), findings=False)
        title, uri = app.env.titles[name].astext(), app.builder.get_target_uri(name)
        lines.append(f"- [{title}]({base}{uri})" + (f": {words}" if words else ""))
    files = [PUBLISHED, *(f"_static/{path.relative_to(root)}" for path in data_files(root))]
    lines += ["", "## Data", "", *(f"- [{Path(file).name}]({base}{file})" for file in files)]
    return "\n".join(lines) + "\n"


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    base = str(app.config.html_baseurl or "").rstrip("/")
    base += "/" if base else ""
    files = {LLMS: llms(app, base), PUBLISHED: ledger_json(book_root())}
    if base:
        files[SITEMAP] = sitemap(app, base)
    for name, text in files.items():
        path = Path(app.outdir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the files when the pages are built."""
    app.connect("build-finished", _write)
