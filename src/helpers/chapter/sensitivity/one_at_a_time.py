"""What moves an answer: a parameter at a time, all corners, and Sobol's shares of variance."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from helpers import evidence
from helpers.chapter.answers import result_at
from helpers.chapter.parameters import Parameter, Value
from helpers.chapter.running import both_ends, running
from helpers.chapter.sampling import nearest_integer
from helpers.chapter.sidecar import rules_hold, sidecar
from helpers.evidence.exclusion import is_given

Whose = Literal["sources", "us", "none"]
# Where no source gives a range, a parameter is moved to these multiples of its value.
HALF, DOUBLE = 0.5, 2.0
# Points at which a range is searched for a turn, and how often it is narrowed.
_POINTS, _ROUNDS = 129, 8


@dataclass(frozen=True)
class Move:
    """A parameter moved alone over its range: from where to where, and by whose word.

    `by`: "sources" give the range, "us" assume it, "none" does: then to half and double its value.
    """

    parameter: Parameter
    low: Value
    high: Value
    by: Whose


@dataclass(frozen=True)
class Swing:
    """What a move does to a result: the result at the lower and at the upper end."""

    move: Move
    at_low: Any
    at_high: Any

    @property
    def width(self) -> float:
        """How far the result moves, in its unit: the largest shift of one of its ends."""
        pairs = zip(both_ends(self.at_low), both_ends(self.at_high), strict=True)
        shifts = [abs(float(high) - float(low)) for low, high in pairs if high != low]
        return max((shift for shift in shifts if not math.isnan(shift)), default=0.0)


@dataclass(frozen=True)
class Turn:
    """Where a finding turns as one parameter moves: at what value, and into which words.

    `at` is the first value that has changed the words; `side` is -1 below and 1 above the run's
    value. `within` says whether it lies in a range, and `by` whose that is, as in `Move`.
    """

    parameter: Parameter
    at: float
    side: int
    words: str
    within: bool
    by: Whose

    @property
    def distance(self) -> float:
        """How far it is from the run's value: the logarithm of the factor between the two."""
        value = float(running().parameters[self.parameter.name])
        return abs(math.log(self.at / value)) if self.at > 0 and value > 0 else math.inf


def headlines(chapter: str) -> list[str]:
    """Return the keys of a chapter's headline results, in the order of the sidecar."""
    return [key for key, declared in sidecar(chapter).results.items() if declared.headline]


def parameters_of(key: str) -> list[Parameter]:
    """Return the parameters that a result of the running chapter follows from."""
    declared = running().declared
    return [declared.parameters[name] for name in declared.results[key].parameters]


def _limits(parameter: Parameter) -> tuple[float, float]:
    """Return the bounds of a parameter, with the rules held while the others stay."""
    values = running().parameters
    least, most = float(parameter.min or 0), float(parameter.max or 0)
    for first, _, last in running().declared.rules:
        if first == parameter.name and not isinstance(values[last], str):
            most = min(most, float(values[last]))
        if last == parameter.name and not isinstance(values[first], str):
            least = max(least, float(values[first]))
    return least, most


def is_settled(parameter: Parameter) -> bool:
    """Return whether a parameter is taken as given: the text of a law, a table of statistics."""
    behind = evidence.recorded(parameter.claim).source_id if parameter.claim else parameter.source
    return behind is not None and is_given(behind)


def move_of(parameter: Parameter) -> Move | None:
    """Return how a parameter is moved, None where it is a question or no number.

    Around an assumption the range is ours, whichever claims span it.
    """
    value = running().parameters[parameter.name]
    if parameter.question or isinstance(value, str):
        return None
    least, most = _limits(parameter)
    by: Whose = "sources" if parameter.claim or parameter.source else "us"
    if parameter.low is not None and parameter.high is not None:
        span = min(parameter.low, value), max(parameter.high, value)
    else:
        span, by = (value * HALF, value * DOUBLE) if value else (least, most), "none"
    low, high = (_as_typed(parameter, min(max(end, least), most)) for end in span)
    return Move(parameter, low, high, by)


def _as_typed(parameter: Parameter, value: float) -> float:
    return int(nearest_integer(value)) if parameter.type == "integer" else value


def swings(key: str) -> list[Swing]:
    """Return what each parameter of a result does to it, moved alone; the widest first."""
    mine = parameters_of(key) if running().function_of(key) else []
    moved = [swing for p in mine if (swing := _swing(key, p)) and swing.width > 0]
    return sorted(moved, key=lambda swing: -swing.width)


