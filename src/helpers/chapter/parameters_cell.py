"""The parameters cell of a notebook: written from the sidecar, and held against it."""

import ast
import json
from pathlib import Path
from typing import Any

from helpers import evidence
from helpers.chapter.parameters import Parameter, Value
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError

TAG = "parameters"
_TYPES = {"number": "float", "integer": "int"}
_LONGEST = 100
_ENDS = {"value": "value", "low": "lower end", "high": "upper end"}


def parameter_line(name: str, parameter: Parameter) -> str:
    """Return the line of a parameter as papermill reads it: `fee: float = 7  # CNY/bag. Fee`."""
    kind = _TYPES.get(parameter.type, "str")
    about = ". ".join(part for part in (parameter.unit, parameter.label) if part)
    line = f"{name}: {kind} = {_written(parameter.default)}  # {about}"
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def check_defaults(root: Path, chapter: str) -> list[str]:
    """Return what is wrong with the defaults of a chapter, one line a fault.

    Held against each other are the notebook's parameters cell, the sidecar and the claims of
    the ledger that defaults come from. Lines without a type are held to their values alone.
    """
    declared = sidecar(chapter).parameters
    place = f"chapters/{chapter}.ipynb, parameters cell"
    set_here = _set_in(root / "chapters" / f"{chapter}.ipynb")
    faults = [f"{place}: {name} is not in chapters/{chapter}.yml; take it out"
              for name in set_here if name not in declared]  # fmt: skip
    for name, parameter in declared.items():
        line = parameter_line(name, parameter)
        value, written = set_here.get(name, (None, ""))
        if name not in set_here:
            faults.append(f"{place}: {name} is missing; write: {line}")
        elif value != parameter.default or isinstance(value, bool):
            expected = f"expected {_written(parameter.default)}{_from(parameter)}"
            faults.append(f"{place}: {name}: found {_written(value)}, {expected}; write: {line}")
        elif written not in ("", line):
            faults.append(f"{place}: {name}: found `{written}`; write: {line}")
        faults += _ledger_faults(chapter, name, parameter)
    return faults


def _written(value: Any) -> str:
    is_integer = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if is_integer else value, ensure_ascii=False)


def _from(parameter: Parameter) -> str:
    if not parameter.claim or parameter.claim_said is not None:
        return ""
    return f" ({_ENDS[parameter.use or 'value']} of claim {parameter.claim})"


def _ledger_faults(chapter: str, name: str, parameter: Parameter) -> list[str]:
    """Return whether a default that was worked out from a claim no longer follows from it."""
    if not parameter.claim or parameter.type not in ("number", "integer"):
        return []
    claim = evidence.recorded(parameter.claim)
    now = [end for end in (claim.low, claim.value, claim.high) if end is not None]
    if now == parameter.claim_said or (parameter.claim_said is None and parameter.default in now):
        return []
    if parameter.claim_said is None:
        return [
            f"chapters/{chapter}.yml: {name}: default {_written(parameter.default)} is not "
            f"what claim {parameter.claim} says; set claim_said: {now}, from which it was "
            "worked out, or use: value, low or high in place of the default"
        ]
    said, told = (" to ".join(f"{end:g}" for end in ends) for ends in (parameter.claim_said, now))
    return [f"chapters/{chapter}.yml: {name}: default {_written(parameter.default)} was worked out "
            f"when claim {parameter.claim} said {said}; it says {told} now: work it out again and "
            "set claim_said"]  # fmt: skip


def _set_in(path: Path) -> dict[str, tuple[Value, str]]:
    """Return the names that the parameters cell sets, with their values and their typed lines.

    Raises YaluError where there is not one such cell, or it does more than set names.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    tagged = ["".join(c["source"]) for c in cells if TAG in c["metadata"].get("tags", [])]
    place = f"chapters/{path.name}"
    if len(tagged) != 1:
        raise YaluError(f"{place}: {len(tagged)} cells tagged {TAG}; allowed: one")
    lines, found = tagged[0].splitlines(), {}
    for statement in ast.parse(tagged[0]).body:
        line = lines[statement.lineno - 1]
        try:
            name, value = name_and_value(statement)
        except ValueError:
            raise YaluError(f"{place}, parameters cell: found `{line}`; allowed: `name: type = "
                            "value  # comment`") from None  # fmt: skip
        found[name] = (value, line if isinstance(statement, ast.AnnAssign) else "")
    return found


def name_and_value(statement: ast.stmt) -> tuple[str, Any]:
    """Return the name and the plain value that a statement sets.

    Raises ValueError for any other statement.
    """
    match statement:
        case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
            pass
        case ast.Assign(targets=[ast.Name(name)], value=value):
            pass
        case _:
            raise ValueError
    match value:
        case ast.Call(func=ast.Name("float"), args=[ast.Constant(text)]):  # NaN, from papermill
            return name, float(text)  # type: ignore[arg-type]
    return name, ast.literal_eval(value)
