"""Listings: directives that print data, code and sidecars, each by a template."""

from collections.abc import Callable
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from helpers.book.sphinx.html import REGISTER, page_uri, raw_html, warn
from helpers.book.sphinx.templates import MYST, rendered
from helpers.errors import YaluError

Data = Callable[[BuildEnvironment, str], dict[str, Any]]


def add_listing(app: Sphinx, name: str, template: str, data: Data) -> None:
    """Register the directive {name}: `template` filled with what `data` returns.

    `data` takes the environment of Sphinx and the argument of the directive, and may raise
    YaluError, which becomes a warning with page and line. Templates know `evidence_page`, the
    address of that page, besides. What a template of MyST gives is parsed as part of the page.
    """

    class Listing(SphinxDirective):
        optional_arguments = 1

        def run(self) -> list[nodes.Node]:
            argument = self.arguments[0].strip() if self.arguments else ""
            try:
                values = data(self.env, argument)
                register = page_uri(self.env, REGISTER)
                text = rendered(template, evidence_page=register, **values)
            except YaluError as error:
                warn(name, argument, error, self.get_location())
                return []
            if not template.endswith(MYST):
                return [raw_html(text)]
            holder = nodes.container()
            self.state.nested_parse(StringList(text.splitlines()), self.content_offset, holder)
            return holder.children

    app.add_directive(name, Listing)
