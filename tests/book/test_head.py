"""What the head of a page says, its pictures, and its policy."""

import pytest
from docutils import nodes
from docutils.utils import new_document

from helpers.book import chart_cache
from helpers.book.sphinx.site import POLICY
from helpers.book.sphinx.site.metadata import (
    description,
    shortened,
    sign_svg,
    social_svg,
)


def document(*parts):
    tree = new_document("page")
    tree += parts
    return tree


def test_a_long_text_is_cut_after_a_word():
    assert shortened("one  two\nthree", 40) == "one two three"
    assert shortened("one two, three four", 12) == "one two …"
    assert len(shortened("word " * 100)) <= 222


def test_a_page_is_described_by_its_first_finding():
    finding = nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", "We found it.")))
    section = nodes.section("", finding, ids=["what-we-found"])
    assert description(document(nodes.paragraph("", "A start."), section)) == "We found it."


def test_a_page_without_findings_is_described_by_its_first_paragraph():
    assert description(document(nodes.paragraph("", "A start."))) == "A start."
    assert description(document()) == description(None) == ""


def test_the_policy_allows_this_site_only():
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'" and rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'none'"
    assert "unsafe" not in POLICY


def test_the_picture_of_a_link_is_a_png_of_the_usual_size():
    picture = chart_cache.png(social_svg("A book", "A title", "What it says."))
    assert picture[:4] == b"\x89PNG"
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1200, 630)


def test_hostile_words_in_the_picture_are_text():
    svg = social_svg("A & B", "<script>", '"quoted" & more')
    assert "<script>" not in svg and "&lt;script&gt;" in svg and "A &amp; B" in svg


def test_long_words_are_cut_to_the_lines_that_fit():
    svg = social_svg("A book", "word " * 40, "word " * 200)
    assert svg.count("<text") == 1 + 2 + 5


@pytest.mark.parametrize("size", (32, 180))
def test_the_sign_is_a_square(root, size):
    picture = chart_cache.png(sign_svg(root, "A book"), scale=size / 64)
    assert int.from_bytes(picture[16:20]) == int.from_bytes(picture[20:24]) == size


def test_a_book_without_a_sign_has_the_letter_of_its_title(tmp_path):
    assert ">&lt;<" not in sign_svg(tmp_path, "“Salt” & sand") and ">S<" in sign_svg(
        tmp_path, "“Salt” & sand"
    )
    assert "·" in sign_svg(tmp_path, "…")
