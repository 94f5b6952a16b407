"""Agreement: which claims speak of the same thing at the same time, and whether they agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.errors import YaluError
from helpers.evidence.failures import shown
from helpers.evidence.load import stamp, whole
from helpers.paths import book_root

# A figure that its source calls "about" or "nearly" may differ by this share of itself.
TOLERANCE = 0.1

_SAME = ["indicator", "place", "unit", "per"]
_WORDS = [*_SAME, "claim_id", "population"]
_NEVER, _ALWAYS = np.datetime64("0001-01-01", "s"), np.datetime64("9999-12-31", "s")


@dataclass(frozen=True)
class Contest:
    """Claims of one indicator and place that do not agree about one time.

    `period_from` and `period_to` are the first and the last day on which two of them
    contradict each other, None where that side is open. `claim_ids` holds all claims that
    speak of that time, those that agree with both sides among them; `left_out` those of
    them that are not usable, which never make a contest. `populations` are the words for
    who or what is counted: where there are several, the claims may speak past each other.
    """

    indicator: str
    place: str
    unit: str
    per: str | None
    period_from: pd.Timestamp | None
    period_to: pd.Timestamp | None
    claim_ids: tuple[str, ...]
    left_out: tuple[str, ...]
    populations: tuple[str, ...]


class _Spans(NamedTuple):
    """Claims as arrays: days (open sides filled), figures with tolerance, origin, usable."""

    start: np.ndarray
    end: np.ndarray
    least: np.ndarray
    most: np.ndarray
    origin: np.ndarray
    usable: np.ndarray

    def at(self, rows: np.ndarray | int) -> "_Spans":
        """Return the claims at these positions."""
        return _Spans(*(column[rows] for column in self))


@dataclass(frozen=True)
class _Table:
    """A ledger ready to compare: its words, and the positions of each thing's claims."""

    words: dict[str, np.ndarray]
    spans: _Spans
    things: list[np.ndarray]
    thing_of: dict[str, int]


def agreeing(claim_id: str, ledger: pd.DataFrame | None = None) -> list[str]:
    """Return the claims that speak of the same thing and time, and whose range overlaps.

    The same thing: indicator, place, unit and per. The same time: the periods share a day;
    a missing end is open. Ranges: from lower to upper, an empty side open, ends included;
    "about" reaches TOLERANCE of the figure to both sides, "nearly" as far towards nought.
    Echoes and claims that are not usable are among them. `ledger` is a table like
    clean/claims, the book's own where left out. Raises YaluError for an unknown id.
    """
    peers, apart = _compared(claim_id, ledger)
    return list(peers[~apart])


def disagreeing(claim_id: str, ledger: pd.DataFrame | None = None) -> list[str]:
    """Return the claims that speak of the same thing and time, and whose range lies apart.

    The rule is that of `agreeing`. Raises YaluError for an unknown id.
    """
    peers, apart = _compared(claim_id, ledger)
    return list(peers[apart])


def contests(ledger: pd.DataFrame | None = None) -> list[Contest]:
    """Return the groups of claims that contradict each other, by indicator, place and time.

    A group holds the claims of one indicator, place, unit and per whose periods hang
    together within a calendar year, and at least two that disagree (see `agreeing`), are
    both usable, and do not have the same origin. A group whose claims all stand in another
    one is left out. Comparing takes the square of the largest group, not of the ledger.
    """
    table = _table(ledger)
    return [
        contest
        for thing in table.things
        if table.spans.least[thing].max() > table.spans.most[thing].min()
        for contest in _contests(thing, table)
    ]


def _table(ledger: pd.DataFrame | None) -> _Table:
    if ledger is not None:
        return _prepared(ledger)
    root = book_root()
    return _of_book(root, stamp(root, "data/clean/claims.csv"))


@lru_cache(maxsize=2)
def _of_book(root: Path, _state: tuple[int, int]) -> _Table:
    return _prepared(whole("claims", root))


def _prepared(ledger: pd.DataFrame) -> _Table:
    frame = ledger.sort_values("claim_id").reset_index(drop=True)
    grouped = frame.groupby(_SAME, dropna=False).ngroup().to_numpy()
    by_thing = np.argsort(grouped, kind="stable")
    things = np.split(by_thing, np.flatnonzero(np.diff(grouped[by_thing])) + 1)
    thing_of = dict(zip(frame["claim_id"], grouped.tolist(), strict=True))
    words = {name: frame[name].to_numpy(dtype=object) for name in _WORDS}
    return _Table(words, _spans(frame), things if len(frame) else [], thing_of)


