"""The chapter that is running in this process: parameters, results, and the evidence it uses."""

import inspect
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

from helpers import evidence
from helpers.chapter.results import METADATA, Result
from helpers.chapter.role_text import (
    ROLES,
    claim_words,
    claims_named,
    source_words,
    sources_named,
    stated_words,
)
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.paths import book_root

# what a function gives to a chapter: results of the parameters, results of claims alone,
# words for sentences of this run
Kind = Literal["results", "evidence", "words"]
# takes the parameters as attributes, or nothing; returns values by their keys
Function = Callable[..., Mapping[str, Any]]

_SLOT = re.compile(r"\{([a-z]\w*)\}(?!`)")


class Parameters(SimpleNamespace):
    """A chapter's parameters as attributes: numbers, arrays or Altair expressions."""

    def replace(self, **values: Any) -> "Parameters":
        """Return the parameters with some of them set to other values."""
        return Parameters(**(vars(self) | values))


class Watched(Parameters):
    """Parameters as attributes; the names of those that are used go into a set."""

    def __init__(self, asked: set[str], values: Mapping[str, Any]) -> None:
        """Watch `values`; names go into `asked`."""
        super().__init__(**values)
        self.__dict__["_asked"] = asked

    def __getattribute__(self, name: str) -> Any:
        """Note the name of a parameter that is used."""
        held = object.__getattribute__(self, "__dict__")
        if name in held:
            held["_asked"].add(name)
        return object.__getattribute__(self, name)

    def replace(self, **values: Any) -> Parameters:
        """Note all names, since a copy is not watched."""
        held = dict(object.__getattribute__(self, "__dict__"))
        held.pop("_asked").update(held)
        return Parameters(**(held | values))


@dataclass(frozen=True)
class Registered:
    """A function that a chapter has registered, and the keys of the results that it gave."""

    function: Function
    kind: Kind
    keys: tuple[str, ...]


@dataclass
class Running:
    """State of the running chapter.

    `values` holds each result as its function returned it, `results` as it is printed, `words`
    the phrases of sentences, `functions` what was registered, by name; `reads` is what
    leave-one-out has noted of them. `unlisted` results have a table of their own.
    """

    name: str
    parameters: dict[str, Any]
    results: dict[str, Result] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Registered] = field(default_factory=dict)
    reads: dict[str, Any] = field(default_factory=dict)
    used_claims: set[str] = field(default_factory=set)
    used_sources: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)

    def of_kind(self, *kinds: Kind) -> dict[str, Registered]:
        """Return the registered functions of some kinds, by name, in order."""
        return {name: one for name, one in self.functions.items() if one.kind in kinds}

    def function_of(self, key: str) -> Function | None:
        """Return the function of the parameters that gives a result, None where none does."""
        mine = (one for one in self.of_kind("results").values() if key in one.keys)
        return next((one.function for one in mine), None)


_running: list[Running] = []
_shows = [True]


def running() -> Running:
    """Return the running chapter. Raises YaluError where none has begun."""
    if not _running:
        raise YaluError('no chapter has begun: call Chapter("<chapter>") first')
    return _running[-1]


def start(chapter: Running) -> None:
    """Make a chapter the one that is running."""
    _running[:] = [chapter]


@contextmanager
def answers_only() -> Iterator[None]:
    """Have a chapter compute its results and show nothing: no figure, table, panel or output."""
    before = _shows[-1]
    _shows[:] = [False]
    try:
        yield
    finally:
        _shows[:] = [before]


def shows() -> bool:
    """Return whether the chapter shows what it is asked to; see `answers_only`."""
    return _shows[-1]


def called(function: Callable[..., Any], parameters: Parameters) -> Any:
    """Call a function of a chapter with the parameters, or with nothing if it takes nothing."""
    return function(parameters) if inspect.signature(function).parameters else function()


def show(plain: str, data: dict[str, Any], mime: str = "text/plain", content: Any = None) -> None:
    """Show an output: `plain` for a notebook, `data` in its metadata for the book."""
    if not shows():
        return
    from IPython.display import display

    bundle = {"text/plain": plain} | ({mime: content} if content is not None else {})
    display(bundle, raw=True, metadata={METADATA: data})


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _figures(value: Any, low: Any, high: Any) -> dict[str, float | None]:
    if isinstance(value, tuple):
        value, low, high = None, *value
    figures = {"value": _number(value), "low": _number(low), "high": _number(high)}
    if all(figure is None for figure in figures.values()):
        raise YaluError("a result needs a finite value, a range (low, high) or words")
    if None not in (figures["low"], figures["high"]) and figures["low"] > figures["high"]:  # type: ignore[operator]
        raise YaluError(f"a result with low {low} above high {high}")
    return figures


def _declared_result(key: str) -> dict[str, Any]:
    chapter = running().name
    declared = sidecar(chapter).results.get(key)
    if declared is None:
        raise YaluError(
            f'chapters/{chapter}.yml: no result "{key}"; declare its label and unit under results'
        )
    unknown = [name for name in declared.parameters if name not in running().parameters]
    if unknown:
        raise YaluError(f"chapter {chapter} has no parameter {', '.join(unknown)}")
    claims = tuple(evidence.recorded(claim_id).claim_id for claim_id in declared.claims)
    running().used_claims.update(claims)
    rests_on = {"claims": claims, "parameters": declared.parameters}
    return declared.model_dump(exclude={"unknown", "verdict", "finding"}) | rests_on


