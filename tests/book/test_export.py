"""`yalu export`: what the site says, to the letter, in files that plain tools read."""

import re
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from click.testing import CliRunner
from markdown_it import MarkdownIt

from helpers.book.export import LIST
from helpers.book.markdown import markdown_of
from helpers.book.pdf_epub.articles import read_article
from helpers.cli import main
from helpers.paths import PUBLISHED, SITE

from ..browser.test_hostile import set_cells
from ..conftest import each
from .test_build import tree

NASTY = [
    "costs $5 or US$6 | *starred* _under_ `ticks` ``two``", "~~~ x", "=== y",
    "<b>bold</b> &amp; &#36; [x](y) ![z](w)",
    "{claim}`a-b` {result}`c` ```{note} (place)= [[x]] :::", "- dash", "1. one", "12) twelve",
    "A. Lankov", "# head", "% comment", "+++", "> quoted", "a ~b~ c^2^ @somebody :tada: ...",
    "https://a.example/b_c_d?e=f_g www.h_i.example", "C:\\dir\\*.md -- end!", "$$z$$",
]  # fmt: skip
BLOCKS = "p, li, td, th, h1, h2, h3, h4, div, dt, dd, figcaption, br, pre"
CLAIM, DOCUMENT = "smuggling-fee-2024-daily-nk-cny", "dailynk-2024-luggage-smuggling"


def gfm(text: str) -> BeautifulSoup:
    renderer = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    return BeautifulSoup(renderer.render(text), "html5lib")


def words(soup) -> list[str]:
    for element in soup.select(BLOCKS):
        element.insert_before(" ")
        element.append(" ")
    return soup.get_text().split()


