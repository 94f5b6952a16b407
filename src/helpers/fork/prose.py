"""Prose: somebody else's Markdown, changed as little as a page of the book needs."""

import re
from pathlib import Path

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(\s*([^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(\s*([^)\s]+)[^)]*\)")
_OUTSIDE = re.compile(r"https?://|mailto:", re.IGNORECASE)
_TAG = re.compile(r"</?(?:img|script|iframe|link|style|video|audio|object|embed)\b[^>]*>", re.I)


def title_of(cells: list[str], otherwise: str) -> str:
    """Return the first heading of the first level in Markdown cells, or another title."""
    for line in (line for text in cells for line in _outside_code(text)):
        found = _HEADING.match(line)
        if found and len(found[1]) == 1:
            return " ".join(found[2].split())
    return otherwise


def _outside_code(text: str) -> list[str]:
    lines, fenced = [], False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            lines.append(line)
    return lines


class Headings:
    """Levels of headings, none skipped and one title only, from cell to cell."""

    def __init__(self, title: str) -> None:
        """Begin below the page's title."""
        self._title, self._seen, self._level = title, False, 1

    def settled(self, text: str) -> str:
        """Return a cell's Markdown with its headings settled; the title itself goes."""
        lines, fenced = [], False
        for line in text.splitlines():
            fenced ^= bool(_FENCE.match(line))
            found = None if fenced else _HEADING.match(line)
            lines += [line] if found is None else self._heading(len(found[1]), found[2])
        return "\n".join(lines).strip("\n")

    def _heading(self, level: int, words: str) -> list[str]:
        if level == 1 and not self._seen and " ".join(words.split()) == self._title:
            self._seen = True
            return []
        self._level = min(max(level, 2), self._level + 1)
        return [f"{'#' * self._level} {words}"]


def without_foreign(text: str, folder: Path, chapter: str) -> tuple[str, list[str], list[Path]]:
    """Return Markdown that asks for nothing, what was changed, and pictures to bring along.

    Links within the notebook's folder become plain words, pictures on other hosts links to
    them. Pictures beside the notebook are returned; the text has them under the chapter's name.
    """
    told: list[str] = []
    pictures: list[Path] = []

    def picture(match: re.Match[str]) -> str:
        words, target = match[1] or "picture", match[2]
        path = folder / target
        if _OUTSIDE.match(target):
            told.append(f"the picture {target[:60]} is on another host: it is a link now")
            return f"[{words}]({target})"
        if path.is_file() and path.suffix.lower() in (".png", ".jpg", ".jpeg", ".svg", ".gif"):
            pictures.append(path)
            return f"![{words}](images/{chapter}-{path.name})"
        told.append(f"the picture {target[:60]} is not beside the notebook: its words are left")
        return words

    def link(match: re.Match[str]) -> str:
        if _OUTSIDE.match(match[2]):
            return match[0]
        told.append(f"the link to {match[2][:60]} leads nowhere in the book: its words are left")
        return match[1]

    def tag(match: re.Match[str]) -> str:
        told.append(f"the tag {match[0][:40]} was taken out")
        return ""

    settled = _TAG.sub(tag, _LINK.sub(link, _PICTURE.sub(picture, text)))
    return settled, told, pictures
