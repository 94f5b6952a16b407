"""The log of the ledger on the page, and the feed of corrections: dated, stable, well formed."""

import re
from datetime import datetime
from xml.etree import ElementTree

import pytest
import yaml

from helpers.book.sphinx.site.metadata import FEED, feed_xml
from helpers.evidence.history import FILE as LOG
from helpers.evidence.history import HEADER

from .test_listings import ROOT, render

pytestmark = pytest.mark.book

ATOM = "{http://www.w3.org/2005/Atom}"
ENTRIES = """2026-12-01,0123456789ab,changed,kuwait-2017-08,value,6064,6065
2026-12-01,0123456789ab,changed,kuwait-2017-08,note,,"<b>slip</b>, mended"
2026-12-24,ba9876543210,withdrawn,no-longer-there,row,"value 5, unit persons",
2026-12-24,ba9876543210,added,china-asahi-2017,row,,"value 120000, unit persons"
"""


@pytest.fixture
def with_log(book_copy):
    (book_copy / LOG).write_text(f"{','.join(HEADER)}\n{ENTRIES}", encoding="utf-8")
    return book_copy


def feed(**options):
    page = "chapters/corrections.html"
    return ElementTree.fromstring(feed_xml("Corrections", "The editors", page, **options))


# The log on the page ------------------------------------------------------------------------


def test_the_log_lists_each_claim_once_a_state_the_latest_first(with_log, tmp_path):
    page, warnings = render(tmp_path / "page", "# A page\n\n```{ledger-log}\n```\n")
    assert warnings == []
    heads = [dt.get_text() for dt in page.select("dt")]
    assert heads == [
        "24 December 2026, withdrawn no-longer-there",
        "24 December 2026, added china-asahi-2017",
        "1 December 2026, changed kuwait-2017-08",
    ]
    assert page.select("dd")[2].get_text() == (
        "value: 6064 → 6065. note: empty → <b>slip</b>, mended."
    )
    assert [a["href"] for a in page.select("dt a")] == [
        "evidence.html#claim-china-asahi-2017", "evidence.html#claim-kuwait-2017-08",
    ]  # fmt: skip


@pytest.mark.parametrize("there", [True, False])
def test_an_empty_or_missing_log_is_one_plain_sentence(book_copy, tmp_path, there):
    (book_copy / LOG).write_text(f"{','.join(HEADER)}\n") if there else (book_copy / LOG).unlink()
    page, warnings = render(tmp_path / "page", "# A page\n\n```{ledger-log}\n```\n")
    said = "holds no change yet" if there else "keeps no log of its ledger (data/ledger_log.csv)"
    assert warnings == [] and said in page.get_text()
    assert bool(page.find("a", string="ledger_log.csv")) == there


def test_a_spoiled_log_is_a_warning_with_page_and_line(book_copy, tmp_path):
    (book_copy / LOG).write_text(f"{','.join(HEADER)}\nnever,,,,,,\n")
    _, (warning,) = render(tmp_path / "page", "# A page\n\n```{ledger-log}\n```\n")
    assert "chapters/page.md:3" in warning and "ledger_log.csv:2: column date" in warning


# The feed -----------------------------------------------------------------------------------


def test_every_correction_and_every_change_is_an_entry_with_an_id_of_its_own(with_log):
    declared = yaml.safe_load((ROOT / "data/corrections.yml").read_text(encoding="utf-8"))
    ids = [entry.findtext(f"{ATOM}id") for entry in feed().findall(f"{ATOM}entry")]
    expected = {f"correction/{entry['id']}" for entry in declared["corrections"]}
    expected |= {
        "change/0123456789ab/kuwait-2017-08", "change/ba9876543210/no-longer-there",
        "change/ba9876543210/china-asahi-2017",
    }  # fmt: skip
    assert {i.removeprefix("tag:across-the-yalu.invalid,2026:") for i in ids} == expected
    assert len(ids) == len(expected)


def test_the_feed_has_what_atom_asks_for(with_log):
    found = feed()
    for element in [found, *found.findall(f"{ATOM}entry")]:
        assert element.findtext(f"{ATOM}id") and element.findtext(f"{ATOM}title")
        datetime.strptime(element.findtext(f"{ATOM}updated"), "%Y-%m-%dT00:00:00Z")
        assert len(element.findall(f"{ATOM}link[@rel='alternate']")) == 1
    assert found.findtext(f"{ATOM}author/{ATOM}name") == "The editors"
    days = [entry.findtext(f"{ATOM}updated") for entry in found.findall(f"{ATOM}entry")]
    assert days == sorted(days, reverse=True)
    assert found.findtext(f"{ATOM}updated") == days[0] == "2026-12-24T00:00:00Z"


def test_days_come_from_the_ledger_and_not_from_the_clock(book_copy):
    days = {entry.findtext(f"{ATOM}updated") for entry in feed().findall(f"{ATOM}entry")}
    assert days == {"2026-11-22T00:00:00Z", "2026-11-30T00:00:00Z"}


def test_addresses_are_relative_unless_the_site_has_one(with_log):
    links = [link.attrib for link in feed().iter(f"{ATOM}link")]
    assert not [link for link in links if "//" in link["href"] or link["rel"] == "self"]
    assert links[0]["href"] == "chapters/corrections.html"
    links = [link.attrib for link in feed(base="https://example.org/book/").iter(f"{ATOM}link")]
    assert all(link["href"].startswith("https://example.org/book/") for link in links)
    (own,) = [link for link in links if link["rel"] == "self"]
    assert own["href"] == f"https://example.org/book/{FEED}"


def test_words_that_xml_cannot_hold_do_not_break_the_feed(with_log):
    path = with_log / LOG
    path.write_text(path.read_text().replace("slip", "slip\x01 & ]]> <x>"), encoding="utf-8")
    contents = [entry.findtext(f"{ATOM}content") for entry in feed().findall(f"{ATOM}entry")]
    assert any("slip\ufffd & ]]> <x>" in content for content in contents)


def test_links_of_the_feed_lead_to_entries_of_the_page(with_log, tmp_path):
    text = "# A page\n\n```{corrections}\n```\n\n```{ledger-log}\n```\n"
    page, _ = render(tmp_path / "page", text)
    for link in feed().iter(f"{ATOM}link"):
        _, _, anchor = link.get("href").partition("#")
        assert not anchor or page.find(id=anchor), anchor


def test_a_site_with_a_corrections_page_names_its_feed_on_every_page(tmp_path):
    text = "# Corrections\n\n{feed}`Follow`\n"
    page, warnings = render(tmp_path, text, name="corrections")
    assert warnings == []
    assert page.find("a", string="Follow")["href"] == "../corrections.xml"
    head = page.find("link", rel="alternate", type="application/atom+xml")
    assert head["href"] == "../corrections.xml"
    assert ElementTree.parse(tmp_path / "out" / FEED).getroot().tag == f"{ATOM}feed"
    root = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert re.search(r'type="application/atom\+xml"[^>]* href="corrections.xml"', root)


def test_a_site_without_one_has_no_feed(tmp_path):
    page, _ = render(tmp_path, "# A page\n")
    assert not page.find("link", rel="alternate") and not (tmp_path / "out" / FEED).exists()
