"""No number gets into the book without a source, a name or a reason."""

import pytest
from docutils import nodes
from docutils.utils import new_document

from helpers.book.number_lint import (
    Finding,
    at_its_place,
    coverage_lines,
    labels_with_reasons,
    lint,
    lint_sidecar,
    matching_claims,
    quantities,
)
from helpers.book.sphinx.html import raw_html
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError

from ..conftest import each


def page(*blocks):
    tree = new_document("page")
    for block in blocks:
        tree += block if isinstance(block, nodes.Node) else nodes.paragraph("", block)
    return tree


def unsourced(*blocks):
    return [finding.numeral for finding in lint(page(*blocks), "page")[1]]


def link(text, css):
    return nodes.reference("", text, refuri="#x", classes=[css])


@each(
    [
        ("About 4,321 workers left.", ["4,321"]),
        ("Some 2,000 women came in 2019.", ["2,000"]),
        ("Some 2000 women came.", ["2000"]),
        ("They earn half of it, twice a year.", ["half", "twice"]),
        ("It rose sevenfold.", ["sevenfold"]),
        ("Dozens of firms, two towns.", ["Dozens", "two"]),
        ("A share of 38.1 per cent.", ["38.1", "per cent"]),
        ("It fell by −5 points and 12%.", ["−5", "12%"]),
        ("Five million yuan.", ["Five", "million"]),
    ]
)
def test_quantities_are_found(sentence, numerals):
    assert unsourced(sentence) == numerals


@each(
    [
        "The deadline was 22 December 2019.",
        "Between March 2019 and 2021, and since 2017, little changed.",
        "Resolutions 2371, 2375 and 2397 of the Security Council; Resolution 1718.",
        "See Article 80, Chapter 3 and Figure 1.2.",
        "From 2016 to 2025; in the 1990s; 2016–2025; 2024-03-28.",
        "Someone, nobody, another one, the first, a second report.",
        "The first half-year of trade; the second half of 2018.",
        "Licensed under CC BY 4.0 for Python 3.11.",
        "ASSB534LWSB5UHBI02WM is a name.",
    ]
)
def test_dates_and_names_are_no_quantities(sentence):
    assert unsourced(sentence) == []


def test_numbers_with_a_source_or_a_reason_pass_and_are_counted():
    paragraph = nodes.paragraph("", "It took ")
    paragraph += [
        link("700–1,000 yuan", "yalu-claim"), nodes.Text(" and "),
        link("5.2 million yuan", "yalu-result"), nodes.Text(" in "),
        nodes.inline("", "two", classes=["yalu-marked"]), nodes.Text(" towns in 2019."),
    ]  # fmt: skip
    counts, findings = lint(page(paragraph), "page")
    assert findings == []
    assert counts["claims"] == counts["results"] == counts["marked"] == counts["names"] == 1


def test_headings_table_cells_and_titles_are_read():
    table = nodes.entry("", nodes.paragraph("", "14 people"))
    assert unsourced(nodes.title("", "The 19,000"), table) == ["19,000", "14"]


def test_the_title_of_a_page_is_a_name_but_its_sections_are_not():
    inner = nodes.section("", nodes.title("", "Thirty times over"))
    page_section = nodes.section("", nodes.title("", "Thirty days at a time"), inner)
    assert unsourced(page_section) == ["Thirty"]


def test_html_that_an_author_wrote_is_read_and_that_of_the_book_is_not():
    table = "<table><tr><td>4,302 rakers</td></tr></table><script>let x = 5</script><!-- 6 -->"
    assert unsourced(nodes.raw("", table, format="html")) == ["4,302"]
    assert unsourced(raw_html(table)) == []
    assert unsourced(nodes.raw("", table, format="html", classes=["output", "text_html"])) == []


def test_formulas_fractions_and_other_signs_are_read():
    assert unsourced(nodes.paragraph("", "", nodes.math("", "4321 a ship"))) == ["4321"]
    assert unsourced(nodes.math_block("", "x = 4321")) == ["4321"]
    assert unsourced("A loss of $4321 a ship, in $US terms.") == ["4321"]
    assert unsourced("About ¼ of 三千 rakers.") == ["¼", "三千"]


def test_labels_of_footnotes_are_no_numbers():
    label = nodes.footnote("", nodes.label("", "1"), nodes.paragraph("", "A note in words."))
    mark = nodes.paragraph("", "Salt.", nodes.footnote_reference("", "1"))
    assert unsourced(mark, label) == []


