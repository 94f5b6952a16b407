"""What the sections on sensitivity add to a cold build: chapters with and without, and charts.

Executes every chapter as it is and without its cells on sensitivity, one at a time, in turns, and
draws the charts of these cells. All is told in processor seconds, which a build that keeps all
cores busy is made of, as Linux counts them for the whole machine: let nothing else run.
"""

import argparse
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import nbformat
from timing import YALU, book, keep, machine, seconds

from helpers.book import chart_cache
from helpers.book.execute import execute
from helpers.book.sphinx.figures import render_svgs
from helpers.chapter.figure import VEGALITE
from helpers.chapter.running import METADATA
from helpers.paths import book_root

_CELLS = ("ch.sensitivity()", 'ch.figure("known-when"')
_OURS = ("known-when",)


def without(source: Path, target: Path) -> Path:
    """Write a chapter without its cells on sensitivity; return where."""
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [c for c in notebook.cells if not any(words in c.source for words in _CELLS)]
    nbformat.write(notebook, target)
    return target


def spent() -> float:
    """Return the processor seconds that the machine has spent so far; those of Linux only."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    ticks = [int(count) for count in line.split()[1:9]]
    idle, waiting = ticks[3:5]
    return (sum(ticks) - idle - waiting) / os.sysconf("SC_CLK_TCK")


def cost(work: Callable[[], object]) -> float:
    """Return the processor seconds that some work takes."""
    before = spent()
    work()
    return spent() - before


def draw(executed: Path) -> None:
    """Render the charts of the sections."""
    for cell in nbformat.read(executed, as_version=4).cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get(METADATA, {}).get("figure")
            if about and about["name"].endswith(_OURS):
                render_svgs(output.data[VEGALITE])


def charts(executed: Path) -> float:
    """Return what drawing the charts takes, once Vega has been started."""
    draw(executed)
    shutil.rmtree(book_root() / chart_cache.FOLDER, ignore_errors=True)
    return cost(lambda: draw(executed))


def cold_build(root: Path) -> float:
    """Return what a build takes that finds nothing of an earlier one."""
    shutil.rmtree(root / "_build", ignore_errors=True)
    return cost(lambda: seconds(root, (*YALU, "build")))


def main() -> None:
    """Print what the sections add."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    added, lines = 0.0, ["| chapter | without | with | its charts |", "| --- | --- | --- | --- |"]
    with book() as root:
        os.environ["YALU_BOOK"] = str(root)
        for source in sorted((root / "chapters").glob("*.ipynb")):
            bare = without(source, source.with_name(f"bare-{source.name}"))
            made = root / "_build" / "made.ipynb"
            execute(source, made)
            works = partial(execute, bare, made), partial(execute, source, made)
            runs = [[cost(work) for work in works] for _ in range(times)]
            short, full = (median(column) for column in zip(*runs, strict=True))
            drawing = charts(made)
            added += full - short + drawing
            bare.unlink()
            lines.append(f"| {source.stem} | {short:.2f} | {full:.2f} | {drawing:.2f} |")
        whole = median(cold_build(root) for _ in range(times))
    share = f"{added / (whole - added):.0%} of the build without them"
    sums = [f"Together {added:.2f} of the {whole:.2f} of a cold build: {share}.", ""]
    keep("What the sections on sensitivity add", [
        f"Processor seconds, medians of {times}. {machine()}", "", *sums, *lines])  # fmt: skip


if __name__ == "__main__":
    main()
