"""Chapters: their sidecars, models, headline results and evidence, as other pages print them."""

import importlib
import inspect
import json
import math
import pkgutil
import re
import typing
from collections.abc import Callable
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple

from markupsafe import Markup, escape
from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers import evidence, models
from helpers.book.sphinx.html import REGISTER, page_uri, prose_html
from helpers.book.sphinx.listings import add_listing
from helpers.book.sphinx.roles import chapter_results
from helpers.book.stage import chapter_files
from helpers.chapter.parameters import Parameter, RangeClaims
from helpers.chapter.running import parameter_result
from helpers.chapter.sensitivity.section import CHANGE
from helpers.chapter.sidecar import (
    FigureDeclaration,
    ResultDeclaration,
    Scenario,
    Sidecar,
    sidecar,
)
from helpers.chapter.tables import count_evidence, evidence_table
from helpers.chapter.wording import claim_words, source_words
from helpers.errors import YaluError
from helpers.inputs import read_mapping
from helpers.paths import book_root

FRONT = "chapters/index.md"
_NO_MODELS = {"draws", "ops"}
# each model: the heading of its table, and the key of the sidecar that holds its entries
_MODELS: dict[type[BaseModel], tuple[str, str]] = {
    Sidecar: ("At the top", ""),
    Parameter: ("Under parameters", "parameters"),
    RangeClaims: ("Under range_claims", "range_claims"),
    ResultDeclaration: ("Under results", "results"),
    FigureDeclaration: ("Under figures", "figures"),
    Scenario: ("Under scenarios", "scenarios"),
}
_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "any"}
_LONGEST = 60

# Parameters ---------------------------------------------------------------------------------


def _parameters(env: BuildEnvironment, chapter: str) -> dict[str, Any]:
    """Return what a chapter's sidecar declares, and how its template words it."""
    declared, register = sidecar(chapter), page_uri(env, REGISTER)
    return {
        "parameters": declared.parameters.values(),
        "rules": declared.rules,
        "typed": lambda value: value if isinstance(value, str) else f"{value:.12g}",
        "in_words": lambda p: parameter_result(p.name, chapter, p.default).text(),
        "claim_words": lambda claim_id: claim_words(claim_id, "source"),
        "source_words": source_words,
        "prose": lambda text: Markup(prose_html(text, register)),
    }


# Keys of sidecars ---------------------------------------------------------------------------


def _type_words(annotation: Any) -> str:
    """Return a type as an author reads it: "list of texts"."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return " or ".join(map(str, parts))
    if origin in (typing.Union, UnionType):
        words = [_type_words(part) for part in parts if part is not NoneType]
        return " or ".join(dict.fromkeys(words))
    if origin in (list, tuple):
        word = _type_words(parts[0])
        many = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
        return "list" if len(set(parts) - {...}) > 1 else f"list of {many}"
    if origin is dict:
        return "entries by name"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "entry"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _examples() -> dict[tuple[str, str], str]:
    """Return an example of each key, by where it is declared, from the book's own sidecars."""
    found: dict[tuple[str, str], str] = {}
    for path in chapter_files(book_root()):
        declared = read_mapping(path.with_suffix(".yml"), f"chapters/{path.stem}.yml")
        parts = {section: list((declared.get(section) or {}).values())
                 for section in ("parameters", "results", "figures", "scenarios")}  # fmt: skip
        claims = [one for entry in parts["parameters"] for one in entry.get("range_claims", [])]
        parts |= {"": [declared], "range_claims": [c for c in claims if isinstance(c, dict)]}
        for section, entries in parts.items():
            for key, value in (pair for entry in entries for pair in entry.items()):
                found.setdefault((section, key), _example(value))
    return found


