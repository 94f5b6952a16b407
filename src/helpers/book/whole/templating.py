"""Templating: the templates of the whole-book files, everything escaped."""

import json
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("helpers.book.whole"), autoescape=True, undefined=StrictUndefined,
        keep_trailing_newline=True,
    )  # fmt: skip
    made.filters["css"] = css_string
    return made


def css_string(words: str) -> Markup:
    """Return words as a string of a style sheet within HTML."""
    return Markup(json.dumps(words, ensure_ascii=False).replace("<", "\\3c "))


def fill(template: str, **values: Any) -> str:
    """Return a template filled with values; what is HTML already comes as Markup."""
    return _environment().get_template(template).render(values)
