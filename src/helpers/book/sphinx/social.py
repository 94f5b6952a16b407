"""Pictures made at build time: the card that stands for a link to a page, and the book's sign."""

import textwrap
from html import escape

from helpers.analysis.theme import FONT
from helpers.book import drawn

WIDTH, HEIGHT = 1200, 630
_PAPER, _INK, _MUTED, _RIVER = "#fdfcf9", "#1d2329", "#5b6570", "#1f5fa8"
# two banks and the river between them, with the bridge that ends in the middle
SIGN = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">'
    f'<rect width="64" height="64" rx="8" fill="{_INK}"/>'
    '<path d="M48 -8C42 14 24 20 22 34S32 56 22 74" fill="none" stroke="#7fb3ee" '
    'stroke-width="13"/>'
    f'<path d="M0 33H30" stroke="{_PAPER}" stroke-width="6"/>'
    f'<path d="M8 33V43M18 33V43" stroke="{_PAPER}" stroke-width="4"/></svg>'
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
    return drawn.png(social_svg(book, title, words))


def sign_picture(size: int) -> bytes:
    """Return the book's sign as a square PNG."""
    return drawn.png(SIGN, scale=size / 64)
