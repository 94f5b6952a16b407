"""Subset: a choice of the evidence, such as all but one outlet, or what was known by a day."""

import json
import os
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.errors import YaluError
from helpers.evidence import left_out
from helpers.evidence.independence import origins
from helpers.evidence.left_out import LeftOut
from helpers.evidence.load import nearest_names, stamp, whole
from helpers.evidence.periods import iso, last_day
from helpers.paths import book_root

# What a chapter's kernel reads: the choice that its run was asked for.
VARIABLE = "YALU_EVIDENCE"
BASES = (
    "official-statistic",
    "official-statement",
    "panel-of-experts",
    "expert-named",
    "anonymous-source",
    "derived",
)
OFFICIAL = frozenset({"official-statistic", "official-statement"})
ANONYMOUS = frozenset({"anonymous-source"})


@dataclass(frozen=True)
class Subset:
    """A choice of the evidence: what is left out, what alone counts, and by which day known.

    `without` holds ids of documents, outlet families and bases, `only` bases, `known_by` an
    ISO day or nothing.
    """

    without: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    known_by: str = ""

    def __bool__(self) -> bool:
        """Say whether anything is left out at all."""
        return bool(self.without or self.only or self.known_by)


ALL = Subset()


@dataclass(frozen=True)
class _Facts:
    """What decides whether a claim counts: who printed it, on what basis, last day published.

    `families` are the house that printed it and those that it quotes by name.
    """

    source: str
    families: frozenset[str]
    basis: str
    published: str
    operands: tuple[str, ...]
    origins: frozenset[str]


@dataclass(frozen=True)
class _Ledger:
    claims: dict[str, _Facts]
    family: dict[str, str]
    label: dict[str, str]
    published: dict[str, str]
    outlet: dict[str, str]
    given: frozenset[str]
    # document, outlet family or basis to the claims that fall without it
    resting_on: dict[str, frozenset[str]]


def _ledger(root: Path | None = None) -> _Ledger:
    root = root or book_root()
    files = [stamp(root, f"data/clean/{name}.csv") for name in ("claims", "sources")]
    return _read(root, tuple(files))


@lru_cache(maxsize=2)
def _read(root: Path, _state: tuple[tuple[int, int], ...]) -> _Ledger:
    claims, sources = whole("claims", root), whole("sources", root)
    days = dict(zip(sources["source_id"], iso(last_day(sources["published"])), strict=True))
    facts = {row["claim_id"]: _facts(row, days) for row in claims.to_dict("records")}
    words = {name: dict(zip(sources["source_id"], sources[name], strict=True))
             for name in ("outlet_family", "outlet_family_label", "outlet")}  # fmt: skip
    # the rows of a data set are dated themselves, and it grows with time
    days |= dict.fromkeys(sources.loc[sources["kind"] == "dataset", "source_id"], "0000")
    given = _given(sources, claims)
    label = {words["outlet_family"][s]: words["outlet_family_label"][s] for s in days}
    resting = _resting_on(facts)
    return _Ledger(facts, words["outlet_family"], label, days, words["outlet"], given, resting)


def _resting_on(facts: dict[str, _Facts]) -> dict[str, frozenset[str]]:
    """Return each document, outlet family and basis with the claims that fall without it."""
    known: dict[str, set[str]] = {}

    def names(claim_id: str) -> set[str]:
        """Return what a claim rests on: its own, its origins' and its operands' names."""
        if claim_id not in known:
            behind = [facts[origin] for origin in (claim_id, *facts[claim_id].origins)]
            own = {name for f in behind for name in (f.source, f.basis, *f.families)}
            known[claim_id] = own.union(*map(names, facts[claim_id].operands))
        return known[claim_id]

    found: dict[str, set[str]] = {}
    for claim_id in facts:
        for name in names(claim_id):
            found.setdefault(name, set()).add(claim_id)
    return {name: frozenset(claims) for name, claims in found.items()}


def _given(sources: pd.DataFrame, claims: pd.DataFrame) -> frozenset[str]:
    counted = claims["basis"].isin(["official-statistic", "derived"])
    reports = claims.loc[~counted, "source_id"]
    rates = (sources["kind"] == "dataset") & ~sources["source_id"].isin(reports)
    return frozenset(sources.loc[rates | (sources["kind"] == "law"), "source_id"])


def _facts(row: dict[Hashable, Any], days: dict[str, str]) -> _Facts:
    source, claim_id = str(row["source_id"]), str(row["claim_id"])
    families = frozenset([str(row["outlet_family"]), *_entries(row["quoted_families"])])
    return _Facts(source, families, str(row["basis"]), days[source],
                  _entries(row["derived_from"]), origins(claim_id))  # fmt: skip


def _entries(cell: Any) -> tuple[str, ...]:
    """Return the entries of a cell that holds several, none of an empty one."""
    return tuple(part.strip() for part in cell.split(";")) if isinstance(cell, str) else ()


def checked_subset(
    without: Iterable[str] = (), only: Iterable[str] = (), known_by: str = ""
) -> Subset:
    """Return a choice of the evidence.

    Raises YaluError (exit code 2) for what is no document, outlet family or basis, and for
    a day that is none.
    """
    ledger = _ledger()
    known = {*ledger.family, *ledger.label, *BASES}
    for name in (*without, *only):
        if name not in known:
            raise YaluError(f"{name[:60]!r} is no document, outlet or basis"
                            f"{nearest_names(name, known)}", exit_code=2)  # fmt: skip
    if known_by and (len(known_by) != 10 or pd.isna(_day(known_by))):
        raise YaluError(f"known by {known_by[:40]!r}: write a day as YYYY-MM-DD", exit_code=2)
    return Subset(frozenset(without), frozenset(only), known_by)


