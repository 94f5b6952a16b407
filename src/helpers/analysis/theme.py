"""The look of the charts: colours, shapes and the Altair theme."""

from typing import Any

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

CATEGORIES = [colour(name) for name in ("blue", "amber", "teal", "plum", "red", "stone")]

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def theme() -> dict[str, Any]:
    """Return the Vega-Lite configuration of the house."""
    ink, muted, grid = colour("ink"), colour("muted"), colour("grid")
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
        "range": {"category": CATEGORIES},
    }  # fmt: skip
