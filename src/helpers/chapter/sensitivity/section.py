"""The section on sensitivity of a chapter: chart, sentences and a table for each headline."""

import math
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import altair as alt

from helpers.chapter import wording
from helpers.chapter.charts import colour, log_ticks, number_axis, number_format
from helpers.chapter.figure import show_figure
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import outwards
from helpers.chapter.running import (
    Result,
    add_result,
    both_ends,
    parameter_result,
    relative_change,
    running,
    show_prose,
)
from helpers.chapter.sensitivity.one_at_a_time import Turn
from helpers.chapter.sensitivity.summary import Summary, summaries
from helpers.chapter.sidecar import FigureDeclaration
from helpers.chapter.tables import markdown_table
from helpers.evidence.exclusion import is_family, name_words

MOST_TURNS, MOST_REPORTS, MOST_TIED = 2, 3, 3
# a range whose upper end is this many times the lower one is wide: two figures will do
WIDE_RANGE, WIDE_DIGITS, NARROW_DIGITS = 1.5, 2, 3
# suffixes of the results that sum a headline up: its range, what moves it most, what it rests
# on, where its finding turns, the range if one more parameter were known, what would help most
SUFFIXES = ("range", "mover", "hangs", "turns", "narrows", "wanted")
_WHOSE = {
    "sources": "",
    "us": ", in a range that is ours",
    "none": ", for which no source gives a range",
}
MOST_SWINGS, MOST_EXCLUDED = 5, 2
_LOW, _HIGH, _EXCLUDED = "at the lower end", "at the upper end", "with it left out"
# how far below the middle of its row each case stands, in pixels
_DOWN = {_LOW: 3, _HIGH: 12, _EXCLUDED: 8}
_FAR = 30
# significant figures of what stands in the chart's data: more would say more than a range does
_DIGITS = 4
_BAR = {"type": "bar", "height": 5, "opacity": 0.75}
_TICK = {"type": "tick", "thickness": 3, "height": 9}
_HUE = {
    "field": "case",
    "type": "nominal",
    "scale": {
        "domain": [_LOW, _HIGH, _EXCLUDED],
        "range": [colour("amber"), colour("blue"), colour("stone")],
    },
}
_WHOSE_ROW = {"sources": "", "us": ", our range", "none": ", no range"}
_DESCRIPTION = (
    "Panels, one for each answer. In each, rows of bars from the result at the lower end of a "
    "range to that at its upper end, one row a parameter, the widest on top; then "
    "what is left of the answer without an outlet. A dashed line marks this run."
)
_NOTE = (
    "Each parameter is moved alone, all else as in this run; an end of a range moves no further "
    "than its other end. Where no source gives a range, the parameter is moved to {stated}`half "
    "and double its value; our choice`, and its row says so. A bar that is open in length runs "
    "over the answer’s own ends; an end at which the answer has no limit is not drawn."
)


def show_sensitivity() -> None:
    """Show how sure the headline answers are, and record those of `SUFFIXES` that each has."""
    found = summaries()
    for summary in found:
        record_summary(summary)
    if shown := [one for one in found if one.swings or one.changed_without]:
        _show_chart(shown)
    for summary in found:
        heading = f"**{summary.result.label}.** {range_words(summary)}"
        show_prose("\n\n".join([heading, turn_words(summary), rests_on_words(summary)]))
    keys = [f"{s.result.key}_{suffix}" for s in found for suffix in SUFFIXES]
    rows = [[f"{{resultname}}`{key}`", f"{{result}}`{key}`"]
            for key in keys if key in running().results]  # fmt: skip
    show_prose(markdown_table(["Answer", "In this run"], rows))


def is_summary(key: str, keys: Iterable[str]) -> bool:
    """Return whether a result sums up how sure another one of `keys` is."""
    of, _, suffix = key.rpartition("_")
    return suffix in SUFFIXES and of in keys


def _show_chart(shown: list[Summary]) -> None:
    first = [s.widest.move.parameter.label for s in shown if s.widest]
    best = max(sorted(set(first)), key=first.count, default="")
    title = "Each answer is moved most by something else"
    if first.count(best) > 1:
        title = f"More answers are moved most by “{best}” than by anything else"
    declared = FigureDeclaration(title=title, description=_DESCRIPTION, note=_NOTE)
    claims = {claim for summary in shown for claim in summary.result.claims}
    show_figure("sensitivity", tornado_chart(shown), declared, claims=sorted(claims))


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
        high=rounded(high, 1), value=None, words=None, qualifier="exact", headline=False,
        digits=None,
    )  # fmt: skip


