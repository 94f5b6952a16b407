"""Model list: the functions of a model module, from their docstrings."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence, models
from helpers.book.sphinx.html import REGISTER, Block, group, number_of, raw_html, tag
from helpers.errors import YaluError

_NO_MODELS = {"draws", "ops"}


@dataclass(frozen=True)
class ModelFunction:
    """What the docstring of a model says: its call, meaning, formula and units."""

    call: str
    meaning: str
    formula: str
    units: str


def model_module(name: str) -> ModuleType:
    """Return a module of helpers.models. Raises YaluError where there is none."""
    known = sorted({m.name for m in pkgutil.iter_modules(models.__path__)} - _NO_MODELS)
    if name not in known:
        raise YaluError(f'no model "{name}"; there are {", ".join(known)}')
    return importlib.import_module(f"helpers.models.{name}")


def _call(function: Callable[..., Any]) -> str:
    written = [
        p.name if p.default is p.empty else f"{p.name}={p.default}"
        for p in inspect.signature(function).parameters.values()
    ]
    return f"{function.__name__}({', '.join(written)})"


def model_function(function: Callable[..., Any]) -> ModelFunction:
    """Return what a model's docstring says.

    Raises YaluError where it has no first line or no units.
    """
    paragraphs = [" ".join(part.split()) for part in (inspect.getdoc(function) or "").split("\n\n")]
    units = [part for part in paragraphs if part.startswith("Units: ")]
    formula = [part for part in paragraphs[1:] if part not in units]
    if not units or not paragraphs[0]:
        raise YaluError(f"{function.__module__}.{function.__name__}: a docstring without units")
    return ModelFunction(
        _call(function), paragraphs[0], " ".join(formula), units[0].removeprefix("Units: ")
    )


def model_functions(name: str) -> list[ModelFunction]:
    """Return every public function of a model module, in the order of the file."""
    module = model_module(name)
    return [
        model_function(function)
        for key, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__module__ == module.__name__
        and not key.startswith("_")
    ]


class ModelsDirective(Block):
    """```{models} luggage```: the functions of a model module, from their docstrings."""

    def build(self) -> list[nodes.Node]:
        """Return the folded list of functions."""
        functions = model_functions(self.argument)
        items = "".join(self._entry(function) for function in functions)
        title = self.argument.replace("_", " and ").capitalize()
        content = tag("dl", items, class_="reg-list")
        count = number_of(len(functions), "function")
        return raw_html(group(title, count, content, id=f"model-{self.argument}"))

    def _entry(self, function: ModelFunction) -> str:
        lines = [escape(function.meaning)]
        if function.formula:
            lines.append(f"<b>=</b> {self._with_links(function.formula)}")
        lines.append(f"<b>Units:</b> {self._with_links(function.units)}")
        content = "".join(tag("p", line) for line in lines)
        return tag("dt", tag("code", escape(function.call))) + tag("dd", content)

    def _with_links(self, text: str) -> str:
        """Return a formula with its claims as links to the register."""
        html = escape(text).replace(" x ", " × ").replace(" -&gt; ", " → ")
        html = re.sub(r"`([^`]+)`", r"<code>\1</code>", html)
        return re.sub(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", self._linked, html)

    def _linked(self, match: re.Match[str]) -> str:
        if match[0] not in set(evidence.load("claims")["claim_id"]):
            return match[0]
        return tag("a", match[0], href=f"{self.page(REGISTER)}#claim-{match[0]}")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("models", ModelsDirective)
