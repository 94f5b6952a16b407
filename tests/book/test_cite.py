"""What machines are told of the pages: citation, metadata, indexes, servers that run notebooks."""

import json
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from helpers import evidence
from helpers.book.sphinx.listings import records_json
from helpers.book.sphinx.site import _configure, launch_links
from helpers.book.sphinx.site.metadata import Citation
from helpers.book.stage import toc_files

PAGES = ("index", "luggage", "evidence", "data", "methods")


def soup(site, name):
    return BeautifulSoup((site / f"chapters/{name}.html").read_text("utf-8"), "html.parser")


def cited(**changes):
    given = {
        "authors": "the editors", "page": "Suitcases", "book": "A book", "version": "1.2",
        "day": "2026-11-22", "licence": "https://example.org/by", "address": "",
    }  # fmt: skip
    return Citation(**(given | changes))


def test_a_citation_names_page_book_version_and_day():
    words = "The editors: “Suitcases”, in A book. Version 1.2, evidence of 22 November 2026."
    assert cited().words == words
    assert cited(address="https://b.example/x").words == f"{words} https://b.example/x"
    assert cited(page="A book").words.startswith("The editors: A book. Version")


def test_dublin_core_says_nothing_of_what_is_not_known():
    names = dict(cited().tags())
    assert "DC.identifier" not in names and names["DC.relation.isPartOf"] == "A book"
    assert "DC.relation.isPartOf" not in dict(cited(page="A book").tags())


def test_each_page_is_cited_for_readers_and_for_machines(built_site):
    kinds = {"index": "Book", "luggage": "Article", "data": "Dataset"}
    for name in PAGES:
        tree = soup(built_site, name)
        words = tree.find("meta", attrs={"name": "DCTERMS.bibliographicCitation"})["content"]
        assert words in tree.select_one(".page-cite").get_text(), name
        about = json.loads(tree.find("script", type="application/ld+json").string)
        assert about["@type"] == kinds.get(name, "WebPage")
        assert about["dateModified"] == str(evidence.load("claims")["recorded_on"].max())[:10]


def test_the_dataset_names_files_that_are_there(built_site):
    about = json.loads(soup(built_site, "data").find("script", type="application/ld+json").string)
    files = [part["contentUrl"] for part in about["distribution"]]
    assert len(files) > 20
    assert all((built_site / "chapters" / file).is_file() for file in files)


def test_the_index_for_machines_has_every_page_and_links_to_files(built_site, root):
    text = (built_site / "llms.txt").read_text(encoding="utf-8")
    links = [line.split("](")[1].split(")")[0] for line in text.splitlines() if "](" in line]
    assert all((built_site / link).is_file() for link in links)
    pages = {path.relative_to(root).with_suffix(".html").as_posix() for path in toc_files(root)}
    assert pages <= set(links) and "data/ledger.json" in links


def test_a_book_without_an_address_has_no_sitemap(built_site):
    assert not (built_site / "sitemap.xml").exists()


@pytest.mark.parametrize("table", ["claims", "trade_months", "events"])
def test_a_table_as_json_is_the_table(table):
    rows, frame = json.loads(records_json(table)), evidence.load(table)
    assert len(rows) == len(frame) and list(rows[0]) == list(frame.columns)
    for name in frame.select_dtypes("number"):
        found = [float("nan") if row[name] is None else float(row[name]) for row in rows]
        assert found == pytest.approx(list(frame[name].astype(float)), rel=1e-14, nan_ok=True)


def app(options):
    return SimpleNamespace(config=SimpleNamespace(yalu_repository=options))


OPTIONS = {
    "url": "https://github.com/someone/book", "branch": "main",
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org", "colab_url": "https://colab.research.google.com"
    },
}  # fmt: skip


def test_servers_that_run_a_notebook_are_linked_where_the_owner_has_set_them():
    links = dict(launch_links(app(OPTIONS), "chapters/luggage"))
    assert links["Binder"] == (
        "https://mybinder.org/v2/gh/someone/book/main?urlpath=lab%2Ftree%2Fchapters%2Fluggage.ipynb"
    )
    # the notebook of the repository has no helpers there; that of the kit fetches them
    assert links["Colab (with the notebook of the zip)"] == "https://colab.research.google.com/"


@pytest.mark.parametrize("left_out", ["url", "launch_buttons"])
def test_no_server_is_named_where_one_half_is_not_set(left_out):
    options = {name: value for name, value in OPTIONS.items() if name != left_out}
    assert launch_links(app(options), "chapters/luggage") == []


def test_the_repository_that_jupyter_book_fills_in_is_not_the_books():
    filled = {"repository_url": "https://github.com/executablebooks/jupyter-book"}
    options = filled | {"launch_buttons": OPTIONS["launch_buttons"]}
    config = SimpleNamespace(html_theme_options=options, templates_path=[])
    _configure(SimpleNamespace(extensions={}), config)
    assert launch_links(app(config.yalu_repository), "chapters/luggage") == []


@pytest.mark.parametrize("page", ["methods", "luggage-october-pace"])
def test_a_page_that_is_no_notebook_of_the_book_is_not_run(page):
    assert launch_links(app(OPTIONS), f"chapters/{page}") == []
