"""The roles of the book: numbers that link to where they are from, counts of tables, pages.

A number has a card that says where it is from, embedded in the page for the script.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole

from helpers import evidence
from helpers.book.sphinx.citations import claim_about
from helpers.book.sphinx.evidence_page import STATUSES
from helpers.book.sphinx.gaps import gone, otherwise, part_of
from helpers.book.sphinx.html import (
    REGISTER,
    json_script,
    number_of,
    page_uri,
    static_uri,
    warn,
)
from helpers.book.sphinx.listings import DATA_PAGE, data_files
from helpers.book.sphinx.site.metadata import FEED
from helpers.chapter.charts import BASES
from helpers.chapter.running import Result, parameter_result
from helpers.chapter.sensitivity.section import MARK
from helpers.chapter.wording import (
    STYLES,
    Printing,
    claim_words,
    date_words,
    listing,
    number_words,
    period_words,
    printed_words,
    printing,
    quantity_words,
    source_words,
    stated_words,
    statement_words,
)
from helpers.errors import YaluError
from helpers.evidence import Claim
from helpers.evidence.data_config import read_data_config
from helpers.evidence.documents import archive_words, archived_address, copy_words
from helpers.paths import book_root

Row = list[str]
# how many claims that disagree a card names
_SHOWN = 4
MARK_RULES = "from the register, by the rules that the methods give"
_FACTS = ("count", "share", "distinct", "latest")


def add_role(
    app: Sphinx, name: str, node_of: Callable[[BuildEnvironment, str], nodes.Node | str]
) -> None:
    """Register the role {name}: the node, or the MyST to parse, that `node_of` returns.

    `node_of` takes the environment of Sphinx and the text of the role, and may raise YaluError,
    which becomes a warning with page and line; the text is then left as written.
    """

    class Role(SphinxRole):
        def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
            try:
                found = node_of(self.env, self.text.strip())
            except YaluError as error:
                if part_of(self.env):
                    return [gone(self.text)], []
                warn(name, self.text, error, self.get_location())
                return [nodes.problematic(self.rawtext, self.rawtext)], []
            if isinstance(found, nodes.Node):
                return [found], []
            inliner: Any = self.inliner
            parsed: tuple[list[nodes.Node], list[nodes.system_message]]
            parsed = inliner.parse(found, self.lineno, inliner, inliner.parent)
            return parsed

    app.add_role(name, Role())


def _link(words: str, uri: str, *classes: str, note: str = "") -> nodes.reference:
    extra = {"reftitle": note} if note else {}
    return nodes.reference("", words, refuri=uri, internal=True, classes=list(classes), **extra)


# Claims, documents and results --------------------------------------------------------------


def _claim(env: BuildEnvironment, text: str) -> nodes.Node:
    """{claim}`id style`: a claim's figure in words with its card, linked to the register.

    The style may go on with "in UNIT at CLAIM" and "to N digits", see `chapter.wording`.
    """
    name, _, style = text.partition(" ")
    words = claim_words(name, style or "full")
    claim, register = evidence.claim(name), page_uri(env, REGISTER)
    note = f"{source_words(claim.source_id)}; said by: {claim.attribution}"
    link = _link(words, f"{register}#claim-{name}", "yalu-claim", note=note)
    link["card"] = claim_card(claim, register, style or "full")
    return link


def _source(env: BuildEnvironment, text: str) -> nodes.Node:
    """{source}`id` or {source}`id title`: a document, linked to the register."""
    name, _, style = text.partition(" ")
    uri = f"{page_uri(env, REGISTER)}#source-{name}"
    told = "; ".join(filter(None, [source_words(name), copy_words(evidence.source(name))]))
    return _link(source_words(name, style), uri, "yalu-source", note=told)


def _archived(_env: BuildEnvironment, name: str) -> nodes.Node:
    """{archived}`id`: whose site a document was read on, where a stranger's; its archived copy."""
    document = evidence.source(name)
    copy, address = copy_words(document), archived_address(document)
    shown = nodes.inline(classes=["yalu-name"])
    shown += nodes.Text(f"{copy}; " if copy else "")
    shown += nodes.reference("", archive_words(document), refuri=address)
    return shown