def _spans(rows: pd.DataFrame) -> _Spans:
    lower = rows["lower"].fillna(-np.inf).to_numpy(dtype=float)
    upper = rows["upper"].fillna(np.inf).to_numpy(dtype=float)
    about, nearly = ((rows["qualifier"] == word).to_numpy() for word in ("about", "nearly"))
    down, up = about | (nearly & (lower > 0)), about | (nearly & (upper < 0))
    return _Spans(
        start=_days(rows["period_from"], _NEVER),
        end=_days(rows["period_to"], _ALWAYS),
        least=np.where(down, lower - TOLERANCE * np.abs(lower), lower),
        most=np.where(up, upper + TOLERANCE * np.abs(upper), upper),
        origin=rows["origin_id"].to_numpy(),
        usable=rows["usable"].to_numpy(dtype=bool),
    )


def _days(column: pd.Series, missing: np.datetime64) -> np.ndarray:
    days = column.to_numpy(dtype="datetime64[s]")
    return np.where(np.isnat(days), missing, days)


def _compared(claim_id: str, ledger: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of the same thing and time, and which of them lie apart."""
    table = _table(ledger)
    if claim_id not in table.thing_of:
        raise YaluError(f"no claim {shown(claim_id)}")
    rows = table.things[table.thing_of[claim_id]]
    ids, spans = table.words["claim_id"][rows], table.spans.at(rows)
    own = ids == claim_id
    one = spans.at(int(own.argmax()))
    together = (spans.start <= one.end) & (spans.end >= one.start) & ~own
    apart = (spans.least > one.most) | (spans.most < one.least)
    return ids[together], apart[together]


def _contests(thing: np.ndarray, table: _Table) -> list[Contest]:
    """Return the contests among the claims of one thing, in order of time."""
    spans, groups = table.spans.at(thing), {}
    for members in _clusters(spans.start, spans.end):
        if days := _contradiction(spans.at(members)):
            groups[frozenset(members.tolist())] = days
    largest = [group for group in groups if not any(group < other for other in groups)]
    ordered = sorted(largest, key=lambda group: (groups[group], sorted(group)))
    return [_contest(thing[sorted(group)], *groups[group], table) for group in ordered]


def _clusters(start: np.ndarray, end: np.ndarray) -> Iterator[np.ndarray]:
    """Yield, for each calendar year, the claims whose periods hang together in it.

    Only years in which a period begins or ends are looked at: between them nothing changes.
    """
    first, last = start.astype("datetime64[Y]"), end.astype("datetime64[Y]")
    by_start = np.argsort(start, kind="stable")
    for year in np.unique(np.concatenate([first, last])):
        touching = by_start[(first[by_start] <= year) & (last[by_start] >= year)]
        reach = np.maximum.accumulate(end[touching])
        begin = np.maximum(start[touching], year.astype(start.dtype))
        breaks = np.flatnonzero(begin[1:] > reach[:-1]) + 1
        yield from (group for group in np.split(touching, breaks) if len(group) > 1)


def _contradiction(group: _Spans) -> tuple[np.datetime64, np.datetime64] | None:
    """Return the first and the last day on which two usable claims of a group disagree."""
    own = group.at(group.usable)
    days = []
    for start, end, least, most, origin, _ in zip(*own, strict=True):
        apart = (own.least > most) | (own.most < least)
        apart &= (own.start <= end) & (own.end >= start) & (own.origin != origin)
        if apart.any():
            days.append((max(start, own.start[apart].min()), min(end, own.end[apart].max())))
    return (min(days)[0], max(last for _, last in days)) if days else None


def _contest(rows: np.ndarray, start: np.datetime64, end: np.datetime64, table: _Table) -> Contest:
    ids, per = table.words["claim_id"][rows], table.words["per"][rows[0]]
    return Contest(
        indicator=table.words["indicator"][rows[0]],
        place=table.words["place"][rows[0]],
        unit=table.words["unit"][rows[0]],
        per=None if pd.isna(per) else per,
        period_from=None if start == _NEVER else pd.Timestamp(start),
        period_to=None if end == _ALWAYS else pd.Timestamp(end),
        claim_ids=tuple(ids),
        left_out=tuple(ids[~table.spans.usable[rows]]),
        populations=tuple(dict.fromkeys(table.words["population"][rows])),
    )
