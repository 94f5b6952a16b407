"""Readings: what a run, a notebook, the published book or a commit says of a chapter."""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
import tarfile
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

from helpers.book.stale import Inputs, file_digest, read_manifest
from helpers.chapter.running import Result
from helpers.errors import YaluError
from helpers.git import commit_id, git, lacks_history
from helpers.paths import PUBLISHED, SITE
from helpers.rerun import folders
from helpers.rerun.api import computed
from helpers.rerun.parameters import known_chapter
from helpers.rerun.run import NOTEBOOK, RESULTS, planned

ENDS = ("value", "low", "high", "total")


@dataclass(frozen=True)
class Reading:
    """Parameters, results and sentences of one run of a chapter; `name` says which run.

    `findings` is None where no sentences were kept; `made` is what the run was made with, as in its
    run.json: versions, fingerprint, commit, evidence, as far as it is known.
    """

    name: str
    chapter: str
    parameters: dict[str, Any]
    results: dict[str, Result]
    findings: tuple[str, ...] | None
    made: Mapping[str, Any] | None = None


def read_run(name: str, path: Path) -> Reading:
    """Return what the executed notebook at `path` says, whoever executed it.

    Raises YaluError (exit code 2) where it is no notebook or no chapter, or was not executed to
    its end.
    """
    import nbformat

    from helpers.book.execute import results_in

    try:
        with warnings.catch_warnings(action="ignore"):
            notebook = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
    except OSError as error:
        raise YaluError(f"{path}: {error.strerror or error}", exit_code=2) from None
    except Exception:  # nbformat raises errors of many kinds
        raise YaluError(f"{path}: no Jupyter notebook", exit_code=2) from None
    if why := _unfinished(notebook):
        raise YaluError(f"{path}: {why}", exit_code=2)
    try:
        told = results_in(notebook, path.stem)
    except (YaluError, AttributeError, KeyError, TypeError):
        raise YaluError(f"{path}: {_NO_RESULTS}", exit_code=2) from None
    return reading(name, path, told, None)


_NO_RESULTS = "holds no results of a chapter"


