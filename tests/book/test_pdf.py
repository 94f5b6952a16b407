"""The PDF of the whole book: everything that the site shows, with pages that can be turned to."""

import os
import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from helpers import evidence
from helpers.book.whole.chromium import find_chromium
from helpers.book.whole.letters import check_letters
from helpers.book.whole.pdf import places, write_pdf
from helpers.chapter.wording import date_words
from helpers.errors import YaluError

from . import whole
from .conftest import made_once, whole_book_file

pytestmark = [pytest.mark.book, pytest.mark.browser]


@pytest.fixture(scope="session")
def printed(tmp_path_factory, built_site) -> Path:
    """The PDF that was built with the pages where it is current, else one that is made now."""
    if built := whole_book_file(".pdf"):
        return built
    try:
        path = find_chromium()
    except YaluError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    folder = made_once(
        tmp_path_factory, "pdf", lambda made: write_pdf(whole.ROOT, built_site, path, made)
    )
    return folder / "across-the-yalu.pdf"


@pytest.fixture(scope="module")
def pdf(printed):
    with pikepdf.open(printed) as opened:
        yield opened


@pytest.fixture(scope="module")
def texts(printed) -> list[str]:
    """The text of each page."""
    with pypdfium2.PdfDocument(printed) as document:
        return [page.get_textpage().get_text_bounded().replace("\r", "") for page in document]


def links(pdf):
    return [a for page in pdf.pages for a in page.get("/Annots", []) if a.Subtype == "/Link"]


def described_pictures(pdf) -> set[str]:
    """The words that the tagged PDF has for its pictures."""
    found, rest = set(), [pdf.Root.StructTreeRoot]
    while rest:
        item = rest.pop()
        if isinstance(item, pikepdf.Array):
            rest.extend(list(item))
        elif isinstance(item, pikepdf.Dictionary):
            if item.get("/S") == "/Figure":
                found.add(str(item.get("/Alt", "")))
            rest.append(item.get("/K"))
    return found


def test_every_figure_of_every_chapter_is_there_with_its_picture(pdf, texts, built_site):
    figures = whole.site_figures(built_site)
    assert len(figures) == whole.declared_figures()
    where, pictures = places(pdf), described_pictures(pdf)
    for key, (caption, description) in figures.items():
        chapter = next(c for c in whole.CHAPTERS if key.startswith(c.replace("_", "-")))
        page, _ = where[f"#{chapter.replace('_', '-')}--{key}"]
        assert re.match(r"Figure \d+\.\d+ ", caption), caption
        assert whole.plain(caption) in whole.plain(texts[page - 1]), caption
        assert description in pictures, caption


def test_every_picture_has_words_and_ink(pdf, printed, built_site):
    assert "" not in described_pictures(pdf)
    where = places(pdf)
    with pypdfium2.PdfDocument(printed) as document:
        for key in whole.site_figures(built_site):
            number = next(p for a, (p, _) in where.items() if a.endswith(f"--{key}"))
            kinds = [found.type for found in document[number - 1].get_objects()]
            paths = kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_PATH)
            assert paths > 20, f"{key}: {paths} drawn lines on page {number}"


def test_nothing_of_screen_or_notebook_is_in_it(texts):
    text = "\n".join(texts)
    assert [word for word in whole.FORBIDDEN if word in text] == []


def test_links_are_alive(pdf, built_site):
    inside = [str(link.Dest) for link in links(pdf) if "/Dest" in link]
    outside = {str(link.A.URI) for link in links(pdf) if "/A" in link}
    assert len(inside) > 3000
    assert [name for name in inside if name not in pdf.Root.Dests] == []
    assert all(uri.startswith(("https://", "http://", "mailto:")) for uri in outside)
    documents = set(evidence.load("sources")["url"].dropna())
    assert len(outside & documents) > 0.95 * len(documents)


def test_every_claim_that_a_page_cites_has_its_place_in_the_register(pdf, texts):
    where = places(pdf)
    cited = [name for name in where if name.startswith("#evidence--claim-")]
    first = where["#evidence"][0]
    assert len(cited) > 500
    assert all(where[name][0] >= first for name in cited)


def test_contents_give_the_pages_on_which_headings_stand(pdf, texts):
    start = next(n for n, text in enumerate(texts) if "\nContents\n" in text)
    end = next(n for n, text in enumerate(texts) if "\nFigures\n" in text)
    lines = whole.plain("".join(texts[start:end]))
    with pdf.open_outline() as outline:
        headings = [(item.title, item) for item in outline.root]
        assert len(headings) == len({title for title, _ in headings}) >= 12
        for title, item in headings:
            number = 1 + pdf.pages.index(pikepdf.Page(item.destination[0]))
            assert re.search(rf"{re.escape(whole.plain(title))}{number}(?!\d)", lines), title
            page = texts[number - 1]
            assert whole.plain(title) in whole.plain(page)
            assert re.search(rf"^{number}\s*$", page, re.MULTILINE), "the page bears its number"
    assert sum(len(item.children) for _, item in headings) > 60


def test_title_page_and_metadata(pdf, texts):
    day = date_words(str(evidence.load("claims")["recorded_on"].max())[:10])
    assert whole.title() in texts[0] and day in texts[0] and "Version " in texts[0]
    assert "counted from what can be known" in " ".join(texts[0].split())
    assert whole.plain(whole.licence()) in whole.plain(texts[1])
    assert str(pdf.Root.Lang) == "en-GB" and bool(pdf.Root.MarkInfo.Marked)
    assert str(pdf.docinfo["/Title"]) == whole.title()
    written = str(evidence.load("claims")["recorded_on"].max())[:10].replace("-", "")
    assert str(pdf.docinfo["/CreationDate"]) == f"D:{written}000000Z"


def test_no_page_is_empty(texts):
    assert [n for n, text in enumerate(texts, start=1) if len(text.split()) < 15] == []


def test_letters_without_a_font_are_named(pdf):
    check_letters(pdf, "Dandong 노동자 北")
    with pytest.raises(YaluError, match=r"lacks 1 letters .* ᚠ"):
        check_letters(pdf, "Dandong ᚠ")
