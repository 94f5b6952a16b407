"""Documents: where an archived copy would be, whose site was read, and how much of it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

ARCHIVE = "https://web.archive.org/web"
# answers of an address that is no longer there, see data/ledger/links.csv
_GONE = ("404", "410", "no-host")
_OWN_HOST = re.compile(r"\b(?:staging|preview) host of\b")
# how much was read: what a table calls it, and how a sentence goes on after a number
READ = {
    "full-page": ("Read in full", "in full"),
    "opening-only": ("Read in the opening only", "in the opening only"),
    "repost-or-mirror": ("Read in a copy elsewhere", "in a copy elsewhere"),
    "excerpt": ("Read as an excerpt", "as an excerpt"),
}

Document = Mapping[Any, Any]


def web_address(url: str) -> str:
    """Return an address with what may not stand in one escaped; what is escaped stays."""
    return quote(url, safe="/:?#@!$&'()*+,;=%~-._")


def archived_address(document: Document) -> str:
    """Return the address of the archived copy nearest to the day on which a document was read.

    Whether there is one is not known before it was checked, see `archive_words`.
    """
    day = str(document["accessed"])[:10].replace("-", "")
    return f"{ARCHIVE}/{day}/{web_address(document['url'])}"


def archive_words(document: Document) -> str:
    """Return what is known of the archived copy: "archived copy (may not exist)" unless checked."""
    day = str(document.get("checked_on") or "")[:10]
    answer = str(document.get("archive_status") or "")
    gone = document.get("url_status") in _GONE
    if answer.startswith("2"):
        return "address gone, read the archived copy" if gone else f"archived copy (seen {day})"
    known = f"none found {day}" if answer == "404" else "may not exist"
    return f"{'address gone; ' if gone else ''}archived copy ({known})"


def copy_words(document: Document) -> str:
    """Return "copy on another site (ummnews.biz)", "copy" on the outlet's own, else nothing."""
    if _OWN_HOST.search(document.get("note") or ""):
        return "copy"
    if document["access"] != "repost-or-mirror":
        return ""
    host = (urlsplit(document["url"]).hostname or "").removeprefix("www.")
    named = document["outlet"].partition(" (")[0].lower().split()
    return "copy" if all(word in host for word in named) else f"copy on another site ({host})"
