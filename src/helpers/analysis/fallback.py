"""Fallback: what a parameter becomes where the claim that it comes from is left out."""

from collections.abc import Iterable
from pathlib import Path

from helpers.analysis.parameters import Parameter, RangeClaims, Value
from helpers.analysis.ranges import Range, claim_range, named_ends, standing_origins
from helpers.evidence import exclusion
from helpers.evidence.clean_tables import all_rows, cached_by
from helpers.evidence.exclusion import ExcludedEvidenceError
from helpers.models.draws import whole
from helpers.paths import book_root


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
