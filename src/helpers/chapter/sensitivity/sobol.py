"""Shares: which part of the variance of an answer each uncertain parameter makes (Sobol)."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from helpers.chapter.answers import WITHIN, draw_of, drawn_parameters
from helpers.chapter.running import running
from helpers.chapter.sensitivity.one_at_a_time import result_at
from helpers.errors import YaluError

# base samples; SALib asks for a power of two. Each needs as many runs as there are inputs, and two.
BASE, SEED = 4096, 1


def variance_shares(
    keys: Iterable[str], base: int = BASE, seed: int = SEED
) -> Iterator[dict[str, Any]]:
    """Yield for each result and drawn parameter its share of the result's variance.

    `first` is the share of the parameter alone, `total` with all that it does together with
    others (Saltelli and others, Computer Physics Communications 181, 2010), each with the
    half-width of its 95 per cent interval. Parameters are drawn as in the panel; a result of
    two ends is drawn between them, which is an input of its own. Raises YaluError where
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
        raise YaluError(
            "variance shares need SALib: pip install across-the-yalu[sensitivity]", exit_code=2
        ) from None
    return analyze, sample


def _inputs(key: str) -> list[str]:
    """Return what is drawn for a result: parameters with a range, and where between its ends."""
    chapter = running()
    if chapter.function_of(key) is None:
        return []
    mine = chapter.results[key].parameters
    drawn = [p.name for p in drawn_parameters(chapter.name, chapter.parameters) if p.name in mine]
    return [*drawn, WITHIN] if isinstance(chapter.values[key], tuple) else drawn


def _results(key: str, u: dict[str, Any], count: int) -> Any:
    chapter = running()
    every = drawn_parameters(chapter.name, chapter.parameters)
    drawn = {
        p.name: draw_of(p, u[p.name], chapter.parameters[p.name]) for p in every if p.name in u
    }
    found = result_at(key, drawn)
    value = found[0] + u[WITHIN] * (found[1] - found[0]) if isinstance(found, tuple) else found
    return np.broadcast_to(np.asarray(value, float), count)
