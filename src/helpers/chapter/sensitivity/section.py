"""The section on sensitivity of a chapter: chart, sentences and a table for each headline."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from helpers.chapter.figure import show_figure
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import outwards
from helpers.chapter.results import Result, parameter_result
from helpers.chapter.role_text import source_words
from helpers.chapter.running import keep, running, say
from helpers.chapter.sensitivity.leave_out import distance, ends
from helpers.chapter.sensitivity.one_at_a_time import Move, Turn, reach
from helpers.chapter.sensitivity.summary import Account, accounts, as_range
from helpers.chapter.sensitivity.tornado import swing_chart
from helpers.chapter.sidecar import FigureDeclaration, sidecar
from helpers.chapter.wording import date_words, listing
from helpers.evidence.exclusion import is_family, name_words

MOST_TURNS, MOST_REPORTS, MOST_TIED = 2, 3, 3
# suffixes of the results that sum an account up: its range, what moves it most, what it hangs
# on, the range if one more thing were known, where its finding turns, what would help most
RANGE, MOVER, HANGS, NARROWS = "range", "mover", "hangs", "narrows"
TURNS, WANTED = "turns", "wanted"
SUFFIXES = (RANGE, MOVER, HANGS, TURNS, NARROWS, WANTED)
_VIEWS = {
    "official": "official figures only",
    "anonymous": "anonymous reports only",
    "before": "what was published by {day}, tables included",
}
NO_FIGURE = "there is no answer"
_WHOSE = {
    "sources": "",
    "us": ", in a range that is ours",
    "nobody": ", for which no source gives a range",
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


def sensitivity() -> None:
    """Show how sure the headline answers are: what moves them, where they turn, what they rest on.

    It comes after the registered functions and the panel. It records a range, what moves it
    most and what it hangs on for every headline result, and lists them.
    """
    told = accounts()
    for account in told:
        _keep_summary(account)
    _chart(told)
    for account in told:
        say("\n\n".join([f"**{account.result.label}.** {_range_words(account)}",
                         _turn_words(account), _hanging_words(account)]))  # fmt: skip
    say(_table(told))


def is_summary(key: str, keys: Iterable[str]) -> bool:
    """Return whether a result sums up how sure another one of `keys` is."""
    of, _, suffix = key.rpartition("_")
    return suffix in SUFFIXES and of in keys


def _chart(told: list[Account]) -> None:
    drawn = [account for account in told if account.swings or account.changed_without]
    if not drawn:
        return
    declared = FigureDeclaration(title=_title(drawn), description=_DESCRIPTION, note=_NOTE)
    claims = {claim for account in drawn for claim in account.result.claims}
    show_figure("sensitivity", swing_chart(drawn), declared, claims=sorted(claims))


def _title(told: list[Account]) -> str:
    """Return the finding of the chart: which parameter moves most answers most."""
    first = [account.mover.move.parameter.label for account in told if account.mover]
    best = max(sorted(set(first)), key=first.count, default="")
    if first.count(best) > 1:
        return f"More answers are moved most by “{best}” than by anything else"
    return "Each answer is moved most by something else"


def _keep_summary(account: Account) -> None:
    of = account.result
    if account.span:
        alone = account.by_evidence and account.changed_without
        how = "range whatever outlet is left out" if alone else "range"
        _keep(as_range(of, RANGE, how, *account.span))
    bare = replace(of, value=None, low=None, high=None, unit="", per="", headline=False)
    for suffix, label, words in (
        (MOVER, "what moves it most", _mover(account)),
        (HANGS, "what it hangs on", _hangs(account)),
        (TURNS, "where its finding turns", _turns_told(account)),
        (WANTED, "what would help most", _wanted(account)),
    ):
        _keep(replace(bare, key=f"{of.key}_{suffix}", label=f"{of.label}: {label}", words=words))
    if account.known_best and account.span:
        parameter, low, high = account.known_best
        label = f"range if this were known: {parameter.label}"
        _keep(as_range(of, NARROWS, label, low, high))


def _keep(result: Result) -> None:
    keep(result)
    running().unlisted.add(result.key)


def _mover(account: Account) -> str:
    """Return what takes the answer furthest: a parameter, or leaving an outlet or report out."""
    now, left, mover = account.result, account.changed_without[:1], account.mover
    swung = reach(ends(now), mover) if mover else 0.0
    if left and distance(now, left[0][1]) > swung:
        return f"whether {_tied(account)} counts (without: {left[0][1].text()})"
    return _moved(mover.move) if mover else "nothing that has a range"


def _moved(move: Move) -> str:
    return f"“{move.parameter.label}”{_WHOSE[move.by]}"


def _tied(account: Account, words: Callable[[str], str] = name_words) -> str:
    """Return what changes the answer most when left out: "A", or "A or B" where they tie."""
    names = [words(name) for name in account.strongest]
    return " or ".join(dict.fromkeys(names[:MOST_TIED])) + " or another" * (len(names) > MOST_TIED)


def _hangs(account: Account) -> str:
    names = list(map(name_words, account.houses))
    return " and on ".join(names) if names else "no single outlet"


def _turns_told(account: Account) -> str:
    """Return the nearest turn in plain words, or that there is none within a range."""
    within = [turn for turn in account.turns if turn.within]
    if within:
        return f"where {_turn_at(within[0])}"
    if not _can_turn(account):
        return "never, since no assumption enters it"
    return "never within the ranges given"


def _can_turn(account: Account) -> bool:
    """Say whether the answer has a finding that an assumption enters, not the question alone."""
    declared = sidecar(running().name)
    verdict = declared.results[account.result.key].verdict
    names = declared.results[verdict].parameters if verdict else ()
    return any(not declared.parameters[name].question for name in names)


def _turn_at(turn: Turn, mark: Callable[[str], str] = str) -> str:
    """Return a turn as "“fee” falls to 167 yuan": the value rounded away from that of the run."""
    moved = "rises to" if turn.side > 0 else "falls to"
    at = value_words(turn.parameter, outwards(turn.at, 3, turn.side))
    ours = _WHOSE["us"] if turn.within and turn.by == "us" else ""
    return f"“{turn.parameter.label}” {moved} {mark(at)}{ours}"


def _wanted(account: Account) -> str:
    """Return the piece of evidence that would narrow the answer most, in words."""
    if account.known_best:
        return f"a source beyond doubt for “{account.known_best[0].label}”"
    if account.reports:
        told = listing(f"that of {source_words(name)}" for name in account.reports[:MOST_REPORTS])
        return f"a second, independent report beside {told}"
    return "a document where there are reports; one report more would only be added to them"


def _marked(words: str, reason: str) -> str:
    return f"{{stated}}`{words}; {reason}`"


def _safe(name: str) -> str:
    """Return a name, marked for the lint where it holds a number."""
    return _marked(name, "the name of an outlet") if any(map(str.isdigit, name)) else name


def _range_words(account: Account) -> str:
    key = account.result.key
    if account.span is None:
        return "In this run it has no figure, and so no range."
    if account.by_evidence:
        other = "other" if account.lost_without else "one"
        told = f" Without any {other} outlet or report it lies within {{result}}`{key}_{RANGE}`."
        return f"Nothing that it rests on has a range.{told if account.changed_without else ''}"
    drawn = f", in most draws {{result}}`{key}_draws unit`" if account.drawn else ""
    best = account.known_best
    narrows = (f" If “{best[0].label}” were known to be as in this run, it would be "
               f"{{result}}`{key}_{NARROWS}`." if best else "")  # fmt: skip
    return (
        f"Over all corners of the ranges given it comes to {{result}}`{key}_{RANGE}`{drawn}. "
        f"It is moved most by {{result}}`{key}_{MOVER}`.{_unranged(account)}{narrows}"
    )


def _unranged(account: Account) -> str:
    """Return that something without a range, moved by our choice, goes further, if it does."""
    if not account.unranged:
        return ""
    label = account.unranged.move.parameter.label
    return f" “{label}” has no range from any source; over the one that we try it moves it further."


def value_words(parameter: Parameter, value: float) -> str:
    """Return a value of a parameter in words, with its unit and three figures."""
    found = parameter_result(parameter.name, running().name, value)
    return replace(found, digits=3).text()


def _turn_place(turn: Turn) -> str:
    at = _turn_at(turn, lambda words: _marked(words, "found by search, all else as in this run"))
    return f"{at} (then: {_marked(turn.words, 'what the chapter then says')})"


def _turn_words(account: Account) -> str:
    """Return where the finding turns, or that it never does within a range."""
    if not _can_turn(account):
        return "No assumption enters it, so none can turn it."
    declared = sidecar(running().name).results[account.result.key]
    finding = declared.finding.replace("{verdict}", f"{{result}}`{declared.verdict}`")
    within = [turn for turn in account.turns if turn.within][:MOST_TURNS]
    if within:
        places = " or where ".join(map(_turn_place, within))
        return f"The finding that {finding} turns where {places}."
    return f"The finding that {finding} never turns within the ranges given.{_beyond(account)}"


def _beyond(account: Account) -> str:
    """Return where the finding would turn outside the ranges, if it would at all."""
    if not account.turns:
        return ""
    turn = account.turns[0]
    why = "for which no source gives a range" if turn.by == "nobody" else "beyond its range"
    return f" It would turn where {_turn_place(turn)}, {why}."


def _hanging_words(account: Account) -> str:
    return " ".join([_losses(account), _changes(account), _views(account)]).strip()


def _losses(account: Account) -> str:
    if not account.houses:
        return "It stands without any single outlet."
    names = [f"without {_safe(name_words(name))}" for name in account.houses]
    named = [f"{{source}}`{name}`" for name in account.reports]
    if len(named) > MOST_REPORTS:
        named = [*named[:MOST_REPORTS], "others"]
    reports = "a single report" if len(named) == 1 else "single reports"
    single = f" It hangs on {reports}: {listing(named)}." if named else ""
    return f"There is no answer {', and none '.join(names)}.{single}"


def _changes(account: Account) -> str:
    if not account.changed_without:
        return (
            f"Leaving out any {'other' if account.houses else 'outlet or report'} changes nothing."
        )
    told = _marked(account.changed_without[0][1].text(), "worked out without that evidence")
    return f"Leaving out {_tied(account, _named)} changes it most, to {told}."


def _named(name: str) -> str:
    return _safe(name_words(name)) if is_family(name) else f"the report {{source}}`{name}`"


def _views(account: Account) -> str:
    if not account.views:
        return "Tables of trade and rates alone enter it, no claim."
    known_by = sidecar(running().name).known_by
    day = date_words(known_by.isoformat()) if known_by else ""
    told = [
        f"on {_VIEWS[name].format(day=day)}, {_view(left)}" for name, left in account.views.items()
    ]
    return f"With tables of trade and rates: {'; '.join(told)}."


def _view(left: Result | None) -> str:
    if left is None or left.words is not None:
        return NO_FIGURE
    return _marked(left.text(), "worked out on that evidence")


def _table(told: Iterable[Account]) -> str:
    lines = ["| Answer | In this run |", "| --- | --- |"]
    for account in told:
        for suffix in SUFFIXES:
            key = f"{account.result.key}_{suffix}"
            if key in running().results:
                lines.append(f"| {{resultname}}`{key}` | {{result}}`{key}` |")
    return "\n".join(lines)
