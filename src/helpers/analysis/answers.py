"""What follows from the assumptions: one function for the run, for draws and for the page."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import altair as alt
import numpy as np

from helpers.analysis import wording
from helpers.analysis.chapter import Result, keep, plain_words, record, result_of, running, show
from helpers.analysis.draws import COUNT, SEED, directions, middle_ninety, shift, uniform_draws
from helpers.analysis.parameters import Parameter
from helpers.analysis.sidecar import sidecar
from helpers.analysis.steps import Steps
from helpers.errors import YaluError
from helpers.models import draws, ops

Answers = Callable[[Any], Mapping[str, Any]]
# in a result of two ends, where between them a draw lies
WITHIN = "within_"
# suffix of the results that hold the middle of the draws, and their significant figures
DRAWS, DRAW_DIGITS = "_draws", 2


def answer(*parts: Answers) -> SimpleNamespace:
    """Record what follows from the run's parameters, and keep how, for draws and the page.

    Each of `parts` takes the parameters as attributes and returns results by their keys: a
    number, a pair (low, high) or words chosen by `ops.where`. It must be pure arithmetic on
    `ops` and the models, since the page evaluates the same function as Vega expressions.
    A number that is not finite, and a range without a finite end, is recorded in the words of
    the sidecar's `unknown`.
    Returns the results as attributes. Raises YaluError as `record` does.
    """
    chapter = running()
    chapter.parts = parts
    told = [(part, part(SimpleNamespace(**chapter.parameters))) for part in parts]
    chapter.answered = {key: value for _, values in told for key, value in values.items()}
    chapter.part_of = {key: part for part, values in told for key in values}
    return _recorded(chapter.answered)


def from_evidence(*parts: Answers) -> SimpleNamespace:
    """Record what the evidence gives by itself, and keep how, to leave parts of it out.

    Each of `parts` takes the parameters as attributes and returns results by their keys, as
    for `answer`, but may use any arithmetic, e.g. a simulation: no draw and no page computes
    with it, and no arrays are given to it. It must read the claims and tables that it needs
    itself. Returns and raises as `answer` does.
    """
    running().counts += parts
    parameters = SimpleNamespace(**running().parameters)
    return _recorded({key: value for part in parts for key, value in part(parameters).items()})


def _recorded(found: Mapping[str, Any]) -> SimpleNamespace:
    running().again.update(found)
    for key, value in found.items():
        record(key, known_value(key, value))
    return SimpleNamespace(**found)


def known_value(key: str, value: Any) -> Any:
    """Return a result as it is recorded: one without a finite number in the words for that."""
    ends = value if isinstance(value, tuple) else (value,)
    if isinstance(value, str) or any(math.isfinite(end) for end in ends):
        return value
    declared = sidecar(running().name).results.get(key)
    return declared.unknown if declared else value


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
    value = draws.triangular(u, parameter.low, mode, parameter.high)
    return draws.whole(value) if parameter.type == "integer" else value


def _one_draw(result: Any, within: Any) -> Any:
    """Return a draw of a result: of one with two ends, a number between them."""
    return result[0] + within * (result[1] - result[0]) if isinstance(result, tuple) else result


def results_at(values: Mapping[str, Any]) -> dict[str, Result]:
    """Return what `answer` recorded, at other values of some parameters.

    Raises YaluError where `answer` was not called.
    """
    found = _answers()(SimpleNamespace(**(running().parameters | dict(values))))
    return {key: result_of(key, known_value(key, value)) for key, value in found.items()}


def values_at(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `answer` and `from_evidence` give at other values of some parameters.

    `values` are arrays of one length. A result is a number, words or a pair of numbers, each of
    them one for all or an array; or a list of such, one for each place of the arrays, where a
    function of `from_evidence` uses one of `values`: it is called for each place.
    """
    chapter = running()
    parameters = SimpleNamespace(**(chapter.parameters | dict(values)))
    found = {key: value for part in chapter.parts for key, value in part(parameters).items()}
    columns = {name: array.tolist() for name, array in values.items()}
    rows = zip(*columns.values(), strict=True)
    places = [dict(zip(columns, row, strict=True)) for row in rows]
    for part in chapter.counts:
        told = part(asked := _Asked(chapter.parameters | (places[0] if places else {})))
        if asked.names & columns.keys():
            every = [part(SimpleNamespace(**(chapter.parameters | place))) for place in places]
            told = {key: [one[key] for one in every] for key in told}
        found |= told
    return found


