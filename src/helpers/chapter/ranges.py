"""Ranges: low, central and high, any of them unknown, and those that claims span."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers import evidence
from helpers.chapter.parameters import Parameter, RangeClaims, Value
from helpers.chapter.sampling import nearest_integer
from helpers.chapter.wording import round_to
from helpers.errors import YaluError
from helpers.evidence import exclusion
from helpers.evidence.clean_tables import cached_by
from helpers.evidence.exclusion import ExcludedEvidenceError
from helpers.evidence.load import every_claim
from helpers.evidence.trace import note
from helpers.paths import book_root


@dataclass(frozen=True)
class Range:
    """A quantity between `low` and `high`, None where unknown, in `unit` for each `per`.

    `central` is a value that a source gives, never a middle that we made. Raises YaluError where
    they are not in order.
    """

    low: float | None = None
    high: float | None = None
    central: float | None = None
    unit: str = ""
    per: str = ""

    def __post_init__(self) -> None:
        """Hold the order of the ends."""
        known = [x for x in (self.low, self.central, self.high) if x is not None]
        if known != sorted(known) or any(math.isnan(x) for x in known):
            raise YaluError(f"a range needs low <= central <= high, found {known}")

    @property
    def ends(self) -> tuple[float, float] | None:
        """The outermost figures that were named, on an open side the last one named."""
        named = [x for x in (self.low, self.central, self.high) if x is not None]
        return (named[0], named[-1]) if named else None

    def times(self, factor: float) -> "Range":
        """Return the range in another measure, `factor` (above zero) of it for one of this."""
        low, high, central = (
            None if x is None else round_to(x * factor, 12)
            for x in (self.low, self.high, self.central)
        )
        return Range(low, high, central, self.unit, self.per)


def of_claim(claim: evidence.Claim) -> Range:
    """Return a claim as a range: a bound leaves the other end open.

    "About" and "nearly" have a value and no ends: how far it may be off was not said.
    """
    if claim.qualifier in ("about", "nearly") and claim.low is None and claim.high is None:
        return Range(None, None, claim.value, claim.unit, claim.per or "")
    return Range(claim.lower, claim.upper, claim.value, claim.unit, claim.per or "")


def envelope(ranges: Iterable[Range]) -> Range:
    """Return the range that holds all of several, open where one of them has but one bound.

    Never a mean: a central value stays only where all ranges give the same one. A value
    without ends counts as that value. Raises YaluError where their units differ.
    """
    known = [one for one in ranges if one.ends]
    if not known:
        return Range()
    units = {(one.unit, one.per) for one in known}
    if len(units) > 1:
        raise YaluError(f"ranges of several units cannot be joined: {sorted(units)}")
    has_ends = [(one.low, one.high) != (None, None) for one in known]
    lows = [one.low if has else one.central for one, has in zip(known, has_ends, strict=True)]
    highs = [one.high if has else one.central for one, has in zip(known, has_ends, strict=True)]
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    middles = {one.central for one in known}
    central = middles.pop() if len(middles) == 1 else None
    return Range(low, high, central, known[0].unit, known[0].per)


def named_ends(ranges: Iterable[Range]) -> Range:
    """Return the range between the outermost figures that several ranges name.

    A bound such as "more than 500" counts as the figure that it names.
    """
    named = [end for one in ranges for end in one.ends or ()]
    return Range(min(named), max(named)) if named else Range()


def of_claims(claim_ids: Iterable[str]) -> Range:
    """Return the envelope of the included ones of several claims; a repeat adds nothing.

    Raises YaluError for an unknown claim and for claims of several units.
    """
    return envelope(of_claim(evidence.claim(claim_id)) for claim_id in included_origins(claim_ids))


def included_origins(claim_ids: Iterable[str]) -> list[str]:
    """Return the claims that are included, each repeat replaced by what it repeats."""
    found: dict[str, None] = {}
    for claim_id in claim_ids:
        claim = evidence.recorded(claim_id)
        while claim.repeats:
            claim = evidence.recorded(claim.repeats)
        if evidence.is_included(claim.claim_id):
            found[claim.claim_id] = None
    return list(found)


def claim_range(claim_id: str) -> Range:
    """Return a claim as a range; an envelope of others is the envelope of those that remain.

    Raises ExcludedEvidenceError where the claim, or all that it is derived from, is excluded.
    """
    claim = evidence.recorded(claim_id)
    parts = [part.strip() for part in (claim.derived_from or "").split(";") if part.strip()]
    every = [of_claim(evidence.recorded(part)) for part in parts] if len(parts) > 1 else []
    if len({(one.unit, one.per) for one in every}) == 1:
        joined, own = envelope(every), of_claim(claim)
        if (joined.low, joined.high) == (own.low, own.high):
            note("claims", [claim_id])
            remaining = of_claims(parts)
            if remaining.ends:
                return remaining
    return of_claim(evidence.claim(claim_id))


def claims_of(entry: RangeClaims) -> tuple[str, ...]:
    """Return the claims that an entry of `range_claims` means, repeats and excluded ones too."""
    return (entry.claim,) if entry.claim else _of_indicator(book_root(), entry)


@cached_by("claims")
def _of_indicator(root: Path, entry: RangeClaims) -> tuple[str, ...]:
    note("columns", ["claim_id", "indicator", "unit", "usable", "basis", "place"])
    return tuple(
        name for name, claim in every_claim(root).items()
        if (claim.indicator, claim.unit) == (entry.indicator, entry.unit)
        and claim.usable and claim.basis != "derived" and entry.place in (None, claim.place)
    )  # fmt: skip


def remaining_ranges(entries: Iterable[RangeClaims]) -> list[Range]:
    """Return the range of each included claim that the entries mean, each origin once."""
    return [
        claim_range(claim_id).times(entry.times)
        for entry in entries
        for claim_id in included_origins(claims_of(entry))
        # a claim in yuan may repeat one in dollars, whose figure would be taken for yuan
        if entry.unit in (None, evidence.recorded(claim_id).unit)
    ]


def remaining_value(parameter: Parameter, value: Value) -> Value:
    """Return a parameter on the included evidence, set to `value` so far.

    Where its own claim is excluded it takes the nearest figure that a remaining claim of its
    range gives. A value that the reader has set, that we assume or that is part of the question
    does not change. Raises ExcludedEvidenceError where nothing remains.
    """
    now = exclusion.current_exclusion()
    if now is None or parameter.question or value != parameter.default:
        return value
    behind, excluded = parameter.claim, now.claims
    if behind is None:
        behind, excluded = parameter.source, now.sources
    if behind not in excluded:
        return value
    ends = [one.ends for one in remaining_ranges(parameter.range_claims) if one.ends]
    if not ends or isinstance(value, str):
        said = f"nothing is left for {parameter.name} ({behind})"
        raise ExcludedEvidenceError(f"no answer {now.words}: {said}")
    figures = [min(max(value, low), high) for low, high in ends]
    nearest = min(figures, key=lambda figure: (abs(figure - value), figure))
    nearest = min(max(nearest, float(parameter.min or nearest)), float(parameter.max or nearest))
    return int(nearest_integer(nearest)) if parameter.type == "integer" else nearest


def relative_change(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far apart two pairs of ends are, as a share of the larger; NaN counts for none."""
    gaps = [0.0]
    for a, b in zip(one, other, strict=True):
        larger = max(abs(a), abs(b))
        if a != b and not (math.isnan(a) or math.isnan(b)):
            gaps.append(abs(a - b) / larger if math.isfinite(larger) else 1.0)
    return max(gaps)
