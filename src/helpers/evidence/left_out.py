"""Left out: which part of the evidence does not count at the moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pandas as pd

from helpers.errors import YaluError
from helpers.evidence.trace import note

# Columns that say when a row of a series speaks of, in the order of preference.
_DAYS = ("month", "date_from", "as_of_from")
# Columns with documents that say the same as the one in source_id.
_MORE = ("second_source_id", "more_source_ids")
# Tables about the evidence itself: they stay whole.
_REGISTERS = ("sources", "changes", "corrections")


@dataclass(frozen=True)
class LeftOut:
    """What does not count: claims and documents by id, bases of rows, rows after a day.

    `words` says it in prose: "without Reuters".
    """

    words: str
    claims: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    after: str = ""

    def __or__(self, other: "LeftOut | None") -> "LeftOut":
        """Return what either of two leaves out, in the words of this one."""
        if other is None:
            return self
        days = sorted(day for day in (self.after, other.after) if day)
        return LeftOut(self.words, self.claims | other.claims, self.sources | other.sources,
                       self.bases | other.bases, days[0] if days else "")  # fmt: skip


class Fallen(YaluError):
    """A claim or a parameter that a computation needs and that is left out."""


_base: list[LeftOut] = []
_now: list[LeftOut | None] = []


def current() -> LeftOut | None:
    """Return what is left out at the moment, None where all of the evidence counts."""
    return _now[-1] if _now else base()


def base() -> LeftOut | None:
    """Return what this process leaves out for good, None where it leaves out nothing."""
    return _base[-1] if _base else None


def leave_out(what: LeftOut) -> None:
    """Leave a part of the evidence out for good, in this process."""
    _base.append(what)


@contextmanager
def leaving_out(what: LeftOut | None) -> Iterator[None]:
    """Leave a part of the evidence out for a while; None counts all of it."""
    _now.append(what)
    try:
        yield
    finally:
        _now.pop()


def stands(claim_id: str) -> bool:
    """Return whether a claim counts at the moment."""
    now = current()
    return now is None or claim_id not in now.claims


def need(claim_id: str) -> None:
    """Note that a claim is read. Raises Fallen where it is left out."""
    note("claims", [claim_id])
    now = current()
    if now is not None and claim_id in now.claims:
        raise Fallen(f"no answer {now.words}: it needs the claim {claim_id}")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a clean table, all of them, not to be changed."""

    table: str
    frame: pd.DataFrame

    @property
    def are_evidence(self) -> bool:
        """Say whether the rows can be left out at all: those of a register cannot."""
        return self.table not in _REGISTERS and "source_id" in self.frame

    @property
    def are_claims(self) -> bool:
        """Say whether the rows stand or fall with claims, not with documents and days."""
        return "claim_id" in self.frame

    @cached_property
    def claims(self) -> frozenset[str]:
        """The claims that the rows name."""
        return frozenset(self.frame["claim_id"].dropna()) if self.are_claims else frozenset()

    @cached_property
    def sources(self) -> frozenset[str]:
        """The documents that the rows name."""
        return frozenset(_documents(self.frame))


def remaining(rows: Rows) -> pd.DataFrame:
    """Return the rows that count at the moment, as a fresh frame."""
    if not rows.are_evidence:
        return rows.frame.copy()
    if not rows.are_claims:
        note("sources", rows.sources)
    now = current()
    left = rows.frame if now is None else _left(rows, _bearing(rows, now))
    return left.copy()


def _bearing(rows: Rows, now: LeftOut) -> LeftOut:
    """Return what bears on some rows of what is left out."""
    claims, sources = now.claims & rows.claims, now.sources & rows.sources
    if rows.are_claims:
        return LeftOut("", claims, sources)
    return LeftOut("", claims, sources, now.bases, now.after)


# asked again and again while one outlet after another is left out
@lru_cache(maxsize=256)
def _left(rows: Rows, gone: LeftOut) -> pd.DataFrame:
    frame = rows.frame
    kept = _kept_claims(frame, gone) if rows.are_claims else _kept_rows(frame, gone)
    return frame if kept.all() else frame[kept].reset_index(drop=True)


def _documents(frame: pd.DataFrame) -> set[str]:
    """Return the documents that the rows of a table name."""
    columns = [c for c in ("source_id", *_MORE) if c in frame]
    cells = [cell for c in columns for cell in frame[c].dropna().unique()]
    return {source.strip() for cell in cells for source in cell.split(";")}


def _kept_claims(frame: pd.DataFrame, now: LeftOut) -> pd.Series:
    own = frame["claim_id"].isna() & frame["source_id"].isin(now.sources)
    return ~frame["claim_id"].isin(now.claims) & ~own


def _kept_rows(frame: pd.DataFrame, now: LeftOut) -> pd.Series:
    """Keep a row while one of the documents that it names counts."""
    gone = frame["source_id"].isin(now.sources)
    for column in _MORE:
        if column in frame:
            gone &= frame[column].map(lambda cell: _all_gone(cell, now.sources))
    if "basis" in frame:
        gone |= frame["basis"].isin(now.bases)
    day = next((column for column in _DAYS if column in frame), None)
    if now.after and day:
        gone |= frame[day].astype("str").where(frame[day].notna(), "") > now.after
    return ~gone


def _all_gone(cell: object, sources: frozenset[str]) -> bool:
    if not isinstance(cell, str):
        return True
    return all(source.strip() in sources for source in cell.split(";"))
