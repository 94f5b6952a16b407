"""Use: which pages of the book show a claim, by title and address."""

import json
from pathlib import Path

from sphinx.environment import BuildEnvironment

from helpers.book.sphinx.addresses import page_uri
from helpers.book.sphinx.ledger import Page
from helpers.book.stage import first_heading

_NOTED = "usage.json"
_FOLDER = "chapters"


def pages_by_claim(env: BuildEnvironment) -> dict[str, list[Page]]:
    """Return for each claim that pages show their titles and addresses, in the book's order.

    Read from what the staging noted; nothing where it has not.
    """
    path = Path(env.srcdir) / _NOTED
    if not path.is_file():
        return {}
    noted: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    names = sorted({name for pages in noted.values() for name in pages})
    known = {name: _page(env, name) for name in names if f"{_FOLDER}/{name}" in env.found_docs}
    return {claim: [known[n] for n in pages if n in known] for claim, pages in noted.items()}


def _page(env: BuildEnvironment, name: str) -> Page:
    docname = f"{_FOLDER}/{name}"
    return first_heading(Path(env.doc2path(docname))) or name, page_uri(env, docname)
