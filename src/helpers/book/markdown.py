"""HTML of a page as Markdown that GitHub, VS Code, Quarto, mystmd and Jupyter read alike."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any, cast
from urllib.parse import quote

from bs4 import NavigableString, Tag
from markdownify import MarkdownConverter

# what one of these tools takes for markup, wherever it stands
_MARKUP = re.compile(
    r"[\\`*_{}\[\]<>$|~^=]|&(?=[#\w]+;)|@(?=\w)|-(?=-)|:(?=[\w+-]+:|//)|(?<=www)\.|!$|(?<=\.)\.(?=\.)"
)
# and what at the beginning of a line: lists, headings, comments, fences
_AT_START = re.compile(r"^\s*(?=[#%:]|[-+](?:\s|$))|^\s*\(?(?:\d+|[A-Za-z])(?=[.)](?:\s|$))")
_LINES = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "td", "th", "dt", "li", "figcaption", "caption")
_LANGUAGE = re.compile(r"^highlight-(?!default|none|text)(?:i?python\d*)?(.*)$")


class _Converter(MarkdownConverter):
    """markdownify with our escapes, anchors and fences; the rest is its own."""

    class Options(MarkdownConverter.DefaultOptions):
        """ATX headings, one kind of bullet, one line a paragraph."""

        autolinks, bullets, heading_style, newline_style = False, "-", "atx", "backslash"
        table_infer_header, wrap, wrap_width = True, True, None

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Return text in which nothing is markup, save at its beginning, see `process_text`."""
        return _MARKUP.sub(r"\\\g<0>", text)

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        """Return a text; one that begins a line there begins no list, quotation or heading."""
        text: str = super().process_text(el, parent_tags)
        before = el.previous_sibling
        if "_noformat" in (parent_tags or ()) or (before and cast(Tag, before).name != "br"):
            return text
        return _AT_START.sub(r"\g<0>\\", text)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a link without what shows when a mouse rests on it."""
        before, after = " " * text.startswith(" "), " " * text.endswith(" ")
        if not (words := text.strip()) or "href" not in el.attrs or "_noformat" in parent_tags:
            return text
        return f"{before}[{words}]({_address(el['href'])}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a picture with its words, in a table too."""
        words = " ".join(str(el.get("alt", "")).split())
        return f"![{self.escape(words, parent_tags)}]({_address(el['src'])})"

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return code; GitHub wants a bar in a cell escaped even there."""
        code: str = super().convert_code(el, text, parent_tags)
        return code.replace("|", r"\|") if {"td", "th"} & parent_tags else code

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a block of code, its fence longer than any within it."""
        classes = [css for parent in el.parents for css in parent.get("class") or ()]
        found = next(filter(None, map(_LANGUAGE.match, classes)), None)
        language = (found[1] or "python") if found else ""
        fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
        fence = max(fence, "```", key=len)
        return f"\n\n{fence}{language}\n{text.strip(chr(10))}\n{fence}\n\n"

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Return a text, or a place that links lead to."""
        place = f'<span id="{escape(str(el["id"]))}"></span>' if "id" in el.attrs else ""
        return place + text


def _address(address: Any) -> str:
    return quote(str(address), safe="%/:=&?#+!,;'@~")


def markdown_of(tree: Tag, places: Mapping[str, str]) -> str:
    """Return an element as Markdown; it is changed.

    `places` has the ids in it that links lead to, and what each is called in the Markdown, where
    it becomes an empty span: all these tools keep that.
    """
    _plain(tree)
    for element in tree.select("[id]"):
        place = places.get(str(element.attrs.pop("id")))
        if place:
            mark = Tag(name="span", attrs={"id": place})
            # the first line of a section, of a point in a list or of a cell
            lines = "p" if element.name in ("li", "td", "th") else _LINES
            room = element.find(lines) or (element if element.name in (*_LINES, "span") else None)
            if room:
                room.insert(0, mark)
            else:
                element.insert_before(mark)
    tree.smooth()
    return str(_Converter().convert_soup(tree)).strip() + "\n"


def _plain(tree: Tag) -> None:
    """Put in place of what Markdown has no form for what it has."""
    for element in tree.select("dl"):
        _as_list(element)
    for element in tree.select(".admonition"):
        element.name = "blockquote"
    for element in tree.select(".caption-number"):
        element.name = "strong"
    for element in tree.select(".summary, .admonition-title, .yalu-panel-title"):
        if not element.find(["h2", "h3", "h4"]):
            _make_bold(element)


def _make_bold(element: Tag) -> None:
    bold = Tag(name="strong")
    bold.extend(list(element.contents))
    element.append(bold)


def _as_list(definitions: Tag) -> None:
    """Make a list of definitions, which GitHub does not know, a list of points."""
    definitions.name = "ul"
    point = None
    for element in definitions.find_all(["dt", "dd"]):
        if element.name == "dt" or point is None:
            element.name, point = "li", element
            if not element.find(["b", "strong"]):
                _make_bold(element)
            continue
        only = [child for child in element.children if str(child).strip()]
        if len(only) == 1 and cast(Tag, only[0]).name == "p":
            cast(Tag, only[0]).unwrap()
        is_line = not element.find(["p", "ul", "ol", "div", "pre", "table"])
        element.name = "span" if is_line else "div"
        if is_line:
            point.append(Tag(name="br"))
        point.append(element.extract())
