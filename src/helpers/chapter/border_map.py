"""The map of a border region: where the claims of the ledger are about."""

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from math import cos, radians, sqrt
from typing import Literal

import yaml
from pandas import Series
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers import evidence
from helpers.chapter.charts import FONT, colour
from helpers.errors import YaluError
from helpers.paths import book_root

Point = tuple[float, float]

FILE, OUTLINES = "data/map.yml", "data/map.json"


@dataclass(frozen=True)
class Town:
    """A town: name, longitude and latitude, claims about it that repeat no other."""

    name: str
    lon: float
    lat: float
    claims: int


@dataclass(frozen=True)
class View:
    """A picture of the map: width in pixels, bounds in degrees, and its labels.

    `names` says where the name of a town stands: the end of the words that is tied to its
    dot, and pixels to the right and down; a town that is not there has no name in this
    picture. `words` are names of countries and rivers.
    """

    width: int
    west: float
    south: float
    east: float
    north: float
    text: float
    legend: Point
    names: dict[str, tuple[str, float, float]]
    words: dict[str, Point]

    @property
    def scale(self) -> float:
        """Pixels a degree of latitude."""
        return self.width / ((self.east - self.west) * self._squeeze)

    @property
    def _squeeze(self) -> float:
        return cos(radians((self.south + self.north) / 2))

    @property
    def height(self) -> int:
        """Height in pixels: a degree east is as long as it is on the ground."""
        return round((self.north - self.south) * self.scale)

    def at(self, lon: float, lat: float) -> Point:
        """Return the place of a point in the picture."""
        x = (lon - self.west) * self._squeeze * self.scale
        return round(x, 1), round((self.north - lat) * self.scale, 1)

    def holds(self, town: Town) -> bool:
        """Return whether a town lies within the picture."""
        return self.west < town.lon < self.east and self.south < town.lat < self.north


class Map(BaseModel):
    """What data/map.yml says of the map; see its head."""

    model_config = ConfigDict(extra="forbid")

    about: str
    near: str
    landmarks: dict[str, Point] = {}
    opposite: dict[str, str] = {}
    rivers: dict[str, str] = {}
    views: dict[Literal["wide", "narrow"], View] = Field(min_length=2)


def the_map() -> Map:
    """Return the book's map. Raises YaluError, one line a fault, where it has none."""
    path = book_root() / FILE
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except OSError:
        raise YaluError(f"{FILE}: no such file; a map needs it and {OUTLINES}") from None


