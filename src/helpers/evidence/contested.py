"""Contested facts: which claims of one thing and time agree, and which contradict each other."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from helpers.errors import YaluError, shown
from helpers.evidence import trace
from helpers.evidence.clean_tables import cached_by
from helpers.evidence.exclusion import process_exclusion
from helpers.evidence.load import Claim, all_claims, every_claim
from helpers.paths import book_root

# A figure that its source calls "about" or "nearly" may differ by this share of itself.
TOLERANCE = 0.1

_STATISTIC = "official-statistic"
_DISPUTED = "disputed"

Apart = Callable[[str], Collection[str]]


# Two claims ------------------------------------------------------------------------------------


class _Span(NamedTuple):
    """A claim's first and last day, and its lowest and highest figure; open ends are infinite."""

    start: datetime
    end: datetime
    least: float
    most: float


def agreeing(claim_id: str, claims: Iterable[Claim] | None = None) -> list[str]:
    """Return the claims that speak of the same thing and time, and whose range overlaps.

    The same thing: indicator, place, unit and per. The same time: the periods share a day;
    a missing end is open. Ranges: from lower to upper, an empty side open, ends included;
    "about" reaches TOLERANCE of the figure to both sides, "nearly" as far towards zero.
    Repeats and claims that are not usable are among them. `claims` are those to be compared, by
    default all of the ledger. Raises YaluError for an unknown id.
    """
    return [other for other, apart in _compared(claim_id, claims) if not apart]


def disagreeing(claim_id: str, claims: Iterable[Claim] | None = None) -> list[str]:
    """Return the claims that speak of the same thing and time, and whose range lies apart.

    The rule is that of `agreeing`. Raises YaluError for an unknown id.
    """
    return [other for other, apart in _compared(claim_id, claims) if apart]


# what decides which claims agree
_COMPARED = ("claim_id", "indicator", "place", "unit", "per", "lower", "upper", "qualifier",
             "period_from", "period_to")  # fmt: skip


def _compared(claim_id: str, claims: Iterable[Claim] | None) -> Iterator[tuple[str, bool]]:
    """Yield the ids of the same thing and time in order, and whether they lie apart."""
    things = _of_book(book_root()) if claims is None else _things(claims)
    if claim_id not in things:
        raise YaluError(f"no claim {shown(claim_id)}")
    gone = process_exclusion() if claims is None else None
    out = gone.claims if gone else frozenset[str]()
    if claims is None:
        trace.note("columns", _COMPARED)
    one = things[claim_id][claim_id]
    for other_id, other in things[claim_id].items():
        near = other_id not in out and other.start <= one.end and other.end >= one.start
        if other_id != claim_id and near:
            yield other_id, other.least > one.most or other.most < one.least


@cached_by("claims")
def _of_book(root: Path) -> dict[str, dict[str, _Span]]:
    return _things(every_claim(root).values())


def _things(claims: Iterable[Claim]) -> dict[str, dict[str, _Span]]:
    """Return each claim id with the claims of the same thing, in order of their ids."""
    things: dict[tuple[Any, ...], dict[str, _Span]] = defaultdict(dict)
    found = {}
    for claim in sorted(claims, key=lambda claim: claim.claim_id):
        thing = things[claim.indicator, claim.place, claim.unit, claim.per]
        thing[claim.claim_id], found[claim.claim_id] = _span(claim), thing
    return found


def _span(claim: Claim) -> _Span:
    least = -math.inf if claim.lower is None else claim.lower
    most = math.inf if claim.upper is None else claim.upper
    about, nearly = claim.qualifier == "about", claim.qualifier == "nearly"
    if about or (nearly and least > 0):
        least -= TOLERANCE * abs(least)
    if about or (nearly and most < 0):
        most += TOLERANCE * abs(most)
    return _Span(claim.period_from or datetime.min, claim.period_to or datetime.max, least, most)


# Contests --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contest:
    """Claims of one indicator, place, unit and per side by side, in order of time.

    `against` holds the ids of those that make the contest; the others speak of the same
    time. Repeats are not among them. `start` and `end` are the contested period as partial dates,
    None where a side is open. `key` is its address on the page.
    """

    key: str
    start: str | None
    end: str | None
    claims: tuple[Claim, ...]
    against: frozenset[str]

    @property
    def indicator(self) -> str:
        """What is measured."""
        return self.claims[0].indicator

    @property
    def place(self) -> str:
        """Where."""
        return self.claims[0].place


def contests(claims: Iterable[Claim] | None = None, apart: Apart = disagreeing) -> list[Contest]:
    """Return the contests among claims, by default those of the ledger that count.

    Two claims of one indicator, place, unit and per, neither a repeat, both usable and of
    different origin, stand against each other where one of this holds:

    1. The editors have marked both as disputed, and their periods share a day or, unless
       one is an official statistic, lie in one calendar year. The mark is the editors'
       judgement that both mean the same, so the words for whom they count may differ.
    2. They are of different documents, count the same population in the same words over
       the same period, and their ranges lie apart (`apart` names for a claim those that do).
    3. The same indicator and place is contested at another time by 1 or 2, and claims of
       different documents put the figure for the same population and time differently,
       though the one allows for the other ("about" a figure, "up to" the same figure).

    "The same time" is a shared day, or for official statistics the same period: a month is
    not held against its year, a stage of a running total not against a later one, a yearly
    value not against the mean of several. Claims that are connected make one contest.
    Beside them stand the other claims, usable or not, that count the same population as one
    of them within the contested time. Goods under different names are different populations.
    """
    things: dict[tuple[str, ...], list[Claim]] = defaultdict(list)
    for claim in ledger_claims() if claims is None else claims:
        if not claim.repeats:
            things[claim.indicator, claim.place, claim.unit, claim.per or ""].append(claim)
    found = [contest for thing in things.values() for contest in _of_thing(thing, apart)]
    count = Counter(contest.key for contest in found)
    unique: dict[str, Contest] = {}
    for contest in found:
        claim, key = contest.claims[0], contest.key
        if count[key] > 1:
            key = _slug(f"{key} {claim.unit} {claim.per or ''}")
        while key in unique:
            key += "-more"
        unique[key] = replace(contest, key=key)
    return list(unique.values())


