"""Pictures made at build time: the card that stands for a link to a page, and the book's sign."""

import textwrap
from html import escape
from pathlib import Path

from helpers.book import chart_cache
from helpers.chapter.charts import FONT

WIDTH, HEIGHT = 1200, 630
_PAPER, _INK, _MUTED, _RIVER = "#fdfcf9", "#1d2329", "#5b6570", "#1f5fa8"
# the book's own sign, where it has one
SIGN = "chapters/images/sign.svg"


def sign_svg(root: Path, title: str) -> str:
    """Return the book's sign as SVG: its own, or else the first letter of its title."""
    path = root / SIGN
    if path.is_file():
        return path.read_text(encoding="utf-8").strip()
    letter = escape(next((c for c in title if c.isalnum()), "·").upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="8" fill="{_INK}"/><text x="32" y="46" fill="{_PAPER}" '
        f'font-family="{FONT}" font-size="40" text-anchor="middle">{letter}</text></svg>'
    )


def _lines(words: str, width: int, most: int) -> list[str]:
    return textwrap.wrap(words, width, max_lines=most, placeholder=" …")


def _block(lines: list[str], top: int, size: int, look: str) -> str:
    step = round(size * 1.28)
    return "".join(
        f'<text x="84" y="{top + step * n}" font-size="{size}" {look}>{escape(line)}</text>'
        for n, line in enumerate(lines)
    )


def social_svg(book: str, title: str, words: str) -> str:
    """Return the card as SVG: the book's name, the page's title, what the page says in short."""
    shown = [] if title == book else [book]
    heading = _lines(title, 28, 2)
    below = 230 + 84 * len(heading)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{FONT}"><rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>'
        f'<rect x="84" y="72" width="96" height="8" fill="{_RIVER}"/>'
        + _block(shown, 134, 30, f'fill="{_MUTED}"')
        + _block(heading, 226, 66, f'fill="{_INK}" font-weight="700"')
        + _block(_lines(words, 62, 5), below, 33, f'fill="{_INK}"')
        + "</svg>"
    )


def social_picture(book: str, title: str, words: str) -> bytes:
    """Return the card of a page as PNG, 1200 by 630 pixels."""
    return chart_cache.png(social_svg(book, title, words))


def sign_picture(sign: str, size: int) -> bytes:
    """Return a sign, an SVG of 64 by 64 pixels, as a square PNG of `size` pixels."""
    return chart_cache.png(sign, scale=size / 64)
