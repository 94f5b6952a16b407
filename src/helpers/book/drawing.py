"""Drawing: the pictures of the executed chapters, drawn beside all else, which then finds them.

Processes of their own draw the figures of each chapter as soon as it is executed, on what time
the others leave. When Sphinx reads the pages, one after another, they draw the last figure
first, so that both meet where no picture is missing any more: first what stands in the pages,
then the pixels, of which Sphinx draws the rest when all pages are written.
"""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import nbformat

from helpers.analysis.chapter import METADATA
from helpers.analysis.figures import VEGALITE
from helpers.book import warm
from helpers.config import read_config

# how far other processes go before, and seconds between looks for a notebook
_NICE, _PAUSE = 5, 0.05


def draw_figures(notebooks: list[Path], book: str, whole: bool, first: bool) -> None:
    """Draw all figures of notebooks, the last figure first.

    A notebook that is not there yet is waited for. `book` is the book's title, which stands
    in the pictures; `whole` asks for PNG besides SVG; `first` for what rests on no notebook.
    """
    from helpers.book.sphinx.assets import wrapped_bundle
    from helpers.book.sphinx.contest_chart import draw_contests
    from helpers.book.sphinx.figure_files import draw_pixels, draw_shapes

    os.nice(_NICE)
    if first:
        wrapped_bundle()
    if first and whole:
        draw_contests()
    missing = list(notebooks)
    later: list[tuple[dict[str, Any], dict[str, Any]]] = []
    while missing or later:
        if there := [path for path in missing if path.is_file()]:
            missing = [path for path in missing if path not in there]
            figures = list(_figures(there))
            for spec, _ in reversed(figures):
                draw_shapes(spec)
            later += figures if whole else []
        elif later:
            spec, about = later.pop()
            draw_pixels(spec, about, book)
        else:
            time.sleep(_PAUSE)


def _figures(notebooks: list[Path]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the specification of each figure, and what its output says of it."""
    for notebook in notebooks:
        for cell in nbformat.read(notebook, as_version=4).cells:
            for output in cell.get("outputs", []):
                about = output.get("metadata", {}).get(METADATA, {}).get("figure")
                if about:
                    yield output.data[VEGALITE], about


def drawing(root: Path, notebooks: list[Path], whole: bool = True) -> AbstractContextManager[None]:
    """Draw the figures of notebooks in processes of their own, as long as this lasts.

    Notebooks may be executed meanwhile. `whole` asks for all that a whole book shows, not a
    page of it. A core is left to Sphinx. What cannot be drawn is left for Sphinx, which says
    why.
    """
    book = read_config(root)["title"]
    hands = max(1, (os.cpu_count() or 1) - 1) if warm.available() else 0
    shares = [share for share in (notebooks[hand::hands] for hand in range(hands)) if share]
    calls = [(share, book, whole, hand == 0) for hand, share in enumerate(shares)]
    return warm.beside(draw_figures, calls)
