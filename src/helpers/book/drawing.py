"""Drawing: the pictures of the executed chapters, drawn beside Sphinx, which then finds them.

Sphinx reads the pages one after another. Processes of their own draw the figures meanwhile,
the last one first, so that both meet where no picture is missing any more: first what stands
in the pages, then the pixels, of which Sphinx draws the rest when all pages are written.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import nbformat
import yaml

from helpers.analysis.chapter import METADATA
from helpers.analysis.figures import VEGALITE
from helpers.book import warm


def draw_figures(notebooks: list[Path], book: str, png: bool) -> None:
    """Draw the pictures of all figures of executed notebooks, the last figure first.

    `book` is the book's title, which stands in the pictures; `png` asks for PNG besides SVG.
    """
    from helpers.book.sphinx.figure_files import draw_pixels, draw_shapes

    figures = list(_figures(notebooks))
    for spec, _ in reversed(figures):
        draw_shapes(spec)
    for spec, about in reversed(figures) if png else ():
        draw_pixels(spec, about, book)


def _figures(notebooks: list[Path]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the specification of each figure, and what its output says of it."""
    for notebook in notebooks:
        for cell in nbformat.read(notebook, as_version=4).cells:
            for output in cell.get("outputs", []):
                about = output.get("metadata", {}).get(METADATA, {}).get("figure")
                if about:
                    yield output.data[VEGALITE], about


def drawing(root: Path, executed: list[Path], png: bool = True) -> AbstractContextManager[None]:
    """Draw the figures of executed notebooks in processes of their own, as long as this lasts.

    A core is left to Sphinx. What cannot be drawn is left for Sphinx, which says why.
    """
    book = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["title"]
    hands = max(1, (os.cpu_count() or 1) - 1) if warm.available() else 0
    shares = [share for share in (executed[hand::hands] for hand in range(hands)) if share]
    return warm.beside(draw_figures, [(share, book, png) for share in shares])
