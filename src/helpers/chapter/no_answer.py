"""No answer: how a chapter goes on in a book on a part, where evidence that it needs is left out.

Only where `running.forgives`: in any other run what fails is an error.
"""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from helpers import evidence
from helpers.chapter import wording
from helpers.chapter.parameters import Parameter
from helpers.chapter.ranges import claims_of, remaining_value
from helpers.chapter.running import Result, Running, running, show, show_prose
from helpers.chapter.sidecar import Sidecar
from helpers.evidence import exclusion
from helpers.evidence.exclusion import ExcludedEvidenceError

_ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_SENTENCES = re.compile(r"(?<=[.?!])\s+(?=[A-Z“*{\[])")
_MONTHS = "|".join(wording.MONTHS)
_DATE = re.compile(
    rf"(?:(?P<day>\d{{1,2}})\s+)?(?P<month>{_MONTHS})\s+(?P<of>(?:19|20)\d\d)\b"
    r"|(?:(?P<part>spring|summer|autumn|late|end of|mid|second half of)[\s-]+)?"
    r"(?<![\d,.])(?P<year>(?:19|20)\d\d)(?![\d,])(?:[-–/](?P<iso>\d\d(?:-\d\d)?)\b)?",
    re.IGNORECASE,
)
# numbers that are no years
_NO_YEARS = re.compile(r"Resolutions?\s+\d{4}(?:(?:,|\s+and|\s+or|\s+to)\s+\d{4})*")
# where in its year a part of one begins at the latest
_BEGINS = {"spring": "03-01", "summer": "06-01", "autumn": "09-01", "late": "09-01",
           "end of": "12-31", "mid": "06-01", "second half of": "07-01"}  # fmt: skip


def book_words() -> str:
    """Return what this book is, in words: "as known by 22 December 2017"."""
    now = exclusion.current_exclusion()
    words = now.words if now else "with other parameters"
    return _ISO.sub(lambda day: wording.date_words(day[0]), words)


def why(error: Exception) -> str:
    """Return in words why something has no answer."""
    if not isinstance(error, ExcludedEvidenceError):
        if exclusion.current_exclusion() is None:
            return "it cannot be worked out with these parameters"
        return "it needs evidence that is left out"
    said = str(error).partition(": ")[2] or str(error)
    return re.sub(r"it needs the claim (\S+)", lambda found: _needs(found[1]), said)


def _needs(claim_id: str) -> str:
    document = wording.source_words(evidence.recorded(claim_id).source_id)
    return f"it needs what one document says ({document})"


def days_named(text: str) -> list[str]:
    """Return the first days, in ISO form, of all dates that a text names: days, months, years."""
    found = []
    for date in _DATE.finditer(_NO_YEARS.sub("", text)):
        if date["month"]:
            month = wording.MONTHS.index(date["month"].capitalize()) + 1
            found.append(f"{date['of']}-{month:02}-{int(date['day'] or 1):02}")
        else:
            part = _BEGINS.get((date["part"] or "").lower(), "01-01")
            found.append(f"{date['year']}-{(date['iso'] or part):0<2}"[:10].ljust(10, "0"))
    return found


def is_later(text: str, day: str) -> bool:
    """Return whether a text names a date after an ISO day, "" being no day."""
    return bool(day) and any(named > day for named in days_named(text))


# Parameters and results -----------------------------------------------------------------------


