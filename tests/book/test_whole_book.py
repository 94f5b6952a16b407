"""What the whole-book files are made with, and how the build offers them."""

import shutil

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from helpers.book.build import SITE
from helpers.book.sphinx.whole_book import MARK
from helpers.book.stage import chapter_files
from helpers.book.whole import offer
from helpers.book.whole.articles import Article
from helpers.book.whole.contents import contents
from helpers.book.whole.figure_data import gathered
from helpers.book.whole.gaps import close_gaps
from helpers.book.whole.links import relink
from helpers.book.whole.pieces import HEAVY, cut
from helpers.cli import main
from helpers.errors import YaluError


def article(html, name="chapters/one"):
    tree = BeautifulSoup(f"<article>{html}</article>", "html5lib").article
    return Article(name, "Part", tree)


def place(page, fragment):
    return None if fragment == "gone" else f"#{page}--{fragment}"


def test_links_between_pages_become_links_within_the_file():
    one = article('<a href="two.html#x">a</a><a href="#y">b</a><a href="https://e.org/[a]">c</a>')
    relink([one, article("", "chapters/two")], place, "")
    hrefs = [link["href"] for link in one.tree.find_all("a")]
    assert hrefs == ["#chapters/two--x", "#chapters/one--y", "https://e.org/%5Ba%5D"]


def test_a_link_to_a_file_of_the_site_is_words_without_a_base_and_absolute_with_one():
    html = '<a href="../_static/data/x.csv" download="">the file</a>'
    without, with_base = article(html), article(html)
    relink([without], place, "")
    relink([with_base], place, "https://book.example/")
    assert without.tree.decode_contents() == "<span>the file</span>"
    assert with_base.tree.a["href"] == "https://book.example/_static/data/x.csv"


def test_a_link_to_nowhere_is_named():
    with pytest.raises(YaluError, match=r"chapters/one: the link to #gone leads nowhere"):
        relink([article('<a href="#gone">x</a>')], place, "")


def test_the_filter_of_the_register_is_left_out_of_an_address():
    one = article('<a href="#?place=Dandong">x</a>')
    relink([one], place, "")
    assert one.tree.a["href"] == "#chapters/one--"


def test_contents_have_pages_and_their_sections():
    one = article('<section id="a"><h1>One</h1><section id="b"><h2>Two</h2></section></section>')
    (part,) = contents([one], place)
    assert [(entry.words, entry.href) for entry in part.entries[0].below] == [
        ("Two", "#chapters/one--b")
    ]


def test_text_is_drawn_up_before_a_figure_that_left_a_gap_but_not_past_a_heading():
    html = (
        "<section><p>1</p><div><figure id='f'></figure></div><p>2</p><p>3</p>"
        "<div><table></table></div><p>4</p></section>"
    )
    moved, left = article(html), article(html)
    close_gaps([moved], ["f"])
    close_gaps([left], [])
    assert [tag.name for tag in moved.tree.section.children] == ["p", "p", "p", "div", "div", "p"]
    assert left.tree.decode() == article(html).tree.decode()


