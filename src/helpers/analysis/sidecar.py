"""The sidecar of a chapter: what `chapters/<chapter>.yml` declares beside the notebook."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from helpers import evidence
from helpers.errors import YaluError
from helpers.paths import book_root

Value = float | int | str


class Parameter(BaseModel):
    """One parameter: type, unit, default, bounds and the claim that it comes from.

    `default` is written out, or taken from `claim` (its `take`: value, low or high). A default
    that is no claim's names the `source` it was read in or the `assumption` behind it.
    `min` and `max` are the hard bounds; `low` and `high` mark what sources give.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    label: str
    type: Literal["number", "integer", "choice", "date", "month"]
    unit: str = ""
    default: Value
    min: float | str | None = None
    max: float | str | None = None
    step: float | None = None
    low: float | None = None
    high: float | None = None
    choices: list[str] = []
    claim: str | None = None
    take: Literal["value", "low", "high"] | None = None
    source: str | None = None
    assumption: str = ""
    help: str = ""

    @model_validator(mode="after")
    def _is_usable(self) -> "Parameter":
        if self.type == "choice" and not self.choices:
            raise ValueError("a choice needs choices")
        if self.type in ("number", "integer") and (self.min is None or self.max is None):
            raise ValueError("a number needs min and max")
        if not (self.claim or self.source or self.assumption):
            raise ValueError("needs a claim, a source or an assumption that the default is from")
        return self


class ResultDeclaration(BaseModel):
    """What is known of a named result before it is computed.

    `unit` is a unit code of the codebook, `per` what it is per, `digits` the significant
    figures it is shown with; `claims` and `parameters` are what it rests on; `headline`
    marks the results that the index shows.
    """

    model_config = ConfigDict(extra="forbid")

    label: str
    unit: str = ""
    per: str = ""
    qualifier: str = "exact"
    digits: int | None = 3
    claims: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    headline: bool = False


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


class Sidecar(BaseModel):
    """All that a sidecar declares: title, question, parameters, rules, results, figures."""

    model_config = ConfigDict(extra="forbid")

    title: str
    theme: str
    question: str
    parameters: dict[str, Parameter]
    rules: list[tuple[str, Literal["<", "<="], str]] = []
    results: dict[str, ResultDeclaration] = {}
    figures: dict[str, FigureDeclaration] = {}


def sidecar_path(chapter: str) -> Path:
    """Return where the sidecar of a chapter lies."""
    return book_root() / "chapters" / f"{chapter}.yml"


def _with_claim(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    entry = {"name": name, **entry}
    if entry.get("claim") and "default" not in entry:
        entry["default"] = getattr(evidence.claim(entry["claim"]), entry.get("take") or "value")
    return entry


@cache
def read_sidecar(path: Path) -> Sidecar:
    """Return the checked sidecar. Raises YaluError, one line a fault, naming the file."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
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
    return read_sidecar(sidecar_path(chapter))
