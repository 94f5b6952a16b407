"""Checks: how samples of the ledger came out when read against their sources."""

from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from sphinx.application import Sphinx

from helpers.analysis.wording import number_words
from helpers.book.sphinx.html import Block, raw_html, tag
from helpers.errors import YaluError
from helpers.paths import book_root

FILE = "data/checks.yml"


class Part(BaseModel):
    """One part of a sample: what was read, how many rows, how many of them were wrong."""

    model_config = ConfigDict(extra="forbid")

    what: str
    rows: int
    wrong: int


class Check(BaseModel):
    """One reading of samples against their sources; counts as the readers kept them."""

    model_config = ConfigDict(extra="forbid")

    name: str
    parts: list[Part]
    imprecise: int
    not_found: int

    @property
    def read(self) -> int:
        """Rows read in all parts."""
        return sum(part.rows for part in self.parts)

    @property
    def wrong(self) -> int:
        """Rows that were wrong in all parts."""
        return sum(part.wrong for part in self.parts)

    @property
    def confirmed(self) -> int:
        """Rows that neither were wrong or imprecise nor could not be found again."""
        return self.read - self.wrong - self.imprecise - self.not_found


def read_checks(root: Path) -> list[Check]:
    """Return the checks that the book tells of.

    Raises YaluError where data/checks.yml is missing or malformed.
    """
    try:
        told = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        return TypeAdapter(list[Check]).validate_python(told)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise YaluError(f"{FILE}: {' '.join(str(error).split())}") from None


def check_words(check: Check) -> str:
    """Return one check in words: what was read, and how much of it held."""
    parts = "; ".join(
        f"{part.what}: {part.rows} read, {part.wrong or 'none'} wrong" for part in check.parts
    )
    counts = {
        "confirmed": check.confirmed,
        "imprecise": check.imprecise,
        "wrong": check.wrong,
        "not found again": check.not_found,
    }
    shares = ", ".join(
        f"{count} {word} ({number_words(round(100 * count / check.read, 1))} per cent)" if count
        else f"none {word}"
        for word, count in counts.items()
    )  # fmt: skip
    return f"Of {check.read} read, {shares}. By part: {parts}."


class ChecksDirective(Block):
    """```{checks}```: how the samples that were read against the sources came out."""

    def build(self) -> list[nodes.Node]:
        """Return one entry a check."""
        entries = [
            tag("dt", tag("b", escape(check.name))) + tag("dd", escape(check_words(check)))
            for check in read_checks(book_root())
        ]
        return raw_html(tag("dl", "".join(entries), class_="reg-list"))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("checks", ChecksDirective)
