"""Evaluate a chapter at many points: its cells run once, its answers computed with arrays."""

import ast
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers import analysis
from helpers.analysis.answers import (
    DRAWS,
    drawn_parameters,
    headline_draws,
    moved_headlines,
    values_at,
)
from helpers.analysis.chapter import Result, running
from helpers.analysis.draws import middle_ninety
from helpers.analysis.parameters import Value
from helpers.analysis.sidecar import checked_values, sidecar
from helpers.errors import YaluError

ANSWERING = frozenset({"answer", "from_evidence"})
RECORDING = ANSWERING | {"record"}
# what shows something, and records nothing but how sure the results are
_SHOWING = {id(getattr(analysis, name)) for name in (
    "assumptions", "figure", "parameter_table", "result_table", "say", "sensitivity",
    "source_list",
)}  # fmt: skip
NUMBERS = ("value", "low", "high")
COLUMNS = ("at", "result", *NUMBERS, "words", "unit", "per", "error")
# points whose draws are computed together: of more the arrays leave the processor's cache
_TOGETHER = 32
# how closely, relatively, arrays must give what the cells give
_CLOSE = 1e-9
Point = Mapping[str, Value]


def run_here(root: Path, chapter: str, values: Point, through: Iterable[str] = ANSWERING) -> None:
    """Run the code cells of a chapter in this process up to its last answers; show nothing.

    `values` are all its parameters. `through` are the functions whose last call ends the run;
    figures, prose and tables are left out. The chapter is then the running one. Raises
    YaluError naming the cell that fails, and where no cell calls one of these functions.
    """
    cells = [cell for cell in _cells(root, chapter) if not _is_parameters(cell)]
    last = max((n for n, cell in enumerate(cells) if _calls(cell) & set(through)), default=-1)
    if last < 0:
        raise YaluError(f"chapter {chapter}: no cell calls answer(...) or from_evidence(...)")
    space: dict[str, Any] = dict(values)
    for cell in cells[: last + 1]:
        _execute(chapter, cell, space)
        shown = [name for name, thing in space.items() if id(thing) in _SHOWING]
        space |= dict.fromkeys(shown, _nothing)


def _nothing(*_: Any, **__: Any) -> None:
    """Stand in for a function that only shows."""


def has_answers(root: Path, chapter: str) -> bool:
    """Return whether a chapter gives results by functions that can be evaluated at points."""
    try:
        return any("answer" in _calls(cell) for cell in _cells(root, chapter))
    except SyntaxError:
        return False


def _cells(root: Path, chapter: str) -> list[dict[str, Any]]:
    path = root / "chapters" / f"{chapter}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _is_parameters(cell: Mapping[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def _calls(cell: Mapping[str, Any]) -> set[str]:
    """Return the names of the functions that a cell calls."""
    calls = (node for node in ast.walk(ast.parse("".join(cell["source"])))
             if isinstance(node, ast.Call))  # fmt: skip
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _execute(chapter: str, cell: Mapping[str, Any], space: dict[str, Any]) -> None:
    code = "".join(cell["source"])
    try:
        with redirect_stdout(StringIO()):
            exec(compile(code, f"{chapter}:{cell['id']}", "exec"), space)
    except YaluError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        first = code.strip().splitlines()[0]
        raise YaluError(
            f'chapter {chapter}: cell "{first}": {type(error).__name__}: {said}'
        ) from None


def fault(chapter: str, point: Point) -> str | None:
    """Return why a point cannot run, None where it can."""
    try:
        checked_values(sidecar(chapter), point)
    except YaluError as error:
        return "; ".join(error.lines)
    return None


def evaluate(root: Path, chapter: str, points: Sequence[Point]) -> pd.DataFrame:
    """Return the results of a chapter at points: a row for each point and result.

    Each point has values of the same parameters by name; the others are at their defaults. The
    cells run for the first and the last point, and again for each combination of values that
    are no numbers; the answers are computed with arrays of the numbers. Columns: `at` (index of
    the point), result, value, low, high, words, unit, per, error. A point that cannot be
    computed has one row with its error. Results that cells record after the last answers are
    left out where they rest on none of the parameters that differ.

    Raises YaluError (exit code 2) where a result at the first point is not what the cells give
    there, or where `record` gives one that differs from point to point.
    """
    wrong = {at: said for at, point in enumerate(points) if (said := fault(chapter, point))}
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, point in enumerate(points):
        if at not in wrong:
            groups[tuple(v for v in point.values() if isinstance(v, str))].append(at)
    frames = [_group(root, chapter, {at: points[at] for at in one}) for one in groups.values()]
    whole = pd.concat([_errors(wrong), *frames], ignore_index=True).astype({"at": int})
    return whole.sort_values("at", kind="stable", ignore_index=True)


