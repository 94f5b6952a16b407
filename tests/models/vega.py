"""Evaluates Vega expressions for real: renders a table of them and reads the numbers back."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import vl_convert

Key = TypeVar("Key", bound=Hashable)
VEGA_SCHEMA = "https://vega.github.io/schema/vega/v5.json"


def evaluate(
    expressions: Mapping[Key, str],
    rows: Sequence[Mapping[str, float]],
    signals: Mapping[str, float] | None = None,
    steps: Iterable[tuple[str, str]] = (),
) -> dict[Key, np.ndarray]:
    """Compute each expression for each row (`datum`), with the signals and steps that it may name.

    The description of a mark per row carries JavaScript's own shortest text of every number,
    which gives each bit back (and, unlike a text mark, is not laid out).
    """
    named = [*steps, *((f"result_{i}", text) for i, text in enumerate(expressions.values()))]
    transform = [{"type": "formula", "as": name, "expr": text} for name, text in named]
    line = " + ' ' + ".join(f"datum.result_{i}" for i in range(len(expressions)))
    mark = {
        "type": "rect",
        "from": {"data": "rows"},
        "encode": {"update": {"description": {"signal": f"'' + {line}"}}},
    }
    spec = {
        "$schema": VEGA_SCHEMA,
        "width": 1,
        "height": 1,
        "signals": [{"name": name, "value": value} for name, value in (signals or {}).items()],
        "data": [{"name": "rows", "values": [dict(row) for row in rows], "transform": transform}],
        "marks": [mark],
    }
    drawn = vl_convert.vega_to_scenegraph(spec)["scenegraph"]["items"][0]["items"][0]["items"]
    table = np.array([[_number(text) for text in item["description"].split()] for item in drawn])
    return dict(zip(expressions, table.T, strict=True))


def _number(text: str) -> float:
    return {"true": 1.0, "false": 0.0}[text] if text in ("true", "false") else float(text)
