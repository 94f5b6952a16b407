"""The Sphinx extension of the book: roles, figures, listings and the frame of the pages."""

import os
from pathlib import Path
from typing import Any

import click
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from helpers.book import number_lint
from helpers.book.sphinx import (
    border_map,
    evidence_page,
    figures,
    fold,
    gaps,
    listings,
    outputs,
    register_filter,
    roles,
    search,
    site,
)
from helpers.book.sphinx.listings import chapters, corrections
from helpers.book.sphinx.site import metadata
from helpers.book.stage import USAGE

_NOT_STAGED = "The chapters of this book have to run before it is rendered: use yalu build"
# style sheets and scripts load in this order
_PARTS = (
    site, gaps, roles, border_map, figures, metadata, number_lint, chapters, corrections, listings,
    evidence_page, register_filter, search, outputs, fold,
)  # fmt: skip


def _leave_dollars(_app: Sphinx, config: Config) -> None:
    """Have a dollar be a dollar: no page has what draws mathematics."""
    extensions = set(config.myst_enable_extensions)
    config.myst_enable_extensions = sorted(extensions - {"dollarmath", "amsmath"})


def _write_side_by_side(app: Sphinx, env: BuildEnvironment) -> None:
    """Have Sphinx write pages in several processes; it reads them in one."""
    app.parallel = (os.cpu_count() or 1) + 1


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx; end in a line where the book is not staged."""
    if not (Path(app.srcdir) / USAGE).is_file():
        click.echo(_NOT_STAGED, err=True)
        raise SystemExit(2)
    app.connect("config-inited", _leave_dollars, priority=1)
    app.connect("env-updated", _write_side_by_side)
    for part in _PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
