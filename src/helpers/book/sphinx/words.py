"""Words: how the register writes statuses, languages, periods and documents."""

from typing import Any

from helpers.chapter.wording import date_words

STATUSES = {
    "current": "stands",
    "disputed": "disputed",
    "unclear": "unclear",
    "mislabelled": "wrongly labelled in print",
    "superseded": "replaced by a later figure",
}
ACCESS = {
    "full-page": "read in full",
    "opening-only": "only the opening was read",
    "repost-or-mirror": "read in a copy elsewhere",
    "excerpt": "only an excerpt was read",
}
LANGUAGES = {
    "bg": "Bulgarian",
    "de": "German",
    "en": "English",
    "fr": "French",
    "ja": "Japanese",
    "ko": "Korean",
    "pl": "Polish",
    "ru": "Russian",
    "sk": "Slovak",
    "zh": "Chinese",
}


def period_words(start: str | None, end: str | None) -> str:
    """Return the period that a figure speaks of: "January to March 2024", "undated"."""
    if not start and not end:
        return "undated"
    if not end:
        return f"since {date_words(str(start))}"
    if not start:
        return f"until {date_words(end)}"
    if start == end:
        return date_words(start)
    first, last = date_words(start), date_words(end)
    if first[-5:] == last[-5:] and len(start) == len(end):
        first = first[:-5]
    return f"{first} to {last}"


def document_words(source: dict[str, Any]) -> str:
    """Return "outlet, date" of a document."""
    return f"{source['outlet']}, {date_words(source['published'] or 'undated')}"
