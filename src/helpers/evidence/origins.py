"""Origins: what a claim finally rests on, and how many independent origins claims have."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from helpers.errors import YaluError, shown
from helpers.evidence import trace
from helpers.evidence.clean_tables import cached_by, records
from helpers.lazily import pandas as pd
from helpers.paths import book_root

# Bases without a named speaker: the same words from two outlets may mean two people.
_NAMELESS = ("anonymous-source", "derived")
_RELAYED = re.compile(r",? via .*$")

# what decides which claims rest on each other
_COLUMNS = ("claim_id", "repeats", "derived_from", "source_id", "outlet_family", "attribution",
            "basis")  # fmt: skip

Label = tuple[str, str]
Labels = frozenset[Label]


@dataclass(frozen=True)
class Support:
    """How much evidence some claims are: claims, documents, outlets and independent origins.

    `outlets` counts outlet families that print them, all languages of one together.
    `origin_ids` are the claims that they finally rest on, independent of each other or not.
    """

    claims: int
    documents: int
    outlets: int
    origins: int
    origin_ids: frozenset[str]

    def __str__(self) -> str:
        """Return "3 outlets, one origin"."""
        counts = ((self.outlets, "outlet"), (self.origins, "origin"))
        return ", ".join(f"one {noun}" if n == 1 else f"{n} {noun}s" for n, noun in counts)


@dataclass(frozen=True)
class _Links:
    """A ledger as look-ups by claim id; `cycle` are claims that rest on each other."""

    labels: dict[str, Labels]
    source: dict[str, str]
    family: dict[str, str]
    repeated_by: dict[str, list[str]]
    origins: dict[str, frozenset[str]]
    cycle: list[str]


def origins(claim_id: str, ledger: pd.DataFrame | None = None) -> frozenset[str]:
    """Return the claims that a claim finally rests on.

    A claim that repeats another rests on that one, a claim derived from others on what those
    rest on, any other claim on itself. `ledger` is a table like clean/claims, by default the
    book's own. Raises YaluError for an unknown id and for claims that rest on each other.
    """
    return _origins(claim_id, _links(ledger))


def repeats_of(claim_id: str, ledger: pd.DataFrame | None = None) -> list[str]:
    """Return the claims that repeat a claim, through other repeats too, in order of id.

    Raises YaluError for an unknown id.
    """
    links = _links(ledger)
    found: set[str] = set()
    ahead = [_known(claim_id, links)]
    while ahead:
        new = set(links.repeated_by.get(ahead.pop(), [])) - found - {claim_id}
        found |= new
        ahead += new
    return sorted(found)


def support(claims: pd.DataFrame | Iterable[str], ledger: pd.DataFrame | None = None) -> Support:
    """Return how much evidence claims are, given by their ids or as rows of clean/claims.

    Origins are counted as the largest number of claims no two of which depend on each
    other. Two claims are independent only if all of this holds:

    - what they finally rest on (see `origins`) has nothing in common;
    - those origins were printed by different outlet families;
    - those origins do not name the same institution: the same attribution, apart from
      "via" and what follows, is one voice whoever prints it, unless it is an anonymous
      source or a computation, where the same words may mean another one.

    A repeat counts as its origin in every respect, so that the outlet that relays a report
    does not become a second one. A claim computed across more than one outlet or
    institution depends on all of them. Raises YaluError for an unknown id.
    """
    links = _links(ledger)
    named: Any = claims
    if hasattr(claims, "columns"):
        named = named["claim_id"]
    ids = {_known(claim_id, links) for claim_id in named}
    rests = {_origins(claim_id, links) for claim_id in ids}
    voices = {frozenset[Label]().union(*(links.labels[o] for o in r)) for r in rests}
    return Support(
        claims=len(ids),
        documents=len({links.source[claim_id] for claim_id in ids}),
        outlets=len({links.family[claim_id] for claim_id in ids}),
        origins=_most_apart(sorted(voices, key=sorted)),
        origin_ids=frozenset[str]().union(*rests),
    )


def independent_origins(
    claims: pd.DataFrame | Iterable[str], ledger: pd.DataFrame | None = None
) -> int:
    """Return how many independent origins claims have; the rule is that of `support`.

    Raises YaluError for an unknown id.
    """
    return support(claims, ledger).origins


def _links(ledger: pd.DataFrame | None) -> _Links:
    return _of_book(book_root()) if ledger is None else _read(_texts(ledger))


def _texts(ledger: pd.DataFrame) -> list[dict[Any, str]]:
    return ledger.astype(object).fillna("").to_dict("records")


@cached_by("claims")
def _of_book(root: Path) -> _Links:
    trace.note("columns", _COLUMNS)
    return _read(records("claims", root))


def _read(ledger: Sequence[Mapping[Any, str]]) -> _Links:
    repeated_by, labels = defaultdict(list), dict[str, Labels]()
    rests_on: dict[str, list[str]] = {}
    for row in ledger:
        claim_id, target, operands = row["claim_id"], row["repeats"], row["derived_from"]
        parts = [target] if target else [part.strip() for part in operands.split(";") if part]
        rests_on[claim_id] = parts
        labels[claim_id] = _labels(row["outlet_family"], row["attribution"], row["basis"])
        if target:
            repeated_by[target].append(claim_id)
    found: dict[str, frozenset[str]] = {}
    cycle: list[str] = []
    try:
        for claim_id in TopologicalSorter(rests_on).static_order():
            behind = [found[part] for part in rests_on.get(claim_id, [])]
            found[claim_id] = frozenset[str]().union(*behind) if behind else frozenset([claim_id])
    except CycleError as error:
        cycle = list(dict.fromkeys(reversed(error.args[1])))
    source = {row["claim_id"]: row["source_id"] for row in ledger}
    family = {row["claim_id"]: row["outlet_family"] for row in ledger}
    return _Links(labels, source, family, dict(repeated_by), found, cycle)


def _labels(family: str, attribution: str, basis: str) -> Labels:
    """Return what two origins must not share: the outlet, and the institution that speaks."""
    outlet = ("outlet", family)
    if basis in _NAMELESS:
        return frozenset([outlet])
    return frozenset([outlet, ("voice", _RELAYED.sub("", attribution).strip().casefold())])


def _known(claim_id: str, links: _Links) -> str:
    if claim_id not in links.source:
        raise YaluError(f"no claim {shown(str(claim_id))}")
    return claim_id


def _origins(claim_id: str, links: _Links) -> frozenset[str]:
    _known(claim_id, links)
    if links.cycle:
        raise YaluError(f"claims that rest on each other in a circle: {', '.join(links.cycle)}")
    for origin in links.origins[claim_id]:
        _known(origin, links)
    return links.origins[claim_id]


def _most_apart(voices: Iterable[Labels]) -> int:
    """Return the size of the largest choice of label sets of which no two share a label."""
    # a set that holds another one can always give way to it
    sets = [one for one in voices if not any(other < one for other in voices)]
    rivals = {one: {other for other in sets if other != one and one & other} for one in sets}
    chosen = 0

    def is_free(one: Labels) -> bool:
        """Return whether some largest choice has a set: its rivals are rivals of each other."""
        return all(rivals[one] <= rivals[other] | {other} for other in rivals[one])

    while free := next(filter(is_free, rivals), None):
        gone, chosen = {free, *rivals[free]}, chosen + 1
        rivals = {one: found - gone for one, found in rivals.items() if one not in gone}
    if not rivals:
        return chosen
    most = max(rivals, key=lambda one: len(rivals[one]))
    rest = rivals.keys() - {most}
    return chosen + max(_most_apart(rest), 1 + _most_apart(rest - rivals[most]))
