"""Run: one chapter with one set of parameters, in a folder of its own."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from helpers.chapter.parameters import Value
from helpers.chapter.running import markdown_cells, plain_words, running
from helpers.chapter.wording import answer_sentences, results_named
from helpers.config import read_config
from helpers.errors import YaluError
from helpers.evidence.exclusion import ALL, ExcludedEvidenceError, Subset, as_data, in_environment
from helpers.files import aside, put_in_place, write_json
from helpers.rerun import folders
from helpers.rerun.folders import canonical, commit, short_hash
from helpers.rerun.parameters import cannot_stand, known_chapter, run_values, set_values

NOTEBOOK = "notebook.ipynb"
RESULTS = "results.json"
PAGE = "index.html"
FIGURES = "figures"


@dataclass(frozen=True)
class Run:
    """What is to be run, or has been: chapter, parameters, and where it lies.

    `made` is what it rests on, see `folders.made_with`.
    """

    root: Path
    chapter: str
    values: Mapping[str, Value]
    scenario: str | None
    made: Mapping[str, Any]
    target: Path
    evidence: Subset = ALL

    @property
    def hash(self) -> str:
        """The short name of the parameters over the state of the book."""
        return short_hash(self.chapter, self.values, self.made["fingerprint"])

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return self.target / NOTEBOOK


def planned(
    root: Path,
    chapter: str,
    given: Mapping[str, Any] | None = None,
    scenario: str | None = None,
    out: Path | None = None,
    evidence: Subset = ALL,
    made: Mapping[str, Any] | None = None,
) -> Run:
    """Return the run that is asked for, on a choice of the evidence.

    `made` is what all runs of the chapter rest on now, where it is known already.
    Raises YaluError (exit code 2) where it cannot be, and in one line where the chapter
    cannot stand on that evidence.
    """
    known_chapter(root, chapter)
    values = run_values(chapter, given, scenario, evidence)
    made = dict(made or folders.made_with(root, chapter))
    if evidence:
        part = {"evidence": json.dumps(as_data(evidence), sort_keys=True)}
        made["fingerprint"] = made["fingerprint"] | part
    name = f"{chapter}-{short_hash(chapter, values, made['fingerprint'])}"
    named = scenario if scenario and not scenario.endswith((".yml", ".yaml")) else None
    return Run(root, chapter, values, named, made, out or root / folders.RUNS / name,
               evidence)  # fmt: skip


def has(run: Run, *files: str) -> bool:
    """Return whether a run with these parameters lies in its folder, with these files."""
    about = folders.read_about(run.target)
    complete = all((run.target / name).is_file() for name in (RESULTS, *files))
    return about is not None and about["hash"] == run.hash and complete


# Results alone: the chapter's functions, called in this process --------------------------------


def compute(run: Run) -> dict[str, Any]:
    """Return what a run answers: its results, words and findings, as RESULTS holds them.

    The chapter is then the running one, on the evidence that this process counts. Raises
    YaluError where it fails, and in one line where it cannot stand on that evidence.
    """
    from helpers.rerun.evaluate import registers, run_here

    if not registers(run.root, run.chapter):
        return _executed_results(run)
    try:
        run_here(run.root, run.chapter, run.values)
    except ExcludedEvidenceError as error:
        why = str(error).partition(": ")[2]
        raise YaluError(cannot_stand(run.chapter, run.evidence, why), exit_code=2) from None
    chapter = running()
    answer = next(iter(markdown_cells(run.chapter).values()), "")
    # what sums up how sure an answer is comes of the section on sensitivity, which was not run
    told = [block for block in answer.split("\n\n") if _is_known(block)]
    return {
        "chapter": run.chapter,
        "parameters": chapter.parameters,
        "results": {
            key: asdict(result)
            for key, result in chapter.results.items()
            if key not in chapter.parameters
        },
        "words": chapter.words,
        "findings": answer_sentences(plain_words("\n\n".join(told))),
    }


def _executed_results(run: Run) -> dict[str, Any]:
    """Return the results of a chapter that registers no function, of its whole notebook."""
    from helpers.book.execute import read_results

    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        path = Path(folder) / f"{run.chapter}.ipynb"
        _executed(run, path, again=True)
        return read_results(path)


def _is_known(block: str) -> bool:
    known = running().results.keys() | running().words.keys()
    return results_named(block) <= known


def write_results(run: Run, found: Mapping[str, Any], force: bool = False) -> bool:
    """Write what `compute` gave into the run's folder; return whether it was not there yet.

    The folder appears whole or not at all. Raises YaluError where it holds something else.
    """
    folders.check_target(run.target, run.hash, force)
    if not force and has(run):
        return False
    with aside(run.target) as folder:
        write_json(folder / RESULTS, dict(found))
        write_json(folder / folders.ABOUT, about_run(run))
        put_in_place(folder, run.target)
    return True


def about_run(run: Run, seconds: float | None = None) -> dict[str, Any]:
    """Return what a run was made with, no path, user or host; `seconds` of executing it."""
    return {
        "hash": run.hash,
        "chapter": run.chapter,
        "scenario": run.scenario,
        "parameters": canonical(run.values),
        "evidence": as_data(run.evidence),
        "changed": canonical(set_values(run.chapter, run.values)),
        "commit": commit(run.root),
        **run.made,
    } | ({} if seconds is None else {"seconds": round(seconds, 2)})


# The whole notebook: executed by papermill, with its page and figures ---------------------------


def _executed(run: Run, target: Path, again: bool) -> float:
    """Put the executed notebook at `target`, taken from an earlier run of the same if allowed.

    Returns how many seconds the execution took.
    """
    from helpers.book.execute import CellError, execute

    if not again and has(run, NOTEBOOK):
        shutil.copyfile(run.notebook, target)
        about = folders.read_about(run.target)
        return float(about.get("seconds", 0)) if about else 0.0
    started = time.perf_counter()
    source = run.root / "chapters" / f"{run.chapter}.ipynb"
    try:
        with in_environment(run.evidence):
            execute(source, target, canonical(run.values))
    except CellError as error:
        if error.name != ExcludedEvidenceError.__name__:
            raise
        why = error.said.partition(": ")[2]
        raise YaluError(cannot_stand(run.chapter, run.evidence, why), exit_code=2) from None
    return time.perf_counter() - started


def _write(run: Run, folder: Path, page: bool, again: bool) -> None:
    import nbformat

    from helpers.book.execute import results_in, with_words
    from helpers.book.sphinx.figures import write_notebook_files

    executed, changed = folder / NOTEBOOK, set_values(run.chapter, run.values)
    seconds = _executed(run, executed, again)
    notebook = nbformat.read(executed, as_version=4)
    write_json(folder / RESULTS, results_in(notebook, run.chapter))
    nbformat.write(with_words(notebook), executed)
    write_json(folder / folders.ABOUT, about_run(run, seconds))
    if page:
        from helpers.rerun.page import write_page

        with aside(folder) as making:
            text = write_page(run.root, run.chapter, executed, changed, run.evidence, making)
        (folder / PAGE).write_text(text, encoding="utf-8")
    write_notebook_files(notebook, folder / FIGURES, read_config(run.root)["title"])


def carry_out(run: Run, page: bool = True, force: bool = False) -> bool:
    """Execute the notebook of a run into its folder, with its page; return whether it was needed.

    The folder appears whole or not at all. Raises YaluError where the chapter fails or the
    folder holds something else.
    """
    folders.check_target(run.target, run.hash, force)
    if not force and has(run, NOTEBOOK, *[PAGE] * page):
        return False
    with aside(run.target) as folder:
        _write(run, folder, page, force)
        put_in_place(folder, run.target)
    return True
