"""Leave-one-out: which answers a chapter still gives on a part of the evidence, which it loses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpers import evidence
from helpers.chapter.answers import check_same
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import claims_of, relative_change, remaining_value
from helpers.chapter.running import Registered, Result, result_of, running
from helpers.chapter.sensitivity.one_at_a_time import headlines, parameters_of
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


@dataclass(frozen=True)
class SubsetResults:
    """The headline results on a subset of the evidence; `lost` tells why some have no answer."""

    results: Mapping[str, Result]
    lost: Mapping[str, str]


def _functions() -> list[Registered]:
    return running().of_kind("results", "evidence")


def results_on(subset: Subset) -> SubsetResults:
    """Return what the chapter's headline results come to on a subset of the evidence.

    A parameter whose claim is excluded takes what remains for it (`ranges.remaining_value`). A
    result has no answer where a parameter has nothing left, where a claim is excluded that it is
    declared to rest on and that no parameter replaces, or that its function needs.
    """
    chapter, results, lost = running(), dict[str, Result](), dict[str, str]()
    wanted = set(headlines(chapter.name)) - chapter.lost.keys()
    parts = [part for part in _functions() if wanted & set(part.given)]
    with evidence.counting(subset):
        values, without = _remaining_values()
        for part in parts:
            answered = _answered(part, values)
            for key in sorted(wanted & set(part.given)):
                if isinstance(answered, str):
                    lost[key] = answered
                elif reason := _why_lost(key, part, without):
                    lost[key] = reason
                else:
                    results[key] = result_of(key, answered)
    for key in [k for k, one in results.items() if one.words and not chapter.results[k].words]:
        del results[key]
        lost[key] = f"no answer {subset_words(subset)}: no figure is left"
    return SubsetResults(results, lost)


def _remaining_values() -> tuple[dict[str, Any], dict[str, str]]:
    """Return the parameters on the included evidence, and why some have nothing left."""
    chapter = running()
    values, without = dict(chapter.parameters), dict[str, str]()
    for name, parameter in chapter.declared.parameters.items():
        try:
            values[name] = remaining_value(parameter, values[name])
        except ExcludedEvidenceError as error:
            without[name] = str(error)
    for first, _, last in chapter.declared.rules:
        if not isinstance(values[first], str) and values[first] > values[last]:
            values[first], values[last] = values[last], values[first]
    return values, without


def _answered(part: Registered, values: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return what a function gives on the included evidence, or why it gives nothing."""
    now, reads = exclusion.current_exclusion(), part.reads
    touched = now is not None and bool(
        (reads.sources and (now.bases or now.after))  # of a table some rows are excluded
        or reads.claims & now.claims
        or reads.sources & now.sources
    )
    if not touched and all(values[name] == running().parameters[name] for name in part.used):
        return part.given
    try:
        return part.at(values)
    except ExcludedEvidenceError as error:
        return str(error)


def _why_lost(key: str, part: Registered, without: Mapping[str, str]) -> str:
    """Return why a result has no answer, "" where it has one."""
    declared = running().declared.results[key]
    if reasons := [without[name] for name in declared.parameters if name in without]:
        return reasons[0]
    replaced = {claim for parameter in parameters_of(key) for claim in _claims_behind(parameter)}
    now, base = exclusion.current_exclusion(), exclusion.process_exclusion()
    # what the whole run excludes has not been needed for the answer that it gave
    never = base.claims if base else frozenset()
    for claim in declared.claims:
        if claim not in replaced | part.reads.claims | never and not evidence.is_included(claim):
            return f"no answer {now.words if now else ''}: it needs the claim {claim}"
    return ""


def _claims_behind(parameter: Parameter) -> set[str]:
    """Return the claims that a parameter's value and range come from."""
    own = {parameter.claim} if parameter.claim else set()
    return own | {claim for entry in parameter.range_claims for claim in claims_of(entry)}


def _evidence_used() -> tuple[set[str], set[str], set[str]]:
    """Return what can bear on a headline result: claims, documents of parameters, and of tables."""
    keys, functions = headlines(running().name), _functions()
    parameters = [parameter for key in keys for parameter in parameters_of(key)]
    claims = {claim for parameter in parameters for claim in _claims_behind(parameter)}
    claims |= {claim for key in keys for claim in running().declared.results[key].claims}
    claims = claims.union(*(part.reads.claims for part in functions))
    documents = {parameter.source for parameter in parameters if parameter.source}
    return claims, documents, set().union(*(part.reads.sources for part in functions))


def _candidates(claims: set[str], documents: set[str], tables: set[str]) -> list[str]:
    """Return the outlet families, then the documents, that a headline result may rest on.

    Documents of the origins of claims; families of these, of whom they quote and of the tables.
    Texts of law and tables of statistics are taken as given, and are not among them.
    """
    origins = {origin for claim in claims for origin in evidence.origins(claim)}
    origins = {o for o in origins if not is_given(evidence.recorded(o).source_id)}
    documents = {source for source in documents if not is_given(source)}
    documents |= {evidence.recorded(origin).source_id for origin in origins}
    families = {family_of(s) for s in documents | {s for s in tables if not is_given(s)}}
    families |= {family for origin in origins for family in families_of(origin)}
    return [*sorted(families), *sorted(documents)]


def leave_one_out() -> dict[str, SubsetResults]:
    """Return the results without each outlet family and each document, one at a time.

    Raises YaluError where a function gives something else than when it was registered.
    """
    check_same("results", "evidence")
    claims, documents, tables = _evidence_used()
    relevant = claims | documents | tables
    done: dict[tuple[frozenset[str], frozenset[str]], SubsetResults] = {}
    found = {}
    for name in _candidates(claims, documents, tables):
        subset = Subset(frozenset([name]))
        gone = exclusion_of(subset)
        bearing = (gone.claims & relevant, gone.sources & relevant)
        if bearing not in done:
            done[bearing] = results_on(subset)
        found[name] = done[bearing]
    return found


def part_views() -> dict[str, SubsetResults]:
    """Return the results on official figures, on anonymous reports, and by the sidecar's day."""
    chosen = {"official": Subset(only=OFFICIAL), "anonymous": Subset(only=ANONYMOUS)}
    day = running().declared.known_by
    chosen |= {"before": Subset(known_by=day.isoformat())} if day else {}
    return {name: results_on(subset) for name, subset in chosen.items()}


def claims_read(key: str) -> set[str]:
    """Return the claims that a result is declared to rest on or that its function reads."""
    read = (part.reads.claims for part in _functions() if key in part.given)
    claims = set(running().declared.results[key].claims).union(*read)
    return set(filter(evidence.is_included, claims))


def changed_without(key: str, singles: Mapping[str, SubsetResults]) -> list[tuple[str, Result]]:
    """Return what changes a result when excluded, with the result without it, most first.

    Of what changes it as much, outlet families come before documents. Two results of words,
    without a number, do not differ, nor do two that print the same.
    """
    now = running().results[key]
    found = [(name, one.results[key]) for name, one in singles.items() if key in one.results]
    changed = [(name, result) for name, result in found if result.text() != now.text()
               and (now.words is None or result.words is None)]  # fmt: skip
    return sorted(changed, key=lambda one: (-relative_change(now.ends, one[1].ends),
                                            not is_family(one[0]), one[0]))  # fmt: skip
