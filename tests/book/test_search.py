"""The records of the search: prose only; the words that it takes as the same are checked."""

import pytest
from docutils import nodes
from docutils.utils import new_document

from helpers.book.sphinx.search import section_records
from helpers.errors import YaluError
from helpers.evidence.synonyms import FILE, synonyms


def section(title, *inside):
    return nodes.section("", nodes.title("", title), *inside, ids=[title.lower()])


def test_a_record_is_a_section_with_its_prose_and_nothing_else():
    code = nodes.literal_block("", "import pandas")
    cell = nodes.container("", nodes.paragraph("", "output"), classes=["cell"])
    card = nodes.paragraph("", "", nodes.Text("They keep "), nodes.raw("", "<b>card</b>"))
    table = nodes.table("", nodes.paragraph("", "cells"))
    tree = new_document("page")
    tree += section(
        "Page", nodes.paragraph("", "It begins."), section("Pay", card, code, cell, table)
    )
    assert list(section_records(tree, "chapters/page.html")) == [
        {"id": "chapters/page.html", "kind": "section", "title": "Page", "page": "Page",
         "text": "It begins."},
        {"id": "chapters/page.html#pay", "kind": "section", "title": "Pay", "page": "Page",
         "text": "They keep"},
    ]  # fmt: skip


def test_a_book_without_the_file_has_no_synonyms(tmp_path):
    assert synonyms(tmp_path).same == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("same: [[pay, wage], [Wage, salary]]", "“wage” is listed twice"),
        ("same: pay", 'same: found "pay"; allowed: a valid list'),
        ("alike: []", "alike: found a key that is not known"),
    ],
)
def test_a_fault_in_the_words_is_one_line(tmp_path, text, said):
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(YaluError) as caught:
        synonyms(tmp_path)
    assert caught.value.lines[0].startswith(FILE) and said in caught.value.lines[0]
