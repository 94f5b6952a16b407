"""Growth: sweeps of more points, books of more chapters, ledgers of more claims."""

import argparse
import csv
import json
import resource
import shutil
import sys
from itertools import count, islice
from pathlib import Path

import yaml
from timing import YALU, book, keep, machine, seconds

# has a copy's charts differ from those that it is a copy of, so that they are drawn too
_APART = """
import sys
figure = sys.modules["helpers.chapter.figure"]
house = figure.theme
figure.theme = lambda: house() | {{"tooltipFormat": {{"numberFormat": ",.{number}f"}}}}
"""
_PEAK = """
import resource, sys
from helpers.cli import main
main(sys.argv[1:], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def sweeps(sizes: list[int]) -> list[str]:
    """Return seconds a point, and the peak of memory, of sweeps of several sizes.

    What a further point takes leaves out the start, the first point and the page.
    """
    rows = ["| points | seconds a point | seconds a further point | peak memory, MB |",
            "| --- | --- | --- | --- |"]  # fmt: skip
    before = (0, 0.0)
    with book() as root:
        seconds(root, (*YALU, "sweep", "luggage", "-p", "weeks=1,2"))
        for size in sizes:
            words = ("sweep", "luggage", "-p", f"workers_per_week=100:{99 + size}:1")
            took = seconds(root, (sys.executable, "-c", _PEAK, *words))
            # the largest of all that have run, so it can only rise where a larger sweep needs more
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            further = (took - before[1]) / (size - before[0])
            shown = f"{further:.4f}" if before[0] else ""
            rows.append(f"| {size:,} | {took / size:.4f} | {shown} | {peak:,.0f} |")
            before = (size, took)
    return rows


def more_chapters(root: Path, copies: int) -> None:
    """Give the book each of its chapters several times over, under other names."""
    folder, toc = root / "chapters", yaml.safe_load((root / "_toc.yml").read_text())
    entries = next(part["chapters"] for part in toc["parts"] if part.get("numbered"))
    for name in [entry["file"].rpartition("/")[2] for entry in list(entries)]:
        for copy in (f"{name}{number}" for number in range(2, copies + 1)):
            text = (folder / f"{name}.ipynb").read_text(encoding="utf-8")
            notebook = json.loads(text)
            for cell in notebook["cells"]:
                source = "".join(cell["source"])
                if f'Chapter("{name}"' in source:
                    source = source.replace(f'Chapter("{name}"', f'Chapter("{copy}"')
                    source += _APART.format(number=copy.removeprefix(name))
                cell["source"] = source.replace(f"{{numref}}`{name}-", f"{{numref}}`{copy}-")
            (folder / f"{copy}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
            shutil.copyfile(folder / f"{name}.yml", folder / f"{copy}.yml")
            entries.append({"file": f"chapters/{copy}"})
    (root / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")


def books(sizes: list[int]) -> list[str]:
    """Return seconds a chapter of cold builds of books of several sizes."""
    rows = ["| chapters | seconds a chapter |", "| --- | --- |"]
    for size in sizes:
        with book() as root:
            more_chapters(root, size // 4)
            rows.append(f"| {size} | {seconds(root, (*YALU, 'build')) / size:.2f} |")
    return rows


def more_claims(root: Path, wanted: int) -> None:
    """Give the ledger the claims that stand uncorrected over and over, under other ids."""
    path = root / "data" / "ledger" / "claims.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    current = [row for row in rows if row[header.index("status")] == "current"]
    copies = ([f"{row[0]}-x{number}", *row[1:]] for number in count() for row in current)
    many = [*rows, *islice(copies, max(0, wanted - len(rows)))]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([header, *sorted(many)])


def ledgers(sizes: list[int]) -> list[str]:
    """Return seconds of `yalu data` on ledgers of several sizes."""
    rows = ["| claims | seconds |", "| --- | --- |"]
    for size in sizes:
        with book() as root:
            more_claims(root, size)
            rows.append(f"| {size:,} | {seconds(root, (*YALU, 'data')):.1f} |")
    return rows


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["sweeps", "books", "ledgers"])
    options = parser.parse_args()
    kinds = {
        "sweeps": ("Growth of sweeps", sweeps, [100, 1_000, 1_500]),
        "books": ("Growth of books", books, [4, 16, 64]),
        "ledgers": ("Growth of ledgers", ledgers, [1_000, 10_000, 100_000]),
    }
    for name, (title, measured, sizes) in kinds.items():
        if options.only in (None, name):
            on = machine()
            keep(title, [on, "", *measured(sizes)])


if __name__ == "__main__":
    main()
