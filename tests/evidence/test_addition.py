"""yalu ledger add: a new claim is held against every rule and stands in its place."""

import difflib
import os
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import cli
from helpers.evidence import claim, commands
from helpers.evidence.check import check
from helpers.evidence.csv_tables import read_codebook, read_table
from helpers.evidence.edit import add, insert_row
from helpers.evidence.rebuild import rebuild

CLAIMS = "data/ledger/claims.csv"
CELLS = {
    "claim_id": "kuwait-2019-test",
    "indicator": "workers_present",
    "value": "400",
    "qualifier": "about",
    "unit": "persons",
    "place": "Kuwait",
    "population": "DPRK workers",
    "period_start": "2019-03",
    "period_end": "2019-03",
    "source_id": "dailynk-2019-buying-spree",
    "attribution": "a test",
    "basis": "anonymous-source",
    "status": "current",
}


BESIDE = ("indicator", "theme")


def yalu(cells: dict[str, str], **more: object) -> Result:
    words = [word for name in cells for word in (f"--{name.replace('_', '-')}", cells[name])]
    return CliRunner().invoke(cli.main, ["ledger", "add", *words], **more)


@pytest.fixture
def here(book: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YALU_BOOK", str(book))
    return book


def added_line(before: bytes, after: bytes) -> tuple[int, bytes]:
    """Return number and bytes of the one line by which the files differ."""
    one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    (step,) = [s for s in difflib.SequenceMatcher(a=one, b=other).get_opcodes() if s[0] != "equal"]
    kind, first, last, start, end = step
    assert kind == "insert" and first == last and end == start + 1
    return start + 1, other[start]


def test_every_column_has_an_option_save_the_theme_of_a_claim(root: Path) -> None:
    book, _ = read_codebook(root)
    columns = [column.column for column in book["ledger/claims"]]
    assert [name for name in columns if name != "theme"] == list(commands._COLUMNS["claims"])
    assert [column.column for column in book["ledger/sources"]] == list(
        commands._COLUMNS["sources"]
    )


def test_a_claim_is_written_after_the_last_of_its_indicator(here: Path) -> None:
    before = (here / CLAIMS).read_bytes()
    run = yalu(CELLS)
    assert run.exit_code == 0, run.output
    line, made = added_line(before, (here / CLAIMS).read_bytes())
    assert made.decode() == (
        "kuwait-2019-test,repatriation,workers_present,400,,,about,persons,,Kuwait,DPRK workers,"
        "2019-03,2019-03,dailynk-2019-buying-spree,a test,anonymous-source,,,current,"
        f"{date.today().isoformat()},,\n"
    )
    assert run.output.splitlines() == [
        f"added {CLAIMS}:{line}: kuwait-2019-test",
        "run yalu data to take it into the clean tables",
    ]
    indicators = list(read_table(here, "ledger/claims").frame["indicator"])
    assert indicators[line - 3 : line] == ["workers_present"] * 2 + indicators[line - 1 : line]
    assert "workers_present" not in indicators[line - 1 :]
    rebuild(here)
    assert claim("kuwait-2019-test").value == 400


def test_of_a_new_indicator_the_claim_stands_after_the_last_of_its_theme(here: Path) -> None:
    indicators = here / "data/ledger/indicators.csv"
    with indicators.open("a", encoding="utf-8") as file:
        file.write("brand_new,Brand new,persons,A new thing.,luggage\n")
    before = (here / CLAIMS).read_bytes()
    run = yalu(CELLS | {"indicator": "brand_new"})
    assert run.exit_code == 0, run.output
    line, made = added_line(before, (here / CLAIMS).read_bytes())
    themes = list(read_table(here, "ledger/claims").frame["theme"])
    assert themes[line - 2] == "luggage" and "luggage" not in themes[line - 1 :]
    assert b",luggage,brand_new," in made


HOSTILE = "He said \"1,5\"; 'no', 단둥 =cmd|x!A1 \\ ’“ ;|"


def test_hostile_text_comes_back_as_it_was(here: Path) -> None:
    before = (here / CLAIMS).read_bytes()
    long = "길다 " * 20_000 + "end"
    run = yalu(CELLS | {"note": HOSTILE, "attribution": long})
    assert run.exit_code == 0, run.output
    added_line(before, (here / CLAIMS).read_bytes())
    row = read_table(here, "ledger/claims").frame.set_index("claim_id").loc["kuwait-2019-test"]
    assert row["note"] == HOSTILE and row["attribution"] == long
    assert check(here) == []


@pytest.mark.parametrize(
    "faults",
    [
        {"note": "one\ntwo", "population": "a\x1b[31m", "attribution": "caf\udce9"},
        {"claim_id": "kuwait-2017-08", "unit": "CNY", "value": "many", "place": "Kuweit",
         "repeats": "kuwait-2019-test", "recorded_on": "yesterday"},
    ],
)  # fmt: skip
def test_what_the_ledger_does_not_allow_is_refused_in_a_line_each(here: Path, faults) -> None:
    before = (here / CLAIMS).read_bytes()
    run = yalu(CELLS | faults)
    assert run.exit_code == 1
    told = run.output.splitlines()
    assert all(line.startswith(f"{CLAIMS}:") for line in told)
    assert sorted(line.split(": ")[1].removeprefix("column ") for line in told) == sorted(faults)
    assert (here / CLAIMS).read_bytes() == before
    assert not [path for path in (here / "data/ledger").iterdir() if path.name.startswith(".")]


def test_without_a_terminal_nothing_is_asked(here: Path) -> None:
    run = yalu({"claim_id": "x"})
    assert run.exit_code == 1
    assert all("found nothing" in line for line in run.output.splitlines())


def test_at_a_terminal_what_is_missing_is_asked_for(here: Path, monkeypatch) -> None:
    monkeypatch.setattr(commands, "_at_terminal", lambda: True)
    given = {name: cell for name, cell in CELLS.items() if name != "qualifier"}
    # asked in the order of the columns: low, high, qualifier, per, derived_from, repeats,
    # locator, note
    run = yalu(given, input="\n\nabout \n\n\n\n\n끝\n")
    assert run.exit_code == 0, run.output
    assert "qualifier (exact, about, nearly, more_than" in run.output
    assert "repeats (a key of data/ledger/claims.csv)" in run.output
    row = read_table(here, "ledger/claims").frame.set_index("claim_id").loc["kuwait-2019-test"]
    assert (row["qualifier"], row["note"], row["recorded_on"]) == (
        "about",
        "끝",
        date.today().isoformat(),
    )


def test_a_broken_off_answer_writes_nothing(here: Path, monkeypatch) -> None:
    monkeypatch.setattr(commands, "_at_terminal", lambda: True)
    before = (here / CLAIMS).read_bytes()
    assert yalu(CELLS, input="\n").exit_code == 1
    assert (here / CLAIMS).read_bytes() == before


def test_the_form_of_the_file_is_the_same_afterwards(here: Path, edit, monkeypatch) -> None:
    monkeypatch.setattr("helpers.evidence.edit.failures_with", lambda root, files: [])
    path = here / CLAIMS
    edit(CLAIMS, "workers-dandong-2017-09-daily-nk", note="one\n\ntwo")
    data = path.read_bytes()
    for before in (data, data.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + data, data[:-1]):
        path.write_bytes(before)
        line = add("claims", CELLS, here)
        assert added_line(before, path.read_bytes())[0] == line
        table = read_table(here, "ledger/claims")
        assert not table.failures and table.frame.at[line, "claim_id"] == "kuwait-2019-test"


def test_a_row_at_an_end_without_line_end_gets_one_before_it() -> None:
    row = {"claim_id": "b", "theme": "t", "indicator": "i"}
    data, line = insert_row(b"claim_id,theme,indicator\na,t,i", row, BESIDE)
    assert (data, line) == (b"claim_id,theme,indicator\na,t,i\nb,t,i", 3)


def test_a_faulty_ledger_takes_no_new_claim(here: Path, edit) -> None:
    edit(CLAIMS, "vis-q1-2010", value="many")
    before = (here / CLAIMS).read_bytes()
    run = yalu(CELLS)
    assert run.exit_code == 1 and 'found "many"' in run.output
    assert (here / CLAIMS).read_bytes() == before


def test_a_missing_ledger_is_told(here: Path) -> None:
    (here / CLAIMS).unlink()
    run = yalu(CELLS)
    assert run.exit_code == 1 and run.output.startswith(f"{CLAIMS}: cannot be read")


def test_a_disk_that_fails_leaves_the_file_as_it_was(here: Path, monkeypatch) -> None:
    before = (here / CLAIMS).read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    run = yalu(CELLS)
    assert run.exit_code == 1
    assert run.output == (
        f"{CLAIMS}: could not be written (No space left on device); nothing was changed\n"
    )
    assert (here / CLAIMS).read_bytes() == before
    assert not [path for path in (here / "data/ledger").iterdir() if path.name.startswith(".")]


def test_a_file_changed_in_the_meantime_is_not_overwritten(here: Path, monkeypatch) -> None:
    def check_slowly(root: Path, files: dict) -> list:
        (here / CLAIMS).write_bytes(b"somebody else's work\n")
        return []

    monkeypatch.setattr("helpers.evidence.edit.failures_with", check_slowly)
    run = yalu(CELLS)
    assert run.exit_code == 1 and "changed in the meantime" in run.output
    assert (here / CLAIMS).read_bytes() == b"somebody else's work\n"


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS, st.sampled_from(["x", "y", "z", ""]), st.sampled_from(["s", "t", "u"]))
def test_any_text_on_one_line_is_one_added_line(note: str, indicator: str, theme: str) -> None:
    before = b'claim_id,theme,indicator,note\na,s,x,"one\ntwo"\nb,s,x,\nc,t,y,"q ""q"""\n'
    row = {"claim_id": "new", "theme": theme, "indicator": indicator, "note": note}
    after, line = insert_row(before, row, BESIDE)
    assert added_line(before, after)[0] == line
    places = {"x": 5, "y": 6}
    assert line == places.get(indicator, {"s": 5, "t": 6, "u": 6}[theme])
