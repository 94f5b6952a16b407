"""Origins: what a claim finally rests on, and how many independent origins claims have."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path

import pandas as pd

from helpers.errors import YaluError, shown
from helpers.evidence.clean_tables import all_rows, cached_by
from helpers.paths import book_root

# Bases without a named speaker: the same words from two outlets may mean two people.
_NAMELESS = ("anonymous-source", "derived")
_RELAYED = re.compile(r",? via .*$")
# Claims computed across several outlets that are tried in every combination; more add nothing.
_MOST_MIXED = 8

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
    named = claims["claim_id"] if isinstance(claims, pd.DataFrame) else claims
    ids = {_known(claim_id, links) for claim_id in named}
    rests = {_origins(claim_id, links) for claim_id in ids}
    voices = {frozenset[Label]().union(*(links.labels[o] for o in r)) for r in rests}
    return Support(
        claims=len(ids),
        documents=len({links.source[claim_id] for claim_id in ids}),
        outlets=len({links.family[claim_id] for claim_id in ids}),
        origins=_most_apart(voices),
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
    return _of_book(book_root()) if ledger is None else _read(ledger)


@cached_by("claims")
def _of_book(root: Path) -> _Links:
    return _read(all_rows("claims", root).frame)


def _read(ledger: pd.DataFrame) -> _Links:
    """Return the look-ups of a ledger."""
    names = ["claim_id", "repeats", "derived_from", "outlet_family", "attribution", "basis"]
    repeated_by, labels = defaultdict(list), dict[str, Labels]()
    rests_on: dict[str, list[str]] = {}
    for claim_id, target, operands, *said in ledger[names].fillna("").itertuples(index=False):
        parts = [target] if target else [part.strip() for part in operands.split(";") if part]
        rests_on[claim_id], labels[claim_id] = parts, _labels(*said)
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
    source = dict(zip(ledger["claim_id"], ledger["source_id"], strict=True))
    family = dict(zip(ledger["claim_id"], ledger["outlet_family"], strict=True))
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
    singles, pairs, mixed = _by_size(set(voices))
    best = 0
    for size in range(len(mixed) + 1):
        for chosen in combinations(mixed, size):
            taken = frozenset[Label]().union(*chosen)
            if len(taken) == sum(map(len, chosen)):
                best = max(best, size + _matched([p for p in pairs if taken.isdisjoint(p)]))
    return len(singles) + best


def _by_size(voices: set[Labels]) -> tuple[set[Label], list[tuple[Label, Label]], list[Labels]]:
    """Return outlets alone, pairs of outlet and institution, and larger sets of labels.

    A set that holds another one entirely is dropped: the other can always take its place.
    """
    singles = {label for labels in voices if len(labels) == 1 for label in labels}
    left = sorted(sorted(labels) for labels in voices if labels.isdisjoint(singles))
    pairs = [(one[0], one[1]) for one in left if [kind for kind, _ in one] == ["outlet", "voice"]]
    mixed = [labels for labels in left if len(labels) > 2 or labels[0][0] == labels[1][0]]
    known = set(pairs)
    larger = [frozenset(m) for m in mixed if known.isdisjoint(combinations(m, 2))]
    return singles, pairs, larger[:_MOST_MIXED]


def _matched(pairs: list[tuple[Label, Label]]) -> int:
    """Return how many outlets can each have an institution of their own (maximum matching)."""
    outlets = {outlet: at for at, outlet in enumerate({outlet: None for outlet, _ in pairs})}
    voices = {voice: at for at, voice in enumerate({voice: None for _, voice in pairs})}
    if len(pairs) in (len(outlets), len(voices)):
        # one side names each of its own only once, so the other side decides
        return min(len(outlets), len(voices))
    # imported where it is needed, since it takes longer than all else that a look-up does
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    at = [outlets[outlet] for outlet, _ in pairs], [voices[voice] for _, voice in pairs]
    graph = csr_array(([1] * len(pairs), at), shape=(len(outlets), len(voices)))
    return int((maximum_bipartite_matching(graph) >= 0).sum())
