"""SVG made light: the pictures that Vega writes, without what no reader sees."""

import re
from itertools import groupby
from math import dist
from typing import Any
from xml.etree import ElementTree as ET

from helpers.book import chart_cache
from helpers.chapter.figure import NARROW, WIDE, with_width

_SPACE = "http://www.w3.org/2000/svg"
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_POLYLINE = re.compile(r"[MLZ\d.,e-]+")
_FLAT = re.compile(r"M[^a-zA-Z]*(?:h-?0v[^a-z]*h-?0|h[^a-z]*v-?0h[^a-z]*)Z")
# Read by Vega's own scripts and by screen readers, who have words for the whole picture.
_IDLE = {
    "class", "role", "aria-hidden", "aria-roledescription", "aria-label", "pointer-events",
    "stroke-miterlimit", "version", "style",
}  # fmt: skip
_DEFAULT = {
    ("opacity", "1"), ("font-weight", "400"), ("font-weight", "normal"), ("text-anchor", "start"),
    ("transform", "translate(0,0)"), ("fill-opacity", "1"), ("stroke-opacity", "1"),
    ("x1", "0"), ("y1", "0"), ("x2", "0"), ("y2", "0"), ("stroke-width", "1"),
}  # fmt: skip
_INHERITED = (
    "fill", "stroke", "stroke-width", "font-family", "font-size", "font-weight", "text-anchor",
    "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-opacity", "stroke-opacity",
)  # fmt: skip
# A line may leave its true course by a sixth of a pixel, an outline by a half.
_LINE, _OUTLINE = 0.15, 0.5
# Outlines of more points than this are those of countries: a grid of half a pixel will do.
_MANY, _COARSE = 12, 5

WIDTHS = {"wide": WIDE, "narrow": NARROW}
# A phone has room for two entries of a legend side by side.
NARROW_LEGEND = {"columns": 2, "labelLimit": 150}
# pixels by which a narrow picture may miss its width
_NEAR = 2

Point = tuple[float, float]

ET.register_namespace("", _SPACE)


def slim(svg: str) -> str:
    """Return a picture that looks the same and weighs less.

    Coordinates are rounded to a tenth of a pixel, points that do not bend a line are left
    out, attributes that groups share stand on the group, and what is empty is dropped.
    """
    root = ET.fromstring(svg)
    for element in root.iter():
        _lighten(element)
    _prune(root)
    _share(root)
    named = [element for element in root.iter() if "font-family" in element.attrib]
    fonts = {element.attrib["font-family"] for element in named}
    if len(fonts) == 1:  # named once for the whole picture
        for element in named:
            del element.attrib["font-family"]
        root.set("font-family", fonts.pop())
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def _lighten(element: ET.Element) -> None:
    for name, value in list(element.attrib.items()):
        if name in _IDLE or (name, value) in _DEFAULT:
            del element.attrib[name]
        elif name == "d":
            element.set("d", light_path(value))
        elif name in ("transform", "x2", "y2", "x", "y"):
            element.set(name, _rounded(value))
    if element.get("transform") == "translate(0,0)":
        del element.attrib["transform"]


def _rounded(text: str) -> str:
    return _NUMBER.sub(lambda match: _short(float(match[0])), text)


def _short(number: float) -> str:
    text = f"{round(number, 1) + 0:g}"
    return text.replace("0.", ".", 1) if text.removeprefix("-").startswith("0.") else text


def light_path(path: str) -> str:
    """Return the data of a path with short numbers and no point that does not matter."""
    if _FLAT.fullmatch(path) or not path:
        return ""
    if "L" not in path or not _POLYLINE.fullmatch(path):
        return _rounded(path)
    at, lines = (0.0, 0.0), []
    for part in filter(None, path.split("M")):
        points, closed = _stroke(part)
        if closed and len(points) < 3 and part.count("L") > 1:  # an island below a pixel
            continue
        steps = zip([at, *points], points, strict=False)
        texts = [f"{_short((x - u) / 10)} {_short((y - v) / 10)}" for (u, v), (x, y) in steps]
        line = f"m{texts[0]}" + ("l" + " ".join(texts[1:]) if texts[1:] else "")
        lines.append(line.replace(" -", "-") + "z" * closed)
        at = points[0] if closed else points[-1]
    return "".join(lines)


