"""Parameters of a chapter: checked against their declaration wherever they are set."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from helpers.analysis.sidecar import Parameter, Sidecar, Value, sidecar
from helpers.errors import YaluError


def _allowed(parameter: Parameter) -> str:
    if parameter.choices:
        return "one of " + ", ".join(parameter.choices)
    form = {
        "number": "a number",
        "integer": "a whole number",
        "date": "a date as YYYY-MM-DD",
        "month": "a month as YYYY-MM",
    }[parameter.type]
    bounds = [b for b in (parameter.min, parameter.max) if b is not None]
    return f"{form} from {bounds[0]} to {bounds[1]}" if len(bounds) == 2 else form


def _as_number(parameter: Parameter, value: Any) -> Value | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if parameter.type == "integer" and value != int(value):
        return None
    within = float(parameter.min or 0) <= value <= float(parameter.max or math.inf)
    return (int(value) if parameter.type == "integer" else value) if within else None


def _as_text(parameter: Parameter, value: Any) -> Value | None:
    if not isinstance(value, str):
        return None
    if parameter.choices:
        return value if value in parameter.choices else None
    try:
        date.fromisoformat(value if parameter.type == "date" else f"{value}-01")
    except ValueError:
        return None
    within = str(parameter.min or "") <= value <= str(parameter.max or "9999")
    return value if within else None


def check_value(parameter: Parameter, value: Any) -> Value:
    """Return the value in its declared type. Raises YaluError (exit code 2) in one line."""
    numeric = parameter.type in ("number", "integer")
    checked = (_as_number if numeric else _as_text)(parameter, value)
    if checked is None:
        shown = repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "..."
        raise YaluError(
            f"parameter {parameter.name}: found {shown}; allowed: {_allowed(parameter)}",
            exit_code=2,
        )
    return checked


def _broken_rules(declared: Sidecar, values: Mapping[str, Any]) -> list[str]:
    holds = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b}
    return [
        f"parameters {first} and {second}: found {values[first]} and {values[second]}; "
        f"allowed: {first} {sign} {second}"
        for first, sign, second in declared.rules
        if not holds[sign](values[first], values[second])
    ]


def check_parameters(chapter: str, values: Mapping[str, Any]) -> dict[str, Value]:
    """Return all declared parameters, checked, with defaults where `values` has none.

    Raises YaluError (exit code 2), one line a fault, for a wrong type, a value out of
    bounds or a broken rule between two parameters.
    """
    declared = sidecar(chapter)
    checked, faults = {}, []
    for name, parameter in declared.parameters.items():
        try:
            checked[name] = check_value(parameter, values.get(name, parameter.default))
        except YaluError as error:
            faults += error.lines
    faults = faults or _broken_rules(declared, checked)
    if faults:
        raise YaluError(*faults, exit_code=2)
    return checked
