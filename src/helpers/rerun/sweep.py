"""Sweep: the points of a sweep, and its results as one table and a page of charts."""

import hashlib
import itertools
import json
import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.chapter.parameters import Parameter, Value, check_value, from_text
from helpers.chapter.running import parameter_result
from helpers.chapter.sidecar import Sidecar, sidecar
from helpers.errors import YaluError
from helpers.evidence.csv_tables import csv_bytes
from helpers.files import write_all
from helpers.rerun import folders
from helpers.rerun.evaluate import COLUMNS, NUMBERS, evaluate
from helpers.rerun.folders import commit, short_hash
from helpers.rerun.parameters import assigned

# points of one sweep; more is a slip of the keyboard
MOST = 100_000
# characters that are typed for one parameter
LONGEST = 10_000
METHODS = ("latin", "sobol")
SEED = 20_260
TABLE, PAGE = "sweep.csv", "index.html"
# more values than this of one parameter are gathered in groups of equal size
GROUPS = 24


# The points: ranges, lists and random draws of parameters -----------------------------------


@dataclass(frozen=True)
class Axis:
    """One parameter of a sweep: its values, or the ends that it is drawn between."""

    parameter: Parameter
    values: tuple[Value, ...] = ()
    ends: tuple[float, float] | None = None


def points(
    chapter: str,
    assignments: Iterable[str],
    draws: int | None = None,
    method: str = "latin",
    seed: int = SEED,
) -> list[dict[str, Value]]:
    """Return the points of a sweep: every combination of the grids with every draw.

    Each point has the swept parameters only. Of what is typed for one, "1:10:1" is a range with
    both ends, "0.2,0.5" a list, "low..high" or "3..8" is drawn from (`method` "latin" or "sobol").
    Raises YaluError (exit code 2) before anything runs where one is of another form or not
    allowed, or where there are too many points. A point that breaks a rule between parameters
    is kept: its run is recorded as failed.
    """
    declared, texts = sidecar(chapter).parameters, assigned(chapter, assignments)
    if not texts:
        raise YaluError("a sweep needs a parameter: -p name=start:stop:step", exit_code=2)
    axes = [_axis(declared[name], text) for name, text in texts.items()]
    grid = {axis.parameter.name: axis.values for axis in axes if axis.ends is None}
    sampled = [axis for axis in axes if axis.ends is not None]
    if sampled and draws is None:
        raise _refused(sampled[0].parameter, "draws need --draws N")
    if draws is not None and not sampled:
        raise YaluError("--draws needs a parameter of the form name=low..high", exit_code=2)
    count = math.prod(map(len, grid.values())) * (1 if draws is None else draws)
    if not 0 < count <= MOST:
        raise YaluError(f"{count:,} points; allowed: 1 to {MOST:,}", exit_code=2)
    rows = _draws(sampled, draws, method, seed) if draws else [{}]
    combinations = itertools.product(*grid.values())
    return [dict(zip(grid, one, strict=True)) | row for one in combinations for row in rows]


def _refused(parameter: Parameter, said: str) -> YaluError:
    return YaluError(f"parameter {parameter.name}: {said}", exit_code=2)


def _axis(parameter: Parameter, text: str) -> Axis:
    if len(text) > LONGEST:
        raise _refused(parameter, f"more than {LONGEST:,} characters")
    if ".." in text:
        return Axis(parameter, ends=_ends(parameter, text))
    if ":" in text:
        return Axis(parameter, _range(parameter, text))
    return Axis(parameter, tuple(dict.fromkeys(_typed(parameter, x) for x in text.split(","))))


def _typed(parameter: Parameter, text: str) -> Value:
    return check_value(parameter, from_text(parameter, text.strip()))


def _decimal(parameter: Parameter, text: str) -> Decimal:
    value = _typed(parameter, text)
    if isinstance(value, str):
        raise _refused(parameter, "only numbers have ranges")
    return Decimal(str(value))


def _range(parameter: Parameter, text: str) -> tuple[Value, ...]:
    """Return start:stop:step with both ends, as decimals: 0:1:0.1 has eleven values."""
    parts = text.split(":")
    if len(parts) != 3:
        raise _refused(parameter, "write start:stop:step")
    start, stop = (_decimal(parameter, part) for part in parts[:2])
    step = from_text(parameter, parts[2].strip())
    if isinstance(step, str) or not math.isfinite(step) or step <= 0:
        raise _refused(parameter, f"step {parts[2][:20]!r}; allowed: more than 0")
    if stop < start:
        raise _refused(parameter, f"{start} is above {stop}")
    count = int((stop - start) / Decimal(str(step))) + 1
    if count > MOST:
        raise _refused(parameter, f"{count:,} values; at most {MOST:,}")
    values = [start + i * Decimal(str(step)) for i in range(count)]
    return tuple(check_value(parameter, int(v) if v == int(v) else float(v)) for v in values)