def ledger_claims() -> list[Claim]:
    """Return the claims that count, by place, period and day of publication."""
    never = datetime.min
    return sorted(
        all_claims().values(),
        key=lambda c: (c.place, c.period_from or never, c.published_from or never, c.claim_id),
    )


def _of_thing(claims: list[Claim], apart: Apart) -> list[Contest]:
    rivals = {claim.claim_id: apart(claim.claim_id) for claim in claims}

    def is_against(one: Claim, other: Claim) -> bool:
        if not (one.usable and other.usable and one.origin_id != other.origin_id):
            return False
        if {one.status, other.status} == {_DISPUTED} and (
            _share_a_day(one, other) or (not _statistic(one, other) and _share_a_year(one, other))
        ):
            return True
        rival = other.claim_id in rivals[one.claim_id]
        return rival and _comparable(one, other) and _same_period(one, other)

    def is_put_differently(one: Claim, other: Claim) -> bool:
        if other.claim_id in rivals[one.claim_id] or not _comparable(one, other):
            return False
        figures = [(c.value, c.low, c.high, c.qualifier) for c in (one, other)]
        at_one_time = _same_period(one, other) or (
            not _statistic(one, other) and _share_a_day(one, other)
        )
        return _dated(one) and _dated(other) and at_one_time and figures[0] != figures[1]

    found = [_contest(group, claims) for group in _connected(claims, is_against)]
    if not found:
        return []
    taken = {claim.claim_id for contest in found for claim in contest.claims}
    free = [claim for claim in claims if claim.claim_id not in taken]
    return found + [_contest(group, claims) for group in _connected(free, is_put_differently)]


def _connected(claims: list[Claim], linked: Callable[[Claim, Claim], bool]) -> list[list[Claim]]:
    """Return the connected components of two claims or more."""
    group_of = {claim.claim_id: [claim] for claim in claims}
    for one, other in combinations(claims, 2):
        first, second = group_of[one.claim_id], group_of[other.claim_id]
        if first is not second and linked(one, other):
            first += second
            group_of |= dict.fromkeys((claim.claim_id for claim in second), first)
    groups = {id(group): group for group in group_of.values() if len(group) > 1}
    return [sorted(group, key=claims.index) for group in groups.values()]


def _comparable(one: Claim, other: Claim) -> bool:
    distinct = one.usable and other.usable and one.origin_id != other.origin_id
    same = one.population == other.population and one.source_id != other.source_id
    return distinct and same


def _statistic(one: Claim, other: Claim) -> bool:
    return _STATISTIC in (one.basis, other.basis)


def _dated(claim: Claim) -> bool:
    return claim.period_from is not None and claim.period_to is not None


def _same_period(one: Claim, other: Claim) -> bool:
    days = (one.period_from, one.period_to)
    return _dated(one) and days == (other.period_from, other.period_to)


def _share_a_day(one: Claim, other: Claim) -> bool:
    first = max(claim.period_from or datetime.min for claim in (one, other))
    last = min(claim.period_to or datetime.max for claim in (one, other))
    return bool(first <= last)


def _share_a_year(one: Claim, other: Claim) -> bool:
    years = [(claim.period_from.year, claim.period_to.year) for claim in (one, other)
             if claim.period_from is not None and claim.period_to is not None]  # fmt: skip
    return len(years) == 2 and max(y[0] for y in years) <= min(y[1] for y in years)


def _contest(group: list[Claim], thing: list[Claim]) -> Contest:
    against = frozenset(claim.claim_id for claim in group)
    side_by_side = [c for c in thing if c.claim_id in against or _beside(c, group)]
    side_by_side.sort(key=lambda c: (c.period_start or "", c.published or "", c.claim_id))
    start, end = _period(group)
    when = start if start == end else f"{start or ''}-to-{end or ''}"
    key = _slug(f"contest {group[0].indicator} {group[0].place} {when or 'undated'}")
    return Contest(key, start, end, tuple(side_by_side), against)


def _beside(claim: Claim, group: list[Claim]) -> bool:
    """Return whether a claim counts what one of a group counts, within the contested time."""
    alike = [c for c in group if c.population == claim.population]
    if any(_same_period(claim, member) for member in alike):
        return True
    if not alike or any(_statistic(claim, member) for member in group):
        return False
    starts = [member.period_from for member in group if member.period_from is not None]
    ends = [member.period_to for member in group if member.period_to is not None]
    return bool(starts and ends) and _share_a_day(
        claim, replace(claim, period_from=min(starts), period_to=max(ends))
    )


def _period(group: list[Claim]) -> tuple[str | None, str | None]:
    """Return the common period of a group as written, else its first and last year."""
    periods = {(claim.period_start, claim.period_end) for claim in group}
    if len(periods) == 1:
        return periods.pop()
    days = [day for claim in group for day in (claim.period_from, claim.period_to) if day]
    return str(min(days).year), str(max(days).year)


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
