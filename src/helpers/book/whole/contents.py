"""Contents: the lines of a whole-book file's contents, by part, and its list of figures."""

from dataclasses import dataclass, field
from typing import cast

from bs4 import Tag

from helpers.book.sphinx.html import REGISTER
from helpers.book.whole.articles import Article, words_of
from helpers.book.whole.links import Where

APPENDIX = "Appendix"
_DEPTH = 2


@dataclass(frozen=True)
class Entry:
    """A line of the contents: its words, its address in the file, and the lines below it."""

    words: str
    href: str
    below: list["Entry"] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """A part of the contents: its caption and its lines."""

    caption: str
    entries: list[Entry] = field(default_factory=list)


def with_appendix(articles: list[Article]) -> list[Article]:
    """Return the articles with the register at the end, as an appendix."""
    own = [article for article in articles if article.name != REGISTER]
    last = [Article(a.name, APPENDIX, a.tree) for a in articles if a.name == REGISTER]
    return own + last


def contents(articles: list[Article], where: Where) -> list[Part]:
    """Return the contents: pages with their main sections, by the part that they are in."""
    parts: list[Part] = []
    for article in articles:
        if not parts or parts[-1].caption != article.part:
            parts.append(Part(article.part))
        below = [
            Entry(head.words, where(article.name, head.anchor) or "")
            for head in article.headings()
            if head.level == _DEPTH
        ]
        parts[-1].entries.append(Entry(article.title, where(article.name, "") or "", below))
    return parts


def figure_list(articles: list[Article], where: Where) -> list[Entry]:
    """Return the numbered figures in reading order, each with number and finding."""
    return [
        Entry(words_of(cast(Tag, figure.figcaption)), where(article.name, str(figure["id"])) or "")
        for article in articles
        for figure in article.tree.select("figure[id]:has(.caption-number)")
    ]
