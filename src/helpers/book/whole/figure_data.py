"""Data of the figures: the tables under figures, gathered on a page of their own."""

import posixpath

from bs4 import BeautifulSoup, Tag

from helpers.book.whole.articles import Article, words_of
from helpers.book.whole.contents import APPENDIX

NAME, TITLE = "figure-data", "Data of the figures"
_SOUP = BeautifulSoup("", "html.parser")


def gathered(articles: list[Article]) -> list[Article]:
    """Move the data of all figures to an article of their own; leave a link under each figure.

    An e-reader cannot fold a table away. Returns no article where no figure has data.
    """
    section = _SOUP.new_tag("section", id=NAME)
    section.append(_element("h1", TITLE))
    for article in articles:
        for data in article.tree.select("figure[id] .yalu-data"):
            section.append(_moved(data, article))
    if len(section.contents) == 1:
        return []
    tree = _SOUP.new_tag("article")
    tree.append(section)
    return [Article(NAME, APPENDIX, tree)]


def _moved(data: Tag, article: Article) -> Tag:
    """Return the data of a figure under its caption; in its place stands a link."""
    figure = data.find_parent("figure")
    caption = words_of(figure.figcaption) if figure and figure.figcaption else TITLE
    key = f"data-{figure['id']}" if figure else "data"
    up = posixpath.relpath(NAME, posixpath.dirname(article.name) or ".")
    link = _element("a", "Data of this figure", href=f"{up}.html#{key}")
    note = _element("p", "", attrs={"class": "yalu-sources"})
    note.append(link)
    data.replace_with(note)
    for summary in data.select(".summary"):
        summary.decompose()
    section = _SOUP.new_tag("section", id=key)
    section.extend([_element("h2", caption), data])
    return section


def _element(name: str, words: str, **attributes: object) -> Tag:
    made = _SOUP.new_tag(name, **attributes)  # type: ignore[arg-type]
    made.string = words
    return made
