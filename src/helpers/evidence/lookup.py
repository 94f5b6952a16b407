"""Look up one claim with all that is known of it, or find claims by words."""

import difflib
import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import YaluError, shown
from helpers.evidence.commands import UNKNOWN, pages_of_claims
from helpers.evidence.contested import agreeing, disagreeing
from helpers.evidence.load import Claim, claim, load
from helpers.evidence.origins import origins, repeats_of, support
from helpers.paths import book_root

Words = Callable[[Claim], str]

_DOCUMENT = ("outlet", "title", "published", "url", "access", "note")
_CORRECTION = ("correction_id", "action", "printed", "corrected", "reason")
_LABEL_WIDTH = 14


def claim_record(claim_id: str, words: Words, root: Path | None = None) -> dict[str, Any]:
    """Return all that is known of one claim, in plain values ready for JSON.

    `words` puts a claim's figure into words. `pages` is None where the book was not built.
    Raises YaluError, with near ids and exit code 2, where there is no such claim.
    """
    root = root or book_root()
    table = load("claims", root)
    _known(claim_id, set(table["claim_id"]))
    one, pages = claim(claim_id, root), pages_of_claims(root)
    beside = {
        "origins": sorted(origins(claim_id, table)),
        "repeated_by": repeats_of(claim_id, table),
        "agrees": agreeing(claim_id, table),
        "disagrees": disagreeing(claim_id, table),
    }
    return {
        "figure": words(one),
        **{name: _plain(cell) for name, cell in asdict(one).items()},
        "label": _row("indicators", "indicator", one.indicator, ("label",), root)["label"],
        "document": _row("sources", "source_id", one.source_id, _DOCUMENT, root),
        "correction": one.correction_id
        and _row("corrections", "correction_id", one.correction_id, _CORRECTION, root),
        "support": str(support([claim_id, *beside["repeated_by"]], table)),
        **{name: briefs(ids, words, root) for name, ids in beside.items()},
        "pages": None if pages is None else pages.get(claim_id, []),
    }


