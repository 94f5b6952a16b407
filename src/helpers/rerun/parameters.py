"""Parameters of a run: typed values, scenarios and defaults, checked; their table and schema."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, create_model
from tabulate import tabulate

from helpers.chapter.parameters import (
    Parameter,
    Value,
    allowed_words,
    from_text,
    nearest,
    unknown_parameter,
)
from helpers.chapter.ranges import remaining_value
from helpers.chapter.running import parameter_result
from helpers.chapter.sidecar import Scenario, checked_values, sidecar
from helpers.chapter.wording import source_words
from helpers.config import read_plain
from helpers.errors import YaluError, shown_path
from helpers.evidence import claim
from helpers.evidence.exclusion import ALL, ExcludedEvidenceError, Subset, counting, subset_words
from helpers.inputs import model_faults


def known_chapter(root: Path, chapter: str) -> str:
    """Return the name of a chapter. Raises YaluError, with the nearest one, for another."""
    notebooks = (root / "chapters").glob("*.ipynb")
    known = sorted(path.stem for path in notebooks if path.with_suffix(".yml").is_file())
    if chapter in known:
        return chapter
    name = str(chapter)
    raise YaluError(f"no chapter {name[:40]!r}{nearest(name, known)}", exit_code=2)


def split(assignment: str, option: str = "-p ") -> tuple[str, str]:
    """Return name and text of "name=value", given after an option or by itself ("").

    Raises YaluError for another form.
    """
    name, sign, text = (part.strip() for part in assignment.partition("="))
    if not sign or not name:
        found = assignment if len(assignment) <= 40 else f"{assignment[:40]}..."
        raise YaluError(f"{option}{found!r}: write name=value", exit_code=2)
    return name, text


def typed(chapter: str, assignments: Iterable[str]) -> dict[str, Any]:
    """Return the values that "name=value" texts give to parameters, see `assigned` and `from_text`.

    Raises YaluError as `assigned` does.
    """
    declared = sidecar(chapter).parameters
    texts = assigned(chapter, assignments)
    return {name: from_text(declared[name], text) for name, text in texts.items()}


def assigned(chapter: str, assignments: Iterable[str]) -> dict[str, str]:
    """Return the text given to each parameter of a chapter by "name=value" texts, in order.

    Raises YaluError (exit code 2) for an unknown name, a name given twice, or another form.
    """
    declared = sidecar(chapter).parameters
    texts: dict[str, str] = {}
    for name, text in map(split, assignments):
        if name not in declared:
            raise YaluError(unknown_parameter(name, declared), exit_code=2)
        if name in texts:
            raise YaluError(f"parameter {name}: given twice", exit_code=2)
        texts[name] = text
    return texts


def run_values(
    chapter: str,
    given: Mapping[str, Any] | None = None,
    scenario: str | None = None,
    evidence: Subset = ALL,
) -> dict[str, Value]:
    """Return all parameters of a run: defaults, over them a scenario, over it what is given.

    On a part of the evidence a default whose claim is left out falls back (see
    `ranges.remaining_value`). Raises YaluError (exit code 2), one line a fault, where
    something cannot stand.
    """
    declared = sidecar(chapter)
    given = dict(given or {})
    if scenario is not None:
        given = find_scenario(chapter, scenario).parameters | given
    defaults: dict[str, Any] = {}
    gone: list[str] = []
    with counting(evidence):
        for name, parameter in declared.parameters.items():
            try:
                value = remaining_value(parameter, parameter.default)
            except ExcludedEvidenceError:
                gone += [name] if name not in given else []
            else:
                defaults |= {name: value} if value != parameter.default else {}
    if gone:
        why = f"nothing is left for {', '.join(gone)}, unless set with -p"
        raise YaluError(cannot_stand(chapter, evidence, why), exit_code=2)
    return checked_values(declared, defaults | given)


def cannot_stand(chapter: str, evidence: Subset, why: str) -> str:
    """Return the line that refuses a chapter on a part of the evidence."""
    where = f"yalu sensitivity {chapter} shows which answers stand"
    return f"chapter {chapter} cannot stand {subset_words(evidence)}: {why}; {where}"


def set_values(chapter: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return those of a run's values that differ from the chapter's defaults."""
    declared = sidecar(chapter).parameters
    return {name: value for name, value in values.items() if value != declared[name].default}


