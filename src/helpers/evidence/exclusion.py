"""Exclusion: take outlets, documents, bases or later days out of the evidence."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from helpers.errors import YaluError, did_you_mean
from helpers.evidence.clean_tables import MORE_SOURCES, Rows, cached_by, codebook, records
from helpers.evidence.csv_tables import last_day_of
from helpers.evidence.origins import origins
from helpers.evidence.trace import note
from helpers.lazily import pandas as pd
from helpers.paths import book_root

# What a chapter's kernel reads: the choice that its run was asked for.
VARIABLE = "YALU_EVIDENCE"
OFFICIAL = frozenset({"official-statistic", "official-statement"})
ANONYMOUS = frozenset({"anonymous-source"})
# Columns that say when a row of a series speaks of, in the order of preference.
_DAYS = ("month", "date_from", "as_of_from")


class ExcludedEvidenceError(YaluError):
    """A claim or a parameter that a computation needs is excluded."""


# What is excluded -----------------------------------------------------------


@dataclass(frozen=True)
class Exclusion:
    """What does not count: claims and documents by id, bases of rows, rows after a day.

    `words` says it in prose: "without Reuters".
    """

    words: str
    claims: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    after: str = ""

    def __or__(self, other: Exclusion | None) -> Exclusion:
        """Return what either of two excludes, in the words of this one."""
        if other is None:
            return self
        days = sorted(day for day in (self.after, other.after) if day)
        return Exclusion(self.words, self.claims | other.claims, self.sources | other.sources,
                         self.bases | other.bases, days[0] if days else "")  # fmt: skip


_of_process: list[Exclusion] = []
_current: list[Exclusion | None] = []


def current_exclusion() -> Exclusion | None:
    """Return what is excluded now, None where all of the evidence counts."""
    return _current[-1] if _current else process_exclusion()


def process_exclusion() -> Exclusion | None:
    """Return what this process excludes throughout, None where that is nothing."""
    return _of_process[-1] if _of_process else None


def is_included(claim_id: str) -> bool:
    """Return whether a claim counts under the current exclusion."""
    now = current_exclusion()
    return now is None or claim_id not in now.claims


def require(claim_id: str) -> None:
    """Note that a claim is read. Raises ExcludedEvidenceError where it is excluded."""
    note("claims", [claim_id])
    now = current_exclusion()
    if now is not None and claim_id in now.claims:
        raise ExcludedEvidenceError(f"no answer {now.words}: it needs the claim {claim_id}")


def remaining(rows: Rows) -> pd.DataFrame:
    """Return the rows that count under the current exclusion, as a fresh frame."""
    if not rows.are_evidence:
        return rows.frame.copy()
    if not rows.are_claims:
        note("sources", rows.sources)
    now = current_exclusion()
    if now is None:
        return rows.frame.copy()
    # only what bears on these rows, so that one outlet after another can be excluded quickly
    bearing = Exclusion("", now.claims & rows.claims, now.sources & rows.sources)
    if not rows.are_claims:
        bearing |= Exclusion("", bases=now.bases, after=now.after)
    return _remaining(rows, bearing).copy()


@lru_cache(maxsize=256)
def _remaining(rows: Rows, now: Exclusion) -> pd.DataFrame:
    frame = rows.frame
    gone = frame["source_id"].isin(now.sources)
    if rows.are_claims:
        gone = frame["claim_id"].isin(now.claims) | (frame["claim_id"].isna() & gone)
    else:
        # a row stays while any of its documents counts
        for column in MORE_SOURCES:
            if column in frame:
                gone &= frame[column].map(lambda cell: now.sources.issuperset(_entries(cell)))
        if "basis" in frame:
            gone |= frame["basis"].isin(now.bases)
        day = next((column for column in _DAYS if column in frame), None)
        if now.after and day:
            gone |= frame[day].astype("str").where(frame[day].notna(), "") > now.after
    return frame[~gone].reset_index(drop=True) if gone.any() else frame


def _entries(cell: Any) -> list[str]:
    """Return the entries of a cell that holds several, none of an empty one."""
    return [part.strip() for part in cell.split(";") if part] if isinstance(cell, str) else []


# A choice of the evidence ---------------------------------------------------------------------


@dataclass(frozen=True)
class Subset:
    """A choice of the evidence: what is excluded, what alone counts, and by which day known.

    `without` holds ids of documents, outlet families and bases, `only` bases, `known_by` an
    ISO day or nothing.
    """

    without: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    known_by: str = ""

    def __bool__(self) -> bool:
        """Return whether anything is excluded at all."""
        return bool(self.without or self.only or self.known_by)


ALL = Subset()


@dataclass(frozen=True)
class _Facts:
    """What decides whether a claim counts.

    `families` are the outlet that printed it and those that it quotes by name, `published` the
    last day on which it can have come out, `operands` what it is derived from.
    """

    source: str
    families: frozenset[str]
    basis: str
    published: str
    operands: list[str]
    origins: frozenset[str]


@dataclass(frozen=True)
class _Ledger:
    """Look-ups by claim and by document; `label` by family, `resting_on` by family and basis too.

    `given` are documents that are taken as given.
    """

    claims: dict[str, _Facts]
    family: dict[str, str]
    label: dict[str, str]
    published: dict[str, str]
    outlet: dict[str, str]
    given: frozenset[str]
    resting_on: dict[str, frozenset[str]]


def _ledger() -> _Ledger:
    return _read(book_root())


@cached_by("claims", "sources")
def _read(root: Path) -> _Ledger:
    note("tables", ["sources"])
    note("columns", ["claim_id", "source_id", "outlet_family", "quoted_families", "basis",
                     "derived_from"])  # fmt: skip
    claims, sources = records("claims", root), records("sources", root)
    documents = {row["source_id"]: row for row in sources}
    days = {key: last_day_of(row["published"]) for key, row in documents.items()}
    facts = {
        row["claim_id"]: _Facts(
            row["source_id"], frozenset([row["outlet_family"], *_entries(row["quoted_families"])]),
            row["basis"], days[row["source_id"]], _entries(row["derived_from"]),
            origins(row["claim_id"]),
        )
        for row in claims
    }  # fmt: skip

    @cache
    def names(claim_id: str) -> set[str]:
        """Return what a claim rests on: its own, its origins' and its operands' names."""
        behind = [facts[origin] for origin in (claim_id, *facts[claim_id].origins)]
        own = {name for f in behind for name in (f.source, f.basis, *f.families)}
        return own.union(*map(names, facts[claim_id].operands))

    resting_on: dict[str, set[str]] = defaultdict(set)
    for claim_id in facts:
        for name in names(claim_id):
            resting_on[name].add(claim_id)
    counted = ("official-statistic", "derived")
    other = {row["source_id"] for row in claims if row["basis"] not in counted}
    datasets = {key for key, row in documents.items() if row["kind"] == "dataset"}
    laws = {key for key, row in documents.items() if row["kind"] == "law"}
    return _Ledger(
        claims=facts,
        family={key: row["outlet_family"] for key, row in documents.items()},
        label={row["outlet_family"]: row["outlet_family_label"] for row in sources},
        # the rows of a data set are dated themselves, and it grows with time
        published=days | dict.fromkeys(datasets, "0000"),
        outlet={key: row["outlet"] for key, row in documents.items()},
        given=frozenset(datasets - other | laws),
        resting_on={name: frozenset(found) for name, found in resting_on.items()},
    )


def bases() -> tuple[str, ...]:
    """Return the kinds of evidence in the codebook's order."""
    book, _ = codebook(book_root())
    return tuple(next(c.words for c in book["clean/claims"] if c.column == "basis"))