def record_summary(summary: Summary) -> None:
    """Record what sums a headline result up, as results of their own that no table lists."""
    of, found = summary.result, []
    needed = " and on ".join(map(name_words, summary.outlets))
    if summary.span:
        alone = summary.by_evidence and summary.changed_without
        label = "range whatever outlet is left out" if alone else "range"
        found.append(as_range(of, "range", label, *summary.span))
    bare = replace(of, value=None, low=None, high=None, unit="", per="", headline=False)
    for suffix, label, words in (
        ("mover", "what moves it most", _moved_by(summary)),
        ("hangs", "what it hangs on", needed or "no single outlet"),
        ("turns", "where its finding turns", _nearest_turn(summary)),
        ("wanted", "what would help most", _wanted(summary)),
    ):
        key, label = f"{of.key}_{suffix}", f"{of.label}: {label}"
        found.append(replace(bare, key=key, label=label, words=words))
    if summary.known_best and summary.span:
        parameter, low, high = summary.known_best
        label = f"range if this were known: {parameter.label}"
        found.append(as_range(of, "narrows", label, low, high))
    for result in found:
        add_result(result)
        running().unlisted.add(result.key)


def _moved_by(summary: Summary) -> str:
    """Return what takes the answer furthest: a parameter, or excluding an outlet or report."""
    now, swing = summary.result, summary.widest
    reach = swing.reach(now.ends) if swing else 0.0
    for _, without in summary.changed_without[:1]:
        if relative_change(now.ends, without.ends) > reach:
            return f"whether {_tied(summary)} counts (without: {without.text()})"
    if swing is None:
        return "nothing that has a range"
    return f"“{swing.move.parameter.label}”{_WHOSE[swing.move.by]}"


def _tied(summary: Summary, words: Callable[[str], str] = name_words) -> str:
    """Return what changes the answer most when excluded: "A or B" where they tie."""
    names = [words(name) for name in summary.strongest]
    return " or ".join(dict.fromkeys(names[:MOST_TIED])) + " or another" * (len(names) > MOST_TIED)


def _nearest_turn(summary: Summary) -> str:
    if summary.turns and summary.turns[0].within:
        return f"where {_turn_at(summary.turns[0])}"
    if _can_turn(summary):
        return "never within the ranges given"
    return "never, since no assumption enters it"


def _can_turn(summary: Summary) -> bool:
    """Say whether the answer has a finding that an assumption enters, not the question alone."""
    declared = running().declared
    verdict = declared.results[summary.result.key].verdict
    names = declared.results[verdict].parameters if verdict else ()
    return any(not declared.parameters[name].question for name in names)


def _turn_at(turn: Turn, mark: Callable[[str], str] = str) -> str:
    """Return a turn as "“fee” falls to 167 yuan": the value rounded away from that of the run."""
    moved = "rises to" if turn.side > 0 else "falls to"
    at = value_words(turn.parameter, outwards(turn.at, 3, turn.side))
    ours = _WHOSE["us"] if turn.within and turn.by == "us" else ""
    return f"“{turn.parameter.label}” {moved} {mark(at)}{ours}"


def _wanted(summary: Summary) -> str:
    """Return the piece of evidence that would narrow the answer most, in words."""
    if summary.known_best:
        return f"a source beyond doubt for “{summary.known_best[0].label}”"
    if summary.reports:
        told = wording.listing(
            f"that of {wording.source_words(name)}" for name in summary.reports[:MOST_REPORTS]
        )
        return f"a second, independent report beside {told}"
    return "a document where there are reports; one report more would only be added to them"


def _marked(words: str, reason: str) -> str:
    return f"{{stated}}`{words}; {reason}`"


def _safe(name: str) -> str:
    """Return a name, marked for the lint where it holds a number."""
    return _marked(name, "the name of an outlet") if any(map(str.isdigit, name)) else name


