"""The built book: its pages, its figures, and the articles that the project began with."""

import csv
import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from helpers.book.stage import chapter_files, toc_files
from helpers.chapter.sidecar import sidecar
from helpers.evidence import load

pytestmark = pytest.mark.book

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
RESULTS = ROOT / "_build" / "work" / "stage" / "results"
CHAPTERS = [path.stem for path in chapter_files(ROOT)]
# the figures of the editorial plan, in its order; a second name is a part on its own
FIGURES = {
    "story": [
        "timeline", "one-factory", "papers", "month-of-pay", "towns", "who-says-so",
        "round-number", "day-and-month", "both-ways",
    ],
    "visas": ["run", "channels", "crossings", "fine", "entries"],
    "reading": [
        "one-number", "who-could-count", "two-counts", "luxury-counts", "any-base-month",
        "mislabelled-won",
    ],
    "luggage": ["suitcase", "fee-income", "cost-per-kg", "bill-for-going-home"],
    "repatriation": [
        "pace-of-return", "estimates", "dandong", "reports-map", "reporting-states", "both-ways",
    ],
    "wages_trade": [
        "where-pay-goes", "paid-and-kept", "reported-shares", "two-wages", "trade-by-month", "wigs",
    ],
}  # fmt: skip
STARTING = {
    "dailynk-2017-09-dandong-repatriated",
    "dailynk-2019-visa-fraud",
    "dailynk-2019-buying-spree",
    "dailynk-2024-luggage-smuggling",
    "nikkei-2019-11-interns",
}


def results(chapter):
    path = RESULTS / f"{chapter}.json"
    if not path.exists():
        pytest.fail("no built book: run make book first")
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_page_of_the_contents_is_built():
    pages = {path.stem for path in toc_files(ROOT)}
    assert len(pages) >= 11
    assert pages <= {path.stem for path in (SITE / "chapters").glob("*.html")}
    assert (SITE / "index.html").exists()


def test_chapters_show_every_figure_of_the_plan():
    for chapter in CHAPTERS:
        page = (SITE / "chapters" / f"{chapter}.html").read_text(encoding="utf-8")
        for name in FIGURES.get(chapter, ()):
            assert f'id="{chapter.replace("_", "-")}-{name}"' in page, name
        assert page.count('class="yalu-figure"') == len(sidecar(chapter).figures), chapter


def test_every_fact_of_the_starting_articles_is_linked_from_a_page():
    """A fact is linked by one of the claims or statements, or told with one of the events."""
    used = set(json.loads((RESULTS.parent / "usage.json").read_text(encoding="utf-8")))
    used |= {
        source
        for path in RESULTS.glob("*.json")
        for source in results(path.stem)["used"]["sources"]
    }
    used |= {row.event_id for row in load("events").itertuples() if row.source_id in used}
    with (ROOT / "tests" / "evidence" / "facts_held.csv").open(encoding="utf-8") as file:
        facts = list(csv.DictReader(file))
    held = re.compile(r"(?:claim|statement|event|source):(\S+)")
    missing = [one["fact"] for one in facts if not used & set(held.findall(one["held_now_as"]))]
    assert len(facts) == 92
    assert not missing


def test_each_starting_article_is_marked_and_used_in_a_chapter():
    notes = load("sources").set_index("source_id")["note"].fillna("")
    assert set(notes[notes.str.contains("starting article of the project")].index) == STARTING
    used = {chapter: set(results(chapter)["used"]["sources"]) for chapter in CHAPTERS}
    for article in STARTING:
        assert any(article in sources for sources in used.values()), article


def test_every_statement_is_reachable_and_every_link_to_one_arrives():
    """By its address in the register, which names the pages that use it."""
    page = SITE / "chapters" / "evidence.html"
    register = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    entries = {one["id"]: one for one in register.select(".reg-statement")}
    assert entries.keys() == {f"statement-{key}" for key in load("statements")["statement_id"]}
    for chapter in CHAPTERS:
        text = (page.with_name(f"{chapter}.html")).read_text(encoding="utf-8")
        linked = set(re.findall(r'href="evidence\.html#(statement-[^"]+)"', text))
        assert len(linked) > 10, chapter
        for address in linked:
            assert entries[address].find("a", href=f"{chapter}.html"), (chapter, address)
        used = results(chapter)["used"]
        assert {f"statement-{key}" for key in used["statements"]} == linked, chapter


def test_headline_results_are_on_the_index():
    page = (SITE / "chapters" / "index.html").read_text(encoding="utf-8")
    shown = [
        key
        for chapter in CHAPTERS
        for key, result in results(chapter)["results"].items()
        if result["headline"] and f"#result-{key.replace('_', '-')}" in page
    ]
    assert 6 <= len(shown) <= 10


def test_no_page_names_a_path_of_the_machine_or_a_foreign_script():
    for path in SITE.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert 'src="http' not in text and "unpkg" not in text, path.name


def test_nothing_is_published_that_no_page_uses():
    names = {path.name for path in (SITE / "_static").rglob("*") if path.is_file()}
    text = "".join(path.read_text(encoding="utf-8") for path in SITE.rglob("*.html"))
    text += "".join(p.read_text(encoding="utf-8") for p in SITE.glob("_static/*.[cj]s*"))
    unused = {name for name in names if name not in text}
    assert unused <= {"LICENSE.txt", "source-serif-4-latin-400-normal.woff2"}
