"""Account: all that bears on how sure one headline result is, gathered once for page and files."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from helpers.chapter.answers import drawn_parameters, headline_draws
from helpers.chapter.panel import DRAWS
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import figures, outwards
from helpers.chapter.results import Result
from helpers.chapter.running import running
from helpers.chapter.sampling import middle_ninety
from helpers.chapter.sensitivity.leave_out import (
    Left,
    changes,
    ends,
    leave_outs,
    losses,
    part_views,
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
class Account:
    """How sure a headline result is.

    `span` is its range over all corners of the declared ranges or, where nothing that it
    rests on has a range, over what is left without each outlet (`by_evidence`). `lost_without`
    and `changed_without` go by outlet family and document: what cannot be left out, and what
    changes the result, most first. `views` are the results on a part of the claims, None where
    there is no answer; it is empty where tables alone enter the result. `known_best` is the
    parameter that would narrow the range most if it were known, with the range then left.
    """

    result: Result
    span: tuple[float, float] | None
    by_evidence: bool
    drawn: tuple[float, float] | None
    swings: list[Swing]
    turns: list[Turn]
    lost_without: list[str]
    changed_without: list[tuple[str, Result]]
    views: Mapping[str, Result | None]
    known_best: tuple[Parameter, float, float] | None

    @property
    def strongest(self) -> list[str]:
        """What changes the result most when left out, each alone: one name, or several that tie.

        Outlet families where any is among them, else documents.
        """
        tied = [name for name, left in self.changed_without
                if left.text() == self.changed_without[0][1].text()]  # fmt: skip
        return [name for name in tied if is_family(name)] or tied

    @property
    def mover(self) -> Swing | None:
        """The widest swing over a range; where nothing has one, the widest over half to double."""
        ranged = [swing for swing in self.swings if swing.move.by != "nobody"]
        return next(iter(ranged or self.swings), None)

    @property
    def unranged(self) -> Swing | None:
        """A swing over half to double that goes further than that of the mover, if there is one."""
        widest = next(iter(self.swings), None)
        return None if widest is None or widest is self.mover else widest

    @property
    def houses(self) -> list[str]:
        """The outlet families without which there is no answer."""
        return [name for name in self.lost_without if is_family(name)]

    @property
    def reports(self) -> list[str]:
        """The documents without which there is no answer."""
        return [name for name in self.lost_without if not is_family(name)]


def accounts(keys: Iterable[str] = ()) -> list[Account]:
    """Return the account of each headline result of the running chapter, or of some of them.

    Raises YaluError for a result that no registered function gave: it could not be asked again.
    """
    wanted = list(keys) or headlines(running().name)
    _check_given(wanted)
    lefts, views = leave_outs(), part_views()
    drawn = headline_draws() if running().of_kind("results") else {}
    return [_account(key, lefts, views, drawn) for key in wanted]


def _check_given(keys: Iterable[str]) -> None:
    asked = {k for one in running().of_kind("results", "evidence").values() for k in one.keys}
    lacking = [key for key in keys if key not in asked]
    if lacking:
        raise YaluError(
            f"chapter {running().name}: headline result {', '.join(lacking)}: give it by "
            "@ch.results or @ch.evidence, so that it can be worked out again without a source"
        )


def _account(
    key: str, lefts: list[Left], views: Mapping[str, Left], drawn: Mapping[str, object]
) -> Account:
    result, moved = running().results[key], swings(key)
    ranged = bool(ranged_parameters(key))
    changed = changes(key, lefts)
    span = corners(key) if ranged else _span([result, *(left for _, left in changed)])
    return Account(
        result, span, not ranged,
        middle_ninety(drawn[key]) if ranged and key in drawn and _draws_move(key) else None,
        moved, turns(key), losses(key, lefts), changed,
        {name: left.results.get(key) for name, left in views.items() if rests_on_claims(key)},
        _known_best(key),
    )  # fmt: skip


def _draws_move(key: str) -> bool:
    """Say whether the panel shows draws of a result, and one of its parameters is drawn at all."""
    drawn = {one.name for one in drawn_parameters(running().name, running().parameters)}
    moved = any(parameter.name in drawn for parameter in parameters_of(key))
    return moved and f"{key}{DRAWS}" in running().results


def _span(results: list[Result]) -> tuple[float, float] | None:
    told = [ends(result) for result in results if result.words is None]
    return (min(low for low, _ in told), max(high for _, high in told)) if told else None


def _known_best(key: str) -> tuple[Parameter, float, float] | None:
    """Return the parameter that leaves the narrowest range if it stays at its value."""
    left = [(p, corners(key, hold=[p.name])) for p in ranged_parameters(key)]
    told = [(p, *span) for p, span in left if span]
    return min(told, key=lambda one: _width(*one[1:]), default=None)


def _width(low: float, high: float) -> float:
    return high - low if math.isfinite(low) else math.inf


def rounded(of: Result, low: float, high: float) -> tuple[float, float]:
    """Return the ends of a range rounded away from each other, to as many figures as it bears.

    An end that is the result's own is rounded as the result is, so that a limit that the
    answer reaches is not passed by its range.
    """
    own = ends(of) if of.words is None else ()
    digits = figures(low, high)
    first, last = (_as_shown(of, end) if end in own or low == high else outwards(end, digits, side)
                   for end, side in ((low, -1), (high, 1)))  # fmt: skip
    return first, last


def _as_shown(of: Result, number: float) -> float:
    return round_to(number, of.digits) if of.digits else number


def as_range(of: Result, suffix: str, label: str, low: float, high: float) -> Result:
    """Return a range of a result as a named result of its own, its ends rounded.

    An infinite end is an open one.
    """
    low, high = rounded(of, low, high)
    bare = replace(of, value=None, words=None, qualifier="exact", headline=False, digits=None)
    named = replace(bare, key=f"{of.key}_{suffix}", label=f"{of.label}: {label}")
    return replace(named, low=_finite(low), high=_finite(high))


def _finite(end: float) -> float | None:
    return end if math.isfinite(end) else None
