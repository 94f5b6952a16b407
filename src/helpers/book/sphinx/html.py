"""HTML of the book's own pages: elements, links, addresses, and the base of its directives."""

import json
from html import escape
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from helpers.chapter.role_text import ROLES, claim_words, source_words, stated_words
from helpers.errors import YaluError

logger = getLogger(__name__)
REGISTER = "chapters/evidence"


def book_title(config: Config) -> str:
    """Return the title of the book."""
    return str(config.html_title or config.project)


def page_uri(env: BuildEnvironment, docname: str) -> str:
    """Return the address of a page relative to the page that is being read."""
    return env.app.builder.get_relative_uri(env.docname, docname)


def tag(name: str, content: str, /, **attributes: Any) -> str:
    """Return an element; attribute values are escaped here, `content` is HTML already.

    An underscore ends the names that Python reserves (`class_`); another becomes a hyphen.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>"


def link(fragment: str, words: str) -> str:
    """Return a link to an address of the same page."""
    return tag("a", escape(words), href=f"#{fragment}")


def outside_link(url: str, words: str) -> str:
    """Return a link to another site, or the bare address where it is no web address."""
    if not url.startswith(("https://", "http://")):
        return escape(url)
    valid = quote(url, safe="/:?#@!$&'()*+,;=%~-._")
    return tag("a", escape(words), href=valid, rel="noopener noreferrer nofollow")


def code(name: str) -> str:
    """Return an id as code."""
    return tag("code", escape(name))


def number_of(count: int, noun: str) -> str:
    """Return "1 claim", "2 claims"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def group(title: str, count: str, content: str, /, **attributes: Any) -> str:
    """Return content folded under a title with its count."""
    head = tag("h3", escape(title)) + " " + tag("span", count, class_="reg-count")
    return tag("details", tag("summary", head) + content, class_="reg-group", **attributes)


def safe_json(data: Any) -> str:
    """Return data as JSON that can stand in a script element."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def json_script(data: Any, /, **attributes: Any) -> str:
    """Return a script element that holds data and runs nothing."""
    return tag("script", safe_json(data), type="application/json", **attributes)


def element(name: str, suffix: str = "\n", **attributes: str) -> tuple[Any, Any]:
    """Return the functions that open and close a node as an element with attributes."""

    def visit(self: Any, node: nodes.Element) -> None:
        self.body.append(self.starttag(node, name, suffix, **attributes))

    def depart(self: Any, _node: nodes.Element) -> None:
        self.body.append(f"</{name}>\n")

    return visit, depart


def raw_html(html: str) -> list[nodes.Node]:
    """Return HTML as nodes."""
    return [nodes.raw("", html, format="html")]


def warn(name: str, argument: str, error: YaluError, location: str) -> None:
    """Warn of a role or directive that cannot be filled, with page and line."""
    message = f"{{{name}}} {argument}: {'; '.join(error.lines)}"
    logger.warning(message, location=location, type="yalu", subtype=name)


class Block(SphinxDirective):
    """A directive whose unknown names become one warning with page and line."""

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
        """The words behind the directive's name, or nothing."""
        return self.arguments[0].strip() if self.arguments else ""

    def page(self, docname: str) -> str:
        """Return the address of another page from here."""
        return page_uri(self.env, docname)


def prose_html(text: str, register: str) -> str:
    """Return a sidecar's line of prose as HTML, its claims and sources as links.

    `register` is the address of the evidence page. Raises YaluError for an unknown id, and
    for a result: such a line belongs to no run.
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
