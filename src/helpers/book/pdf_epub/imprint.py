"""Imprint: what the title page and the metadata of a PDF or EPUB say of the book."""

import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from helpers import evidence
from helpers.chapter.charts import BASES, FONT, colour
from helpers.chapter.wording import date_words
from helpers.config import base_address, read_config
from helpers.evidence.data_config import read_plan


@dataclass(frozen=True)
class Imprint:
    """Title, subtitle, authors, language, version, day of the evidence, licence of the book.

    `file_stem` is the name of its files without ending, `identifier` a URN that changes with
    title, version and evidence. `base` is the address of the published site with a slash at
    its end, or empty. `dots` are the colours of the claims, a claim each, in the order in which
    the book names bases.
    """

    title: str
    subtitle: str
    authors: str
    language: str
    version: str
    day: datetime
    day_words: str
    licence: str
    licence_url: str
    base: str
    file_stem: str
    identifier: str
    dots: list[str]


def read_imprint(root: Path, subtitle: str) -> Imprint:
    """Return the imprint from the configuration, the data package and the ledger."""
    config = read_config(root)
    data = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    package, claims = read_plan(root).package, evidence.load("claims")
    title, day = str(config["title"]), evidence.last_recorded()
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "book"
    name = f"{package.name}.invalid/{stem}/{package.version}/{day}"
    counts = claims["basis"].value_counts()
    return Imprint(
        title=title,
        subtitle=subtitle,
        authors=str(config.get("author", "")),
        language=str(config["sphinx"]["config"].get("language") or "en").replace("_", "-"),
        version=package.version,
        day=datetime(day.year, day.month, day.day, tzinfo=UTC),
        day_words=date_words(day.isoformat()),
        licence=data["licenses"][0]["title"],
        licence_url=data["licenses"][0]["path"],
        base=base_address(root),
        file_stem=stem,
        identifier=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}",
        dots=[BASES[basis][1] for basis in BASES for _ in range(counts.get(basis, 0))],
    )


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("helpers.book.pdf_epub"), autoescape=True,
        undefined=StrictUndefined, keep_trailing_newline=True,
    )  # fmt: skip
    # words as a string of a style sheet within HTML
    made.filters["css"] = lambda words: Markup(
        json.dumps(words, ensure_ascii=False).replace("<", "\\3c ")
    )
    bases = [BASES[basis][:2] for basis in BASES]
    made.globals.update(bases=bases, font=FONT, ink=colour("ink"), muted=colour("muted"))
    return made


def fill(template: str, **values: Any) -> str:
    """Return a template filled with values, all escaped save what comes as Markup."""
    return _templates().get_template(template).render(values)
