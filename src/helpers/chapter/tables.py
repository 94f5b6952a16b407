"""Closing tables of a chapter: its parameters, its results, its sources, how much evidence."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from helpers import evidence
from helpers.chapter import no_answer
from helpers.chapter.parameters import Parameter
from helpers.chapter.running import Result, forgives, prose_words, running, show_prose
from helpers.chapter.wording import date_words, listing, number_words
from helpers.errors import YaluError
from helpers.evidence.documents import READ
from helpers.evidence.load import every_claim
from helpers.evidence.trace import note
from helpers.paths import book_root


def markdown_table(header: list[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown; what would break a cell of `rows` is escaped."""
    lines = [header, ["---"] * len(header)]
    lines += [[cell.replace("|", "\\|").replace("\n", " ").strip() for cell in r] for r in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _bounds(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    ends = [parameter.min, parameter.max]
    words = [number_words(x) if isinstance(x, int | float) else date_words(str(x)) for x in ends]
    return f"{{stated}}`{' to '.join(words)}; bounds that the sidecar declares`"


def _origin(parameter: Parameter) -> str:
    if parameter.claim:
        taken = {"low": "lower bound: ", "high": "upper bound: "}.get(parameter.use or "", "")
        return f"{taken}{{claim}}`{parameter.claim} source`"
    if parameter.source:
        return f"{{source}}`{parameter.source}`"
    return f"our assumption: {parameter.assumption}"


def show_parameters() -> None:
    """Show the chapter's parameters: name, value, what is allowed, where from."""
    header = ["Parameter", "Meaning", "Value", "Allowed", "Default from"]
    rows = [[f"`{name}`", f"{{resultname}}`{name}`", f"{{result}}`{name}`", _bounds(p), _origin(p)]
            for name, p in running().declared.parameters.items()]  # fmt: skip
    show_prose(markdown_table(header, rows))


def _from(result: Result) -> str:
    documents = {evidence.recorded(claim_id).source_id: claim_id for claim_id in result.claims}
    claims = [f"{{claim}}`{claim_id} source`" for claim_id in documents.values()]
    return ", ".join([*claims, *(f"`{name}`" for name in result.parameters)]) or "the tables shown"


def show_results() -> None:
    """Show every named result of this run but the unlisted, its value and where it is from."""
    header = ["Result", "Value", "From", "Key"]
    apart = running().parameters.keys() | running().unlisted
    rows = [[f"{{resultname}}`{key}`", f"{{result}}`{key}`", _from(result), f"`{key}`"]
            for key, result in running().results.items() if key not in apart]  # fmt: skip
    show_prose(markdown_table(header, rows))


def show_sources() -> None:
    """Show how much evidence the chapter uses and every document it has used, oldest first.

    Call it last: it lists what claims, results and figures have cited, also for the book.
    """
    chapter = running()
    claims, cited = chapter.used_claims, chapter.used_sources
    if forgives():
        claims = set(filter(evidence.is_included, claims))
        cited = set(filter(no_answer.is_cited, cited))
    documents = evidence.load("sources").fillna("").set_index("source_id")
    used = {evidence.recorded(claim_id).source_id for claim_id in claims} | cited
    rows = documents.loc[sorted(used)].sort_values(["published", "outlet"])
    lines = [
        f"- {{source}}`{key}`: {{source}}`{key} title` ({{archived}}`{key}`)" for key in rows.index
    ]
    extent = read_sentence(rows["access"])
    none = forgives() and not claims
    counts = "" if none else evidence_table(count_evidence(claims, used), "page")
    listed = {"claims": sorted(claims), "sources": sorted(used),
              "statements": sorted(chapter.used_statements)}  # fmt: skip
    show_prose("\n".join([counts, "", extent, "", *lines]), used=listed, prose=prose_words())


def read_sentence(access: Iterable[str]) -> str:
    """Return how much of its documents was read, in a sentence with roles of MyST."""
    found = list(access)

    def counted(number: int) -> str:
        return f"{{stated}}`{number_words(number) if number else 'none'}; counted from the ledger`"

    verbs = {"full-page": " was read" if found.count("full-page") == 1 else " were read"}
    parts = [f"{counted(found.count(code))}{verbs.get(code, '')} {words}"
             for code, (_, words) in READ.items()]  # fmt: skip
    documents = "document" if len(found) == 1 else "documents"
    return f"Of {counted(len(found))} {documents} that this chapter names, {listing(parts)}."


def count_evidence(claim_ids: Iterable[str], source_ids: Iterable[str] = ()) -> dict[str, Any]:
    """Return how much, and what kind of evidence, some claims are, by what the table calls it.

    Numbers of documents, those in `source_ids` among them, and of claims; shares of these
    documents by how much of them was read (`documents.READ`); shares of the claims:
    anonymous ones that none of another basis agrees with, those with which another agrees from
    an independent origin, and computed ones; ISO dates of the oldest and the newest document.
    Raises YaluError for an unknown claim, and where there is none.
    """
    wanted = {evidence.recorded(claim_id).claim_id for claim_id in claim_ids}
    if not wanted:
        raise YaluError("no claim is used, so there is no evidence to count")
    sources = evidence.load("sources").set_index("source_id")
    claims = [evidence.recorded(claim_id) for claim_id in sorted(wanted)
              if evidence.is_included(claim_id)]  # fmt: skip
    groups = [[one.claim_id, *evidence.agreeing(one.claim_id)] for one in claims]
    note("columns", ["claim_id", "basis"])
    every = every_claim(book_root())
    anonymous = [{every[one].basis for one in group} == {"anonymous-source"} for group in groups]
    second = [len(one) > 1 and evidence.independent_origins(one) > 1 for one in groups]
    documents = sources.loc[sorted({*(one.source_id for one in claims), *source_ids})]
    published = sorted(documents["published"].dropna())
    return {
        "Documents": len(documents),
        "Claims used": len(claims),
        "On anonymous sources only": sum(anonymous) / len(claims),
        "With a second independent origin": sum(second) / len(claims),
        "Derived by us": sum(one.basis == "derived" for one in claims) / len(claims),
        "Oldest document": published[0],
        "Newest document": published[-1],
        **{label: float((documents["access"] == code).mean()) for code, (label, _) in READ.items()},
    }


def evidence_table(counts: Mapping[str, Any], of: str) -> str:
    """Return the counts as a MyST table headed "The evidence of this page" (`of` is "page")."""
    words: dict[type, Callable[[Any], str]] = {
        str: date_words,
        int: number_words,
        float: lambda share: f"{number_words(share * 100, 2)} per cent",
    }
    rows = [[what, f"{{stated}}`{words[type(count)](count)}; counted from the ledger`"]
            for what, count in counts.items()]  # fmt: skip
    return markdown_table([f"The evidence of this {of}", "Value"], rows)


# the closing tables of a chapter, in order
SHOWN = {"parameters": show_parameters, "results": show_results, "sources": show_sources}
