"""Pictures: a chart drawn once for desktops and once for phones, as light SVG."""

import re
from typing import Any

from helpers.book import chart_cache
from helpers.book.sphinx.svg import slim
from helpers.chapter.figure import NARROW, WIDE, with_width

WIDTHS = {"wide": WIDE, "narrow": NARROW}
# A phone has room for two entries of a legend side by side.
NARROW_LEGEND = {"columns": 2, "labelLimit": 150}
# pixels by which a narrow picture may miss its width
_NEAR = 2


def sized(spec: dict[str, Any], kind: str, inner: int | None = None) -> dict[str, Any]:
    """Return a chart without its title, set to the width of a kind of picture.

    `inner` is the width for Vega, where that is not the width of the whole picture.
    """
    bare = {key: value for key, value in spec.items() if key != "title"}
    bare = with_width(bare, inner or WIDTHS[kind])
    if kind == "narrow":
        legend = bare["config"].get("legend", {}) | NARROW_LEGEND
        bare["config"] = bare["config"] | {"legend": legend}
    return bare


def inner_width(spec: dict[str, Any], kind: str) -> int:
    """Return the width to ask of Vega for a picture of the kind's width, axes included.

    Vega fits charts that stand alone; in stacks and facets the axes come on top. A narrow
    picture is drawn as if they took what they take in the wide one, and anew only if not.
    """
    width = WIDTHS[kind]
    if "vconcat" not in spec and "spec" not in spec:
        return width
    asked = width if kind == "wide" else width + inner_width(spec, "wide") - WIDTHS["wide"]
    found = re.search(r'<svg [^>]*?width="([\d.]+)"', chart_cache.svg(sized(spec, kind, asked)))
    over = round(float(found[1])) - width if found else 0
    return asked if abs(over) <= _NEAR else asked - over


def picture(spec: dict[str, Any], kind: str, prefix: str) -> str:
    """Return the static SVG of a chart, "wide" or "narrow", its ids made unique."""
    svg = chart_cache.svg(sized(spec, kind, inner_width(spec, kind)))
    svg = re.sub(r'(id="|url\(#|href="#)((?:clip|gradient)[^")]*)', rf"\1{prefix}-\2", svg)
    return slim(svg)
