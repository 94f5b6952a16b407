"""The sidecar of a chapter, `chapters/<chapter>.yml`, and the notebook's cell of parameters."""

import ast
import json
import operator
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from helpers import evidence
from helpers.chapter.parameters import (
    DOCUMENTED,
    Parameter,
    RangeClaims,
    Value,
    check_value,
    unknown_parameter,
)
from helpers.chapter.ranges import named_ends, remaining_ranges
from helpers.chapter.wording import label_words
from helpers.errors import YaluError
from helpers.evidence import exclusion
from helpers.evidence.clean_tables import file_state
from helpers.evidence.exclusion import Exclusion
from helpers.inputs import Day, model_faults, read_mapping, read_notebook
from helpers.paths import book_root

_CLAIMS = "data/clean/claims.csv"
_TYPES = {"number": "float", "integer": "int"}
_LINE = 100
_ENDS = {"value": "value", "low": "lower end", "high": "upper end"}


class ResultDeclaration(BaseModel):
    """What is known of a named result before it is computed."""

    model_config = DOCUMENTED

    label: Annotated[str, AfterValidator(label_words)]
    """What the result is, as tables and cards name it."""
    unit: str = ""
    """A unit code of the ledger; for words none."""
    per: str = ""
    """What it is per, in the ledger's words."""
    qualifier: str = "exact"
    """How sure the number is: exact, about, at_least, up_to and the like."""
    digits: int | None = Field(default=3, ge=1, le=15)
    """Significant figures that it is shown with; null shows all."""
    claims: tuple[str, ...] = ()
    """The claims that it needs."""
    parameters: tuple[str, ...] = ()
    """The parameters that it follows from."""
    headline: bool = False
    """Whether it is an answer of the chapter, with a place in the section on sensitivity."""
    how: str = ""
    """How it is worked out, in one line of words, for its card."""
    of: str = ""
    """The result that a count is part of; the two are printed together, as "8 of 31"."""
    unknown: str = "not known"
    """The words for it where it has no finite number."""
    verdict: str | None = None
    """The result of words that says what a headline amounts to."""
    finding: str = ""
    """The sentence about a headline, with {verdict} in it."""


class FigureDeclaration(BaseModel):
    """What stands around a figure."""

    model_config = DOCUMENTED

    title: str
    """The finding that the figure shows; with roles."""
    description: str
    """The figure in words, for someone who cannot see it; with roles."""
    note: str = ""
    """What is weak about the evidence; with roles."""
    claims: tuple[str, ...] = ()
    """Claims that it shows, besides those in its tables."""
    sources: tuple[str, ...] = ()
    """Documents that it shows, besides those of its claims."""


class Scenario(BaseModel):
    """A named set of parameters, checked like any other run."""

    model_config = DOCUMENTED

    title: str = Field(min_length=1, max_length=200)
    """What the scenario asks."""
    note: str = Field(default="", max_length=2000)
    """What is set, and why."""
    parameters: dict[str, Any] = Field(min_length=1)
    """The values that differ from the defaults."""
    publish: bool = False
    """Whether the book has a page for it, below the chapter."""


class Sidecar(BaseModel):
    """All that a sidecar declares."""

    model_config = DOCUMENTED

    title: str
    """The title of the chapter."""
    theme: str
    """A theme of the ledger."""
    question: str
    """What the chapter asks, in a sentence."""
    kind: Literal["answer", "story"] = "answer"
    """An answer has parameters and the usual sections; a story tells what happened and has none."""
    adopted: bool = False
    """Whether the notebook is somebody else's: its numbers are counted and not refused."""
    known_by: Day | None = None
    """A day that divides the evidence: sensitivity tells what had been known by then."""
    parameters: dict[str, Parameter]
    """The parameters, by the names that the notebook gives them."""
    rules: list[tuple[str, Literal["<", "<="], str]] = []
    """Parameters that must be in order, such as the ends of a range."""
    results: dict[str, ResultDeclaration] = {}
    """The named results, by their keys."""
    figures: dict[str, FigureDeclaration] = {}
    """The figures, by their names."""
    scenarios: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], Scenario] = {}
    """Named sets of parameters, by their names."""

    @model_validator(mode="after")
    def _scenarios_are_runs(self) -> "Sidecar":
        for name in (name for first, _, last in self.rules for name in (first, last)):
            if name not in self.parameters:
                raise ValueError(f"rules: {unknown_parameter(name, self.parameters)}")
        for first, _, last in self.rules:
            if len({type(self.parameters[one].default) is str for one in (first, last)}) > 1:
                raise ValueError(f"rules: {first} and {last} are not of one kind")
        for name, scenario in self.scenarios.items():
            try:
                checked = checked_values(self, scenario.parameters)
                given = scenario.parameters
                scenario.parameters = {k: value for k, value in checked.items() if k in given}
            except YaluError as error:
                raise ValueError(f"scenario {name}: {'; '.join(error.lines)}") from None
        return self


