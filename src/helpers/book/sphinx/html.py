"""HTML of the book's own pages: elements, addresses, templates, warnings of roles and directives.

Values in the templates of jinja2 are always escaped.
"""

import json
import re
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import getLogger
from sphinx.util.osutil import relative_uri

from helpers.book.sphinx.citations import FORMS
from helpers.chapter.charts import BASES, FONT, colour
from helpers.chapter.wording import (
    ROLES,
    claim_words,
    date_words,
    escaped,
    number_words,
    period_words,
    quantity_words,
    source_words,
    stated_words,
    statement_words,
)
from helpers.errors import YaluError
from helpers.evidence.documents import archive_words, archived_address, copy_words, web_address

logger = getLogger(__name__)
REGISTER = "chapters/evidence"
_BOOK = Path(__file__).resolve().parents[1]
TEMPLATES = _BOOK / "templates"
MYST = ".md.j2"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def book_title(config: Config) -> str:
    """Return the title of the book."""
    return str(config.html_title or config.project)


def page_uri(env: BuildEnvironment, docname: str) -> str:
    """Return the address of a page relative to the page that is being read."""
    return relative_uri(*(f"{quote(name)}.html" for name in (env.docname, docname)))


def static_uri(docname: str, path: str) -> str:
    """Return the address of a file of _static relative to a page."""
    return f"{'../' * docname.count('/')}_static/{path}"


def tag(name: str, content: str, /, **attributes: Any) -> str:
    """Return an element; values are escaped, `content` is HTML. `class_` is class, `a_b` is a-b."""
    names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
    written = "".join(f' {names[key]}="{escape(str(v))}"' for key, v in attributes.items())
    return f"<{name}{written}>{content}</{name}>"


def outside_link(url: str, words: str) -> str:
    """Return a link to another site, or the bare address where it is no web address."""
    if not url.startswith(("https://", "http://")):
        return escape(url)
    return tag("a", escape(words), href=web_address(url), rel="noopener noreferrer nofollow")


def number_of(count: int, noun: str) -> str:
    """Return "1 claim", "2 claims"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def in_xml(text: str) -> str:
    """Return a text with a mark for each sign that neither XML nor HTML can hold, even escaped."""
    return _FORBIDDEN.sub("\ufffd", text)


def safe_json(data: Any) -> str:
    """Return data as JSON that can stand in a script element."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def json_script(data: Any, /, **attributes: Any) -> str:
    """Return a script element that holds data and runs nothing."""
    return tag("script", safe_json(data), type="application/json", **attributes)


def element(name: str, **attributes: str) -> tuple[Any, Any]:
    """Return the functions that open and close a node as an element with attributes."""

    def visit(self: Any, node: nodes.Element) -> None:
        self.body.append(self.starttag(node, name, **attributes))

    def depart(self: Any, _node: nodes.Element) -> None:
        self.body.append(f"</{name}>\n")

    return visit, depart


def raw_html(html: str) -> nodes.raw:
    """Return HTML of ours as a node; what an author writes as HTML is not marked so."""
    return nodes.raw("", html, format="html", made=True)


def warn(name: str, argument: str, error: YaluError, location: str) -> None:
    """Warn of a role or directive that cannot be filled, with page and line."""
    message = f"{{{name}}} {argument}: {'; '.join(error.lines)}"
    logger.warning(message, location=location, type="yalu", subtype=name)


def prose_html(text: str, register: str) -> str:
    """Return a sidecar's line of prose as HTML, its claims, statements and sources as links.

    `register` is the address of the evidence page. Raises YaluError for an unknown id, and
    for a result: such a line belongs to no run.
    """
    before, *rest = ROLES.split(text)
    html = escape(before)
    for role, inner, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        name, _, style = inner.strip().partition(" ")
        if role == "stated":
            html += escape(stated_words(inner)[0])
        elif role in ("claim", "source", "statement"):
            if role == "claim":
                words = claim_words(name, style or "full")
            else:
                words = (source_words if role == "source" else statement_words)(name, style)
            html += tag("a", escape(words), href=f"{register}#{role}-{name}", class_=f"yalu-{role}")
        else:
            raise YaluError(
                f"{{{role}}}`{inner}`: only claims, statements and sources can stand here"
            )
        html += escape(after)
    return html


# Templates ----------------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    """Return the environment: HTML and XML are escaped, MyST, Python not; unknown names raise."""
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, _BOOK / "pdf_epub" / "templates"]),
        autoescape=lambda name: name is None or not name.endswith((MYST, ".py.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "date": date_words,
        "period": period_words,
        "quantity": quantity_words,
        "number_of": number_of,
        # a number without thousands, nothing where there is none
        "bare": lambda number: "" if number is None else f"{number:.12g}",
        # a text with its decimals as `number_words` writes them
        "rounded": partial(re.sub, r"-?\d[\d.]*", lambda found: number_words(float(found[0]))),
        # words as a string of a style sheet within HTML
        "css": lambda words: Markup(safe_json(words).replace("\\u003c", "\\3c ")),
        "markdown": escaped,
        "copy_of": copy_words,
        "archived": lambda document: Markup(
            outside_link(archived_address(document), archive_words(document))
        ),
        "outside_link": lambda url, words: Markup(outside_link(url, words)),
    }
    made.globals |= {
        "bases": [about[:2] for about in BASES.values()],
        "colour": colour,
        "font": FONT,
        "forms": FORMS,
    }
    return made


def rendered(template: str, **values: Any) -> Markup:
    """Return a template of book/templates filled with values; what is HTML comes as Markup."""
    return Markup(_environment().get_template(template).render(values))
