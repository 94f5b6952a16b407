"""The object that a chapter's notebook works with."""

from __future__ import annotations

import ast
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock, Timeout

from helpers.chapter import no_answer
from helpers.chapter import running as state
from helpers.chapter.answers import register
from helpers.chapter.running import (
    Function,
    Parameters,
    Result,
    Running,
    markdown_cells,
    parameter_result,
    show,
)
from helpers.chapter.sidecar import checked_values, name_and_value, sidecar
from helpers.chapter.wording import source_words, sources_named
from helpers.errors import YaluError
from helpers.evidence.exclusion import ExcludedEvidenceError, obey_environment
from helpers.files import remove
from helpers.lazily import pandas as pd
from helpers.paths import book_root

if TYPE_CHECKING:
    from helpers.chapter.figure import Chart

# what draws is imported by the methods that show: results alone are quicker without it
# files that came with an adopted notebook and are no evidence of the book yet
OUTSIDE = "data/outside"
_MOST_ROWS = 60


class Chapter:
    """A chapter: its parameters, its results, and what it shows.

    `Chapter("luggage")` checks the notebook's names, or those of `namespace`, against the
    parameters of chapters/luggage.yml, which become named results. Raises YaluError, one line a
    fault, where a parameter is wrong or their cells set a name that the sidecar does not declare.
    """

    def __init__(self, name: str, namespace: Mapping[str, Any] | None = None) -> None:
        """Begin the chapter."""
        if namespace is None:
            namespace = sys._getframe(1).f_globals
        self.name = name
        obey_environment()
        declared = sidecar(name)
        names = [*declared.parameters, *names_set_before(namespace)]
        values = checked_values(declared, {n: namespace[n] for n in names if n in namespace})
        prose = "\n".join(markdown_cells(name).values())
        for source_id in sources_named(prose):
            source_words(source_id)
        lost: dict[str, str] = {}
        if state.forgives():
            values, lost = no_answer.remaining_parameters(declared, values)
            # cells name the parameters too
            namespace.update(values) if isinstance(namespace, dict) else None
        state.start(Running(name, values, lost=lost))
        self._running.use(prose)
        if declared.adopted:
            _show_plainly()
        shown = ", ".join(f"{key}={value}" for key, value in values.items())
        show(f"{name}: {shown}", {"chapter": name, "parameters": values})
        for key, value in values.items():
            self._running.results[key] = parameter_result(key, name, value)
        if state.forgives():
            no_answer.begin(self._running)

    def __repr__(self) -> str:
        """Return how the chapter is made."""
        return f'Chapter("{self.name}")'

    @property
    def _running(self) -> Running:
        chapter = state.running()
        if chapter.name != self.name:
            raise YaluError(f"chapter {self.name} has ended: {chapter.name} has begun since")
        return chapter

    @property
    def parameters(self) -> Parameters:
        """The parameters of this run, as attributes."""
        lost = self._running.lost
        return Parameters(**{k: v for k, v in self._running.parameters.items() if k not in lost})

    def results(self, function: Function) -> Function:
        """Register a function of the parameters, as a decorator: results by their keys.

        The function takes the parameters as attributes and returns, for each key, a number, a
        pair (low, high) or words chosen by `ops.where`. It must be pure arithmetic on `ops` and
        the models: it is called with numbers, with arrays of draws and of a sweep, and with
        Altair expressions for the reader's panel. A number that is not finite is not known.
        Raises YaluError for a key that is not declared or that another function gives.
        """
        register(function, "results")
        return function

    def evidence(self, function: Function) -> Function:
        """Register a function of claims and tables, as a decorator: results by their keys.

        As for `results`, but with any arithmetic: no draw and no page computes with it. Called
        again for each part of the evidence, it must itself read what it needs.
        """
        register(function, "evidence")
        return function

    def words(self, function: Function) -> Function:
        """Register a function of words, as a decorator: phrases of sentences by their keys.

        For prose that depends on this run: a verb, a clause that holds only sometimes (else
        ""), a title. A phrase may hold roles and needs no entry in the sidecar; Markdown cells,
        titles and notes name it as {result}`key`. The function may use any Python.
        """
        register(function, "words")
        return function

    def __getitem__(self, key: str) -> Any:
        """Return a result: a number, a pair (low, high) or words; or a parameter of this run."""
        chapter = self._running
        if key in chapter.lost:
            raise ExcludedEvidenceError(f"no answer: {chapter.lost[key]}")
        for values in (chapter.values, chapter.parameters, chapter.words):
            if key in values:
                return values[key]
        raise YaluError(f"chapter {self.name} has no result {key}; there are "
                        f"{', '.join(chapter.values) or 'none yet'}")  # fmt: skip

    def result(self, key: str) -> Result:
        """Return a result with its label and unit; `.text()` is how prose prints it."""
        if key not in self._running.results:
            self[key]
            raise YaluError(f"chapter {self.name}: {key} are words, not a named result")
        return self._running.results[key]

    def rows(self, labels: Mapping[str, str]) -> pd.DataFrame:
        """Return a row for each claim, by id with its label; see `charts.claim_rows`."""
        from helpers.chapter.charts import claim_rows

        return claim_rows(labels)

    def figure(
        self,
        name: str,
        chart: Chart | Callable[..., Chart],
        *,
        sliders: Iterable[str] = (),
        claims: Iterable[str] = (),
        sources: Iterable[str] = (),
    ) -> None:
        """Show a chart, or what a function of the parameters makes of them, as a figure.

        `name` is its address on the page and its entry in the sidecar. `sliders` are parameters
        that the page moves: the function gets them as Altair parameters, all else as numbers.
        Claims in a column `claim_id` and documents in a column `source_id` of the chart's tables
        are cited, and stand in each row of its files; a row of ours names all that it is worked
        out from, with spaces between. `claims` and `sources` add others. Raises YaluError where
        the figure is not declared or names no evidence.
        """
        if not state.shows():
            return
        declared = self._running.declared.figures.get(name)
        if declared is None:
            place = f"chapters/{self.name}.yml"
            raise YaluError(f'{place}: no figure "{name}"; declare it under figures')
        from helpers.chapter.figure import chart_of, show_figure

        try:
            show_figure(name, chart_of(chart, sliders), declared, claims, sources)
        except Exception as error:
            if not state.forgives():
                raise
            no_answer.show_no_figure(error)

    def panel(self) -> None:
        """Show the panel in which a reader moves the assumptions, with what follows from them."""
        if state.shows():
            from helpers.chapter.panel import show_panel

            show_panel()

    def sensitivity(self) -> None:
        """Show how sure the headline results are: ranges, what moves them, what they rest on."""
        if state.shows():
            from helpers.chapter.sensitivity.section import show_sensitivity

            show_sensitivity()

    def appendix(self, *tables: Literal["parameters", "results", "sources"]) -> None:
        """Show the closing tables, or those named: parameters, results, sources.

        "sources" comes last of all that the chapter shows: it lists what has been used.
        """
        if state.shows():
            from helpers.chapter.tables import SHOWN

            for table in tables or SHOWN:
                SHOWN[table]()

    def preview(self) -> None:
        """Show the Markdown cells of the saved notebook with the words of their roles.

        For JupyterLab; the book drops the cell by its tag `remove-cell`.
        """
        if state.shows():
            prose = "\n\n".join(markdown_cells(self.name).values())
            show(state.plain_words(prose), {"preview": True}, state.markdown_words(prose))