def test_code_is_left_alone():
    assert unsourced(nodes.literal_block("", "x = 42")) == []
    assert (
        unsourced(nodes.paragraph("", "", nodes.Text("Set "), nodes.literal("", "weeks=52"))) == []
    )


def test_a_finding_names_page_sentence_and_claims_with_that_value():
    (finding,) = lint(page("First. About 94,200 entries were counted. Last."), "visas")[1]
    line = str(finding)
    assert line.startswith(
        "visas: \"94,200\" has no source in: 'About 94,200 entries were counted.'"
    )
    assert "claims with this value: " in line
    assert "\n" not in line


def test_suggestions_come_from_values_and_bounds():
    assert "smuggling-fee-2024-daily-nk-cny" in matching_claims("700", most=50)
    assert matching_claims("sevenfold") == ()


def test_coverage_has_a_line_for_each_page():
    counts, _ = lint(page("About 4,321 workers left in 2019."), "index")
    lines = list(coverage_lines({"index": counts}))
    assert lines[0].split() == ["page", "claims", "results", "names", "marked", "unsourced"]
    assert lines[1].split() == ["index", "0", "0", "1", "0", "1"]


def test_findings_without_a_match_say_what_to_do():
    assert "{stated}`7; reason`" in str(Finding("p", "s", "7"))


def test_names_do_not_hide_quantities_beside_them():
    found = [(words, named) for words, _, named in quantities("In 2019 about 2,000 of 2019 left")]
    assert found == [("2019", True), ("2,000", False), ("2019", True)]


def test_what_a_sidecar_says_of_its_parameters_is_checked(book_copy):
    path = book_copy / "chapters" / "luggage.yml"
    assert lint_sidecar("luggage") == []
    text = path.read_text(encoding="utf-8")
    told = "Paid by trade officials to the company that manages the workers."
    assert told in text
    path.write_text(text.replace(told, "About 4,321 workers left."), encoding="utf-8")
    (found,) = lint_sidecar("luggage")
    assert str(found).startswith('chapters/luggage.yml, help of fee_low: "4,321" has no source')
    sourced = "'{claim}`exodus-2024-10-daily` left; {stated}`two; of our own`.'"
    path.write_text(text.replace(told, sourced), encoding="utf-8")
    assert lint_sidecar("luggage") == []


def test_a_label_may_give_the_reason_of_its_number(book_copy):
    path = book_copy / "chapters" / "luggage.yml"
    text = path.read_text(encoding="utf-8")
    label = "label: Fee for a bag, lower end"
    assert text.count(label) == 1
    marked = "label: The fee for {stated}`three; as in the source` bags"
    path.write_text(text.replace(label, marked), encoding="utf-8")
    assert sidecar("luggage").parameters["fee_low"].label == "The fee for three bags"
    names = labels_with_reasons(["luggage"])
    assert names == ["The fee for three bags"] and lint_sidecar("luggage", names) == []
    assert [one.numeral for one in lint_sidecar("luggage")] == ["three"]
    half = marked.replace("bags", "of nine bags")
    path.write_text(text.replace(label, half), encoding="utf-8")
    assert labels_with_reasons(["luggage"]) == []
    for wrong, told in (("{claim}`a`", "found {claim}"), ("{stated}`three`", "the reason")):
        path.write_text(text.replace(label, f"label: Fee {wrong}"), encoding="utf-8")
        with pytest.raises(YaluError, match=told):
            sidecar("luggage")


def test_what_stands_in_a_sidecar_is_told_there(book_copy):
    path = book_copy / "chapters" / "luggage.yml"
    text = path.read_text(encoding="utf-8")
    label = "label: Fee for a bag, lower end"
    line = text[: text.index(label)].count("\n") + 1
    path.write_text(text.replace(label, "label: The fee for three ’bags’"), encoding="utf-8")
    for sentence in ("The fee for three 'bags': 700 yuan.", "The fee for three ‘bags’"):
        found = at_its_place(Finding("luggage", sentence, "three"), ["luggage"])
        assert found == Finding(
            f"chapters/luggage.yml:{line}", "The fee for three ’bags’", "three")  # fmt: skip
    elsewhere = Finding("luggage", "Some three bags.", "three")
    assert at_its_place(elsewhere, ["luggage"]) == elsewhere
