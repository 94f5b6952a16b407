"""The chapter that is running: its parameters, its named results, its prose."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from IPython.display import display

from helpers import evidence
from helpers.analysis import wording
from helpers.analysis.history import set_before
from helpers.analysis.printing import ROLES, claims_named, printed_words, sources_named
from helpers.analysis.sidecar import check_parameters, sidecar
from helpers.errors import YaluError
from helpers.evidence.subset import obey_environment
from helpers.evidence.vocabulary import vocabulary
from helpers.paths import book_root

# Word `yalu` in an output's metadata: what the book's Sphinx extension reads.
METADATA = "yalu"

_SLOT = re.compile(r"\{([a-z]\w*)\}(?!`)")


@dataclass(frozen=True)
class Result:
    """A named number, range or word that a chapter records.

    `claims` and `parameters` are what it rests on; `digits` the significant figures
    it is shown with; `words` stands in place of numbers for a verdict.
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
    digits: int | None = 3
    claims: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    headline: bool = False

    def text(self, style: str = "full") -> str:
        """Return the result in words, see `printing.printing` for the styles."""
        if self.words is not None:
            return self.words
        return printed_words(self, style, self.digits)


@dataclass
class _Chapter:
    name: str
    parameters: dict[str, Any]
    results: dict[str, Result] = field(default_factory=dict)
    used_claims: set[str] = field(default_factory=set)
    used_sources: set[str] = field(default_factory=set)
    parts: tuple[Callable[[Any], Mapping[str, Any]], ...] = ()
    counts: tuple[Callable[[Any], Mapping[str, Any]], ...] = ()
    answered: Mapping[str, Any] = field(default_factory=dict)
    part_of: dict[str, Callable[[Any], Mapping[str, Any]]] = field(default_factory=dict)
    again: dict[str, Any] = field(default_factory=dict)
    read: list[Any] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)

    @property
    def answers(self) -> Callable[[Any], dict[str, Any]] | None:
        """What `answer` kept, as one function; None before it was called."""
        if not self.parts:
            return None
        return lambda p: {key: value for part in self.parts for key, value in part(p).items()}


_running: list[_Chapter] = []


def running() -> _Chapter:
    """Return the chapter that is running. Raises YaluError where none has begun."""
    if not _running:
        raise YaluError('no chapter has begun: call begin("<chapter>", globals()) first')
    return _running[-1]


def parameter_result(name: str, chapter: str, value: Any) -> Result:
    """Return a parameter of a run as a named result."""
    declared = sidecar(chapter).parameters[name]
    common: dict[str, Any] = {
        "key": name,
        "label": declared.label,
        "parameters": (name,),
        "digits": None,
    }
    common["claims"] = (declared.claim,) if declared.claim else ()
    if isinstance(value, str):
        is_date = declared.type in ("date", "month")
        return Result(words=wording.date_words(value) if is_date else value, **common)
    known = declared.unit in vocabulary().units
    unit, _, per = (declared.unit, "", "") if known else declared.unit.partition("/")
    return Result(value=value, unit=unit, per=per, **common)


def _markdown(chapter: str) -> str:
    """Return the Markdown cells of a chapter's notebook, nothing where it has none."""
    path = book_root() / "chapters" / f"{chapter}.ipynb"
    if not path.exists():
        return ""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def _claims_in_markdown(chapter: str) -> set[str]:
    """Return the claims that the Markdown cells of a chapter's notebook name."""
    return claims_named(_markdown(chapter))


def _sources_in_markdown(chapter: str) -> set[str]:
    """Return the documents that the Markdown cells name. Raises YaluError for an unknown one."""
    named = sources_named(_markdown(chapter))
    for source_id in named:
        source_words(source_id)
    return named