def sidecar_path(chapter: str) -> Path:
    """Return where the sidecar of a chapter lies."""
    return book_root() / "chapters" / f"{chapter}.yml"


def _with_claims(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a parameter with its name, and the default and ends of its claims."""
    entry = {"name": name, **entry}
    claim, use = entry.get("claim"), entry.get("use") or "value"
    if claim and isinstance(claim, str) and "default" not in entry and use in _ENDS:
        entry["default"] = getattr(evidence.recorded(claim), use)
        if entry["default"] is None:
            raise YaluError(f"parameter {name}: claim {claim} has no {_ENDS[use]}; name another "
                            "end with use: low or high, or write a default")  # fmt: skip
    if (claims := entry.get("range_claims")) and isinstance(claims, list):
        if "low" in entry or "high" in entry:
            raise YaluError(f"parameter {name}: found low or high beside range_claims; allowed: "
                            "one of the two; take low and high out")  # fmt: skip
        claims = [{"claim": one} if isinstance(one, str) else one for one in claims]
        try:
            meant = [RangeClaims.model_validate(one) for one in claims]
        except ValidationError:  # which the model of the sidecar tells with its place
            return entry | {"range_claims": claims}
        with evidence.counting(evidence.Subset()):  # the range is that of all the evidence
            told = remaining_ranges(meant)
        ends = named_ends(told)
        entry |= {"range_claims": claims, "low": ends.low, "high": ends.high}
    return entry


def read_sidecar(path: Path, excluded: Exclusion | None = None) -> Sidecar:
    """Return the checked sidecar. Raises YaluError, one line a fault, naming the file.

    `excluded` is what this process excludes for good, on which the ranges depend.
    """
    name = f"chapters/{path.name}"
    if not path.exists():
        raise YaluError(f"{name}: no such sidecar", exit_code=2)
    raw = read_mapping(path, name)
    try:
        if isinstance(parameters := raw.get("parameters"), dict):
            raw["parameters"] = {
                str(key): _with_claims(str(key), entry) if isinstance(entry, dict) else entry
                for key, entry in parameters.items()
            }
        return Sidecar.model_validate(raw)
    except ValidationError as error:
        raise model_faults(error, path, name) from None
    except YaluError as error:
        raise YaluError(*(f"{name}: {line}" for line in error.lines)) from None


def sidecar(chapter: str) -> Sidecar:
    """Return what a chapter declares. Raises YaluError as `read_sidecar` does.

    It is read again where the sidecar or the claims, which give defaults, have changed.
    """
    root = book_root()
    states = tuple(file_state(root, name) for name in (f"chapters/{chapter}.yml", _CLAIMS))
    return _cached_sidecar(sidecar_path(chapter), exclusion.process_exclusion(), states)


@lru_cache(maxsize=64)
def _cached_sidecar(path: Path, excluded: Exclusion | None, _states: Any) -> Sidecar:
    return read_sidecar(path, excluded)


def rules_hold(declared: Sidecar, values: Mapping[str, Any]) -> list[Any]:
    """Return whether each rule of a sidecar holds; of arrays, element by element."""
    holds = {"<": operator.lt, "<=": operator.le}
    return [holds[sign](values[first], values[last]) for first, sign, last in declared.rules]


def checked_values(declared: Sidecar, values: Mapping[str, Any]) -> dict[str, Value]:
    """Return all declared parameters, checked, with defaults where `values` has none.

    Raises YaluError (exit code 2), one line a fault, for an unknown name, a wrong type, a
    value out of bounds or a broken rule between two parameters.
    """
    known = declared.parameters
    checked, faults = {}, [unknown_parameter(name, known) for name in values if name not in known]
    for name, parameter in known.items():
        try:
            checked[name] = check_value(parameter, values.get(name, parameter.default))
        except YaluError as error:
            faults += error.lines
    if not faults:
        rules = zip(declared.rules, rules_hold(declared, checked), strict=True)
        faults = [f"parameters {first} and {last}: found {checked[first]} and {checked[last]}; "
                  f"allowed: {first} {sign} {last}"
                  for (first, sign, last), holds in rules if not holds]  # fmt: skip
    if faults:
        raise YaluError(*faults, exit_code=2)
    return checked


# The notebook's cell of parameters --------------------------------------------------------------


def parameter_line(name: str, parameter: Parameter) -> str:
    """Return the line of a parameter as papermill reads it: `fee: float = 7  # CNY/bag. Fee`."""
    kind = _TYPES.get(parameter.type, "str")
    about = ". ".join(part for part in (parameter.unit, parameter.label) if part)
    line = f"{name}: {kind} = {_written(parameter.default)}  # {about}"
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"


def check_defaults(root: Path, chapter: str) -> list[str]:
    """Return what is wrong with the defaults of a chapter, one line a fault.

    The notebook's parameters cell, the sidecar and the claims of the ledger that defaults come
    from are held against each other. Lines without a type are held to their values alone.
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
            expected = f"expected {_written(parameter.default)}"
            if parameter.claim and parameter.claim_said is None:
                expected += f" ({_ENDS[parameter.use or 'value']} of claim {parameter.claim})"
            faults.append(f"{place}: {name}: found {_written(value)}, {expected}; write: {line}")
        elif written not in ("", line):
            faults.append(f"{place}: {name}: found `{written}`; write: {line}")
        faults += _ledger_faults(chapter, name, parameter)
    return faults


def _written(value: Any) -> str:
    is_integer = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if is_integer else value, ensure_ascii=False)


