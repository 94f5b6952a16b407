"""Summary: all that bears on how sure one headline result is, gathered once for page and files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.chapter.answers import headline_draws, sampled_parameters
from helpers.chapter.running import Result, running
from helpers.chapter.sampling import middle_ninety
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
    follows from has a range, over what is left without each outlet (`by_evidence`); `draws` the
    middle of its draws. `lost_without` and `changed_without` name outlet families and documents
    that cannot be excluded, or whose exclusion changes it, most first.
    """

    result: Result
    span: tuple[float, float] | None
    by_evidence: bool
    draws: tuple[float, float] | None
    swings: list[Swing]
    turns: list[Turn]
    lost_without: list[str]
    changed_without: list[tuple[str, Result]]

    @property
    def strongest(self) -> list[str]:
        """What changes the result most when excluded alone; of several, outlet families first."""
        tied = [name for name, result in self.changed_without
                if result.text() == self.changed_without[0][1].text()]  # fmt: skip
        return [name for name in tied if is_family(name)] or tied

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
    singles = leave_out.leave_one_out()
    draws = headline_draws() if chapter.of_kind("results") else {}
    return [_summary(key, singles, draws) for key in wanted]


def _summary(key: str, singles: _On, of_draws: Mapping[str, Any]) -> Summary:
    chapter, ranged = running(), one_at_a_time.ranged_parameters(key)
    result, changed = chapter.results[key], leave_out.changed_without(key, singles)
    ends = [r.ends for r in (result, *(other for _, other in changed)) if r.words is None]
    by_evidence = (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
    sampled = {p.name for p in sampled_parameters(chapter.name, chapter.parameters)}
    moved = ranged and sampled.intersection(p.name for p in one_at_a_time.parameters_of(key))
    return Summary(
        result=result,
        span=corners(key) if ranged else by_evidence,
        by_evidence=not ranged,
        draws=middle_ninety(of_draws[key]) if moved and key in of_draws else None,
        swings=one_at_a_time.swings(key),
        turns=one_at_a_time.turns(key),
        lost_without=[name for name, one in singles.items() if key in one.lost],
        changed_without=changed,
    )
