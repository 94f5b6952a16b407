"""Where things stand in the book: addresses relative to the page that is being read."""

from sphinx.environment import BuildEnvironment

REGISTER = "chapters/evidence"


def page_uri(env: BuildEnvironment, docname: str) -> str:
    """Return the address of a page relative to the page that is being read."""
    return env.app.builder.get_relative_uri(env.docname, docname)