def _ends(parameter: Parameter, text: str) -> tuple[float, float]:
    """Return what a parameter is drawn between: two numbers, or the sources' low..high."""
    typed = [part.strip() for part in text.split("..", 1)]
    named = {"low": parameter.low, "high": parameter.high}
    if named.keys() & {*typed} and None in named.values():
        raise _refused(parameter, "the sidecar gives no low and high; write two numbers")
    low, high = (
        float(_decimal(parameter, x) if (end := named.get(x)) is None else end) for x in typed
    )
    if high < low:
        raise _refused(parameter, f"{low} is above {high}")
    return low, high


def _draws(sampled: list[Axis], draws: int, method: str, seed: int) -> list[dict[str, Value]]:
    """Return values of the sampled parameters, spread evenly."""
    size = len(sampled)
    if method == "sobol":
        from scipy.stats import qmc

        # whole powers of two keep the balance of the sequence; the rest is left out
        cube = qmc.Sobol(size, rng=seed).random_base2((draws - 1).bit_length())[:draws]
    else:
        # a Latin hypercube, as scipy.stats.qmc has it, whose import takes longer than a sweep
        (rng,) = np.random.default_rng(seed).spawn(1)
        within, strata = (
            rng.uniform(size=(draws, size)),
            np.tile(np.arange(1, draws + 1), (size, 1)),
        )
        for row in strata:
            rng.shuffle(row)
        cube = (strata.T - within) / draws
    return [{axis.parameter.name: _value_at(axis, u) for axis, u in zip(sampled, row, strict=True)}
            for row in cube.tolist()]  # fmt: skip


def _value_at(axis: Axis, u: float) -> Value:
    low, high = axis.ends or (0.0, 0.0)
    if axis.parameter.type == "integer":
        return int(min(high, math.floor(low + u * (high - low + 1))))
    # twelve figures are more than any parameter means, and print the same everywhere
    return float(f"{low + u * (high - low):.12g}")


# A sweep and its table ----------------------------------------------------------------------


@dataclass(frozen=True)
class Sweep:
    """A sweep that is asked for: its points by the hashes of their runs, its folder and name."""

    root: Path
    chapter: str
    points: Mapping[str, Mapping[str, Value]]
    made: Mapping[str, Any]
    target: Path
    hash: str

    @property
    def swept(self) -> list[str]:
        """The names of the parameters that differ between points."""
        return list(next(iter(self.points.values())))


def planned_sweep(
    root: Path, chapter: str, points: Iterable[Mapping[str, Value]], out: Path | None = None
) -> Sweep:
    """Return the sweep over `points`; a point that comes twice is one.

    Raises YaluError (exit code 2) where its folder holds something else.
    """
    made = folders.made_with(root, chapter)
    defaults = {name: p.default for name, p in sidecar(chapter).parameters.items()}
    named = {
        short_hash(chapter, defaults | dict(point), made["fingerprint"]): point for point in points
    }
    name = hashlib.sha256(" ".join(sorted(named)).encode()).hexdigest()[:10]
    target = out or root / folders.RUNS / f"{chapter}-sweep-{name}"
    folders.check_target(target, name, force=False)
    return Sweep(root, chapter, named, made, target, name)


def about(sweep: Sweep) -> dict[str, Any]:
    """Return what a sweep was made with; no path, user or host."""
    return {
        "hash": sweep.hash,
        "chapter": sweep.chapter,
        "swept": sweep.swept,
        "points": len(sweep.points),
        "commit": commit(sweep.root),
        **sweep.made,
    }


def evaluated(sweep: Sweep) -> pd.DataFrame:
    """Evaluate the chapter's answers at all points, see `evaluate`; return the sweep's table."""
    import vl_convert

    # the first chart takes longest: it is rendered while the chapter runs
    first = {"mark": "point", "data": {"values": []}}
    threading.Thread(target=vl_convert.vegalite_to_svg, args=(first,), daemon=True).start()
    return table(sweep, evaluate(sweep.root, sweep.chapter, list(sweep.points.values())))


def table(sweep: Sweep, found: pd.DataFrame) -> pd.DataFrame:
    """Return results at points, with the columns of `evaluate`, as the sweep's tidy table.

    A row for each point and result, one for a failure. Columns: point, the swept parameters,
    result, value, low, high, words, unit, per, error.
    """
    points = pd.DataFrame([{"point": name, **p} for name, p in sweep.points.items()])
    rows = points.iloc[found["at"]].reset_index(drop=True)
    return pd.concat([rows, found[[*COLUMNS[1:]]].reset_index(drop=True)], axis=1)


def write(sweep: Sweep, frame: pd.DataFrame, with_page: bool = True) -> None:
    """Write the table, what it was made with and, unless left out, the page."""
    files: dict[str, bytes | str] = {
             folders.ABOUT: json.dumps(about(sweep), indent=2, ensure_ascii=False) + "\n",
             TABLE: csv_bytes(frame)}  # fmt: skip
    files |= {PAGE: page(sweep, frame)} if with_page else {}
    write_all(sweep.target, {Path(name): text for name, text in files.items()})


# The page -----------------------------------------------------------------------------------


