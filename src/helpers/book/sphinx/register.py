"""The register of the evidence: every claim and every document under one address each."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers.book.sphinx.claim_list import theme_html, themes
from helpers.book.sphinx.document_list import sources_html
from helpers.book.sphinx.filters import filter_html
from helpers.book.sphinx.html import page_uri
from helpers.book.sphinx.ledger import read_ledger
from helpers.book.sphinx.use import pages_by_claim

CORRECTIONS = "chapters/corrections"


class RegisterDirective(SphinxDirective):
    """```{register}```: the filter bar, a section for each theme, and the documents."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        known = CORRECTIONS in self.env.found_docs
        corrections = page_uri(self.env, CORRECTIONS) if known else ""
        ledger = read_ledger(corrections, pages_by_claim(self.env))
        parts: list[nodes.Node] = [nodes.raw("", filter_html(ledger), format="html")]
        for theme, title in themes(ledger).items():
            parts.append(self._section(f"theme-{theme}", title, theme_html(theme, ledger)))
        return [*parts, self._section("documents", "The documents", sources_html(ledger))]

    def _section(self, key: str, title: str, html: str) -> nodes.section:
        section = nodes.section("", nodes.title("", title), ids=[key], names=[key])
        section += nodes.raw("", html, format="html")
        self.state.document.note_explicit_target(section, section)
        return section


def _add_script(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    if 'id="yalu-register"' in (context.get("body") or ""):
        app.add_js_file("register.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the directive, its style sheet and, on the page that needs it, its script."""
    app.add_directive("register", RegisterDirective)
    app.add_css_file("register.css")
    app.connect("html-page-context", _add_script)
