"""Movers: what moves an answer, where a finding turns, over what range it can lie."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from helpers.chapter.parameters import Parameter, Value
from helpers.chapter.running import Parameters, called, running
from helpers.chapter.sampling import whole
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError

Whose = Literal["sources", "us", "nobody"]
# Where no source gives a range, a parameter is moved to these multiples of its value.
HALF, DOUBLE = 0.5, 2.0
# Points at which a range is searched for a turn, and how often it is narrowed.
_POINTS, _ROUNDS = 129, 8


@dataclass(frozen=True)
class Move:
    """A parameter moved alone over its range: from where to where, and by whose word.

    `by`: "sources" give the range, "us" it is assumed, "nobody" has one and the parameter is
    moved to half and double its value.
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
        pairs = list(zip(_pair(self.at_low), _pair(self.at_high), strict=True))
        shifts = [abs(high - low) for low, high in pairs if high != low]
        return max((shift for shift in shifts if not math.isnan(shift)), default=0.0)


def reach(now: Any, swing: Swing) -> float:
    """Return how far a swing takes a result, as a share of the larger of the two."""
    pairs = [(a, b) for value in (swing.at_low, swing.at_high)
             for a, b in zip(_pair(now), _pair(value), strict=True)]  # fmt: skip
    return max((_apart(a, b) for a, b in pairs), default=0.0)


def _apart(one: float, other: float) -> float:
    if one == other or math.isnan(one) or math.isnan(other):
        return 0.0
    larger = max(abs(one), abs(other))
    return abs(one - other) / larger if math.isfinite(larger) else 1.0


@dataclass(frozen=True)
class Turn:
    """Where a finding turns as one parameter moves: at what value, and into which words.

    `at` is the value on the way from the run's value at which the words have changed; `side`
    is -1 below and 1 above the run's value. `within` says whether it lies in a range, of
    sources or ours, and `by` whose that is, as in `Move`.
    """

    parameter: Parameter
    at: float
    side: int
    words: str
    within: bool
    by: Whose


def _pair(value: Any) -> tuple[float, float]:
    first, last = _pair_of_all(value)
    return float(first), float(last)


def _pair_of_all(value: Any) -> tuple[Any, Any]:
    first, last = value if isinstance(value, tuple) else (value, value)
    return first, last


def result_at(key: str, values: Mapping[str, Any]) -> Any:
    """Return a result that follows from the parameters, at other values of some parameters.

    Raises YaluError where no function of the parameters gives it.
    """
    function = running().function_of(key)
    if function is None:
        raise YaluError(f"chapter {running().name}: no function of @ch.results gives {key}")
    return called(function, Parameters(**(running().parameters | dict(values))))[key]


def headlines(chapter: str) -> list[str]:
    """Return the keys of a chapter's headline results, in the order of the sidecar."""
    return [key for key, declared in sidecar(chapter).results.items() if declared.headline]


def parameters_of(key: str) -> list[Parameter]:
    """Return the parameters that a result of the running chapter rests on."""
    declared = sidecar(running().name)
    return [declared.parameters[name] for name in declared.results[key].parameters]


def _limits(parameter: Parameter) -> tuple[float, float]:
    """Return the bounds of a parameter, with the rules held while the others stay."""
    values, rules = running().parameters, sidecar(running().name).rules
    least, most = float(parameter.min or 0), float(parameter.max or 0)
    for first, _, last in rules:
        if first == parameter.name and not isinstance(values[last], str):
            most = min(most, float(values[last]))
        if last == parameter.name and not isinstance(values[first], str):
            least = max(least, float(values[first]))
    return least, most


def _held(parameter: Parameter, low: float, high: float) -> tuple[Value, Value]:
    """Return the ends of a range within the limits, as whole numbers where it has to be."""
    least, most = _limits(parameter)
    ends = [min(max(end, least), most) for end in (low, high)]
    if parameter.type == "integer":
        return int(whole(ends[0])), int(whole(ends[1]))
    return ends[0], ends[1]


def move_of(parameter: Parameter) -> Move | None:
    """Return how a parameter is moved, None where it is a question or no number.

    Over the range that sources give, or to half and double its value where none gives one.
    """
    value = running().parameters[parameter.name]
    if parameter.question or isinstance(value, str):
        return None
    if parameter.low is not None and parameter.high is not None:
        span = min(parameter.low, value), max(parameter.high, value)
        return Move(parameter, *_held(parameter, *span), _whose(parameter))
    around = (value * HALF, value * DOUBLE) if value else _limits(parameter)
    return Move(parameter, *_held(parameter, *around), by="nobody")


def _whose(parameter: Parameter) -> Whose:
    """Say whose a range is: around an assumption it is ours, whatever claims span it."""
    return "sources" if parameter.claim or parameter.source else "us"


def swings(key: str) -> list[Swing]:
    """Return what each parameter of a result does to it, moved alone; the widest first.

    A parameter that is chosen from a list of rates or surveys runs over all of them.
    """
    found = [_swing(key, parameter) for parameter in parameters_of(key)]
    moved = [swing for swing in found if swing is not None and swing.width > 0]
    return sorted(moved, key=lambda swing: -swing.width)


def _at(key: str, name: str, value: Value) -> Any:
    return result_at(key, {name: value})


def _swing(key: str, parameter: Parameter) -> Swing | None:
    if not _is_answer(key):
        return None
    if parameter.choices and not parameter.question:
        return _over_choices(key, parameter)
    move = move_of(parameter)
    if move is None or move.low == move.high:
        return None
    name = parameter.name
    return Swing(move, _at(key, name, move.low), _at(key, name, move.high))


