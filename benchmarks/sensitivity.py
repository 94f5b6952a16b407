"""What the sections on sensitivity add to a cold build: chapters with and without, and charts.

Executes every chapter as it is and without its cells on sensitivity, one at a time, in turns, and
draws the charts of these cells; prints medians in seconds and the share of a cold build.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

import nbformat

from helpers.book.build import build
from helpers.book.execute import execute
from helpers.book.sphinx.figures import pictures
from helpers.rerun.charts import figure_specs

ROOT = Path(__file__).resolve().parent.parent
_CELLS = ("sensitivity()", 'figure("known-when"')
_OURS = ("sensitivity", "known-when")


def without(source: Path, target: Path) -> Path:
    """Write a chapter without its cells on sensitivity; return where."""
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = [c for c in notebook.cells if not any(words in c.source for words in _CELLS)]
    nbformat.write(notebook, target)
    return target


def seconds(source: Path, target: Path) -> float:
    """Execute a notebook and return how long it took."""
    began = time.perf_counter()
    execute(source, target)
    return time.perf_counter() - began


def drawing(executed: Path) -> float:
    """Return how long the charts of the sections take to be drawn."""
    specs = figure_specs(nbformat.read(executed, as_version=4))
    began = time.perf_counter()
    for name, spec in specs.items():
        if name.endswith(_OURS):
            pictures(spec, name, "")
    return time.perf_counter() - began


def cold_build() -> float:
    """Return how long a build takes that finds nothing of an earlier one."""
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    began = time.perf_counter()
    build(ROOT, lambda _: None)
    return time.perf_counter() - began


def main() -> None:
    """Print what the sections add."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    added = 0.0
    with tempfile.TemporaryDirectory(prefix="yalu-bench-", dir=ROOT / "chapters") as folder:
        for source in sorted((ROOT / "chapters").glob("*.ipynb")):
            bare = without(source, Path(folder) / source.name)
            made = Path(folder) / f"made-{source.name}"
            seconds(source, made)
            runs = [(seconds(bare, made), seconds(source, made)) for _ in range(times)]
            short, full = (median(column) for column in zip(*runs, strict=True))
            charts = drawing(made)
            added += full - short + charts
            print(f"{source.stem:14} without {short:5.2f}  with {full:5.2f}  charts {charts:5.2f}")
    whole = cold_build()
    print(f"all together   {added:.2f} s of processor time; cold build {whole:.2f} s")
    print(f"share of the build without them: {added / (whole - added):.0%}")


if __name__ == "__main__":
    main()