def page(sweep: Sweep, frame: pd.DataFrame) -> str:
    """Return the sweep as one HTML text that opens anywhere."""
    from jinja2 import Environment, FileSystemLoader

    declared = sidecar(sweep.chapter)
    charts, still = {}, {}
    for key, rows in frame[frame["result"].notna()].groupby("result", sort=False):
        label = _label(declared, str(key))
        if any(rows[part].nunique() > 1 for part in [*NUMBERS, "words"]):
            charts[label] = [_figure(declared, label, name, rows) for name in sweep.swept]
        else:
            still[label] = _words(rows.iloc[0])
    held = {name: parameter_result(name, sweep.chapter, p.default).text()
            for name, p in declared.parameters.items() if name not in sweep.swept}  # fmt: skip
    failed = frame[frame["error"].notna()]
    failures = [", ".join(f"{name} {row[name]}" for name in sweep.swept) + f": {row['error']}"
                for row in failed.head(50).to_dict("records")]  # fmt: skip
    folder = Path(__file__).resolve().parents[1] / "book" / "templates"
    template = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True)
    return template.get_template("sweep_page.html").render(
        title=f"{declared.title}: a sweep of {len(sweep.points):,} points",
        table=TABLE, failed=f"{len(failed):,}" if failures else "", failures=failures,
        charts=charts, lists={"The same at all points": still, "Held as in the book": held},
    )  # fmt: skip


def _label(declared: Sidecar, key: str) -> str:
    of = declared.results.get(key)
    return key if of is None else of.label


def _unit(row: pd.Series) -> str:
    return " a ".join(filter(None, (row["unit"], row["per"])))


def _words(row: pd.Series) -> str:
    if isinstance(row["words"], str):
        return row["words"]
    ends = " to ".join(f"{row[name]:,.6g}" for name in NUMBERS if pd.notna(row[name]))
    return f"{ends} {_unit(row)}"


def _figure(declared: Sidecar, label: str, name: str, rows: pd.DataFrame) -> tuple[str, str]:
    """Return the caption and the picture of a chart of a result by a parameter."""
    import vl_convert
    from altair.vegalite import SCHEMA_URL

    from helpers.chapter.charts import theme

    parameter = declared.parameters[name]
    title = parameter.label + (f" ({parameter.unit})" if parameter.unit else "")
    rows = rows.assign(x=_grouped(rows, name))
    spec = (_word_chart if rows["words"].notna().all() else _number_chart)(rows, title)
    spec |= {"$schema": SCHEMA_URL, "width": 600, "height": 180, "config": theme()}
    return f"{label}, by {parameter.label.lower()}", vl_convert.vegalite_to_svg(spec)


def _grouped(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return where each row stands on the axis: its value, or the middle of its group."""
    numeric = pd.api.types.is_numeric_dtype(rows[name])
    if not numeric or rows[name].nunique() <= GROUPS:
        return rows[name]
    groups = pd.qcut(rows[name], GROUPS, duplicates="drop")
    return rows[name].groupby(groups, observed=True).transform("median")


def _number_chart(rows: pd.DataFrame, title: str) -> dict[str, Any]:
    """Return median, least and most of each end of a result at each place on the axis."""
    from helpers.chapter.charts import colour

    ends = [end for end in NUMBERS if rows[end].notna().any()]
    long = rows.melt(["x"], ends, "end", "y").dropna()
    bands = long.groupby(["x", "end"])["y"].agg(["median", "min", "max"]).reset_index()
    numeric = pd.api.types.is_numeric_dtype(rows["x"])
    x = {"field": "x", "type": "quantitative", "scale": {"zero": False}} if numeric else {
        "field": "x", "type": "ordinal"}  # fmt: skip
    colours = [colour("blue"), colour("blue"), colour("amber")]
    low = {"field": "min", "type": "quantitative", "title": _unit(rows.iloc[0])}
    band = {"type": "area", "opacity": 0.18} if numeric else {"type": "rule"}
    return {
        "data": {"values": bands.to_dict("records")},
        "encoding": {
            "x": x | {"title": title},
            "color": {"field": "end", "type": "nominal", "scale": {"domain": [*NUMBERS],
                      "range": colours}, "legend": {"title": None} if len(ends) > 1 else None},
        },
        "layer": [
            {"mark": band, "encoding": {"y": low, "y2": {"field": "max"}}},
            {"mark": {"type": "line", "point": True},
             "encoding": {"y": {"field": "median", "type": "quantitative"}}},
        ],
    }  # fmt: skip


def _word_chart(rows: pd.DataFrame, title: str) -> dict[str, Any]:
    """Return the shares of the words of a result at each place on the axis."""
    counts = rows.groupby(["x", "words"]).size().rename("count").reset_index()
    axis = {"format": ".4~g"} if pd.api.types.is_numeric_dtype(rows["x"]) else {}
    return {
        "data": {"values": counts.to_dict("records")},
        "mark": "bar",
        "encoding": {
            "x": {"field": "x", "type": "ordinal", "title": title, "axis": axis},
            "y": {"field": "count", "type": "quantitative", "stack": "normalize",
                  "title": "share of the points"},
            "color": {"field": "words", "type": "nominal", "legend": {
                "title": None, "orient": "bottom", "columns": 1, "labelLimit": 500}},
        },
    }  # fmt: skip