class _Asked:
    """Parameters as attributes; `names` are those that were used."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name not in self._values:
            raise AttributeError(name)
        self.names.add(name)
        return self._values[name]


def headline_draws(
    values: Mapping[str, Any] | None = None,
    count: int = COUNT,
    seed: int = SEED,
    at: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return `count` draws of each headline result of the running chapter that `answer` gave.

    Parameters with a declared range are drawn from it, independently of each other, most
    often near their value in this run (triangular); the others are held, and so are those
    in `values`, at the value given there. `at` are values in place of the run's: columns of
    one height, for as many rows of draws; each either within or outside its range throughout.
    Raises YaluError where `answer` was not called.
    """  # fmt: skip
    _answers()
    chapter = running()
    run = chapter.parameters | dict(at or {})
    drawn = drawn_parameters(chapter.name, {name: np.ravel(v)[0] for name, v in run.items()})
    u = uniform_draws([*(p.name for p in drawn), WITHIN], count, seed)
    draws_of = {p.name: draw_of(p, u[p.name], run[p.name]) for p in drawn}
    parameters = SimpleNamespace(**(run | draws_of | dict(values or {})))
    keys = _headlines(chapter.answered)
    found: dict[str, Any] = {}
    for part in dict.fromkeys(chapter.part_of[key] for key in keys):
        found |= part(parameters)
    draws = {key: np.asarray(_one_draw(found[key], u[WITHIN])) for key in keys}
    return {key: np.broadcast_to(d, (*d.shape[:-1], count)) for key, d in draws.items()}


def moved_headlines(drawn: set[str]) -> list[str]:
    """Return the headline results of `answer` that draws of some parameters move."""
    answered = running().answered
    return [key for key in _headlines(answered) if _varies(key, answered[key], drawn)]


def _answered_again() -> None:
    """Compute the run's answers anew.

    Raises YaluError where they differ from those recorded: a cell in between has given
    another meaning to a name that the functions use, and draws and page would be wrong.
    """
    chapter = running()
    found = _answers()(SimpleNamespace(**chapter.parameters))
    changed = [key for key, value in found.items() if repr(value) != repr(chapter.answered[key])]
    if changed:
        raise YaluError(
            f"chapter {chapter.name}: {', '.join(changed)} came out differently than when "
            f"answer(...) ran; a later cell uses a name of its functions for something else"
        )


def _answers() -> Answers:
    answers = running().answers
    if answers is None:
        raise YaluError(f"chapter {running().name}: call answer(...) before its draws or panel")
    return answers


def _headlines(found: Mapping[str, Any]) -> list[str]:
    declared = sidecar(running().name).results
    return [key for key in found if declared[key].headline]


def _varies(key: str, found: Any, drawn: set[str]) -> bool:
    """Say whether draws move a result: one with two ends, or one that rests on what is drawn."""
    rests_on = set(sidecar(running().name).results[key].parameters)
    return isinstance(found, tuple) or bool(rests_on & drawn)


def _ends(value: Any) -> dict[str, Any]:
    """Return a result by the names of its ends: value (also words), or low and high."""
    return {"low": value[0], "high": value[1]} if isinstance(value, tuple) else {"value": value}


def _written(found: Mapping[str, Any], drawn: list[str]) -> tuple[Steps, dict[str, dict[str, str]]]:
    """Return results as Vega texts over the fields of a row, with the steps they are made of."""
    ends = {key: _ends(value) for key, value in found.items()}
    every = [end for each in ends.values() for end in each.values()]
    steps = Steps((end for end in every if ops.is_expression(end)), drawn)
    texts = {key: {name: _text(end, steps) for name, end in e.items()} for key, e in ends.items()}
    return steps, texts


