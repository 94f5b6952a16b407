"""Summary: all that bears on how sure one headline result is, gathered once for page and files."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from helpers.chapter.answers import headline_draws, sampled_parameters
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import outwards, range_digits
from helpers.chapter.results import Result
from helpers.chapter.running import running
from helpers.chapter.sampling import middle_ninety
from helpers.chapter.sensitivity.leave_out import (
    SubsetResults,
    changed_without,
    leave_one_out,
    lost_without,
    part_views,
    reads_tables,
    rests_on_claims,
)
from helpers.chapter.sensitivity.one_at_a_time import (
    Swing,
    Turn,
    corners,
    headlines,
    parameters_of,
    ranged_parameters,
    swings,
    turns,
)
from helpers.chapter.wording import round_to
from helpers.errors import YaluError
from helpers.evidence.exclusion import is_family


@dataclass(frozen=True)
class Summary:
    """How sure a headline result is.

    `span` is its range over all corners of the declared ranges or, where nothing that it
    rests on has a range, over what is left without each outlet (`by_evidence`); `draws` the
    middle of its draws. `lost_without` and `changed_without` go by outlet family and document:
    what cannot be excluded, and what changes the result, most first. `views` are the results on
    a part of the claims, None where there is no answer; it is empty where tables alone enter
    the result, and `reads_tables` says whether any does. `known_best` is the parameter that
    would narrow the range most if it were known, with the range then left.
    """

    result: Result
    span: tuple[float, float] | None
    by_evidence: bool
    draws: tuple[float, float] | None
    swings: list[Swing]
    turns: list[Turn]
    lost_without: list[str]
    changed_without: list[tuple[str, Result]]
    views: Mapping[str, Result | None]
    reads_tables: bool
    known_best: tuple[Parameter, float, float] | None

    @property
    def strongest(self) -> list[str]:
        """What changes the result most when excluded, each alone: one name, or several that tie.

        Outlet families where any is among them, else documents.
        """
        tied = [name for name, result in self.changed_without
                if result.text() == self.changed_without[0][1].text()]  # fmt: skip
        return [name for name in tied if is_family(name)] or tied

    @property
    def widest(self) -> Swing | None:
        """The widest swing over a range; where nothing has one, the widest over half to double."""
        ranged = [swing for swing in self.swings if swing.move.by != "none"]
        return next(iter(ranged or self.swings), None)

    @property
    def wider_unranged(self) -> Swing | None:
        """The swing over half to double that goes further than the widest over a range, if any."""
        first = next(iter(self.swings), None)
        return None if first is self.widest else first

    @property
    def outlets(self) -> list[str]:
        """The outlet families without which there is no answer."""
        return [name for name in self.lost_without if is_family(name)]

    @property
    def reports(self) -> list[str]:
        """The documents without which there is no answer."""
        return [name for name in self.lost_without if not is_family(name)]


def summaries(keys: Iterable[str] = ()) -> list[Summary]:
    """Return the summary of each headline result of the running chapter, or of some of them.

    Raises YaluError for a result that no registered function gave: it could not be asked again.
    """
    chapter = running()
    wanted = list(keys) or headlines(chapter.name)
    given = {k for one in chapter.of_kind("results", "evidence").values() for k in one.keys}
    if lacking := [key for key in wanted if key not in given]:
        raise YaluError(
            f"chapter {chapter.name}: headline result {', '.join(lacking)}: give it by "
            "@ch.results or @ch.evidence, so that it can be worked out again without a source"
        )
    singles, views = leave_one_out(), part_views()
    draws = headline_draws() if chapter.of_kind("results") else {}
    return [_summary(key, singles, views, draws) for key in wanted]


def _summary(
    key: str,
    singles: list[SubsetResults],
    views: Mapping[str, SubsetResults],
    draws: Mapping[str, object],
) -> Summary:
    result, ranged = running().results[key], ranged_parameters(key)
    changed = changed_without(key, singles)
    ends = [r.ends for r in (result, *(other for _, other in changed)) if r.words is None]
    by_evidence = (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
    return Summary(
        result=result,
        span=corners(key) if ranged else by_evidence,
        by_evidence=not ranged,
        draws=middle_ninety(draws[key]) if ranged and key in draws and _draws_move(key) else None,
        swings=swings(key),
        turns=turns(key),
        lost_without=lost_without(key, singles),
        changed_without=changed,
        views={n: on.results.get(key) for n, on in views.items()} if rests_on_claims(key) else {},
        reads_tables=reads_tables(key),
        known_best=_known_best(key, ranged),
    )


def _draws_move(key: str) -> bool:
    """Say whether one of the parameters of a result is sampled."""
    sampled = {p.name for p in sampled_parameters(running().name, running().parameters)}
    return any(parameter.name in sampled for parameter in parameters_of(key))


def _known_best(key: str, ranged: list[Parameter]) -> tuple[Parameter, float, float] | None:
    """Return the parameter that leaves the narrowest range if it stays at its value."""
    spans = [(p, span) for p in ranged if (span := corners(key, hold=[p.name]))]
    found = [(p, low, high) for p, (low, high) in spans]
    return min(found, key=lambda one: one[2] - one[1] if math.isfinite(one[1]) else math.inf,
               default=None)  # fmt: skip


def as_range(of: Result, suffix: str, label: str, low: float, high: float) -> Result:
    """Return a range of a result as a named result of its own; an infinite end is an open one.

    The ends are rounded away from each other, to as many figures as the range bears. An end
    that is the result's own is rounded as the result is, so that a limit that the answer
    reaches is not passed by its range.
    """
    own = of.ends if of.words is None else ()
    digits = range_digits(low, high)

    def rounded(end: float, side: int) -> float | None:
        if not math.isfinite(end):
            return None
        if end in own or low == high:
            return round_to(end, of.digits) if of.digits else end
        return outwards(end, digits, side)

    return replace(
        of, key=f"{of.key}_{suffix}", label=f"{of.label}: {label}", low=rounded(low, -1),
        high=rounded(high, 1), value=None, words=None, total=None, qualifier="exact",
        headline=False, digits=None,
    )  # fmt: skip
