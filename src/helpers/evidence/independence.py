"""Independence: what a claim finally rests on, and how many origins stand behind several."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import pandas as pd

from helpers.errors import YaluError
from helpers.evidence.failures import shown
from helpers.evidence.load import _stamp, load
from helpers.paths import book_root

# Who says it is nobody's name there: the same words from two outlets may mean two people.
_NAMELESS = ("anonymous-source", "derived")
_RELAYED = re.compile(r",? via .*$")
# Claims computed across several houses that are tried in every combination; more add nothing.
_MOST_MIXED = 10

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Support:
    """How much stands behind some claims: claims, documents, houses and independent origins.

    `outlets` counts houses that print them, all languages of a house as one. `origin_ids`
    are the claims that they finally rest on, whether independent of each other or not.
    """

    claims: int
    documents: int
    outlets: int
    origins: int
    origin_ids: frozenset[str]

    def __str__(self) -> str:
        """Return "3 outlets, one origin"."""
        return f"{_counted(self.outlets, 'outlet')}, {_counted(self.origins, 'origin')}"


def _counted(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True)
class _Links:
    """A ledger as look-ups by claim id."""

    repeats: dict[str, str]
    operands: dict[str, list[str]]
    labels: dict[str, Labels]
    source: dict[str, str]
    family: dict[str, str]
    echoes: dict[str, list[str]]
    known: dict[str, frozenset[str]]


def origins(claim_id: str, ledger: pd.DataFrame | None = None) -> frozenset[str]:
    """Return the claims that a claim finally rests on.

    An echo rests on what it repeats, a claim derived from others on what those rest on,
    any other claim on itself. `ledger` is a table like clean/claims, the book's own where
    left out. Raises YaluError for an unknown id and for claims that go round in a circle.
    """
    return _origins(_known(claim_id, links := _links(ledger)), links)


def echoes(claim_id: str, ledger: pd.DataFrame | None = None) -> list[str]:
    """Return the claims that repeat a claim, through other echoes too, in order of id.

    Raises YaluError for an unknown id.
    """
    links = _links(ledger)
    found: set[str] = set()
    ahead = [_known(claim_id, links)]
    while ahead:
        new = set(links.echoes.get(ahead.pop(), [])) - found - {claim_id}
        found |= new
        ahead += new
    return sorted(found)


def support(
    claims: pd.DataFrame | Iterable[str], ledger: pd.DataFrame | None = None
) -> Support:
    """Return how much stands behind claims, given by their ids or as rows of clean/claims.

    Origins are counted as the largest number of claims no two of which depend on each
    other. Two claims are independent only if all of this holds:

    - what they finally rest on (see `origins`) has nothing in common;
    - those origins were printed by different outlet families;
    - those origins do not name the same institution: the same attribution, apart from
      "via" and what follows, is one voice whoever prints it, unless it is an anonymous
      source or a computation, where the same words may mean another one.

    An echo counts as its origin in every respect, so that the house that relays a report
    does not become a second one. A claim computed across more than one house or
    institution depends on all of them. Raises YaluError for an unknown id.
    """
    links = _links(ledger)
    named = claims["claim_id"] if isinstance(claims, pd.DataFrame) else claims
    ids = {_known(claim_id, links) for claim_id in named}
    rests = {_origins(claim_id, links) for claim_id in ids}
    voices = {frozenset[tuple[str, str]]().union(*(links.labels[o] for o in r)) for r in rests}
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
    """Return how many independent origins stand behind claims; the rule is that of `support`.

    Raises YaluError for an unknown id.
    """
    return support(claims, ledger).origins


def _links(ledger: pd.DataFrame | None) -> _Links:
    if ledger is not None:
        return _read(ledger)
    root = book_root()
    return _of_book(root, _stamp(root / "data/clean/claims.csv"))


@lru_cache(maxsize=2)
def _of_book(root: Path, _stamp: tuple[int, int]) -> _Links:
    return _read(load("claims", root))


def _read(ledger: pd.DataFrame) -> _Links:
    """Return the look-ups of a ledger."""
    ids = ledger["claim_id"]
    repeats = _filled(ids, ledger["repeats"])
    derived = _filled(ids, ledger["derived_from"])
    names = ("outlet_family", "attribution", "basis")
    columns = zip(ids, *(ledger[name] for name in names), strict=True)
    echoes = defaultdict(list)
    for echo, target in repeats.items():
        echoes[target].append(echo)
    return _Links(
        repeats=repeats,
        operands={key: [p.strip() for p in cell.split(";")] for key, cell in derived.items()},
        labels={key: _labels(*cells) for key, *cells in columns},
        source=dict(zip(ids, ledger["source_id"], strict=True)),
        family=dict(zip(ids, ledger["outlet_family"], strict=True)),
        echoes=dict(echoes),
        known={},
    )


def _filled(ids: pd.Series, cells: pd.Series) -> dict[str, str]:
    there = cells.notna() & (cells != "")
    return dict(zip(ids[there], cells[there], strict=True))


def _labels(family: str, attribution: str, basis: str) -> Labels:
    """Return what two origins must not share: the house, and the institution that speaks."""
    house = ("house", family)
    if basis in _NAMELESS:
        return frozenset([house])
    return frozenset([house, ("voice", _RELAYED.sub("", attribution).strip().casefold())])


def _known(claim_id: str, links: _Links) -> str:
    if claim_id not in links.source:
        raise YaluError(f"no claim {shown(str(claim_id))}")
    return claim_id


def _origins(claim_id: str, links: _Links) -> frozenset[str]:
    """Return the origins of a claim, keeping those found on the way; deep chains are no trouble."""
    path = [claim_id]
    while path:
        at = path[-1]
        ahead = _next(at, links)
        missing = [other for other in ahead if other not in links.known]
        if not missing:
            rests = [links.known[other] for other in ahead]
            links.known[at] = frozenset[str]().union(*rests) if rests else frozenset([at])
            path.pop()
        elif missing[0] in path:
            circle = ", ".join(path[path.index(missing[0]) :])
            raise YaluError(f"claims that rest on each other in a circle: {circle}")
        else:
            path.append(_known(missing[0], links))
    return links.known[claim_id]


def _next(claim_id: str, links: _Links) -> list[str]:
    target = links.repeats.get(claim_id)
    return [target] if target else links.operands.get(claim_id, [])


def _most_apart(voices: Iterable[Labels]) -> int:
    """Return the size of the largest choice of label sets of which no two share a label."""
    sets = _smallest(set(voices))
    pairs = [group for group in sets if len({kind for kind, _ in group}) == len(group)]
    mixed = sorted(sets - set(pairs), key=sorted)[:_MOST_MIXED]
    best = 0
    for size in range(len(mixed) + 1):
        for chosen in combinations(mixed, size):
            taken = frozenset[tuple[str, str]]().union(*chosen)
            if len(taken) == sum(map(len, chosen)):
                best = max(best, size + _matched([p for p in pairs if not p & taken]))
    return best


def _smallest(sets: set[Labels]) -> set[Labels]:
    """Leave out each set that holds another one whole: the other can always take its place."""
    whole: set[Labels] = set()
    by_label: dict[tuple[str, str], list[Labels]] = defaultdict(list)
    for group in sorted(sets, key=len):
        if not any(other <= group for label in group for other in by_label[label]):
            whole.add(group)
            for label in group:
                by_label[label].append(group)
    return whole


def _matched(pairs: list[Labels]) -> int:
    """Return how many pairs of house and institution can stand side by side (a matching)."""
    voices_of: dict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        words = dict(pair)
        voices_of[words["house"]].append(words.get("voice", f"\0{words['house']}"))
    speaks_for: dict[str, str] = {}

    def place(house: str, tried: set[str]) -> bool:
        for voice in voices_of[house]:
            if voice not in tried:
                tried.add(voice)
                if voice not in speaks_for or place(speaks_for[voice], tried):
                    speaks_for[voice] = house
                    return True
        return False

    return sum(place(house, set()) for house in voices_of)