def range_words(summary: Summary) -> str:
    """Return over what range an answer lies, and what moves it most."""
    key, best, unranged = summary.result.key, summary.known_best, summary.wider_unranged
    if summary.span is None:
        return "In this run it has no figure, and so no range."
    if summary.by_evidence:
        none = "Nothing that it rests on has a range."
        if not summary.changed_without:
            return none
        without = f"Without any {'other' if summary.lost_without else 'one'} outlet or report"
        return f"{none} {without} it lies within {{result}}`{key}_range`."
    draws = f", in most draws {{result}}`{key}_draws unit`" if summary.draws else ""
    words = [f"Over all corners of the ranges given it comes to {{result}}`{key}_range`{draws}.",
             f"It is moved most by {{result}}`{key}_mover`."]  # fmt: skip
    if unranged:
        words.append(f"“{unranged.move.parameter.label}” has no range from any source; over the "
                     "one that we try it moves it further.")  # fmt: skip
    if best:
        words.append(f"If “{best[0].label}” were known to be as in this run, it would be "
                     f"{{result}}`{key}_narrows`.")  # fmt: skip
    return " ".join(words)


def value_words(parameter: Parameter, value: float) -> str:
    """Return a value of a parameter in words, with its unit and three figures."""
    found = parameter_result(parameter.name, running().name, value)
    return replace(found, digits=3).text()


def _turn_place(turn: Turn) -> str:
    at = _turn_at(turn, lambda words: _marked(words, "found by search, all else as in this run"))
    return f"{at} (then: {_marked(turn.words, 'what the chapter then says')})"


def turn_words(summary: Summary) -> str:
    """Return where the finding turns, or that it never does within a range."""
    if not _can_turn(summary):
        return "No assumption enters it, so none can turn it."
    declared = running().declared.results[summary.result.key]
    finding = declared.finding.replace("{verdict}", f"{{result}}`{declared.verdict}`")
    within = [turn for turn in summary.turns if turn.within][:MOST_TURNS]
    if within:
        places = " or where ".join(map(_turn_place, within))
        return f"The finding that {finding} turns where {places}."
    words = f"The finding that {finding} never turns within the ranges given."
    for turn in summary.turns[:1]:
        why = "for which no source gives a range" if turn.by == "none" else "beyond its range"
        words += f" It would turn where {_turn_place(turn)}, {why}."
    return words


def rests_on_words(summary: Summary) -> str:
    """Return without which outlets and reports there is no answer or another, and on what part."""
    return " ".join([_losses(summary), _changes(summary), _views(summary)])


def _losses(summary: Summary) -> str:
    if not summary.outlets:
        return "It stands without any single outlet."
    names = [f"without {_safe(name_words(name))}" for name in summary.outlets]
    named = [f"{{source}}`{name}`" for name in summary.reports]
    if len(named) > MOST_REPORTS:
        named = [*named[:MOST_REPORTS], "others"]
    reports = "a single report" if len(named) == 1 else "single reports"
    single = f" It hangs on {reports}: {wording.listing(named)}." if named else ""
    return f"There is no answer {', and none '.join(names)}.{single}"


def _changes(summary: Summary) -> str:
    if not summary.changed_without:
        other = "other" if summary.outlets else "outlet or report"
        return f"Leaving out any {other} changes nothing."
    text = _marked(summary.changed_without[0][1].text(), "worked out without that evidence")
    return f"Leaving out {_tied(summary, _named)} changes it most, to {text}."


def _named(name: str) -> str:
    return _safe(name_words(name)) if is_family(name) else f"the report {{source}}`{name}`"


def _views(summary: Summary) -> str:
    """Return the answers on official figures, on anonymous reports, and as known by a day."""
    if not summary.views:
        return "Tables of statistics alone enter it, no claim."
    day, tables = running().declared.known_by, summary.reads_tables
    of = {"official": "official figures only", "anonymous": "anonymous reports only"}
    if day:
        of["before"] = f"what was published by {wording.date_words(day.isoformat())}"
        of["before"] += ", tables included" if tables else ""
    words = []
    for name, result in summary.views.items():
        text = "there is no answer"
        if result is not None and result.words is None:
            text = _marked(result.text(), "worked out on that evidence")
        words.append(f"on {of[name]}, {text}")
    told = "; ".join(words)
    return f"With tables of statistics: {told}." if tables else f"{told[0].upper()}{told[1:]}."


