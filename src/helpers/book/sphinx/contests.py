"""Contests: which claims about one thing and time stand against each other."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import pandas as pd

from helpers import evidence
from helpers.chapter.wording import period_words
from helpers.evidence import Claim

Pair = Callable[[Claim, Claim], bool]
Apart = Callable[[str], Collection[str]]
_STATISTIC = "official-statistic"
_DISPUTED = "disputed"


@dataclass(frozen=True)
class Contest:
    """Claims of one indicator, place, unit and per that stand side by side, in order of time.

    `against` holds the ids of those that make the contest; the others speak of the same
    time. Echoes are left out. `key` is its address on the page.
    """

    key: str
    period: str
    claims: tuple[Claim, ...]
    against: frozenset[str]

    @property
    def indicator(self) -> str:
        """Return what is measured."""
        return self.claims[0].indicator

    @property
    def place(self) -> str:
        """Return where."""
        return self.claims[0].place


def contested(claims: Iterable[Claim], apart: Apart = evidence.disagreeing) -> list[Contest]:
    """Return the contests among claims.

    Two claims of one indicator, place, unit and per, neither an echo, both usable and of
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
    value not against the mean of several. Claims that hang together make one contest.
    Beside them stand the other claims, usable or not, that count the same population as one
    of them within the contested time. Goods under different names are different populations.
    """
    things: dict[tuple[str, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        if not claim.repeats:
            things[claim.indicator, claim.place, claim.unit, claim.per or ""].append(claim)
    found = [contest for thing in things.values() for contest in _of_thing(thing, apart)]
    return list(_with_keys(found))


def contests_by_claim(contests: Iterable[Contest]) -> dict[str, list[Contest]]:
    """Return for each claim the contests in which it stands."""
    found = defaultdict(list)
    for contest in contests:
        for claim in contest.claims:
            found[claim.claim_id].append(contest)
    return dict(found)


def _of_thing(claims: list[Claim], apart: Apart) -> list[Contest]:
    rivals = {claim.claim_id: apart(claim.claim_id) for claim in claims}

    def against(one: Claim, other: Claim) -> bool:
        rival = other.claim_id in rivals[one.claim_id]
        return _marked(one, other) or (
            rival and _comparable(one, other) and _same_period(one, other)
        )

    def put_differently(one: Claim, other: Claim) -> bool:
        rival = other.claim_id in rivals[one.claim_id]
        return not rival and _comparable(one, other) and _put_differently(one, other)

    found = [_contest(group, claims) for group in _groups(claims, against)]
    if not found:
        return []
    taken = {claim.claim_id for contest in found for claim in contest.claims}
    free = [claim for claim in claims if claim.claim_id not in taken]
    return found + [_contest(group, claims) for group in _groups(free, put_differently)]


def _groups(claims: list[Claim], pair: Pair) -> Iterator[list[Claim]]:
    """Yield the claims that hang together by `pair`, two or more."""
    group_of = {claim.claim_id: [claim] for claim in claims}
    for one, other in combinations(claims, 2):
        mine, theirs = group_of[one.claim_id], group_of[other.claim_id]
        if mine is not theirs and pair(one, other):
            mine += theirs
            group_of |= {claim.claim_id: mine for claim in theirs}
    yield from (g for g in {id(g): g for g in group_of.values()}.values() if len(g) > 1)


def _distinct(one: Claim, other: Claim) -> bool:
    return one.usable and other.usable and one.origin_id != other.origin_id


def _marked(one: Claim, other: Claim) -> bool:
    if not _distinct(one, other) or {one.status, other.status} != {_DISPUTED}:
        return False
    return _share_a_day(one, other) or (not _statistic(one, other) and _share_a_year(one, other))


def _comparable(one: Claim, other: Claim) -> bool:
    return (
        _distinct(one, other)
        and one.source_id != other.source_id
        and one.population == other.population
    )


def _put_differently(one: Claim, other: Claim) -> bool:
    dated = _dated(one) and _dated(other)
    return dated and _at_one_time(one, other) and _put(one) != _put(other)


def _put(claim: Claim) -> tuple[object, ...]:
    return claim.value, claim.low, claim.high, claim.qualifier


def _statistic(one: Claim, other: Claim) -> bool:
    return _STATISTIC in (one.basis, other.basis)


def _dated(claim: Claim) -> bool:
    return claim.period_from is not None and claim.period_to is not None


def _same_period(one: Claim, other: Claim) -> bool:
    days = (one.period_from, one.period_to)
    return _dated(one) and days == (other.period_from, other.period_to)


def _at_one_time(one: Claim, other: Claim) -> bool:
    return _same_period(one, other) or (not _statistic(one, other) and _share_a_day(one, other))


def _share_a_day(one: Claim, other: Claim) -> bool:
    first = max(claim.period_from or pd.Timestamp.min for claim in (one, other))
    last = min(claim.period_to or pd.Timestamp.max for claim in (one, other))
    return bool(first <= last)


def _share_a_year(one: Claim, other: Claim) -> bool:
    years = [
        (claim.period_from.year, claim.period_to.year)
        for claim in (one, other)
        if claim.period_from is not None and claim.period_to is not None
    ]
    return len(years) == 2 and max(y[0] for y in years) <= min(y[1] for y in years)


def _contest(group: list[Claim], thing: list[Claim]) -> Contest:
    against = frozenset(claim.claim_id for claim in group)
    shown = [c for c in thing if c.claim_id in against or _beside(c, group)]
    ordered = sorted(shown, key=lambda c: (c.period_start or "", c.published or "", c.claim_id))
    start, end = _span(group)
    when = start if start == end else f"{start or ''}-to-{end or ''}"
    key = _slug(f"contest {group[0].indicator} {group[0].place} {when or 'undated'}")
    return Contest(key, period_words(start, end), tuple(ordered), against)


def _beside(claim: Claim, group: list[Claim]) -> bool:
    """Return whether a claim counts what one of a group counts, within the contested time."""
    alike = [c for c in group if c.population == claim.population]
    if any(_same_period(claim, member) for member in alike):
        return True
    if not alike or any(_statistic(claim, member) for member in group):
        return False
    starts = [member.period_from for member in group if member.period_from is not None]
    ends = [member.period_to for member in group if member.period_to is not None]
    if not starts or not ends:
        return False
    return _share_a_day(claim, replace(claim, period_from=min(starts), period_to=max(ends)))


def _span(group: list[Claim]) -> tuple[str | None, str | None]:
    """Return the common period of a group as written, else its first and last year."""
    periods = {(claim.period_start, claim.period_end) for claim in group}
    if len(periods) == 1:
        return periods.pop()
    days = [day for claim in group for day in (claim.period_from, claim.period_to) if day]
    return str(min(days).year), str(max(days).year)


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _with_keys(contests: list[Contest]) -> Iterator[Contest]:
    """Yield the contests; where several have one key, the unit and per are added to it."""
    keys = [contest.key for contest in contests]
    used: set[str] = set()
    for contest in contests:
        claim, key = contest.claims[0], contest.key
        if keys.count(key) > 1:
            key = _slug(f"{key} {claim.unit} {claim.per or ''}")
        while key in used:
            key += "-more"
        used.add(key)
        yield replace(contest, key=key)
