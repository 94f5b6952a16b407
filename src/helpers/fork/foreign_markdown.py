"""Foreign Markdown: what another notebook says, in a form that the book can render."""

import base64
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments.lexers import get_lexer_by_name
from pygments.token import Error
from pygments.util import ClassNotFound

_REMOTE = re.compile(r"(?:https?://|mailto:)\S+\Z", re.IGNORECASE)
_PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/svg+xml": "svg"}
_TAG = re.compile(
    r"</?(?:img|script|iframe|link|style|video|audio|object|embed|a|h[1-6]|center|font|form|input|"
    r"button|svg|canvas|meta|base)\b[^>]*>|(?<=<script>)[^<]*(?=</script>)", re.IGNORECASE
)  # fmt: skip
_HTML_PICTURE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)[^>]*>", re.IGNORECASE)
_HTML_HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1\s*>", re.IGNORECASE | re.DOTALL)
# what MyST has beside CommonMark: roles, attributes and footnotes; blocks by their first sign
_ROLE = re.compile(r"\{(?=[^{}\s]*\}\Z)")
_FOOTNOTE = re.compile(r"(?ms)^(`{3,}|~{3,}).*?^\1|`[^`\n]*`|\[\^(?=[^\]\s]+\])")
_BLOCK = re.compile(r"(\s*(?:>\s*)*)(:::|:[^:\s][^:]*:\s|\([^()\n]+\)=\s*$|\+\+\+|%|\{(?=[.#%\w]))")
_PARSER = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)
_PARSER.disable("text_join")


def title_of(texts: Iterable[str], otherwise: str) -> str:
    """Return the first heading of the first level in Markdown texts, or another title."""
    for text in texts:
        tokens = _PARSER.parse(_HTML_HEADING.sub(_heading, text))
        for token, words in pairwise(tokens):
            if token.type == "heading_open" and token.tag == "h1" and words.content.strip():
                return " ".join(words.content.split())
    return otherwise


def _heading(match: re.Match[str]) -> str:
    words = re.sub(r"<[^>]+>", "", match[2]).split()
    return f"\n\n{'#' * int(match[1])} {' '.join(words)}\n\n"


