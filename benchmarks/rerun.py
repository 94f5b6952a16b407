"""Building and rerunning beside papermill and jupyter-book, as one would do it without `yalu`.

Each line is the median of several pairs taken in one run, on copies of the book. The others
get the same book: the same notebooks, the same extension, laid out for them outside the time.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import yaml
from timing import JUPYTER_BOOK, PAPERMILL, YALU, book, keep, machine, pairs, seconds

CHAPTER, PARAMETER = "luggage", "workers_per_week"
_NUMBERS = count(1)
_STAGE = """
import sys
from pathlib import Path
from helpers.book.stage import stage
stage(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
"""
_ONE = """
import sys
from pathlib import Path
from helpers.rerun.page import _stage
_stage(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
"""


def chapters(root: Path) -> list[str]:
    """Return the names of the chapters."""
    return sorted(path.stem for path in (root / "chapters").glob("*.ipynb"))


def fresh(root: Path) -> None:
    """Drop all that was built."""
    shutil.rmtree(root / "_build", ignore_errors=True)


def papermill(root: Path, chapter: str, *words: str) -> tuple[str, ...]:
    """Return the command that executes a chapter."""
    target = root / "_build" / "by-hand" / f"{chapter}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    return (*PAPERMILL, f"{chapter}.ipynb", str(target), "--no-progress-bar", *words)


def jupyter_book(root: Path, folder: Path) -> tuple[str, ...]:
    """Return the command that renders a book laid out in `folder`."""
    return (*JUPYTER_BOOK, str(folder), "--path-output", str(root / "_build" / "rendered"), "-q")


def by_hand(root: Path) -> float:
    """Execute the chapters with papermill one after another, then render with jupyter-book."""
    fresh(root)
    took = seconds(root, *(papermill(root, name) for name in chapters(root)))
    staged = root / "_build" / "stage"
    laid = (sys.executable, "-c", _STAGE, str(root), str(root / "_build" / "by-hand"), str(staged))
    seconds(root, laid)
    return took + seconds(root, jupyter_book(root, staged))


def executing(root: Path, executed: Path) -> float:
    """Render with jupyter-book's own execution of the chapters."""
    fresh(root)
    staged = root / "_build" / "stage"
    seconds(root, (sys.executable, "-c", _STAGE, str(root), str(executed), str(staged)))
    for name in chapters(root):
        shutil.copyfile(root / "chapters" / f"{name}.ipynb", staged / "chapters" / f"{name}.ipynb")
    config = yaml.safe_load((staged / "_config.yml").read_text(encoding="utf-8"))
    config["execute"] = {"execute_notebooks": "force", "timeout": -1}
    (staged / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return seconds(root, jupyter_book(root, staged))


def build(root: Path) -> float:
    """Build with `yalu build` on what is there."""
    return seconds(root, (*YALU, "build"))


def cold(root: Path) -> float:
    """Build with `yalu build` from nothing."""
    fresh(root)
    return build(root)


def change_chapter(root: Path) -> None:
    """Change a cell of one chapter."""
    path = root / "chapters" / f"{CHAPTER}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if "@ch.results" in "".join(c["source"]))
    cell["source"] = f"# change {next(_NUMBERS)}\n" + "".join(cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")


def change_claim(root: Path) -> None:
    """Change the note of one claim in the ledger."""
    path = root / "data" / "ledger" / "claims.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    next(row for row in rows if row[0] == "lug-2023-5yuan")[-1] += f" {next(_NUMBERS)}"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def after(change: Callable[[Path], None], root: Path) -> float:
    """Change a book, then build it."""
    change(root)
    return build(root)


def run(root: Path, *words: str) -> float:
    """Run the chapter at a point that has not been run."""
    given = ("-p", f"{PARAMETER}={100 + next(_NUMBERS)}")
    return seconds(root, (*YALU, "run", CHAPTER, *given, *words))


def run_by_hand(root: Path, page: bool) -> float:
    """Execute the chapter at another point with papermill, then perhaps render its page."""
    given = ("-p", PARAMETER, str(100 + next(_NUMBERS)))
    took = seconds(root, papermill(root, CHAPTER, *given))
    if not page:
        return took
    staged, executed = root / "_build" / "one", root / "_build" / "by-hand" / f"{CHAPTER}.ipynb"
    for folder in (staged, root / "_build" / "rendered", root / "_build" / "drawn"):
        shutil.rmtree(folder, ignore_errors=True)
    seconds(root, (sys.executable, "-c", _ONE, str(root), CHAPTER, str(executed), str(staged)))
    return took + seconds(root, jupyter_book(root, staged))


def loop(root: Path, runs: int, at_once: int) -> float:
    """Return the seconds that papermill takes for a point, of `runs`, `at_once` at a time."""
    commands = [
        papermill(root, CHAPTER, "-p", PARAMETER, str(100 + next(_NUMBERS))) for _ in range(runs)
    ]
    return seconds(root, *commands, at_once=at_once) / runs


def sweep(root: Path, points: int) -> float:
    """Return the seconds that a sweep takes for a point."""
    shutil.rmtree(root / "runs", ignore_errors=True)
    swept = f"{PARAMETER}=1:{points}:1"
    return seconds(root, (*YALU, "sweep", CHAPTER, "-p", swept)) / points


def line(what: str, ours: float, other: float, name: str) -> str:
    """Return a row of the table of results."""
    return f"| {what} | {ours:.2f} | {name}: {other:.2f} | {ours / other:.3f} |"


def builds(root: Path, times: int) -> list[str]:
    """Return the rows on building."""
    build(root)
    executed = root.parent / "executed"
    shutil.copytree(root / "_build" / "work" / "executed", executed)
    ours, one, two = pairs(
        times, lambda: cold(root), lambda: by_hand(root), lambda: executing(root, executed)
    )
    cold(root)
    same, chapter, claim = pairs(
        times,
        lambda: build(root),
        lambda: after(change_chapter, root),
        lambda: after(change_claim, root),
    )
    hand, own = "papermill, then jupyter-book", "jupyter-book executing"
    rows = [line("cold build", ours, one, hand), line("cold build", ours, two, own)]
    for what, took in (("nothing", same), ("one chapter", chapter), ("one claim", claim)):
        rows += [
            line(f"{what} changed", took, ours, "our cold build"),
            line(f"{what} changed", took, one, hand),
        ]
    return rows


def halves(root: Path, times: int) -> list[str]:
    """Return the row on what two cores could do at best with the very work of jupyter-book.

    Two of its builds at once take what its work in two even halves would take twice.
    """
    build(root)
    executed = root.parent / "executed"
    shutil.copytree(root / "_build" / "work" / "executed", executed)
    with book() as other, ThreadPoolExecutor(2) as side_by_side:

        def at_once() -> float:
            return max(side_by_side.map(lambda place: executing(place, executed), (root, other)))

        one, two = pairs(times, lambda: executing(root, executed), at_once)
    return [line("half of two builds of jupyter-book at once", two / 2, one, "one build")]


def runs(root: Path, times: int) -> list[str]:
    """Return the rows on single runs; the book's own results are there to compare with."""
    look_up = (("claim", "smuggling-fee-2024-daily-nk-cny"), ("params", CHAPTER))
    results, by_papermill, page, both, *looked = pairs(
        times,
        lambda: run(root),
        lambda: run_by_hand(root, page=False),
        lambda: run(root, "--page"),
        lambda: run_by_hand(root, page=True),
        *(partial(seconds, root, (*YALU, *words)) for words in look_up),
    )
    return [
        line("run", results, by_papermill, "papermill"),
        line("run with its page", page, both, "papermill, then jupyter-book of that page"),
        *(line(f"yalu {words[0]}", took, by_papermill, "papermill")
          for words, took in zip(look_up, looked, strict=True)),
    ]  # fmt: skip


def sweeps(root: Path, times: int) -> list[str]:
    """Return the rows on sweeps, each in seconds a point."""
    ours, one, two = pairs(
        times, lambda: sweep(root, 1_000), lambda: loop(root, 10, 1), lambda: loop(root, 10, 2)
    )
    rows = []
    for name, other in (("papermill in a loop", one), ("papermill in two processes", two)):
        rows.append(f"| sweep of 1,000, a point | {ours:.4f} | {name}: {other:.2f} | "
                    f"{other / ours:.0f} times as fast |")  # fmt: skip
    return rows


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", choices=["builds", "halves", "runs", "sweeps"])
    options = parser.parse_args()
    head = ["| what | seconds | beside | ratio |", "| --- | --- | --- | --- |"]
    kinds = {
        "builds": ("Building", builds),
        "halves": ("The same work on both cores", halves),
        "runs": ("Single runs", runs),
        "sweeps": ("Sweeps", sweeps),
    }
    for name, (title, measured) in kinds.items():
        if options.only in (None, name):
            on = machine()
            with book() as root:
                rows = measured(root, options.pairs)
            keep(title, [f"Medians of {options.pairs} pairs. {on}", "", *head, *rows])


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