def _statement(env: BuildEnvironment, text: str) -> nodes.Node:
    """{statement}`id words`: words that tell of a finding without a number, with its card.

    Without words, or with "title", they are those of its document. The link goes to the register.
    """
    name, _, style = text.partition(" ")
    words, register = statement_words(name, style), page_uri(env, REGISTER)
    said = evidence.statement(name)
    note = f"{statement_words(name)}; said by: {said['attribution']}"
    link = _link(words, f"{register}#statement-{name}", "yalu-statement", note=note)
    link["card"] = statement_card(said, register)
    return link


def _result(env: BuildEnvironment, text: str) -> nodes.Node | str:
    """{result}`key style` or {result}`chapter:key style`: a named result in words, with its card.

    Words of a sentence (`Chapter.words`) stand as they are, without a link, with their roles.
    So do words of a result, such as a verb, but for marks: their card has the Admiralty pair.
    """
    name, _, style = text.partition(" ")
    chapter, _, key = name.rpartition(":")
    chapter = chapter or env.docname.rpartition("/")[2]
    sentences: dict[str, str] = chapter_results(env, chapter).get("words", {})
    if key in sentences:
        return sentences[key]
    result, docname = _find_result(env, chapter, key), f"chapters/{chapter}"
    page = "" if env.docname == docname else page_uri(env, docname)
    # the class tells the scripts of the page how the number is printed
    printed = [f"yalu-print-{style}"] if style in STYLES and style != "full" else []
    is_mark = key.endswith(MARK)
    if is_mark:
        mark, _, sentence = result.text().partition(": ")
        result = replace(result, words=mark, how=MARK_RULES)
    if result.words is not None and result.parameters != (result.key,) and not is_mark:
        # the class names it for the script of the panel
        css = ["yalu-result", f"yalu-of-{result.key.replace('_', '-')}"]
        return nodes.inline("", result.words, classes=css, **otherwise(env, chapter, result))
    uri = f"{page}#{_anchor(result.key)}"
    link = _link(result.text(style or "full"), uri, "yalu-result", *printed, note=result.label)
    link.attributes |= otherwise(env, chapter, result)
    inputs = [_find_result(env, chapter, name) for name in result.parameters if name != result.key]
    link["card"] = result_card(result, inputs, page_uri(env, REGISTER), style or "full")
    if not is_mark:
        return link
    # the mark is the link, its sentence stands beside it
    told = nodes.Text(f": {sentence}")
    return nodes.inline("", "", link, told, classes=["yalu-result", "yalu-mark"])


def _result_name(env: BuildEnvironment, text: str) -> nodes.Node:
    """{resultname}`key`: a result's label, the place that its number links to."""
    result = _find_result(env, env.docname.rpartition("/")[2], text)
    return nodes.inline("", result.label, ids=[_anchor(text)])


def _stated(_env: BuildEnvironment, text: str) -> nodes.Node:
    """{stated}`two; reason`: a number that is neither claim nor result, and why it may stand."""
    words, reason = stated_words(text)
    return nodes.inline("", words, classes=["yalu-marked"], reason=reason)


def chapter_results(env: BuildEnvironment, chapter: str) -> dict[str, Any]:
    """Return what a chapter recorded in this build. Raises YaluError where there is none."""
    path = Path(env.srcdir) / "results" / f"{chapter}.json"
    if not path.exists():
        raise YaluError(f'no chapter "{chapter}" with results')
    return _read(str(path), path.stat().st_mtime_ns)


@lru_cache
def _read(path: str, _changed: int) -> dict[str, Any]:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _find_result(env: BuildEnvironment, chapter: str, key: str) -> Result:
    """Return a named result or parameter of a chapter. Raises YaluError when unknown."""
    run = chapter_results(env, chapter)
    if key in run["results"]:
        return Result(**run["results"][key])
    if key in run["parameters"]:
        return parameter_result(key, run["chapter"], run["parameters"][key])
    raise YaluError(f'no result "{key}" in chapter {chapter}')


def _anchor(key: str) -> str:
    return f"result-{key.replace('_', '-')}"


# Pages and files ----------------------------------------------------------------------------


def _page(env: BuildEnvironment, text: str) -> nodes.Node:
    """{page}`methods how we count`: words that link to a page where the book has it."""
    name, _, words = text.partition(" ")
    docname = f"chapters/{name}"
    return _link(words, page_uri(env, docname)) if docname in env.found_docs else nodes.Text(words)


