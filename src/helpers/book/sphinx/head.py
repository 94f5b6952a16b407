"""What the head of a page tells search engines and those to whom the page is sent."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from helpers.book.sphinx.cite import citation, schema
from helpers.book.sphinx.launch import launch_links
from helpers.book.sphinx.social import HEIGHT, WIDTH, social_picture

FINDINGS = "what-we-found"
_LENGTH = 220
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\s*')


def shortened(text: str, length: int = _LENGTH) -> str:
    """Return the text on one line, cut after a word, with a mark, where it is too long."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: length + 1].rsplit(" ", 1)[0].rstrip(",;:–") + " …"


def description(doctree: nodes.document | None, findings: bool = True) -> str:
    """Return what a page says in short: its first finding, or else its first paragraph."""
    if doctree is None:
        return ""
    found = [s for s in doctree.findall(nodes.section) if findings and FINDINGS in s["ids"]]
    finding = next((i for s in found for i in s.findall(nodes.list_item)), None)
    first = finding or doctree.next_node(nodes.paragraph)
    return shortened(first.astext()) if first is not None else ""


def _names(app: Sphinx, pagename: str) -> tuple[str, str]:
    book = str(app.config.html_title or app.config.project)
    titles = app.env.titles
    return book, titles[pagename].astext() if pagename in titles else "Search"


def head(
    app: Sphinx, pagename: str, context: dict[str, Any], doctree: nodes.document | None
) -> dict[str, Any]:
    """Return what the template shows of a page: title, description, metadata, citation, links."""
    book, name = _names(app, pagename)
    first = pagename == app.config.root_doc
    words = description(doctree, findings=not first) or f"{name}: {book}"
    base = str(app.config.html_baseurl or "")
    address = _address(base, app, pagename) if base else ""
    graph = [
        ("og:site_name", book),
        ("og:type", "website" if first else "article"),
        ("og:locale", "en_GB"),
        ("og:title", name),
        ("og:description", words),
        *([("og:url", address)] if base else []),
        *_picture(app, pagename, context, name, words),
    ]
    tags = _VIEWPORT.sub("", str(context.get("metatags") or "")).strip()
    cited = citation(app, pagename, name, address)
    return {
        "cite": cited.words,
        "core": cited.dublin_core(),
        "schema": schema(app, pagename, cited, words) if pagename in app.env.titles else "",
        "launch": launch_links(app, pagename) if pagename in app.env.titles else [],
        "title": book if name == book else f"{name} · {book}",
        "description": words,
        "graph": graph,
        "tags": tags,
        "address": address,
    }


def _address(base: str, app: Sphinx, pagename: str) -> str:
    """Return the full address of a page under the book's base address."""
    return urljoin(f"{base.rstrip('/')}/", app.builder.get_target_uri(pagename))


def _picture(
    app: Sphinx, pagename: str, context: dict[str, Any], name: str, words: str
) -> list[tuple[str, str]]:
    """Write the picture of a page for links to it; return its properties."""
    if pagename not in app.env.titles:
        return []
    book, base = _names(app, pagename)[0], str(app.config.html_baseurl or "")
    path = f"_static/social/{pagename.rpartition('/')[2]}.png"
    target = Path(app.outdir) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(social_picture(book, name, words))
    address = urljoin(f"{base.rstrip('/')}/", path) if base else context["pathto"](path, 1)
    return [
        ("og:image", address), ("og:image:width", str(WIDTH)), ("og:image:height", str(HEIGHT)),
        ("og:image:alt", f"{book}: {name}. {words}"),
    ]  # fmt: skip
