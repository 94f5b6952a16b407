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
# The cut for sharing, 16 to 9: its size, its edge, the width of a letter in pixels to the point.
CUT = (1200, 675)
_MARGIN, _LETTER = 40, 0.56
_TITLE, _FOOT, _LARGEST = 32, 15, 1.8

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


def sharing_cut(chart: str, title: str, credit: str, about: str = "") -> str:
    """Return a picture of 16 to 9 of a chart: its title above or, beside a tall one, to the left.

    Of the two it is that in which the chart is larger.
    """
    width, height = _size(chart)
    full_width, full_height = CUT
    inner = full_width - 2 * _MARGIN
    foot = _folded(credit, inner, _FOOT)
    bottom = full_height - _MARGIN / 2 - (_FOOT + 5) * len(foot)
    places = []
    for beside in (False, True):
        column = inner * 0.34 if beside else inner
        head = _folded(title, column, _TITLE)
        left = _MARGIN + (column + 20) * beside
        top = _MARGIN if beside else _MARGIN + 1.2 * _TITLE * len(head) + 6
        room = (full_width - _MARGIN - left, bottom - 12 - top)
        scale = min(room[0] / width, room[1] / height, _LARGEST)
        places.append((scale, left + (room[0] - scale * width) / 2, top, head))
    scale, left, top, head = max(places)
    lines: list[Line] = [(_MARGIN, _MARGIN + _TITLE * (0.8 + 1.2 * n), _TITLE, 700, line)
             for n, line in enumerate(head)]  # fmt: skip
    lines += [(_MARGIN, bottom + (_FOOT + 5) * (n + 0.7), _FOOT, 400, line)
              for n, line in enumerate(foot)]  # fmt: skip
    body = f'<g transform="translate({left:.1f},{top:.1f}) scale({scale:.4f})">{chart}</g>'
    body = body.replace("<svg ", '<svg overflow="visible" ', 1)
    return _picture(CUT, title, lines, body, about)


def _size(chart: str) -> tuple[float, float]:
    width, height = _SIZE.search(chart).groups()  # type: ignore[union-attr]
    return float(width), float(height)


def _lines(text: str, letters: int) -> list[str]:
    """Return lines cut between words, so that addresses stay whole."""
    return textwrap.wrap(text, letters, break_on_hyphens=False, break_long_words=False)


def _folded(text: str, width: float, size: int) -> list[str]:
    return _lines(text, int(width / (size * _LETTER)))


def _picture(
    size: tuple[float, float], title: str, lines: list[Line], chart: str, about: str
) -> str:
    width, height = (f"{side:g}" for side in size)
    return rendered(
        "poster.svg", width=width, height=height, title=title, lines=lines, chart=Markup(chart),
        metadata=Markup(about),
    )  # fmt: skip
