"""Checks: how samples of the ledger came out when read against their sources."""

from dataclasses import dataclass
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from helpers.analysis.wording import number_words
from helpers.book.sphinx.blocks import Block, raw_html
from helpers.book.sphinx.markup import tag


@dataclass(frozen=True)
class Check:
    """One reading of samples against their sources; counts as the readers kept them.

    `parts` are (what, rows read); `wrong` counts the wrong rows of each part.
    """

    name: str
    parts: tuple[tuple[str, int], ...]
    wrong: tuple[int, ...]
    imprecise: int
    not_found: int

    @property
    def read(self) -> int:
        """Rows read in all parts."""
        return sum(rows for _, rows in self.parts)

    @property
    def confirmed(self) -> int:
        """Rows that neither were wrong or imprecise nor could not be found again."""
        return self.read - sum(self.wrong) - self.imprecise - self.not_found


# Kept by the editors when they read samples against the sources, before and after mending.
CHECKS = (
    Check(
        "First edition, three samples",
        (("pay and rates", 45), ("trade", 55), ("visas, luggage and workers", 70)),
        (4, 1, 1), imprecise=24, not_found=1,
    ),
    Check(
        "After the corrections, one sample",
        (("claims", 40), ("cells of the trade tables", 10)), (0, 0), imprecise=13, not_found=1,
    ),
)  # fmt: skip


def check_words(check: Check) -> str:
    """Return one check in words: what was read, and how much of it held."""
    parts = "; ".join(
        f"{what}: {rows} read, {wrong or 'none'} wrong"
        for (what, rows), wrong in zip(check.parts, check.wrong, strict=True)
    )
    counts = {
        "confirmed": check.confirmed,
        "imprecise": check.imprecise,
        "wrong": sum(check.wrong),
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
            for check in CHECKS
        ]
        return raw_html(tag("dl", "".join(entries), class_="reg-list"))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("checks", ChecksDirective)
