"""yalu ledger change and source: entries of a claim, and new documents, by the same rules."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpers import cli
from helpers.evidence import claim
from helpers.evidence.check import check
from helpers.evidence.csv_tables import read_table
from helpers.evidence.edit import insert_row, replace_row
from helpers.evidence.rebuild import rebuild

CLAIMS, SOURCES = "data/ledger/claims.csv", "data/ledger/sources.csv"
ONE = "workers-dandong-2017-09-daily-nk"
DOCUMENT = {
    "source_id": "dailynk-2019-test",
    "outlet": "Daily NK",
    "title": "A test, with a comma",
    "title_status": "descriptive",
    "url": "https://example.org/test",
    "published": "2019-05",
    "published_status": "seen",
    "kind": "news",
    "language": "en",
    "access": "full-page",
}


@pytest.fixture
def here(book: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YALU_BOOK", str(book))
    return book


def yalu(*words: str) -> Result:
    return CliRunner().invoke(cli.main, ["ledger", *words])


def source(cells: dict[str, str]) -> Result:
    words = [word for name in cells for word in (f"--{name.replace('_', '-')}", cells[name])]
    return yalu("source", *words)


def changed_lines(before: bytes, after: bytes) -> list[int]:
    one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert len(one) == len(other)
    return [
        number for number, pair in enumerate(zip(one, other, strict=True), 1) if len({*pair}) > 1
    ]


def test_entries_of_a_claim_are_changed_and_nothing_else(here: Path) -> None:
    before = (here / CLAIMS).read_bytes()
    old = claim(ONE)
    run = yalu("change", ONE, "value=12345", "low=", "high=", "qualifier=about", "note=a = b, c")
    assert run.exit_code == 0, run.output
    (line,) = changed_lines(before, (here / CLAIMS).read_bytes())
    assert run.output.splitlines()[0] == f"changed {CLAIMS}:{line}: {ONE}"
    assert any(
        told.startswith("  value: ") and told.endswith("12345") for told in run.output.splitlines()
    )
    rebuild(here)
    new = claim(ONE)
    assert (new.value, new.low, new.note, new.source_id) == (12345, None, "a = b, c", old.source_id)


def test_the_theme_follows_the_indicator(here: Path) -> None:
    run = yalu("change", ONE, "indicator=smuggling_fee_per_bag")
    assert run.exit_code == 1 and "column unit" in run.output
    other = read_table(here, "ledger/indicators").frame
    fits = other[(other["unit_family"] == "persons") & (other["theme"] != "repatriation")]
    run = yalu("change", ONE, f"indicator={fits.iloc[0]['indicator']}")
    assert run.exit_code == 0, run.output
    assert f"  theme: repatriation -> {fits.iloc[0]['theme']}" in run.output.splitlines()


def refused(here: Path, *words: str) -> list[str]:
    """Return the lines by which a change of the claim is refused, its line as LINE."""
    before = (here / CLAIMS).read_bytes()
    frame = read_table(here, "ledger/claims").frame
    line = frame.index[frame["claim_id"] == ONE][0]
    run = yalu("change", ONE, *words)
    assert run.exit_code in (1, 2) and (here / CLAIMS).read_bytes() == before
    return [
        told.replace(f"{CLAIMS}:{line}:", f"{CLAIMS}:LINE:") for told in run.output.splitlines()
    ]


def test_what_may_not_be_changed_is_refused_in_a_line(here: Path) -> None:
    for words, told in (
        (["note=one\ntwo"], f'{CLAIMS}:LINE: column note: found "one\\ntwo"'),
        (["claim_id=x"], f"{CLAIMS}: column claim_id stays; pages name a row by it"),
        (["theme=visas"], f"{CLAIMS}: column theme stays; it follows the indicator"),
        (["colour=red"], f"{CLAIMS}: no column colour; there are claim_id, theme"),
        (["value"], "'value': write COLUMN=ENTRY"),
        (["value=1", "value=2"], "column value: given twice"),
        (["place=Dandong"], f"{CLAIMS}:LINE: {ONE} has these entries already"),
    ):
        (said,) = refused(here, *words)
        assert said.startswith(told)


def test_entries_that_do_not_fit_are_refused_in_a_line_each(here: Path) -> None:
    told = refused(here, "value=many", "source_id=nobody")
    assert [line.split(";")[0] for line in told] == [
        f'{CLAIMS}:LINE: column value: found "many"',
        f'{CLAIMS}:LINE: column source_id: found "nobody"',
    ]


def test_a_claim_that_is_not_there_is_told_with_its_like(here: Path) -> None:
    run = yalu("change", ONE[:-1], "value=1")
    assert run.exit_code == 2
    assert run.output.startswith(f'{CLAIMS}: no row "{ONE[:-1]}"; did you mean {ONE}')


def test_a_declared_correction_guards_what_it_mends(here: Path) -> None:
    run = yalu("change", "luggage-area-2024-daily-nk", "unit=m3")
    assert run.exit_code == 1
    assert run.output.startswith("data/corrections.yml:")
    assert "remove the entry if the source is mended" in run.output


def test_a_document_stands_in_the_order_of_the_keys(here: Path) -> None:
    before = (here / SOURCES).read_bytes()
    run = source(DOCUMENT)
    assert run.exit_code == 0, run.output
    after = (here / SOURCES).read_bytes()
    keys = list(read_table(here, "ledger/sources").frame["source_id"])
    assert keys == sorted(keys) and "dailynk-2019-test" in keys
    line = keys.index("dailynk-2019-test") + 2
    assert run.output.splitlines()[0] == f"added {SOURCES}:{line}: dailynk-2019-test"
    rows = after.splitlines(keepends=True)
    assert b"".join(rows[: line - 1] + rows[line:]) == before
    assert b'"A test, with a comma"' in rows[line - 1]
    assert check(here) == []


@pytest.mark.parametrize(
    "faults",
    [
        {"title": "two\nlines"},
        {
            "source_id": "dailynk-2019-visa-fraud",
            "url": "",
            "kind": "blog",
            "published": "May 2019",
        },
    ],
)
def test_a_document_that_does_not_fit_is_refused_in_a_line_each(here: Path, faults) -> None:
    before = (here / SOURCES).read_bytes()
    run = source(DOCUMENT | faults)
    assert run.exit_code == 1
    told = run.output.splitlines()
    assert all(line.startswith(f"{SOURCES}:") for line in told)
    assert sorted(line.split(": ")[1].removeprefix("column ") for line in told) == sorted(faults)
    assert (here / SOURCES).read_bytes() == before


def test_keys_without_an_order_take_a_new_row_at_the_end() -> None:
    assert insert_row(b"id,x\nb,1\na,2\n", {"id": "a1", "x": "3"}, ())[1] == 4
    assert insert_row(b"id,x\na,1\nb,2\n", {"id": "a1", "x": "3"}, ())[1] == 3
    assert insert_row(b"id,x\n", {"id": "a1", "x": "3"}, ()) == (b"id,x\na1,3\n", 2)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_row_over_several_lines_is_replaced_with_its_line_end(end: bytes) -> None:
    before = b'id,x\na,"one\ntwo"\nb,"q ""q"""' + end
    assert replace_row(before, 2, {"id": "a", "x": "1"}) == b'id,x\na,1\nb,"q ""q"""' + end
    assert replace_row(before, 4, {"id": "b", "x": ""}) == b'id,x\na,"one\ntwo"\nb,' + end
