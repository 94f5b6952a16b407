"""A published scenario is a page below its chapter that says what it is."""

import nbformat
import pytest
import yaml

from helpers.book.build import SITE, build
from helpers.book.stage import (
    ScenarioPage,
    as_scenario,
    chapter_files,
    scenario_pages,
    toc_with_scenarios,
)
from helpers.chapter.sidecar import Scenario, sidecar
from helpers.errors import YaluError

TOC = "root: index\nparts:\n- chapters:\n  - file: chapters/luggage\n  - file: chapters/visas\n"
PAGE = ScenarioPage(
    "luggage", Scenario(title="Dear", note="Why.", parameters={"fee_low": 900}), "luggage-dear"
)


def test_it_stands_below_its_chapter():
    chapters = yaml.safe_load(toc_with_scenarios(TOC, [PAGE]))["parts"][0]["chapters"]
    assert chapters[0] == {
        "file": "chapters/luggage",
        "sections": [{"file": "chapters/luggage-dear"}],
    }
    assert chapters[1] == {"file": "chapters/visas"}
    assert toc_with_scenarios(TOC, []) == TOC


def test_it_has_its_own_title_lead_and_figure_addresses():
    about = {"yalu": {"figure": {"name": "luggage-fee-income"}}}
    output = nbformat.v4.new_output("display_data", {}, metadata=about)
    cells = [
        nbformat.v4.new_markdown_cell("# Suitcase\n\nThe first words."),
        nbformat.v4.new_code_cell("figure()", outputs=[output]),
    ]
    notebook = as_scenario(nbformat.v4.new_notebook(cells=cells), PAGE)
    text = notebook.cells[0].source
    assert text.startswith("# Dear\n") and text.endswith("The first words.")
    assert "scenario of* [the chapter above it](luggage.ipynb)" in text and "Why." in text
    assert "{result}`fee_low`; in the chapter {stated}`700 yuan a bag;" in text
    figure = notebook.cells[1].outputs[0].metadata.yalu.figure
    assert figure.name == "luggage-dear-fee-income"


def test_a_published_scenario_is_a_page_of_the_book(built_book):
    path = built_book / "chapters" / "luggage.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    scenario = next(iter(declared["scenarios"].values()))
    scenario |= {"publish": True, "parameters": {"weeks": 40}}
    path.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    build(built_book, lambda _: None)
    (page,) = scenario_pages(chapter_files(built_book))
    text = (built_book / SITE / "chapters" / f"{page.name}.html").read_text(encoding="utf-8")
    chapter = (built_book / SITE / "chapters" / "luggage.html").read_text(encoding="utf-8")
    assert page.scenario.title in text and f'href="{page.name}.html"' in chapter
    assert f'id="{page.name}-fee-income"' in text


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ({"title": "x", "parameters": {"fee_lo": 1}}, "unknown parameter fee_lo: did you mean"),
        ({"title": "x", "parameters": {"fee_low": "abc"}}, "parameter fee_low: found 'abc'"),
        ({"title": "x", "parameters": {"fee_low": 1000.5, "fee_high": 1}}, "fee_low <= fee_high"),
        ({"title": "x", "parameters": {}}, "at least 1"),
        ({"parameters": {"fee_low": 1}}, "scenarios.mine.title: found nothing"),
    ],
)
def test_a_wrong_scenario_in_a_sidecar_is_named(book_copy, scenario, said):
    path = book_copy / "chapters" / "luggage.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["scenarios"] = {"mine": scenario}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(YaluError) as caught:
        sidecar("luggage")
    assert caught.value.lines[0].startswith("chapters/luggage.yml:")
    assert said in caught.value.lines[0]
