"""Declared parameters of a chapter, as a table for people and as a JSON Schema for programs."""

from typing import Any, Literal

from pydantic import ConfigDict, Field, create_model
from tabulate import tabulate

from helpers.chapter.parameters import Parameter, allowed_words
from helpers.chapter.results import parameter_result
from helpers.chapter.role_text import source_words
from helpers.chapter.sidecar import sidecar
from helpers.evidence import claim

_PATTERNS = {"date": r"^\d{4}-\d{2}-\d{2}$", "month": r"^\d{4}-\d{2}$"}
_WIDTHS = [None, 28, None, None, 34, 40]


def _origin(parameter: Parameter) -> str:
    if parameter.claim:
        taken = {"low": "lower end in ", "high": "upper end in "}.get(parameter.use or "", "")
        document = source_words(claim(parameter.claim).source_id)
        return f"{taken}{parameter.claim} ({document})"
    return (
        source_words(parameter.source) if parameter.source else f"assumed: {parameter.assumption}"
    )


def as_typed(value: float | str) -> str:
    """Return a value as one types it."""
    return value if isinstance(value, str) else f"{value:.12g}"


def parameter_table(chapter: str) -> str:
    """Return the parameters of a chapter as a table of text."""
    head = ["name", "meaning", "unit", "default", "allowed", "from"]
    rows = [
        [name, p.label, p.unit, as_typed(p.default), allowed_words(p), _origin(p)]
        for name, p in sidecar(chapter).parameters.items()
    ]
    return tabulate(rows, head, disable_numparse=True, maxcolwidths=_WIDTHS)


def _field(chapter: str, p: Parameter) -> tuple[Any, Any]:
    """Return type and field of a parameter for pydantic."""
    numeric = p.type in ("number", "integer")
    kind: Any = {"number": float, "integer": int, "choice": Literal[tuple(p.choices)]}.get(
        p.type, str
    )
    default = int(p.default) if p.type == "integer" else p.default
    words = " ".join(f"{p.label}. {p.help}".split())
    extra: dict[str, Any] = {
        "unit": p.unit,
        "claim": p.claim,
        "source": p.source,
        "assumption": p.assumption,
    }
    extra |= {
        "x-from": p.low,
        "x-to": p.high,
        "default-in-words": parameter_result(p.name, chapter, p.default).text(),
    }
    about: dict[str, Any] = {key: value for key, value in extra.items() if value not in (None, "")}
    if not numeric and p.type != "choice":
        about |= {"x-minimum": p.min, "x-maximum": p.max}
    bounds: dict[str, Any] = (
        {"ge": p.min, "le": p.max} if numeric else {"pattern": _PATTERNS.get(p.type)}
    )
    return kind, Field(
        default=default, title=p.label, description=words, json_schema_extra=about, **bounds
    )


def parameter_schema(chapter: str) -> dict[str, Any]:
    """Return the JSON Schema of a chapter's parameters, with the rules between them.

    JSON Schema has no word for a rule between two values: `x-rules` lists them.
    """
    declared = sidecar(chapter)
    fields = {name: _field(chapter, p) for name, p in declared.parameters.items()}
    model = create_model(chapter, __config__=ConfigDict(extra="forbid"), **fields)  # type: ignore[call-overload]
    schema = model.model_json_schema()
    return schema | {"title": declared.title, "x-rules": [list(rule) for rule in declared.rules]}
