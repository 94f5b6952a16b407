"""The directive {meter}: what all pages of the book rest on."""

import json
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers.chapter.meter import measure, meter_markdown


def _used(srcdir: Path) -> tuple[list[str], list[str]]:
    """Return the claims that pages use and the documents that chapters cite."""
    claims = json.loads((srcdir / "usage.json").read_text(encoding="utf-8"))
    sources: set[str] = set()
    for path in (srcdir / "results").glob("*.json"):
        sources.update(json.loads(path.read_text(encoding="utf-8"))["used"]["sources"])
    return sorted(claims), sorted(sources)


class MeterDirective(SphinxDirective):
    """Print the evidence meter of the whole book as a table."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        text = meter_markdown(measure(*_used(Path(self.env.srcdir))))
        text = text.replace("of this page", "of this book")
        holder = nodes.container(classes=["yalu-meter"])
        self.state.nested_parse(StringList(text.splitlines()), self.content_offset, holder)
        return [holder]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("meter", MeterDirective)
