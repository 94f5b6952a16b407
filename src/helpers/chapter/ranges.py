"""Ranges: low, central and high, any of them unknown, and the words for them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

from helpers import evidence
from helpers.chapter.parameters import Parameter, RangeClaims, Value
from helpers.chapter.sampling import whole
from helpers.chapter.wording import number_words, per_words, round_to, unit_words
from helpers.errors import YaluError
from helpers.evidence import exclusion
from helpers.evidence.clean_tables import all_rows, cached_by
from helpers.evidence.exclusion import ExcludedEvidenceError
from helpers.evidence.trace import note
from helpers.paths import book_root

# A range whose upper end is this many times the lower one is wide: two figures will do.
WIDE_RANGE, WIDE_DIGITS, NARROW_DIGITS = 1.5, 2, 3
NO_SOURCE = "no source"


@dataclass(frozen=True)
class Range:
    """A quantity between `low` and `high`; None is an end that nobody knows.

    `central` is a value that a source gives, never a middle that we made. All three are in
    `unit`, for each `per`. Raises YaluError where they are not in order.
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
    def known(self) -> bool:
        """Whether anything at all is known."""
        return (self.low, self.central, self.high) != (None, None, None)

    @property
    def bounded(self) -> bool:
        """Whether at least one end is known."""
        return self.low is not None or self.high is not None

    @property
    def ends(self) -> tuple[float, float] | None:
        """The outermost figures that were named, on an open side the last one named."""
        named = [x for x in (self.low, self.central, self.high) if x is not None]
        return (named[0], named[-1]) if named else None

    def __contains__(self, number: float) -> bool:
        """Say whether a number may be meant: an end that nobody knows excludes nothing."""
        return (self.low is None or self.low <= number) and (
            self.high is None or number <= self.high
        )

    def times(self, factor: float) -> "Range":
        """Return the range in another measure, `factor` of it for one of this. Above nought."""
        if not factor > 0:
            raise YaluError(f"a range can be multiplied by a number above nought, found {factor}")
        low, high, central = (
            None if x is None else round_to(x * factor, 12)
            for x in (self.low, self.high, self.central)
        )
        return Range(low, high, central, self.unit, self.per)

    def nearest(self, number: float) -> float:
        """Return the number within the named figures that lies nearest to another one.

        Raises YaluError where nothing is known.
        """
        if self.ends is None:
            raise YaluError("nothing is known of this range")
        return min(max(number, self.ends[0]), self.ends[1])

    def words(self, style: str = "full") -> str:
        """Return the range in words: "between 700 and 1,000 yuan a bag", "at least 2,000".

        Styles as in `wording.quantity_words`: "bare", "unit", "full". The ends are rounded
        away from each other, to two figures where the range is wide, so that the words never
        claim more than the figures.
        """
        if not self.known:
            return NO_SOURCE
        shown = self._as_percent()
        unit = unit_words(shown.unit, shown.ends != (1, 1)) if style != "bare" else ""
        per = per_words(shown.per) if style == "full" else ""
        return " ".join(part for part in (shown._bare(), unit, per) if part)

    def _as_percent(self) -> "Range":
        return replace(self.times(100), unit="percent") if self.unit == "share" else self

    def _bare(self) -> str:
        if self.low is not None and self.high is not None:
            digits = figures(self.low, self.high)
            first, last = outwards(self.low, digits, -1), outwards(self.high, digits, 1)
            if self.low == self.high:
                return number_words(self.low, NARROW_DIGITS)
            return f"between {number_words(first)} and {number_words(last)}"
        if self.low is not None:
            return f"at least {number_words(outwards(self.low, NARROW_DIGITS, -1))}"
        if self.high is not None:
            return f"at most {number_words(outwards(self.high, NARROW_DIGITS, 1))}"
        return f"about {number_words(self.central or 0.0, NARROW_DIGITS)}"


def figures(low: float, high: float) -> int:
    """Return how many significant figures a range deserves: two where it is wide."""
    wide = low <= 0 or high / low >= WIDE_RANGE
    return WIDE_DIGITS if wide else NARROW_DIGITS


def outwards(number: float, digits: int, side: int) -> float:
    """Return a number rounded to significant figures, down (side -1) or up (side 1).

    What arithmetic in floats leaves beyond twelve figures is not rounded up.
    """
    if number == 0 or not math.isfinite(number):
        return number
    exact = Decimal(repr(round_to(number, 12)))
    step = Decimal(1).scaleb(exact.adjusted() + 1 - digits)
    return float(exact.quantize(step, ROUND_FLOOR if side < 0 else ROUND_CEILING))


def of_claim(claim: evidence.Claim) -> Range:
    """Return a claim as a range: a bound leaves the other end open.

    "About" and "nearly" have a value and no ends:
    how far it may be off was not said.
    """
    if claim.qualifier in ("about", "nearly") and claim.low is None and claim.high is None:
        return Range(None, None, claim.value, claim.unit, claim.per or "")
    return Range(claim.lower, claim.upper, claim.value, claim.unit, claim.per or "")


