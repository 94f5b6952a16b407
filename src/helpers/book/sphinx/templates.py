"""Templates: the jinja2 environment of the book's own pages, where values are always escaped."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from helpers.book.sphinx.html import number_of, outside_link
from helpers.chapter.wording import date_words, number_words, period_words, quantity_words

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
MYST = ".md.j2"


@cache
def environment() -> Environment:
    """Return the environment: HTML and XML are escaped, MyST is not; unknown names raise."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: name is None or not name.endswith(MYST),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "date": date_words,
        "period": period_words,
        "quantity": quantity_words,
        "number_of": number_of,
        "rounded": numbers_rounded,
        "outside_link": lambda url, words: Markup(outside_link(url, words)),
    }
    return made


def numbers_rounded(text: str) -> str:
    """Return a text with its decimals as `number_words` writes them."""
    return re.sub(r"-?\d[\d.]*", lambda found: number_words(float(found[0])), text)


def rendered(template: str, **values: Any) -> Markup:
    """Return a template of book/templates filled with values; what is HTML comes as Markup."""
    return Markup(environment().get_template(template).render(values))