@cache
def _parsed(text: str) -> Map:
    try:
        return Map.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise YaluError(f"{FILE}: no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise YaluError(
            *(f"{FILE}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        ) from None


def outlines() -> dict[str, list[list[Point]]]:
    """Return the outlines of the region as lists of (longitude, latitude)."""
    return _outlines((book_root() / OUTLINES).read_text(encoding="utf-8"))


@cache
def _outlines(text: str) -> dict[str, list[list[Point]]]:
    return {name: lines for name, lines in json.loads(text).items() if name != "origin"}


def places() -> Series:
    """Return for each claim that repeats no other the place it is about."""
    claims = evidence.load("claims")
    return claims[claims["repeats"].isna()]["place"]


def towns() -> list[Town]:
    """Return the towns on the map, most claims first.

    A claim about a crossing counts for the town on each bank.
    """
    counts, known = places().value_counts(), the_map().landmarks
    wide = the_map().views["wide"]
    table = evidence.load("places").dropna(subset=["lat", "lon"])
    points = zip(table["lon"].astype(float), table["lat"].astype(float), strict=True)
    spots = dict(zip(table["place"].astype(str), points, strict=True))
    found = [
        Town(name, lon, lat, sum(int(n) for place, n in counts.items() if name in _banks(place)))
        for name, (lon, lat) in (spots | known).items()
    ]
    shown = [town for town in found if wide.holds(town) and (town.claims or town.name in known)]
    return sorted(shown, key=lambda town: (-town.claims, town.name))


def claims_about(shown: list[Town]) -> int:
    """Return how many claims are about one of the towns, or a crossing between two."""
    names = {town.name for town in shown}
    return sum(bool(names.intersection(_banks(place))) for place in places())


def _banks(place: object) -> list[str]:
    return str(place).split("–")


def description(shown: list[Town]) -> str:
    """Return the map in words, for who cannot see it."""
    counted = ", ".join(f"{town.name} {town.claims}" for town in shown if town.claims)
    return f"{the_map().about.strip()} Claims: {counted}."


def picture(view: View, shown: list[Town]) -> str:
    """Return the map as SVG; colours are those of the charts, so that the page may darken them."""
    inside = [town for town in shown if view.holds(town)]
    parts = [
        *_shapes(view),
        *(_word(view, name, *point) for name, point in view.words.items()),
        *(_dot(*view.at(town.lon, town.lat), town.claims, view) for town in inside),
        *(_name(view, town) for town in inside if town.name in view.names),
        *_legend(view),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {view.width} {view.height}" '
        f'width="{view.width}" height="{view.height}" focusable="false" font-family="{FONT}" '
        f'font-size="{view.text}">{"".join(parts)}</svg>'
    )


def _shapes(view: View) -> list[str]:
    shapes = outlines()
    land = _path(view, shapes["land"], "Z", f'fill="{colour("grid")}"')
    shaded = _path(view, shapes["shaded"], "Z", f'fill="{colour("pale")}"')
    thin = f'fill="none" stroke="{colour("muted")}" stroke-dasharray="3 3"'
    river = f'fill="none" stroke="{colour("blue")}" stroke-width="2" stroke-linejoin="round"'
    borders = _path(view, shapes["borders"], "", thin)
    return [land, shaded, borders, _path(view, shapes["rivers"], "", river)]


def _path(view: View, lines: list[list[Point]], close: str, look: str) -> str:
    drawn = ("M" + "L".join(f"{x:g} {y:g}" for x, y in _thinned(view, line)) for line in lines)
    return f'<path d="{close.join(drawn)}{close}" {look}/>'


def _thinned(view: View, line: list[Point]) -> list[Point]:
    """Return a line in pixels without the points that fall on the one before."""
    points = [(round(x), round(y)) for x, y in (view.at(*point) for point in line)]
    return [point for n, point in enumerate(points) if not n or point != points[n - 1]]


def _radius(claims: int, view: View) -> float:
    return round(max(sqrt(claims) * view.text / 7, 3), 1)


def _dot(x: float, y: float, claims: int, view: View) -> str:
    fill = colour("red") if claims else "none"
    look = f'fill="{fill}" fill-opacity="0.8" stroke="{colour("red")}"'
    return f'<circle cx="{x:g}" cy="{y:g}" r="{_radius(claims, view):g}" {look}/>'


def _name(view: View, town: Town) -> str:
    x, y = view.at(town.lon, town.lat)
    anchor, right, down = view.names[town.name]
    look = f'text-anchor="{anchor}" fill="{colour("ink")}"'
    over = the_map().opposite.get(town.name)
    return _text(x + right, y + down, f"{town.name}–{over}" if over else town.name, look)


def _word(view: View, name: str, lon: float, lat: float) -> str:
    if name in the_map().rivers:
        words = the_map().rivers[name]
        look = f'font-style="italic" fill="{colour("blue")}" text-anchor="middle"'
    else:
        words = name.upper()
        look = f'letter-spacing="2" fill="{colour("muted")}" text-anchor="middle"'
    return _text(*view.at(lon, lat), words, look)


def _legend(view: View) -> list[str]:
    x, y = view.at(*view.legend)
    step = view.text * 1.75
    parts = []
    for row, claims in enumerate((1, 10, 100)):
        down = y + row * step + (view.text if claims == 100 else 0)
        parts.append(_dot(x, down, claims, view))
        words = f"{claims} claim{'s' if claims > 1 else ''}"
        at = (x + _radius(100, view) + 6, down + 0.35 * view.text)
        parts.append(_text(*at, words, f'fill="{colour("muted")}"'))
    return parts


def _text(x: float, y: float, words: str, look: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
