"""The Sphinx extension of the book: roles, figures, listings and the frame of the pages."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import getLogger

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

logger = getLogger(__name__)
_ALLOWED = (
    "allowed: ![words](images/NAME) or {include} images/NAME, with the file in chapters/images"
)
_SOURCE = re.compile(r"""<\w[^<>]*?\ssrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
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


def _check_files(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of files that pages show though nothing tells the build when they change."""
    own = [Path(app.srcdir).resolve(), Path(app.outdir).resolve().parent]  # what cells gave
    for docname, files in sorted(env.dependencies.items()):
        for name in sorted(map(str, files)):
            if not any(Path(app.srcdir, name).resolve().is_relative_to(one) for one in own):
                shown = Path(name).name
                logger.warning(f"found the file {shown}, outside the book; {_ALLOWED}",
                               location=docname)  # fmt: skip


def _check_html(app: Sphinx, tree: nodes.document) -> None:
    """Warn of HTML of an author that shows a file: it is not packed with the page."""
    for node in tree.findall(nodes.raw):
        if not node.get("made") and "output" not in node["classes"]:
            for name in _SOURCE.findall(node.astext()):
                if not urlsplit(name).scheme and not name.startswith("//"):
                    logger.warning(f"found HTML that shows {name[:80]}; {_ALLOWED}",
                                   location=(app.env.docname, node.line or 1))  # fmt: skip


def _write_side_by_side(app: Sphinx, env: BuildEnvironment) -> None:
    """Have Sphinx write pages in several processes; it reads them in one."""
    app.parallel = (os.cpu_count() or 1) + 1


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx; end in a line where the book is not staged."""
    if not (Path(app.srcdir) / USAGE).is_file():
        click.echo(_NOT_STAGED, err=True)
        raise SystemExit(2)
    app.connect("config-inited", _leave_dollars, priority=1)
    app.connect("doctree-read", _check_html)
    app.connect("env-check-consistency", _check_files)
    app.connect("env-updated", _write_side_by_side)
    for part in _PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