def _known(claim_id: str, ids: set[str]) -> None:
    if claim_id not in ids:
        near = difflib.get_close_matches(claim_id[:200], ids, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; try yalu claim --search WORDS"
        raise YaluError(f"no claim {shown(claim_id)}{hint}", exit_code=2)


def _plain(cell: Any) -> Any:
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat()
    return cell.item() if isinstance(cell, np.generic) else cell


def _row(table: str, key: str, entry: str, names: tuple[str, ...], root: Path) -> dict[str, Any]:
    frame = load(table, root)
    (row,) = frame.loc[frame[key] == entry, list(names)].to_dict("records")
    return {str(name): _cell(cell) for name, cell in row.items()}


def period(one: Claim) -> str:
    """Return the period of a claim as it is dated: "2017 to 2020-01", "from 2013-07-01"."""
    start, end = one.period_start, one.period_end
    if start and end:
        return start if start == end else f"{start} to {end}"
    return f"from {start}" if start else f"until {end}" if end else "undated"


def briefs(claim_ids: list[str], words: Words, root: Path | None = None) -> list[dict[str, str]]:
    """Return what one line tells of each claim; `words` puts a figure into words."""
    names = [field.name for field in fields(Claim)]
    rows = load("claims", root).set_index("claim_id", drop=False).loc[claim_ids, names]
    return [_brief(Claim(*map(_cell, row)), words) for row in rows.itertuples(index=False)]


def _cell(cell: Any) -> Any:
    return None if pd.isna(cell) else cell


def _brief(one: Claim, words: Words) -> dict[str, str]:
    return {
        "claim_id": one.claim_id,
        "figure": words(one),
        "place": one.place,
        "period": period(one),
        "outlet": one.outlet,
        "status": one.status,
        "origin_id": one.origin_id,
    }


def printable(text: str) -> str:
    """Return a text on one line, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def brief_line(brief: dict[str, str]) -> str:
    """Return one claim on one line: id, figure, place, period, outlet, and a status in doubt."""
    parts = [brief[name] for name in ("figure", "place", "period", "outlet")]
    parts += [brief["status"]] if brief["status"] != "current" else []
    return printable(f"{brief['claim_id']}: {', '.join(parts)}")


def record_lines(found: dict[str, Any], width: int = 80) -> list[str]:
    """Return a record as lines for a terminal of that width; addresses are never broken."""
    one = Claim(**{field.name: found[field.name] for field in fields(Claim)})
    document, correction = found["document"], found["correction"]
    title = " ".join(str(document[name] or "undated") for name in ("outlet", "published"))
    rows = [
        ("figure", found["figure"]),
        ("measures", found["label"]),
        ("place", one.place),
        ("period", period(one)),
        ("population", one.population),
        ("said by", one.attribution),
        ("basis", one.basis.replace("-", " ")),
        ("status", one.status + ("" if one.usable else ", left out of every computation")),
        ("document", f"{title}: {document['title']}"),
        ("address", document["url"]),
        ("note", one.note),
        ("correction", correction and _correction_words(correction)),
    ]
    lines = [one.claim_id]
    for label, text in rows:
        lines += _wrapped(label, text, width) if text else []
    return lines + _beside(found, width) + _wrapped("used in", _pages_words(found), width)


def _correction_words(correction: dict[str, Any]) -> str:
    changed = f", now {correction['corrected']}" if correction["corrected"] else ""
    return (
        f"{correction['action']}: printed {correction['printed']}{changed}. {correction['reason']}"
    )


def _pages_words(found: dict[str, Any]) -> str:
    return UNKNOWN if found["pages"] is None else ", ".join(found["pages"]) or "no page"


def _beside(found: dict[str, Any], width: int) -> list[str]:
    """Return the lines on origins, echoes, and claims that agree and disagree."""
    told = [brief["claim_id"] for name in ("origins", "repeated_by") for brief in found[name]]
    rows = [
        ("rests on", [b for b in found["origins"] if b["claim_id"] != found["claim_id"]], "itself"),
        ("repeated by", found["repeated_by"], "nobody"),
        (
            "agrees with",
            [b for b in found["agrees"] if b["claim_id"] not in told],
            "no other claim",
        ),
        ("differs from", found["disagrees"], "no other claim"),
    ]
    lines = []
    for label, briefs, none in rows:
        texts = [brief_line(brief) + _same_origin(brief, found) for brief in briefs] or [none]
        for number, text in enumerate(texts):
            lines += _wrapped("" if number else label, text, width)
        if label == "repeated by" and briefs:
            lines += _wrapped("", found["support"], width)
    return lines


def _same_origin(brief: dict[str, str], found: dict[str, Any]) -> str:
    return " (same origin)" if brief["origin_id"] == found["origin_id"] else ""


def _wrapped(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        printable(text),
        max(width, 2 * _LABEL_WIDTH),
        initial_indent=f"  {label:<{_LABEL_WIDTH}}",
        subsequent_indent=" " * (_LABEL_WIDTH + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


_CLAIM = (
    "claim_id",
    "indicator",
    "place",
    "population",
    "attribution",
    "outlet",
    "outlet_family_label",
    "note",
)
_QUOTES = str.maketrans("’‘“”–", "''\"\"-")


def folded(text: str) -> str:
    """Return a text without case and accents, curly quotes and dashes made plain."""
    bare = unicodedata.normalize("NFKD", text.translate(_QUOTES).casefold())
    kept = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", kept)


def search(looked_for: str, root: Path | None = None) -> list[str]:
    """Return the ids of the claims in which every word of `looked_for` occurs.

    Words are looked for, as parts of words too, in the claim's id, indicator and its label,
    place, population, attribution, outlet, note and the title of its document. Raises
    YaluError, with exit code 2, where there is no word.
    """
    words = folded(looked_for).split()
    if not words:
        raise YaluError("nothing to search for: give a word", exit_code=2)
    root = root or book_root()
    texts = _texts(root)
    found = pd.Series(True, index=texts.index)
    for word in words:
        found &= texts.str.contains(word, regex=False)
    return [str(claim_id) for claim_id in texts.index[found]]


def _texts(root: Path) -> pd.Series:
    """Return claim id to all its words, folded."""
    claims = load("claims", root).set_index("claim_id", drop=False)
    labels = load("indicators", root).set_index("indicator")["label"]
    titles = load("sources", root).set_index("source_id")["title"]
    columns = [claims[name] for name in _CLAIM]
    columns += [claims["indicator"].map(labels), claims["source_id"].map(titles)]
    joined = columns[0].fillna("")
    for column in columns[1:]:
        joined = joined + "\n" + column.fillna("")
    return joined.map(folded)
