"""Blocks: what the directives of the book's own pages share."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from helpers.book.sphinx.addresses import page_uri
from helpers.errors import YaluError

logger = getLogger(__name__)


class Block(SphinxDirective):
    """What the directives share: one clear warning, with page and line, for what is unknown."""

    optional_arguments = 1

    def build(self) -> list[nodes.Node]:
        """Return the nodes. Raises YaluError for an unknown name."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Return the nodes, or nothing after a warning."""
        try:
            return self.build()
        except YaluError as error:
            warn(self.name, self.argument, error, self.get_location())
            return []

    @property
    def argument(self) -> str:
        """What stands behind the directive's name, or nothing."""
        return self.arguments[0].strip() if self.arguments else ""

    def page(self, docname: str) -> str:
        """Return the address of another page from here."""
        return page_uri(self.env, docname)


def warn(name: str, argument: str, error: YaluError, location: str) -> None:
    """Say once what is wrong, with page and line."""
    message = f"{{{name}}} {argument}: {'; '.join(error.lines)}"
    logger.warning(message, location=location, type="yalu", subtype=name)


def raw_html(html: str) -> list[nodes.Node]:
    """Return HTML as nodes."""
    return [nodes.raw("", html, format="html")]