def _ledger_faults(chapter: str, name: str, parameter: Parameter) -> list[str]:
    """Return whether a default that was worked out from a claim no longer follows from it."""
    if not parameter.claim or parameter.type not in ("number", "integer"):
        return []
    claim = evidence.recorded(parameter.claim)
    now = [end for end in (claim.low, claim.value, claim.high) if end is not None]
    if now == parameter.claim_said or (parameter.claim_said is None and parameter.default in now):
        return []
    default = f"chapters/{chapter}.yml: {name}: default {_written(parameter.default)}"
    if parameter.claim_said is None:
        return [f"{default} is not what claim {parameter.claim} says; set claim_said: {now}, from "
                "which it was worked out, or use: value, low or high in place of the "
                "default"]  # fmt: skip
    said, told = (" to ".join(f"{end:g}" for end in ends) for ends in (parameter.claim_said, now))
    return [f"{default} was worked out when claim {parameter.claim} said {said}; it says {told} "
            "now: work it out again and set claim_said"]  # fmt: skip


def _set_in(path: Path) -> dict[str, tuple[Value, str]]:
    """Return the names that the parameters cell sets, with their values and their typed lines.

    Raises YaluError where there is not one such cell, or it does more than set names.
    """
    place = f"chapters/{path.name}"
    cells = read_notebook(path, place)["cells"]
    tagged = [cell["source"] for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise YaluError(f"{place}: {len(tagged)} cells tagged parameters; allowed: one")
    lines, found = tagged[0].splitlines(), {}
    try:
        statements = ast.parse(tagged[0]).body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise YaluError(f"{place}, parameters cell: found no Python ({error}); allowed: `name: "
                        "type = value  # comment`; mend it") from None  # fmt: skip
    for statement in statements:
        line = lines[statement.lineno - 1]
        try:
            name, value = name_and_value(statement)
        except (ValueError, TypeError, MemoryError, RecursionError):
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
