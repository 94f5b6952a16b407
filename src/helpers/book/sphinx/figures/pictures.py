"""Pictures of a figure that leave the book: the chart with its title, its note and its credit."""

import re
import textwrap
from collections.abc import Iterable

from markupsafe import Markup

from helpers.book.sphinx.figures.provenance import Provenance
from helpers.book.sphinx.html import rendered
from helpers.chapter.figure import WIDE

_EDGE = 14
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')

# x, y, size, weight, text
Line = tuple[float, float, int, int, str]


def metadata(origins: Provenance) -> Markup:
    """Return what a picture says of itself to programs: whose it is, its licence, its address."""
    words = rendered("figure_metadata.svg", papers=origins.papers, licence=origins.licence_address)
    return Markup(words.strip())


def poster(chart: str, title: str, foot: Iterable[str], about: str = "") -> str:
    """Return an SVG of a chart with a title and lines under it, folded as figures.js does.

    `about` is its `metadata`.
    """
    width, height = _size(chart)
    heads = _lines(title, 72)
    feet = [line for paragraph in foot for line in _lines(paragraph, 118)]
    top, below = _EDGE + 21 * len(heads) + 8, _EDGE + 15 * len(feet)
    lines: list[Line] = [
        (_EDGE, _EDGE + 16 + 21 * n, 16, 700, line) for n, line in enumerate(heads)
    ]
    lines += [(_EDGE, top + height + 20 + 15 * n, 11, 400, line) for n, line in enumerate(feet)]
    # without a clip path for the chart, which would take the PNG as long as all else
    body = chart.replace("<svg ", f'<svg x="{_EDGE}" y="{top}" overflow="visible" ', 1)
    full = (max(width, WIDE) + 2 * _EDGE, top + height + 10 + below)
    return _picture(full, title, lines, body, about)


def _size(chart: str) -> tuple[float, float]:
    width, height = _SIZE.search(chart).groups()  # type: ignore[union-attr]
    return float(width), float(height)


def _lines(text: str, letters: int) -> list[str]:
    """Return lines cut between words, so that addresses stay whole."""
    return textwrap.wrap(text, letters, break_on_hyphens=False, break_long_words=False)


def _picture(
    size: tuple[float, float], title: str, lines: list[Line], chart: str, about: str
) -> str:
    width, height = (f"{side:g}" for side in size)
    return rendered(
        "poster.svg", width=width, height=height, title=title, lines=lines, chart=Markup(chart),
        metadata=Markup(about),
    )  # fmt: skip
