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
from helpers.evidence.load import stamp, whole
from helpers.paths import book_root

# Who says it is nobody's name there: the same words from two outlets may mean two people.
_NAMELESS = ("anonymous-source", "derived")
_RELAYED = re.compile(r",? via .*$")
# Claims computed across several houses that are tried in every combination; more add nothing.
_MOST_MIXED = 8

_COLUMNS = (
    "claim_id",
    "repeats",
    "derived_from",
    "source_id",
    "outlet_family",
    "attribution",
    "basis",
)

Label = tuple[str, str]
Labels = frozenset[Label]


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


def support(claims: pd.DataFrame | Iterable[str], ledger: pd.DataFrame | None = None) -> Support:
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
    """Return how many independent origins stand behind claims; the rule is that of `support`.

    Raises YaluError for an unknown id.
    """
    return support(claims, ledger).origins


def _links(ledger: pd.DataFrame | None) -> _Links:
    if ledger is not None:
        return _read(ledger)
    root = book_root()
    return _of_book(root, stamp(root, "data/clean/claims.csv"))


@lru_cache(maxsize=2)
def _of_book(root: Path, _state: tuple[int, int]) -> _Links:
    return _read(whole("claims", root))


def _read(ledger: pd.DataFrame) -> _Links:
    """Return the look-ups of a ledger."""
    cells = {name: ledger[name].tolist() for name in _COLUMNS}
    ids = cells["claim_id"]
    repeats = {key: cell for key, cell in zip(ids, cells["repeats"], strict=True) if _filled(cell)}
    derived = zip(ids, cells["derived_from"], strict=True)
    echoes = defaultdict(list)
    for echo, target in repeats.items():
        echoes[target].append(echo)
    said = zip(cells["outlet_family"], cells["attribution"], cells["basis"], strict=True)
    return _Links(
        repeats=repeats,
        operands={k: [p.strip() for p in cell.split(";")] for k, cell in derived if _filled(cell)},
        labels={key: _labels(*words) for key, words in zip(ids, said, strict=True)},
        source=dict(zip(ids, cells["source_id"], strict=True)),
        family=dict(zip(ids, cells["outlet_family"], strict=True)),
        echoes=dict(echoes),
        known={},
    )


def _filled(cell: object) -> bool:
    return isinstance(cell, str) and cell != ""


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
    """Return the origins of a claim; those of all claims on the way are kept for later."""
    path = dict.fromkeys([claim_id])
    while path:
        at = next(reversed(path))
        ahead = _next(at, links)
        missing = next((other for other in ahead if other not in links.known), None)
        if missing is None:
            rests = [links.known[other] for other in ahead]
            links.known[at] = frozenset[str]().union(*rests) if rests else frozenset([at])
            path.popitem()
        elif missing in path:
            circle = list(path)[list(path).index(missing) :]
            raise YaluError(f"claims that rest on each other in a circle: {', '.join(circle)}")
        else:
            path[_known(missing, links)] = None
    return links.known[claim_id]


def _next(claim_id: str, links: _Links) -> list[str]:
    target = links.repeats.get(claim_id)
    return [target] if target else links.operands.get(claim_id, [])


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
    """Return houses that speak in nobody's name, pairs of house and institution, and the rest.

    A set that holds another one whole is left out: the other can always take its place.
    """
    singles = {label for labels in voices if len(labels) == 1 for label in labels}
    left = sorted(sorted(labels) for labels in voices if labels.isdisjoint(singles))
    pairs = [(one[0], one[1]) for one in left if [kind for kind, _ in one] == ["house", "voice"]]
    mixed = [labels for labels in left if len(labels) > 2 or labels[0][0] == labels[1][0]]
    known = set(pairs)
    whole = [frozenset(m) for m in mixed if known.isdisjoint(combinations(m, 2))]
    return singles, pairs, whole[:_MOST_MIXED]


def _matched(pairs: list[tuple[Label, Label]]) -> int:
    """Return how many houses can each have an institution of their own (a largest matching)."""
    voices_of: dict[Label, list[Label]] = defaultdict(list)
    for house, voice in pairs:
        voices_of[house].append(voice)
    holder: dict[Label, Label] = {}
    held: dict[Label, Label] = {}
    for house in voices_of:
        reached: dict[Label, Label] = {}
        free = _free_voice(house, voices_of, holder, reached)
        while free:
            at = reached[free]
            before = held.get(at)
            holder[free], held[at] = at, free
            free = before
    return len(holder)


def _free_voice(
    house: Label,
    voices_of: dict[Label, list[Label]],
    holder: dict[Label, Label],
    reached: dict[Label, Label],
) -> Label | None:
    """Look for an institution that nobody holds, by way of those that could be exchanged."""
    ahead = [house]
    while ahead:
        at = ahead.pop()
        for voice in voices_of[at]:
            if voice not in reached:
                reached[voice] = at
                if voice not in holder:
                    return voice
                ahead.append(holder[voice])
    return None
