"""Evaluate a chapter at many points: its cells run once, its functions take arrays."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.chapter.answers import values_at
from helpers.chapter.parameters import Value
from helpers.chapter.running import Output, Running, outputs_into, running, start
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.errors import YaluError
from helpers.inputs import read_notebook
from helpers.lazily import delay_import

NUMBERS = ("value", "low", "high")
COLUMNS = ("at", "result", *NUMBERS, "words", "unit", "per", "error")
# where a cell registers a function, of results or of words
_REGISTERS = re.compile(r"^@\w+\.(?:results|evidence|words)\b", re.MULTILINE)
# how closely, relatively, arrays must give what the cells give
_CLOSE = 1e-9
# the methods of a chapter that show something and give nothing
_SHOWING = {"figure", "panel", "sensitivity", "appendix", "preview"}
Point = Mapping[str, Value]


def registers(root: Path, chapter: str) -> bool:
    """Return whether a chapter registers functions of results, to be evaluated at points."""
    return any(map(_REGISTERS.search, _cells(root, chapter)))


def _cells(root: Path, chapter: str) -> list[str]:
    """Return the code of a notebook's cells but that of its parameters."""
    path = root / "chapters" / f"{chapter}.ipynb"
    cells = read_notebook(path, f"chapters/{path.name}")["cells"]
    return [cell["source"] for cell in cells if cell["cell_type"] == "code"
            and "parameters" not in cell["metadata"].get("tags", [])]  # fmt: skip


def run_here(root: Path, chapter: str, values: Point, outputs: list[Output] | None = None) -> None:
    """Run the code cells of a chapter in this process; the chapter is then the running one.

    `values` are all its parameters. The cells run up to the last one that registers a function,
    and figures, tables and the panel are left out; where there is a list for `outputs`, all cells
    run and put theirs into it. Raises YaluError naming the cell that fails, and where no cell
    registers a function.
    """
    cells = _cells(root, chapter)
    last = max((n for n, code in enumerate(cells) if _REGISTERS.search(code)), default=-1)
    if last < 0:
        raise YaluError(f"chapter {chapter}: no cell registers a function with @ch.results")
    delay_import("altair")
    space: dict[str, Any] = dict(values)
    with outputs_into(outputs), redirect_stdout(StringIO()):
        for code in cells[: last + 1] if outputs is None else cells:
            first = code.strip().partition("\n")[0]
            try:
                exec(compile(_of(code, outputs is None), f"{chapter}: {first}", "exec"), space)
            except YaluError:
                raise
            except Exception as error:
                said = f"{type(error).__name__}: {' '.join(str(error).split())}"
                raise YaluError(f'chapter {chapter}: cell "{first}": {said}') from None


def _of(code: str, results_only: bool) -> ast.Module:
    """Return the code of a cell; for results only, without the statements that show something."""
    cell = ast.parse(code)
    if results_only:
        cell.body = [one for one in cell.body if not _shows(one)]
    return cell


def _shows(statement: ast.stmt) -> bool:
    """Return whether a statement is a call such as `ch.figure(...)`."""
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(attr=name))):
            return name in _SHOWING
    return False


def fault(chapter: str, point: Point) -> str | None:
    """Return why a point cannot run, None where it can."""
    try:
        checked_values(sidecar(chapter), point)
    except YaluError as error:
        return "; ".join(error.lines)
    return None


def evaluate(root: Path, chapter: str, points: Sequence[Point]) -> pd.DataFrame:
    """Return the results of a chapter's functions at points: a row for each point and result.

    Each point has values of the same parameters by name; the others are at their defaults. The
    cells run for the first and the last point, and again for each combination of values that
    are no numbers; the functions are called with arrays of the numbers. Columns: `at` (index of
    the point), result, value, low, high, words, unit, per, error. A point that cannot be
    computed has one row with its error.

    Raises YaluError (exit code 2) where a result at the first point is not what the cells give
    there.
    """
    wrong = {at: said for at, point in enumerate(points) if (said := fault(chapter, point))}
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, point in enumerate(points):
        if at not in wrong:
            groups[tuple(v for v in point.values() if isinstance(v, str))].append(at)
    frames = [_group(root, chapter, {at: points[at] for at in one}) for one in groups.values()]
    joined = pd.concat([_errors(wrong), *frames], ignore_index=True).astype({"at": int})
    return joined.sort_values("at", kind="stable", ignore_index=True)


