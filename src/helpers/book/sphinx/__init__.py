"""The Sphinx extension of the book: roles, figures, style sheets and scripts."""

import os
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers.book import lint
from helpers.book.sphinx import (
    assets,
    border_map,
    cards,
    change_list,
    checks,
    codebook_list,
    contest_list,
    downloads,
    edition_list,
    error_lists,
    facts,
    feed,
    figures,
    fresh,
    indexes,
    ledger_file,
    meter,
    mind,
    model_list,
    pages,
    panel,
    parameter_list,
    register,
    sidecar_keys,
    theme,
    whole_book,
)
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
    lint.setup(app)
    meter.setup(app)
    mind.setup(app)
    register.setup(app)
    change_list.setup(app)
    checks.setup(app)
    codebook_list.setup(app)
    contest_list.setup(app)
    downloads.setup(app)
    edition_list.setup(app)
    error_lists.setup(app)
    facts.setup(app)
    feed.setup(app)
    model_list.setup(app)
    pages.setup(app)
    panel.setup(app)
    parameter_list.setup(app)
    sidecar_keys.setup(app)
    whole_book.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
