"""The chapter that is running in this process: parameters, results, and the evidence it uses."""

import inspect
import json
import math
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
from helpers.chapter.sidecar import Sidecar, sidecar
from helpers.errors import YaluError
from helpers.evidence import exclusion
from helpers.paths import book_root

# what a function gives to a chapter: results of the parameters, results of claims alone,
# words for sentences of this run
Kind = Literal["results", "evidence", "words"]
# takes the parameters as attributes, or nothing; returns values by their keys
Function = Callable[..., Mapping[str, Any]]


class Parameters(SimpleNamespace):
    """A chapter's parameters as attributes: numbers, arrays or Altair expressions."""

    def replace(self, **values: Any) -> "Parameters":
        """Return the parameters with some of them set to other values."""
        return Parameters(**(vars(self) | values))


class TracedParameters:
    """Parameters as attributes; the names of those that are used go into the set `used`."""

    def __init__(self, used: set[str], values: Mapping[str, Any]) -> None:
        """Trace which of `values` are used."""
        self._used, self._values = used, dict(values)

    def __getattr__(self, name: str) -> Any:
        """Return a parameter and note its name."""
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"no parameter {name}")
        self._used.add(name)
        return self._values[name]

    def replace(self, **values: Any) -> Parameters:
        """Note all names, since the copy that is returned is not traced."""
        self._used.update(self._values)
        return Parameters(**(self._values | values))


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
    the phrases of sentences, `functions` what was registered, by name; `baselines` is
    what leave-one-out knows of each function. `unlisted` results have a table of their own.
    """

    name: str
    parameters: dict[str, Any]
    results: dict[str, Result] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Registered] = field(default_factory=dict)
    baselines: dict[str, Any] = field(default_factory=dict)
    used_claims: set[str] = field(default_factory=set)
    used_sources: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)

    @property
    def declared(self) -> Sidecar:
        """What the sidecar declares."""
        return sidecar(self.name)

    def of_kind(self, *kinds: Kind) -> dict[str, Registered]:
        """Return the registered functions of some kinds, by name, in order."""
        return {name: one for name, one in self.functions.items() if one.kind in kinds}

    def function_of(self, key: str) -> Function | None:
        """Return the function of the parameters that gives a result, None where none does."""
        mine = (one for one in self.of_kind("results").values() if key in one.keys)
        return next((one.function for one in mine), None)

    @property
    def is_published(self) -> bool:
        """Whether this is the run that the book prints: all defaults, on all of the evidence."""
        defaults = {name: one.default for name, one in self.declared.parameters.items()}
        return self.parameters == defaults and exclusion.process_exclusion() is None

    def check_names(self, names: Iterable[str]) -> None:
        """Raise YaluError for names that are no parameters of the chapter."""
        if unknown := [name for name in names if name not in self.parameters]:
            raise YaluError(f"chapter {self.name} has no parameter {', '.join(unknown)}")


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


def called(function: Callable[..., Any], parameters: Parameters | TracedParameters) -> Any:
    """Call a function of a chapter with the parameters, or with nothing if it takes nothing."""
    return function(parameters) if inspect.signature(function).parameters else function()


# Results and words ----------------------------------------------------------------------------


def result_of(key: str, given: Mapping[str, Any]) -> Result:
    """Return a value that a function gives as the named result that the sidecar declares.

    The value is a number, a pair (low, high) of which one may be infinite, or words. Without any
    finite number the result is the words that the sidecar has for `unknown`. Raises YaluError
    for an undeclared key, an unknown claim or parameter, a low end above the high one, and a
    count whose total the same function does not give.
    """
    chapter, value = running(), given[key]
    declared = chapter.declared.results.get(key)
    if declared is None:
        raise YaluError(f'chapters/{chapter.name}.yml: no result "{key}"; declare its label and '
                        "unit under results")  # fmt: skip
    chapter.check_names(declared.parameters)
    claims = tuple(evidence.recorded(claim_id).claim_id for claim_id in declared.claims)
    chapter.used_claims.update(claims)
    figures: dict[str, Any] = {"words": value}
    if not isinstance(value, str):
        ends = {"low": value[0], "high": value[1]} if isinstance(value, tuple) else {"value": value}
        figures = {end: float(number) for end, number in ends.items() if math.isfinite(number)}
        figures = figures or {"words": declared.unknown}
    if len(figures) == 2 and figures["low"] > figures["high"]:
        raise YaluError(f"{key}: a result with low {value[0]} above high {value[1]}")
    if declared.of:
        if declared.of not in given:
            raise YaluError(f"{key}: a count of {declared.of}; give both from one function")
        figures["total"] = float(given[declared.of])
    about = declared.model_dump(
        exclude={"of", "unknown", "verdict", "finding", "claims", "parameters"}
    )
    return Result(key=key, **figures, **about, claims=claims, parameters=declared.parameters)


def add_result(result: Result) -> None:
    """Add a result to those of the running chapter and show it."""
    running().results[result.key] = result
    show(f"{result.label}: {result.text()}", {"result": asdict(result)})


def add_words(key: str, words: str) -> None:
    """Add a phrase, which may hold roles, to those of the running chapter and show it."""
    chapter = running()
    chapter.words[key] = words
    chapter.used_claims |= claims_named(words)
    chapter.used_sources |= sources_named(words)
    show(f"{key}: {words}", {"words": {key: words}})


# Prose and outputs ----------------------------------------------------------------------------


def show(plain: str, data: dict[str, Any], markdown: bool = False) -> None:
    """Show an output: `plain` for a notebook, `data` in its metadata for the book."""
    if not shows():
        return
    from IPython.display import display

    bundle = {"text/plain": plain} | ({"text/markdown": plain} if markdown else {})
    display(bundle, raw=True, metadata={METADATA: data})


def show_prose(text: str, **about: Any) -> None:
    """Show MyST Markdown with the roles of the book's pages; `about` goes with it to the book.

    In a notebook the roles show as their words, in the book as links to where they are from.
    Raises YaluError for an unknown id or key.
    """
    source = text.strip()
    show(plain_words(source), {"myst": source} | about, markdown=True)


def plain_words(text: str) -> str:
    """Return prose with its roles replaced by their words."""
    return ROLES.sub(lambda match: role_words(match[1], match[2]), text)


def role_words(role: str, text: str) -> str:
    """Return what a role prints in the running chapter: an id or key, then perhaps a style.

    Raises YaluError for an unknown claim, source, result or style.
    """
    if role == "stated":
        return stated_words(text)[0]
    chapter = running()
    name, _, style = text.strip().partition(" ")
    chapter.used_claims |= claims_named(f"{{{role}}}`{text}`")
    if role == "claim":
        return claim_words(name, style or "full")
    if role == "source":
        chapter.used_sources.add(name)
        return source_words(name, style)
    if role == "result" and name in chapter.words:
        return plain_words(chapter.words[name])
    if name not in chapter.results:
        raise YaluError(f'no result "{name}" in chapter {chapter.name}; a function before this '
                        "must give it")  # fmt: skip
    result = chapter.results[name]
    return result.label if role == "resultname" else result.text(style or "full")


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
