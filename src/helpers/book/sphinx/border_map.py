"""The map of a border region: where the claims of the ledger are about, and {bordermap}."""

import json
from dataclasses import dataclass
from math import cos, radians, sqrt
from typing import Any, Literal, NamedTuple

from markupsafe import Markup
from pandas import Series
from pydantic import BaseModel, Field, ValidationError
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers import evidence
from helpers.book.sphinx.html import rendered
from helpers.book.sphinx.listings import add_listing
from helpers.inputs import model_faults, read_mapping
from helpers.paths import book_root

Point = tuple[float, float]

FILE, OUTLINES = "data/map.yml", "data/map.json"


class Town(NamedTuple):
    """A town: name, longitude and latitude, claims about it that repeat no other."""

    name: str
    lon: float
    lat: float
    claims: int


@dataclass(frozen=True)
class View:
    """A picture of the map: width in pixels, bounds in degrees, and its labels.

    `names` says where the name of a town is put: the end of the words that is tied to its
    dot, and pixels to the right and down; a town that is not listed has no name in this
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

    def radius(self, claims: int) -> float:
        """Return the radius of a town's dot, whose area grows with its claims."""
        return round(max(sqrt(claims) * self.text / 7, 3), 1)

    def path(self, lines: list[list[Point]], close: str = "") -> str:
        """Return outlines as the data of an SVG path, whole pixels, no point twice in a row."""
        parts = []
        for line in lines:
            pixels = [(round(x), round(y)) for x, y in (self.at(*point) for point in line)]
            apart = [p for n, p in enumerate(pixels) if not n or p != pixels[n - 1]]
            parts.append("M" + "L".join(f"{x} {y}" for x, y in apart) + close)
        return "".join(parts)


class Map(BaseModel, extra="forbid"):
    """What data/map.yml says of the map; see its head."""

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
        return Map.model_validate(read_mapping(path, FILE))
    except ValidationError as error:
        raise model_faults(error, path, FILE) from None


def _banks() -> Series:
    """Return the place of each claim that repeats no other, two rows for a pair of places."""
    claims = evidence.load("claims")
    return claims[claims["repeats"].isna()]["place"].astype(str).str.split("–").explode()


def towns() -> list[Town]:
    """Return the towns on the map, most claims first; those about a crossing count on each bank."""
    counts, known, wide = _banks().value_counts(), the_map().landmarks, the_map().views["wide"]
    table = evidence.load("places").dropna(subset=["lat", "lon"])
    points = zip(table["lon"].astype(float), table["lat"].astype(float), strict=True)
    spots = dict(zip(table["place"].astype(str), points, strict=True))
    found = [
        Town(name, lon, lat, int(counts.get(name, 0)))
        for name, (lon, lat) in (spots | known).items()
    ]
    shown = [town for town in found if wide.holds(town) and (town.claims or town.name in known)]
    return sorted(shown, key=lambda town: (-town.claims, town.name))


def claims_about(shown: list[Town]) -> int:
    """Return how many claims are about one of the towns, or a crossing between two."""
    banks = _banks()
    return banks[banks.isin([town.name for town in shown])].index.nunique()


def map_words(shown: list[Town]) -> str:
    """Return the map in words, for readers who cannot see it."""
    counted = ", ".join(f"{town.name} {town.claims}" for town in shown if town.claims)
    return f"{the_map().about.strip()} Claims: {counted}."


def map_picture(view: View, shown: list[Town]) -> Markup:
    """Return the map as SVG; colours are those of the charts, so that the page may darken them."""
    held = [town for town in shown if view.holds(town)]
    # lists of (longitude, latitude) by name
    shapes = json.loads((book_root() / OUTLINES).read_text(encoding="utf-8"))
    shapes.pop("origin", None)
    return rendered("border_map.svg", view=view, map=the_map(), shapes=shapes, towns=held)


def _figure(_env: BuildEnvironment, _argument: str) -> dict[str, Any]:
    """Return what the template of the figure fills in."""
    shown = towns()
    return {
        "near": the_map().near,
        "first": shown[0],
        "total": claims_about(shown),
        "description": map_words(shown),
        "pictures": {kind: map_picture(view, shown) for kind, view in the_map().views.items()},
    }


def setup(app: Sphinx) -> None:
    """Register the directive {bordermap}."""
    add_listing(app, "bordermap", "border_map.html.j2", _figure)
