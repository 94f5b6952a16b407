"""Hostile words in the ledger show as text wherever they appear, and nothing in them runs."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pypdfium2
import pytest
import yaml
from bs4 import BeautifulSoup
from click.testing import CliRunner
from markdown_it import MarkdownIt

from helpers.book.build import build
from helpers.book.export import export
from helpers.cli import main
from helpers.paths import in_book

pytestmark = [pytest.mark.book, pytest.mark.browser]
LONG = "x" * 300
HOSTILE = (
    '<script>alert(1)</script> "><img src=x onerror=alert(1)> **b** [x](javascript:alert(1)) '
    f"`code` &amp; </li></details></table> $5 or $x^2$ {{claim}}`x` a|b ~~s~~ 염전 {LONG}"
)
# in a label a role is one, and a number needs a source
LABEL = (
    HOSTILE.replace("$5 or $x^2$", "$y or $x").replace("(1)", "(y)").replace("{claim}", "{ claim}")
)
CLAIM, RIVAL = "smuggling-fee-2024-daily-nk-cny", "workers-dandong-2017-09-daily-nk"
CONTEST = "contest-workers-present-dandong-2017"
REASON = "reason: >-\n      A nought is missing"
TOC = """format: jb-book
root: chapters/index
chapters:
  - file: chapters/luggage
  - file: chapters/evidence
  - file: chapters/corrections
"""
INDEX = f"""# A small book

The fee is {{claim}}`{CLAIM}`, which makes {{result}}`luggage:fee_income_year`; there were
{{claim}}`{RIVAL}`, says {{claim}}`{RIVAL} source`,
in {{source}}`dailynk-2024-luggage-smuggling title`.
"""


def set_cells(path: Path, keys: set[str], **cells: str) -> None:
    """Set cells of the rows whose first cell is one of `keys`."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        if row[0] in keys:
            for column, cell in cells.items():
                row[header.index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory, make_small_book):
    with pytest.MonkeyPatch.context() as patch:
        yield _hostile(make_small_book(tmp_path_factory.mktemp("hostile") / "book", patch))


