"""Whole book: the place on a page where links to the book's PDF and EPUB will stand."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

# Replaced once the files are built, which is after the pages are: they are made from the pages.
MARK = "<!-- whole-book files -->"


class WholeBookDirective(SphinxDirective):
    """```{wholebook}```: links to the whole-book files, where they were built."""

    def run(self) -> list[nodes.Node]:
        """Return the mark."""
        return [nodes.raw("", MARK, format="html")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("wholebook", WholeBookDirective)