def _unfinished(notebook: NotebookNode) -> str | None:
    """Return why a notebook has not the results of a whole run, None where it may have them."""
    from helpers.book.execute import outputs_about

    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(code, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                said = " ".join(f"{output.ename}: {output.evalue}".split())[:300]
                return f"its run failed in code cell {number}: {said}"
    ran = [cell.execution_count is not None for cell in code]
    if not any(ran) and not any(cell.outputs for cell in code):
        chapter = any("Chapter(" in cell.source for cell in code)
        return "not executed; run it first" if chapter else "no chapter: no cell makes a Chapter"
    if any(ran) and not all(ran):
        return f"not executed to its end: code cell {ran.index(False) + 1} has not run"
    return None if outputs_about(notebook, "chapter") else "no chapter: no cell makes a Chapter"


def _json_file(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file. Raises YaluError (exit code 2) where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise YaluError(f"{path}: {error.strerror or error}", exit_code=2) from None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise YaluError(f"{path}: no JSON object", exit_code=2)
    return content


def reading(
    name: str, path: Path, told: Mapping[str, Any], made: Mapping[str, Any] | None
) -> Reading:
    """Return as a reading what a file tells, which another version of this book may have written.

    What is missing is left out. Raises YaluError (exit code 2) where it is of another form.
    """
    parts = {field.name for field in fields(Result)}
    try:
        results = {}
        for key, entry in told["results"].items():
            known = {part: value for part, value in entry.items() if part in parts}
            result = results[key] = Result(**{"key": key, "label": key} | known)
            numbers = [x for x in (getattr(result, end) for end in ENDS) if x is not None]
            texts = (result.label, result.words or "", result.text())
            if not all(map(math.isfinite, numbers)) or {*map(type, texts)} != {str}:
                raise TypeError
        parameters, said = dict(told["parameters"]), told.get("findings")
        if not all(isinstance(value, int | float | str) for value in parameters.values()):
            raise TypeError
        sentences = None if said is None else tuple(map(str, said))
        chapter = str(told["chapter"])
    except (YaluError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
        raise YaluError(f"{path}: {_NO_RESULTS} that can be read", exit_code=2) from None
    return Reading(name, chapter, parameters, results, sentences, made)


def read_folder(name: str, folder: Path) -> Reading:
    """Return what a run's folder says: its results.json, else its notebook.

    Raises YaluError (exit code 2) where it holds neither, or what cannot be read.
    """
    about, notebook, results = folder / folders.ABOUT, folder / NOTEBOOK, folder / RESULTS
    made = _json_file(about) if about.is_file() else None
    if not results.is_file():
        if not notebook.is_file():
            raise YaluError(f"{folder}: holds no {RESULTS} and no {NOTEBOOK}", exit_code=2)
        return replace(read_run(name, notebook), made=made)
    told = _json_file(results)
    if "findings" not in told and notebook.is_file():
        told["findings"] = read_run(name, notebook).findings
    return reading(name, results, told, made)


def stored(root: Path, name: str) -> Reading | None:
    """Return what a run, a notebook or a file of results says, by its path or by its name in runs/.

    None where `name` is of another kind. Raises YaluError (exit code 2) as `read_folder` does.
    """
    for path in (Path(name), root / folders.RUNS / name) if name != BOOK else ():
        try:
            is_folder, is_file = path.is_dir(), path.is_file()
        except (OSError, ValueError):  # too long for a path, or with a zero byte
            return None
        if is_folder and any((path / one).is_file() for one in (folders.ABOUT, RESULTS, NOTEBOOK)):
            return read_folder(path.resolve().name, path)
        if is_file and path.name in (folders.ABOUT, RESULTS, NOTEBOOK):
            return read_folder(path.resolve().parent.name, path.parent)
        if is_file and path.suffix == ".json":
            return reading(path.name, path, _json_file(path), None)
        if is_file and path.suffix:
            return read_run(path.name, path)
    if Path(name).suffix in (".ipynb", ".json"):
        raise YaluError(f"{name[:60]}: no such file", exit_code=2)
    return None


BOOK = "book"
# what a record says of a run on all of the evidence
ALL_EVIDENCE: dict[str, Any] = {"evidence": {}}


def read_published(root: Path, chapter: str, made: Mapping[str, Any] | None = None) -> Reading:
    """Return what the published chapter says; without a built book, what its defaults give.

    `made` is what a run rests on now, where it is known already.
    """
    known_chapter(root, chapter)
    told, page = root / PUBLISHED / f"{chapter}.json", root / PUBLISHED / f"{chapter}.ipynb"
    if (root / SITE).is_dir() and told.is_file() and page.is_file():
        record = read_manifest(root).chapters.get(chapter)
        known = record and record["output"] == file_digest(page) and record.get("made_with")
        recorded = known | ALL_EVIDENCE if known else None
        return reading(BOOK, told, _json_file(told), recorded)
    defaults = computed(planned(root, chapter, made=made))
    return reading("defaults", told, defaults.found, {**defaults.plan.made} | ALL_EVIDENCE)


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


def _read_commit(root: Path, name: str, commit: str, chapters: list[str]) -> Readings:
    """Return what a commit's book says, its chapters executed by its own helpers."""
    with tempfile.TemporaryDirectory(prefix="yalu-commit-") as folder:
        book, executed = Path(folder) / "book", Path(folder) / "executed"
        archive = git(root, "-c", "core.autocrlf=false", "archive", "--format=tar", commit)
        if archive is None:
            raise YaluError(f"commit {name}: git could not take its files out")
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(book, filter="data")
        there = [c for c in chapters if (book / "chapters" / f"{c}.ipynb").is_file()]
        environment = os.environ | {"PYTHONPATH": str(book / "src"), "YALU_BOOK": str(book),
                                    "PYTHONIOENCODING": "utf-8"}  # fmt: skip
        command = [sys.executable, "-c", _EXECUTE, str(executed), *there]
        run = subprocess.run(command, cwd=book, env=environment, capture_output=True,
                             encoding="utf-8", errors="replace")  # fmt: skip
        if run.returncode != 0:
            last = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise YaluError(f"commit {name}: {last.replace(str(book), '').strip()}")
        inputs = Inputs(book, book / "src" / "helpers")
        return {c: replace(read_run(name, executed / f"{c}.ipynb"),
                           made={"commit": {"id": commit}} | ALL_EVIDENCE
                           | inputs.made_with(book / "chapters" / f"{c}.ipynb"))
                for c in there}  # fmt: skip


def read(root: Path, name: str, chapters: list[str]) -> Readings:
    """Return what the published book or a commit says, by chapter.

    Raises YaluError (exit code 2) where `name` is neither.
    """
    if name == BOOK:
        return {chapter: read_published(root, chapter) for chapter in chapters}
    commit = commit_id(root, name)
    if not commit:
        said = f"{name[:60]!r}: no run, no notebook, no commit and not the word book"
        raise YaluError("; ".join(filter(None, (said, lacks_history(root)))), exit_code=2)
    return _read_commit(root, name, commit, chapters)
