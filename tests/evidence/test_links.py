"""Archived copies, strangers' sites, and yalu ledger links against servers of this machine."""

import csv
import http.server
import shutil
import socket
import threading
from typing import ClassVar

import pandas as pd
import pytest
from click.testing import CliRunner

from helpers import cli
from helpers.evidence import claim, documents, source
from helpers.evidence.rebuild import rebuild

LINKS, SOURCES = "data/ledger/links.csv", "data/ledger/sources.csv"
DAY = "2026-12-01"
DOCUMENT = {"url": "https://ko.example/뉴스?a=%25", "accessed": "2026-11-22", "outlet": "The Daily",
            "access": "full-page", "note": ""}  # fmt: skip


@pytest.mark.parametrize(
    ("address", "archive", "words"),
    [
        ("", "", "archived copy (may not exist)"),
        ("200", "200", "archived copy (seen 2026-12-01)"),
        ("404", "200", "address gone, read the archived copy"),
        ("no-host", "200", "address gone, read the archived copy"),
        ("200", "404", "archived copy (none found 2026-12-01)"),
        ("410", "404", "address gone; archived copy (none found 2026-12-01)"),
        ("403", "timeout", "archived copy (may not exist)"),
    ],
)
def test_what_is_known_of_the_archived_copy_is_said(address, archive, words):
    checked = {"url_status": address, "archive_status": archive, "checked_on": address and DAY}
    assert documents.archive_words(DOCUMENT | checked) == words


def test_the_archived_copy_is_of_the_day_of_reading():
    assert documents.archived_address(DOCUMENT) == (
        "https://web.archive.org/web/20261122/https://ko.example/%EB%89%B4%EC%8A%A4?a=%25"
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({}, ""),
        ({"access": "repost-or-mirror"}, "copy on another site (ko.example)"),
        ({"access": "repost-or-mirror", "url": "https://www.thedaily.example/1"}, "copy"),
        ({"access": "repost-or-mirror", "note": "staging host of the paper"}, "copy"),
        ({"access": "opening-only", "note": "cites ITC; preview host of the house"}, "copy"),
    ],
)
def test_a_site_that_is_not_the_outlets_is_named(cells, words):
    assert documents.copy_words(DOCUMENT | cells) == words


def test_sites_in_the_ledger_are_named():
    told = {key: documents.copy_words(source(key)) for key in (
        "reuters-2020-01-russia", "globeandmail-2024-seafood", "dailynk-2019-buying-spree",
        "archyde-2022-09-freight-trains")}  # fmt: skip
    assert list(told.values()) == ["copy on another site (ummnews.biz)", "copy", "", "copy"]


# yalu ledger links ---------------------------------------------------------------------------


