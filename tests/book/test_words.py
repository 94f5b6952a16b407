"""Words that the project invented, or that say less than they seem to, are on no page."""

import html
import re

import pytest

from .conftest import ROOT

pytestmark = pytest.mark.book

RETIRED = {
    "hangs on": r"\bh[au]ngs? on\b",
    "moved most by": r"\bmoved most by\b",
    "turns where": r"\bturns where\b",
    "over the ranges given": r"\branges given\b",
    "this run": r"\bthis run\b",
    "rests on": r"\brests? on\b",
    "corners": r"\bcorners?\b",
    "echoes": r"\becho(es)?\b",
    "the book’s": r"\bthe book[’']s\b",
    "X had N people": r"\bhad (?:(?:at least|up to|about|more than) )?[\d,–]+ (?:people|workers)\b",
    "no text says": r"\bno text says\b",
}
PAGES = sorted(
    path.stem for path in (ROOT / "chapters").glob("*") if path.suffix in (".md", ".ipynb")
)
# code and pictures; and the rows of the ledger, whose notes and reasons stand as they were written
_NO_PROSE = "script|style|pre|code|svg"
_ROWS = dict.fromkeys(("corrections", "evidence"), "|table|details|ul|dl")
# the note of a claim, as it stands in the ledger
STILL_THERE: dict[str, dict[str, int]] = {"evidence": {"rests on": 1}}


def found_on(page):
    """Return how often each retired word is in the text of a built page."""
    source = page.read_text(encoding="utf-8")
    skipped = re.compile(rf"<({_NO_PROSE}{_ROWS.get(page.stem, '')})\b.*?</\1>", re.DOTALL)
    article = re.search(r"<article\b.*</article>", source, re.DOTALL)
    text = re.sub(r"<[^>]+>", "", skipped.sub(" ", article[0]))
    text = " ".join(html.unescape(text).split())
    counts = {word: len(re.findall(form, text, re.IGNORECASE)) for word, form in RETIRED.items()}
    return {word: count for word, count in counts.items() if count}


def test_no_page_has_a_retired_word(built_site):
    offenders = []
    for name in PAGES:
        for word, count in found_on(built_site / "chapters" / f"{name}.html").items():
            if count > STILL_THERE.get(name, {}).get(word, 0):
                offenders.append(f"{name}: “{word}” {count} times")
    assert not offenders, "\n".join(offenders)


def test_the_exceptions_shrink(built_site):
    for name, words in STILL_THERE.items():
        left = found_on(built_site / "chapters" / f"{name}.html")
        assert {word: left.get(word, 0) for word in words} == words, f"{name}: lower the exception"