def _data_file(env: BuildEnvironment, text: str) -> nodes.Node:
    """{datafile}`clean/claims.csv`: a link to a file of data/ in the built book."""
    known = [str(path.relative_to(book_root() / "data")) for path in data_files(book_root())]
    if text not in known:
        raise YaluError(f"no such file to download; there are {', '.join(known)}")
    return _link(text, static_uri(env.docname, f"data/{text}"))


def _feed(env: BuildEnvironment, text: str) -> nodes.Node:
    """{feed}`words`: a link to the feed of corrections."""
    return _link(text, f"{'../' * env.docname.count('/')}{FEED}")


# Counts of tables ---------------------------------------------------------------------------


def _fact(env: BuildEnvironment, text: str) -> nodes.Node:
    """{fact}`count claims basis=derived`: a count of the tables, linked to its table."""
    words = fact(text)
    if text == "version" or DATA_PAGE not in env.found_docs:
        return nodes.inline("", words, classes=["yalu-fact"])
    table = text.split()[1]
    note = f"counted in data/clean/{table}.csv when the book was built"
    return _link(words, f"{page_uri(env, DATA_PAGE)}#table-{table}", "yalu-fact", note=note)


def fact(text: str) -> str:
    """Return a count of the clean tables in words.

    `text` is "count TABLE [COLUMN=ENTRY ...]", "share TABLE COLUMN=ENTRY ..." (of all rows
    of the table), "distinct TABLE COLUMN" or "latest TABLE COLUMN". An ENTRY of `none` means
    an empty cell, of `any` one that is not, and + a space in it. "version" is the
    version of the book. Raises YaluError for an unknown verb, table, column or entry.
    """
    if text == "version":
        return read_data_config(book_root()).package.version
    verb, *rest = text.split() or [""]
    if verb not in _FACTS or not rest:
        raise YaluError(f'found "{text}"; allowed: {", ".join(_FACTS)}, then a table')
    frame, *conditions = evidence.load(rest[0]), *rest[1:]
    if verb == "distinct":
        return number_words(_column(frame, conditions[0]).nunique())
    if verb == "latest":
        return date_words(str(_column(frame, conditions[0]).max())[:10])
    rows = frame
    for condition in conditions:
        rows = rows[_holds(rows, condition)]
    if verb == "count":
        return number_words(len(rows))
    return f"{number_words(round(len(rows) / len(frame) * 100))} per cent"


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        raise YaluError(f'no column "{name}"; there are {", ".join(frame.columns)}')
    return frame[name]


def _holds(frame: pd.DataFrame, condition: str) -> pd.Series:
    name, _, entry = condition.partition("=")
    cells = _column(frame, name)
    if entry in ("none", "any"):
        return cells.isna() if entry == "none" else cells.notna()
    found = cells.astype("str").str.lower() == entry.replace("+", " ").lower()
    if not found.any():
        raise YaluError(f'no row has {name} "{entry}"')
    return found


# Cards --------------------------------------------------------------------------------------


def _brief(claim: Claim) -> str:
    return f"{quantity_words(claim, 'unit')} ({source_words(claim.source_id)})"


def _linked_claims(label: str, claims: Iterable[Claim], register: str) -> list[Row]:
    return [
        ["" if n else label, _brief(claim), f"{register}#claim-{claim.claim_id}"]
        for n, claim in enumerate(claims)
    ]


def _conversion(quantity: Claim | Result, style: str, register: str) -> list[Row]:
    how = printing(style) if style != "source" else Printing()
    if not how.rate:
        return []
    rate = evidence.claim(how.rate)
    worked_out = f"{printed_words(quantity, style)}, at {_brief(rate)}"
    return [["Converted", worked_out, f"{register}#claim-{rate.claim_id}"]]


def _document_rows(claim: Claim, register: str) -> list[Row]:
    document = evidence.source(claim.source_id)
    words = "; ".join(filter(None, [source_words(claim.source_id), copy_words(document)]))
    rows = [
        ["Document", words, f"{register}#source-{claim.source_id}"],
        ["", archive_words(document), archived_address(document)],
    ]
    return rows + ([["Place in it", claim.locator]] if claim.locator else [])


