"""The section on sensitivity of a chapter: one table of its headline answers, and their marks."""

import math
from dataclasses import replace

from helpers.chapter.running import (
    SUFFIXES,
    Result,
    add_result,
    forgives,
    running,
    show,
    show_prose,
)
from helpers.chapter.sensitivity.headline_rules import broken_rules
from helpers.chapter.sensitivity.marks import mark_of
from helpers.chapter.sensitivity.summary import Summary, summaries
from helpers.chapter.sensitivity.what_would_change import best_evidence, change_of
from helpers.chapter.tables import markdown_table

# a range whose upper end is this many times the lower one is wide: two figures will do
WIDE_RANGE, WIDE_DIGITS, NARROW_DIGITS = 1.5, 2, 3
MARK, CHANGE = "_mark", "_change"
_HEADER = ["Answer", "Published", "Plausible", "Widest", "It would change if",
           "Best next evidence"]  # fmt: skip
_NONE = "–"


def show_sensitivity() -> None:
    """Show how sure the headline answers are, and record those of `SUFFIXES` that each has."""
    keys = [key for key, one in running().results.items() if one.headline] if forgives() else []
    if forgives() and not keys:
        return
    found = summaries(keys)
    for summary in found:
        record_summary(summary)
    if faults := broken_rules(found) if running().is_published else []:
        show("\n".join(faults), {"headline_faults": faults})
    show_prose(markdown_table(_HEADER, map(table_row, found)))


def table_row(summary: Summary) -> list[str]:
    """Return the row of a headline answer, in MyST; `record_summary` has been called."""
    key = summary.result.key
    # what the links to the range and to the mark lead to
    anchors = "".join(f'<span id="result-{key}-{suffix}"></span>'.replace("_", "-")
                      for suffix in SUFFIXES)  # fmt: skip
    return [
        f"{anchors}**{summary.result.label}.** {{result}}`{key}_mark`.",
        f"{{result}}`{key}`",
        f"{{result}}`{key}_draws`" if f"{key}_draws" in running().results else _NONE,
        f"{{result}}`{key}_range`" if summary.span else _NONE,
        f"{{result}}`{key}_change`",
        f"{{stated}}`{best_evidence(summary)}; ranked by its effect on the answer`",
    ]


def as_range(of: Result, suffix: str, label: str, low: float, high: float) -> Result:
    """Return a range of a result as a named result of its own; an infinite end is an open one.

    In words the ends are rounded away from each other, to as many figures as the range bears, but
    an end that is the result's own as the result is, so that its range passes no limit that it
    reaches.
    """
    own = of.ends if of.words is None else ()
    figures = WIDE_DIGITS if low <= 0 or high / low >= WIDE_RANGE else NARROW_DIGITS
    low_end, high_end = (end if math.isfinite(end) else None for end in (low, high))
    return replace(
        of, key=f"{of.key}_{suffix}", label=f"{of.label}: {label}", low=low_end, high=high_end,
        outward=tuple(0 if end in own or low == high else figures for end in (low, high)),
        value=None, words=None, total=None, qualifier="exact", headline=False,
        how=f"{of.how}; over the ranges of what it rests on" if of.how else "",
    )  # fmt: skip


def ranges_of(summary: Summary) -> tuple[Result | None, Result | None]:
    """Return the range of a headline result and the middle of its draws, None where unknown."""
    of, widest, plausible = summary.result, None, None
    if summary.span:
        alone = summary.by_evidence and summary.changed_without
        label = "range whatever outlet is left out" if alone else "range"
        widest = as_range(of, "range", label, *summary.span)
    if summary.draws and all(map(math.isfinite, summary.draws)):
        low, high = summary.draws
        plausible = replace(of, key=f"{of.key}_draws", label=f"{of.label}: middle of the draws",
                            value=None, low=low, high=high, words=None, total=None,
                            digits=WIDE_DIGITS, headline=False)  # fmt: skip
    return widest, plausible


def record_summary(summary: Summary) -> None:
    """Record what sums a headline result up, as results of their own that no table lists.

    The words of `_mark` are the mark and its sentence, its label has the Admiralty pair. The
    value of `_change` is what the change would take, see `what_would_change.Change`.
    """
    of, found = summary.result, [one for one in ranges_of(summary) if one]
    mark, change = mark_of(summary), change_of(summary)
    bare = replace(
        of, value=None, low=None, high=None, total=None, unit="", per="", how="", headline=False
    )
    found.append(replace(bare, key=f"{of.key}{MARK}", label=f"{of.label}: {mark.pair}",
                         words=f"{mark.word}: {mark.sentence}"))  # fmt: skip
    cost = change.cost if math.isfinite(change.cost) else None
    found.append(replace(bare, key=f"{of.key}{CHANGE}", label=f"{of.label}: what would change it",
                         words=change.words, value=cost))  # fmt: skip
    for result in found:
        add_result(result)
        running().unlisted.add(result.key)
