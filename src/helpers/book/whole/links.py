"""Links: addresses between pages, turned into addresses within one file."""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import quote, unquote, urljoin, urlsplit

from bs4 import Tag

from helpers.book.whole.articles import Article
from helpers.errors import YaluError

# What in HTML and SVG may name elements of the same page by their ids, links aside.
_NAMING = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "headers", "for")
_URL = re.compile(r"url\(#([^)]+)\)")

# What browsers forgive in an address and e-readers do not.
_ILLEGAL = re.compile(r"""[\[\]{}|\\^`<>" ]""")

# The address in the file of a place of a page ("" for its start); None for an unknown place.
Where = Callable[[str, str], str | None]


def relink(articles: list[Article], where: Where, base: str) -> None:
    """Give every link its address in the whole-book file.

    Links to other files of the site become absolute where it has a `base`, else plain words.
    Raises YaluError for links to places that a page does not have.
    """
    pages = {article.name for article in articles}
    lost = []
    for article in articles:
        for link in article.tree.select("a[href]"):
            page, fragment = _target(article.name, str(link["href"]))
            if page is None:
                link["href"] = _ILLEGAL.sub(lambda found: quote(found[0]), str(link["href"]))
            elif page not in pages:
                _to_site(link, article.name, base)
            elif (address := where(page, _place(fragment))) is not None:
                link["href"] = address
            else:
                lost.append(f"{article.name}: the link to {link['href']} leads nowhere")
    if lost:
        raise YaluError(*dict.fromkeys(lost))


def _target(page: str, href: str) -> tuple[str | None, str]:
    """Return page and fragment that a link leads to; no page where it leaves the site."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return None, ""
    if not parts.path:
        return page, unquote(parts.fragment)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    return path.removesuffix(".html"), unquote(parts.fragment)


def _place(fragment: str) -> str:
    """Return the place that a fragment names; "?..." sets the filter of the register."""
    return "" if fragment.startswith("?") else fragment


def _to_site(link: Tag, page: str, base: str) -> None:
    if base:
        link["href"] = urljoin(urljoin(base, page), str(link["href"]))
    else:
        link.name = "span"
        link.attrs = {name: link[name] for name in ("id", "class") if name in link.attrs}


def prefix_ids(article: Article, prefix: str) -> None:
    """Put a prefix before every id of an article and before every mention of it, links aside."""
    for element in article.tree.find_all(True):
        for name, value in element.attrs.items():
            if name == "id":
                element[name] = f"{prefix}{value}"
            elif name in _NAMING:
                ids = " ".join(element.get_attribute_list(name)).split()
                element[name] = " ".join(f"{prefix}{each}" for each in ids)
            elif isinstance(value, str) and "url(#" in value:
                element[name] = _URL.sub(rf"url(#{prefix}\1)", value)
