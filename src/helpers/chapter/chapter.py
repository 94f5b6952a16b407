"""The object that a chapter's notebook works with."""

import ast
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Literal

import pandas as pd

from helpers.chapter import running as state
from helpers.chapter.answers import register
from helpers.chapter.charts import claim_rows
from helpers.chapter.figure import Chart, chart_of, claims_shown, figure
from helpers.chapter.panel import assumptions
from helpers.chapter.results import Result, parameter_result
from helpers.chapter.role_text import claims_named, source_words, sources_named
from helpers.chapter.running import Function, Parameters, Running, markdown_cells, record, show
from helpers.chapter.sensitivity.section import sensitivity
from helpers.chapter.sidecar import check_parameters, sidecar
from helpers.chapter.tables import parameter_table, result_table, source_list
from helpers.errors import YaluError
from helpers.evidence.exclusion import obey_environment

_MOST_ROWS = 60
_TABLES = {"parameters": parameter_table, "results": result_table, "sources": source_list}


def _shows(method: Callable[..., None]) -> Callable[..., None]:
    """Have a method do nothing where only the results of the chapter are asked for."""

    @wraps(method)
    def shown(*args: Any, **kwargs: Any) -> None:
        if state.shows():
            method(*args, **kwargs)

    return shown


class Chapter:
    """A chapter: its parameters, its results, and what it shows.

    `Chapter("luggage")` takes the parameters from the notebook's names and checks them against
    chapters/luggage.yml; every parameter becomes a named result. `namespace` gives the names
    where they are not those of the code that calls. Raises YaluError, one line a fault, where a
    parameter is wrong or the cells of parameters set a name that the sidecar does not declare.
    """

    def __init__(self, name: str, namespace: Mapping[str, Any] | None = None) -> None:
        """Begin the chapter."""
        begin(name, sys._getframe(1).f_globals if namespace is None else namespace)
        self.name = name

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
        return Parameters(**self._running.parameters)

    def results(self, function: Function) -> Function:
        """Register a function of the parameters, as a decorator: results by their keys.

        The function takes the parameters as attributes and returns, for each key, a number, a
        pair (low, high) or words chosen by `ops.where`. It must be pure arithmetic on `ops` and
        the models: it is called with this run's numbers, with arrays of draws and of a sweep,
        and with Altair expressions for the reader's panel. A number that is not finite is
        recorded as not known. A cell that runs again replaces its registration. Raises
        YaluError as `record` does, and where another function gives one of the keys.
        """
        register(function, "results")
        return function

    def evidence(self, function: Function) -> Function:
        """Register a function of claims and tables, as a decorator: results by their keys.

        As for `results`, but with any arithmetic: no draw and no page computes with it. It is
        called again when part of the evidence is left out, so it must read the claims and
        tables that it needs itself. It may take the parameters.
        """
        register(function, "evidence")
        return function

    def words(self, function: Function) -> Function:
        """Register a function of words, as a decorator: phrases of sentences by their keys.

        For prose that depends on this run: a verb, a clause that holds only sometimes (else
        ""), a title. A phrase may hold roles, needs no entry in the sidecar and stands in no
        table; Markdown cells, titles and notes name it as {result}`key`. The function may take
        the parameters and use any Python: no draw and no page computes with it.
        """
        register(function, "words")
        return function

    def __getitem__(self, key: str) -> Any:
        """Return a result: a number, a pair (low, high) or words; or a parameter of this run."""
        chapter = self._running
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

    def record(self, key: str, value: Any = None, *, low: float | None = None,
               high: float | None = None) -> None:  # fmt: skip
        """Record a result that no function gives; see `running.record`."""
        record(key, value, low=low, high=high)

    def rows(self, labels: Mapping[str, str]) -> pd.DataFrame:
        """Return a row for each claim, by id with its label; see `charts.claim_rows`.

        A figure that shows the rows names their claims among its evidence.
        """
        return claim_rows(labels)

    @_shows
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

        `name` is its address on the page and its entry in the sidecar: title, description,
        note, claims and sources. `sliders` are parameters that the page moves: the function
        gets them as Altair parameters, all else as numbers. Claims in a column `claim_id` of
        the chart's tables are cited; `claims` and `sources` add others. Raises YaluError where
        the figure is not declared or names no evidence.
        """
        made = chart_of(chart, sliders)
        figure(name, made, claims=[*claims_shown(made), *claims], sources=sources)

    @_shows
    def panel(self) -> None:
        """Show the panel in which a reader moves the assumptions, with what follows from them."""
        assumptions()

    @_shows
    def sensitivity(self) -> None:
        """Show how sure the headline results are: ranges, what moves them, what they rest on."""
        sensitivity()

    @_shows
    def appendix(self, *tables: Literal["parameters", "results", "sources"]) -> None:
        """Show the closing tables, or those named: parameters, results, sources.

        "sources" comes last of all that the chapter shows: it lists what has been used.
        """
        for table in tables or _TABLES:
            _TABLES[table]()

    @_shows
    def preview(self) -> None:
        """Show the Markdown cells of the saved notebook with the words of their roles.

        For JupyterLab; the book drops the cell by its tag `remove-cell`.
        """
        prose = "\n\n".join(markdown_cells(self.name).values())
        plain = state.plain_words(prose)
        show(plain, {"preview": True}, "text/markdown", plain)


def begin(chapter: str, namespace: Mapping[str, Any]) -> None:
    """Begin a chapter: check its parameters as they are in `namespace`; see `Chapter`."""
    obey_environment()
    declared = sidecar(chapter)
    names = [*declared.parameters, *set_before(namespace)]
    values = check_parameters(chapter, {n: namespace[n] for n in names if n in namespace})
    prose = "\n".join(markdown_cells(chapter).values())
    sources = sources_named(prose)
    for source_id in sources:
        source_words(source_id)
    state.start(Running(chapter, values, used_claims=claims_named(prose), used_sources=sources))
    if declared.adopted:
        _show_plainly()
    shown = ", ".join(f"{name}={value}" for name, value in values.items())
    show(f"{chapter}: {shown}", {"chapter": chapter, "parameters": values})
    for name, value in values.items():
        state.running().results[name] = parameter_result(name, chapter, value)


def _show_plainly() -> None:
    """Have an adopted notebook show charts as pictures and tables without style sheets."""
    if altair := sys.modules.get("altair"):
        altair.renderers.enable("svg")
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        html = shell.display_formatter.formatters["text/html"]
        html.for_type(pd.DataFrame, lambda frame: frame.to_html(border=0, max_rows=_MOST_ROWS))


def _literal_names(cell: str) -> list[str] | None:
    """Return the names that a cell sets if it does nothing but set names to plain values."""
    try:
        statements = ast.parse(cell).body
    except SyntaxError:  # a magic or a shell command
        return None
    names = []
    for statement in statements:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            return None
        if not isinstance(target, ast.Name) or not _is_literal(statement.value):
            return None
        names.append(target.id)
    return names


def _is_literal(value: ast.expr | None) -> bool:
    """Return whether an expression is a plain value, as papermill writes them (NaN included)."""
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "float":
        return all(isinstance(argument, ast.Constant) for argument in value.args)
    try:
        ast.literal_eval(value or "")
    except ValueError:
        return False
    return True


def set_before(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names that were set in the cells of plain values just before this cell.

    These are the notebook's cell of parameters, as edited, and the one that papermill
    injects after it. `namespace` is the `globals()` of a kernel, whose `In` holds the cells
    that have run; without it nothing is known and nothing returned.
    """
    cells = namespace.get("In")
    if not isinstance(cells, list) or not cells:
        return []
    found: list[str] = []
    for cell in reversed(cells[:-1]):
        if not cell.strip() or (cell == cells[-1] and not found):  # this cell, run again
            continue
        names = _literal_names(cell)
        if names is None:
            break
        found = [*names, *found]
    return list(dict.fromkeys(found))
