"""Cover: every claim of the ledger as a dot in the colour of those who stand behind it."""

import textwrap
from functools import cache
from html import escape

from helpers import evidence
from helpers.analysis.theme import BASES, FONT, colour
from helpers.book import chart_cache

WIDTH, HEIGHT, MARGIN = 1600, 2400, 140
COLUMNS = 32
_STEP, _RADIUS = 10, 3.4


@cache
def _bases() -> tuple[str, ...]:
    """Return the basis of each claim, in the order in which the book names bases."""
    counts = evidence.load("claims")["basis"].value_counts()
    return tuple(basis for basis in BASES for _ in range(counts.get(basis, 0)))


def dots_size() -> tuple[int, int]:
    """Return width and height of the field of dots."""
    return COLUMNS * _STEP, -(-len(_bases()) // COLUMNS) * _STEP


def dots() -> str:
    """Return the circles of the field, a claim each, as the content of an SVG."""
    return "".join(
        f'<circle cx="{n % COLUMNS * _STEP + _STEP // 2}" cy="{n // COLUMNS * _STEP + _STEP // 2}"'
        f' r="{_RADIUS}" fill="{BASES[basis][1]}"/>'
        for n, basis in enumerate(_bases())
    )


def dots_svg() -> str:
    """Return the field of dots as a picture with words for someone who cannot see it."""
    width, height = dots_size()
    words = f"{len(_bases())} dots, a claim of the register each, coloured by who stands behind it"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{words}">{dots()}</svg>'
    )


def cover_svg(title: str, subtitle: str, authors: str) -> str:
    """Return the cover of the e-book: the field of dots, title and subtitle, 1,600 by 2,400."""
    width, _ = dots_size()
    scale = (WIDTH - 2 * MARGIN) / width
    field = f'<g transform="translate({MARGIN} {MARGIN}) scale({scale:.4f})">{dots()}</g>'
    lines = [
        *_lines(title, 1560, 150, 18, 'font-weight="700"'),
        *_lines(subtitle, 1770, 68, 40, f'fill="{colour("muted")}"'),
        *_lines(authors[:1].upper() + authors[1:], HEIGHT - MARGIN, 52, 52, ""),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{FONT}" fill="{colour("ink")}"><rect width="100%" height="100%" '
        f'fill="#fdfcf9"/>{field}{"".join(lines)}</svg>'
    )


def _lines(words: str, top: int, size: int, width: int, look: str) -> list[str]:
    return [
        f'<text x="{MARGIN}" y="{top + round(n * size * 1.25)}" font-size="{size}" {look}>'
        f"{escape(line)}</text>"
        for n, line in enumerate(textwrap.wrap(words, width))
    ]


def cover_picture(title: str, subtitle: str, authors: str) -> bytes:
    """Return the cover of the e-book as PNG, 1,000 by 1,500."""
    return chart_cache.png(cover_svg(title, subtitle, authors), scale=0.625)