def _stroke(part: str) -> tuple[list[Point], bool]:
    """Return the points of one stroke that matter, in tenths of a pixel, and if it is closed."""
    numbers = [float(number) for number in _NUMBER.findall(part)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    closed = part.endswith("Z")
    grid = _COARSE if closed and len(points) > _MANY else 1
    tenths = [
        (float(round(x * 10 / grid) * grid), float(round(y * 10 / grid) * grid))
        for x, y in thinned(points, _OUTLINE if closed else _LINE)
    ]
    apart = [point for point, _ in groupby(tenths)]
    if closed and len(apart) > 1 and apart[0] == apart[-1]:
        apart.pop()
    return apart, closed


def thinned(points: list[Point], tolerance: float) -> list[Point]:
    """Return the points that bend a line by more than `tolerance` (Ramer, Douglas, Peucker)."""

    def distance(point: Point, start: Point, end: Point) -> float:
        (x, y), (u, v), (p, q) = point, start, end
        if start == end:
            return dist(point, start)
        return abs((p - u) * (v - y) - (u - x) * (q - v)) / dist(start, end)

    chosen, spans = {0, len(points) - 1}, [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        ends = points[first], points[last]
        inner = ((distance(points[n], *ends), n) for n in range(first + 1, last))
        far, at = max(inner, default=(0.0, 0))
        if far > tolerance:
            chosen.add(at)
            spans += [(first, at), (at, last)]
    return [points[n] for n in sorted(chosen)]


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _empty(element: ET.Element) -> bool:
    hidden = element.get("display") == "none" or element.get("opacity") == "0"
    if _tag(element) == "path":
        return hidden or not element.get("d")
    return hidden or (_tag(element) in ("g", "text") and not len(element) and not element.text)


def _prune(parent: ET.Element, painted: bool = False) -> None:
    """Drop what is empty or not painted, and groups that only wrap."""
    children: list[ET.Element] = []
    for child in parent:
        inks = [child.get(ink, "none") for ink in ("fill", "stroke")]
        own = painted or any(ink != "none" for ink in inks)
        _prune(child, own)
        if _empty(child) or (_tag(child) == "path" and not own and _tag(parent) != "clipPath"):
            continue
        children += list(child) if _tag(child) == "g" and not child.attrib else [child]
    parent[:] = children


def _share(parent: ET.Element) -> None:
    """Move the attributes that all children of a group have to the group."""
    for child in parent:
        _share(child)
    if _tag(parent) != "g" or len(parent) < 2:
        return
    for name in _INHERITED:
        values = {child.get(name) for child in parent}
        if len(values) == 1 and None not in values:
            parent.set(name, values.pop() or "")
            for child in parent:
                del child.attrib[name]


def sized(spec: dict[str, Any], kind: str, inner: int | None = None) -> dict[str, Any]:
    """Return a chart without title at the width of a kind of picture, or at `inner` within it."""
    bare = {key: value for key, value in spec.items() if key != "title"}
    bare = with_width(bare, inner or WIDTHS[kind])
    if kind == "narrow":
        legend = bare["config"].get("legend", {}) | NARROW_LEGEND
        bare["config"] = bare["config"] | {"legend": legend}
    return bare


def inner_width(spec: dict[str, Any], kind: str) -> int:
    """Return the width to ask of Vega for a picture of the kind's width, axes included.

    Vega fits single charts; in stacks and facets the axes come on top. A narrow picture is
    rendered as if they took what they take in the wide one, and again only if not.
    """
    width = WIDTHS[kind]
    if "vconcat" not in spec and "spec" not in spec:
        return width
    asked = width if kind == "wide" else width + inner_width(spec, "wide") - WIDTHS["wide"]
    found = re.search(r'<svg [^>]*?width="([\d.]+)"', chart_cache.svg(sized(spec, kind, asked)))
    over = round(float(found[1])) - width if found else 0
    return asked if abs(over) <= _NEAR else asked - over


def fitted(spec: dict[str, Any], kind: str) -> str:
    """Return the SVG of a chart as Vega writes it, "wide" or "narrow"."""
    return chart_cache.svg(sized(spec, kind, inner_width(spec, kind)))


def picture(spec: dict[str, Any], kind: str, prefix: str) -> str:
    """Return the static SVG of a chart, "wide" or "narrow", its ids made unique."""
    svg = fitted(spec, kind)
    svg = re.sub(r'(id="|url\(#|href="#)((?:clip|gradient)[^")]*)', rf"\1{prefix}-\2", svg)
    # the words of the figure stand for all of it
    return slim(svg).replace("<svg ", '<svg aria-hidden="true" ', 1)
