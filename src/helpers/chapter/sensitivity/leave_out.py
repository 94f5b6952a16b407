"""Hanging: which answers a chapter still gives on a part of the evidence, and which it loses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from helpers import evidence
from helpers.chapter.answers import check_same, known_value
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import claims_of, standing_value
from helpers.chapter.results import Result
from helpers.chapter.running import Function, Parameters, Watched, called, result_of, running
from helpers.chapter.sensitivity.one_at_a_time import headlines
from helpers.chapter.sidecar import ResultDeclaration, sidecar
from helpers.evidence import Subset, exclusion
from helpers.evidence.exclusion import (
    ANONYMOUS,
    OFFICIAL,
    ExcludedEvidenceError,
    exclusion_of,
    families_of,
    family_of,
    is_family,
    is_given,
    subset_words,
)
from helpers.evidence.trace import Trace, trace


@dataclass(frozen=True)
class Left:
    """What is left of the headline results on a part of the evidence.

    `results` holds those that still have an answer, `lost` for each of the others why.
    """

    subset: Subset
    results: Mapping[str, Result]
    lost: Mapping[str, str]


@dataclass(frozen=True)
class _Part:
    """A part of the chapter's answers: what it read and gave when all of the evidence counted.

    `asked` are the parameters that it used.
    """

    function: Any
    found: Mapping[str, Any]
    reads: Trace
    asked: frozenset[str]


def _parts() -> list[_Part]:
    """Return the parts of the running chapter's answers, each asked once."""
    chapter = running()
    functions = chapter.of_kind("results", "evidence")
    for name, one in functions.items():
        if name not in chapter.reads:
            chapter.reads[name] = _read_part(one.function)
    return [chapter.reads[name] for name in functions]


def _read_part(function: Function) -> _Part:
    asked: set[str] = set()
    with trace() as reads:
        found = called(function, Watched(asked, running().parameters))
    check_same(found)
    return _Part(function, found, reads, frozenset(asked))


def _recorded(key: str) -> Result:
    return running().results[key]


def left_with(subset: Subset) -> Left:
    """Return what the chapter's headline results come to on a part of the evidence.

    A parameter whose claim falls takes what the remaining claims of its range give (see
    `fallback.standing_value`). A result has no answer where one of its parameters has nothing
    left, where a claim falls that it is declared to rest on and that stands in for no
    parameter, or where its function needs a claim that falls.
    """
    return _left(subset, _parts(), set(headlines(running().name)))


def _left(subset: Subset, parts: list[_Part], wanted: set[str]) -> Left:
    results: dict[str, Result] = {}
    lost: dict[str, str] = {}
    with evidence.counting(subset):
        values, gone = _standing_values()
        for part in parts:
            keys = wanted & set(part.found)
            answered = _answered(part, values) if keys else {}
            for key in sorted(keys):
                reason = answered if isinstance(answered, str) else _why_lost(key, part, gone)
                if reason:
                    lost[key] = reason
                else:
                    results[key] = result_of(key, known_value(key, answered[key]))  # type: ignore[index]
    nothing = [key for key, left in results.items() if left.words and not _recorded(key).words]
    lost |= {key: f"no answer {subset_words(subset)}: no figure is left" for key in nothing}
    return Left(subset, {k: left for k, left in results.items() if k not in nothing}, lost)


def _standing_values() -> tuple[dict[str, Any], dict[str, str]]:
    """Return the parameters on the evidence that counts, and why those that fell have fallen."""
    values, gone = dict(running().parameters), {}
    for name, parameter in sidecar(running().name).parameters.items():
        try:
            values[name] = standing_value(parameter, values[name])
        except ExcludedEvidenceError as error:
            gone[name] = str(error)
    return _in_order(values), gone


def _in_order(values: dict[str, Any]) -> dict[str, Any]:
    """Return parameters that a rule sets in order with the smaller one first."""
    for first, _, last in sidecar(running().name).rules:
        if not isinstance(values[first], str) and values[first] > values[last]:
            values[first], values[last] = values[last], values[first]
    return values