def _group(root: Path, chapter: str, points: Mapping[int, Point]) -> pd.DataFrame:
    """Evaluate points that differ in numbers alone: with arrays or, where that fails, singly."""
    left, wrong, cells = dict(points), {}, {}
    for from_end in (iter, reversed):
        # the cells run at the first and at the last point at which they can
        while left and (at := next(from_end(left))) not in cells:
            try:
                # to compare with, what is recorded up to the answers is enough
                through = {"answer"} if from_end is iter and len(left) > 1 else ANSWERING
                cells[at] = _at_one(root, chapter, left[at], through)
            except YaluError as error:
                wrong[at] = "; ".join(error.lines)
                del left[at]
    if not left:
        return _errors(wrong)
    if wrong:
        _at_one(root, chapter, left[next(reversed(left))])
    arrays = _arrays(list(left.values()))
    try:
        with np.errstate(all="ignore"):
            results = _results(values_at(arrays)) | _middles(arrays)
    except Exception:
        singly = [_by_itself(root, chapter, at, point) for at, point in left.items()]
        return pd.concat([*singly, _errors(wrong)], ignore_index=True)
    frame = _frame(left, results)
    at, point = next(iter(left.items()))
    _compare(chapter, point, cells[at], frame[frame["at"] == at])
    return pd.concat([frame, _errors(wrong)], ignore_index=True)


def _arrays(points: Sequence[Point]) -> dict[str, Any]:
    return {name: np.array([point[name] for point in points])
            for name, value in points[0].items() if not isinstance(value, str)}  # fmt: skip


def _at_one(
    root: Path, chapter: str, point: Point, through: Iterable[str] = ANSWERING
) -> pd.DataFrame:
    """Run the cells at a point and return the results that they give."""
    declared = sidecar(chapter)
    values = checked_values(declared, point)
    run_here(root, chapter, values, through)
    late = [r for key, r in declared.results.items() if key not in running().results]
    if any(set(result.parameters) & set(point) for result in late):
        run_here(root, chapter, values, RECORDING)
    return _frame([0], _results(running().again))


def _by_itself(root: Path, chapter: str, at: int, point: Point) -> pd.DataFrame:
    try:
        _at_one(root, chapter, point)
        with np.errstate(all="ignore"):
            return _frame([at], _results(running().again) | _middles(_arrays([point])))
    except YaluError as error:
        return _errors({at: "; ".join(error.lines)})
    except Exception as error:
        said = " ".join(str(error).split())
        return _errors({at: f"chapter {chapter}: {type(error).__name__}: {said}"})


def _results(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers, and what the running chapter has recorded beside them, in its order."""
    chapter = running()
    own = [key for key in chapter.results if key not in chapter.parameters]
    return {key: answers.get(key, chapter.results[key]) for key in own}


def _middles(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the middle of the draws of each headline result that draws move, at each point.

    A parameter is drawn at the points at which its value lies in its range: these are computed
    together. NaN where there is no middle.
    """
    chapter = running()
    count = max(map(len, arrays.values()), default=1)
    columns = {name: values.tolist() for name, values in arrays.items()}
    together: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place in range(count):
        here = {name: values[place] for name, values in columns.items()}
        drawn = drawn_parameters(chapter.name, chapter.parameters | here)
        together[tuple(parameter.name for parameter in drawn)].append(place)
    found: dict[str, Any] = {}
    for names, places in together.items():
        for start in range(0, len(places), _TOGETHER):
            some = places[start : start + _TOGETHER]
            at = {name: values[some, np.newaxis] for name, values in arrays.items()}
            draws = headline_draws(at=at)
            for key in moved_headlines(set(names)):
                middle = np.full((2, count), np.nan)
                ends = found.setdefault(f"{key}{DRAWS}", middle)
                ends[:, some] = np.reshape(middle_ninety(draws[key]), (2, -1))
    known = {key: np.isfinite(ends).all(axis=0) for key, ends in found.items()}
    return {key: tuple(np.where(known[key], ends, np.nan)) for key, ends in found.items()}


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
        row["at"]: f"chapter {running().name}: {row['result']}: a result with low "
        f"{row['low']} above high {row['high']}"
        for row in crossed.to_dict("records")
    }
    told = frame["words"].notna() | frame[[*NUMBERS]].notna().any(axis=1)
    return pd.concat([frame[told & ~frame["at"].isin(wrong)], _errors(wrong)])


def _rows(key: str, value: Any, at: list[int]) -> pd.DataFrame:
    """Return a result at each place: a Result, or numbers, words, pairs or a list of these."""
    parts: dict[str, Any]
    if isinstance(value, Result):
        parts = {name: getattr(value, name) for name in (*NUMBERS, "words", "unit", "per")}
    else:
        of = sidecar(running().name).results[key.removesuffix(DRAWS)]
        parts = {"unit": of.unit, "per": of.per}
        if isinstance(value, list):
            parts |= {
                "words": [one if isinstance(one, str) else None for one in value],
                "value": [one if isinstance(one, int | float) else None for one in value],
                "low": [one[0] if isinstance(one, tuple) else None for one in value],
                "high": [one[1] if isinstance(one, tuple) else None for one in value],
            }
        elif isinstance(value, tuple):
            parts |= {"low": value[0], "high": value[1]}
        else:
            parts["words" if np.asarray(value).dtype.kind == "U" else "value"] = value
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
            f"functions; have answer(...) or from_evidence(...) give it from parameters alone, "
            f"or sweep with --full", exit_code=2,
        )  # fmt: skip