def result_of(key: str, value: Any = None, *, low: float | None = None,
              high: float | None = None) -> Result:  # fmt: skip
    """Return a value as the named result that the sidecar declares; see `record`."""
    words = value if isinstance(value, str) else None
    figures: dict[str, Any] = {} if words is not None else _figures(value, low, high)
    return Result(key=key, words=words, **figures, **_declared_result(key))


def record(
    key: str, value: Any = None, *, low: float | None = None, high: float | None = None
) -> None:
    """Record a named result of the running chapter.

    `value` is a number, a pair (low, high) or words, perhaps none (""); `low` or `high` alone
    is an open range. Label, unit and what the result rests on are declared in the sidecar.
    Raises YaluError for an undeclared key, an unknown claim or parameter, a value that is not
    finite, or a range turned round.
    """
    if not any(key in one.keys for one in running().functions.values()):
        running().values[key] = value if value is not None else (low, high)
    keep(result_of(key, value, low=low, high=high))


def keep(result: Result) -> None:
    """Add a result to those of the running chapter and show it."""
    running().results[result.key] = result
    show(f"{result.label}: {result.text()}", {"result": asdict(result)})


def keep_words(key: str, words: str) -> None:
    """Add a phrase, which may hold roles, to those of the running chapter and show it."""
    running().words[key] = words
    running().used_claims |= claims_named(words)
    running().used_sources |= sources_named(words)
    show(f"{key}: {words}", {"words": {key: words}})


def _result_words(key: str, style: str) -> str:
    chapter = running()
    if key in chapter.words:
        return plain_words(chapter.words[key])
    if key not in chapter.results:
        raise YaluError(f'no result "{key}" in chapter {chapter.name}; record it first')
    return chapter.results[key].text(style or "full")


def role_words(role: str, text: str) -> str:
    """Return what a role prints in the running chapter: an id or key, then perhaps a style.

    Raises YaluError for an unknown claim, source, result or style.
    """
    if role == "stated":
        return stated_words(text)[0]
    name, _, style = text.strip().partition(" ")
    running().used_claims |= claims_named(f"{{{role}}}`{text}`")
    if role == "claim":
        return claim_words(name, style or "full")
    if role == "source":
        running().used_sources.add(name)
        return source_words(name, style)
    if role == "resultname":
        return running().results[name].label
    return _result_words(name, style)


def filled(text: str, slots: Mapping[str, Any]) -> str:
    """Return prose with its slots filled. Raises YaluError for a slot without a word."""
    missing = [name for name in _SLOT.findall(text) if name not in slots]
    if missing:
        raise YaluError(f"prose has {{{missing[0]}}} but no such word was given")
    return _SLOT.sub(lambda match: str(slots[match[1]]), text)


def plain_words(text: str) -> str:
    """Return prose with its roles replaced by their words."""
    return ROLES.sub(lambda match: role_words(match[1], match[2]), text)


def say(text: str, used: Mapping[str, Any] | None = None, **slots: Any) -> None:
    """Show prose whose numbers follow the parameters.

    `text` is MyST Markdown with the roles of the book's pages, {claim}`id`, {source}`id`
    and {result}`key`, and slots in braces that are filled from `slots`: words that the
    run has chosen. In a notebook the roles show as their words, in the book as links to
    where they are from. `used`, the evidence that the chapter has used, comes with the words
    of its Markdown cells. Raises YaluError for an unknown id, key or slot.
    """
    source = filled(text.strip(), slots)
    plain = plain_words(source)
    about = {"used": used, "prose": prose_words()} if used else {}
    show(plain, {"myst": source} | about, "text/markdown", plain)


def markdown_cells(chapter: str) -> dict[str, str]:
    """Return the Markdown cells of a chapter's notebook by their ids; none where it has none."""
    path = book_root() / "chapters" / f"{chapter}.ipynb"
    if not path.exists():
        return {}
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
    return {cell["id"]: "".join(cell["source"]) for cell in prose}


def prose_words() -> dict[str, str]:
    """Return the Markdown cells that have roles, by their ids, with the words of the roles.

    Raises YaluError, naming the cell, for an unknown id, key or style.
    """
    found = {}
    for cell, text in markdown_cells(running().name).items():
        try:
            words = plain_words(text)
        except YaluError as error:
            place = f"chapters/{running().name}.ipynb, cell {cell}"
            raise YaluError(*(f"{place}: {line}" for line in error.lines)) from None
        if words != text:
            found[cell] = words
    return found


def known_names(names: Iterable[str]) -> list[str]:
    """Return names of parameters. Raises YaluError for one that the chapter does not have."""
    names = list(names)
    unknown = [name for name in names if name not in running().parameters]
    if unknown:
        raise YaluError(f"chapter {running().name} has no parameter {', '.join(unknown)}")
    return names
