"""Templates: the jinja2 environment of the book's own pages, where values are always escaped."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@cache
def environment() -> Environment:
    """Return the environment: values are escaped, unknown names raise."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def rendered(template: str, **values: Any) -> Markup:
    """Return a template of book/templates filled with values; what is HTML comes as Markup."""
    return Markup(environment().get_template(template).render(values))
