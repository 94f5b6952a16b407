"""The sidecar of a chapter: what `chapters/<chapter>.yml` declares beside the notebook."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from helpers import evidence
from helpers.analysis.fallback import span_of
from helpers.analysis.parameters import (
    Parameter,
    RangeClaims,
    Value,
    check_value,
    unknown_parameter,
)
from helpers.errors import YaluError
from helpers.evidence import left_out
from helpers.evidence.left_out import LeftOut
from helpers.paths import book_root

# the loader in C, where PyYAML was built with it, is ten times as fast
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ResultDeclaration(BaseModel):
    """What is known of a named result before it is computed.

    `unit` is a unit code of the codebook, `per` what it is per, `digits` the significant
    figures it is shown with; `claims` and `parameters` are what it rests on; `unknown` are the
    words for it where it has no finite number; `headline` marks the results that the index
    shows. `verdict` names the result that says in words what a headline amounts to, and
    `finding` the sentence about it, with {verdict} in it.
    """

    model_config = ConfigDict(extra="forbid")

    label: str
    unit: str = ""
    per: str = ""
    qualifier: str = "exact"
    digits: int | None = 3
    unknown: str = "not known"
    claims: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    headline: bool = False
    verdict: str | None = None
    finding: str = ""


class FigureDeclaration(BaseModel):
    """What stands around a figure: its finding, a description, its evidence, its weakness.

    `title` and `note` are prose with roles and slots, as for `say`.
    """

    model_config = ConfigDict(extra="forbid")

    title: str
    description: str
    note: str = ""
    claims: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Scenario(BaseModel):
    """A named set of parameters: what it asks, and the values that differ from the defaults.

    `publish` gives it a page of its own in the book.
    """

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    note: str = Field(default="", max_length=2000)
    parameters: dict[str, Any] = Field(min_length=1)
    publish: bool = False


class Sidecar(BaseModel):
    """All that a sidecar declares: title, question, parameters, rules, results, figures.

    `scenarios` are named sets of parameters, checked like any other. `panel` is the prose
    beside the reader's controls: sentences whose numbers follow them. `known_by` is a day that
    divides the evidence: the section on sensitivity tells what had been known by then.
    `adopted` marks somebody else's notebook, whose numbers the lint counts and does not refuse.
    """

    model_config = ConfigDict(extra="forbid")

    title: str
    theme: str
    question: str
    adopted: bool = False
    known_by: date | None = None
    parameters: dict[str, Parameter]
    rules: list[tuple[str, Literal["<", "<="], str]] = []
    panel: str = ""
    results: dict[str, ResultDeclaration] = {}
    figures: dict[str, FigureDeclaration] = {}
    scenarios: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], Scenario] = {}

    @model_validator(mode="after")
    def _scenarios_are_runs(self) -> "Sidecar":
        for name, scenario in self.scenarios.items():
            try:
                scenario.parameters = {
                    key: value
                    for key, value in checked_values(self, scenario.parameters).items()
                    if key in scenario.parameters
                }
            except YaluError as error:
                raise ValueError(f"scenario {name}: {'; '.join(error.lines)}") from None
        return self


def sidecar_path(chapter: str) -> Path:
    """Return where the sidecar of a chapter lies."""
    return book_root() / "chapters" / f"{chapter}.yml"


def _with_claim(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    entry = {"name": name, **entry}
    if entry.get("claim") and "default" not in entry:
        entry["default"] = getattr(evidence.recorded(entry["claim"]), entry.get("take") or "value")
    return entry | _ends(entry)


def _ends(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the ends of a parameter's range as its claims give them."""
    told = entry.get("range_claims")
    if not told:
        return {}
    if "low" in entry or "high" in entry:
        raise TypeError(f"{entry['name']}: range_claims give low and high; do not write them too")
    told = [{"claim": one} if isinstance(one, str) else one for one in told]
    with evidence.counting(evidence.Subset()):  # not what a leave-one-out leaves out just now
        span = span_of([RangeClaims.model_validate(one) for one in told])
    return {"range_claims": told, "low": span.low, "high": span.high}


@cache
def read_sidecar(path: Path, left_out: LeftOut | None = None) -> Sidecar:
    """Return the checked sidecar. Raises YaluError, one line a fault, naming the file.

    `left_out` is what this process leaves out for good, on which the ranges depend.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
        raw["parameters"] = {
            name: _with_claim(name, entry) for name, entry in raw["parameters"].items()
        }
        return Sidecar.model_validate(raw)
    except FileNotFoundError:
        raise YaluError(f"chapters/{path.name}: no such sidecar", exit_code=2) from None
    except ValidationError as error:
        raise YaluError(
            *(
                f"chapters/{path.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}"
                for e in error.errors()
            )
        ) from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise YaluError(f"chapters/{path.name}: not a sidecar: {reason}") from None


def sidecar(chapter: str) -> Sidecar:
    """Return what a chapter declares. Raises YaluError as `read_sidecar` does."""
    return read_sidecar(sidecar_path(chapter), left_out.base())


def _broken_rules(declared: Sidecar, values: Mapping[str, Any]) -> list[str]:
    holds = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b}
    return [
        f"parameters {first} and {second}: found {values[first]} and {values[second]}; "
        f"allowed: {first} {sign} {second}"
        for first, sign, second in declared.rules
        if not holds[sign](values[first], values[second])
    ]


def checked_values(declared: Sidecar, values: Mapping[str, Any]) -> dict[str, Value]:
    """Return all declared parameters, checked, with defaults where `values` has none.

    Raises YaluError as `check_parameters` does.
    """
    known = declared.parameters
    checked, faults = {}, [unknown_parameter(name, known) for name in values if name not in known]
    for name, parameter in known.items():
        try:
            checked[name] = check_value(parameter, values.get(name, parameter.default))
        except YaluError as error:
            faults += error.lines
    faults = faults or _broken_rules(declared, checked)
    if faults:
        raise YaluError(*faults, exit_code=2)
    return checked


def check_parameters(chapter: str, values: Mapping[str, Any]) -> dict[str, Value]:
    """Return all declared parameters of a chapter, checked; defaults where `values` has none.

    Raises YaluError (exit code 2), one line a fault, for an unknown name, a wrong type, a
    value out of bounds or a broken rule between two parameters.
    """
    return checked_values(sidecar(chapter), values)