class Page:
    """The Markdown of a page that is made of foreign cells, in order.

    No level of heading is skipped, and all are below `title`; nothing is loaded from elsewhere;
    links within the notebook's folder become plain words. `picture` is given a picture's name and
    bytes and returns its new address.
    """

    def __init__(self, title: str, folder: Path, picture: Callable[[str, bytes], str]) -> None:
        """Begin the page; `folder` is that of the notebook."""
        self._title, self._folder, self._picture = title, folder, picture
        self._above, self._title_seen = 1, False
        self._attachments: dict[str, dict[str, str]] = {}
        self.told: list[str] = []

    def settled(self, text: str, attachments: dict[str, dict[str, str]]) -> str:
        """Return a cell's text as the book takes it; `told` is then what was changed in it."""
        self.told, self._attachments = [], attachments
        text = _HTML_HEADING.sub(_heading, _HTML_PICTURE.sub(r"![picture](\1)", text))
        text = _FOOTNOTE.sub(lambda m: "\\[^" if m[0] == "[^" else m[0], text)
        env: dict[str, Any] = {}
        lines: list[str] = re.split(r"\r\n|\r|\n", text)
        tokens = _PARSER.parse("\n".join(lines), env)
        lines += [""]
        for at, token in enumerate(tokens):
            first, after = token.map or (0, 0)
            if token.type == "heading_open" and token.level == 0:
                words = self._inline(tokens[at + 1].children or [])
                lines[first:after] = [
                    self._levelled(int(token.tag[1]), words),
                    *[""] * (after - first - 1),
                ]
            elif token.type == "hr":
                lines[first:after] = [re.sub(r"[-*_]", " ", lines[first]).rstrip()]
            elif token.type == "fence":
                sign = lines[first].index(token.markup)
                lines[first] = (
                    lines[first][:sign] + token.markup + _language(token.info, token.content)
                )
            elif token.type == "html_block":
                lines[first:after] = [self._without_tags(line) for line in lines[first:after]]
            elif token.type == "inline" and tokens[at - 1].type != "heading_open":
                old, new = token.content.split("\n"), self._inline(token.children or []).split("\n")
                new = new if len(new) == len(old) else [" ".join(new), *[""] * (len(old) - 1)]
                for place, (before, now) in enumerate(zip(old, new, strict=True), first):
                    if place < len(lines):
                        lines[place] = (
                            lines[place].replace(before, now, 1) if before else lines[place]
                        )
                if tokens[at - 1].type == "paragraph_open" and first < len(lines):
                    lines[first] = (
                        _BLOCK.sub(r"\1\\\2", lines[first], count=1)
                        if _BLOCK.match(lines[first])
                        else lines[first]
                    )
        for one in [*env.get("references", {}).values(), *env.get("duplicate_refs", [])]:
            lines[one["map"][0] : one["map"][1]] = [""] * (one["map"][1] - one["map"][0])
        return "\n".join(lines).strip("\n")

    def _levelled(self, level: int, words: str) -> str:
        if (level == 1 and words == self._title and not self._title_seen) or not words.strip():
            self._title_seen = True
            return ""
        self._above = min(max(level, 2), self._above + 1)
        return f"{'#' * self._above} {' '.join(words.split())}"

    def _inline(self, tokens: list[Any]) -> str:
        """Return Markdown of the parts of a paragraph."""
        made, ends = "", []
        for token, after in zip(tokens, [*tokens[1:], None], strict=True):
            if token.type == "text":
                text = token.content
                if after and after.type == "code_inline":
                    text = _ROLE.sub(r"\\{", text)
                made += "\\" * (text[:1] == "{" and made[-1:] in ("]", ")", "`")) + text
            elif token.type == "code_inline":
                space = " " if "`" in token.content else ""
                made += token.markup + space + token.content + space + token.markup
            elif token.type in ("math_inline", "math_inline_double"):
                made += token.markup + token.content + token.markup
            elif token.type == "link_open":
                target = str(token.attrs.get("href", ""))
                is_kept = _REMOTE.match(target)
                if not is_kept:
                    self.told.append(
                        f"the link to {target[:60]} leads nowhere in the book: its words are left"
                    )
                ends.append(f"](<{target}>)" if is_kept else "")
                made += "[" if is_kept else ""
            elif token.type == "link_close":
                made += ends.pop()
            elif token.type == "image":
                made += self._image(str(token.attrs["src"]), token.content)
            elif token.type == "html_inline":
                made += self._without_tags(token.content)
            elif token.type == "hardbreak":
                made += "\\\n"
            elif token.type == "softbreak":
                made += "\n"
            else:
                made += token.markup
        return made

    def _image(self, target: str, words: str) -> str:
        words, name, content = words or "picture", Path(target).name, None
        if _REMOTE.match(target):
            self.told.append(f"the picture {target[:60]} is on another host: it is a link now")
            return f"[{words}](<{target}>)"
        if target.startswith("attachment:"):
            kinds = self._attachments.get(target.removeprefix("attachment:"), {})
            kind, text = next(((k, t) for k, t in kinds.items() if k in _PICTURES), ("", ""))
        elif target.startswith("data:"):
            head, _, text = target[5:].partition(",")
            kind = head.split(";")[0] if head.endswith(";base64") else ""
            name = f"pasted.{_PICTURES.get(kind)}"
        else:
            kind, path = "", self._folder / target
            if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".svg", ".gif") and path.is_file():
                content = path.read_bytes()
        if kind in _PICTURES:
            content = text.encode() if text.lstrip().startswith("<") else base64.b64decode(text)
            name = f"{Path(name.removeprefix('attachment:')).stem}.{_PICTURES[kind]}"
        if content is None:
            self.told.append(f"the picture {target[:60]} is not in its folder: its words are left")
            return words
        return f"![{words}]({self._picture(name, content)})"

    def _without_tags(self, html: str) -> str:
        self.told += [
            f"the tag {tag[:40]} was taken out" for tag in _TAG.findall(html) if tag[1:2] != "/"
        ]
        return _TAG.sub("", html)


def _language(info: str, code: str) -> str:
    """Return the language of a block of code, "text" where it is none that the book can colour."""
    name = (re.split(r"[\s,{}]+", info.strip().lstrip("{")) or [""])[0]
    try:
        is_fine = name and all(
            kind is not Error for kind, _ in get_lexer_by_name(name).get_tokens(code)
        )
    except ClassNotFound:
        is_fine = False
    return name if is_fine else "text"
