"""Gaps: text drawn up before a figure that did not fit on its page, as a printer would set it."""

from collections.abc import Iterable, Iterator

from bs4 import Tag

from helpers.book.whole.articles import Article

# Text may not run further ahead of its figure than this many paragraphs or lists.
_MOST = 3
_TEXT = {"p", "ul", "ol", "blockquote", "div"}
_OWN_PLACE = ["figure", "table", "pre", "section", "h2", "h3", "h4", "svg", "img"]


def close_gaps(articles: Iterable[Article], pushed: Iterable[str]) -> None:
    """Move the text behind each figure in `pushed` before it, within the same section.

    `pushed`: ids of the figures that stand at the top of a page, behind a gap on the page before.
    """
    ids = set(pushed)
    for article in articles:
        for figure in article.tree.select("section figure[id]"):
            if figure["id"] in ids:
                _draw_up(figure)


def _draw_up(figure: Tag) -> None:
    block = figure
    while block.parent is not None and block.parent.name != "section":
        block = block.parent
    for text in list(_text_behind(block)):
        block.insert_before(text.extract())


def _text_behind(block: Tag) -> Iterator[Tag]:
    """Yield the text that follows a block, up to what has a place of its own."""
    followers = [sibling for sibling in block.next_siblings if isinstance(sibling, Tag)]
    for follower in followers[:_MOST]:
        if follower.name not in _TEXT or follower.find(_OWN_PLACE) is not None:
            return
        yield follower