def _example(value: Any) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
        text = ", ".join(value)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _sidecar_keys(_env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    """Return for each part of a sidecar its keys: name, type, meaning and an example."""
    examples = _examples()
    parts = {
        heading: [
            {
                "name": name,
                "type": _type_words(field.annotation) + "; needed" * field.is_required(),
                "meaning": (field.description or "").replace("`", ""),
                "example": examples.get((section, name), ""),
            }
            for name, field in model.model_fields.items()
            if name != "name"
        ]
        for model, (heading, section) in _MODELS.items()
    }
    return {"parts": parts}


# Models -------------------------------------------------------------------------------------


class ModelFunction(NamedTuple):
    """What the docstring of a model says: its call, meaning, formula and units."""

    call: str
    meaning: str
    formula: str
    units: str


def model_function(function: Callable[..., Any]) -> ModelFunction:
    """Return what a docstring says. Raises YaluError where it has no first line or no units."""
    meaning, _, rest = (inspect.getdoc(function) or "").partition("\n\n")
    formula, _, units = " ".join(rest.split()).partition("Units: ")
    if not units or not meaning:
        raise YaluError(f"{function.__module__}.{function.__name__}: a docstring without units")
    arguments = ", ".join(
        p.name if p.default is p.empty else f"{p.name}={p.default}"
        for p in inspect.signature(function).parameters.values()
    )
    call = f"{function.__name__}({arguments})"
    return ModelFunction(call, " ".join(meaning.split()), formula.strip(), units)


def model_functions(name: str) -> list[ModelFunction]:
    """Return the functions of a model, in their order. Raises YaluError for an unknown one."""
    known = sorted({m.name for m in pkgutil.iter_modules(models.__path__)} - _NO_MODELS)
    if name not in known:
        raise YaluError(f'no model "{name}"; there are {", ".join(known)}')
    module = importlib.import_module(f"helpers.models.{name}")
    return [
        model_function(function)
        for key, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not key.startswith("_")
    ]


def _models(env: BuildEnvironment, name: str) -> dict[str, Any]:
    register, known = page_uri(env, REGISTER), set(evidence.load("claims")["claim_id"])

    def linked(found: re.Match[str]) -> str:
        link = Markup('<a href="{}#claim-{}">{}</a>').format(register, found[0], found[0])
        return link if found[0] in known else found[0]

    def formula(text: str) -> Markup:
        """Return a formula with its code marked and its claims as links."""
        html = str(escape(text)).replace(" x ", " × ").replace(" -&gt; ", " → ")
        html = re.sub(r"`([^`]+)`", r"<code>\1</code>", html)
        return Markup(re.sub(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", linked, html))

    functions, title = model_functions(name), name.replace("_", " and ").capitalize()
    return {"name": name, "title": title, "functions": functions, "formula": formula}


# Headline results and evidence --------------------------------------------------------------


def _what_would_change(env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    """Return the headline results that the front page names, what takes least to change first."""
    named = re.findall(r"\{result\}`(\w+):(\w+)", (Path(env.srcdir) / FRONT).read_text("utf-8"))
    found = []
    for chapter, key in dict.fromkeys(named):
        results = chapter_results(env, chapter)["results"]
        if change := results.get(f"{key}{CHANGE}"):
            cost = math.inf if change["value"] is None else change["value"]
            found.append((cost, chapter, key, results[key]["label"]))
    return {"shown": [one[1:] for one in sorted(found, key=lambda one: one[0])]}


def _evidence_counts(env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    """Return the table of what the claims that pages use and the documents they cite are."""
    folder = Path(env.srcdir)
    used = json.loads((folder / "usage.json").read_text(encoding="utf-8"))
    claims = used.keys() - evidence.statements().keys()
    chapters = [chapter_results(env, path.stem) for path in (folder / "results").glob("*.json")]
    sources = {source for run in chapters for source in run["used"]["sources"]}
    return {"table": evidence_table(count_evidence(claims, sources), "book")}


def setup(app: Sphinx) -> None:
    """Register the directives."""
    add_listing(app, "parameters", "parameters.html.j2", _parameters)
    add_listing(app, "sidecar-keys", "sidecar_keys.html.j2", _sidecar_keys)
    add_listing(app, "models", "models.html.j2", _models)
    add_listing(app, "what-would-change", "what_would_change.md.j2", _what_would_change)
    add_listing(app, "evidence-counts", "evidence_counts.md.j2", _evidence_counts)