def claim_card(claim: Claim, register: str, style: str = "full") -> dict[str, Any]:
    """Return the card of a claim; where `style` converts it, with the rate."""
    rows = [
        *_conversion(claim, style, register),
        ["Said by", claim.attribution],
        ["Basis", BASES[claim.basis][0]],
        *_document_rows(claim, register),
    ]
    if claim.status != "current":
        rows.append(["Status", STATUSES[claim.status]])
    if claim.correction_id:
        reasons = evidence.load("corrections").set_index("correction_id")["reason"]
        rows.append(["Printed as", quantity_words(claim, "printed")])
        rows.append(["Corrected", reasons[claim.correction_id]])
    if claim.note:
        rows.append(["Note", claim.note])
    if claim.repeats:
        rows += _linked_claims("Repeats", [evidence.claim(claim.origin_id)], register)
    elif repeats := [evidence.claim(one) for one in evidence.repeats_of(claim.claim_id)]:
        outlets = number_of(len({one.outlet_family for one in repeats}), "outlet")
        rows.append(["Repeated by", f"{number_of(len(repeats), 'more document')}, {outlets}"])
    others = evidence.disagreeing(claim.claim_id)
    rows += _linked_claims("Disagrees", map(evidence.claim, others[:_SHOWN]), register)
    if len(others) > _SHOWN:
        rows.append(["", f"and {len(others) - _SHOWN} more in the register"])
    labels = evidence.load("indicators").set_index("indicator")["label"]
    return {
        "label": "Where this number is from",
        "figure": quantity_words(claim),
        "statement": claim_about(claim, labels[claim.indicator]),
        "rows": rows,
        "more": "The claim in the register",
    }


def statement_card(said: dict[Any, str], register: str) -> dict[str, Any]:
    """Return the card of a finding without a number; `said` is a row of `statements`."""
    document = source_words(said["source_id"])
    period = period_words(said["period_start"], said["period_end"])
    rows = [
        ["Said by", said["attribution"]],
        ["Basis", BASES[said["basis"]][0]],
        ["About", said["population"]] if said["population"] else [],
        ["Place", f"{said['place']}, {period}"],
        ["Document", document, f"{register}#source-{said['source_id']}"],
    ]
    return {
        "label": "Where this is from",
        "figure": document,
        "statement": said["statement"],
        "rows": [row for row in rows if row],
        "more": "The statement in the register",
    }


def result_card(
    result: Result, parameters: list[Result], register: str, style: str = "full"
) -> dict[str, Any]:
    """Return the card of a result: who reported, how it is worked out, its inputs and its rate."""
    given = result.parameters == (result.key,)
    rows = []
    if result.outlets:
        named, more = result.outlets[:_SHOWN], len(result.outlets) > _SHOWN
        rows.append(["Reported by", listing([*named, *["others"] * more])])
    if given:
        rows.append(["Origin", "taken from the claim" if result.claims else "our assumption"])
    else:
        rows.append(["Worked out", _how(result)])
    rows += [] if result.words is not None else _conversion(result, style, register)
    for n, p in enumerate(parameters):
        ours = " (our assumption)" if p.words is None and not p.claims else ""
        rows.append(["" if n else "From", f"{p.label}: {p.text()}{ours}"])
    rows += _linked_claims("Claims", map(evidence.claim, result.claims), register)
    return {
        "label": "Where this number is from",
        "figure": result.text(),
        "statement": f"{result.label}{', an input that can be changed' if given else ''}.",
        "rows": rows,
        "more": "Among the results of the chapter",
    }


def _how(result: Result) -> str:
    """Return in words how a result comes about: as its sidecar tells it, or by its kind."""
    if result.how:
        return result.how
    if result.total is not None:
        return "counted in the register, by the filter that the methods give"
    if result.parameters or len(result.claims) > 1:
        return "by us, from what stands below"
    return "by us, from the claim below" if result.claims else "by us, from the tables of the book"


def _embed_cards(
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
    """Register the roles, the embedding of their cards and its script."""
    roles = {
        "claim": _claim, "statement": _statement, "source": _source, "archived": _archived,
        "result": _result, "resultname": _result_name, "stated": _stated, "page": _page,
        "datafile": _data_file, "feed": _feed, "fact": _fact,
    }  # fmt: skip
    for name, node_of in roles.items():
        add_role(app, name, node_of)
    app.add_js_file("cards.js", loading_method="defer")
    app.connect("html-page-context", _embed_cards)
