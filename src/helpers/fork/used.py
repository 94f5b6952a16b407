"""Used: the evidence that a chapter uses, as a run of it shows, and what belongs to it."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from helpers import evidence
from helpers.book.execute import Run, execute_many, read_results
from helpers.chapter.role_text import sources_named
from helpers.chapter.sidecar import sidecar
from helpers.evidence import reading
from helpers.fork.watch import CLAIM, TABLE, notes

SHOWN, RESTS_ON, BESIDE = "shown", "rests on", "beside"
_WATCH = "from helpers.fork.watch import watch\n\nwatch({target!r})"


@dataclass(frozen=True)
class Used:
    """What a chapter uses: claims with the reason why, documents, clean tables.

    Reasons: "shown" (printed, computed with or drawn), "rests on" (a shown claim repeats it or is
    derived from it), "beside" (the page says of a shown claim that it agrees, disagrees or
    repeats). `tables` leaves out claims and sources, which every book has. `said` is what the
    run showed.
    """

    claims: dict[str, str]
    sources: list[str]
    tables: list[str]
    said: list[Any]


@contextmanager
def in_book(root: Path) -> Iterator[None]:
    """Run what follows as in the book at `root`, whatever folder this is."""
    before = os.environ.get("YALU_BOOK")
    os.environ["YALU_BOOK"] = str(root)
    try:
        yield
    finally:
        if before is None:
            del os.environ["YALU_BOOK"]
        else:
            os.environ["YALU_BOOK"] = before


def used(root: Path, chapter: str) -> Used:
    """Run a chapter of the book at `root` and return what it uses.

    Raises YaluError where the chapter fails.
    """
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder, in_book(root):
        watched, noted = Path(folder) / f"{chapter}.ipynb", Path(folder) / "notes"
        _write_watched(root, chapter, watched, noted)
        run = Run(watched, Path(folder) / "executed.ipynb", reads=Path(folder) / "reads")
        _carry_out(run)
        cited, read = read_results(run.target)["used"], notes(noted)
        rows = {
            name for kind, name in reading.read_notes(Path(folder) / "reads") if kind == reading.ROW
        }
        outputs = said(run.target)
    shown = {*cited["claims"], *rows, *(name for kind, name in read if kind == CLAIM)}
    shown |= _declared(chapter)
    sources = {*cited["sources"], *_sources_named(root, chapter)}
    tables = {name for kind, name in read if kind == TABLE} - {"claims", "sources"}
    return Used(_with_reasons(shown), sorted(sources), sorted(tables), outputs)


def _carry_out(run: Run) -> None:
    [(_, error)] = execute_many([run])
    if error:
        raise error


def _write_watched(root: Path, chapter: str, target: Path, noted: Path) -> None:
    """Write the chapter with a cell before all others that notes what is read."""
    notebook = nbformat.read(root / "chapters" / f"{chapter}.ipynb", as_version=4)
    cell = nbformat.v4.new_code_cell(_WATCH.format(target=str(noted)))
    notebook.cells.insert(0, cell)
    nbformat.write(notebook, target)


def _declared(chapter: str) -> set[str]:
    """Return the claims that the sidecar names, wherever in it."""
    text = sidecar(chapter).model_dump_json()
    known = set(evidence.load("claims")["claim_id"])
    return known & set(re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", text))


def _sources_named(root: Path, chapter: str) -> set[str]:
    """Return the documents that the chapter's own text names, in prose that no cell runs too."""
    cells = nbformat.read(root / "chapters" / f"{chapter}.ipynb", as_version=4).cells
    text = "\n".join([*(cell.source for cell in cells), sidecar(chapter).model_dump_json()])
    return sources_named(text)


def with_what_it_rests_on(claim_ids: Iterable[str]) -> set[str]:
    """Return claims and those that they repeat or are derived from, to the end."""
    table = evidence.load("claims")[["claim_id", "repeats", "derived_from"]].fillna("")
    linked = table["repeats"] + ";" + table["derived_from"]
    links = dict(zip(table["claim_id"], linked, strict=True))
    found: set[str] = set()
    ahead = list(claim_ids)
    while ahead:
        at = ahead.pop()
        if at and at not in found:
            found.add(at)
            ahead += [part.strip() for part in links[at].split(";")]
    return found


def _beside(claim_ids: set[str]) -> set[str]:
    return {
        other
        for claim_id in claim_ids
        for find in (evidence.agreeing, evidence.disagreeing, evidence.repeats_of)
        for other in find(claim_id)
    }


def _with_reasons(shown: set[str]) -> dict[str, str]:
    rests = with_what_it_rests_on(shown)
    whole = with_what_it_rests_on(rests | _beside(shown))
    reasons: dict[str, str] = {}
    for claim_id in sorted(whole):
        reasons[claim_id] = SHOWN if claim_id in shown else RESTS_ON
        if claim_id not in rests:
            reasons[claim_id] = BESIDE
    return reasons


def said(executed: Path) -> list[Any]:
    """Return what an executed notebook shows, output by output, for a comparison."""
    cells = nbformat.read(executed, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    # what a process warns of names the process, and is none of the chapter's words
    shown = [output for output in outputs if output.get("name") != "stderr"]
    return [(output.get("data"), output.get("text")) for output in shown]
