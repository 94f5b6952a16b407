"""Blocks: what the directives of the book's own pages share."""

from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from helpers.book.sphinx.addresses import page_uri
from helpers.book.sphinx.markup import tag
from helpers.chapter.role_text import ROLES, claim_words, source_words, stated_words
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


def prose_html(text: str, register: str) -> str:
    """Return a sidecar's line of prose as HTML, its claims and sources as links.

    `register` is the address of the evidence page. Raises YaluError for an unknown id, and
    for a result: such a line stands outside of any run.
    """
    parts = ROLES.split(text)
    html = escape(parts[0])
    for role, inner, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        html += _role_html(role, inner, register) + escape(after)
    return html


def _role_html(role: str, inner: str, register: str) -> str:
    name, _, style = inner.strip().partition(" ")
    if role == "stated":
        return escape(stated_words(inner)[0])
    if role not in ("claim", "source"):
        raise YaluError(f"{{{role}}}`{inner}`: only claims and sources can stand here")
    words = claim_words(name, style or "full") if role == "claim" else source_words(name, style)
    return tag("a", escape(words), href=f"{register}#{role}-{name}", class_=f"yalu-{role}")
