"""The chart of swings: each answer at both ends of each range, and without an outlet."""

import math
import textwrap
from typing import Any

import altair as alt

from helpers.chapter.charts import colour, log_ticks, number_axis, number_format
from helpers.chapter.results import Result, both_ends
from helpers.chapter.sensitivity.summary import Summary
from helpers.chapter.wording import per_words, round_to, unit_words
from helpers.evidence.exclusion import is_family, name_words

MOST_SWINGS, MOST_EXCLUDED = 5, 2
_LOW, _HIGH, _EXCLUDED = "at the lower end", "at the upper end", "with it left out"
# how far below the middle of its row each case stands, in pixels
_DOWN = {_LOW: 3, _HIGH: 12, _EXCLUDED: 8}
_FAR = 30
# significant figures of what stands in the chart's data: more would say more than a range does
_DIGITS = 4
_BAR = {"type": "bar", "height": 5, "opacity": 0.75}
_TICK = {"type": "tick", "thickness": 3, "height": 9}
_HUE = {
    "field": "case",
    "type": "nominal",
    "scale": {
        "domain": [_LOW, _HIGH, _EXCLUDED],
        "range": [colour("amber"), colour("blue"), colour("stone")],
    },
}
_WHOSE = {"sources": "", "us": ", our range", "none": ", no range"}


def swing_rows(summary: Summary) -> list[dict[str, Any]]:
    """Return what moves an answer: two rows a parameter, and one for each outlet excluded.

    Each holds label, case, low and high, in the unit of the answer, and down, in pixels, where
    the case stands in its row; the widest swing first.
    """
    rows = []
    for swing in summary.swings[:MOST_SWINGS]:
        label = f"{swing.move.parameter.label}{_WHOSE[swing.move.by]}"
        rows.append(_row(label, _LOW, both_ends(swing.at_low)))
        rows.append(_row(label, _HIGH, both_ends(swing.at_high)))
    outlets = [(name, result) for name, result in summary.changed_without if is_family(name)]
    for name, result in outlets[:MOST_EXCLUDED]:
        ends = (result.low, result.value, result.high)
        rows.append(_row(f"without {name_words(name)}", _EXCLUDED, ends))
    return rows


def _row(label: str, case: str, ends: tuple[Any, ...]) -> dict[str, Any]:
    shown = [round_to(float(x), _DIGITS) for x in ends if x is not None and math.isfinite(x)]
    low, high = (min(shown), max(shown)) if shown else (None, None)
    return {"label": label, "case": case, "low": low, "high": high, "down": _DOWN[case]}


def tornado_chart(found: list[Summary]) -> dict[str, Any]:
    """Return the chart in Vega-Lite, a panel for each answer, for `figure`.

    Written out, since it has dozens of marks and Altair takes its time over each.
    """
    datasets: dict[str, list[dict[str, Any]]] = {}
    panels = [_panel(summary, datasets) for summary in found]
    return {
        "$schema": alt.SCHEMA_URL,
        "vconcat": panels,
        "spacing": 34,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "datasets": datasets,
    }


def _panel(summary: Summary, datasets: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the panel of an answer; what it shows is added to `datasets`."""
    of, rows = summary.result, swing_rows(summary)
    labels = list(dict.fromkeys(row["label"] for row in rows))
    bars, now, names = (f"{of.key}-{part}" for part in ("swings", "now", "names"))
    datasets[bars] = rows
    datasets[now] = [{"now": end} for end in (of.low, of.value, of.high) if end is not None]
    datasets[names] = [{"label": label} for label in labels]
    y = {"field": "label", "type": "nominal", "sort": labels, "axis": None,
         "scale": {"paddingInner": 0.1}}  # fmt: skip
    low, high = ({"field": end, "type": "quantitative"} for end in ("low", "high"))
    scaled = low | {"title": _unit(of)} | _scale(rows, of)
    rule = {"type": "rule", "strokeDash": [4, 3], "color": colour("ink")}
    text = {"type": "text", "align": "left", "dy": -12, "limit": 330}
    return {
        "title": {"text": textwrap.wrap(of.label, 46), "fontSize": 13, "offset": 8},
        "height": {"step": 44},
        "layer": [
            {"data": {"name": now}, "mark": rule,
             "encoding": {"x": {"field": "now", "type": "quantitative"}}},
            *({"data": {"name": bars}, "mark": mark | {"yOffset": {"expr": "datum.down"}},
               "encoding": {"y": y, "color": _HUE} | x}
              for mark, x in ((_BAR, {"x": scaled, "x2": {"field": "high"}}),
                              (_TICK, {"x": low}), (_TICK, {"x": high}))),
            {"data": {"name": names}, "mark": text,
             "encoding": {"y": y, "x": {"value": 2}, "text": {"field": "label"}}},
        ],
    }  # fmt: skip


def _unit(of: Result) -> str:
    return f"{unit_words(of.unit)} {per_words(of.per)}".strip()


def _scale(rows: list[dict[str, Any]], of: Result) -> dict[str, Any]:
    ends = [row[end] for row in rows for end in ("low", "high")] + [of.low, of.value, of.high]
    ends = [end for end in ends if end is not None]
    form = number_format(max(ends, default=0))
    if ends and min(ends) > 0 and max(ends) / min(ends) > _FAR:
        ticks = log_ticks(min(ends), max(ends))
        return {"scale": {"type": "log"}, "axis": number_axis(form, values=ticks).to_dict()}
    axis = number_axis(form, tickCount=5).to_dict()
    return {"scale": {"zero": False, "nice": True}, "axis": axis}