def checked_subset(
    without: Iterable[str] = (), only: Iterable[str] = (), known_by: str = ""
) -> Subset:
    """Return a choice of the evidence.

    Raises YaluError (exit code 2) for what is no document, outlet family or basis, and for
    what is no day.
    """
    ledger = _ledger()
    known = {*ledger.family, *ledger.label, *bases()}
    for name in (*without, *only):
        if name not in known:
            near = did_you_mean(name, known)
            raise YaluError(f"{name[:60]!r} is no document, outlet or basis{near}", exit_code=2)
    if known_by and (len(known_by) != 10 or not last_day_of(known_by)):
        raise YaluError(f"known by {known_by[:40]!r}: write a day as YYYY-MM-DD", exit_code=2)
    return Subset(frozenset(without), frozenset(only), known_by)


def name_words(name: str) -> str:
    """Return a document, an outlet family or a basis in words: "Reuters", "derived"."""
    ledger = _ledger()
    return ledger.label.get(name) or ledger.outlet.get(name, name.replace("-", " "))


def families_of(claim_id: str) -> frozenset[str]:
    """Return the outlet families without which a claim is lost: who printed it, whom it quotes."""
    return _ledger().claims[claim_id].families


def family_of(source_id: str) -> str:
    """Return the outlet family of a document."""
    return _ledger().family[source_id]