_KEYS = {"title", "note", "publish", "parameters"}


def read_scenario(path: Path) -> Scenario:
    """Return the scenario in a YAML file: name and value pairs, or these under `parameters`.

    Raises YaluError (exit code 2), in one line, for a file that is none.
    """
    content = read_plain("scenario", path)
    name = f"scenario {shown_path(path)}"
    if "parameters" not in content:
        content = {"parameters": content}
    if unknown := [key[:40] for key in content if key not in _KEYS]:
        allowed = ", ".join(sorted(_KEYS))
        raise YaluError(f"{name}: {unknown[0]!r} beside parameters; allowed: {allowed}",
                        exit_code=2)  # fmt: skip
    try:
        return Scenario.model_validate({"title": path.stem} | content)
    except ValidationError as error:
        raise model_faults(error, path, name, 2) from None


def find_scenario(chapter: str, name: str) -> Scenario:
    """Return a scenario by its name in the sidecar or by the path of its file.

    Raises YaluError (exit code 2) where there is none.
    """
    if name.endswith((".yml", ".yaml")):
        return read_scenario(Path(name))
    declared = sidecar(chapter).scenarios
    if name not in declared:
        known = nearest(name, declared) if declared else "; its sidecar has none"
        raise YaluError(f"no scenario {name[:40]!r} of chapter {chapter}{known}", exit_code=2)
    return declared[name]


_PATTERNS = {"date": r"^\d{4}-\d{2}-\d{2}$", "month": r"^\d{4}-\d{2}$"}
_WIDTHS = [None, 28, None, None, 34, 40]


def as_typed(value: float | str) -> str:
    """Return a value as one types it."""
    return value if isinstance(value, str) else f"{value:.12g}"


def parameter_table(chapter: str) -> str:
    """Return the parameters of a chapter as a table of text."""
    head = ["name", "meaning", "unit", "default", "allowed", "from"]
    rows = []
    for name, p in sidecar(chapter).parameters.items():
        if p.claim:
            taken = {"low": "lower end in ", "high": "upper end in "}.get(p.use or "", "")
            origin = f"{taken}{p.claim} ({source_words(claim(p.claim).source_id)})"
        else:
            origin = source_words(p.source) if p.source else f"assumed: {p.assumption}"
        rows.append([name, p.label, p.unit, as_typed(p.default), allowed_words(p), origin])
    return tabulate(rows, head, disable_numparse=True, maxcolwidths=_WIDTHS)


def _field(chapter: str, p: Parameter) -> tuple[Any, Any]:
    kinds = {"number": float, "integer": int, "choice": Literal[tuple(p.choices)]}
    about: dict[str, Any] = {
        "unit": p.unit, "claim": p.claim, "source": p.source, "assumption": p.assumption,
        "x-from": p.low, "x-to": p.high,
        "default-in-words": parameter_result(p.name, chapter, p.default).text(),
    }  # fmt: skip
    about = {key: value for key, value in about.items() if value not in (None, "")}
    bounds: dict[str, Any] = {"pattern": _PATTERNS.get(p.type)}
    if p.type in ("number", "integer"):
        bounds = {"ge": p.min, "le": p.max}
    elif p.type != "choice":
        about |= {"x-minimum": p.min, "x-maximum": p.max}
    default = int(p.default) if p.type == "integer" else p.default
    words = " ".join(f"{p.label}. {p.help}".split())
    field = Field(default=default, title=p.label, description=words, json_schema_extra=about,
                  **bounds)  # fmt: skip
    return kinds.get(p.type, str), field


def parameter_schema(chapter: str) -> dict[str, Any]:
    """Return the JSON Schema of a chapter's parameters, with the rules between them.

    JSON Schema has no word for a rule between two values: `x-rules` lists them.
    """
    declared = sidecar(chapter)
    fields = {name: _field(chapter, p) for name, p in declared.parameters.items()}
    model = create_model(chapter, __config__=ConfigDict(extra="forbid"), **fields)  # type: ignore[call-overload]
    schema = model.model_json_schema()
    return schema | {"title": declared.title, "x-rules": [list(rule) for rule in declared.rules]}
