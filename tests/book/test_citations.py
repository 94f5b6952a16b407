"""Citations for programs, read back by others' readers; files of claims, index, old addresses."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import rispy
from bs4 import BeautifulSoup
from citeproc import Citation as Cited
from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from pybtex.database import parse_string
from pybtex.richtext import Text
from pyld import jsonld

from helpers import evidence
from helpers.book.build import build
from helpers.book.sphinx.citations import Citation, exports
from helpers.errors import YaluError
from helpers.evidence.check import check
from helpers.evidence.load import all_claims

from ..conftest import made_once

HARD = "Pay, 50% & “more”_of it # 1 단둥"
CLAIM = "smuggling-fee-2024-daily-nk-cny"


def of_hard(kind="chapter"):
    cited = Citation("the editors", HARD, "A book", "1.2", "2026-11-22", "", "https://b.example/x")
    return exports([cited.item("hard", kind)])


@pytest.mark.parametrize("kind", ["chapter", "dataset"])
def test_hard_signs_come_back_from_bibtex_ris_and_csl(kind):
    found = of_hard(kind)
    entry = parse_string(found["bib"], "bibtex").entries["hard"]
    assert Text.from_latex(entry.fields["title"]).render_as("text") == HARD
    assert entry.fields["url"] == "https://b.example/x" and entry.fields["year"] == "2026"
    assert [str(person) for person in entry.persons["author"]] == ["{the editors}"]
    (record,) = rispy.loads(found["ris"])
    assert record["title"] == HARD and record["authors"] == ["the editors"]
    assert record["urls"] == ["https://b.example/x"] and record["date"] == "2026/11/22"
    (item,) = json.loads(found["csl.json"])
    assert item["title"] == HARD and item["issued"] == {"date-parts": [[2026, 11, 22]]}


def test_a_title_that_could_end_its_field_leaves_bibtex_whole():
    cited = Citation("the editors", "{a}} @misc{b, \\ $ ~ ^", "A book", "1", "2026", "", "")
    entries = parse_string(exports([cited.item("hard")])["bib"], "bibtex").entries
    assert list(entries) == ["hard"] and entries["hard"].fields["booktitle"] == "A book"


def formatted(items) -> list[str]:
    """What citeproc makes of items in a style that it brings."""
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    listed = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
    for item in items:
        listed.register(Cited([CitationItem(item["id"])]))
    return [str(entry) for entry in listed.bibliography()]


def test_every_claim_is_cited_with_its_document_in_each_form(built_site):
    folder, claims = built_site / "data/claims", all_claims()
    sources = evidence.load("sources").set_index("source_id")
    assert {path.name.removesuffix(".csl.json") for path in folder.glob("*.csl.json")} == {*claims}
    for name, claim in claims.items():
        document, entry = json.loads((folder / f"{name}.csl.json").read_text("utf-8"))
        assert entry["id"] == name and document["URL"] == sources["url"][claim.source_id]
        records = rispy.loads((folder / f"{name}.ris").read_text("utf-8"))
        assert [record["id"] for record in records] == [document["id"], name]
        told = json.loads((folder / f"{name}.json").read_text("utf-8"))
        assert told["claim"]["claim_id"] == name and told["citation"] == [document, entry]
        assert told["claim"]["value"] == claim.value and told["source"]["url"] == document["URL"]


def test_all_bibtex_is_read_as_one_file(built_site):
    files = [*built_site.glob("data/claims/*.bib"), *built_site.glob("data/pages/*.bib")]
    seen = set()
    for path in files:
        entries = parse_string(path.read_text("utf-8"), "bibtex").entries
        assert path.stem in seen.union(*[key.split("the-yalu-") for key in entries]), path
        assert all(entry.fields["title"] for entry in entries.values())
    assert len(files) > 1000


def test_citeproc_prints_a_claim_and_a_page(built_site):
    items = json.loads((built_site / f"data/claims/{CLAIM}.csl.json").read_text("utf-8"))
    items += json.loads((built_site / "data/pages/luggage.csl.json").read_text("utf-8"))
    words = " ".join(formatted(items))
    for item in items:
        assert item["title"].partition("’")[0] in words
    assert "the editors of Across the Yalu" in words and "2026" in words


def test_the_head_of_a_page_has_the_tags_of_highwire_press(built_site):
    page = BeautifulSoup((built_site / "chapters/luggage.html").read_text("utf-8"), "html.parser")
    told = {tag["name"]: tag["content"] for tag in page.select('meta[name^="citation_"]')}
    assert told["citation_title"] == page.h1.contents[0] or told["citation_title"] in page.h1.text
    assert told["citation_inbook_title"] == "Across the Yalu"
    assert told["citation_publication_date"] == str(evidence.last_recorded()).replace("-", "/")
    links = [a["href"] for a in page.select(".page-cite a[href]") if "data/pages" in a["href"]]
    assert [Path(link).name for link in links] == ["luggage.bib", "luggage.ris", "luggage.csl.json"]
    assert all((built_site / "chapters" / link).is_file() for link in links)


def test_the_linked_data_of_each_page_expands(built_site):
    for path in sorted(built_site.glob("chapters/*.html")):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        about = json.loads(page.find("script", type="application/ld+json").string)
        assert about.pop("@context") == "https://schema.org"
        (node,) = jsonld.expand(about, {"expandContext": {"@vocab": "https://schema.org/"}})
        assert node["@type"][0].startswith("https://schema.org/"), path.name
        assert {"https://schema.org/name", "https://schema.org/version"} < node.keys()


def test_the_index_has_the_hash_of_each_table_and_each_claim(built_site):
    told = json.loads((built_site / "data/index.json").read_text("utf-8"))
    assert told["last_change"] >= str(evidence.last_recorded())
    listed = [*told["files"], *told["claims"].values()]
    for one in listed:
        data = (built_site / one["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one["bytes"], one["sha256"])
    names = {one["path"] for one in listed}
    assert {"data/ledger.json", "_static/data/clean/claims.csv"} < names
    assert told["claims"].keys() == all_claims().keys()


def test_each_claim_of_the_register_links_to_its_files(built_site):
    text = (built_site / "chapters/evidence.html").read_text("utf-8")
    entry = BeautifulSoup(text, "html.parser").find(id=f"claim-{CLAIM}")
    links = [a["href"] for a in entry.select(".reg-cite")[0].select("a")]
    assert len(links) == 4 and all((built_site / "chapters" / link).is_file() for link in links)


# Old addresses ------------------------------------------------------------------------------

ROWS = ["old-fee,claim,smuggling-fee-2024-daily-nk-cny", "bags,page,luggage"]


def rename(book: Path, *rows: str) -> None:
    text = "\n".join(["old,kind,new", *rows, ""])
    (book / "data/ledger/redirects.csv").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def moved(tmp_path_factory, small_site) -> Path:
    """The site of the small book after a claim and a page were renamed."""

    def make(folder: Path) -> None:
        book = shutil.copytree(small_site, folder / "book")
        rename(book, *ROWS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YALU_BOOK", str(book))
            build(book, lambda _: None)

    return made_once(tmp_path_factory, "moved", make) / "book" / "_build" / "html"


def test_a_renamed_page_leads_on_without_scripts(moved):
    page = BeautifulSoup((moved / "chapters/bags.html").read_text("utf-8"), "html.parser")
    assert page.find("meta", attrs={"http-equiv": "refresh"})["content"] == "0; url=luggage.html"
    assert page.a["href"] == "luggage.html" and page.script is None
    assert (moved / "data/pages/bags.ris").read_bytes() == (
        moved / "data/pages/luggage.ris"
    ).read_bytes()


def test_a_renamed_claim_keeps_its_addresses(moved):
    page = BeautifulSoup((moved / "chapters/evidence.html").read_text("utf-8"), "html.parser")
    assert page.find(id="claim-old-fee").find_parent("li")["id"] == f"claim-{CLAIM}"
    for end in ("json", "bib", "ris", "csl.json"):
        old, new = (moved / f"data/claims/{name}.{end}" for name in ("old-fee", CLAIM))
        assert old.read_bytes() == new.read_bytes()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("old-fee,claim,nowhere", 'column new: found "nowhere"; allowed: a claim of the ledger'),
        (
            f"{CLAIM},claim,{CLAIM}",
            f'column old: found "{CLAIM}"; allowed: a name that no claim has',
        ),
        ("../x,page,luggage", 'column old: found "../x"; allowed: letters, digits'),
        ("old-fee,chapter,luggage", 'column kind: found "chapter"; allowed: claim, page'),
    ],
)
def test_a_row_that_leads_nowhere_is_told(small_book, row, told):
    rename(small_book, row)
    assert [told in str(failure) for failure in check(small_book)] == [True]


@pytest.mark.parametrize("row", ["bags,page,nowhere", "luggage,page,evidence"])
def test_a_page_that_leads_nowhere_is_told(small_book, row):
    rename(small_book, row)
    with pytest.raises(YaluError, match=r"redirects\.csv: found the page"):
        build(small_book, lambda _: None)
