"""What follows from the parameters: functions that a chapter registers, called at any values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helpers.chapter import no_answer
from helpers.chapter.parameters import Parameter
from helpers.chapter.running import (
    Function,
    Kind,
    Registered,
    TracedParameters,
    add_result,
    add_words,
    called,
    forgives,
    outlets_of,
    result_of,
    running,
)
from helpers.chapter.sampling import COUNT, SEED, nearest_integer, triangular, uniform_draws
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.evidence.trace import trace
from helpers.lazily import numpy as np

# in a result of two ends, where between them a draw lies
WITHIN = "within_"


def register(function: Function, kind: Kind) -> None:
    """Record what a function gives to the running chapter, and the function to be called again.

    One of the same name takes the place of the former. Raises YaluError as `result_of` does,
    where another function gives one of the keys, and for words that are no text.
    """
    chapter, name, used = running(), function.__name__, set[str]()
    values = chapter.parameters
    if kind == "words":  # a sentence that names a parameter without answer says nothing
        values = {key: value for key, value in values.items() if key not in chapter.lost}
    try:
        with trace() as reads:
            given = dict(called(function, TracedParameters(used, values)))
    except Exception as error:
        if not forgives():
            raise
        no_answer.lose(function, error)
        return
    for other, one in chapter.functions.items():
        if other != name and (both := sorted(one.given.keys() & given)):
            raise YaluError(f"chapter {chapter.name}: {both[0]} is given by {other} and by {name}")
    former = chapter.functions.get(name)
    for key in former.given.keys() - given if former else ():
        chapter.results.pop(key, None)
    chapter.functions[name] = Registered(function, kind, given, reads, frozenset(used))
    for key, value in given.items():
        place = f"chapter {chapter.name}: words {key}"
        if kind != "words":
            result = result_of(key, given)
            if forgives() and (reason := no_answer.why_lost(result, kind == "evidence")):
                no_answer.lose_one(key, reason)
                continue
            # which claims a count or a fact declares are but examples of those read
            if kind == "evidence" or result.total is not None:
                behind = {*result.claims, *reads.claims}
                result = replace(result, outlets=outlets_of(behind, reads.sources))
            add_result(result)
        elif not isinstance(value, str):
            raise YaluError(f"{place}: found {value!r}; allowed: a text")
        elif key in chapter.declared.results or key in chapter.parameters:
            raise YaluError(f"{place}: a result or parameter has that name")
        else:
            add_words(key, value)


def answers_at(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the results that follow from the parameters, at other values of some of them.

    `values` may hold numbers, texts, arrays of numbers or Altair expressions; a result is then
    of the same kind, or a pair (low, high) of them. Raises YaluError where there is no function.
    """
    return {k: v for one in _functions_of_parameters() for k, v in one.at(values).items()}


def _functions_of_parameters() -> list[Registered]:
    functions = running().of_kind("results")
    if not functions:
        raise YaluError(f"chapter {running().name}: no function is registered with @ch.results")
    return functions


def result_at(key: str, values: Mapping[str, Any]) -> Any:
    """Return one result as `answers_at` does. Raises YaluError where no function gives it."""
    function = running().function_of(key)
    if function is None:
        raise YaluError(f"chapter {running().name}: no function of @ch.results gives {key}")
    return function.at(values)[key]


def values_at(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return all results that functions give, at other values of some parameters.

    `values` are arrays of one length. A result is a number, words or a pair of numbers, one for
    all or an array; or a list, where a function of `evidence`, called place by place, gives it.
    """
    chapter = running()
    found = answers_at(values) if chapter.of_kind("results") else {}
    columns = {name: array.tolist() for name, array in values.items()}
    places = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for one in chapter.of_kind("evidence"):
        if one.used & columns.keys():
            every = [one.at(place) for place in places]
            found |= {key: [values[key] for values in every] for key in one.given}
        else:
            found |= one.given
    return found


def check_same(*kinds: Kind) -> None:
    """Raise YaluError where functions of some kinds give other results than when registered."""
    chapter = running()
    changed = [key for one in chapter.of_kind(*kinds) for key, value in one.at({}).items()
               if repr(value) != repr(one.given.get(key))]  # fmt: skip
    if changed:
        raise YaluError(
            f"chapter {chapter.name}: {', '.join(changed)} came out differently than when "
            "recorded; a later cell changes a name that its function uses"
        )


# Draws ----------------------------------------------------------------------------------------


def sampled_parameters(chapter: str, values: Mapping[str, Any]) -> list[Parameter]:
    """Return the parameters that are sampled: those whose value lies within a declared range.

    Two with such ranges that a rule of the sidecar sets in order, e.g. a lower and an upper wage,
    are held: sampled apart they could change places, and a result runs between the two already.
    """
    declared = sidecar(chapter)
    ranged = {
        name: (p.low, p.high)
        for name, p in declared.parameters.items()
        if p.low is not None and p.high is not None and p.low < p.high
    }
    pairs = [{first, last} for first, _, last in declared.rules]
    held = set().union(*(pair for pair in pairs if pair <= ranged.keys()))
    return [declared.parameters[name] for name, (low, high) in ranged.items()
            if name not in held and low <= values[name] <= high]  # fmt: skip


def draw_of(parameter: Parameter, u: Any, mode: Any) -> Any:
    """Return a draw of a parameter from a uniform number, most often near `mode`."""
    value = triangular(u, parameter.low, mode, parameter.high)
    return nearest_integer(value) if parameter.type == "integer" else value


def draw_within(result: Any, within: Any) -> Any:
    """Return a draw of a result: of one with two ends, the number at a fraction between them."""
    return result[0] + within * (result[1] - result[0]) if isinstance(result, tuple) else result


def headline_draws(
    values: Mapping[str, Any] | None = None,
    count: int = COUNT,
    seed: int = SEED,
) -> dict[str, Any]:
    """Return `count` draws of each headline result that follows from the parameters.

    Parameters with a declared range are drawn from it, independently of each other, most often
    near their value in this run (triangular); the others are held, those in `values` at the value
    given there. Raises YaluError as `answers_at` does.
    """
    chapter = running()
    run = chapter.parameters
    sampled = sampled_parameters(chapter.name, run)
    u = uniform_draws([*(p.name for p in sampled), WITHIN], count, seed)
    draws_of = {p.name: draw_of(p, u[p.name], run[p.name]) for p in sampled}
    keys, found = _headline_answers(), dict[str, Any]()
    for one in chapter.of_kind("results"):
        if one.given.keys() & keys:
            found |= one.at(run | draws_of | dict(values or {}))
    draws = {key: draw_within(found[key], u[WITHIN]) for key in keys}
    return {key: np.broadcast_to(each, count) for key, each in draws.items()}


def _headline_answers() -> list[str]:
    """Return the headline results that follow from the parameters, as functions give them."""
    declared = running().declared.results
    return [key for f in _functions_of_parameters() for key in f.given if declared[key].headline]