def _day(text: str) -> pd.Timestamp:
    return last_day(pd.Series([text], dtype="str"))[0]


def name_words(name: str) -> str:
    """Return a document, an outlet family or a basis in words: "Reuters", "derived"."""
    ledger = _ledger()
    if name in ledger.label:
        return ledger.label[name]
    return ledger.outlet.get(name, name.replace("-", " "))


def families_of(claim_id: str) -> frozenset[str]:
    """Return the outlet families that a claim falls with: who printed it, and whom it quotes."""
    return _ledger().claims[claim_id].families


def family_of(source_id: str) -> str:
    """Return the outlet family of a document."""
    return _ledger().family[source_id]


def is_family(name: str) -> bool:
    """Say whether a name is that of an outlet family."""
    return name in _ledger().label


def is_given(source_id: str) -> bool:
    """Say whether a document is taken as given: the text of a law, or a table of statistics."""
    return source_id in _ledger().given


def subset_words(subset: Subset) -> str:
    """Return a choice of the evidence in words: "without Reuters"."""
    parts = []
    if subset.without:
        names = sorted(f"{name_words(n)} ({n})" if n in _ledger().family else name_words(n)
                       for n in subset.without)  # fmt: skip
        parts.append(f"without {' and '.join(names)}")
    if subset.only:
        bases = " and ".join(f"{basis}s" for basis in sorted(subset.only))
        parts.append(f"on {bases.replace('-', ' ')} only")
    if subset.known_by:
        parts.append(f"as known by {subset.known_by}")
    return ", ".join(parts)


@lru_cache(maxsize=512)
def _left_out(root: Path, _state: tuple[int, int], subset: Subset) -> LeftOut:
    ledger = _ledger(root)
    sources = frozenset(s for s in ledger.family if _source_falls(s, subset, ledger))
    claims = frozenset().union(*(ledger.resting_on.get(n, ()) for n in subset.without))
    if subset.only or subset.known_by:
        known: dict[str, bool] = {}
        claims |= {c for c in ledger.claims if _falls_anyway(c, subset, ledger, known)}
    bases = subset.without & set(BASES)
    if subset.only:
        # what we worked out in a table was worked out from rows of its own
        bases |= set(BASES) - subset.only - {"derived"}
    return LeftOut(subset_words(subset), claims, sources, bases, subset.known_by)


def what_falls(subset: Subset) -> LeftOut:
    """Return what a choice leaves out.

    An echo leaves with the claim that it repeats, and a derived claim with any claim that
    it was worked out from: both are judged by what they finally rest on. A claim that quotes
    a house by name leaves with that house too, wherever it was read. What was known by
    a day goes by the last day on which a document can have been published, an undated one
    counts as unknown, and an echo that was out by then counts although its origin was not.
    """
    root = book_root()
    return _left_out(root, stamp(root, "data/clean/claims.csv"), subset)


def _source_falls(source: str, subset: Subset, ledger: _Ledger) -> bool:
    named = source in subset.without or ledger.family[source] in subset.without
    return named or _too_late(ledger.published[source], subset)


def _too_late(day: str, subset: Subset) -> bool:
    return bool(subset.known_by) and not (day and day <= subset.known_by)


def _falls_anyway(claim_id: str, subset: Subset, ledger: _Ledger, known: dict[str, bool]) -> bool:
    """Say whether a claim falls by what alone counts and by what was known, names apart."""
    if claim_id not in known:
        facts = ledger.claims[claim_id]
        voices = {ledger.claims[origin].basis for origin in facts.origins}
        late = not facts.operands and _too_late(facts.published, subset)
        known[claim_id] = late or bool(subset.only and not voices <= subset.only) or any(
            _falls_anyway(operand, subset, ledger, known) for operand in facts.operands
        )  # fmt: skip
    return known[claim_id]


@contextmanager
def counting(subset: Subset) -> Iterator[None]:
    """Let only a choice of the evidence count for a while, of what this process counts at all."""
    base = left_out.base()
    with left_out.leaving_out(what_falls(subset) | base if subset else base):
        yield


@contextmanager
def in_environment(subset: Subset) -> Iterator[None]:
    """Let the processes that are started meanwhile count only a choice of the evidence."""
    if not subset:
        yield
        return
    os.environ[VARIABLE] = json.dumps(as_data(subset))
    try:
        yield
    finally:
        del os.environ[VARIABLE]


def as_data(subset: Subset) -> dict[str, object]:
    """Return a choice of the evidence as plain data, without what it leaves open."""
    data = {"without": sorted(subset.without), "only": sorted(subset.only),
            "known_by": subset.known_by}  # fmt: skip
    return {key: value for key, value in data.items() if value}


def obey_environment() -> None:
    """Count only the evidence that the process which started this one asked for."""
    wanted = json.loads(os.environ.get(VARIABLE, "{}"))
    if wanted and left_out.base() is None:
        left_out.leave_out(what_falls(checked_subset(**wanted)))
