"""The map of the border region counts what the ledger says, and draws it where it is."""

import json
from collections import Counter
from xml.etree import ElementTree

import pytest

from helpers import evidence
from helpers.book.sphinx import border_map
from helpers.book.sphinx.border_map import Town, the_map
from helpers.paths import book_root

WIDE, NARROW = (the_map().views[name] for name in ("wide", "narrow"))
VIEWS = pytest.mark.parametrize("view", (WIDE, NARROW), ids=("wide", "narrow"))


def test_each_town_has_its_claims_and_those_of_its_crossing():
    rows = evidence.load("claims")
    alone = Counter(rows[rows["repeats"].isna()]["place"])
    claims = {town.name: town.claims for town in border_map.towns()}
    crossing = alone["Dandong–Sinuiju"]
    assert crossing > 0
    assert claims["Dandong"] == alone["Dandong"] + crossing
    assert claims["Sinuiju"] == alone["Sinuiju"] + crossing
    assert claims["Hunchun"] == alone["Hunchun"]


def test_a_claim_about_a_crossing_counts_once_in_all():
    shown = border_map.towns()
    assert border_map.claims_about(shown) < sum(town.claims for town in shown)
    assert border_map.claims_about([]) == 0


def test_towns_outside_the_region_are_left_out():
    names = {town.name for town in border_map.towns()}
    assert {"Dandong", "Donggang", "Hunchun", "Yanji", "Changbai", "Hyesan", "Shenyang"} <= names
    assert not {"Pingdu", "Kaesong", "Dalian"} & names


@VIEWS
def test_north_is_up_and_a_degree_east_is_shorter_than_one_north(view):
    x, y = view.at(view.west, view.north)
    assert (x, y) == (0, 0)
    east, north = view.at(view.west + 1, view.north - 1)
    assert 0.7 * north < east < 0.8 * north
    assert view.at(view.east, view.south) == pytest.approx((view.width, view.height), abs=1)


@VIEWS
def test_the_picture_is_one_svg_with_a_dot_a_town_and_the_same_each_time(view):
    shown = border_map.towns()
    text = border_map.map_picture(view, shown)
    assert text == border_map.map_picture(view, shown)
    dots = ElementTree.fromstring(text).findall(".//{*}circle")
    assert len(dots) == sum(view.holds(town) for town in shown) + 3
    assert len(text) < 25_000 and " style=" not in text


def test_a_dot_is_as_large_as_its_claims():
    few, many = (
        ElementTree.fromstring(border_map.map_picture(WIDE, [Town("Dandong", 124.4, 40.1, claims)]))
        for claims in (25, 100)
    )
    assert float(many.find(".//{*}circle").get("r")) == pytest.approx(
        2 * float(few.find(".//{*}circle").get("r")), rel=0.02
    )


def test_names_are_written_as_text():
    town = Town("Dandong", 124.4, 40.1, 1)
    odd = border_map.View(**{**WIDE.__dict__, "words": {"<b>": (125.0, 42.0)}})
    assert "&lt;B&gt;" in border_map.map_picture(odd, [town])


def test_the_words_for_the_map_name_every_town_with_claims():
    shown = border_map.towns()
    words = border_map.map_words(shown)
    for town in shown:
        assert (f"{town.name} {town.claims}" in words) == (town.claims > 0), town


def test_outlines_are_small_and_say_where_they_are_from():
    path = book_root() / border_map.OUTLINES
    assert "public domain" in json.loads(path.read_text(encoding="utf-8"))["origin"]
    assert path.stat().st_size < 40_000
