"""Recurring chart forms, and the colours, shapes and Vega-Lite theme of all charts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt
import pandas as pd

from helpers import evidence
from helpers.errors import YaluError
from helpers.models import ops

# Every colour that charts use, light and dark. In the page the dark value replaces the
# light one by a style sheet rule, so one picture serves both.
COLOURS = {
    "ink": ("#1d2329", "#e9e6df"),
    "muted": ("#5b6570", "#a9b1b8"),
    "grid": ("#dfe3e6", "#3a4249"),
    "blue": ("#1f5fa8", "#7fb3ee"),
    "teal": ("#16806f", "#5cc7b2"),
    "plum": ("#7a4a8c", "#c79bdb"),
    "amber": ("#b8670a", "#f0a94a"),
    "red": ("#b3322f", "#f08a80"),
    "stone": ("#757b81", "#b4bac0"),
    "pale": ("#c9d6e6", "#34475c"),
}


def colour(name: str) -> str:
    """Return the light value of a colour by its name."""
    return COLOURS[name][0]


# basis of a figure: (label, colour, Vega shape). Shape and colour both carry it.
BASES = {
    "official-statistic": ("official statistic", colour("blue"), "square"),
    "official-statement": ("official statement", colour("teal"), "diamond"),
    "panel-of-experts": ("UN panel of experts", colour("red"), "triangle-up"),
    "expert-named": ("named expert", colour("plum"), "triangle-down"),
    "anonymous-source": ("anonymous source", colour("amber"), "circle"),
    "derived": ("derived by us", colour("stone"), "cross"),
}

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def theme() -> dict[str, Any]:
    """Return the Vega-Lite configuration of the house."""
    ink, muted, grid = colour("ink"), colour("muted"), colour("grid")
    categories = [colour(name) for name in ("blue", "amber", "teal", "plum", "red", "stone")]
    return {
        "background": None,
        "font": FONT,
        "aria": False,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 4, "right": 12, "top": 6, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            "labelColor": muted, "titleColor": ink, "gridColor": grid, "domainColor": muted,
            "tickColor": grid, "labelFontSize": 12, "titleFontSize": 12, "labelFontWeight": 400,
            "titleFontWeight": 400, "labelOverlap": True, "labelSeparation": 6, "labelLimit": 150,
        },
        "axisY": {
            "titleAngle": 0, "titleAlign": "left", "titleAnchor": "start", "titleX": 0,
            "titleY": -12, "titleBaseline": "bottom", "domain": False, "ticks": False,
        },
        "axisX": {"titleAnchor": "end"},
        "legend": {
            "orient": "top", "title": None, "labelColor": ink, "labelFontSize": 12,
            "titleFontSize": 12, "symbolSize": 80, "offset": 30, "columnPadding": 14,
            "labelLimit": 240, "symbolBaseFillColor": muted, "symbolBaseStrokeColor": muted,
        },
        "title": {
            "anchor": "start", "color": ink, "fontSize": 15, "fontWeight": 600, "offset": 16,
        },
        "header": {"labelColor": ink, "labelFontSize": 12, "titleColor": ink},
        "text": {"color": ink, "fontSize": 12, "font": FONT},
        "rule": {"color": muted},
        "mark": {"color": colour("blue")},
        "line": {"strokeWidth": 2, "strokeJoin": "round"},
        "point": {"filled": True, "size": 60},
        "range": {"category": categories},
    }  # fmt: skip


PLAIN, SHORT = ",.12~g", "~s"
# what charts use of a table: Altair copies its data many times
_ROW_COLUMNS = (
    "claim_id", "value", "low", "high", "from_", "to_", "dot_", "open_", "basis_", "outlet",
    "attribution",
)  # fmt: skip
Layers: TypeAlias = "alt.LayerChart | alt.FacetChart"


def _basis_channels(present: Sequence[str]) -> tuple[alt.Color, alt.Shape]:
    """Return colour and shape by the column `basis_`, for the bases that are `present`."""
    shown = [BASES[basis] for basis in BASES if basis in set(present)]
    labels, hues, shapes = ([one[part] for one in shown] for part in range(3))
    return (alt.Color("basis_:N", scale=alt.Scale(domain=labels, range=hues)),
            alt.Shape("basis_:N", scale=alt.Scale(domain=labels, range=shapes)))  # fmt: skip


def basis_label(basis: str) -> str:
    """Return how a basis code is written in a legend."""
    return BASES[basis][0]


def spans(data: pd.DataFrame) -> pd.DataFrame:
    """Return `data` with the columns that a range mark needs.

    Of `value`, `low`, `high` one at least must be known, or an expression, which is left out. Adds
    `from_` and `to_` (ends of the bar), `open_` ("low": at most, "high": at least, "": closed) and
    `dot_` (the value or known bound).
    """
    ends = data.reindex(columns=["value", "low", "high"])
    ends = ends.map(lambda cell: math.nan if ops.is_expression(cell) else cell).astype("float64")
    data = data.assign(**ends)
    value, low, high = data["value"], data["low"], data["high"]
    up = low.notna() & high.isna() & value.isna()
    down = high.notna() & low.isna() & value.isna()
    return data.assign(
        from_=low.fillna(value).fillna(high),
        to_=high.fillna(value).fillna(low),
        dot_=value.where(value.notna(), low.where(up, high.where(down))),
        open_=up.map({True: "high", False: ""}).where(~down, "low"),
    )


def claim_rows(labels: Mapping[str, str]) -> pd.DataFrame:
    """Return a row for each included claim, for `range_rows`; `labels` by claim id, in order.

    Columns: label, claim_id, value, low, high, unit, per, basis, outlet, attribution. Raises
    YaluError for an unknown claim.
    """
    columns = ["claim_id", "value", "low", "high", "unit", "per", "basis", "outlet", "attribution"]
    rows = [
        {"label": label} | {column: getattr(evidence.claim(claim_id), column) for column in columns}
        for claim_id, label in labels.items()
        if evidence.is_included(claim_id)
    ]
    numbers = dict.fromkeys(("value", "low", "high"), "float64")
    return pd.DataFrame(rows).astype(numbers)


def number_axis(axis_format: str = PLAIN, **options: Any) -> alt.Axis:
    """Return an axis of numbers: `PLAIN` (1,000), "~s" (1k, 1m, 1bn) or another d3 format."""
    if axis_format != SHORT:
        return alt.Axis(format=axis_format, **options)
    words = "replace(replace(format(datum.value, '~s'), 'G', 'bn'), 'M', 'm')"
    return alt.Axis(labelExpr=words, **options)


def number_format(highest: float) -> str:
    """Return the format for an axis that ends at `highest`: in full up to a million."""
    return SHORT if highest >= 1_000_000 else PLAIN


def log_ticks(low: float, high: float) -> list[float]:
    """Return round ticks for a logarithmic axis: powers of ten, with 2 and 5 in few decades.

    Raises YaluError where `low` is not above zero.
    """
    if not low > 0:
        raise YaluError(f"a logarithmic axis needs figures above zero, found {low}")
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first < 3 else (1,)
    return [float(f"{step}e{power}") for power in range(first, last + 1) for step in steps]


def _scale(log: bool) -> alt.Scale:
    return alt.Scale(type="log", nice=True) if log else alt.Scale(nice=True, zero=True)


def range_rows(
    data: pd.DataFrame,
    *,
    label: str,
    title: str,
    log: bool = False,
    axis_format: str = SHORT,
    sort: Sequence[str] | None = None,
    bases: Iterable[str] = (),
) -> Layers:
    """Return one row a figure: a bar from low to high, a dot at the value.

    `data`: columns `value`, `low`, `high`, `basis` (codes of the codebook) and the row label in
    column `label`. A bound without its other end is a dot with an arrow towards the open side. A
    cell can be an expression of sliders, a value alone or both ends: the page moves its row.
    `title` names the axis with its unit; `log` draws orders of magnitude; `sort` orders the rows,
    else as in `data`; `bases` are those of the legend where the chart is one of several.
    """
    moved = _moved_ends(data, label)
    rows = spans(data).assign(basis_=data["basis"].map(basis_label))
    rows = rows.filter([label, *_ROW_COLUMNS])
    order = list(sort) if sort is not None else list(dict.fromkeys(rows[label]))
    hue, shape = _basis_channels([*data["basis"], *bases])
    y = alt.Y(f"{label}:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.1))
    known = log and not moved
    ticks = {"values": log_ticks(rows["from_"].min(), rows["to_"].max())} if known else {}
    axis = number_axis(axis_format, tickCount=5, **ticks)
    x = alt.X("from_:Q", title=title, scale=_scale(log), axis=axis)
    # what a page moves is written into new fields: the table keeps the numbers that stand still
    still = rows.rename(columns={end: f"still_{end}" for end in moved})
    base = alt.Chart(still).encode(y=y, tooltip=_tooltip(rows, label, title, moved))
    base = base.transform_calculate(**moved) if moved else base
    names = base.mark_text(align="left", dy=-11, limit=620).encode(
        text=f"{label}:N", x=alt.value(2)
    )
    base = base.transform_filter("datum.from_ > 0") if moved and log else base
    bars = base.mark_bar(height=8, yOffset=8, cornerRadius=2).encode(x=x, x2="to_:Q", color=hue)
    dots = base.transform_filter("isValid(datum.dot_)").mark_point(
        filled=True, size=80, yOffset=8, opacity=1
    )
    dots = dots.encode(x="dot_:Q", color=hue, shape=shape)
    signs = {"high": ("→", {"dx": 14, "dy": 8}), "low": ("←", {"dx": -14, "dy": 8})}
    arrows = _arrows(base, signs, 17, x="dot_:Q", color=hue)
    return alt.layer(bars, dots, *arrows, names).properties(height=alt.Step(40))


def _moved_ends(data: pd.DataFrame, label: str) -> dict[str, Any]:
    """Return formulas for `from_`, `to_` and `dot_` where cells of `data` are expressions."""
    moved: dict[str, Any] = {}
    for end, first, other in (
        ("from_", "low", "value"),
        ("to_", "high", "value"),
        ("dot_", "value", "value"),
    ):
        formula: Any = alt.datum[f"still_{end}"]
        for name, *cells in data.reindex(columns=[label, first, other]).itertuples(index=False):
            found = next((cell for cell in cells if ops.is_expression(cell)), None)
            if found is not None:
                formula = alt.expr.if_(alt.datum[label] == name, found, formula)
                moved[end] = formula
    return moved


def _arrows(
    base: alt.Chart, signs: Mapping[str, tuple[str, dict[str, Any]]], size: int, **channels: Any
) -> list[alt.Chart]:
    """Return an arrow at each bound without its other end; signs and offsets go by the side."""
    return [
        base.transform_filter(f"datum.open_ == '{side}'")
        .mark_text(fontSize=size, fontWeight=700, **offset)
        .encode(text=alt.value(sign), **channels)
        for side, (sign, offset) in signs.items()
    ]


def _tooltip(rows: pd.DataFrame, label: str, title: str, moved: Iterable[str]) -> list[alt.Tooltip]:
    """Return what a mark tells; `title` is that of the axis, with the unit.

    `moved` are the columns that the page computes: they take the place of what stands still.
    """
    unit, moved = title.replace(", log scale", ""), set(moved)
    ends = [("value", "dot_"), ("low", "from_"), ("high", "to_")]
    told = {(place if place in moved else end): f"{end} ({unit})" for end, place in ends}
    wanted = {label: "what it is"} | told
    wanted |= {"basis_": "kind of source", "outlet": "outlet", "attribution": "said by"}
    return [
        alt.Tooltip(f"{column}:Q", title=name, format=PLAIN)
        if column in told
        else alt.Tooltip(column, title=name)
        for column, name in wanted.items()
        if column in rows
    ]


def event_rules(events: pd.DataFrame, *, date: str = "date_from", label: str = "label") -> Layers:
    """Return vertical rules with short upright labels, for the time axis of another chart.

    `events`: a date column and a short label column. A label stands to the left of its rule, or
    to the right where the rule before it is close.
    """
    days = pd.to_datetime(events[date])
    base = alt.Chart(events.assign(side_=_sides(days))).encode(x=alt.X(f"{date}:T", title=None))
    rules = base.mark_rule(strokeDash=[4, 3], strokeWidth=1, color=colour("muted"))
    names = [
        base.transform_filter(f"datum.side_ == '{side}'")
        .mark_text(angle=270, align="right", baseline="middle", dx=-4, dy=dy, color=colour("muted"))
        .encode(text=f"{label}:N", y=alt.value(0))
        for side, dy in (("left", -9), ("right", 9))
    ]
    return alt.layer(rules, *names)


def _sides(days: pd.Series) -> pd.Series:
    """Return on which side of its rule each label has room: less than a tenth is none."""
    order = days.sort_values()
    span = order.max() - order.min()
    before, after = order.diff(), -order.diff(-1)
    crowded = (before < span / 10) & ~(after < before)
    return crowded.map({True: "right", False: "left"}).reindex(days.index)
