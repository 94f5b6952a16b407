"""What follows from the parameters: functions that a chapter registers and asks at any values."""

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from helpers.chapter.parameters import Parameter
from helpers.chapter.running import (
    Function,
    Kind,
    Parameters,
    Registered,
    Watched,
    called,
    keep_words,
    record,
    running,
)
from helpers.chapter.sampling import COUNT, SEED, triangular, uniform_draws, whole
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError

# in a result of two ends, where between them a draw lies
WITHIN = "within_"
_NO_FUNCTION = "no function is registered with @ch.results"


def register(function: Function, kind: Kind) -> Mapping[str, Any]:
    """Record what a function gives to the running chapter, and keep it to be asked again.

    One of the same name takes the place of the former. Returns its values by their keys.
    Raises YaluError as `record` does, where another function gives one of the keys, and for
    words that are no text.
    """
    chapter, name = running(), function.__name__
    found = dict(called(function, Parameters(**chapter.parameters)))
    for other, one in chapter.functions.items():
        if other != name and (both := sorted(set(one.keys) & set(found))):
            raise YaluError(f"chapter {chapter.name}: {both[0]} is given by {other} and by {name}")
    before = chapter.functions.get(name)
    for key in set(before.keys if before else ()) - set(found):
        for kept in (chapter.results, chapter.values, chapter.words):
            kept.pop(key, None)
    chapter.functions[name] = Registered(function, kind, tuple(found))
    chapter.reads.pop(name, None)
    for key, value in found.items():
        if kind == "words":
            keep_words(key, _phrase(key, value))
        else:
            record(key, known_value(key, value))
            chapter.values[key] = value
    return found


def _phrase(key: str, value: Any) -> str:
    chapter = running()
    if not isinstance(value, str):
        raise YaluError(f"chapter {chapter.name}: words {key}: found {value!r}; allowed: a text")
    if key in sidecar(chapter.name).results or key in chapter.parameters:
        raise YaluError(f"chapter {chapter.name}: words {key}: a result or parameter has that name")
    return value


def answer(*functions: Function) -> SimpleNamespace:
    """Register functions of the parameters; return their results as attributes."""
    found = [register(function, "results") for function in functions]
    return SimpleNamespace(**{key: value for one in found for key, value in one.items()})


def from_evidence(*functions: Function) -> SimpleNamespace:
    """Register functions of claims alone; return their results as attributes."""
    found = [register(function, "evidence") for function in functions]
    return SimpleNamespace(**{key: value for one in found for key, value in one.items()})


def known_value(key: str, value: Any) -> Any:
    """Return a result as it is recorded: one without a finite number in the words for that."""
    ends = value if isinstance(value, tuple) else (value,)
    if isinstance(value, str) or any(math.isfinite(end) for end in ends):
        return value
    declared = sidecar(running().name).results.get(key)
    return declared.unknown if declared else value


