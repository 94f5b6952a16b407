"""Drawing: the pictures of the executed chapters, drawn beside Sphinx, which then finds them.

Sphinx reads the pages one after another. Processes of their own draw the figures meanwhile,
the last one first, so that both meet where no picture is missing any more.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import yaml

from helpers.analysis.chapter import METADATA
from helpers.analysis.figures import VEGALITE
from helpers.book import warm


def draw_figures(notebook: Path, book: str, png: bool) -> None:
    """Draw the pictures of all figures of an executed notebook, the last figure first.

    `book` is the book's title, which stands in the pictures; `png` asks for PNG besides SVG.
    """
    from helpers.book.sphinx.figure_files import draw

    cells = nbformat.read(notebook, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    for output in reversed(outputs):
        about = output.get("metadata", {}).get(METADATA, {}).get("figure")
        if about:
            draw(output.data[VEGALITE], about, book, png)


@contextmanager
def drawing(root: Path, executed: list[Path], png: bool = True) -> Iterator[None]:
    """Draw the figures of executed notebooks in processes of their own, as long as this lasts.

    A core is left to Sphinx. What cannot be drawn is left for Sphinx, which says why.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_draw, args=(root, executed, png, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _draw(root: Path, executed: list[Path], png: bool, stop: threading.Event) -> None:
    book = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["title"]
    calls = ((path, book, png) for path in reversed(executed) if not stop.is_set())
    for _ in warm.each(draw_figures, calls, max(1, (os.cpu_count() or 1) - 1)):
        if stop.is_set():
            return
