"""Directive {sidecar-keys}: what a sidecar may declare, from the models that check it."""

import json
import typing
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sphinx.application import Sphinx

from helpers.book.stage import chapter_files
from helpers.chapter.parameters import Parameter, RangeClaims
from helpers.chapter.sidecar import FigureDeclaration, ResultDeclaration, Scenario, Sidecar
from helpers.paths import book_root

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


def type_words(annotation: Any) -> str:
    """Return a type as an author reads it: "list of texts"."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return " or ".join(map(str, parts))
    if origin in (typing.Union, UnionType):
        words = [type_words(part) for part in parts if part is not NoneType]
        return " or ".join(dict.fromkeys(words))
    if origin in (list, tuple):
        return "list" if len(set(parts) - {...}) > 1 else f"list of {_many(type_words(parts[0]))}"
    if origin is dict:
        return "entries by name"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "entry"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _many(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


@cache
def _examples(root: Path) -> dict[tuple[str, str], str]:
    """Return an example of each key, by where it is declared, from the book's own sidecars."""
    found: dict[tuple[str, str], str] = {}
    for path in chapter_files(root):
        sidecar = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))
        parts = {section: list((sidecar.get(section) or {}).values())
                 for section in ("parameters", "results", "figures", "scenarios")}  # fmt: skip
        told = [one for entry in parts["parameters"] for one in entry.get("range_claims", [])]
        parts |= {"": [sidecar], "range_claims": [one for one in told if isinstance(one, dict)]}
        for section, entries in parts.items():
            for key, value in (pair for entry in entries for pair in entry.items()):
                shown = value if isinstance(value, str) else _shown(value)
                if shown and (len(shown) <= _LONGEST or (section, key) not in found):
                    found.setdefault((section, key), shown)
    return found


def _shown(value: Any) -> str:
    if isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False, default=str)


class SidecarKeys(Directive):
    """A table for each part of a sidecar: key, type, meaning, example."""

    def run(self) -> list[nodes.Node]:
        """Return headings and tables."""
        shown: list[nodes.Node] = []
        for model, (heading, section) in _MODELS.items():
            shown += [nodes.paragraph("", "", nodes.strong("", heading)), _table(model, section)]
        return shown


def _table(model: type[BaseModel], section: str) -> nodes.table:
    examples = _examples(book_root())
    fields = {name: field for name, field in model.model_fields.items() if name != "name"}
    rows = [_row([nodes.Text(word) for word in ("Key", "Type", "Meaning", "Example")])]
    rows += [_row(_cells(name, field, examples.get((section, name), "")))
             for name, field in fields.items()]  # fmt: skip
    group = nodes.tgroup("", *(nodes.colspec(colwidth=25) for _ in range(4)), cols=4)
    group += [nodes.thead("", rows[0]), nodes.tbody("", *rows[1:])]
    return nodes.table("", group, classes=["yalu-keys"])


def _cells(name: str, field: FieldInfo, example: str) -> list[nodes.Node]:
    needed = "; needed" if field.is_required() else ""
    short = example if len(example) <= _LONGEST else f"{example[:_LONGEST]}…"
    return [
        nodes.literal("", name),
        nodes.Text(type_words(field.annotation) + needed),
        nodes.Text((field.description or "").replace("`", "")),
        nodes.literal("", short) if short else nodes.Text(""),
    ]


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("sidecar-keys", SidecarKeys)
