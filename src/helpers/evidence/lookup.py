"""Look up one claim or statement with all that is known of it, or find them by words."""

import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from helpers.errors import YaluError, did_you_mean, shown
from helpers.evidence.commands import UNKNOWN, pages_of_claims
from helpers.evidence.contested import agreeing, disagreeing
from helpers.evidence.documents import archive_words, archived_address, copy_words
from helpers.evidence.load import Claim, all_claims, claim, rows_by, source, statement, statements
from helpers.evidence.origins import origins, repeats_of, support
from helpers.paths import book_root

Words = Callable[[Claim], str]

_DOCUMENT = ("outlet", "title", "published", "url", "access", "note")
_CORRECTION = ["correction_id", "action", "printed", "corrected", "reason"]
_LABEL_WIDTH = 14


def claim_record(claim_id: str, words: Words) -> dict[str, Any]:
    """Return all that is known of one claim or statement, in plain values ready for JSON.

    `words` puts a claim's figure into words. `pages` is None where the book was not built.
    Raises YaluError, with near ids and exit code 2, where there is no such claim or statement.
    """
    if claim_id in statements():
        return _statement_record(claim_id)
    if claim_id not in (known := all_claims()):
        hint = did_you_mean(claim_id, [*known, *statements()])
        hint = hint or "; try yalu claim --search WORDS"
        raise YaluError(f"no claim {shown(claim_id)}{hint}", exit_code=2)
    one, pages = claim(claim_id), pages_of_claims(book_root())
    beside = {"origins": sorted(origins(claim_id)), "repeated_by": repeats_of(claim_id),
              "agrees": agreeing(claim_id), "disagrees": disagreeing(claim_id)}  # fmt: skip

    def plain(cell: Any) -> Any:
        return cell.date().isoformat() if isinstance(cell, datetime) else cell

    corrected = one.correction_id and rows_by("correction_id", "corrections")[one.correction_id]
    return {
        "figure": words(one),
        **{name: plain(cell) for name, cell in asdict(one).items()},
        "label": rows_by("indicator", "indicators")[one.indicator]["label"],
        "document": _document(one.source_id),
        "correction": corrected and {name: corrected[name] or None for name in _CORRECTION},
        "support": str(support([claim_id, *beside["repeated_by"]])),
        **{name: briefs(ids, words) for name, ids in beside.items()},
        "pages": None if pages is None else pages.get(claim_id, []),
    }


def _document(source_id: str) -> dict[str, str | None]:
    """Return what is told of a document, with what `documents` makes of it."""
    cells = source(source_id)
    told = {name: cells[name] or None for name in _DOCUMENT}
    return told | {
        "copy": copy_words(cells) or None,
        "archive": archived_address(cells),
        "archive_words": archive_words(cells),
    }


def _statement_record(statement_id: str) -> dict[str, Any]:
    said, pages = statement(statement_id), pages_of_claims(book_root())
    return {
        **{name: cell or None for name, cell in said.items()},
        "document": _document(said["source_id"]),
        "pages": None if pages is None else pages.get(statement_id, []),
    }


def _period(start: str | None, end: str | None) -> str:
    """Return a period as it is dated: "2017 to 2020-01", "from 2013-07-01"."""
    if start and end:
        return start if start == end else f"{start} to {end}"
    return f"from {start}" if start else f"until {end}" if end else "undated"


def briefs(claim_ids: list[str], words: Words) -> list[dict[str, str]]:
    """Return what one line tells of each claim; `words` puts a figure into words."""
    known = all_claims()
    return [
        {"claim_id": one.claim_id, "figure": words(one), "place": one.place,
         "period": _period(one.period_start, one.period_end), "outlet": one.outlet,
         "status": one.status, "origin_id": one.origin_id}
        for one in map(known.__getitem__, claim_ids)
    ]  # fmt: skip


def printable(text: str) -> str:
    """Return a text on one line, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def brief_line(brief: dict[str, str]) -> str:
    """Return one claim on one line: id, figure, place, period, outlet, and a status in doubt.

    For a statement, its words stand in the place of a figure.
    """
    if "statement_id" in brief:
        about = ", ".join(brief[name] for name in ("place", "period", "outlet"))
        return printable(f"{brief['statement_id']}: {brief['statement']} ({about})")
    parts = [brief[name] for name in ("figure", "place", "period", "outlet")]
    parts += [brief["status"]] if brief["status"] != "current" else []
    return printable(f"{brief['claim_id']}: {', '.join(parts)}")


def record_lines(found: dict[str, Any], width: int = 80) -> list[str]:
    """Return a record as lines for a terminal of that width; addresses are never broken."""
    if "statement_id" in found:
        return _lines(found["statement_id"], _statement_rows(found), width)
    one = Claim(**{field.name: found[field.name] for field in fields(Claim)})
    correction, corrected = found["correction"], None
    if correction:
        now = f", now {correction['corrected']}" if correction["corrected"] else ""
        told = f"{correction['action']}: printed {correction['printed']}{now}"
        corrected = f"{told}. {correction['reason']}"
    rows = [
        ("figure", found["figure"]),
        ("measures", found["label"]),
        ("place", one.place),
        ("period", _period(one.period_start, one.period_end)),
        ("population", one.population),
        ("said by", one.attribution),
        ("basis", one.basis.replace("-", " ")),
        ("status", one.status + ("" if one.usable else ", left out of every computation")),
        ("locator", one.locator),
        *_document_rows(found["document"]),
        ("note", one.note),
        ("correction", corrected),
        *_rows_beside(found),
        _used_in(found["pages"]),
    ]
    return _lines(one.claim_id, rows, width)


def _statement_rows(found: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return label and text of what is known of a statement."""
    return [
        ("statement", found["statement"]),
        ("about", found["topic"].replace("_", " ")),
        ("place", found["place"]),
        ("period", _period(found["period_start"], found["period_end"])),
        ("population", found["population"]),
        ("said by", found["attribution"]),
        ("basis", found["basis"].replace("-", " ")),
        *_document_rows(found["document"]),
        _used_in(found["pages"]),
    ]


