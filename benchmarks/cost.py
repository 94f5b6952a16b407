"""Cost of builds: processor seconds, wall and peak memory, beside plain tools and another checkout.

The plain tools are what a user without this project would have: papermill on each chapter, one
after another, then `jupyter-book build` of these notebooks and of plain Markdown pages, without
our extension. Each line is the median of several rounds, in which the works take turns.
"""

import argparse
import ctypes
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml
from rerun import change_chapter, change_claim, chapters, fresh, jupyter_book, papermill
from timing import YALU, book, keep, machine, seconds

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): orphans become our children
_MEASURE = "import sys; sys.path.insert(0, sys.argv[1]); from cost import main_of; main_of()"
_WORDS = """
import sys, nbformat
from helpers.book.execute import with_words
for path in sys.argv[1:]:
    nbformat.write(with_words(nbformat.read(path, as_version=4)), path)
"""
Work = Callable[[], "Took"]


class Took(NamedTuple):
    """What a work took: seconds of wall and of processors, peak of its largest process in MB."""

    wall: float
    processor: float
    peak: float


def main_of() -> None:
    """Run the command in `sys.argv[2:]` and print what it and all its descendants took."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    begun = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.communicate()[0]
    wall = time.perf_counter() - begun
    while True:  # processes that outlive the command count too
        try:
            os.wait()
        except ChildProcessError:
            break
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(said.decode(errors="replace")[-2000:])
    print(wall, spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024)


def took(root: Path, *words: str) -> Took:
    """Return what a command takes in a book."""
    command = (sys.executable, "-c", _MEASURE, str(Path(__file__).parent), *words)
    environment = os.environ | {"YALU_BOOK": str(root), "PYTHONHASHSEED": "0"}
    run = subprocess.run(command, cwd=root / "chapters", env=environment, text=True,
                         capture_output=True)  # fmt: skip
    if run.returncode:
        raise RuntimeError(f"{' '.join(words)}\n{run.stderr[-2000:]}")
    return Took(*map(float, run.stdout.split()))


def build(root: Path, python: str = sys.executable) -> Took:
    """Build with `yalu build` on what is there."""
    return took(root, python, *YALU[1:], "build")


def cold(root: Path, python: str = sys.executable) -> Took:
    """Build from nothing."""
    fresh(root)
    return build(root, python)


def after(root: Path, change: Callable[[Path], None]) -> Took:
    """Change a book, then build it."""
    change(root)
    return build(root)


def change_sentence(root: Path) -> None:
    """Add a sentence to a page."""
    with (root / "chapters" / "about.md").open("a", encoding="utf-8") as file:
        file.write("\nOne more sentence.\n")


def plain(root: Path, pages: Path) -> Took:
    """Execute each chapter with papermill, render all with jupyter-book without our extension."""
    staged = root / "_build" / "plain"
    shutil.rmtree(root / "_build" / "by-hand", ignore_errors=True)
    shutil.rmtree(root / "_build" / "rendered", ignore_errors=True)
    shutil.rmtree(staged, ignore_errors=True)
    works = [took(root, *papermill(root, name)) for name in chapters(root)]
    executed = sorted((root / "_build" / "by-hand").glob("*.ipynb"))
    seconds(root, (sys.executable, "-c", _WORDS, *map(str, executed)))
    shutil.copytree(pages, staged)
    for path in executed:
        (staged / f"{path.stem}.md").unlink(missing_ok=True)
        shutil.copyfile(path, staged / path.name)
    names = sorted({path.stem for path in staged.glob("*.*") if path.suffix in (".md", ".ipynb")})
    files = [{"file": name} for name in names if name not in ("index", "README")]
    toc = {"format": "jb-book", "root": "index", "chapters": files}
    config = {"title": "A book", "execute": {"execute_notebooks": "off"},
              "only_build_toc_files": True}  # fmt: skip
    (staged / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (staged / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    works.append(took(root, *jupyter_book(root, staged)))
    return Took(*(sum(column) for column in list(zip(*works, strict=True))[:2]),
                max(one.peak for one in works))  # fmt: skip


def medians(rounds: int, works: dict[str, Work]) -> dict[str, Took]:
    """Return the median of each work, done in turn."""
    found = [{name: work() for name, work in works.items()} for _ in range(rounds)]
    columns = {name: zip(*(one[name] for one in found), strict=True) for name in works}
    return {name: Took(*map(statistics.median, of)) for name, of in columns.items()}


def site_size(root: Path) -> float:
    """Return the size of the site in MB."""
    site = root / "_build" / "html"
    return sum(p.stat().st_size for p in site.rglob("*") if p.is_file()) / 1e6


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout of this project")
    parser.add_argument("--python", help="the Python in which that checkout is installed")
    options, on = parser.parse_args(), machine()
    with book() as root:
        works: dict[str, Work] = {
            "cold build": lambda: cold(root),
            "one claim changed": lambda: after(root, change_claim),
            "one chapter changed": lambda: after(root, change_chapter),
            "one sentence changed": lambda: after(root, change_sentence),
            "nothing changed": lambda: build(root),
        }
        cold(root)
        pages = root.parent / "pages"
        seconds(root, (*YALU, "export", "--out", str(pages)))
        works["papermill, then plain jupyter-book"] = lambda: plain(root, pages)
        if options.against:
            other = options.against.resolve()
            works["cold build of the other checkout"] = lambda: cold(other, options.python)
        found = medians(options.rounds, works)
        first = found["cold build"]
        rows = [f"| {name} | {one.processor:.1f} | {one.wall:.1f} | {one.peak:.0f} | "
                f"{one.processor / first.processor:.2f} | {one.wall / first.wall:.2f} |"
                for name, one in found.items()]  # fmt: skip
        kits = sum(path.stat().st_size for path in (root / "_build/html/kits").glob("*")) / 1e6
        keep("Cost of builds", [
            f"Medians of {options.rounds} rounds. {on} Site: {site_size(root):.1f} MB, of it "
            f"{kits:.1f} MB are kits.", "",
            "| what | processor seconds | wall | peak of a process, MB | to our cold build: "
            "processor | wall |", "| --- | --- | --- | --- | --- | --- |", *rows,
        ])  # fmt: skip


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
