"""The section on sensitivity of a chapter: one table of its headline answers, and their marks."""

import math
from collections.abc import Iterable
from dataclasses import replace

from helpers.chapter import wording
from helpers.chapter.ranges import outwards
from helpers.chapter.running import Result, add_result, forgives, running, show, show_prose
from helpers.chapter.sensitivity.headline_rules import broken_rules
from helpers.chapter.sensitivity.marks import mark_of
from helpers.chapter.sensitivity.summary import Summary, summaries
from helpers.chapter.sensitivity.what_would_change import best_evidence, change_of
from helpers.chapter.tables import markdown_table

# a range whose upper end is this many times the lower one is wide: two figures will do
WIDE_RANGE, WIDE_DIGITS, NARROW_DIGITS = 1.5, 2, 3
# suffixes of the results that sum a headline up: the middle of its draws, its range, its mark,
# what would change it
SUFFIXES = ("draws", "range", "mark", "change")
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


def is_summary(key: str, keys: Iterable[str]) -> bool:
    """Return whether a result sums up how sure another one of `keys` is."""
    of, _, suffix = key.rpartition("_")
    return suffix in SUFFIXES and of in keys


def as_range(of: Result, suffix: str, label: str, low: float, high: float) -> Result:
    """Return a range of a result as a named result of its own; an infinite end is an open one.

    The ends are rounded away from each other, to as many figures as the range bears, but an end
    that is the result's own as the result is, so that its range passes no limit that it reaches.
    """
    own = of.ends if of.words is None else ()
    is_wide = low <= 0 or high / low >= WIDE_RANGE

    def rounded(end: float, side: int) -> float | None:
        if not math.isfinite(end):
            return None
        if end in own or low == high:
            return wording.round_to(end, of.digits) if of.digits else end
        return outwards(end, WIDE_DIGITS if is_wide else NARROW_DIGITS, side)

    return replace(
        of, key=f"{of.key}_{suffix}", label=f"{of.label}: {label}", low=rounded(low, -1),
        high=rounded(high, 1), value=None, words=None, total=None, qualifier="exact",
        headline=False, digits=None,
        how=f"{of.how}; over the ranges of what it rests on" if of.how else "",
    )  # fmt: skip


def record_summary(summary: Summary) -> None:
    """Record what sums a headline result up, as results of their own that no table lists.

    The words of `_mark` are the mark and its sentence, its label has the Admiralty pair. The
    value of `_change` is what the change would take, see `what_would_change.Change`.
    """
    of, found = summary.result, []
    if summary.span:
        alone = summary.by_evidence and summary.changed_without
        label = "range whatever outlet is left out" if alone else "range"
        found.append(as_range(of, "range", label, *summary.span))
    if summary.draws and all(map(math.isfinite, summary.draws)):
        low, high = summary.draws
        found.append(replace(of, key=f"{of.key}_draws", label=f"{of.label}: middle of the draws",
                             value=None, low=low, high=high, words=None, total=None,
                             digits=WIDE_DIGITS, headline=False))  # fmt: skip
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
