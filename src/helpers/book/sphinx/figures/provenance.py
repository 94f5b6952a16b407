"""Where a figure and each of its rows come from: claims, documents, addresses, licence, date."""

from dataclasses import dataclass
from typing import Any

from docutils import nodes

from helpers import evidence
from helpers.chapter.figure import IDS, ids_in, ids_shown
from helpers.chapter.wording import date_words
from helpers.config import base_address
from helpers.evidence.data_config import read_data_config
from helpers.paths import book_root

REGISTER_PAGE = "chapters/evidence.html"
# More addresses than this in one cell help nobody: the figure's own leads to all of them.
MOST_ADDRESSES = 6
ROW, FIGURE = "this row", "the whole figure"
# What each row of a file has after its own columns; figures.js gives the same.
ADDED = (*IDS, "outlet", "address in the register", "ids are those of")


@dataclass(frozen=True)
class Origin:
    """The claims and documents of one row, or those of its whole figure."""

    claims: list[str]
    sources: list[str]
    of: str


@dataclass(frozen=True)
class Provenance:
    """What a figure rests on, and what its files say of it.

    `documents` are those of the claims, by claim, `outlets` those of the documents, by document;
    `papers` are the cells that all rows of its file have.
    """

    claims: list[str]
    sources: list[str]
    address: str
    register: str
    papers: dict[str, str]
    licence_address: str
    evidence_date: str
    documents: dict[str, str]
    outlets: dict[str, str]

    def origin(self, claim_cell: str, source_cell: str) -> Origin:
        """Return where a row comes from, by its cells `claim_id` and `source_id`."""
        claims, sources = ids_in(claim_cell), ids_in(source_cell)
        if not claims and not sources:
            return Origin(self.claims, self.sources, FIGURE)
        of_claims = [self.documents[claim] for claim in claims]
        return Origin(claims, list(dict.fromkeys([*of_claims, *sources])), ROW)

    def cells(self, claim_cell: str, source_cell: str, outlet: str = "") -> list[str]:
        """Return the cells of `ADDED` of a row; `outlet` is what the chart itself has of it."""
        found = self.origin(claim_cell, source_cell)
        outlets = list(dict.fromkeys(self.outlets[source] for source in found.sources))
        named = [f"claim-{one}" for one in found.claims] or [f"source-{s}" for s in found.sources]
        few = len(named) <= MOST_ADDRESSES
        return [
            " ".join(found.claims),
            " ".join(found.sources),
            (outlet if found.of == FIGURE else "") or "; ".join(outlets),
            " ".join(f"{self.register}#{one}" for one in named) if few else self.address,
            found.of,
        ]

    @property
    def credit(self) -> str:
        """The line under a picture that leaves the book."""
        words = (
            f"Chart: {self.papers['book']}",
            self.papers["licence"],
            f"evidence of {self.evidence_date}",
        )
        return ", ".join((*words, self.address))


def provenance(spec: dict[str, Any], about: dict[str, Any], book: str) -> Provenance:
    """Return where a figure comes from; `book` is the book's title.

    Addresses begin at the page's folder where `_config.yml` sets no address of the book. Raises
    YaluError for a claim or document that the ledger lacks.
    """
    package, day = read_data_config(book_root()).package, evidence.last_recorded()
    base, licence = base_address(book_root()), package.licenses[0]
    address = f"{base}{about['page']}#{nodes.make_id(about['name'])}"
    claims = dict.fromkeys([*about["claims"], *ids_shown(spec, "claim_id")])
    documents = {claim: evidence.recorded(claim).source_id for claim in claims}
    sources = dict.fromkeys([*about["sources"], *documents.values(), *ids_shown(spec, "source_id")])
    changed = " ".join(f"{name}={value}" for name, value in about["changed"].items())
    papers = {
        "figure": about["plain"]["title"],
        "figure address": address,
        "book": book,
        "edition": package.version,
        "evidence as of": f"{day:%Y-%m-%d}",
        "licence": licence["name"].replace("-", " "),
        "assumptions": f"not the published ones: {changed}" if changed else "as published",
    }
    return Provenance(
        about["claims"], about["sources"], address, f"{base}{REGISTER_PAGE}", papers,
        licence.get("path", ""), date_words(f"{day}"), documents,
        {source: evidence.source(source)["outlet"] for source in sources},
    )  # fmt: skip