def _answered(part: _Part, values: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return what a part gives, or why it gives nothing."""
    same = all(values[name] == running().parameters[name] for name in part.asked)
    if same and not _touched(part.reads):
        return part.found
    try:
        return called(part.function, Parameters(**values))
    except ExcludedEvidenceError as error:
        return str(error)


def _touched(reads: Trace) -> bool:
    """Say whether anything that was read is left out at the moment."""
    now = exclusion.current_exclusion()
    if now is None:
        return False
    series = bool(reads.sources) and bool(now.bases or now.after)
    return series or bool(reads.claims & now.claims or reads.sources & now.sources)


def _why_lost(key: str, part: _Part, gone: Mapping[str, str]) -> str:
    declared = _declared(key)
    fallen = next((gone[name] for name in declared.parameters if name in gone), "")
    if fallen:
        return fallen
    stand_in = {claim for name in declared.parameters for claim in _claims_behind(_named(name))}
    need = [c for c in declared.claims if c not in stand_in | part.reads.claims]
    now, base = exclusion.current_exclusion(), exclusion.process_exclusion()
    # what the whole run leaves out has not been needed for the answer that it gave
    need = [c for c in need if base is None or c not in base.claims]
    missing = next((c for c in need if not evidence.is_included(c)), "")
    return f"no answer {now.words if now else ''}: it needs the claim {missing}" if missing else ""


def _named(name: str) -> Parameter:
    return sidecar(running().name).parameters[name]


def _claims_behind(parameter: Parameter) -> set[str]:
    """Return the claims that a parameter's value and range come from."""
    own = {parameter.claim} if parameter.claim else set()
    return own | {claim for told in parameter.range_claims for claim in claims_of(told)}


def _behind_values() -> tuple[set[str], set[str]]:
    """Return the claims and the documents behind the parameters of the running chapter."""
    names = {name for key in headlines(running().name) for name in _declared(key).parameters}
    claims = {claim for name in names for claim in _claims_behind(_named(name))}
    return claims, {source for name in names if (source := _named(name).source)}


def candidates() -> tuple[list[str], list[str]]:
    """Return the documents and the outlet families that a headline result may hang on.

    Documents of the origins of all claims that the answers read or their parameters come
    from; families of these, of whom they quote and of the tables that were read. Texts of law
    and tables of statistics are taken as given, and are not among them.
    """
    parts = _parts()
    claims, cited = _behind_values()
    claims |= {c for key in headlines(running().name) for c in _declared(key).claims}
    claims |= {c for part in parts for c in part.reads.claims}
    origins = {origin for claim in claims for origin in evidence.origins(claim)}
    origins = {o for o in origins if not is_given(evidence.recorded(o).source_id)}
    documents = {evidence.recorded(origin).source_id for origin in origins}
    documents |= {source for source in cited if not is_given(source)}
    tables = {s for part in parts for s in part.reads.sources if not is_given(s)}
    quoted = {family for origin in origins for family in families_of(origin)}
    return sorted(documents), sorted({family_of(s) for s in documents | tables} | quoted)


def leave_outs() -> list[Left]:
    """Return what is left without each document and each outlet family, one at a time."""
    documents, families = candidates()
    parts, wanted = _parts(), set(headlines(running().name))
    relevant = _relevant(parts)
    done: dict[tuple[frozenset[str], frozenset[str]], Left] = {}
    found = []
    for name in (*families, *documents):
        subset = Subset(frozenset([name]))
        gone = exclusion_of(subset)
        key = (gone.claims & relevant, gone.sources & relevant)
        if key not in done:
            done[key] = _left(subset, parts, wanted)
        found.append(replace(done[key], subset=subset))
    return found


def _relevant(parts: list[_Part]) -> set[str]:
    """Return all claims and documents that can bear on a headline result."""
    claims, cited = _behind_values()
    claims |= {claim for part in parts for claim in part.reads.claims}
    claims |= {c for key in headlines(running().name) for c in _declared(key).claims}
    return claims | cited | {source for part in parts for source in part.reads.sources}


def _declared(key: str) -> ResultDeclaration:
    return sidecar(running().name).results[key]


def part_views() -> dict[str, Left]:
    """Return what is left on official figures only, on anonymous ones, and by the sidecar's day."""
    chosen = {"official": Subset(only=OFFICIAL), "anonymous": Subset(only=ANONYMOUS)}
    day = sidecar(running().name).known_by
    chosen |= {"before": Subset(known_by=day.isoformat())} if day else {}
    return {name: left_with(subset) for name, subset in chosen.items()}


def rests_on_claims(key: str) -> bool:
    """Say whether a result is worked out from claims, and not from tables alone."""
    mine = (name for name in _declared(key).parameters if not _named(name).question)
    behind = any(_claims_behind(_named(name)) for name in mine)
    return behind or any(part.reads.claims for part in _parts() if key in part.found)


def losses(key: str, lefts: Iterable[Left]) -> list[str]:
    """Return what cannot be left out without losing a result: its single points of failure."""
    return [_name(left) for left in lefts if key in left.lost]


def changes(key: str, lefts: Iterable[Left]) -> list[tuple[str, Result]]:
    """Return what changes a result when left out, with the result without it, most first.

    Of what changes it as much, outlet families come before documents.
    """
    now = running().results[key]
    moved = [(_name(left), left.results[key]) for left in lefts if key in left.results]
    moved = [(name, result) for name, result in moved if _differ(result, now)]
    return sorted(moved, key=lambda one: (-distance(now, one[1]), not is_family(one[0]), one[0]))


def _differ(one: Result, other: Result) -> bool:
    """Say whether two results differ in words; where neither has a number they do not."""
    if one.words is not None and other.words is not None:
        return False
    return one.text() != other.text()


def _name(left: Left) -> str:
    return next(iter(left.subset.without))


def distance(one: Result, other: Result) -> float:
    """Return how far apart two results are, as a share of the larger of their ends."""
    pairs = list(zip(ends(one), ends(other), strict=True))
    gaps = [abs(a - b) / max(abs(a), abs(b)) for a, b in pairs if a != b]
    return max(gaps, default=0.0)


def ends(result: Result) -> tuple[float, float]:
    """Return the outermost numbers of a result; nought for one without a number."""
    told = [x for x in (result.low, result.value, result.high) if x is not None]
    return (told[0], told[-1]) if told else (0.0, 0.0)
