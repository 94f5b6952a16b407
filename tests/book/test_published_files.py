"""What lies beside the pages, and what an e-book takes with it."""

import base64
import json

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from helpers.book.pdf_epub.pictures import take_pictures
from helpers.book.sphinx.html import in_xml
from helpers.evidence.data_config import read_data_config

PNG = base64.b64encode(b"\x89PNG").decode()


def taken(html, tmp_path):
    tree, pictures = BeautifulSoup(f"<article>{html}</article>", "html5lib").article, {}
    take_pictures(tree, "page", tmp_path, pictures)
    return tree, pictures


def test_pictures_of_all_kinds_are_packed(tmp_path):
    (tmp_path / "a b.jpg").write_bytes(b"jpg")
    tree, pictures = taken(
        f'<img src="a%20b.jpg" alt="one"><img src="data:image/png;base64,{PNG}">'
        '<svg aria-label="two"><path d="M0 0"/></svg><svg><title>three</title></svg>',
        tmp_path,
    )
    assert sorted(pictures) == ["page-01.svg", "page-02.svg", "page-picture-01.jpg",
                                "page-picture-02.png"]  # fmt: skip
    assert pictures["page-picture-02.png"] == b"\x89PNG"
    assert [image["alt"] for image in tree.select("img")] == ["one", "", "two", "three"]
    assert {image["src"].removeprefix("images/") for image in tree.select("img")} == set(pictures)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://example.org/x.png" alt="x">',
        '<img src="//example.org/x.png">',
        '<img src="missing.png" srcset="https://example.org/x.png 2x">',
        '<p style="background: url(https://example.org/x.png)">x</p>',
        '<svg><image xlink:href="https://example.org/x.png"/></svg>',
        '<svg><use href="https://example.org/x.svg#a"/></svg>',
    ],
)
def test_nothing_is_loaded_from_another_host(html, tmp_path):
    tree, pictures = taken(html, tmp_path)
    for link in tree.select("a[href]"):  # a link is not loaded
        del link["href"]
    assert b"example.org" not in b"".join([tree.decode().encode(), *pictures.values()])


def test_names_that_xml_does_not_know_and_signs_that_it_cannot_hold_go(tmp_path):
    tree, _ = taken('<o:p @click="x" data-y="1">words</o:p><p a"b="c">\x07</p>', tmp_path)
    assert tree.decode() == "<article>words<p>\x07</p></article>"
    assert in_xml("a\x00\x07\x1b\x7f\ud800\ufffe\tb 단\U0001f600") == (
        "a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\tb 단\U0001f600"
    )


def test_results_are_published_as_the_chapters_give_them(built_site):
    table = pd.read_csv(built_site / "data" / "results.csv")
    listed = json.loads((built_site / "data" / "results.json").read_text("utf-8"))
    assert len(table) == len(listed) > 100
    told = json.loads((built_site.parent / "published" / "luggage.json").read_text("utf-8"))
    for row in (row for row in listed if row["page"] == "luggage"):
        result = told["results"][row["key"]]
        assert all(row[name] == pytest.approx(result[name]) for name in ("value", "low", "high"))
        assert row["claims"].split() == result["claims"] and row["unit"] == result["unit"]


def test_every_json_is_described_on_the_data_page(built_site):
    page = BeautifulSoup((built_site / "chapters" / "data.html").read_text("utf-8"), "html.parser")
    linked = {(built_site / "chapters" / link["href"]).resolve() for link in page.select("a[href]")}
    published = {*(built_site / "data").glob("*"), *(built_site / "_static/data").rglob("*.json")}
    # of a folder of files that are alike, one
    folders = {path.resolve() for path in published if path.is_dir()}
    assert folders <= {path.parent for path in linked}
    assert {path.resolve() for path in published} - folders <= linked


def test_servers_find_what_they_look_for(built_site):
    assert (built_site / ".nojekyll").read_bytes() == b""
    assert (built_site / "robots.txt").read_text().startswith("User-agent: *\n")
    lost = BeautifulSoup((built_site / "404.html").read_text("utf-8"), "html.parser")
    assert (built_site / lost.a["href"]).is_file()
    page = BeautifulSoup((built_site / "chapters/luggage.html").read_text("utf-8"), "html.parser")
    about = json.loads(page.select_one('script[type="application/ld+json"]').string)
    published = read_data_config(built_site.parents[1]).package.published
    assert about["@type"] == "Article" and about["dateModified"]
    assert about.get("datePublished") == (str(published) if published else None)