# The chart ------------------------------------------------------------------------------------


def _swing_rows(summary: Summary) -> list[dict[str, Any]]:
    """Return what moves an answer: two rows a parameter, and one for each outlet excluded."""
    rows = []
    for swing in summary.swings[:MOST_SWINGS]:
        label = f"{swing.move.parameter.label}{_WHOSE_ROW[swing.move.by]}"
        rows.append(_row(label, _LOW, both_ends(swing.at_low)))
        rows.append(_row(label, _HIGH, both_ends(swing.at_high)))
    outlets = [(name, result) for name, result in summary.changed_without if is_family(name)]
    for name, result in outlets[:MOST_EXCLUDED]:
        ends = (result.low, result.value, result.high)
        rows.append(_row(f"without {name_words(name)}", _EXCLUDED, ends))
    return rows


def _row(label: str, case: str, ends: tuple[Any, ...]) -> dict[str, Any]:
    shown = [
        wording.round_to(float(x), _DIGITS) for x in ends if x is not None and math.isfinite(x)
    ]
    low, high = (min(shown), max(shown)) if shown else (None, None)
    return {"label": label, "case": case, "low": low, "high": high, "down": _DOWN[case]}


def tornado_chart(found: list[Summary]) -> dict[str, Any]:
    """Return the chart in Vega-Lite, a panel for each answer: Altair would take its time."""
    datasets: dict[str, list[dict[str, Any]]] = {}
    return {
        "$schema": alt.SCHEMA_URL,
        "vconcat": [_panel(summary, datasets) for summary in found],
        "spacing": 34,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "datasets": datasets,
    }


def _panel(summary: Summary, datasets: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the panel of an answer; what it shows is added to `datasets`."""
    of, rows = summary.result, _swing_rows(summary)
    labels = list(dict.fromkeys(row["label"] for row in rows))
    bars, now, names = (f"{of.key}-{part}" for part in ("swings", "now", "names"))
    datasets[bars] = rows
    datasets[now] = [{"now": end} for end in (of.low, of.value, of.high) if end is not None]
    datasets[names] = [{"label": label} for label in labels]
    y = {"field": "label", "type": "nominal", "sort": labels, "axis": None,
         "scale": {"paddingInner": 0.1}}  # fmt: skip
    low, high = ({"field": end, "type": "quantitative"} for end in ("low", "high"))
    unit = f"{wording.unit_words(of.unit)} {wording.per_words(of.per)}".strip()
    scaled = low | {"title": unit} | _scale(rows, of)
    rule = {"type": "rule", "strokeDash": [4, 3], "color": colour("ink")}
    text = {"type": "text", "align": "left", "dy": -12, "limit": 330}
    return {
        "title": {"text": textwrap.wrap(of.label, 46), "fontSize": 13, "offset": 8},
        "height": {"step": 44},
        "layer": [
            {"data": {"name": now}, "mark": rule,
             "encoding": {"x": {"field": "now", "type": "quantitative"}}},
            *({"data": {"name": bars}, "mark": mark | {"yOffset": {"expr": "datum.down"}},
               "encoding": {"y": y, "color": _HUE} | x}
              for mark, x in ((_BAR, {"x": scaled, "x2": {"field": "high"}}),
                              (_TICK, {"x": low}), (_TICK, {"x": high}))),
            {"data": {"name": names}, "mark": text,
             "encoding": {"y": y, "x": {"value": 2}, "text": {"field": "label"}}},
        ],
    }  # fmt: skip


def _scale(rows: list[dict[str, Any]], of: Result) -> dict[str, Any]:
    ends = [row[end] for row in rows for end in ("low", "high")] + [of.low, of.value, of.high]
    ends = [end for end in ends if end is not None]
    form = number_format(max(ends, default=0))
    if ends and min(ends) > 0 and max(ends) / min(ends) > _FAR:
        ticks = log_ticks(min(ends), max(ends))
        return {"scale": {"type": "log"}, "axis": number_axis(form, values=ticks).to_dict()}
    axis = number_axis(form, tickCount=5).to_dict()
    return {"scale": {"zero": False, "nice": True}, "axis": axis}