def answers_at(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the results that follow from the parameters, at other values of some of them.

    `values` may hold numbers, texts, arrays of numbers or Altair expressions; a result is then
    of the same kind, or a pair (low, high) of them. Raises YaluError where the chapter has
    registered no function of its parameters.
    """
    chapter = running()
    functions = chapter.of_kind("results").values()
    if not functions:
        raise YaluError(f"chapter {chapter.name}: {_NO_FUNCTION}")
    parameters = Parameters(**(chapter.parameters | dict(values)))
    return {
        key: value for one in functions for key, value in called(one.function, parameters).items()
    }


def values_at(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return all results that functions give, at other values of some parameters.

    `values` are arrays of one length. A result is a number, words or a pair of numbers, each of
    them one for all or an array; or a list of such, one for each place of the arrays, where a
    function of `evidence` uses one of `values`: it is called for each place.
    """
    chapter = running()
    found = answers_at(values) if chapter.of_kind("results") else {}
    columns = {name: array.tolist() for name, array in values.items()}
    rows = zip(*columns.values(), strict=True)
    places = [chapter.parameters | dict(zip(columns, row, strict=True)) for row in rows]
    for one in chapter.of_kind("evidence").values():
        asked: set[str] = set()
        told = called(one.function, Watched(asked, places[0] if places else chapter.parameters))
        if asked & columns.keys():
            every = [called(one.function, Parameters(**place)) for place in places]
            told = {key: [values[key] for values in every] for key in told}
        found |= told
    return found


def check_same(found: Mapping[str, Any]) -> None:
    """Raise YaluError where results differ from those that the chapter has recorded."""
    chapter = running()
    changed = [key for key, value in found.items() if repr(value) != repr(chapter.values[key])]
    if changed:
        raise YaluError(
            f"chapter {chapter.name}: {', '.join(changed)} came out differently than when "
            f"recorded; a later cell uses a name of its function for something else"
        )


def drawn_parameters(chapter: str, values: Mapping[str, Any]) -> list[Parameter]:
    """Return the parameters that are drawn: those whose value lies within a declared range.

    Two parameters with such ranges that a rule of the sidecar sets in order are the ends of
    one range, e.g. a lower and an upper wage. They are held: drawn apart, the lower end could
    come out above the upper, and a result already runs between the two.
    """
    declared = sidecar(chapter)
    ranged = {
        name
        for name, parameter in declared.parameters.items()
        if parameter.low is not None
        and parameter.high is not None
        and parameter.low < parameter.high
    }
    pairs = [{first, last} for first, _, last in declared.rules]
    held = set().union(*(pair for pair in pairs if pair <= ranged))
    return [
        parameter
        for name, parameter in declared.parameters.items()
        if name in ranged - held and parameter.low <= values[name] <= parameter.high
    ]


def draw_of(parameter: Parameter, u: Any, mode: Any) -> Any:
    """Return a draw of a parameter from a uniform number, most often near `mode`."""
    value = triangular(u, parameter.low, mode, parameter.high)
    return whole(value) if parameter.type == "integer" else value


def _one_draw(result: Any, within: Any) -> Any:
    """Return a draw of a result: of one with two ends, a number between them."""
    return result[0] + within * (result[1] - result[0]) if isinstance(result, tuple) else result


def headline_draws(
    values: Mapping[str, Any] | None = None,
    count: int = COUNT,
    seed: int = SEED,
    at: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return `count` draws of each headline result that follows from the parameters.

    Parameters with a declared range are drawn from it, independently of each other, most
    often near their value in this run (triangular); the others are held, and so are those
    in `values`, at the value given there. `at` are values in place of the run's: columns of
    one height, for as many rows of draws; each either within or outside its range throughout.
    Raises YaluError as `answers_at` does.
    """
    chapter = running()
    run = chapter.parameters | dict(at or {})
    drawn = drawn_parameters(chapter.name, {name: np.ravel(v)[0] for name, v in run.items()})
    u = uniform_draws([*(p.name for p in drawn), WITHIN], count, seed)
    draws_of = {p.name: draw_of(p, u[p.name], run[p.name]) for p in drawn}
    parameters = Parameters(**(run | draws_of | dict(values or {})))
    keys = _headlines()
    found: dict[str, Any] = {}
    for function in dict.fromkeys(chapter.function_of(key) for key in keys):
        found |= called(function, parameters) if function else {}
    draws = {key: np.asarray(_one_draw(found[key], u[WITHIN])) for key in keys}
    return {key: np.broadcast_to(d, (*d.shape[:-1], count)) for key, d in draws.items()}


def moved_headlines(drawn: set[str]) -> list[str]:
    """Return the headline results of the parameters that draws of some of them move.

    A result of two ends moves in any case: a draw lies between them.
    """
    values, declared = running().values, sidecar(running().name).results
    return [
        key
        for key in _headlines()
        if isinstance(values[key], tuple) or set(declared[key].parameters) & drawn
    ]


def _headlines() -> list[str]:
    """Return the headline results that follow from the parameters, as functions give them."""
    declared = sidecar(running().name).results
    functions = running().of_kind("results").values()
    if not functions:
        raise YaluError(f"chapter {running().name}: {_NO_FUNCTION}")
    return [key for one in functions for key in one.keys if declared[key].headline]