def _hostile(book):
    """Put hostile words into every field of the ledger that is shown, and build."""
    (book / "_toc.yml").write_text(TOC, encoding="utf-8")
    (book / "chapters" / "index.md").write_text(INDEX, encoding="utf-8")
    ledger = book / "data" / "ledger"
    words = {"note": HOSTILE, "population": HOSTILE, "attribution": HOSTILE}
    set_cells(ledger / "claims.csv", {CLAIM, RIVAL}, **words)
    documents = {"dailynk-2024-luggage-smuggling", "dailynk-2017-09-dandong-repatriated"}
    set_cells(
        ledger / "sources.csv", documents, title=HOSTILE, note=HOSTILE, author=f"=1+{HOSTILE}"
    )
    set_cells(ledger / "sources.csv", {"uawire-2017-workers-leave-dandong"}, outlet=HOSTILE)
    declared = book / "data" / "corrections.yml"
    spoiled = declared.read_text(encoding="utf-8").replace(REASON, f"reason: |-\n      {HOSTILE}")
    declared.write_text(spoiled, encoding="utf-8")
    with (book / "data" / "ledger_log.csv").open("a", encoding="utf-8", newline="") as file:
        row = ["2026-12-01", "0123456789ab", "changed", CLAIM, "note", HOSTILE, HOSTILE]
        csv.writer(file, lineterminator="\n").writerow(row)
    sidecar = book / "chapters" / "luggage.yml"
    told = yaml.safe_load(sidecar.read_text(encoding="utf-8"))
    told["title"] = HOSTILE
    told["results"]["fee_income_year"]["label"] = LABEL
    sidecar.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    config["title"] = HOSTILE
    (book / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return build(book, lambda _line: None, epub=True, pdf=True)


@pytest.fixture
def visit(chromium, hostile_site):
    """Open a page of the hostile book; what it runs or asks for is kept on the page."""
    contexts = []

    def opened(name, width=1280):
        context = chromium.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.dialogs, page.requests, page.errors = [], [], []
        page.on("dialog", lambda d: (page.dialogs.append(d.message), d.dismiss()))
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        path, _, anchor = name.partition("#")
        page.goto(
            (hostile_site / "chapters" / f"{path}.html").as_uri() + f"#{anchor}" * bool(anchor)
        )
        return page

    yield opened
    for context in contexts:
        context.close()


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.wait_for_timeout(200)


def assert_quiet(page):
    """Nothing of the hostile words has become an element, a request or a dialog."""
    assert page.dialogs == [] and page.errors == []
    assert page.locator("img[src='x'], [onerror], a[href^='javascript']").count() == 0
    running = page.locator("script:not([type$='json'])").all_text_contents()
    assert [text for text in running if "alert(1)" in text] == []
    assert [url for url in page.requests if url.rstrip("/").endswith("/x")] == []


def assert_it_fits(page, width):
    """Unfolded, the page is quiet and does not scroll sideways."""
    unfold(page)
    assert_quiet(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_runs_in_a_chapter_on_a_phone(visit):
    assert_it_fits(visit("luggage", 360), 360)


def test_the_register_and_the_contests_show_the_words_as_they_stand(visit):
    page = visit(f"evidence#{CONTEST}", 360)
    assert_the_chart_ends_with_its_picture(page)
    assert_it_fits(page, 360)
    for anchor in (f"claim-{CLAIM}", f"claim-{RIVAL}", CONTEST):
        assert HOSTILE in page.locator(f"#{anchor}").text_content(), anchor
    outlet = page.locator("#source-uawire-2017-workers-leave-dandong")
    assert HOSTILE in outlet.text_content()
    shown = page.locator("#source-dailynk-2024-luggage-smuggling")
    assert shown.text_content().count(HOSTILE) == 3


def test_the_filter_finds_the_words_and_the_chart_of_a_contest_writes_them(visit):
    page = visit(f"evidence#{CONTEST}")
    assert_the_chart_ends_with_its_picture(page)
    page.fill("#yalu-register [name=q]", "<script>alert(1)</script>")
    assert page.is_visible(f"#claim-{CLAIM}")
    assert_quiet(page)


def assert_the_chart_ends_with_its_picture(page):
    chart = page.locator(f"#{CONTEST} .yalu-chart")
    assert HOSTILE in chart.get_attribute("aria-label")
    picture = chart.locator("svg:visible")
    assert "<script>alert(1)</script>" in picture.text_content()
    ends = picture.evaluate(
        """(svg) => [...svg.querySelectorAll('text'), svg]
             .map((element) => element.getBoundingClientRect().right)"""
    )
    assert max(ends[:-1]) <= ends[-1] + 1


@pytest.mark.parametrize("width", [360, 1280])
def test_the_card_shows_the_words_as_they_stand(visit, width):
    page = visit("index", width)
    for claim_id in (CLAIM, RIVAL):
        page.locator(f"a.yalu-claim[href$='#claim-{claim_id}']").first.focus()
        card = page.locator(".yalu-card")
        card.wait_for()
        assert card.text_content().count(HOSTILE) >= 3
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert card.evaluate("(e) => e.scrollWidth <= e.clientWidth")
        page.keyboard.press("Escape")
        card.wait_for(state="detached")
    assert_it_fits(page, width)


def test_the_corrections_page_shows_the_words_as_they_stand(visit):
    page = visit("corrections", 360)
    assert_it_fits(page, 360)
    assert HOSTILE in page.locator("#correction-imports-jan-2020-digit + dd").text_content()
    assert page.locator(f"#change-0123456789ab-{CLAIM} + dd").text_content().count(HOSTILE) == 2


def test_the_feed_holds_the_words_as_text(hostile_site):
    feed = ElementTree.parse(hostile_site / "corrections.xml").getroot()
    contents = feed.findall(".//{*}content")
    assert {content.get("type") for content in contents} == {"text"}
    assert not any(list(content) for content in contents)
    assert sum((content.text or "").count(HOSTILE) for content in contents) == 3


def test_a_search_shows_the_words_and_runs_nothing(visit):
    page = visit("../search")
    page.goto(page.url.partition("#")[0] + "#?q=alert")
    page.locator("#search-results li .context").first.wait_for()
    assert "alert(1)" in page.locator("#search-results").text_content()
    assert_quiet(page)


def plain(text):
    """Return prose with its quotation marks as typed: they are set in type."""
    return re.sub("[“”]", '"', text)


def test_titles_and_labels_show_as_they_stand(visit):
    page = visit("luggage")
    assert HOSTILE in page.title()
    assert HOSTILE in " ".join(page.locator("header").first.text_content().split())
    assert LABEL in plain(page.locator("article").text_content())
    assert_quiet(page)


# Files that leave the book ---------------------------------------------------------------------


def assert_markdown_shows(text):
    """Rendered, Markdown shows the words as they stand; none of them is an element."""
    html = MarkdownIt("commonmark").enable("table").render(text)
    tree = BeautifulSoup(html, "lxml")
    shown = plain(" ".join(tree.get_text().split()))
    found = {words for words in (HOSTILE, LABEL) if words in shown}
    assert found
    assert not tree.select("script, img[src='x'], a[href^='javascript']")
    return found


def texts_of(notebook):
    """Return the Markdown of a notebook that has the words."""
    cells = json.loads(notebook)["cells"]
    found = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    found += ["".join(output.get("data", {}).get("text/markdown", "")) for output in outputs]
    return [text for text in found if "alert" in text]


def test_tables_for_readers_hold_the_words_and_no_formula(hostile_site):
    data = hostile_site / "_static/data/clean"
    content = (data / "sources.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert {row["author"] for row in rows if HOSTILE in row["author"]} == {f"'=1+{HOSTILE}"}
    assert {row["title"] for row in rows if HOSTILE in row["title"]} == {HOSTILE}
    told = json.loads((data / "sources.json").read_text(encoding="utf-8"))
    assert f"=1+{HOSTILE}" in {row["author"] for row in told}


def test_a_look_up_prints_the_words(hostile_site):
    with in_book(hostile_site.parents[1]):
        found = CliRunner().invoke(main, ["claim", CLAIM, "--json"])
    assert json.loads(found.output)["note"] == HOSTILE


def test_notebooks_show_the_words_as_text(hostile_site):
    with zipfile.ZipFile(hostile_site / "kits/luggage.zip") as kit:
        names = [name for name in kit.namelist() if name.endswith("-executed.ipynb")]
        shown = texts_of(kit.read(names[0]))
    assert set().union(*map(assert_markdown_shows, shown)) >= {LABEL}


def test_an_export_shows_the_words_as_text(hostile_site, tmp_path):
    with in_book(hostile_site.parents[1]):
        export(hostile_site.parents[1], (), tmp_path / "out", lambda _line: None)
    shown = [p.read_text("utf-8") for p in (tmp_path / "out").rglob("*.md")]
    shown = [text for text in shown if "alert" in text]
    assert shown
    for text in shown:
        assert_markdown_shows(text)


def test_the_epub_holds_the_words_as_text(hostile_site):
    (book,) = hostile_site.rglob("*.epub")
    with zipfile.ZipFile(book) as packed:
        pages = [packed.read(n) for n in packed.namelist() if n.endswith(".xhtml")]
    trees = [ElementTree.fromstring(page) for page in pages]
    assert any(HOSTILE in "".join(tree.itertext()) for tree in trees)
    assert not [one for tree in trees for one in tree.iter() if one.tag.endswith("}script")]
    assert any(LABEL in plain("".join(tree.itertext())) for tree in trees)
    with zipfile.ZipFile(book) as packed:
        package = ElementTree.fromstring(packed.read("EPUB/package.opf"))
    assert package.find(".//{*}title").text == HOSTILE


def test_the_pdf_holds_the_words_as_text(hostile_site):
    (reading, book) = sorted(hostile_site.glob("*.pdf"), key=lambda path: path.stat().st_size)
    assert reading.stem.endswith("-reading") and len(book.name) < 100
    with pikepdf.open(book) as pdf:
        assert str(pdf.docinfo["/Title"]) == HOSTILE
    document = pypdfium2.PdfDocument(book)
    pages = [document[n].get_textpage().get_text_range() for n in range(len(document))]
    text = re.sub(r"\s|\ufffe|-", "", plain(" ".join(pages)))
    for words in (HOSTILE, LABEL):
        # long words are broken over lines
        assert text.count(re.sub(r"\s|-", "", words.removesuffix(LONG))) >= 1
