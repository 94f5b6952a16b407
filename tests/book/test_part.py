"""A book on a part of the evidence, or with other parameters: what its pages say, by value."""

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from ..conftest import dead_links
from ..fork.conftest import base, make_salt, salt, yalu  # noqa: F401

pytestmark = pytest.mark.book

PUBLISHED = {
    "2021-11-03": "2017-11-03", "2023-12-01": "2018-12-01", "2023-11-08": "2019-11-08",
    "2024-01-15": "",
}  # fmt: skip
MORE = """
## What else

By an overseer the pans gave {claim}`harvest-2021-gazette`. That is much. Pans stand
[beside a panel]{.yalu-present} in rows. In May 2024 it rained.

A raker has {claim}`pay-2024`. *The [quay](quay.ipynb) pays. It always did.*

| what | figure |
| --- | --- |
| overseer | {claim}`harvest-2023-gazette` |
| yearbook | {claim}`rakers-2023` |

### Of the rain

In 2024 there was none.
"""


@pytest.fixture
def dated(salt: Path) -> Path:  # noqa: F811
    """The small book with documents before and after each day, and one without a date."""
    sources = salt / "data/ledger/sources.csv"
    text = sources.read_text(encoding="utf-8")
    for old, new in PUBLISHED.items():
        text = text.replace(f",{old},seen,", f",{new},{'seen' if new else 'unknown'},")
    sources.write_text(text.replace(",dataset,en", ",news,en"), encoding="utf-8")
    index = salt / "chapters/index.md"
    index.write_text(index.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    sidecar = salt / "chapters/pans.yml"
    ranged = "    range_claims: [harvest-2023-herald, harvest-2023-gazette]\n"
    text = sidecar.read_text(encoding="utf-8")
    sidecar.write_text(text.replace("    low: 4100\n    high: 6000\n", ranged), encoding="utf-8")
    run = yalu("data")
    assert run.exit_code == 0, run.output
    return salt


def built(book: Path, name: str, *options: str) -> dict[str, str]:
    """Build a book and return the words of its pages; each says what it is and is not indexed."""
    run = yalu("build", *options)
    assert run.exit_code == 0, run.output
    pages = {}
    assert dead_links(book / "_build/books" / name / "html") == []
    for path in (book / "_build/books" / name / "html/chapters").glob("*.html"):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert soup.select_one('meta[name="robots"][content="noindex"]'), path
        assert soup.select_one('aside.page-edition a[href$="chapters/differences.html"]'), path
        article = soup.select_one("article")
        for code in article.select("script, pre, svg"):
            code.decompose()
        words = " ".join(article.get_text(" ").split())
        pages[path.stem] = re.sub(r" ([,.:;\])])", r"\1", words)
    return pages


def test_three_days(dated):
    books = {day: built(dated, f"known-by-{day}", "--known-by", day)
             for day in ("2017-12-22", "2019-12-22", "2024-04-30")}  # fmt: skip
    early, middle, late = books.values()
    # a claim, and the sentence that speaks of it
    for pages in books.values():
        assert "By an overseer the pans gave 9,000–10,000 tonnes a year" in pages["index"]
        assert "In May 2024 it rained" not in pages["index"]
        assert "That is much." not in pages["index"]
        assert "panel" not in pages["index"]
        assert "It always did" not in pages["index"]
        assert "A raker has" not in pages["index"]
    # a claim of a document that came later
    assert "the guild has" not in early["index"] and "4,100" not in early["evidence"]
    assert "the guild has" not in middle["index"] and "4,100" in middle["evidence"]
    assert "Where the yearbook has 5,200 tonnes a year, the guild has 4,100" in late["index"]
    # a row of a table, a heading with nothing below it
    assert "overseer about 6,000" in middle["index"] and "yearbook 310" not in middle["index"]
    assert "yearbook 310" in late["index"]
    assert "Of the rain" not in early["index"] and "Of the rain" in late["index"]
    # a result: without answer, on the nearest figure that remains, as in the book of today
    assert "Salt lost to the rain (Salt from the pans) 520 tonnes a year no answer" in (
        early["differences"])  # fmt: skip
    assert "520 tonnes a year 600 tonnes a year" in middle["differences"]
    assert "5,200 tonnes a year 6,000 tonnes a year (the nearest figure that remains)" in (
        middle["differences"])  # fmt: skip
    assert "520 tonnes a year 520 tonnes a year" in late["differences"]
    assert "Of 5,200 tonnes a year that the pans give" in late["pans"]
    # a figure of which nothing, a part and all is left
    assert "No figure as known by 22 December 2017" in early["quay"]
    assert "Salt cost 3 crowns a t, then 4–6 crowns a t" in late["quay"]
    # what is counted, and what has no date
    assert "1 of 7 documents and 1 of 20 claims" in early["differences"]
    assert "3 of 7 documents" in middle["differences"]
    assert "5 of 7 documents" in late["differences"]
    assert all("Weather Office of Lagonia: Rain by year" in p["differences"]
               for p in books.values())  # fmt: skip
    assert "1 claims from 1 documents" in early["evidence"]
    data = dated / "_build/books/known-by-2017-12-22/html"
    ledger = json.loads((data / "data/ledger.json").read_text(encoding="utf-8"))
    assert list(ledger["claims"]) == ["harvest-2021-gazette"]
    assert "harvest-2023" not in (data / "_static/search-records.js").read_text(encoding="utf-8")
    assert len((data / "_static/data/clean/claims.csv").read_text().splitlines()) == 2
    assert not (dated / "_build/html").exists() and not (dated / "_build/manifest.json").exists()


def test_parameters_and_outlets_by_a_file(dated):
    file = dated / "mine.yml"
    file.write_text("pans: {share_lost: 0.25}\nwithout: herald\n", encoding="utf-8")
    pages = built(dated, "without-herald-with-mine", "--set", str(file))
    assert "10 per cent 25 per cent (set for this book)" in pages["differences"]
    assert "520 tonnes a year 1,300 tonnes a year" in pages["differences"]
    assert "25 per cent; Salt lost to the rain: 1,300 tonnes a year]" in pages["index"]
    assert "the loss is" not in pages["index"] and "4,100" not in pages["index"]
    assert ": a large part" in pages["pans"]


def test_a_day_after_all_documents_says_so(dated):
    pages = built(dated, "known-by-2099-01-01", "--known-by", "2099-01-01")
    assert "No document is left out because it is later" in pages["differences"]
    assert "6 of 7 documents" in pages["differences"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--known-by", "2017-13-01"], "write a day as YYYY-MM-DD"),
        (["--known-by", "yesterday"], "write a day as YYYY-MM-DD"),
        (["--known-by", "1900-01-01"], "no claim is left"),
        (["--without", "heralt"], "did you mean herald?"),
        (["--known-by", "2019-12-22", "--pdf"], "--pdf"),
        (["--known-by", "2019-12-22", "--edition", "a"], "--edition"),
        (["--out", "somewhere"], "name --known-by, --without or --set"),
        (["--set", "nowhere.yml"], "found no file"),
        (["--known-by", "2019-12-22", "--out", "chapters"], "lies in the book"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(dated, options, said, monkeypatch):
    monkeypatch.chdir(dated)
    run = yalu("build", *options)
    assert run.exit_code == 2 and said in run.output, run.output
    assert len(run.output.strip().splitlines()) == 1
    assert not (dated / "_build/books").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found an empty file"),
        ("- pans", "found a list; allowed: lines of the form key: value"),
        ("pan: {share_lost: 1}", "did you mean pans?"),
        ("pans: 3", "pans: write name: value"),
        ("pans: {share_list: 1}", "share_lost"),
        ("pans: {share_lost: 7}", "share_lost"),
        ("pans: {share_lost: yes please}", "share_lost"),
        ("known_by: soon", "write a day as YYYY-MM-DD"),
        ("without: [3]", "without: write a name"),
        ("without: nobody", "nobody"),
        ("pans: {", "allowed: YAML"),
        ("pans: &a {x: *a}", "found *a"),
    ],
)
def test_a_bad_file_is_refused_in_a_line(dated, text, said):
    file = dated / "bad.yml"
    file.write_text(text, encoding="utf-8")
    run = yalu("build", "--set", file)
    assert run.exit_code == 2 and said in run.output, run.output
    assert len(run.output.strip().splitlines()) == 1
    assert not (dated / "_build/books").exists()