def test_a_heavy_page_is_cut_by_section_and_group_and_nothing_is_lost():
    group = f"<div class='reg-group'><p>{'x' * (HEAVY // 3)}</p></div>"
    html = (
        "<section id='all'><h1>All</h1><section id='a'><h2>A</h2>"
        f"<div>{group * 4}</div></section><section id='b'><h2>B</h2></section></section>"
    )
    whole, light = article(html), article("<section><h1>Light</h1></section>")
    pieces = cut(whole)
    assert [piece.title for piece in pieces] == ["All", "All: A", "All: A (2)", "All: B"]
    assert sum(piece.tree.get_text().count("x") for piece in pieces) == 4 * (HEAVY // 3)
    assert [piece.stem for piece in cut(light)] == ["one"]


def test_data_of_figures_is_gathered_behind_links():
    html = (
        "<figure id='f'><figcaption>Figure 1 It falls</figcaption>"
        "<div class='yalu-data'><div class='summary'>Data</div><table></table></div></figure>"
    )
    one = article(html)
    (data,) = gathered([one])
    assert one.tree.a["href"] == "../figure-data.html#data-f" and not one.tree.table
    assert data.tree.find(id="data-f").h2.get_text() == "Figure 1 It falls"
    assert gathered([article("<p>no figure</p>")]) == []


@pytest.fixture
def rendered(book_copy, built_site, monkeypatch):
    """A book whose pages count as rendered already, and a last good site."""
    pages = book_copy / "pages"
    (pages / "chapters").mkdir(parents=True)
    for page in (built_site / "chapters").glob("*.html"):
        shutil.copyfile(page, pages / "chapters" / page.name)
    (pages / "chapters" / "index.html").write_text(f"<article><h1>I</h1>{MARK}</article>")
    for name in ("stage", "executed"):
        (book_copy / "_build" / "work" / name).mkdir(parents=True)
    (book_copy / "_build" / "work" / "stage" / "usage.json").write_text("{}")
    for chapter in chapter_files(book_copy):
        shutil.copyfile(chapter, book_copy / "_build" / "work" / "executed" / chapter.name)
    (book_copy / SITE).mkdir(parents=True)
    (book_copy / SITE / "last.html").write_text("the last good site")
    monkeypatch.setattr("helpers.book.build._check", lambda *_: pages)
    return book_copy


def made(name, size):
    def write(_root, pages, *_):
        (pages / name).write_bytes(b"x" * size)
        return pages / name

    return write


def test_files_stand_beside_the_site_and_the_index_links_them_with_their_sizes(
    rendered, monkeypatch
):
    monkeypatch.setattr("helpers.book.whole.pdf.write_pdf", made("b.pdf", 1_540_000))
    monkeypatch.setattr("helpers.book.whole.epub.write_epub", made("b.epub", 700_000))
    monkeypatch.setattr("helpers.book.build.find_chromium", lambda: "chromium")
    run = CliRunner().invoke(main, ["build", "--pdf", "--epub"])
    assert run.exit_code == 0, run.output
    assert "book: b.pdf, 1.5 MB\n" in run.output
    index = (rendered / SITE / "chapters" / "index.html").read_text()
    assert 'href="../b.pdf"' in index and "(1.5 MB)" in index and "(0.7 MB)" in index
    assert (rendered / SITE / "b.pdf").exists() and (rendered / SITE / "b.epub").exists()
    assert not (rendered / SITE / "last.html").exists()


def test_without_the_options_the_index_names_no_file(rendered):
    run = CliRunner().invoke(main, ["build"])
    assert run.exit_code == 0, run.output
    index = (rendered / SITE / "chapters" / "index.html").read_text()
    assert ".pdf" not in index and ".epub" not in index


def test_a_place_for_the_links_that_no_page_has_is_said(rendered, monkeypatch, tmp_path):
    pages = rendered / "pages"
    (pages / "chapters" / "index.html").write_text("<article><h1>I</h1></article>")
    monkeypatch.setattr("helpers.book.whole.epub.write_epub", made("b.epub", 1))
    said = []
    offer.add_whole_book(rendered, pages, None, True, said.append)
    assert said[-1].endswith("no page links to it: put {wholebook} on one")


def test_without_a_browser_one_line_says_what_to_do_before_anything_is_built(rendered, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    run = CliRunner().invoke(main, ["build", "--pdf"])
    assert run.exit_code == 2
    assert run.output.count("\n") == 1 and "CHROMIUM" in run.output
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    run = CliRunner().invoke(main, ["build", "--pdf"])
    assert run.output == "CHROMIUM: /no/such/browser is no program\n"
    assert (rendered / SITE / "last.html").exists()


def test_a_browser_that_fails_leaves_the_last_good_site(rendered, monkeypatch):
    monkeypatch.setenv("CHROMIUM", shutil.which("false"))
    run = CliRunner().invoke(main, ["build", "--pdf"])
    assert run.exit_code == 1
    assert "the PDF could not be printed; Chromium: it gave no reason" in run.output
    assert "Traceback" not in run.output
    assert (rendered / SITE / "last.html").exists()
