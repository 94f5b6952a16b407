"""Templates: the jinja2 environment of the book's own pages, where values are always escaped."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from helpers.book.sphinx.html import number_of, outside_link, safe_json
from helpers.chapter.charts import BASES, FONT, colour
from helpers.chapter.wording import date_words, number_words, period_words, quantity_words

_BOOK = Path(__file__).resolve().parents[1]
TEMPLATES = _BOOK / "templates"
MYST = ".md.j2"


@cache
def _environment() -> Environment:
    """Return the environment: HTML and XML are escaped, MyST is not; unknown names raise."""
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, _BOOK / "pdf_epub" / "templates"]),
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
        # words as a string of a style sheet within HTML
        "css": lambda words: Markup(safe_json(words).replace("\\u003c", "\\3c ")),
        "outside_link": lambda url, words: Markup(outside_link(url, words)),
    }
    bases = [BASES[basis][:2] for basis in BASES]
    made.globals |= {"bases": bases, "colour": colour, "font": FONT}
    return made


def numbers_rounded(text: str) -> str:
    """Return a text with its decimals as `number_words` writes them."""
    return re.sub(r"-?\d[\d.]*", lambda found: number_words(float(found[0])), text)


def rendered(template: str, **values: Any) -> Markup:
    """Return a template of book/templates filled with values; what is HTML comes as Markup."""
    return Markup(_environment().get_template(template).render(values))