def begin(chapter: str, namespace: Mapping[str, Any]) -> None:
    """Begin a chapter: check its parameters as they stand in `namespace`.

    `namespace` is the notebook's `globals()`. Every parameter becomes a named result of
    the chapter. Raises YaluError, one line a fault, where a parameter is wrong or where the
    cells of parameters just before set a name that the sidecar does not declare.
    """
    obey_environment()
    names = [*sidecar(chapter).parameters, *set_before(namespace)]
    values = check_parameters(chapter, {n: namespace[n] for n in names if n in namespace})
    _running[:] = [_Chapter(chapter, values, used_claims=_claims_in_markdown(chapter))]
    running().used_sources.update(_sources_in_markdown(chapter))
    shown = ", ".join(f"{name}={value}" for name, value in values.items())
    show(f"{chapter}: {shown}", {"chapter": chapter, "parameters": values})
    for name, value in values.items():
        running().results[name] = parameter_result(name, chapter, value)


def show(plain: str, data: dict[str, Any], mime: str = "text/plain", content: Any = None) -> None:
    """Show an output: `plain` for a notebook, `data` in its metadata for the book."""
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


def _known_claims(claims: Iterable[str]) -> tuple[str, ...]:
    known = tuple(evidence.recorded(claim_id).claim_id for claim_id in claims)
    running().used_claims.update(known)
    return known


def _known_parameters(names: Iterable[str]) -> tuple[str, ...]:
    names = tuple(names)
    unknown = [name for name in names if name not in running().parameters]
    if unknown:
        raise YaluError(f"chapter {running().name} has no parameter {', '.join(unknown)}")
    return names


def _declared_result(key: str) -> dict[str, Any]:
    chapter = running().name
    declared = sidecar(chapter).results.get(key)
    if declared is None:
        raise YaluError(
            f'chapters/{chapter}.yml: no result "{key}"; declare its label and unit under results'
        )
    evidence_of = {
        "claims": _known_claims(declared.claims),
        "parameters": _known_parameters(declared.parameters),
    }
    return declared.model_dump(exclude={"unknown", "verdict", "finding"}) | evidence_of


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

    `value` is a number, a pair (low, high) or a word; `low` or `high` alone is an open
    range. Label, unit and what the result rests on are declared in the sidecar. Raises
    YaluError for an undeclared key, an unknown claim or parameter, a value that is not
    finite, or a range turned round.
    """
    keep(result_of(key, value, low=low, high=high))


def keep(result: Result) -> None:
    """Add a result to those of the running chapter and show it."""
    running().results[result.key] = result
    show(f"{result.label}: {result.text()}", {"result": asdict(result)})


def source_words(source_id: str, style: str = "") -> str:
    """Return "outlet, date" of a document, or its title (style "title").

    Raises YaluError for an unknown document.
    """
    row = evidence.source(source_id)
    if style == "title":
        ours = "" if row["title_status"] == "as-published" else " (our label)"
        return f"{row['title']}{ours}"
    return f"{row['outlet']}, {wording.date_words(row['published'] or 'undated')}"


def claim_words(claim_id: str, style: str = "full") -> str:
    """Return a claim in words, see `printing.printing` for the styles.

    Style "source" names its document instead of its figure. A claim that is left out at
    the moment says so. Raises YaluError for an unknown claim or style.
    """
    claim = evidence.recorded(claim_id)
    if not evidence.stands(claim_id):
        return "[left out]"
    if style == "source":
        return source_words(claim.source_id)
    return printed_words(claim, style)


def stated_words(text: str) -> tuple[str, str]:
    """Return the words and the reason of a number that is neither claim nor result.

    `text`: "two; the two counts named here". Raises YaluError without a reason.
    """
    words, _, reason = (part.strip() for part in text.partition(";"))
    if not words or not reason:
        raise YaluError(f"{{stated}}`{text}`: give the words, a semicolon and the reason")
    return words, reason


def _result_words(key: str, style: str) -> str:
    known = running().results
    if key not in known:
        raise YaluError(f'no result "{key}" in chapter {running().name}; record it first')
    return known[key].text(style or "full")


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
    where they are from. Raises YaluError for an unknown id, key or slot.
    """
    source = filled(text.strip(), slots)
    plain = plain_words(source)
    about = {"myst": source} | ({"used": used} if used else {})
    show(plain, about, "text/markdown", plain)
