"""Pages: links to other pages of the book, where it has them."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from helpers.book.sphinx.addresses import page_uri


class PageRole(SphinxRole):
    """{page}`methods how we count`: words that link to a page where the book has it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the words, as a link or plain."""
        name, _, words = self.text.strip().partition(" ")
        docname = f"chapters/{name}"
        if docname not in self.env.found_docs:
            return [nodes.Text(words)], []
        return [nodes.reference("", words, internal=True, refuri=page_uri(self.env, docname))], []


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("page", PageRole())