def _text(value: Any, steps: Steps) -> str:
    if ops.is_expression(value):
        return steps.write(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(float(value)) if math.isfinite(value) else "NaN"


def _given(entries: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing, so that the page carries less."""
    return {
        k: v for k, v in entries.items() if v is not None and v is not False and v not in ([], "")
    }


def _control(parameter: Parameter) -> dict[str, Any]:
    fields = ("label", "type", "min", "max", "step", "low", "high", "choices")
    about = {field: getattr(parameter, field) for field in fields}
    unit = running().results[parameter.name]
    units = [wording.unit_words(unit.unit, plural) for plural in (False, True)]
    words = {"unit": units, "per": wording.per_words(unit.per), "share": unit.unit == "share"}
    # a range is the sources' where the value is: around an assumption it is ours as well
    ours = {"ours": not (parameter.claim or parameter.source)}
    return _given(about | words | ours)


def _printed(result: Result) -> dict[str, Any]:
    """Return how a page puts a result into words, see `wording.quantity_words`."""
    units = [wording.unit_words(result.unit, plural) for plural in (False, True)]
    about = {"unit": units, "per": wording.per_words(result.per), "digits": result.digits}
    about |= {"label": result.label} if result.headline else {}
    kinds = {"share": result.unit == "share", "percent": result.unit == "percent"}
    hedges = {"qualifier": result.qualifier}
    unknown = sidecar(running().name).results[result.key].unknown
    words = {"unknown": unknown} if unknown != "not known" else {}
    return _given(about | kinds | hedges | words)


def _record_draws() -> list[str]:
    """Record the middle of the draws of each headline result that they move; return the keys."""
    chapter, keys = running(), []
    _answered_again()
    drawn = {parameter.name for parameter in drawn_parameters(chapter.name, chapter.parameters)}
    draws = headline_draws()
    for key in moved_headlines(drawn):
        low, high = middle_ninety(draws[key])
        if math.isfinite(low) and math.isfinite(high):
            of = running().results[key]
            label = f"{of.label}: middle of the draws"
            keep(replace(of, key=f"{key}{DRAWS}", label=label, value=None, low=low, high=high,
                         words=None, digits=DRAW_DIGITS, headline=False))  # fmt: skip
            keys.append(key)
    return keys


def _panel_data(keys: list[str]) -> dict[str, Any]:
    """Return what the page needs to compute the chapter's answers: controls and expressions."""
    chapter = running()
    declared = sidecar(chapter.name)
    found = _answers()(SimpleNamespace(**{name: alt.datum[name] for name in declared.parameters}))
    every = drawn_parameters(chapter.name, chapter.parameters)
    steps, texts = _written(found, [p.name for p in every])
    whole = json.dumps([texts, steps.texts])
    used = [name for name in declared.parameters if f"datum['{name}']" in whole]
    names = [*(p.name for p in every), WITHIN]
    bits = (COUNT - 1).bit_length()
    drawn = [p for p in every if p.name in used]
    modes = {p.name: float(chapter.parameters[p.name]) for p in drawn}
    return {
        "order": used,
        "command": f"yalu run {chapter.name}",
        "values": {name: chapter.parameters[name] for name in used},
        "controls": {name: _control(declared.parameters[name]) for name in used},
        "rules": [rule for rule in declared.rules if {rule[0], rule[2]} <= set(used)],
        "steps": list(steps.texts.items()),
        "draw_steps": steps.for_draws(t for k in keys for t in texts[k].values()),
        "answers": texts,
        "printed": {key: _printed(chapter.results[key]) for key in found},
        "drawn": {
            p.name: ops.expression_text(draw_of(p, alt.datum[f"u_{p.name}"], modes[p.name]))
            for p in drawn
        },
        "headlines": keys,
        "draws": {
            "count": COUNT,
            "directions": {name: directions(place, bits) for place, name in enumerate(names)},
            "shifts": {name: shift(place, SEED) for place, name in enumerate(names)},
            "digits": DRAW_DIGITS,
        },
    }


def _fixed_words(data: dict[str, Any]) -> str:
    """Return the sentence on what is drawn, what is held and what only a rerun changes."""
    declared = sidecar(running().name).parameters
    drawn = wording.listing(f"`{name}`" for name in data["drawn"]) or "nothing"
    rerun = [f"`{name}`" for name in declared if name not in data["controls"]]
    only = f" Only a rerun changes {wording.listing(rerun)}." if rerun else ""
    return (
        f"{{stated}}`{COUNT:,} draws; their number, set in helpers.analysis.draws`, always the "
        f"same, take {drawn} from the ranges marked, most often near the book’s value and "
        f"independently of each other. All else is held as set, and so is what you move. The "
        f"middle leaves out {{stated}}`a twentieth; set in helpers.analysis.draws` of the draws at "
        f"each end.{_end_words(data)}{only}"
    )


def _end_words(data: dict[str, Any]) -> str:
    """Return the sentence on values that are an end of their own range, or nothing."""
    declared = sidecar(running().name).parameters
    at_end = [
        f"`{name}`"
        for name in data["drawn"]
        if data["values"][name] in (declared[name].low, declared[name].high)
    ]
    if not at_end:
        return ""
    about = "is an end of its range" if len(at_end) == 1 else "are ends of their ranges"
    value = "value" if len(at_end) == 1 else "values"
    return (
        f" The book’s {value} of {wording.listing(at_end)} {about}: draws lie on one side only, "
        f"and so may the middle."
    )


def assumptions() -> None:
    """Show the panel in which a reader moves the assumptions, with the sentences that follow.

    The prose is `panel` of the sidecar; below it stand the headline results with the
    middle of their draws. Raises YaluError where `answer` was not called.
    """
    keys = _record_draws()
    data = _panel_data(keys)
    rows = [
        f"| {running().results[key].label} | {{result}}`{key}` | {{result}}`{key}{DRAWS} unit` |"
        for key in keys
    ]
    head = [
        "| What follows | With these assumptions | Middle of the draws |",
        "| --- | --- | --- |",
    ]
    table = [*head, *rows] if rows else []
    text = "\n".join([sidecar(running().name).panel.strip(), "", *table])
    source = f"{text}\n\n{_fixed_words(data)}"
    plain = plain_words(source)
    show(plain, {"myst": source, "panel": data}, "text/markdown", plain)