def body(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("---\n", 2)[2]


def yalu_export(*arguments: object):
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


@pytest.fixture(scope="module")
def exported(small_site, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "book"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YALU_BOOK", str(small_site))
        run = yalu_export("--out", out)
    assert run.exit_code == 0, run.output
    assert run.output.splitlines()[-1] == f"export: 3 pages, 1 notebook in {out}"
    return out


@each(NASTY)
def test_text_stays_text(text):
    soup = BeautifulSoup("<div><p></p><table><tr><th>h</th></tr><tr><td></td></tr></table></div>",
                         "html.parser")  # fmt: skip
    for element in soup.select("p, td"):
        element.string = text
    found = gfm(markdown_of(soup, {}))
    assert [e.get_text() for e in found.select("p, td")] == [text, text]
    assert not found.select("p *, td *, h2, ul, ol, pre, blockquote")


def test_pages_say_what_the_site_says(small_site, exported):
    for page in ("index", "luggage"):
        html = (small_site / SITE / f"chapters/{page}.html").read_text(encoding="utf-8")
        site, plain = read_article(html, page), gfm(body(exported / f"{page}.md"))
        for element in chain(site.select(".yalu-data, svg"), plain.select("a[href$='.csv']")):
            element.decompose()
        assert words(site) == words(plain), page
    assert "700–1,000 yuan a bag" in body(exported / "index.md")


def test_evidence_has_what_the_pages_name_and_no_more(small_site, exported):
    text = body(exported / "evidence.md")
    html = (small_site / SITE / "chapters/evidence.html").read_text(encoding="utf-8")
    for name in (CLAIM, "lug-2023-5yuan"):
        entry = BeautifulSoup(html, "html.parser").select_one(f"#claim-{name}")
        for controls in entry.select(".yalu-screen"):
            controls.decompose()
        assert f'<span id="claim-{name}"></span>' in text
        assert set(words(entry)) <= set(words(gfm(text))), name
    assert 'id="claim-vis-total-2012"' not in text
    assert "web.archive.org" in text


def test_every_link_leads_to_a_place_in_the_export(exported):
    texts = {path.name: path.read_text(encoding="utf-8") for path in exported.glob("*.md")}
    for path in exported.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        texts[path.name] = "\n\n".join(
            [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
            + [output.data.get("text/markdown", "")
               for cell in notebook.cells for output in cell.get("outputs", [])]
        )  # fmt: skip
    soups = {name: gfm(text) for name, text in texts.items()}
    walked = 0
    for name, soup in soups.items():
        for link in soup.select("a[href], img[src]"):
            path, _, place = unquote(link.get("href") or link["src"]).partition("#")
            if "://" not in path:
                walked += 1
                assert (exported / (path or name)).is_file(), (name, path)
                assert not place or soups[path or name].find(id=place), (name, path, place)
    assert walked > 40


def test_figures_are_pictures_with_words_and_data(exported):
    picture = gfm(body(exported / "luggage.md")).select_one("img")
    assert picture["src"] == "figures/luggage-fee-income.png" and len(picture["alt"]) > 40
    assert (exported / "figures/luggage-fee-income.csv").is_file()


def test_the_notebook_is_the_executed_one_in_plain_markdown(small_site, exported):
    made = nbformat.read(exported / "luggage.ipynb", as_version=4)
    nbformat.validate(made)
    run = nbformat.read(small_site / PUBLISHED / "luggage.ipynb", as_version=4)
    code = [[(c.source, c.metadata.get("tags")) for c in book.cells if c.cell_type == "code"]
            for book in (made, run)]  # fmt: skip
    assert code[0] == code[1]
    outputs = [output.data for cell in made.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in data for data in outputs) == 1
    said = "\n".join(data.get("text/markdown", "") for data in outputs)
    said += "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert "](evidence.md#claim-lug-2023-5yuan)" in said and not re.search(r"\{\w+\}`", said)


def test_a_chapter_alone_has_words_where_it_linked_to_other_pages(
    small_site, tmp_path, monkeypatch
):
    monkeypatch.setenv("YALU_BOOK", str(small_site))
    out = tmp_path / "one"
    assert yalu_export("index", "--out", out).exit_code == 0
    assert sorted(p.name for p in out.glob("*.md")) == ["README.md", "evidence.md", "index.md"]
    text = body(out / "index.md")
    assert "luggage" not in text and "(evidence.md#claim-" in text
    # an earlier export is replaced, with what tools have made of it
    (out / "_site").mkdir()
    (out / "_site" / "index.html").write_text("made by Quarto")
    assert yalu_export("luggage", "--out", out).exit_code == 0
    assert sorted(p.name for p in out.glob("*.md")) == ["README.md", "evidence.md", "luggage.md"]
    assert not (out / "_site").exists()


def test_a_stale_book_is_built_first_with_its_scenario_and_a_hostile_title(built_book, tmp_path):
    path = built_book / "chapters/luggage.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    next(iter(declared["scenarios"].values())).update(publish=True, parameters={"weeks": 40})
    path.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    title = "A $5 | *b* <i>x</i> `c` {claim}`d` [e](f) &amp; 1. @g $h$ ***"
    set_cells(built_book / "data/ledger/sources.csv", {DOCUMENT}, title=title)
    run = yalu_export("--out", tmp_path / "out")
    assert run.exit_code == 0, run.output
    assert "pages: rendering" in run.output and "export: 4 pages, 2 notebooks" in run.output
    found = gfm(body(tmp_path / "out/evidence.md"))
    assert f"{title} (our label)" in [strong.get_text() for strong in found.select("strong")]


def test_wrong_calls_are_told_in_a_line_and_leave_all_as_it_was(small_site, tmp_path, monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(small_site))
    file, other, mine = tmp_path / "file", tmp_path / "other", tmp_path / "mine"
    file.write_text("a file")
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    assert yalu_export("index", "--out", mine).exit_code == 0
    (mine / "notes.txt").write_text("mine")
    before = tree(tmp_path)
    for arguments, words_said in (
        (["lugage"], "did you mean luggage?"),
        (["zzz"], "there are index, luggage, evidence"),
        (["--out", file], "is a file"),
        (["--out", other], "holds notes.txt, which no export wrote"),
        (["--out", mine], "holds notes.txt, which no export wrote"),
        (["--out", file / "below"], "cannot be written"),
        (["--out", "/proc/none/such"], "cannot be written"),
        (["a\nb"], "U+000A"),
        (["--out", tmp_path / ("x" * 300)], "more than 200 bytes"),
        (["--out", ""], "is empty"),
    ):
        run = yalu_export(*arguments)
        assert run.exit_code == 2, (arguments, run.output)
        assert words_said in run.output and run.output.count("\n") == 1, run.output
    assert tree(tmp_path) == before
    assert LIST not in {path.name for path in other.iterdir()}
