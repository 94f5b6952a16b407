"""The reader's panel: a chapter's results as Vega expressions, with their common parts as steps."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import altair as alt
from altair.expr.core import Expression, GetItemExpression

from helpers.chapter import wording
from helpers.chapter.answers import answers_at, check_same
from helpers.chapter.parameters import Parameter
from helpers.chapter.running import (
    Result,
    forgives,
    markdown_words,
    plain_words,
    running,
    show,
    show_prose,
)
from helpers.chapter.tables import markdown_table
from helpers.models import ops

# a part this short is quicker written out than looked up
SHORTEST = 24


class Steps:
    """The steps of some Altair expressions: parts that occur more than once.

    `texts` holds their Vega texts by name, in order: over fields of a row and steps before them.
    """

    def __init__(self, expressions: Iterable[Expression]) -> None:
        """Find the parts of expressions over fields of a row."""
        self.texts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        seen: Counter[str] = Counter()
        for expression in expressions:
            _count(expression, seen)
        self._apart = {part for part, times in seen.items() if times > 1}

    def write(self, expression: Expression) -> str:
        """Return the Vega text of one of the expressions, with its common parts as steps."""
        return repr(self._shortened(expression))

    def _shortened(self, part: Expression) -> Expression:
        text = repr(part)
        if text not in self._apart:
            return _rebuilt(part, self._shortened)
        if text not in self._names:
            written = repr(_rebuilt(part, self._shortened))
            self._names[text] = f"step_{len(self.texts)}"
            self.texts[self._names[text]] = written
        return alt.datum[self._names[text]]


def _worth_a_step(part: Expression) -> bool:
    return not isinstance(part, GetItemExpression) and len(repr(part)) >= SHORTEST


def _count(part: Expression, seen: Counter[str]) -> None:
    """Count the parts of an expression; those within a part that stood before are its own."""
    if _worth_a_step(part):
        seen[repr(part)] += 1
        for inner in _parts(part) if seen[repr(part)] == 1 else ():
            _count(inner, seen)


def _parts(part: Expression) -> Iterator[Expression]:
    """Yield the direct parts of an expression that are expressions themselves."""
    for value in part._kwds.values():
        every = value if isinstance(value, list | tuple) else [value]
        yield from (inner for inner in every if isinstance(inner, Expression))


def _rebuilt(part: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression with each of its direct parts changed."""

    def changed(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [changed(one) for one in value]
        return change(value) if isinstance(value, Expression) else value

    return type(part)(**{name: changed(value) for name, value in part._kwds.items()})


def _text(value: Any, steps: Steps) -> str:
    if ops.is_expression(value):
        return steps.write(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if math.isinf(value):
        return "(1/0)" if value > 0 else "(-1/0)"
    return repr(float(value)) if math.isfinite(value) else "NaN"


def _control(parameter: Parameter) -> dict[str, Any]:
    """Return what a page needs for the control of a parameter."""
    fields = ("label", "type", "min", "max", "step", "low", "high", "choices")
    # a range is the sources' where the value is: around an assumption it is ours as well
    about = {"ours": not (parameter.claim or parameter.source)}
    about |= {field: getattr(parameter, field) for field in fields}
    return _without_empty(about | _unit(running().results[parameter.name]))


def _printed(result: Result) -> dict[str, Any]:
    """Return how a page puts a result into words, see `wording.quantity_words`."""
    unknown = running().declared.results[result.key].unknown
    about = {
        "digits": result.digits,
        "label": result.label if result.headline else "",
        "percent": result.unit == "percent",
        "qualifier": result.qualifier,
        "unknown": unknown if unknown != "not known" else "",
    }
    return _without_empty(_unit(result) | about)


def _unit(result: Result) -> dict[str, Any]:
    units = [wording.unit_words(result.unit, plural) for plural in (False, True)]
    return {"unit": units, "per": wording.per_words(result.per), "share": result.unit == "share"}


def _without_empty(entries: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing, so that the page carries less."""
    return {key: value for key, value in entries.items()
            if value is not None and value is not False and value not in ([], "")}  # fmt: skip


def _panel_data() -> dict[str, Any]:
    """Return what the page needs to compute the chapter's answers: controls and expressions."""
    chapter = running()
    declared = chapter.declared
    found = answers_at({name: alt.datum[name] for name in declared.parameters})
    ends = {key: {"low": value[0], "high": value[1]} if isinstance(value, tuple)
            else {"value": value} for key, value in found.items()}  # fmt: skip
    parts = [part for each in ends.values() for part in each.values() if ops.is_expression(part)]
    steps = Steps(parts)
    texts = {key: {end: _text(part, steps) for end, part in e.items()} for key, e in ends.items()}
    written = json.dumps([texts, steps.texts])
    used = [name for name in declared.parameters if f"datum['{name}']" in written]
    return {
        "order": used,
        "command": f"yalu run {chapter.name}",
        "values": {name: chapter.parameters[name] for name in used},
        "controls": {name: _control(declared.parameters[name]) for name in used},
        "rules": [rule for rule in declared.rules if {rule[0], rule[2]} <= set(used)],
        # a scenario that sets anything else wants a rerun
        "scenarios": [
            {"title": scenario.title, "values": scenario.parameters}
            for scenario in declared.scenarios.values()
            if scenario.parameters.keys() <= set(used)
        ],
        "steps": list(steps.texts.items()),
        "answers": texts,
        "printed": {key: _printed(chapter.results[key]) for key in found},
    }


def show_panel() -> None:
    """Show the panel in which a reader moves the assumptions: prose and headline results.

    Raises YaluError as `answers.answers_at` does.
    """
    chapter = running()
    if forgives():  # the panel moves all answers or none
        if left := [one for one in chapter.results.values() if one.headline]:
            show_prose(_answers_table("In this book", left))
        return
    check_same("results")
    data = _panel_data()
    answers = [chapter.results[key] for key in data["answers"]]
    shown = [result for result in answers if result.headline] or answers
    told = _answers_table("With these assumptions", shown)
    words = plain_words(told)
    show(words, {"myst": told, "panel": data}, markdown_words(told))


def _answers_table(heading: str, answers: Iterable[Result]) -> str:
    rows = [[result.label, f"{{result}}`{result.key}`"] for result in answers]
    return markdown_table(["Answer", heading], rows)
