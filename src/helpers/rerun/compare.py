"""Compare: what two runs of a chapter say, and what differs between runs, books and commits."""

import difflib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import textwrap
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import nbformat
from tabulate import tabulate

from helpers.book.execute import execute, results_in, with_words
from helpers.book.stage import chapter_files
from helpers.chapter.running import METADATA, Result
from helpers.chapter.wording import answer_sentences, number_words
from helpers.errors import YaluError
from helpers.git import commit_id, git
from helpers.paths import PUBLISHED, SITE
from helpers.rerun import folders
from helpers.rerun.folders import fingerprint, short_hash
from helpers.rerun.parameters import as_typed, run_values
from helpers.rerun.run import NOTEBOOK


@dataclass(frozen=True)
class Reading:
    """Parameters, results and sentences of one run of a chapter; `name` says which run."""

    name: str
    chapter: str
    parameters: dict[str, Any]
    results: dict[str, Result]
    findings: tuple[str, ...]


def findings(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the sentences of a chapter's answer: those between its title and its first section."""
    shown = []
    for cell in with_words(notebook).cells:
        if cell.cell_type == "markdown":
            shown.append(cell.source)
        for output in cell.get("outputs", []):
            if METADATA in output.get("metadata", {}) and "text/markdown" in output.get("data", {}):
                shown.append(output.data["text/markdown"])
    return answer_sentences(shown[0]) if shown else []


def read_run(name: str, path: Path) -> Reading:
    """Return what the executed notebook at `path` says."""
    notebook = nbformat.read(path, as_version=4)
    run = results_in(notebook, path.stem)
    # a commit of another time may know fields that we do not, or fewer
    known = {field.name for field in fields(Result)}
    results = {
        key: Result(**{part: value for part, value in entry.items() if part in known})
        for key, entry in run["results"].items()
    }
    return Reading(name, run["chapter"], run["parameters"], results, tuple(findings(notebook)))


BOOK = "book"
DEFAULTS = Path("_build/defaults")


def published_notebook(root: Path, chapter: str) -> Path | None:
    """Return the executed notebook behind the chapter's published page, if there is one."""
    path = root / PUBLISHED / f"{chapter}.ipynb"
    return path if (root / SITE).is_dir() and path.is_file() else None


def read_published(root: Path, chapter: str) -> Reading:
    """Return what the published chapter says; without a built book, what its defaults give."""
    path = published_notebook(root, chapter)
    if path:
        return read_run(BOOK, path)
    name = short_hash(chapter, run_values(chapter), fingerprint(root, chapter))
    target = root / DEFAULTS / f"{chapter}-{name}.ipynb"
    if not target.is_file():
        execute(root / "chapters" / f"{chapter}.ipynb", target)
    return read_run("defaults", target)


ENDS = ("value", "low", "high")
_WIDTHS = [40, 38, 38, 30]


def _same(old: Result | None, new: Result | None) -> bool:
    if old is None or new is None:
        return old is new
    return all(getattr(old, part) == getattr(new, part) for part in (*ENDS, "words", "unit", "per"))


def _result_change(key: str, old: Result | None, new: Result | None) -> dict[str, Any]:
    known = new or old
    assert known is not None
    entry: dict[str, Any] = {"key": key, "label": known.label, "unit": known.unit, "per": known.per}
    for name, result in (("old", old), ("new", new)):
        entry[name] = {end: getattr(result, end) for end in (*ENDS, "words")} if result else None
        entry[f"{name}_text"] = result.text() if result else None
    before, after = entry["old"], entry["new"]
    if not (before and after):
        return entry | {"difference": {}, "flipped": False}
    moved = {end: after[end] - before[end] for end in ENDS if None not in (before[end], after[end])}
    return entry | {"difference": moved, "flipped": before["words"] != after["words"]}


def changes(old: Reading, new: Reading) -> dict[str, Any]:
    """Return what differs between two runs of a chapter, as plain data."""
    names = list(dict.fromkeys([*old.parameters, *new.parameters]))
    keys = list(dict.fromkeys([*old.results, *new.results]))
    pairs = [(key, old.results.get(key), new.results.get(key)) for key in keys]
    said = difflib.SequenceMatcher(None, old.findings, new.findings, autojunk=False)
    return {
        "chapter": new.chapter,
        "old": old.name,
        "new": new.name,
        "parameters": [
            {"name": n, "old": old.parameters.get(n), "new": new.parameters.get(n)} for n in names
            if old.parameters.get(n) != new.parameters.get(n)
        ],
        "results": [_result_change(*pair) for pair in pairs if not _same(*pair[1:])],
        "unchanged": sum(_same(*pair[1:]) for pair in pairs),
        "findings": [
            {"old": list(old.findings[a:b]), "new": list(new.findings[c:d])}
            for kind, a, b, c, d in said.get_opcodes() if kind != "equal"
        ],
    }  # fmt: skip


def _signed(number: float) -> str:
    words = number_words(number, 3)
    return words if words.startswith("−") else f"+{words}"


def difference_words(change: dict[str, Any]) -> str:
    """Return by how much a result moved: "+52 million (+20 %)", by each end of a range."""
    if change["flipped"]:
        return "flipped"
    moved = []
    for end, by in change["difference"].items():
        if by:
            old, new = change["old"][end], change["new"][end]
            percent = f" ({_signed(round((new / old - 1) * 100, 1))} %)" if old > 0 else ""
            moved.append(f"{'' if end == 'value' else f'{end} '}{_signed(by)}{percent}")
    return "; ".join(moved)


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    # tabulate’s own wrapping takes a cell such as "+4,650" for a number that it cannot read
    cells = [[textwrap.fill(cell, width) for cell, width in zip(row, _WIDTHS, strict=False)]
             for row in rows]  # fmt: skip
    return [*tabulate(cells, head, disable_numparse=True).splitlines(), ""]


def change_lines(found: dict[str, Any]) -> list[str]:
    """Return changes as lines of text: three tables, or that nothing differs."""
    old, new = found["old"], found["new"]
    lines = [f"{found['chapter']}: from {old} to {new}", ""]
    if found["parameters"]:
        rows = [[p["name"], *("" if p[n] is None else as_typed(p[n]) for n in ("old", "new"))]
                for p in found["parameters"]]  # fmt: skip
        lines += _table(["parameter", old, new], rows)
    if found["results"]:
        rows = [[c["label"], c["old_text"] or "", c["new_text"] or "", difference_words(c)]
                for c in found["results"]]  # fmt: skip
        lines += _table(["result", old, new, "difference"], rows)
    for block in found["findings"]:
        lines += [*(f"- {line}" for line in block["old"]), *(f"+ {line}" for line in block["new"])]
        lines += [""]
    flipped = [change["label"] for change in found["results"] if change["flipped"]]
    lines += [f"wording flipped: {'; '.join(flipped)}"] if flipped else []
    return [*lines, f"{len(found['results'])} results differ, {found['unchanged']} do not"]


Readings = dict[str, Reading]
_EXECUTE = """
import sys
from pathlib import Path
from helpers.book.execute import execute
from helpers.errors import YaluError
try:
    for name in sys.argv[2:]:
        execute(Path("chapters") / f"{name}.ipynb", Path(sys.argv[1]) / f"{name}.ipynb")
except YaluError as error:
    sys.exit(str(error))
"""


def _run_folder(root: Path, name: str) -> Path | None:
    """Return the folder of a run by its path or by its name in runs/."""
    for folder in (Path(name), root / folders.RUNS / name):
        if folders.read_about(folder) is not None:
            return folder
    return None


def _read_commit(root: Path, name: str, commit: str, chapters: list[str]) -> Readings:
    """Return what a commit's book says, its chapters executed by its own helpers."""
    with tempfile.TemporaryDirectory(prefix="yalu-commit-") as folder:
        book, executed = Path(folder) / "book", Path(folder) / "executed"
        archive = git(root, "archive", "--format=tar", commit)
        if archive is None:
            raise YaluError(f"commit {name}: git could not take its files out")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(book, filter="data")
        there = [c for c in chapters if (book / "chapters" / f"{c}.ipynb").is_file()]
        environment = os.environ | {"PYTHONPATH": str(book / "src"), "YALU_BOOK": str(book)}
        command = [sys.executable, "-c", _EXECUTE, str(executed), *there]
        run = subprocess.run(command, cwd=book, env=environment, capture_output=True, text=True)
        if run.returncode != 0:
            last = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise YaluError(f"commit {name}: {last.replace(str(book), '').strip()}")
        return {c: read_run(name, executed / f"{c}.ipynb") for c in there}


def read(root: Path, name: str, chapters: list[str]) -> Readings:
    """Return what a run, the published book or a commit says, by chapter.

    Raises YaluError (exit code 2) where `name` is none of them.
    """
    folder = _run_folder(root, name)
    if folder:
        reading = read_run(folder.name, folder / NOTEBOOK)
        return {reading.chapter: reading}
    if name == BOOK:
        return {chapter: read_published(root, chapter) for chapter in chapters}
    commit = commit_id(root, name)
    if not commit:
        raise YaluError(f"{name[:60]!r}: no run, no commit and not the word book", exit_code=2)
    return _read_commit(root, name, commit, chapters)


def diff(root: Path, old: str, new: str, chapter: str | None = None) -> list[dict[str, Any]]:
    """Return the changes from `old` to `new`, an entry for each chapter that both have.

    Raises YaluError (exit code 2) where a name is unknown or the two share no chapter.
    """
    folder = _run_folder(root, old) or _run_folder(root, new)
    about = folders.read_about(folder) if folder else None
    if one := chapter or (about and about["chapter"]):
        chapters = [one]
    else:
        chapters = [path.stem for path in chapter_files(root)]
    before, after = read(root, old, chapters), read(root, new, chapters)
    shared = [name for name in before if name in after]
    if not shared:
        raise YaluError(f"{old} and {new} are of different chapters", exit_code=2)
    return [changes(before[name], after[name]) for name in shared]
