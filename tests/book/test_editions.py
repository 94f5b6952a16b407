"""Editions: copies that stay as they were, say so, and are held against each other."""

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from click.testing import CliRunner

from helpers.book import editions
from helpers.book.build import build
from helpers.cli import main
from helpers.errors import YaluError

from ..conftest import made_once

CLAIMS = "data/ledger/claims.csv"
CHANGED, WITHDRAWN = "smuggling-fee-2024-daily-nk-cny", "african-nonreporters-2020-08"
BASE = "https://book.example"


def change_claims(book: Path) -> None:
    """Change the fee's upper end in the ledger, and take one claim out of it."""
    notebook = book / "chapters" / "luggage.ipynb"
    text = notebook.read_text(encoding="utf-8")
    assert "fee_high: float = 1000 " in text
    notebook.write_text(text.replace("fee_high: float = 1000 ", "fee_high: float = 1100 "), "utf-8")
    path = book / CLAIMS
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [row for row in rows if row["claim_id"] != WITHDRAWN]
    for row in kept:
        if row["claim_id"] == CHANGED:
            row["high"] = "1100"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def list_editions(book: Path) -> None:
    words = "# Editions\n\n```{edition-list}\n```\n"
    (book / "chapters" / "editions.md").write_text(words, encoding="utf-8")
    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    toc["parts"][1]["chapters"].append({"file": "chapters/editions"})
    (book / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    config["html"]["baseurl"] = f"{BASE}/"
    (book / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory, small_site) -> Path:
    """A site with two editions, of which the second has other claims, and nothing new since."""

    def make(folder: Path) -> None:
        book = shutil.copytree(small_site, folder / "book")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YALU_BOOK", str(book))
            list_editions(book)
            build(book, lambda _: None, edition="2026.1")
            change_claims(book)
            build(book, lambda _: None, edition="2026.2")

    return made_once(tmp_path_factory, "editions", make) / "book" / "_build" / "html"


def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_the_newest_and_each_edition_have_their_own_numbers(site):
    fees = {
        name: page(site / folder / "chapters" / "index.html").select_one("article").get_text()
        for name, folder in {"new": ".", "1": "v/2026.1", "2": "v/2026.2"}.items()
    }
    assert "700–1,000 yuan" in fees["1"] and "700–1,100" not in fees["1"]
    assert "700–1,100 yuan" in fees["2"] and fees["new"] == fees["2"]


@pytest.mark.parametrize("name", ["2026.1", "2026.2"])
def test_every_page_of_an_edition_says_so_and_leads_to_the_newest(site, name):
    folder = site / "v" / name
    pages = [path for path in folder.rglob("*.html") if path.name != "index.html" or
             path.parent.name == "chapters"]  # fmt: skip
    assert len(pages) >= 4
    for path in pages:
        soup = page(path)
        banner = soup.select_one("aside.page-edition")
        assert f"edition {name}" in banner.get_text(), path
        assert (path.parent / banner.a["href"]).resolve() == (site / "index.html").resolve()
        assert soup.select_one("meta[name=robots]")["content"] == "noindex"
    assert not page(site / "chapters" / "luggage.html").select("aside.page-edition")


@pytest.mark.parametrize("name", ["2026.1", "2026.2"])
def test_links_in_an_edition_stay_in_it(site, name):
    folder = (site / "v" / name).resolve()
    for path in folder.rglob("*.html"):
        for node in page(path).select("[href], [src]"):
            if node.find_parent("aside", class_="page-edition") or node.find_parent("h2"):
                continue  # to the newest edition, and to the others from their list
            address = urlsplit(node.get("href") or node["src"])
            if address.netloc and node.get("rel") == ["canonical"]:
                assert address.geturl().startswith(f"{BASE}/v/{name}/"), path
            elif not address.scheme and address.path:
                target = (path.parent / unquote(address.path)).resolve()
                assert target.is_relative_to(folder) and target.exists(), (path, address.path)
    for file in ("sitemap.xml", "llms.txt", "chapters/luggage.html"):
        text = (folder / file).read_text(encoding="utf-8")
        assert f"{BASE}/v/{name}/" in text and not re.search(rf"{BASE}/(?!v/{name}/)", text), file


def test_the_list_leads_to_the_editions_and_tells_what_changed(site):
    soup = page(site / "chapters" / "editions.html")
    heads = {head["id"]: head for head in soup.select("h2[id^=edition]")}
    assert list(heads) == ["edition-2026.2", "edition-2026.1"]
    for head in heads.values():
        assert (site / "chapters" / head.a["href"]).resolve().exists()
    text = soup.select_one("article").get_text(" ", strip=True)
    assert "From this edition to 2026.2: 1 claim withdrawn, 1 changed." in text
    assert "From this edition to this page: No claim differs." in text
    changed = soup.find(id=f"change-2026.2-{CHANGED}").find_next_sibling("dd").get_text()
    assert "high: 1000 → 1100." in changed
    assert soup.find(id=f"change-2026.2-{WITHDRAWN}")


def test_an_edition_lists_those_before_it(site):
    path = site / "v" / "2026.2" / "chapters" / "editions.html"
    [head] = page(path).select("h2[id^=edition]")
    assert (path.parent / head.a["href"]).resolve() == (
        site / "v" / "2026.1" / "index.html"
    ).resolve()


def test_an_edition_is_kept_once(site):
    book = site.parents[1]
    with pytest.raises(YaluError, match=r"2026\.1 is kept already: choose another name"):
        editions.check_name(book, "2026.1")
    assert [edition.name for edition in editions.read_editions(book)] == ["2026.1", "2026.2"]


def test_a_name_that_is_no_folder_is_refused_before_anything_is_built(book_copy):
    for name in ("../x", "a b", "새", ".hidden", "a/b", "x" * 40, "1..2", "1."):
        run = CliRunner().invoke(main, ["build", f"--edition={name}"])
        assert run.exit_code == 2 and not (book_copy / "_build").exists(), name
        assert len(run.stderr.splitlines()) == 1 and "allowed: letters, digits" in run.stderr


def test_a_folder_that_tells_of_no_edition_is_named(book_copy):
    (book_copy / editions.FOLDER / "2026.1").mkdir(parents=True)
    with pytest.raises(YaluError, match=re.escape("_build/editions/2026.1/edition.json: tells")):
        editions.read_editions(book_copy)


def test_editions_stand_in_the_order_of_their_numbers(book_copy):
    for name in ("2026.10", "2026.2"):
        folder = book_copy / editions.FOLDER / name
        folder.mkdir(parents=True)
        about = f'{{"name": "{name}", "version": "1", "evidence_to": "2026-01-01", "claims": 1}}'
        (folder / editions.ABOUT).write_text(about)
    assert [e.name for e in editions.read_editions(book_copy)] == ["2026.2", "2026.10"]


def test_the_index_of_an_edition_has_the_hashes_of_its_own_files(site):
    told = json.loads((site / "v/2026.1/data/index.json").read_text("utf-8"))
    listed = [*told["files"], *told["claims"].values()]
    for one in listed:
        data = (site / "v/2026.1" / one["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == one["sha256"], one["path"]
    fee = (site / f"v/2026.1/data/claims/{CHANGED}.bib").read_text("utf-8")
    assert f"url = {{{BASE}/v/2026.1/chapters/evidence.html#claim-{CHANGED}}}" in fee
