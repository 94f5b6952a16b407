"""The chapter that is running in this process: parameters, named results, the evidence it uses."""

import inspect
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Literal

from helpers import evidence
from helpers.chapter import wording
from helpers.chapter.sidecar import Sidecar, sidecar
from helpers.errors import YaluError
from helpers.evidence import documents, exclusion
from helpers.evidence.load import vocabulary
from helpers.evidence.trace import Trace
from helpers.inputs import read_notebook
from helpers.paths import book_root

# Word `yalu` in an output's metadata: what the book's Sphinx extension reads.
METADATA = "yalu"

# set by the build of a book on a part of the evidence: what fails for want of it has no answer
FORGIVES = "YALU_NO_ANSWER"

# what a function gives: results of the parameters, of claims alone, words of this run
Kind = Literal["results", "evidence", "words"]
# of the results that sum a headline up: middle of its draws, range, mark, what would change it
SUFFIXES = ("draws", "range", "mark", "change")
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
class Result:
    """A named number, range or word that a chapter records.

    `claims` and `parameters` are what it follows from, `outlets` name whose reports are behind
    it, those with most first; `digits` are its significant figures; `words` replace numbers, for a
    verdict; `total` is what a count is part of; `how` says in words how it is worked out. In
    `outward` a range has for each end the figures to which words round it away from the other
    end, 0 for one that is rounded as any result.
    """

    key: str
    label: str
    unit: str = ""
    per: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    qualifier: str = "exact"
    words: str | None = None
    total: float | None = None
    digits: int | None = 3
    claims: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    headline: bool = False
    how: str = ""
    outward: tuple[int, ...] = ()

    def text(self, style: str = "full") -> str:
        """Return the result in words, see `wording.printing` for the styles."""
        if self.words is not None:
            return self.words
        if self.outward:
            return wording.printed_words(self.rounded(), style)
        words = wording.printed_words(self, style, self.digits)
        if self.total is None:
            return words
        total = wording.printed_words(replace(self, value=self.total), style, self.digits)
        return f"{wording.printed_words(self, 'bare', self.digits)} of {total}"

    def rounded(self) -> "Result":
        """Return a range with its ends rounded as `outward` says."""
        ends = []
        for end, figures, side in zip((self.low, self.high), self.outward, (-1, 1), strict=True):
            if end is None or not (figures or self.digits):
                ends.append(end)
            elif figures:
                ends.append(wording.outwards(end, figures, side))
            else:
                ends.append(wording.round_to(end, self.digits or 0))
        return replace(self, low=ends[0], high=ends[1])

    @property
    def ends(self) -> tuple[float, float]:
        """The outermost numbers, zero twice where there is none."""
        numbers = [x for x in (self.low, self.value, self.high) if x is not None]
        return (numbers[0], numbers[-1]) if numbers else (0.0, 0.0)


