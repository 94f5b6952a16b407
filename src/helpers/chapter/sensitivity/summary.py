"""Summary: all that bears on how sure one headline result is, gathered once for page and files."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from helpers.chapter.answers import sampled_parameters
from helpers.chapter.panel import DRAWS
from helpers.chapter.parameters import Parameter
from helpers.chapter.running import Result, running
from helpers.chapter.sensitivity import leave_out, one_at_a_time
from helpers.chapter.sensitivity.leave_out import SubsetResults
from helpers.chapter.sensitivity.one_at_a_time import Swing, Turn, corners
from helpers.errors import YaluError
from helpers.evidence.exclusion import is_family

_On = Mapping[str, SubsetResults]


@dataclass(frozen=True)
class Summary:
    """How sure a headline result is.

    `span` is its range over all corners of the declared ranges or, where nothing that it
    rests on has a range, over what is left without each outlet (`by_evidence`); `draws` the
    middle of its draws. `lost_without` and `changed_without` name outlet families and documents
    that cannot be excluded, or whose exclusion changes it, most first. `views` are the results
    on a part of the claims, None without an answer; empty where tables alone enter the result.
    `known_best` would narrow the range most if it were known, to the range beside it.
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
        """What changes the result most when excluded alone; of several, outlet families first."""
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
    wanted = list(keys) or one_at_a_time.headlines(chapter.name)
    if lacking := [key for key in wanted if key not in chapter.values]:
        raise YaluError(
            f"chapter {chapter.name}: headline result {', '.join(lacking)}: give it by "
            "@ch.results or @ch.evidence, so that it can be worked out again without a source"
        )
    singles, views = leave_out.leave_one_out(), leave_out.part_views()
    return [_summary(key, singles, views) for key in wanted]


def _summary(key: str, singles: _On, views: _On) -> Summary:
    chapter, ranged = running(), one_at_a_time.ranged_parameters(key)
    result, changed = chapter.results[key], leave_out.changed_without(key, singles)
    ends = [r.ends for r in (result, *(other for _, other in changed)) if r.words is None]
    by_evidence = (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
    sampled = {p.name for p in sampled_parameters(chapter.name, chapter.parameters)}
    moved = ranged and sampled.intersection(p.name for p in one_at_a_time.parameters_of(key))
    draws = chapter.results.get(f"{key}{DRAWS}") if moved else None
    from_claims = leave_out.rests_on_claims(key)
    held = [(p, *span) for p in ranged if (span := corners(key, hold=[p.name]))]

    def width(one: tuple[Parameter, float, float]) -> float:
        return one[2] - one[1] if math.isfinite(one[1]) else math.inf

    return Summary(
        result=result,
        span=corners(key) if ranged else by_evidence,
        by_evidence=not ranged,
        draws=draws.ends if draws else None,
        swings=one_at_a_time.swings(key),
        turns=one_at_a_time.turns(key),
        lost_without=[name for name, one in singles.items() if key in one.lost],
        changed_without=changed,
        views={name: on.results.get(key) for name, on in views.items() if from_claims},
        reads_tables=leave_out.reads_tables(key),
        known_best=min(held, key=width, default=None),
    )