def _over_choices(key: str, parameter: Parameter) -> Swing:
    found = {choice: _at(key, parameter.name, choice) for choice in parameter.choices}
    ranked = sorted(found, key=lambda choice: _pair(found[choice]))
    move = Move(parameter, ranked[0], ranked[-1], by="sources")
    return Swing(move, found[ranked[0]], found[ranked[-1]])


def _is_answer(key: str) -> bool:
    return running().function_of(key) is not None


def ranged_parameters(key: str) -> list[Parameter]:
    """Return the parameters that a result follows and that have a range, of sources or ours.

    A choice among rates or surveys is one too: it runs over all of them.
    """
    if not _is_answer(key):
        return []
    ranged = [parameter for parameter in parameters_of(key) if _has_range(parameter)]
    return [parameter for parameter in ranged if len(set(_whole_range(parameter))) > 1]


def _has_range(parameter: Parameter) -> bool:
    if parameter.choices:
        return not parameter.question
    move = move_of(parameter)
    return move is not None and move.by != "nobody"


def corners(key: str, hold: Iterable[str] = ()) -> tuple[float, float] | None:
    """Return the smallest and the largest result over all corners of the declared ranges.

    Every parameter with a range, of sources or ours, stands at its lower or its upper end, and
    one that is chosen from a list at each entry, in every combination that the rules of the
    sidecar allow; those in `hold` and all others at the value of this run. Unlike draws,
    corners say nothing of how likely a result is, and they miss extremes that lie inside the
    ranges. An end is infinite where a corner is, and all is None where no corner gives a
    finite number.
    """
    free = [p for p in ranged_parameters(key) if p.name not in set(hold)]
    results = [
        end
        for values in _combinations(free)
        for ends in _pair_of_all(result_at(key, values))
        for end in np.ravel(ends)
    ]
    told = [float(end) for end in results if not math.isnan(end)]
    return (min(told), max(told)) if any(map(math.isfinite, told)) else None


def _combinations(free: list[Parameter]) -> Iterator[dict[str, Any]]:
    """Yield the run's parameters with those that are free in every combination of their ends.

    The numbers of all combinations that the rules allow are arrays, so that the model is asked
    once for each combination of the choices.
    """
    chosen = [p for p in free if p.choices]
    moved = [p for p in free if not p.choices]
    grid = np.array(list(product(*map(_whole_range, moved)))).T
    numbers = {p.name: column for p, column in zip(moved, grid, strict=False)}
    allowed = np.broadcast_to(_allowed(running().parameters | numbers), grid.shape[-1:])
    kept = {name: column[allowed] for name, column in numbers.items()}
    for picked in product(*map(_whole_range, chosen)) if allowed.any() else ():
        names = {p.name: choice for p, choice in zip(chosen, picked, strict=True)}
        yield running().parameters | kept | names


def _whole_range(parameter: Parameter) -> tuple[Value, ...]:
    """Return the ends of a range, not held by the values of other parameters, or all choices."""
    if parameter.choices:
        return tuple(parameter.choices)
    value = running().parameters[parameter.name]
    ends = (min(parameter.low, value), max(parameter.high, value))
    return tuple(int(whole(e)) for e in ends) if parameter.type == "integer" else ends


def _allowed(values: Mapping[str, Any]) -> Any:
    """Say whether the rules of the sidecar hold, of arrays element by element."""
    holds = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b}
    kept: Any = True
    for first, sign, last in sidecar(running().name).rules:
        kept = kept & np.asarray(holds[sign](values[first], values[last]))
    return kept


def turns(key: str) -> list[Turn]:
    """Return where the finding of a headline result turns, each parameter moved alone.

    The finding is the result of words that the sidecar names as its `verdict`. Each
    parameter is moved from its value downwards and upwards to its bounds, and the first
    value at which the words change is narrowed down; turns within a range come first, then
    the nearest, of equally near ones those of a parameter without a range. What
    happens at nought is left out, where nothing is counted any more.
    """
    verdict = sidecar(running().name).results[key].verdict
    if verdict is None or not _is_answer(verdict):
        return []
    names = sidecar(running().name).results[verdict].parameters
    parameters = [sidecar(running().name).parameters[name] for name in names]
    movable = [p for p in parameters if not p.question and move_of(p)]
    found = [turn for p in movable for side in (-1, 1) if (turn := _turn(verdict, p, side))]
    found = [turn for turn in found if turn.at != 0]
    return sorted(found, key=lambda turn: (not turn.within, _distance(turn), turn.by != "nobody"))


def _distance(turn: Turn) -> float:
    """Return how far a turn lies from the run's value, as a multiple whatever its side."""
    value = float(running().parameters[turn.parameter.name])
    far = abs(math.log(turn.at / value)) if turn.at > 0 and value > 0 else math.inf
    return round(far, 6)


def _turn(verdict: str, parameter: Parameter, side: int) -> Turn | None:
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
    at = float(whole(far)) if parameter.type == "integer" else float(far)
    move = move_of(parameter)
    by = move.by if move else "nobody"
    within = bool(move and by != "nobody" and float(move.low) <= at <= float(move.high))
    return Turn(parameter, at, side, into, within, by)


def _words_at(verdict: str, parameter: Parameter, points: Any) -> Any:
    shown = whole(points) if parameter.type == "integer" else points
    found = result_at(verdict, {parameter.name: shown})
    return np.broadcast_to(np.asarray(found, dtype=object), points.shape).astype(str)
