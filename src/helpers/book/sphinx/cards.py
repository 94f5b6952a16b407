"""Cards: where each number of a page is from, embedded in the page for the script."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence
from helpers.book.sphinx.evidence_page.ledger import STATUSES
from helpers.book.sphinx.html import json_script, number_of
from helpers.chapter.charts import BASES
from helpers.chapter.running import Result
from helpers.chapter.wording import (
    Printing,
    period_words,
    printed_words,
    printing,
    quantity_words,
    source_words,
)
from helpers.evidence import Claim

Row = list[str]
_SHOWN = 4


def _statement(claim: Claim) -> str:
    labels = evidence.load("indicators").set_index("indicator")["label"]
    period = period_words(claim.period_start, claim.period_end)
    return f"{labels[claim.indicator]}; {claim.population}; {claim.place}, {period}."


def _correction(claim: Claim) -> list[Row]:
    if not claim.correction_id:
        return []
    entry = evidence.load("corrections").set_index("correction_id").loc[claim.correction_id]
    return [["Printed as", quantity_words(claim, "printed")], ["Corrected", str(entry["reason"])]]


def _repeats(claim: Claim) -> list[Row]:
    frame = evidence.load("claims")
    family = frame[frame["origin_id"] == claim.origin_id]
    outlets = number_of(family["outlet_family"].nunique(), "outlet")
    told = f"{outlets}, {len(family)} documents, one origin"
    return [["Echoes", told]] if len(family) > 1 else []


def _against(claim: Claim, register: str) -> list[Row]:
    others = [evidence.claim(i) for i in evidence.disagreeing(claim.claim_id)]
    rows = [
        ["" if n else "Disagrees", _brief(other), f"{register}#claim-{other.claim_id}"]
        for n, other in enumerate(others[:_SHOWN])
    ]
    more = len(others) - _SHOWN
    return [*rows, ["", f"and {more} more in the register"]] if more > 0 else rows


def _brief(claim: Claim) -> str:
    return f"{quantity_words(claim, 'unit')} ({source_words(claim.source_id)})"


def _conversion(quantity: Claim | Result, style: str, register: str) -> list[Row]:
    how = printing(style) if style != "source" else Printing()
    if not how.rate:
        return []
    rate = evidence.claim(how.rate)
    worked_out = f"{printed_words(quantity, style)}, at {_brief(rate)}"
    return [["Converted", worked_out, f"{register}#claim-{rate.claim_id}"]]


def claim_card(claim: Claim, register: str, style: str = "full") -> dict[str, Any]:
    """Return the card of a claim; `register` is the address of the evidence page.

    `style` is how the claim is printed: a conversion is told with its rate.
    """
    rows = [
        *_conversion(claim, style, register),
        ["Said by", claim.attribution],
        ["Basis", BASES[claim.basis][0]],
        ["Document", source_words(claim.source_id), f"{register}#source-{claim.source_id}"],
        *([["Status", STATUSES[claim.status]]] if claim.status != "current" else []),
        *_correction(claim),
        *([["Note", claim.note]] if claim.note else []),
        *_repeats(claim),
        *_against(claim, register),
    ]
    return {
        "label": "Where this number is from",
        "figure": quantity_words(claim),
        "statement": _statement(claim),
        "rows": rows,
        "more": "The claim in the register",
    }


def result_card(
    result: Result, parameters: list[Result], register: str, style: str = "full"
) -> dict[str, Any]:
    """Return the card of a result: the parameters and the claims that it rests on.

    `style` is how the result is printed: a conversion is told with its rate.
    """
    claims = [evidence.claim(claim_id) for claim_id in result.claims]
    given = result.parameters == (result.key,)
    origin = "a parameter, as set in this run" if given else "worked out in this run"
    rows = [] if result.words is not None else _conversion(result, style, register)
    rows += [["" if n else "From", f"{p.label}: {p.text()}"] for n, p in enumerate(parameters)]
    rows += [
        ["" if n else "Claims", _brief(claim), f"{register}#claim-{claim.claim_id}"]
        for n, claim in enumerate(claims)
    ]
    return {
        "label": "What this number rests on",
        "figure": result.text(),
        "statement": f"{result.label}, {origin}.",
        "rows": rows
        or [["From", "our assumption" if given else "the tables that the figures show"]],
        "more": "Among the results of the chapter",
    }


def embed(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Add the cards of a page's numbers to its HTML."""
    references = doctree.findall(nodes.reference) if doctree is not None else ()
    links = [link for link in references if "card" in link]
    # where one claim is printed in several ways, its card is the one that tells of a conversion
    links.sort(key=lambda link: len(link["card"]["rows"]))
    cards = {link["refuri"]: link["card"] for link in links}
    if cards:
        context["body"] += json_script(cards, id="yalu-cards")


def setup(app: Sphinx) -> None:
    """Register the script and the embedding."""
    app.add_js_file("cards.js", loading_method="defer")
    app.connect("html-page-context", embed)
