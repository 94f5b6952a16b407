"""Pieces: the articles cut into the documents of an e-book, none too heavy for a small reader."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from helpers.book.whole.articles import Article, words_of

# Old e-readers give up on documents much above this many characters.
HEAVY = 250_000
# What may stand at the start of a document, in a section that is too heavy.
_GROUPS = ".reg-group, .reg-contest"


@dataclass(frozen=True)
class Piece:
    """One document of an e-book: its file's stem, its title, the page it is from, its text."""

    stem: str
    title: str
    page: str
    tree: Tag

    def ids(self) -> set[str]:
        """Return the ids in the piece."""
        return {str(element["id"]) for element in self.tree.select("[id]")}


def cut(article: Article) -> list[Piece]:
    """Return an article as documents: whole, or by section and within it by group."""
    stem = article.name.rpartition("/")[2]
    if _weight(article.tree) <= HEAVY:
        return [Piece(stem, article.title, article.name, article.tree)]
    tree = copy.copy(article.tree)
    title, found = article.title, [(article.title, tree)]
    for section in tree.select("section > section:not(section section section)"):
        found += _from_section(section.extract(), title)
    return [
        Piece(stem if n == 0 else f"{stem}-{n}", words, article.name, tree)
        for n, (words, tree) in enumerate(found)
    ]


def _weight(tree: Tag) -> int:
    return len(tree.decode())


def _from_section(section: Tag, book_page: str) -> list[tuple[str, Tag]]:
    head = section.find(["h2", "h3"], recursive=False)
    title = f"{book_page}: {words_of(head)}" if isinstance(head, Tag) else book_page
    runs = _runs(section) if _weight(section) > HEAVY else []
    parts = [_wrapped([section])]
    for run in runs:
        for group in run:
            group.extract()
        parts.append(_wrapped(run))
    return [(title if n == 0 else f"{title} ({n + 1})", part) for n, part in enumerate(parts)]


def _runs(section: Tag) -> list[list[Tag]]:
    """Return the groups of a section in runs that are light enough, save the first run."""
    runs: list[list[Tag]] = [[]]
    weight = 0
    for group in section.select(_GROUPS):
        own = _weight(group)
        if runs[-1] and weight + own > HEAVY:
            runs.append([])
            weight = 0
        runs[-1].append(group)
        weight += own
    return runs[1:]


def _wrapped(content: Iterable[Tag]) -> Tag:
    article = BeautifulSoup("", "html.parser").new_tag("article")
    article.extend(content)
    return article
