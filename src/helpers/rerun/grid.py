"""Grid: the points of a sweep, from ranges, lists and random draws of parameters."""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from helpers.chapter.parameters import Parameter, Value, check_value, from_text
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.rerun.parameters import assigned

# points of one sweep; more is a slip of the keyboard
MOST = 100_000
SEED = 20_260
METHODS = ("latin", "sobol")


@dataclass(frozen=True)
class Axis:
    """One parameter of a sweep: its values, or the ends that it is drawn between."""

    parameter: Parameter
    values: tuple[Value, ...] = ()
    ends: tuple[float, float] | None = None


def _decimal(parameter: Parameter, text: str) -> Decimal:
    value = check_value(parameter, from_text(parameter, text.strip()))
    if isinstance(value, str):
        raise YaluError(f"parameter {parameter.name}: only numbers have ranges", exit_code=2)
    return Decimal(str(value))


def _step(parameter: Parameter, text: str) -> Decimal:
    value = from_text(parameter, text.strip())
    if isinstance(value, str) or not math.isfinite(value) or value <= 0:
        said = f"step {text[:20]!r}"
        raise YaluError(f"parameter {parameter.name}: {said}; allowed: more than 0", exit_code=2)
    return Decimal(str(value))


def _range(parameter: Parameter, text: str) -> Axis:
    """Return start:stop:step with both ends, as decimals: 0:1:0.1 has eleven values."""
    parts = text.split(":")
    if len(parts) != 3:
        raise YaluError(f"parameter {parameter.name}: write start:stop:step", exit_code=2)
    start, stop, step = (_decimal(parameter, parts[0]), _decimal(parameter, parts[1]),
                         _step(parameter, parts[2]))  # fmt: skip
    if stop < start:
        raise YaluError(f"parameter {parameter.name}: {start} is above {stop}", exit_code=2)
    count = int((stop - start) / step) + 1
    if count > MOST:
        raise YaluError(
            f"parameter {parameter.name}: {count:,} values; at most {MOST:,}", exit_code=2
        )
    return Axis(
        parameter, tuple(check_value(parameter, _plain(start + i * step)) for i in range(count))
    )


def _plain(number: Decimal) -> float:
    return int(number) if number == number.to_integral_value() else float(number)


def _ends(parameter: Parameter, text: str) -> Axis:
    """Return what a parameter is drawn between: two numbers, or the sources' low..high."""
    first, _, last = (part.strip() for part in text.partition(".."))
    named = {"low": parameter.low, "high": parameter.high}
    if (first in named or last in named) and None in named.values():
        said = "the sidecar gives no low and high"
        raise YaluError(f"parameter {parameter.name}: {said}; write two numbers", exit_code=2)
    low, high = (
        named[end] if end in named else float(_decimal(parameter, end)) for end in (first, last)
    )
    assert low is not None and high is not None
    if high < low:
        raise YaluError(f"parameter {parameter.name}: {low} is above {high}", exit_code=2)
    return Axis(parameter, ends=(low, high))


def axis(parameter: Parameter, text: str) -> Axis:
    """Return what a text typed for a parameter stands for in a sweep.

    "1:10:1" is a range with both ends, "0.2,0.5" a list, "low..high" or "3..8" is drawn
    from. Raises YaluError (exit code 2) for another form or a value that is not allowed.
    """
    if len(text) > 10_000:
        raise YaluError(f"parameter {parameter.name}: more than 10,000 characters", exit_code=2)
    if ".." in text:
        return _ends(parameter, text)
    if ":" in text:
        return _range(parameter, text)
    values = [
        check_value(parameter, from_text(parameter, part.strip())) for part in text.split(",")
    ]
    return Axis(parameter, tuple(dict.fromkeys(values)))


def axes(chapter: str, assignments: Iterable[str]) -> list[Axis]:
    """Return the axes of a sweep. Raises YaluError (exit code 2) where one is wrong."""
    declared = sidecar(chapter).parameters
    texts = assigned(chapter, assignments)
    if not texts:
        raise YaluError("a sweep needs a parameter: -p name=start:stop:step", exit_code=2)
    return [axis(declared[name], text) for name, text in texts.items()]


def _uniform(dimensions: int, draws: int, method: str, seed: int) -> Any:
    """Return `draws` points of the unit cube, spread evenly (scipy.stats.qmc)."""
    from scipy.stats import qmc

    if method == "sobol":
        # whole powers of two keep the balance of the sequence; the rest is left out
        return qmc.Sobol(dimensions, rng=seed).random_base2(max(0, (draws - 1).bit_length()))[
            :draws
        ]
    return qmc.LatinHypercube(dimensions, rng=seed).random(draws)


def _value_at(axis: Axis, u: float) -> Value:
    low, high = axis.ends or (0.0, 0.0)
    if axis.parameter.type == "integer":
        return int(min(high, math.floor(low + u * (high - low + 1))))
    # twelve figures are more than any parameter means, and print the same everywhere
    return float(f"{low + u * (high - low):.12g}")


def _draws(sampled: list[Axis], draws: int, method: str, seed: int) -> list[dict[str, Value]]:
    if not sampled:
        return [{}]
    names = [axis.parameter.name for axis in sampled]
    cube = _uniform(len(sampled), draws, method, seed)
    return [dict(zip(names, map(_value_at, sampled, row), strict=True)) for row in cube.tolist()]


def _check_size(grid: list[Axis], sampled: list[Axis], draws: int | None) -> int:
    if sampled and draws is None:
        name = sampled[0].parameter.name
        raise YaluError(f"parameter {name}: draws need --draws N", exit_code=2)
    if draws is not None and not sampled:
        raise YaluError("--draws needs a parameter of the form name=low..high", exit_code=2)
    count = math.prod(len(axis.values) for axis in grid) * (draws or 1)
    if not 0 < count <= MOST or (draws is not None and draws < 1):
        raise YaluError(f"{count:,} points; allowed: 1 to {MOST:,}", exit_code=2)
    return draws or 1


def points(
    chapter: str,
    assignments: Iterable[str],
    draws: int | None = None,
    method: str = METHODS[0],
    seed: int = SEED,
) -> list[dict[str, Value]]:
    """Return the points of a sweep: every combination of the grids with every draw.

    Each point has the swept parameters only. Raises YaluError (exit code 2) before anything
    runs where an axis is wrong or there are too many points. A point that breaks a rule
    between parameters is kept: its run is recorded as failed.
    """
    found = axes(chapter, assignments)
    grid = [axis for axis in found if axis.ends is None]
    sampled = [axis for axis in found if axis.ends is not None]
    count = _check_size(grid, sampled, draws)
    names = [axis.parameter.name for axis in grid]
    combinations = itertools.product(*(axis.values for axis in grid))
    rows = _draws(sampled, count, method, seed)
    return [dict(zip(names, values, strict=True)) | row for values in combinations for row in rows]
