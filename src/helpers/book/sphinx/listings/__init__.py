"""Listings: directives that print data, code and sidecars, each by a template."""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers.book.sphinx.html import REGISTER, Block, raw_html
from helpers.book.sphinx.templates import MYST, rendered

Data = Callable[[BuildEnvironment, str], dict[str, Any]]


def add_listing(app: Sphinx, name: str, template: str, data: Data) -> None:
    """Register the directive {name}: `template` filled with what `data` returns.

    `data` takes the environment of Sphinx and the argument of the directive, and may raise
    YaluError, which becomes a warning with page and line. Templates know `evidence_page`, the
    address of that page, besides. What a template of MyST gives is parsed as part of the page.
    """

    class Listing(Block):
        def build(self) -> list[nodes.Node]:
            values = data(self.env, self.argument)
            text = rendered(template, evidence_page=self.page(REGISTER), **values)
            if not template.endswith(MYST):
                return raw_html(text)
            holder = nodes.container()
            self.state.nested_parse(StringList(text.splitlines()), self.content_offset, holder)
            return holder.children

    app.add_directive(name, Listing)