def _document_rows(document: dict[str, Any]) -> list[tuple[str, str | None]]:
    title = " ".join(str(document[name] or "undated") for name in ("outlet", "published"))
    return [
        ("document", f"{title}: {document['title']}"),
        ("address", document["url"]),
        ("", document["copy"]),
        ("archived", f"{document['archive']} {document['archive_words']}"),
    ]


def _used_in(pages: list[str] | None) -> tuple[str, str]:
    return "used in", UNKNOWN if pages is None else ", ".join(pages) or "no page"


def _lines(name: str, rows: list[tuple[str, str | None]], width: int) -> list[str]:
    lines = [name]
    for label, text in rows:
        if text:
            lines += textwrap.wrap(
                printable(text), max(width, 2 * _LABEL_WIDTH),
                initial_indent=f"  {label:<{_LABEL_WIDTH}}",
                subsequent_indent=" " * (_LABEL_WIDTH + 2),
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
    return lines


def _rows_beside(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return label and text of origins, repeats, and claims that agree and disagree."""
    told = {brief["claim_id"] for name in ("origins", "repeated_by") for brief in found[name]}
    behind = [brief for brief in found["origins"] if brief["claim_id"] != found["claim_id"]]
    agrees = [brief for brief in found["agrees"] if brief["claim_id"] not in told]
    rows: list[tuple[str, str]] = []
    for label, beside, none in (
        ("goes back to", behind, "itself"),
        ("repeated by", found["repeated_by"], "nobody"),
        ("agrees with", agrees, "no other claim"),
        ("differs from", found["disagrees"], "no other claim"),
    ):
        texts = [brief_line(brief) + " (same origin)" * (brief["origin_id"] == found["origin_id"])
                 for brief in beside]  # fmt: skip
        texts += [found["support"]] if texts and label == "repeated by" else []
        rows += zip([label, *[""] * len(texts)], texts or [none], strict=False)
    return rows


_SEARCHED = (
    "claim_id", "indicator", "place", "population", "attribution", "outlet",
    "outlet_family_label", "note",
)  # fmt: skip
_QUOTES = str.maketrans("’‘“”–", "''\"\"-")


def folded(text: str) -> str:
    """Return a text without case and accents, curly quotes and dashes made plain."""
    bare = unicodedata.normalize("NFKD", text.translate(_QUOTES).casefold())
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", letters)


def search(looked_for: str) -> list[str]:
    """Return the ids of the claims in which every word of `looked_for` occurs.

    Words are looked for, as parts of words too, in the claim's id, indicator and its label,
    place, population, attribution, outlet, note and the title of its document. Raises
    YaluError, with exit code 2, where there is no word.
    """
    words = _words_of(looked_for)
    labels = rows_by("indicator", "indicators")
    texts = {
        claim_id: folded("\n".join([
            *(getattr(one, name) or "" for name in _SEARCHED), labels[one.indicator]["label"],
            source(one.source_id)["title"],
        ]))
        for claim_id, one in all_claims().items()
    }  # fmt: skip
    return [claim_id for claim_id, text in texts.items() if all(word in text for word in words)]


_SAID = ("statement_id", "statement", "topic", "place", "population", "attribution", "outlet")


def search_statements(looked_for: str) -> list[str]:
    """Return the ids of the statements in which every word occurs, as `search` does for claims.

    Words are looked for in all of a statement's text and in the title of its document.
    """
    words = _words_of(looked_for)
    texts = {
        statement_id: folded("\n".join([*(said[name] for name in _SAID),
                                        source(said["source_id"])["title"]]))
        for statement_id, said in statements().items()
    }  # fmt: skip
    return [name for name, text in texts.items() if all(word in text for word in words)]


def search_briefs(looked_for: str, words: Words) -> list[dict[str, str]]:
    """Return what one line tells of each claim, then of each statement, that has all the words.

    Raises YaluError as `search` does.
    """
    told = [statement(statement_id) for statement_id in search_statements(looked_for)]
    return briefs(search(looked_for), words) + [
        {"statement_id": said["statement_id"], "statement": said["statement"],
         "place": said["place"], "period": _period(said["period_start"], said["period_end"]),
         "outlet": said["outlet"]}
        for said in told
    ]  # fmt: skip


def _words_of(looked_for: str) -> list[str]:
    if not (words := folded(looked_for).split()):
        raise YaluError("nothing to search for: give a word", exit_code=2)
    return words