def envelope(ranges: Iterable[Range]) -> Range:
    """Return the range that holds all of several, open where one of them has but one bound.

    Never a mean: a central value stays only where all ranges give the same one. A value
    without ends counts as that value. Raises YaluError where their units differ.
    """
    told = [one for one in ranges if one.known]
    if not told:
        return Range()
    units = {(one.unit, one.per) for one in told}
    if len(units) > 1:
        raise YaluError(f"ranges of several units cannot be joined: {sorted(units)}")
    closed = [(one.low, one.high) if one.bounded else (one.central, one.central) for one in told]
    lows, highs = zip(*closed, strict=True)
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    middles = {one.central for one in told}
    central = middles.pop() if len(middles) == 1 else None
    return Range(low, high, central, told[0].unit, told[0].per)


def named_ends(ranges: Iterable[Range]) -> Range:
    """Return the range between the outermost figures that several ranges name.

    A bound counts as the figure that it names, so both ends are known where anything is.
    """
    ends = [one.ends for one in ranges if one.ends]
    if not ends:
        return Range()
    return Range(min(low for low, _ in ends), max(high for _, high in ends))


def of_claims(claim_ids: Iterable[str]) -> Range:
    """Return the envelope of several claims over their origins: an echo adds nothing.

    Claims that are left out at the moment do not count. Raises YaluError for an unknown
    claim and for claims of several units.
    """
    return envelope(of_claim(evidence.claim(claim_id)) for claim_id in standing_origins(claim_ids))


def standing_origins(claim_ids: Iterable[str]) -> list[str]:
    """Return the claims that count at the moment, each echo replaced by what it repeats."""
    found: dict[str, None] = {}
    for claim_id in claim_ids:
        claim = evidence.recorded(claim_id)
        while claim.repeats:
            claim = evidence.recorded(claim.repeats)
        if evidence.is_included(claim.claim_id):
            found[claim.claim_id] = None
    return list(found)


def claim_range(claim_id: str) -> Range:
    """Return a claim as a range, worked out again where part of it is left out.

    A derived claim that is the envelope of others is the envelope of those that remain.
    Raises ExcludedEvidenceError where the claim, or all that it is derived from, is left out.
    """
    claim = evidence.recorded(claim_id)
    parts = [part.strip() for part in (claim.derived_from or "").split(";") if part.strip()]
    if len(parts) < 2 or not _is_envelope(of_claim(claim), parts):
        return of_claim(evidence.claim(claim_id))
    note("claims", [claim_id])
    left = of_claims(parts)
    return left if left.known else of_claim(evidence.claim(claim_id))


def _is_envelope(whole: Range, parts: list[str]) -> bool:
    """Return whether a range is just what several claims, all of them counted, make together."""
    every = [of_claim(evidence.recorded(part)) for part in parts]
    if len({(one.unit, one.per) for one in every}) > 1:
        return False
    joined = envelope(every)
    return (joined.low, joined.high) == (whole.low, whole.high)


def claims_of(told: RangeClaims) -> tuple[str, ...]:
    """Return the claims that an entry of `range_claims` means, echoes and left-out ones too."""
    if told.claim:
        return (told.claim,)
    return _of_indicator(book_root(), told)


@cached_by("claims")
def _of_indicator(root: Path, told: RangeClaims) -> tuple[str, ...]:
    table = all_rows("claims", root).frame
    meant = (table["indicator"] == told.indicator) & (table["unit"] == told.unit)
    meant &= table["usable"] & (table["basis"] != "derived")
    if told.place:
        meant &= table["place"] == told.place
    return tuple(table.loc[meant, "claim_id"])


def remaining_ranges(told: Iterable[RangeClaims]) -> list[Range]:
    """Return the range of each claim meant that counts at the moment, each origin once."""
    ranges: list[Range] = []
    for one in told:
        for claim_id in standing_origins(claims_of(one)):
            ranges.append(claim_range(claim_id).times(one.times))
    return ranges


def span_of(told: Iterable[RangeClaims]) -> Range:
    """Return the range between the outermost figures of the claims meant that count.

    Bounds that name a figure, such as "more than 500", count as that figure.
    """
    return named_ends(remaining_ranges(told))


def standing_value(parameter: Parameter, value: Value) -> Value:
    """Return a parameter on the evidence that counts at the moment, set to `value` so far.

    While its own claim counts it keeps its value. Where that is left out it takes the figure
    nearest to it that a remaining claim of its range gives, so that no more moves than the
    evidence makes move. A value that the reader has set, that we assume or that is part of
    the question stands on its own. Raises ExcludedEvidenceError where nothing remains.
    """
    if not has_fallen(parameter) or value != parameter.default:
        return value
    ranges = remaining_ranges(parameter.range_claims)
    if not ranges or isinstance(value, str):
        raise ExcludedEvidenceError(_nothing_left(parameter))
    return _nearest(parameter, float(value), ranges)


def _nearest(parameter: Parameter, value: float, ranges: list[Range]) -> Value:
    near = min((one.nearest(value) for one in ranges), key=lambda x: (abs(x - value), x))
    near = min(max(near, float(parameter.min or near)), float(parameter.max or near))
    return int(whole(near)) if parameter.type == "integer" else near


def has_fallen(parameter: Parameter) -> bool:
    """Say whether the claim or document that a parameter comes from is left out."""
    now = exclusion.current_exclusion()
    if now is None or parameter.question:
        return False
    if parameter.claim:
        return parameter.claim in now.claims
    return bool(parameter.source and parameter.source in now.sources)


def _nothing_left(parameter: Parameter) -> str:
    now = exclusion.current_exclusion()
    rests = parameter.claim or parameter.source
    return f"no answer {now.words if now else ''}: nothing is left for {parameter.name} ({rests})"
