"""Imprint: what a title page and a file's metadata say of the book."""

import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from helpers import evidence
from helpers.analysis.wording import date_words
from helpers.config import base_address, read_config
from helpers.evidence.plan import read_plan


@dataclass(frozen=True)
class Imprint:
    """The book's title, subtitle, authors, language, version, day of the evidence and licence.

    `authority` is the name of the book's data, in the form of a host that is nobody's. `base`
    is the address of the published site, ending in a slash, or nothing.
    """

    title: str
    subtitle: str
    authors: str
    language: str
    version: str
    authority: str
    day: datetime
    licence: str
    licence_url: str
    base: str

    @property
    def day_words(self) -> str:
        """Return the day on which the evidence was closed in words."""
        return date_words(self.day.date().isoformat())

    @property
    def file_stem(self) -> str:
        """Return the name of the book's files without ending: the title in small letters."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-") or "book"

    @property
    def identifier(self) -> str:
        """Return an identifier that stays while title, version and evidence do."""
        name = f"{self.authority}/{self.file_stem}/{self.version}/{self.day.date()}"
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def read_imprint(root: Path, subtitle: str) -> Imprint:
    """Return the imprint from the configuration, the data package and the ledger."""
    config = read_config(root)
    licence = _licence(root)
    plan = read_plan(root)
    return Imprint(
        title=str(config["title"]),
        subtitle=subtitle,
        authors=str(config.get("author", "")),
        language=str(config["sphinx"]["config"].get("language") or "en").replace("_", "-"),
        version=plan.package.version,
        authority=f"{plan.package.name}.invalid",
        day=_last_day(),
        licence=licence["title"],
        licence_url=licence["path"],
        base=base_address(root),
    )


def _licence(root: Path) -> dict[str, Any]:
    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    return package["licenses"][0]


def _last_day() -> datetime:
    day = pd.Timestamp(evidence.load("claims")["recorded_on"].max())
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
