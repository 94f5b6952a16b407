"""Ledger file: every claim with its hash, published beside the pages for books made from this."""

from pathlib import Path

from sphinx.application import Sphinx

from helpers.evidence.published import PUBLISHED, ledger_json
from helpers.paths import book_root


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        path = Path(app.outdir) / PUBLISHED
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ledger_json(book_root()), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the file when the pages are built."""
    app.connect("build-finished", _write)
