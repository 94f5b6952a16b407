"""Markup: elements, links and folded groups of HTML, everything escaped."""

from html import escape
from typing import Any
from urllib.parse import quote


def tag(name: str, content: str, /, **attributes: Any) -> str:
    """Return an element; attribute values are escaped here, `content` is HTML already.

    An underscore ends the names that Python reserves (`class_`); another becomes a hyphen.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>"


def link(fragment: str, words: str) -> str:
    """Return a link to an address of the same page."""
    return tag("a", escape(words), href=f"#{fragment}")


def _valid(url: str) -> str:
    """Return an address with the signs encoded that HTML does not allow in one."""
    return quote(url, safe="/:?#@!$&'()*+,;=%~-._")


def outside_link(url: str, words: str) -> str:
    """Return a link to another site, or the bare address where it is no web address."""
    if not url.startswith(("https://", "http://")):
        return escape(url)
    return tag("a", escape(words), href=_valid(url), rel="noopener noreferrer nofollow")


def code(name: str) -> str:
    """Return an id as code."""
    return tag("code", escape(name))


def number_of(count: int, noun: str) -> str:
    """Return "1 claim", "2 claims"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def group(title: str, count: str, content: str, /, **attributes: Any) -> str:
    """Return content folded under a title with its count."""
    head = tag("h3", escape(title)) + " " + tag("span", count, class_="reg-count")
    return tag("details", tag("summary", head) + content, class_="reg-group", **attributes)
