"""Timing: a copy of the book to work in, commands run in it, medians of pairs, results kept."""

import importlib.metadata
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
_PACKAGES = ("papermill", "jupyter-book", "sphinx", "ipykernel", "altair", "pandas",
             "vl-convert-python")  # fmt: skip
YALU = (sys.executable, "-m", "helpers.cli")
PAPERMILL = (sys.executable, "-m", "papermill")
JUPYTER_BOOK = (sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build")


@contextmanager
def book() -> Iterator[Path]:
    """Give a copy of the book's own files, without anything built."""
    with tempfile.TemporaryDirectory(prefix="yalu-bench-") as folder:
        copy = Path(folder) / "book"
        copy.mkdir()
        for name in ("_config.yml", "_toc.yml", "requirements.txt"):
            shutil.copyfile(ROOT / name, copy / name)
        for name in ("chapters", "data"):
            shutil.copytree(ROOT / name, copy / name)
        yield copy


def seconds(root: Path, *commands: tuple[str, ...], at_once: int = 1) -> float:
    """Return how long commands take in a book, `at_once` at a time.

    Raises RuntimeError, with what it said, where one fails.
    """
    environment = os.environ | {"YALU_BOOK": str(root), "PYTHONHASHSEED": "0"}
    begun, waiting, running = time.perf_counter(), list(commands), []
    while waiting or running:
        while waiting and len(running) < at_once:
            words = waiting.pop(0)
            process = subprocess.Popen(
                words, cwd=root / "chapters", env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            running.append((words, process))
        words, process = running.pop(0)
        said = process.communicate()[0]
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)}\n{said[-2000:]}")
    return time.perf_counter() - begun


def pairs(count: int, *works: Callable[[], float]) -> list[float]:
    """Return the median time of each of some works, done in turn, `count` times."""
    found = [[work() for work in works] for _ in range(count)]
    return [statistics.median(times) for times in zip(*found, strict=True)]


def machine() -> str:
    """Return what the times were taken on, in a line."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), load {load:.1f} at the start, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}."
    )


def keep(title: str, lines: list[str]) -> None:
    """Print a section of results, and put it into RESULTS.md in the place of the one before."""
    section = "\n".join([f"## {title}", "", *lines]).rstrip() + "\n"
    print(section)
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else "# Results\n"
    parts = [part for part in text.split("\n## ") if not part.startswith(f"{title}\n")]
    RESULTS.write_text("\n## ".join([*parts, section[3:]]), encoding="utf-8")