@dataclass(frozen=True)
class Registered:
    """A function that a chapter has registered, and what it did in this run.

    `given` are its results or words by their keys, `reads` the evidence that it read, `used` the
    parameters that it used.
    """

    function: Function
    kind: Kind
    given: Mapping[str, Any]
    reads: Trace
    used: frozenset[str]

    def at(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what it gives at other values of some parameters of the running chapter."""
        return dict(called(self.function, Parameters(**(running().parameters | dict(values)))))


@dataclass
class Running:
    """State of the running chapter.

    `functions` are what was registered, by name; `results` what they gave, as it is printed.
    `unlisted` results have a table of their own; `lost` says why some have no answer.
    """

    name: str
    parameters: dict[str, Any]
    results: dict[str, Result] = field(default_factory=dict)
    functions: dict[str, Registered] = field(default_factory=dict)
    used_claims: set[str] = field(default_factory=set)
    used_sources: set[str] = field(default_factory=set)
    used_statements: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    lost: dict[str, str] = field(default_factory=dict)

    @property
    def declared(self) -> Sidecar:
        """What the sidecar declares."""
        return sidecar(self.name)

    @property
    def values(self) -> dict[str, Any]:
        """Each result as its function returned it."""
        return {k: v for one in self.of_kind("results", "evidence") for k, v in one.given.items()}

    @property
    def words(self) -> dict[str, str]:
        """The phrases of sentences."""
        return {key: words for one in self.of_kind("words") for key, words in one.given.items()}

    def of_kind(self, *kinds: Kind) -> list[Registered]:
        """Return the registered functions of some kinds, in order."""
        return [one for one in self.functions.values() if one.kind in kinds]

    def function_of(self, key: str) -> Registered | None:
        """Return the function of the parameters that gives a result, None where none does."""
        return next((one for one in self.of_kind("results") if key in one.given), None)

    def use(self, prose: str) -> None:
        """Count as used what the roles of a text name. Raises YaluError as `sources_named` does."""
        self.used_claims |= wording.claims_named(prose)
        self.used_sources |= wording.sources_named(prose)
        self.used_statements |= wording.statements_named(prose)

    @property
    def is_published(self) -> bool:
        """Whether this is the run that the book prints: all defaults, on all of the evidence."""
        defaults = {name: one.default for name, one in self.declared.parameters.items()}
        return self.parameters == defaults and exclusion.process_exclusion() is None

    def check_names(self, names: Iterable[str]) -> None:
        """Raise YaluError for names that are no parameters of the chapter."""
        if unknown := [name for name in names if name not in self.parameters]:
            raise YaluError(f"chapter {self.name} has no parameter {', '.join(unknown)}")


def forgives() -> bool:
    """Return whether what fails for want of evidence has no answer, in place of an error."""
    return bool(os.environ.get(FORGIVES))


# an output of a cell as a notebook has it: `data` by type, `metadata`
Output = dict[str, Any]

_running: list[Running] = []
# what takes the outputs of cells: the notebook itself, a list, or nothing
_NOTEBOOK = object()
_outputs: ContextVar[object] = ContextVar("outputs", default=_NOTEBOOK)


def running() -> Running:
    """Return the running chapter. Raises YaluError where none has begun."""
    if not _running:
        raise YaluError('no chapter has begun: call Chapter("<chapter>") first')
    return _running[-1]


def start(chapter: Running) -> None:
    """Make a chapter the one that is running."""
    _running[:] = [chapter]


@contextmanager
def outputs_into(outputs: list[Output] | None) -> Iterator[None]:
    """Have a chapter put what it shows into a list; where that is None it shows nothing."""
    before = _outputs.set(outputs)
    try:
        yield
    finally:
        _outputs.reset(before)


def shows() -> bool:
    """Return whether the chapter shows what it is asked to; see `outputs_into`."""
    return _outputs.get() is not None


def called(function: Callable[..., Any], parameters: Parameters | TracedParameters) -> Any:
    """Call a function of a chapter with the parameters, or with nothing if it takes nothing."""
    return function(parameters) if inspect.signature(function).parameters else function()


@contextmanager
def kept_running() -> Iterator[None]:
    """Have the chapter that is running, if any, run on after the block."""
    before = list(_running)
    try:
        yield
    finally:
        _running[:] = before


# Results and words ----------------------------------------------------------------------------


def both_ends(value: Any) -> tuple[Any, Any]:
    """Return both ends of a result as a function gives it: a single one is its own two ends."""
    return (value[0], value[1]) if isinstance(value, tuple) else (value, value)


def result_of(key: str, given: Mapping[str, Any]) -> Result:
    """Return a value that a function gives as the named result that the sidecar declares.

    The value is a number, a pair (low, high) of which one may be infinite, or words. Without a
    finite number it is the sidecar's words for `unknown`. Raises YaluError for an undeclared
    key, an unknown claim or parameter, a low end above the high one, and a count whose total
    the same function does not give.
    """
    chapter, value = running(), given[key]
    declared = chapter.declared.results.get(key)
    if declared is None:
        raise YaluError(f'chapters/{chapter.name}.yml: no result "{key}"; declare its label and '
                        "unit under results")  # fmt: skip
    chapter.check_names(declared.parameters)
    claims = tuple(evidence.recorded(claim_id).claim_id for claim_id in declared.claims
                   if not forgives() or evidence.is_included(claim_id))  # fmt: skip
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
    outlets = outlets_of({*claims, *(c for p in declared.parameters
                                     if (c := chapter.declared.parameters[p].claim))})  # fmt: skip
    return Result(key=key, **figures, **about, claims=claims, parameters=declared.parameters,
                  outlets=outlets)  # fmt: skip


def outlets_of(claims: Iterable[str], documents: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the outlets of documents and of the reports that claims go back to, most first."""
    counting = filter(evidence.is_included, claims)
    behind = {origin for claim in counting for origin in evidence.origins(claim)}
    gone = exclusion.process_exclusion()
    sources = {evidence.recorded(one).source_id for one in behind} | set(documents)
    sources -= gone.sources if gone else frozenset()
    families = map(exclusion.family_of, sorted(sources))
    return tuple(exclusion.name_words(name) for name, _ in Counter(families).most_common())


def is_summary(key: str, keys: Iterable[str]) -> bool:
    """Return whether a result sums up how sure another one of `keys` is."""
    of, _, suffix = key.rpartition("_")
    return suffix in SUFFIXES and of in keys


def parameter_result(name: str, chapter: str, value: Any) -> Result:
    """Return a parameter of a run as a named result."""
    declared = sidecar(chapter).parameters[name]
    claims = (declared.claim,) if declared.claim else ()
    named = Result(name, declared.label, digits=None, claims=claims, parameters=(name,),
                   outlets=outlets_of(claims))  # fmt: skip
    if isinstance(value, str):
        is_date = declared.type in ("date", "month")
        return replace(named, words=wording.date_words(value) if is_date else value)
    known = declared.unit in vocabulary().units
    unit, _, per = (declared.unit, "", "") if known else declared.unit.partition("/")
    return replace(named, value=value, unit=unit, per=per)


def add_result(result: Result) -> None:
    """Add a result to those of the running chapter and show it."""
    running().results[result.key] = result
    show(f"{result.label}: {result.text()}", {"result": asdict(result)})


def add_words(key: str, words: str) -> None:
    """Add a phrase, which may hold roles, to those of the running chapter and show it."""
    chapter = running()
    chapter.use(words)
    show(f"{key}: {words}", {"words": {key: words}})


# Prose and outputs ----------------------------------------------------------------------------


def show(plain: str, data: dict[str, Any], markdown: str = "") -> None:
    """Show an output: `plain` for a notebook, `data` in its metadata for the book."""
    put_out({"text/plain": plain} | ({"text/markdown": markdown} if markdown else {}), data)


def put_out(data: dict[str, Any], about: dict[str, Any]) -> None:
    """Put out what a cell shows: `data` by type, `about` in its metadata for the book."""
    metadata, outputs = {METADATA: about}, _outputs.get()
    if isinstance(outputs, list):
        outputs.append({"output_type": "display_data", "data": data, "metadata": metadata})
    elif outputs is not None:
        from IPython.display import display

        display(data, raw=True, metadata=metadata)


def show_prose(text: str, **about: Any) -> None:
    """Show MyST Markdown, its roles as words in a notebook; `about` goes with it to the book.

    Raises YaluError for an unknown id or key.
    """
    source = text.strip()
    show(plain_words(source), {"myst": source} | about, markdown_words(source))


def plain_words(text: str) -> str:
    """Return prose with its roles as their words. Raises YaluError for an unknown id or key."""
    return wording.ROLES.sub(lambda role: _role_words(role[1], role[2]), wording.unlinked(text))


def markdown_words(text: str) -> str:
    """Return prose as `plain_words` does; no word is markup, and an archived copy is a link."""

    def told(role: re.Match[str]) -> str:
        words = wording.escaped(_role_words(role[1], role[2]))
        if role[1] != "archived":
            return words
        return f"[{words}](<{documents.archived_address(evidence.source(role[2].strip()))}>)"

    return wording.ROLES.sub(told, wording.unlinked(text))


def _role_words(role: str, text: str) -> str:
    if role == "stated":
        return wording.stated_words(text)[0]
    chapter = running()
    name, _, style = text.strip().partition(" ")
    chapter.use(f"{{{role}}}`{text}`")
    if role == "claim":
        return wording.claim_words(name, style or "full")
    if role == "archived":
        return documents.archive_words(evidence.source(name))
    if told := {"source": wording.source_words, "statement": wording.statement_words}.get(role):
        return told(name, style)
    if role == "result" and name in chapter.words:
        return plain_words(chapter.words[name])
    if name not in chapter.results:
        if forgives():
            return "no answer"
        raise YaluError(f'no result "{name}" in chapter {chapter.name}; a function before this '
                        "must give it")  # fmt: skip
    result = chapter.results[name]
    return result.label if role == "resultname" else result.text(style or "full")


def authored(cell: Mapping[str, Any]) -> str:
    """Return a Markdown cell as its author wrote it.

    Where it shows words in place of roles, that is what was kept with it in its metadata, unless
    the words were edited since.
    """
    shown = "".join(cell["source"])
    kept = cell["metadata"].get(METADATA, {})
    return str(kept["source"]) if kept and kept.get("words", shown) == shown else shown


def markdown_cells(chapter: str) -> dict[str, str]:
    """Return a chapter's Markdown cells by their ids, with the author's roles; maybe none."""
    path = book_root() / "chapters" / f"{chapter}.ipynb"
    cells = read_notebook(path, f"chapters/{path.name}")["cells"] if path.exists() else []
    return {c.get("id", ""): authored(c) for c in cells if c["cell_type"] == "markdown"}


def prose_words() -> dict[str, str]:
    """Return the Markdown cells that have roles, by their ids, with the words of the roles.

    Raises YaluError, naming the cell, for an unknown id, key or style.
    """
    cells, words = markdown_cells(running().name), dict[str, str]()
    for cell, text in cells.items():
        try:
            words[cell] = markdown_words(text)
        except YaluError as error:
            place = f"chapters/{running().name}.ipynb, cell {cell}"
            raise YaluError(*(f"{place}: {line}" for line in error.lines)) from None
    return {cell: told for cell, told in words.items() if told != cells[cell]}
