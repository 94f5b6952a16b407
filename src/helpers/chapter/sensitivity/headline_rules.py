"""Rules that a headline result must keep before the book prints it."""

from collections.abc import Iterable

from helpers import evidence
from helpers.chapter.running import running
from helpers.chapter.sensitivity.leave_out import claims_read
from helpers.chapter.sensitivity.one_at_a_time import parameters_of
from helpers.chapter.sensitivity.summary import Summary
from helpers.chapter.wording import number_words
from helpers.evidence.data_config import read_data_config
from helpers.paths import book_root

RATIO = "ratio"
DIGITS = 3


def broken_rules(summaries: Iterable[Summary]) -> list[str]:
    """Return what is wrong with headline results of the published run, one line a fault.

    - The middle of a published value lies between the ends of the middle nine tenths of its
      draws; if not, its default is an end of a range and not the middle.
    - Every result without one outlet or report lies within the range printed with it.
    - No parameter that it follows from is an assumption without a claim, document or range.
    - A ratio does not set two figures against each other that are both marked disputed.
    - Figures of indicators that data/tables.yml keeps apart are not counted together, such as
      what workers keep and what is withheld from them.
    - A count is printed with the number that it is part of (`of` in the sidecar).
    """
    return [f"chapters/{running().name}.yml: headline {summary.result.key}: {fault}"
            for summary in summaries for rule in _RULES for fault in rule(summary)]  # fmt: skip


def _within_draws(summary: Summary) -> Iterable[str]:
    if summary.draws is None or summary.result.words is not None:
        return
    low, high = summary.draws
    middle = sum(summary.result.ends) / 2
    if not low <= middle <= high:
        yield (
            f"published {summary.result.text()}, but nine in ten draws lie from "
            f"{_number(low)} to {_number(high)}; choose a default from the middle of its range"
        )


def _leave_one_out_within_range(summary: Summary) -> Iterable[str]:
    if summary.span is None:
        return
    low, high = summary.span
    outside = [(name, result) for name, result in summary.changed_without
               if result.words is None and not _inside(result.ends, low, high)]  # fmt: skip
    for name, result in outside[:1]:
        yield (
            f"without {name} it is {result.text()}, outside its range of {_number(low)} to "
            f"{_number(high)}; give what it follows from a range, or do not make it a headline"
        )


def _inside(ends: tuple[float, float], low: float, high: float) -> bool:
    slack = 1e-9 * max(abs(low), abs(high))
    return low - slack <= ends[0] and ends[1] <= high + slack


def _no_placeholder(summary: Summary) -> Iterable[str]:
    for parameter in parameters_of(summary.result.key):
        from_evidence = parameter.claim or parameter.source or parameter.range_claims
        if parameter.assumption and not parameter.question and not from_evidence:
            yield (
                f"needs {parameter.name}, an assumption ({parameter.assumption}); name a claim, "
                "a source or range_claims for it, or make it part of the question"
            )


def _no_ratio_of_disputed(summary: Summary) -> Iterable[str]:
    if summary.result.unit != RATIO:
        return
    statuses = {c: evidence.recorded(c).status for c in claims_read(summary.result.key)}
    disputed = sorted(claim for claim, status in statuses.items() if status == "disputed")
    if len(disputed) > 1:
        yield f"a ratio of disputed figures: {', '.join(disputed)}; print both figures instead"


def _kept_apart(summary: Summary) -> Iterable[str]:
    indicators = {c: evidence.recorded(c).indicator for c in claims_read(summary.result.key)}
    for groups in read_data_config(book_root()).kept_apart:
        told = [[c for c in sorted(indicators) if indicators[c] in group] for group in groups]
        if len(mixed := [claims for claims in told if claims]) > 1:
            first, second = (f"{', '.join(claims)}" for claims in mixed[:2])
            yield f"counts {first} together with {second}, which data/tables.yml keeps apart"


def _count_of(summary: Summary) -> Iterable[str]:
    result = summary.result
    families = evidence.load("units").set_index("unit")["family"]
    is_counted = running().function_of(result.key) is None and families.get(result.unit) == "count"
    if is_counted and result.total is None:
        yield f"a count of {result.unit} without what it is part of; name that under `of`"


def _number(number: float) -> str:
    return number_words(number, DIGITS)


_RULES = (
    _within_draws, _leave_one_out_within_range, _no_placeholder, _no_ratio_of_disputed,
    _kept_apart, _count_of,
)  # fmt: skip
