"""What would change a headline answer, at what cost, and which evidence would help most."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from helpers import evidence
from helpers.chapter import wording
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import relative_change
from helpers.chapter.running import (
    both_ends,
    parameter_result,
    result_of,
    running,
)
from helpers.chapter.sensitivity.one_at_a_time import Swing, Turn, is_settled
from helpers.chapter.sensitivity.summary import Summary
from helpers.evidence.exclusion import name_words

MOST_NAMED = 2
DIGITS = 3
# what it takes for one report to be wrong: as much as for an input to be half or double
ONE_REPORT = math.log(2)


@dataclass(frozen=True)
class Change:
    """What would change an answer, in words that follow "if", and what it would take.

    `cost` is the logarithm of the factor by which an input would have to be off; see `change_of`.
    """

    words: str
    cost: float


def change_of(summary: Summary) -> Change:
    """Return the change that takes least.

    An input that is off by a factor costs its logarithm; one report or one outlet that is wrong
    as much as a factor of two, more where the answer only moves; one of several things judged
    wrongly, where none is counted, their share. What has none of these costs without limit.
    """
    found = [*_judged(summary), *_turned(summary), *_lost(summary), *_changed(summary)]
    given = Change("the statistics themselves were wrong", math.inf)
    return min(found or [*_moved(summary), given], key=lambda change: round(change.cost, 6))


def _judged(summary: Summary) -> Iterator[Change]:
    result = summary.result
    if result.total and result.value == 0:
        all_of = replace(result, value=result.total, total=None).text()
        yield Change(f"one of the {all_of} had been judged wrongly", math.log1p(1 / result.total))


def _turned(summary: Summary) -> Iterator[Change]:
    declared = running().declared.results[summary.result.key]
    for turn in summary.turns:
        if not is_settled(turn.parameter):
            finding = declared.finding.replace("{verdict}", turn.words)
            yield Change(f"{_turn_at(turn)}: then {finding}", turn.distance)


def _turn_at(turn: Turn) -> str:
    """Return a turn as "“Fee” were 166 yuan or less, not 700 yuan"."""
    at = turn_words(turn)
    now = value_words(turn.parameter, running().parameters[turn.parameter.name])
    side = "more" if turn.side > 0 else "less"
    beyond = ", which no source gives a range for" if turn.by == "none" else ", beyond its range"
    return f"“{turn.parameter.label}” were {at} or {side}, not {now}{'' if turn.within else beyond}"


def turn_words(turn: Turn) -> str:
    """Return at what value a finding turns, in words, rounded away from the run's value."""
    return value_words(turn.parameter, wording.outwards(turn.at, DIGITS, turn.side))


def _lost(summary: Summary) -> Iterator[Change]:
    """Yield that one report is wrong, or one outlet, without which there is no answer."""
    told = dict.fromkeys(map(_report, summary.reports))
    outlets = [name_words(name) for name in summary.outlets]
    if told and len(told) <= MOST_NAMED:
        yield Change(f"{' or '.join(told)} were wrong: no other report has this", ONE_REPORT)
    elif outlets:
        yield Change(f"the reports of {' or of '.join(outlets[:MOST_NAMED])} were wrong: no other "
                     "outlet has what they say", ONE_REPORT)  # fmt: skip


def _report(source_id: str) -> str:
    """Return "the report of 28 March 2024 by ..." with the outlet."""
    row = evidence.source(source_id)
    dated = f" of {wording.date_words(row['published'])}" if row["published"] else ""
    return f"the report{dated} by {row['outlet']}"


def _changed(summary: Summary) -> Iterator[Change]:
    """Yield the largest change that excluding one outlet or report makes."""
    if summary.changed_without and not summary.lost_without:
        without = summary.changed_without[0][1]
        moved = relative_change(summary.result.ends, without.ends)
        yield Change(f"the reports of {strongest_words(summary)} did not count: then "
                     f"{without.text()}", ONE_REPORT / moved if moved else math.inf)  # fmt: skip


def strongest_words(summary: Summary) -> str:
    """Return the outlets or documents that change the answer most when excluded: "A or B"."""
    names = list(dict.fromkeys(map(name_words, summary.strongest)))
    return " or ".join([*names[:MOST_NAMED], *["another"] * (len(names) > MOST_NAMED)])


def _moved(summary: Summary) -> Iterator[Change]:
    """Yield the input that moves an answer without a finding most."""
    for swing in _open_swings(summary)[:1]:
        now = summary.result.ends
        ends = ((swing.move.low, swing.at_low), (swing.move.high, swing.at_high))
        value, at = max(ends, key=lambda end: relative_change(now, both_ends(end[1])))
        parameter = swing.move.parameter
        words = f"“{parameter.label}” were {value_words(parameter, value)}, not "
        words += value_words(parameter, running().parameters[parameter.name])
        moved = relative_change(now, both_ends(at))
        yield Change(f"{words}: then {answer_words(summary, at)}", ONE_REPORT / moved)


def _open_swings(summary: Summary) -> list[Swing]:
    return [swing for swing in summary.swings if not is_settled(swing.move.parameter)]


def answer_words(summary: Summary, value: object) -> str:
    """Return another value of a headline result in words."""
    return result_of(summary.result.key, {summary.result.key: value}).text()


def best_evidence(summary: Summary) -> str:
    """Return what would help most: the input with the largest effect, or a second report.

    Inputs without a range are among them, at half and double their value; what is asked, texts
    of law and tables of statistics are not.
    """
    for swing in _open_swings(summary)[:1]:
        low, high = (
            answer_words(summary, at) for at in sorted((swing.at_low, swing.at_high), key=both_ends)
        )
        over = "over its range"
        if swing.move.by == "none":
            over = "from half to double of it, as no source gives a range,"
        label = swing.move.parameter.label
        return f"a record of “{label}”: {over} the answer goes from {low} to {high}"
    if summary.reports:
        told = list(dict.fromkeys(map(_report, summary.reports)))
        return f"a second report beside {' or '.join(told[:MOST_NAMED])}"
    if summary.result.total and summary.result.value == 0:
        return "a document on one of those counted"
    if summary.changed_without:
        return f"a second report of what {strongest_words(summary)} alone has"
    return "the statistics at their source"


def value_words(parameter: Parameter, value: float | str) -> str:
    """Return a value of a parameter in words, with its unit and three figures."""
    found = parameter_result(parameter.name, running().name, value)
    return replace(found, digits=DIGITS).text()