def remaining_parameters(
    declared: Sidecar, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the parameters on the included evidence, and why some have nothing left."""
    left, lost = dict(values), dict[str, str]()
    for name, parameter in declared.parameters.items():
        try:
            left[name] = remaining_value(parameter, left[name])
        except ExcludedEvidenceError:
            lost[name] = f"nothing is left for “{parameter.label}”"
    for first, _, last in declared.rules:
        if not isinstance(left[first], str) and left[first] > left[last]:
            left[first], left[last] = left[last], left[first]
    return left, lost


def lose_one(key: str, reason: str) -> None:
    """Note that a result or a parameter has no answer, and why; show it for the book."""
    chapter = running()
    chapter.results.pop(key, None)
    chapter.lost[key] = reason
    show(f"{key}: no answer ({reason})", {"lost": {key: reason}})


def lose(function: Callable[..., Any], error: Exception) -> None:
    """Note that a function gives nothing: the results that it names have no answer."""
    names = set[str]()
    ahead: list[Any] = [function.__code__.co_consts]
    while ahead:
        for one in ahead.pop():
            names |= {one} if isinstance(one, str) else set()
            ahead += [one] if isinstance(one, tuple) else []
            ahead += [one.co_consts] if hasattr(one, "co_consts") else []
    for key in names & running().declared.results.keys():
        lose_one(key, why(error))


def why_lost(result: Result, recounts: bool) -> str:
    """Return why a result that a function gave has no answer, "" where it has one.

    A function that `recounts` names claims as examples of what it reads.
    """
    chapter = running()
    declared = chapter.declared.results[result.key]
    if result.total == 0 or (result.words == declared.unknown and exclusion.current_exclusion()):
        return "nothing is left of what it counts"
    if gone := [name for name in declared.parameters if name in chapter.lost]:
        return chapter.lost[gone[0]]
    parameters = [chapter.declared.parameters[name] for name in declared.parameters]
    replaced = {claim for parameter in parameters for claim in _claims_behind(parameter)}
    for claim in () if recounts else declared.claims:
        if claim not in replaced and not evidence.is_included(claim):
            return _needs(claim)
    return ""


def _claims_behind(parameter: Parameter) -> set[str]:
    ranged = (claim for entry in parameter.range_claims for claim in claims_of(entry))
    return {*ranged, *([parameter.claim] if parameter.claim else [])}


# Prose ----------------------------------------------------------------------------------------


def is_lost(text: str) -> bool:
    """Return whether prose names what is left out or has no answer, or a later date."""
    now = exclusion.current_exclusion()
    for role, inner in wording.ROLES.findall(text):
        name = inner.split()[0] if inner.split() else ""
        if _is_gone(role, name):
            return True
    if not all(map(evidence.is_included, wording.claims_named(text))):
        return True
    return is_later(wording.ROLES.sub("", text), now.after if now else "")


def _is_gone(role: str, name: str) -> bool:
    if role == "result" and name in running().words:
        return is_lost(running().words[name])
    if role in ("result", "resultname"):
        return name not in running().results
    if role == "statement":
        return not is_cited(evidence.statement(name)["source_id"])
    return role == "source" and not is_cited(name)


def is_cited(source_id: str) -> bool:
    """Return whether a document is not left out."""
    now = exclusion.current_exclusion()
    return now is None or source_id not in now.sources


def told(text: str) -> str:
    """Return prose without the sentences that are lost; where any is, only those with a role."""
    lost = [sentence for sentence in _SENTENCES.split(" ".join(text.split())) if is_lost(sentence)]
    if not lost:
        return text
    kept = [one for one in with_roles(text) if one not in lost]
    return " ".join([*kept, f"[No answer {book_words()}.]"])


def with_roles(text: str) -> list[str]:
    """Return the sentences of a text that have a role."""
    sentences = _SENTENCES.split(" ".join(text.split()))
    return [sentence for sentence in sentences if wording.ROLES.search(sentence)]


def show_line(what: str, reason: str) -> None:
    """Show one line in the place of what cannot be shown."""
    show_prose(f"*{what} {book_words()}: {reason}.*")


# Cells ----------------------------------------------------------------------------------------


class Forgiving:
    """Has each statement of the cells that follow show one line where it fails, and go on."""

    def visit(self, node: ast.Module) -> ast.Module:
        """Wrap the statements of a cell, as IPython asks."""
        body: list[ast.stmt] = []
        for statement in node.body:
            shown = isinstance(statement, ast.Expr) and statement is node.body[-1]
            if isinstance(statement, ast.Expr) and shown:
                name = ast.Name("_shown", ast.Store())
                body += [ast.Assign([name], ast.Constant(None)),
                         _tried(ast.Assign([name], statement.value), statement),
                         ast.Expr(ast.Name("_shown", ast.Load()))]  # fmt: skip
            elif isinstance(statement, ast.Import | ast.ImportFrom):
                body.append(statement)
            else:
                body.append(_tried(statement, statement))
        return ast.fix_missing_locations(ast.Module(body, []))


def _tried(statement: ast.stmt, source: ast.stmt) -> ast.stmt:
    [made] = ast.parse("try: pass\nexcept Exception as _error:\n    __import__('helpers.chapter.no_"
                       "answer', fromlist=['failed']).failed(_error, '')").body  # fmt: skip
    assert isinstance(made, ast.Try)
    made.body = [statement]
    match source:
        case ast.Expr(ast.Call(ast.Attribute(attr="figure"), [ast.Constant(str(name)), *_])):
            call: Any = made.handlers[0].body[0]
            call.value.args[1] = ast.Constant(name)
    return ast.copy_location(made, source)


def failed(error: Exception, figure: str) -> None:
    """Show in a line that a statement of a cell failed, or that a figure cannot be shown."""
    from IPython import get_ipython

    if figure:
        show_no_figure(error)
        return
    shell = get_ipython()
    cell = f" (code cell {shell.execution_count - 1})" if shell else ""
    show_line("No answer", f"{why(error)}{cell}")


def show_no_figure(error: Exception | None = None) -> None:
    """Show the line that stands in the place of a figure of which nothing is left."""
    now = exclusion.current_exclusion()
    reason = "nothing that it shows was published by then"
    if error or not now or not now.after:
        reason = why(error) if error else "nothing that it shows is left"
    show_line("No figure", reason)


def begin(chapter: Running) -> None:
    """Have the cells of a chapter that has begun forgive what fails."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell and not any(isinstance(one, Forgiving) for one in shell.ast_transformers):
        shell.ast_transformers.append(Forgiving())
    for name, reason in chapter.lost.items():
        lose_one(name, reason)
