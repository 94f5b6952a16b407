"""The sidecar of a chapter: what `chapters/<chapter>.yml` declares beside the notebook."""

import operator
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

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
from helpers.errors import YaluError
from helpers.evidence import exclusion
from helpers.evidence.clean_tables import file_state
from helpers.evidence.exclusion import Exclusion
from helpers.paths import book_root

# the loader in C, where PyYAML was built with it, is ten times as fast
_CLAIMS = "data/clean/claims.csv"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ResultDeclaration(BaseModel):
    """What is known of a named result before it is computed."""

    model_config = DOCUMENTED

    label: str
    """What the result is, as tables and cards name it."""
    unit: str = ""
    """A unit code of the ledger; for words none."""
    per: str = ""
    """What it is per, in the ledger's words."""
    qualifier: str = "exact"
    """How sure the number is: exact, about, at_least, up_to and the like."""
    digits: int | None = 3
    """Significant figures that it is shown with; null shows all."""
    claims: tuple[str, ...] = ()
    """The claims that it rests on."""
    parameters: tuple[str, ...] = ()
    """The parameters that it follows from."""
    headline: bool = False
    """Whether it is an answer of the chapter, with a place in the section on sensitivity."""
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
    adopted: bool = False
    """Whether the notebook is somebody else's: its numbers are counted and not refused."""
    known_by: date | None = None
    """A day that divides the evidence: sensitivity tells what had been known by then."""
    parameters: dict[str, Parameter]
    """The parameters, by the names that the notebook gives them."""
    rules: list[tuple[str, Literal["<", "<="], str]] = []
    """Parameters that must be in order, such as the ends of a range."""
    panel: str = ""
    """The prose beside the reader's controls: sentences whose numbers follow them."""
    results: dict[str, ResultDeclaration] = {}
    """The named results, by their keys."""
    figures: dict[str, FigureDeclaration] = {}
    """The figures, by their names."""
    scenarios: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], Scenario] = {}
    """Named sets of parameters, by their names."""

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


def _with_claims(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry of a parameter with its name, and the default and ends of its claims."""
    entry = {"name": name, **entry}
    if entry.get("claim") and "default" not in entry:
        entry["default"] = getattr(evidence.recorded(entry["claim"]), entry.get("use") or "value")
    if claims := entry.get("range_claims"):
        if "low" in entry or "high" in entry:
            raise TypeError(f"{name}: range_claims give low and high; do not write them too")
        claims = [{"claim": one} if isinstance(one, str) else one for one in claims]
        with evidence.counting(evidence.Subset()):  # the range is that of all the evidence
            told = remaining_ranges(RangeClaims.model_validate(one) for one in claims)
        ends = named_ends(told)
        entry |= {"range_claims": claims, "low": ends.low, "high": ends.high}
    return entry


def read_sidecar(path: Path, excluded: Exclusion | None = None) -> Sidecar:
    """Return the checked sidecar. Raises YaluError, one line a fault, naming the file.

    `excluded` is what this process excludes for good, on which the ranges depend.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
        raw["parameters"] = {
            name: _with_claims(name, entry) for name, entry in raw["parameters"].items()
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
        faults = [
            f"parameters {first} and {last}: found {checked[first]} and {checked[last]}; "
            f"allowed: {first} {sign} {last}"
            for (first, sign, last), held in zip(
                declared.rules, rules_hold(declared, checked), strict=True
            )
            if not held
        ]
    if faults:
        raise YaluError(*faults, exit_code=2)
    return checked