def _group(root: Path, chapter: str, points: Mapping[int, Point]) -> pd.DataFrame:
    """Evaluate points that differ in numbers alone: with arrays or, where that fails, singly."""
    left, wrong = dict(points), dict[int, str]()
    ran: dict[int, tuple[pd.DataFrame, Running]] = {}
    for from_end in (iter, reversed):
        # the cells run at the first and at the last point at which they can
        while left and (at := next(from_end(left))) not in ran:
            try:
                ran[at] = _at_one(root, chapter, left[at]), running()
            except YaluError as error:
                wrong[at] = "; ".join(error.lines)
                del left[at]
    if not left:
        return _errors(wrong)
    first, last = next(iter(left)), next(reversed(left))
    start(ran[last][1])
    arrays = _arrays(list(left.values()))
    try:
        with np.errstate(all="ignore"):
            found = values_at(arrays)
            results = {key: found[key] for key in running().values}
    except Exception:  # a function that takes no arrays; what is wrong at a point is told there
        singly = []
        for at, point in left.items():
            try:
                _at_one(root, chapter, point)
                with np.errstate(all="ignore"):
                    singly.append(_frame([at], running().values))
            except YaluError as error:
                wrong[at] = "; ".join(error.lines)
            except Exception as error:
                said = " ".join(str(error).split())
                wrong[at] = f"chapter {chapter}: {type(error).__name__}: {said}"
        return pd.concat([*singly, _errors(wrong)], ignore_index=True)
    frame = _frame(left, results)
    _compare(chapter, left[first], ran[first][0], frame[frame["at"] == first])
    return pd.concat([frame, _errors(wrong)], ignore_index=True)


def _at_one(root: Path, chapter: str, point: Point) -> pd.DataFrame:
    """Run the cells at a point and return the results that they give."""
    run_here(root, chapter, checked_values(sidecar(chapter), point))
    return _frame([0], running().values)


def _arrays(points: Sequence[Point]) -> dict[str, Any]:
    return {name: np.array([point[name] for point in points])
            for name, value in points[0].items() if not isinstance(value, str)}  # fmt: skip


def _frame(places: Iterable[int], found: Mapping[str, Any]) -> pd.DataFrame:
    """Return results, each one for all places or an array of them, as rows of the table."""
    at = list(places)
    frame = pd.concat([_rows(key, value, at) for key, value in found.items()], ignore_index=True)
    frame = frame.reindex(columns=list(COLUMNS)).sort_values("at", kind="stable")
    frame[[*NUMBERS]] = frame[[*NUMBERS]].astype(float).replace([np.inf, -np.inf], np.nan)
    unknown = {key: r.unknown for key, r in sidecar(running().name).results.items()}
    nothing = frame[[*NUMBERS, "words"]].isna().all(axis=1)
    frame["words"] = frame["words"].where(~nothing, frame["result"].map(unknown))
    crossed = frame[frame["low"] > frame["high"]].drop_duplicates("at")
    wrong = {
        at: f"chapter {running().name}: {key}: a result with low {low} above high {high}"
        for at, key, low, high in crossed[["at", "result", "low", "high"]].to_numpy()
    }
    told = frame["words"].notna() | frame[[*NUMBERS]].notna().any(axis=1)
    return pd.concat([frame[told & ~frame["at"].isin(wrong)], _errors(wrong)])


def _rows(key: str, value: Any, at: list[int]) -> pd.DataFrame:
    """Return a result at each place: from numbers, words, pairs or a list of these."""
    of = sidecar(running().name).results[key]
    parts: dict[str, Any] = {"unit": of.unit, "per": of.per}
    if isinstance(value, list):
        pairs = [one if isinstance(one, tuple) else (None, None) for one in value]
        parts |= {
            "words": [one if isinstance(one, str) else None for one in value],
            "value": [None if isinstance(one, str | tuple) else one for one in value],
            "low": [low for low, _ in pairs],
            "high": [high for _, high in pairs],
        }
    elif isinstance(value, tuple):
        parts |= {"low": value[0], "high": value[1]}
    else:
        parts["words" if np.asarray(value).dtype.kind in "UO" else "value"] = value
    return pd.DataFrame({"at": at, "result": key, **parts}, index=range(len(at)))


def _errors(said: Mapping[int, str]) -> pd.DataFrame:
    rows = {"at": list(said), "error": list(said.values())}
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def _compare(chapter: str, point: Point, cells: pd.DataFrame, arrays: pd.DataFrame) -> None:
    """Raise YaluError where arrays do not give what the cells gave at a point."""
    both = cells.merge(arrays, on="result", how="left", suffixes=("", "_there"))
    words, there = (both[name].astype(object).fillna("") for name in ("words", "words_there"))
    same = words == there
    for name in NUMBERS:
        same &= np.isclose(both[name], both[f"{name}_there"], rtol=_CLOSE, equal_nan=True)
    if not same.all() and arrays["error"].isna().all():
        keys = ", ".join(both.loc[~same, "result"])
        where = ", ".join(f"{name}={value}" for name, value in point.items())
        raise YaluError(
            f"chapter {chapter}: {keys}: at {where} the cells give something else than the "
            f"functions; have them use nothing but the parameters that they are given, or sweep "
            f"with --full", exit_code=2,
        )  # fmt: skip
