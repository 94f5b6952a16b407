"""Articles: the text of each rendered page in reading order, without what needs a screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bs4 import BeautifulSoup, Comment, Tag
from sphinx_external_toc.api import SiteMap

from helpers.book.stage import read_site_map, toc_files
from helpers.errors import YaluError

# Controls, code and links that only a browser can use. A block of class yalu-screen is one too.
SCREEN_ONLY = (
    "script, style, template, form, button, input, select, textarea, dialog, iframe, "
    "canvas, nav, a.headerlink, details.hide.above-input, .cell_input, .reg-filter, .reg-here, "
    ".yalu-live, .yalu-files, .yalu-whole, .yalu-screen, [hidden]"
)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """A heading that the contents list: its level, words and address on the page."""

    level: int
    words: str
    anchor: str


@dataclass(frozen=True)
class Article:
    """A page of the book: its name, the part of the contents that it is in, its text."""

    name: str
    part: str
    tree: Tag

    @property
    def title(self) -> str:
        """Return the words of the first heading."""
        return words_of(self.tree.h1) if self.tree.h1 else self.name

    def headings(self) -> Iterator[Heading]:
        """Yield the headings of sections, the page's own first; only these have addresses."""
        for section in self.tree.select("section[id]"):
            head = section.find(re.compile("^h[1-6]$"), recursive=False)
            if head is not None:
                yield Heading(int(head.name[1]), words_of(head), str(section["id"]))


def words_of(element: Tag) -> str:
    """Return the text of an element on one line."""
    return " ".join(element.get_text().split())


def read_articles(root: Path, pages: Path) -> list[Article]:
    """Return the articles of a book's rendered pages in the order of its contents.

    `pages` is the folder of the rendered site. Raises YaluError where a page is missing.
    """
    captions = _captions(read_site_map(root))
    found = []
    for path in toc_files(root):
        docname = path.relative_to(root).with_suffix("").as_posix()
        file = pages / f"{docname}.html"
        if not file.is_file():
            raise YaluError(f"{docname}.html: not among the rendered pages")
        tree = _article(file.read_text(encoding="utf-8"), docname)
        found.append(Article(docname, captions.get(docname, ""), tree))
    return found


def _captions(site_map: SiteMap) -> dict[str, str]:
    """Return for each page at the top of the contents the caption of its part."""
    parts = site_map.root.subtrees
    return {str(item): part.caption or "" for part in parts for item in part.items}


def _article(html: str, docname: str) -> Tag:
    # html5lib alone keeps the names that SVG writes with capitals (viewBox); it is slow on the
    # data in scripts, which go first.
    text = _ARTICLE.search(_SCRIPT.sub("", html))
    if text is None:
        raise YaluError(f"{docname}.html: the page holds no article")
    tree = cast(Tag, BeautifulSoup(text.group(), "html5lib").article)
    for element in tree.select(SCREEN_ONLY):
        element.decompose()
    for remark in tree.find_all(string=lambda text: isinstance(text, Comment)):
        remark.extract()
    _unfold(tree)
    return tree


def _unfold(tree: Tag) -> None:
    """Open what is folded: paper has nothing to press."""
    for details in tree.select("details"):
        details.name = "div"
        details.attrs.pop("open", None)
    for summary in tree.select("summary"):
        summary.name = "div"
        summary["class"] = "summary"


def subtitle(index: Article) -> str:
    """Return the line in italics right under the title of the first page, without its full stop."""
    first = index.tree.find("p")
    line = first.find("em", recursive=False) if isinstance(first, Tag) else None
    alone = line is not None and isinstance(first, Tag) and words_of(first) == words_of(line)
    return words_of(line).rstrip(".") if alone and isinstance(line, Tag) else ""
