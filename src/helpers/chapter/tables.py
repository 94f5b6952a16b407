"""Closing tables of a chapter: its parameters, its results, its sources."""

from collections.abc import Iterable

from helpers import evidence
from helpers.chapter.meter import measure, meter_markdown
from helpers.chapter.parameters import Parameter
from helpers.chapter.results import Result
from helpers.chapter.running import running, say
from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import date_words, number_words


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(header)]
    lines += [["---"] * len(lines[0]), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _bounds(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    ends = [parameter.min, parameter.max]
    words = " to ".join(
        number_words(end) if isinstance(end, int | float) else date_words(str(end)) for end in ends
    )
    return f"{{stated}}`{words}; bounds that the sidecar declares`"


def _origin(parameter: Parameter) -> str:
    if parameter.claim:
        taken = {"low": "lower bound: ", "high": "upper bound: "}.get(parameter.use or "", "")
        return f"{taken}{{claim}}`{parameter.claim} source`"
    if parameter.source:
        return f"{{source}}`{parameter.source}`"
    return f"our assumption: {parameter.assumption}"


def parameter_table() -> None:
    """Show the chapter's parameters: name, value of this run, what is allowed, where from."""
    header = ["Parameter", "Meaning", "In this run", "Allowed", "Default from"]
    rows = [
        [f"`{name}`", f"{{resultname}}`{name}`", f"{{result}}`{name}`", _bounds(p), _origin(p)]
        for name, p in sidecar(running().name).parameters.items()
    ]
    say(_table(header, rows))


def _rests_on(result: Result) -> str:
    documents = {evidence.recorded(claim_id).source_id: claim_id for claim_id in result.claims}
    claims = [f"{{claim}}`{claim_id} source`" for claim_id in documents.values()]
    return ", ".join([*claims, *(f"`{name}`" for name in result.parameters)]) or "the tables shown"


def result_table() -> None:
    """Show every named result of this run, its value and what it rests on.

    Results that a table of the chapter's own lists already are left out.
    """
    header = ["Result", "Value", "Rests on", "Key"]
    rows = [
        [f"{{resultname}}`{r.key}`", f"{{result}}`{r.key}`", _rests_on(r), f"`{r.key}`"]
        for r in running().results.values()
        if r.key not in running().parameters and r.key not in running().unlisted
    ]
    say(_table(header, rows))


def source_list() -> None:
    """Show the evidence meter and every document that the chapter has used, oldest first.

    Call it last: it lists what claims, results and figures have cited, and leaves that
    list in the notebook for the book.
    """
    claims, cited = running().used_claims, running().used_sources
    documents = evidence.load("sources").fillna("").set_index("source_id")
    used = {evidence.recorded(claim_id).source_id for claim_id in claims} | set(cited)
    rows = documents.loc[sorted(used)].sort_values(["published", "outlet"])
    lines = [f"- {{source}}`{key}`: {{source}}`{key} title`" for key in rows.index]
    meter = meter_markdown(measure(claims, used))
    listed = {"claims": sorted(claims), "sources": sorted(used)}
    say("\n".join([meter, "", *lines]), used=listed)