class Site(http.server.BaseHTTPRequestHandler):
    """Addresses say how they answer: /200/x, /404/x; an archived copy, too."""

    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        archived = self.path.startswith("/web/")
        code = self.path.rpartition("?")[2] if archived else self.path.split("/")[1]
        self.send_response(int(code))
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def site(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(documents, "ARCHIVE", f"{address}/web")
    monkeypatch.setattr(Site, "asked", [])
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture
def here(book, monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(book))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return book


@pytest.fixture
def first(here, site, edit):
    """The first documents of the ledger, with addresses on the server."""
    rows = pd.read_csv(here / SOURCES, dtype=str)["source_id"]
    keys = sorted(rows)[:3] if list(rows) == sorted(rows) else list(rows[:3])
    for key, told in zip(keys, ("200/a?200", "404/b?200", "410/c?404"), strict=True):
        edit(SOURCES, key, url=f"{site}/{told}")
    return keys


def links(*options):
    return CliRunner().invoke(cli.main, ["ledger", "links", "--delay", "0", *options])


def rows(book):
    with (book / LINKS).open(newline="") as file:
        return {row["source_id"]: row for row in csv.DictReader(file)}


def test_answers_are_noted_and_reach_the_clean_tables(here, first, edit):
    told = links("--limit", "3")
    assert told.exit_code == 0, told.output
    assert f"{first[1]}: address 404, archived copy 200" in told.output
    found = rows(here)
    assert [(found[key]["url_status"], found[key]["archive_status"]) for key in first] == [
        ("200", "200"), ("404", "200"), ("410", "404"),
    ]  # fmt: skip
    assert set(found) == set(first) and len(Site.asked) == 6
    assert Site.asked[0].startswith("/web/202611") and Site.asked[0].endswith("/200/a?200")
    # the check of the evidence takes the table, and a day before the reading says nothing
    day = found[first[0]]["checked_on"]
    edit(SOURCES, first[0], accessed=day)
    edit(LINKS, first[1], checked_on="2020-01-01")
    edit(SOURCES, first[2], accessed=day)
    rebuild(here)
    assert documents.archive_words(source(first[0], here)) == f"archived copy (seen {day})"
    assert documents.archive_words(source(first[1], here)) == "archived copy (may not exist)"
    assert documents.archive_words(source(first[2], here)).startswith("address gone; archived copy")


def test_those_never_checked_come_first_and_others_stay(here, first):
    assert links("--limit", "1").exit_code == 0
    before = rows(here)[first[0]]
    assert links("--limit", "2").exit_code == 0
    assert set(rows(here)) == set(first) and rows(here)[first[0]] == before


def test_a_book_without_the_table_is_whole_and_a_spoilt_table_is_told(here, first, edit, lines):
    assert not (here / LINKS).exists() and lines() == []
    links("--limit", "2")
    assert lines() == []
    edit(LINKS, first[1], source_id=first[0])
    (said,) = lines()
    assert f"{LINKS}:3: column source_id" in said and "each document once" in said
    edit(LINKS, first[0], checked_on="yesterday")
    told = links("--limit", "1")
    assert told.exit_code in (0, 1) and "Traceback" not in told.output


def test_without_a_network_one_line_and_nothing_written(here, monkeypatch):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        free = one.getsockname()[1]
    monkeypatch.setattr(documents, "ARCHIVE", f"http://127.0.0.1:{free}/web")
    told = links("--limit", "5")
    assert told.exit_code == 1 and len(told.output.splitlines()) == 1
    assert "is there a network? (refused); nothing was written" in told.output
    assert not (here / LINKS).exists()


def test_an_archive_that_asks_to_wait_ends_it_and_keeps_what_was_found(here, first, site, edit):
    edit(SOURCES, first[1], url=f"{site}/200/b?429")
    told = links("--limit", "3")
    assert told.exit_code == 1 and "asks to wait (429); the 1 checked before are" in told.output
    assert set(rows(here)) == {first[0]}


def test_a_silent_address_is_a_word_and_holds_nothing_up(here, first, edit):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        edit(SOURCES, first[0], url=f"http://127.0.0.1:{port}/x?200")
        assert links("--limit", "1", "--timeout", "0.3").exit_code == 0
    assert rows(here)[first[0]]["url_status"] == "timeout"


def test_a_codebook_without_the_table_is_told(here):
    path = here / "data/codebook.csv"
    kept = [
        line for line in path.read_text().splitlines(True) if not line.startswith("ledger/links")
    ]
    path.write_text("".join(kept))
    told = links()
    assert told.exit_code == 1 and "no table ledger/links" in told.output


# Locators ------------------------------------------------------------------------------------


def test_a_locator_is_a_place_and_no_address(book, edit, lines):
    key = "visa-run-trips-2019-daily-nk"
    assert claim(key).locator == "paragraph 2" and claim("lug-2023-5yuan").locator is None
    edit("data/ledger/claims.csv", key, locator="https://example.org/a")
    (said,) = lines()
    assert "column locator" in said and "a place in the document" in said


def test_a_book_without_locators_can_be_read(book):
    for name in ("data/ledger/claims.csv", "data/clean/claims.csv"):
        frame = pd.read_csv(book / name, dtype=str, keep_default_na=False)
        frame.drop(columns="locator").to_csv(book / name, index=False, lineterminator="\n")
    path = book / "data/codebook.csv"
    kept = [line for line in path.read_text().splitlines(True) if "/claims,locator," not in line]
    path.write_text("".join(kept))
    shutil.rmtree(book / "data/clean")
    rebuild(book)
    assert claim("visa-run-trips-2019-daily-nk", book).locator is None
