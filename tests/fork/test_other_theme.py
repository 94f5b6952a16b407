"""A book on another theme builds with the helpers as they are: its knowledge is all in data."""

import csv
import filecmp
import re

import pytest
import yaml

from ..conftest import dead_links
from .conftest import HERE, ROOT, in_a_process

pytestmark = pytest.mark.book

OURS = re.compile(r"korea|dprk|yalu river|dandong|across.the.yalu|kpw|daily ?nk|pyongyang", re.I)


def same_tree(one, other):
    found = filecmp.dircmp(one, other, ignore=["__pycache__"])
    differ = found.left_only + found.right_only + found.diff_files
    return differ + [name for part in found.subdirs.values()
                     for name in same_tree(part.left, part.right)]  # fmt: skip


def test_the_book_has_twenty_claims_two_chapters_and_its_own_title():
    with (HERE / "salt/data/ledger/claims.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 20
    assert len(list((HERE / "salt/chapters").glob("*.ipynb"))) == 2
    assert yaml.safe_load((HERE / "salt/_config.yml").read_text())["title"] == "Salt of Lagonia"


def test_the_helpers_that_built_it_are_those_of_this_book_and_one_model_more(grown):
    assert same_tree(ROOT / "src/helpers", grown / "salt/src/helpers") == ["tides.py"]


def test_its_pages_say_its_own_things(grown):
    for page in ("index", "pans", "quay", "evidence"):
        text = (grown / "salt/_build/html/chapters" / f"{page}.html").read_text(encoding="utf-8")
        assert "Salt of Lagonia" in text, page


def test_links_lead_to_pages_that_lack_a_listing_and_to_no_place_on_them(grown):
    run = in_a_process(grown / "salt", "-m", "helpers.cli", "build", "--epub")
    assert run.returncode == 0, run.stdout + run.stderr
    assert dead_links(grown / "salt/_build/html") == []
    text = (grown / "salt/_build/html/chapters/evidence.html").read_text(encoding="utf-8")
    assert "{contests}" not in (grown / "salt/chapters/evidence.md").read_text(encoding="utf-8")
    assert "Contested: <a>see side by side" in text and "#contest-" not in text


def test_no_file_of_the_site_knows_of_north_korea(grown):
    site = grown / "salt/_build/html"
    found = [
        (path.name, match[0])
        for path in site.rglob("*")
        if path.suffix in (".html", ".json", ".js", ".css", ".csv", ".xml", ".svg")
        and path.name != "vega-bundle.js"
        for match in [OURS.search(path.read_text(encoding="utf-8"))]
        if match
    ]
    assert not found


def test_the_helpers_name_neither_its_places_nor_ours():
    known = re.compile(r"korea|dprk|dandong|pyongyang|daily.?nk|\bchina\b", re.I)
    allowed = {"document.html.j2"}  # names of languages
    files = [
        path for path in (ROOT / "src/helpers").rglob("*")
        if path.suffix in (".py", ".js", ".html", ".j2", ".css")
        and "models" not in path.parts and path.name not in allowed
    ]  # fmt: skip
    assert not [path.name for path in files if known.search(path.read_text(encoding="utf-8"))]


def test_words_of_units_and_themes_are_the_books_own(grown):
    text = (grown / "salt/_build/html/chapters/quay.html").read_text(encoding="utf-8")
    assert "14,400 crowns a year" in text
    register = (grown / "salt/_build/html/chapters/evidence.html").read_text(encoding="utf-8")
    assert register.index("The salt pans") < register.index("The quay")
    assert "42 crowns a raker a month" in register
