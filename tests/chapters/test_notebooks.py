"""Notebooks are committed as people should find them: short cells, declared, without outputs."""

import json
import re
from pathlib import Path

from helpers.book.stage import chapter_files
from helpers.chapter.running import plain_words
from helpers.chapter.sidecar import check_defaults, sidecar
from helpers.evidence import claim, load

from ..conftest import answering, each
from .running import run_chapter

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = chapter_files(ROOT)
BONES = [
    "## Who says so, who disagrees",
    "## What we do not know",
    "## The model",
    "## For those who check",
    "### How sensitive the answer is",
    "### Parameters",
    "### Results",
    "### Documents",
]
# the parameters of the editorial plan
PARAMETERS = {
    "visas": "stay_days workers trip_cost_cny groups wage_cny_month days_lost_per_trip goods_kg "
    "margin_cny_per_kg wage_gap_low wage_gap_high fine_per_worker_cny fine_cap_cny as_of",
    "luggage": "workers_per_week share_with_paid_bag bags_per_worker fee_low fee_high bag_kg "
    "goods_value_cny_per_bag rail_cny_per_load fx_cny_per_usd weeks",
    "repatriation": "place weekly_pace departures_per_month arrivals_per_month stock_low "
    "stock_high start deadline share_target",
    "wages_trade": "workers wage_dprk_low wage_dprk_high state_share wage_china_low "
    "wage_china_high fx_source as_of base_month month flow kpw_rate_source",
}

each_chapter = each(CHAPTERS)
each_answer = each([path for path in CHAPTERS if path.stem in answering()])
each_story = each([path for path in CHAPTERS if path.stem not in answering()])


def cells(path, kind=None):
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if kind in (None, cell["cell_type"])]


def source(cell):
    return "".join(cell["source"])


def test_the_book_has_its_four_chapters_first():
    assert answering()[: len(PARAMETERS)] == list(PARAMETERS)


@each_chapter
def test_no_outputs_are_committed(path):
    assert all(not c["outputs"] and c["execution_count"] is None for c in cells(path, "code"))


@each_chapter
def test_each_cell_has_a_name_of_its_own(path):
    names = [cell["id"] for cell in cells(path)]
    assert sorted(set(names)) == sorted(names)


@each_chapter
def test_cells_are_short(path):
    for cell in cells(path, "code"):
        lines = source(cell).splitlines()
        assert len(lines) <= 25, lines[0]
        assert max(map(len, lines)) <= 100, lines[0]


@each_chapter
def test_the_parameters_cell_holds_names_and_defaults_of_the_sidecar(path):
    assert check_defaults(ROOT, path.stem) == []
    planned = PARAMETERS.get(path.stem)
    assert planned is None or sorted(sidecar(path.stem).parameters) == sorted(planned.split())


@each_story
def test_a_story_is_as_long_as_a_reading_and_has_pictures(path):
    run_chapter(path.stem)
    text = plain_words("\n".join(source(c) for c in cells(path, "markdown")))
    words = [line.split() for line in text.splitlines() if not line.startswith("#")]
    assert 1000 <= sum(map(len, words)) <= 1400
    assert len(sidecar(path.stem).figures) >= 6
    assert not sidecar(path.stem).parameters


@each_answer
def test_the_bones_stand_in_order(path):
    prose = "\n".join(source(c) for c in cells(path, "markdown"))
    headings = re.findall(r"^##+ .+$", prose, re.MULTILINE)
    assert [h for h in headings if h in BONES] == BONES


@each_answer
def test_the_first_figure_has_the_panel_beside_it(path):
    shows = [source(c) for c in cells(path, "code") if "ch.figure(" in source(c)]
    assert "ch.panel()" in shows[0] and "sliders=" in shows[0]


@each_chapter
def test_the_sidecar_names_only_evidence_that_exists(path):
    declared = sidecar(path.stem)
    sources = set(load("sources")["source_id"])
    for entry in [*declared.results.values(), *declared.figures.values()]:
        for claim_id in entry.claims:
            assert claim(claim_id).claim_id == claim_id
        assert set(getattr(entry, "sources", ())) <= sources
    for parameter in declared.parameters.values():
        assert parameter.claim is None or claim(parameter.claim)
        assert parameter.source is None or parameter.source in sources


@each_chapter
def test_all_that_is_declared_is_used(path):
    code = "\n".join(source(c) for c in cells(path, "code"))
    declared = sidecar(path.stem)
    unused = [key for key in declared.results if not re.search(rf'record\("{key}"|"{key}": ', code)]
    unused += [f'figure("{key}"' for key in declared.figures if f'figure("{key}"' not in code]
    assert not unused


@each_chapter
def test_chapters_neither_fetch_nor_read_raw_files(path):
    code = "\n".join(source(c) for c in cells(path, "code"))
    assert not re.search(r"read_csv|read_json|open\(|requests|urllib|http", code)