def _show_plainly() -> None:
    """Have an adopted notebook show charts as pictures and tables without style sheets."""
    if altair := sys.modules.get("altair"):
        altair.renderers.enable("svg")
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        html = shell.display_formatter.formatters["text/html"]
        options = {"border": 0, "max_rows": _MOST_ROWS, "classes": "table"}
        wide = '<div class="page-table">{}</div>'  # it scrolls in its place
        html.for_type(pd.DataFrame, lambda frame: wide.format(frame.to_html(**options)))


def names_set_before(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names that were set in the cells of plain values just before this cell.

    These are the notebook's cell of parameters, as edited, and the one that papermill injects
    after it. `namespace` is the `globals()` of a kernel, whose `In` lists the cells that have run.
    """
    cells = namespace.get("In") or []
    found: list[str] = []
    if not isinstance(cells, list):
        return found
    for cell in reversed(cells[:-1]):
        if not cell.strip() or (cell == cells[-1] and not found):  # this cell, run again
            continue
        try:
            names = [name_and_value(statement)[0] for statement in ast.parse(cell).body]
        except (SyntaxError, ValueError):  # a magic, or a cell that does something else
            break
        found = [*names, *found]
    return list(dict.fromkeys(found))


_copies: dict[str, FileLock] = {}


def outside(chapter: str, folder: str = ".") -> None:
    """Go to a fresh copy of the files that were adopted with a notebook.

    The copy of data/outside/CHAPTER lies in _build/outside; what the notebook writes stays there.
    `folder` is that of the notebook within it. What a chapter keeps of these files belongs into the
    ledger. Raises YaluError where there is no such folder.
    """
    source, copies = book_root() / OUTSIDE / chapter, book_root() / "_build/outside"
    if not source.is_dir():
        raise YaluError(f"{OUTSIDE}/{chapter}: no such folder")
    copies.mkdir(parents=True, exist_ok=True)
    # runs side by side have a copy each, for as long as their process
    for name in (f"{chapter}-{n}" if n else chapter for n in count()):
        lock = _copies.get(name) or FileLock(copies / f"{name}.lock")
        with suppress(Timeout):
            lock.acquire(timeout=0)
            break
    _copies[name] = lock
    remove(copies / name)
    shutil.copytree(source, copies / name)
    (copies / name / folder).mkdir(parents=True, exist_ok=True)
    os.chdir(copies / name / folder)
