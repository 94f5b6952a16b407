"""The Sphinx extension of the book: roles, figures, style sheets and scripts."""

import os
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers.book import number_lint
from helpers.book.sphinx import (
    assets,
    border_map,
    cards,
    facts,
    figures,
    fresh,
    indexes,
    ledger_file,
    pages,
    panel,
    theme,
)
from helpers.book.sphinx.evidence_page import page as evidence_page
from helpers.book.sphinx.listings import changes, chapters, corrections, data
from helpers.book.sphinx.roles import (
    ClaimRole,
    ResultNameRole,
    ResultRole,
    SourceRole,
    StatedRole,
)


def _write_side_by_side(app: Sphinx, env: BuildEnvironment) -> None:
    """Have Sphinx write pages in several processes; it reads them in one, where all is kept."""
    app.parallel = (os.cpu_count() or 1) + 1


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.add_role("claim", ClaimRole())
    app.add_role("source", SourceRole())
    app.add_role("result", ResultRole())
    app.add_role("resultname", ResultNameRole())
    app.add_role("stated", StatedRole())
    app.connect("env-updated", _write_side_by_side)
    assets.setup(app)
    theme.setup(app)
    border_map.setup(app)
    cards.setup(app)
    figures.setup(app)
    fresh.setup(app)
    indexes.setup(app)
    ledger_file.setup(app)
    number_lint.setup(app)
    for listing in (changes, chapters, corrections, data, evidence_page):
        listing.setup(app)
    facts.setup(app)
    pages.setup(app)
    panel.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
