"""The section on sensitivity of a chapter: chart, sentences and a table for each headline."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from helpers.chapter.figure import show_figure
from helpers.chapter.panel import DRAWS
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import outwards
from helpers.chapter.results import parameter_result, relative_change
from helpers.chapter.role_text import source_words
from helpers.chapter.running import add_result, running, show, show_prose
from helpers.chapter.sensitivity.headline_rules import broken_rules
from helpers.chapter.sensitivity.one_at_a_time import Turn
from helpers.chapter.sensitivity.summary import Summary, as_range, summaries
from helpers.chapter.sensitivity.tornado import tornado_chart
from helpers.chapter.sidecar import FigureDeclaration
from helpers.chapter.wording import date_words, listing
from helpers.evidence.exclusion import is_family, name_words

MOST_TURNS, MOST_REPORTS, MOST_TIED = 2, 3, 3
# suffixes of the results that sum a headline up: its range, what moves it most, what it rests
# on, where its finding turns, the range if one more parameter were known, what would help most
SUFFIXES = ("range", "mover", "hangs", "turns", "narrows", "wanted")
NO_FIGURE = "there is no answer"
_WHOSE = {
    "sources": "",
    "us": ", in a range that is ours",
    "none": ", for which no source gives a range",
}
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
    """Show how sure the headline answers are: what moves them, where they turn, what they rest on.

    It comes after the registered functions and the panel. It records for every headline result
    those of `SUFFIXES` that it has, and lists them.
    """
    found = summaries()
    for summary in found:
        record_summary(summary)
    if faults := broken_rules(found) if running().is_published else []:
        show("\n".join(faults), {"headline_faults": faults})
    _show_chart(found)
    for summary in found:
        heading = f"**{summary.result.label}.** {range_words(summary)}"
        show_prose("\n\n".join([heading, turn_words(summary), rests_on_words(summary)]))
    keys = [f"{s.result.key}_{suffix}" for s in found for suffix in SUFFIXES]
    rows = [f"| {{resultname}}`{key}` | {{result}}`{key}` |"
            for key in keys if key in running().results]  # fmt: skip
    show_prose("\n".join(["| Answer | In this run |", "| --- | --- |", *rows]))


def is_summary(key: str, keys: Iterable[str]) -> bool:
    """Return whether a result sums up how sure another one of `keys` is."""
    of, _, suffix = key.rpartition("_")
    return suffix in SUFFIXES and of in keys


def _show_chart(found: list[Summary]) -> None:
    shown = [summary for summary in found if summary.swings or summary.changed_without]
    if not shown:
        return
    first = [s.widest.move.parameter.label for s in shown if s.widest]
    best = max(sorted(set(first)), key=first.count, default="")
    title = "Each answer is moved most by something else"
    if first.count(best) > 1:
        title = f"More answers are moved most by “{best}” than by anything else"
    declared = FigureDeclaration(title=title, description=_DESCRIPTION, note=_NOTE)
    claims = {claim for summary in shown for claim in summary.result.claims}
    show_figure("sensitivity", tornado_chart(shown), declared, claims=sorted(claims))


def record_summary(summary: Summary) -> None:
    """Record what sums a headline result up, as results of their own that no table lists."""
    of, found = summary.result, []
    if summary.span:
        alone = summary.by_evidence and summary.changed_without
        label = "range whatever outlet is left out" if alone else "range"
        found.append(as_range(of, "range", label, *summary.span))
    bare = replace(of, value=None, low=None, high=None, unit="", per="", headline=False)
    for suffix, label, words in (
        ("mover", "what moves it most", _moved_by(summary)),
        ("hangs", "what it hangs on", _outlets_needed(summary)),
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
    """Return what changes the answer most when excluded: "A", or "A or B" where they tie."""
    names = [words(name) for name in summary.strongest]
    return " or ".join(dict.fromkeys(names[:MOST_TIED])) + " or another" * (len(names) > MOST_TIED)


def _outlets_needed(summary: Summary) -> str:
    return " and on ".join(map(name_words, summary.outlets)) or "no single outlet"


def _nearest_turn(summary: Summary) -> str:
    """Return the nearest turn in plain words, or that there is none within a range."""
    within = [turn for turn in summary.turns if turn.within]
    if within:
        return f"where {_turn_at(within[0])}"
    if not _can_turn(summary):
        return "never, since no assumption enters it"
    return "never within the ranges given"


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
        told = listing(f"that of {source_words(name)}" for name in summary.reports[:MOST_REPORTS])
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
        words = "Nothing that it rests on has a range."
        if summary.changed_without:
            other = "other" if summary.lost_without else "one"
            words += (
                f" Without any {other} outlet or report it lies within {{result}}`{key}_range`."
            )
        return words
    shown = summary.draws and f"{key}{DRAWS}" in running().results
    draws = f", in most draws {{result}}`{key}{DRAWS} unit`" if shown else ""
    words = (
        f"Over all corners of the ranges given it comes to {{result}}`{key}_range`{draws}. "
        f"It is moved most by {{result}}`{key}_mover`."
    )
    if unranged:
        words += (f" “{unranged.move.parameter.label}” has no range from any source; over the one "
                  "that we try it moves it further.")  # fmt: skip
    if best:
        words += (f" If “{best[0].label}” were known to be as in this run, it would be "
                  f"{{result}}`{key}_narrows`.")  # fmt: skip
    return words


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
    single = f" It hangs on {reports}: {listing(named)}." if named else ""
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
        of["before"] = f"what was published by {date_words(day.isoformat())}"
        of["before"] += ", tables included" if tables else ""
    words = []
    for name, result in summary.views.items():
        text = NO_FIGURE
        if result is not None and result.words is None:
            text = _marked(result.text(), "worked out on that evidence")
        words.append(f"on {of[name]}, {text}")
    told = "; ".join(words)
    return f"With tables of statistics: {told}." if tables else f"{told[0].upper()}{told[1:]}."
