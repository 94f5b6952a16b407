"""Shares: which part of the variance of an answer each uncertain parameter makes (Sobol)."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from helpers.chapter.answers import (
    WITHIN,
    draw_of,
    draw_within,
    result_at,
    sampled_parameters,
)
from helpers.chapter.running import running
from helpers.errors import YaluError

# base samples; SALib asks for a power of two. Each needs as many runs as there are inputs, and two.
BASE, SEED = 4096, 1


def variance_shares(
    keys: Iterable[str], base: int = BASE, seed: int = SEED
) -> Iterator[dict[str, Any]]:
    """Yield for each result and sampled parameter its share of the result's variance.

    `first` is the share of the parameter alone, `total` with all that it does together with
    others (Saltelli and others, Computer Physics Communications 181, 2010), each with the
    half-width of its 95 per cent interval. Parameters are sampled as in the panel; a result of
    two ends is sampled between them, which is an input of its own. Raises YaluError where
    SALib is not installed.
    """
    analyze, sample = _salib()
    for key in keys:
        inputs = _inputs(key)
        if not inputs:
            continue
        problem = {"num_vars": len(inputs), "names": inputs, "bounds": [[0.0, 1.0]] * len(inputs)}
        u = sample(problem, base, calc_second_order=False, seed=seed)
        y = _results(key, dict(zip(inputs, u.T, strict=True)), len(u))
        if not np.isfinite(y).all() or np.ptp(y) == 0:
            continue
        found = analyze(problem, y, calc_second_order=False, seed=seed)
        for place, name in enumerate(inputs):
            yield {"result": key, "input": name.strip("_"), "first": float(found["S1"][place]),
                   "first_interval": float(found["S1_conf"][place]),
                   "total": float(found["ST"][place]),
                   "total_interval": float(found["ST_conf"][place])}  # fmt: skip


def _salib() -> tuple[Any, Any]:
    try:
        from SALib.analyze.sobol import analyze
        from SALib.sample.sobol import sample
    except ModuleNotFoundError:
        raise YaluError("variance shares need SALib: pip install SALib", exit_code=2) from None
    return analyze, sample


def _inputs(key: str) -> list[str]:
    """Return what is sampled for a result: parameters with a range, and where between its ends."""
    chapter = running()
    if chapter.function_of(key) is None:
        return []
    sampled = sampled_parameters(chapter.name, chapter.parameters)
    mine = [p.name for p in sampled if p.name in chapter.results[key].parameters]
    return [*mine, WITHIN] if isinstance(chapter.values[key], tuple) else mine


def _results(key: str, u: dict[str, Any], count: int) -> Any:
    values = running().parameters
    sampled = sampled_parameters(running().name, values)
    draws = {p.name: draw_of(p, u[p.name], values[p.name]) for p in sampled if p.name in u}
    value = draw_within(result_at(key, draws), u.get(WITHIN))
    return np.broadcast_to(np.asarray(value, float), count)
