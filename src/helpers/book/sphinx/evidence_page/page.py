"""The directives {register} and {contests}: sections of the evidence page."""

from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers.book.sphinx.evidence_page.claims import filter_html, sources_html, theme_html
from helpers.book.sphinx.evidence_page.contested import contests_html
from helpers.book.sphinx.evidence_page.ledger import pages_by_claim, read_ledger
from helpers.book.sphinx.html import page_uri, raw_html

_CORRECTIONS = "chapters/corrections"


def _section(directive: SphinxDirective, key: str, title: str, html: Markup) -> nodes.section:
    """Return a section: the content of the directive, where it has any, then the HTML."""
    section = nodes.section("", nodes.title("", title), ids=[key], names=[key])
    directive.state.nested_parse(directive.content, directive.content_offset, section)
    section += raw_html(html)
    directive.state.document.note_explicit_target(section, section)
    return section


class RegisterDirective(SphinxDirective):
    """```{register}```: the filter bar, a section for each theme, and the documents."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        known = _CORRECTIONS in self.env.found_docs
        corrections = page_uri(self.env, _CORRECTIONS) if known else ""
        ledger = read_ledger(corrections, pages_by_claim(self.env))
        themes = [
            _section(self, f"theme-{theme}", title, theme_html(theme, ledger))
            for theme, title in ledger.themes.items()
        ]
        documents = _section(self, "documents", "The documents", sources_html(ledger))
        return [raw_html(filter_html(ledger)), *themes, documents]


class ContestsDirective(SphinxDirective):
    """```{contests} Title```: a section of contested facts; the content says what they are.

    Its links lead to entries of {register}, which must be on the same page.
    """

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the section: its words, then the folded contests."""
        return [_section(self, "contested", self.arguments[0], contests_html(read_ledger()))]


def _add_script(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    if 'id="yalu-register"' in (context.get("body") or ""):
        app.add_js_file("register.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the directives, their style sheet and, on the page that needs it, its script."""
    app.add_directive("register", RegisterDirective)
    app.add_directive("contests", ContestsDirective)
    app.add_css_file("register.css")
    app.connect("html-page-context", _add_script)
