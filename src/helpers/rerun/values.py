"""Values: the parameters of a run, from what is typed and from scenarios, all checked."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from helpers.book.stage import chapter_files
from helpers.chapter.parameters import Value, from_text, nearest, unknown_parameter
from helpers.chapter.ranges import remaining_value
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.errors import YaluError
from helpers.evidence.exclusion import ALL, ExcludedEvidenceError, Subset, counting, subset_words
from helpers.rerun.scenario import find_scenario


def known_chapter(root: Path, chapter: str) -> str:
    """Return the name of a chapter. Raises YaluError, with the nearest one, for another."""
    chapters = [path.stem for path in chapter_files(root)]
    if chapter not in chapters:
        raise YaluError(f"no chapter {chapter[:40]!r}{nearest(chapter, chapters)}", exit_code=2)
    return chapter


def split(assignment: str, option: str = "-p ") -> tuple[str, str]:
    """Return name and text of "name=value", given after an option or by itself ("").

    Raises YaluError for another form.
    """
    name, sign, text = assignment.partition("=")
    if not sign or not name.strip():
        found = assignment if len(assignment) <= 40 else f"{assignment[:40]}..."
        raise YaluError(f"{option}{found!r}: write name=value", exit_code=2)
    return name.strip(), text.strip()


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


def typed_values(chapter: str, assignments: Iterable[str]) -> dict[str, Any]:
    """Return what "name=value" texts stand for, in the types of the chapter's parameters.

    Raises YaluError as `assigned` does.
    """
    declared = sidecar(chapter).parameters
    texts = assigned(chapter, assignments)
    return {name: from_text(declared[name], text) for name, text in texts.items()}


def run_values(
    chapter: str,
    assignments: Iterable[str] = (),
    scenario: str | None = None,
    evidence: Subset = ALL,
) -> dict[str, Value]:
    """Return all parameters of a run: defaults, over them a scenario, over it what is typed.

    On a part of the evidence a default whose claim is left out falls back (see
    `ranges.remaining_value`). Raises YaluError (exit code 2), one line a fault, where
    something cannot stand.
    """
    given = dict(find_scenario(chapter, scenario).parameters) if scenario else {}
    given |= typed_values(chapter, assignments)
    return checked_values(sidecar(chapter), _fallen_back(chapter, given, evidence) | given)


def _fallen_back(chapter: str, given: Mapping[str, Any], evidence: Subset) -> dict[str, Value]:
    """Return the defaults that change on a part of the evidence, save those that are given.

    Raises YaluError, in one line, where nothing is left for one of them.
    """
    changed: dict[str, Value] = {}
    gone: list[str] = []
    with counting(evidence):
        for name, parameter in sidecar(chapter).parameters.items():
            try:
                value = remaining_value(parameter, parameter.default)
            except ExcludedEvidenceError:
                gone += [name] if name not in given else []
            else:
                changed |= {name: value} if value != parameter.default else {}
    if gone:
        why = f"nothing is left for {', '.join(gone)}, unless set with -p"
        raise YaluError(cannot_stand(chapter, evidence, why), exit_code=2)
    return changed


def cannot_stand(chapter: str, evidence: Subset, why: str) -> str:
    """Return the line that refuses a chapter on a part of the evidence."""
    where = f"yalu sensitivity {chapter} shows which answers stand"
    return f"chapter {chapter} cannot stand {subset_words(evidence)}: {why}; {where}"


def set_values(chapter: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return those of a run's values that differ from the chapter's defaults."""
    declared = sidecar(chapter).parameters
    return {name: value for name, value in values.items() if value != declared[name].default}