def is_family(name: str) -> bool:
    """Return whether a name is that of an outlet family."""
    return name in _ledger().label


def is_given(source_id: str) -> bool:
    """Return whether a document is taken as given: the text of a law, or a table of statistics."""
    return source_id in _ledger().given


def subset_words(subset: Subset) -> str:
    """Return a choice of the evidence in words: "without Reuters"."""
    documents, parts = _ledger().family, []
    if subset.without:
        names = [name_words(n) + (f" ({n})" if n in documents else "") for n in subset.without]
        parts.append(f"without {' and '.join(sorted(names))}")
    if subset.only:
        only = " and ".join(f"{basis}s" for basis in sorted(subset.only))
        parts.append(f"on {only.replace('-', ' ')} only")
    if subset.known_by:
        parts.append(f"as known by {subset.known_by}")
    return ", ".join(parts)


def exclusion_of(subset: Subset) -> Exclusion:
    """Return what a choice excludes.

    A claim that repeats another is excluded with it, and a derived claim with any claim that
    it was worked out from: both are judged by what they finally rest on. A claim that quotes
    an outlet by name is excluded with that outlet too, wherever it was read. What was known by
    a day goes by the last day on which a document can have been published, an undated one
    counts as unknown, and a repeat that was out by then counts although its origin was not.
    """
    return _exclusion_of(book_root(), subset)


@cached_by("claims", "sources")
def _exclusion_of(root: Path, subset: Subset) -> Exclusion:
    ledger = _read(root)

    def too_late(day: str) -> bool:
        return bool(subset.known_by) and not (day and day <= subset.known_by)

    @cache
    def is_unknown(claim_id: str) -> bool:
        """Return whether a claim is excluded by what alone counts or by what was known."""
        facts = ledger.claims[claim_id]
        said = {ledger.claims[origin].basis for origin in facts.origins}
        if subset.only and not said <= subset.only:
            return True
        if facts.operands:
            return any(map(is_unknown, facts.operands))
        return too_late(facts.published)

    sources = frozenset(
        source for source, family in ledger.family.items()
        if {source, family} & subset.without or too_late(ledger.published[source])
    )  # fmt: skip
    claims = frozenset().union(*(ledger.resting_on.get(n, ()) for n in subset.without))
    if subset.only or subset.known_by:
        claims |= frozenset(filter(is_unknown, ledger.claims))
    rows = subset.without & set(bases())
    if subset.only:
        # what we worked out in a table was worked out from rows of its own
        rows |= set(bases()) - subset.only - {"derived"}
    return Exclusion(subset_words(subset), claims, sources, rows, subset.known_by)


# For a block, and for other processes ---------------------------------------------------------


@contextmanager
def counting(subset: Subset) -> Iterator[None]:
    """Count only a choice of the evidence within the block, of what this process counts."""
    throughout = process_exclusion()
    _current.append(exclusion_of(subset) | throughout if subset else throughout)
    try:
        yield
    finally:
        _current.pop()


@contextmanager
def excluded_throughout(subset: Subset) -> Iterator[None]:
    """Count only a choice of the evidence within the block as a process of its own would."""
    before = list(_of_process)
    _of_process[:] = [exclusion_of(subset) | process_exclusion()] if subset else before
    try:
        yield
    finally:
        _of_process[:] = before


@contextmanager
def in_environment(subset: Subset) -> Iterator[None]:
    """Have the processes that are started within the block count only a choice of the evidence."""
    if subset:
        os.environ[VARIABLE] = json.dumps(as_data(subset))
    try:
        yield
    finally:
        if subset:
            del os.environ[VARIABLE]


def as_data(subset: Subset) -> dict[str, object]:
    """Return a choice of the evidence as plain data, without what it leaves open."""
    data = {"without": sorted(subset.without), "only": sorted(subset.only),
            "known_by": subset.known_by}  # fmt: skip
    return {key: value for key, value in data.items() if value}


def obey_environment() -> None:
    """Count only the evidence that the process which started this one asked for."""
    try:
        subset = checked_subset(**json.loads(os.environ.get(VARIABLE) or "{}"))
    except (ValueError, TypeError):
        raise YaluError(f"{VARIABLE}: not as --without sets it; unset it", exit_code=2) from None
    if subset and process_exclusion() is None:
        _of_process.append(exclusion_of(subset))