def _swing(key: str, parameter: Parameter) -> Swing | None:
    name, move = parameter.name, move_of(parameter)
    if parameter.choices and not parameter.question:
        found = {choice: result_at(key, {name: choice}) for choice in parameter.choices}
        ranked = sorted(found, key=lambda choice: both_ends(found[choice]))
        move = Move(parameter, ranked[0], ranked[-1], by="sources")
        return Swing(move, found[ranked[0]], found[ranked[-1]])
    if move is None or move.low == move.high:
        return None
    return Swing(move, result_at(key, {name: move.low}), result_at(key, {name: move.high}))


def ranged_parameters(key: str) -> list[Parameter]:
    """Return the parameters of a result that have a range, or are a choice among surveys."""
    mine = parameters_of(key) if running().function_of(key) else []
    return [p for p in mine if len(set(_full_range(p))) > 1]


def _full_range(parameter: Parameter) -> tuple[Value, ...]:
    """Return all choices, or the ends of a range if any, not held by other parameters' values."""
    if parameter.choices:
        return () if parameter.question else tuple(parameter.choices)
    move = move_of(parameter)
    if move is None or move.by == "none":
        return ()
    value = running().parameters[parameter.name]
    ends = min(parameter.low, value), max(parameter.high, value)
    return tuple(_as_typed(parameter, end) for end in ends)


def corners(key: str) -> tuple[float, float] | None:
    """Return the smallest and the largest result over all corners of the declared ranges.

    Every parameter with a range stands at its lower or its upper end, and one that is chosen
    from a list at each entry, in every combination that the rules of the sidecar allow; all
    others at the value of this run. Corners miss extremes that lie inside the ranges. An end is
    infinite where a corner is; None where no corner is a finite number.
    """
    results = [
        float(end)
        for values in _combinations(ranged_parameters(key))
        for ends in both_ends(result_at(key, values))
        for end in np.ravel(ends)
    ]
    numbers = [end for end in results if not math.isnan(end)]
    return (min(numbers), max(numbers)) if any(map(math.isfinite, numbers)) else None


def _combinations(free: list[Parameter]) -> Iterator[dict[str, Any]]:
    """Yield the run's parameters with those that are free in every combination of their ends.

    Numbers are arrays, so that the model is asked once for each combination of the choices.
    """
    chapter = running()
    chosen = [p for p in free if p.choices]
    moved = [p for p in free if not p.choices]
    grid = np.array(list(product(*map(_full_range, moved)))).T
    numbers = {p.name: column for p, column in zip(moved, grid, strict=False)}
    allowed = np.ones(grid.shape[-1:], dtype=bool)
    for held in rules_hold(chapter.declared, chapter.parameters | numbers):
        allowed &= held
    numbers = {name: column[allowed] for name, column in numbers.items()}
    for picked in product(*map(_full_range, chosen)) if allowed.any() else ():
        names = {p.name: choice for p, choice in zip(chosen, picked, strict=True)}
        yield chapter.parameters | numbers | names


def turns(key: str) -> list[Turn]:
    """Return where the finding of a headline result turns, each parameter moved alone.

    The finding is the result of words that the sidecar names as its `verdict`. Each parameter is
    moved from its value to both its bounds. Turns within a range come first, then the nearest, of
    equally near ones those of a parameter without a range. Turns at zero do not count.
    """
    verdict = running().declared.results[key].verdict
    if verdict is None or running().function_of(verdict) is None:
        return []
    moves = [move for parameter in parameters_of(verdict) if (move := move_of(parameter))]
    found = [turn for move in moves for side in (-1, 1) if (turn := _turn(verdict, move, side))]
    found = [turn for turn in found if turn.at != 0]
    # beyond six decimals is how far the search narrowed it
    return sorted(
        found, key=lambda turn: (not turn.within, round(turn.distance, 6), turn.by != "none")
    )


def _turn(verdict: str, move: Move, side: int) -> Turn | None:
    parameter = move.parameter
    value = float(running().parameters[parameter.name])
    near, far = value, _limits(parameter)[side > 0]
    now = _words_at(verdict, parameter, np.array([value]))[0]
    for _ in range(_ROUNDS):
        points = np.linspace(near, far, _POINTS)
        words = _words_at(verdict, parameter, points)
        other = np.flatnonzero(words != now)
        if not other.size:
            return None
        near, far = points[max(other[0] - 1, 0)], points[other[0]]
        into = str(words[other[0]])
    at = float(_as_typed(parameter, far))
    within = move.by != "none" and float(move.low) <= at <= float(move.high)
    return Turn(parameter, at, side, into, within, move.by)


def _words_at(verdict: str, parameter: Parameter, points: Any) -> Any:
    shown = nearest_integer(points) if parameter.type == "integer" else points
    found = result_at(verdict, {parameter.name: shown})
    return np.broadcast_to(np.asarray(found, dtype=object), points.shape).astype(str)
