"""A spoiled claims.csv: each fault in one line with file, line and column, and nothing written."""

import csv
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.errors import YaluError
from helpers.evidence.check import check
from helpers.evidence.csv_tables import read_table
from helpers.evidence.rebuild import rebuild

CLAIMS = "data/ledger/claims.csv"
Rows = list[list[str]]


def read(book: Path) -> Rows:
    return list(csv.reader(io.StringIO((book / CLAIMS).read_text("utf-8"), newline="")))


def write(book: Path, rows: Rows) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    (book / CLAIMS).write_text(text.getvalue(), encoding="utf-8")


def put(rows: Rows, line: int, column: str, cell: str) -> None:
    rows[line - 1][rows[0].index(column)] = cell


def copies(book: Path, changes: list[dict[str, str]]) -> list[int]:
    """Append copies of a row with changed cells; return their lines."""
    rows = read(book)
    first = next(row for row in rows if row[0] == "vis-q1-2010")
    for number, cells in enumerate(changes):
        rows.append([*first])
        put(rows, len(rows), "claim_id", f"copy-{number}")
        for column, cell in cells.items():
            put(rows, len(rows), column, cell)
    write(book, rows)
    text = (book / CLAIMS).read_text("utf-8").splitlines()
    return [len(text) - len(changes) + 1 + number for number in range(len(changes))]


def drop(rows: Rows, column: str) -> None:
    at = rows[0].index(column)
    for row in rows:
        del row[at]


def add(rows: Rows, column: str) -> None:
    for row in rows:
        row.append("x")
    rows[0][-1] = column


def low_above_high(rows: Rows) -> None:
    put(rows, 21, "value", "")
    put(rows, 21, "qualifier", "exact")
    put(rows, 21, "low", "9")
    put(rows, 21, "high", "3")


SPOILS: dict[str, tuple[Callable[[Rows], None], str]] = {
    "letters": (
        lambda rows: put(rows, 20, "value", "abc"),
        ':20: column value: found "abc"; allowed: a number;',
    ),
    "low above high": (
        low_above_high,
        ':21: column low: found "9"; allowed: no more than value and high',
    ),
    "unknown source": (
        lambda rows: put(rows, 22, "source_id", "nobody-2031"),
        ':22: column source_id: found "nobody-2031"; allowed: a key of data/ledger/sources.csv',
    ),
    "duplicate id": (
        lambda rows: put(rows, 23, "claim_id", rows[3][0]),
        ':23: column claim_id: found "vis-total-2011"; allowed: each entry once',
    ),
    "missing column": (
        lambda rows: drop(rows, "per"),
        ":1: column per: found no such column; allowed: the codebook's columns",
    ),
    "extra column": (
        lambda rows: add(rows, "colour"),
        ":1: column colour: found a column too many; allowed: the codebook's columns",
    ),
    "wrong date": (
        lambda rows: put(rows, 24, "period_start", "2019-02-30"),
        ':24: column period_start: found "2019-02-30"; allowed: a date of the calendar',
    ),
    "unknown unit": (
        lambda rows: put(rows, 25, "unit", "bushels"),
        ':25: column unit: found "bushels"; allowed: a key of data/ledger/units.csv',
    ),
}


def as_latin_1(book: Path) -> None:
    data = (book / CLAIMS).read_bytes().split(b"\n")
    data[29] = data[29][:-1] + b"\xe9" + data[29][-1:]
    (book / CLAIMS).write_bytes(b"\n".join(data))


def as_windows(book: Path) -> None:
    data = (book / CLAIMS).read_bytes().replace(b"\n", b"\r\n")
    (book / CLAIMS).write_bytes(b"\xef\xbb\xbf" + data)


def fingerprint(book: Path) -> dict[str, str]:
    files = [*(book / "data/clean").iterdir(), book / "data/datapackage.json"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stopped(book: Path) -> list[str]:
    before = fingerprint(book)
    with pytest.raises(YaluError) as error:
        rebuild(book)
    assert fingerprint(book) == before
    assert error.value.exit_code == 1
    return error.value.lines


def test_bytes_in_latin_1_are_told_with_line_and_column(book: Path) -> None:
    as_latin_1(book)
    (line,) = stopped(book)
    assert line.startswith(f"{CLAIMS}:30: column note: found ")
    assert "\\xe9" in line and "save the file as UTF-8" in line


def test_windows_line_ends_and_byte_order_mark_are_no_fault(book: Path) -> None:
    as_windows(book)
    assert check(book) == []
    assert rebuild(book) == []


def test_all_faults_in_one_file_are_told_together(book: Path) -> None:
    rows = read(book)
    for spoil, _ in SPOILS.values():
        spoil(rows)
    write(book, rows)
    as_latin_1(book)
    as_windows(book)
    told = stopped(book)
    for _, expected in SPOILS.values():
        assert len([line for line in told if line.startswith(CLAIMS + expected)]) == 1
    assert any(line.startswith(f"{CLAIMS}:30: column colour: found ") for line in told)
    assert len(told) == len(SPOILS) + 1


NO_NUMBERS = ["1e5", " 12", "12 ", "1,000", "nan", "inf", "−5", "+5", "012", "5.", ".5"]
NO_DATES = ["2019-13", "2019-1", "19", "2019-02-29", "2019/02", "March 2019"]
CONTRADICTIONS = [
    ({"period_start": "2011-05"}, "period_start"),
    ({"qualifier": "more_than"}, "low"),
    ({"qualifier": "up_to"}, "high"),
    ({"qualifier": "more_than", "low": "5"}, "value"),
    ({"value": ""}, "value"),
    ({"theme": "luggage"}, "theme"),
    ({"unit": "CNY"}, "unit"),
    ({"place": "Dandng"}, "place"),
    ({"derived_from": "vis-total-2010"}, "derived_from"),
    ({"status": "curent"}, "status"),
    ({"attribution": ""}, "attribution"),
    ({"attribution": "somebody "}, "attribution"),
]


def test_numbers_that_are_no_plain_decimals_are_refused(book: Path, lines) -> None:
    at = copies(book, [{"value": cell} for cell in NO_NUMBERS])
    assert lines() == [
        f'{CLAIMS}:{line}: column value: found "{cell}"; allowed: a number; '
        "mend the cell or leave it empty; decimals stand behind a point"
        for line, cell in zip(at, NO_NUMBERS, strict=True)
    ]


def test_dates_and_rows_that_contradict_themselves_or_their_tables_are_told(
    book: Path, lines
) -> None:
    spoils = [({"period_end": cell}, "period_end") for cell in NO_DATES] + CONTRADICTIONS
    at = copies(book, [cells for cells, _ in spoils])
    told = {text.split(": found")[0] for text in lines()}
    expected = {
        f"{CLAIMS}:{line}: column {column}" for line, (_, column) in zip(at, spoils, strict=True)
    }
    assert expected <= told and len({text.split(": column")[0] for text in told}) == len(spoils)


def test_a_slip_of_a_key_is_answered_with_the_key(edit, lines) -> None:
    edit(CLAIMS, "vis-q1-2010", place="Chna")
    assert lines()[0].endswith("; did you mean China?")


def test_circles_of_repeats_are_told_for_each_claim_in_them(edit, lines) -> None:
    edit(CLAIMS, "vis-q1-2010", repeats="vis-total-2010")
    edit(CLAIMS, "vis-total-2010", repeats="vis-q1-2010")
    assert len([line for line in lines() if "column repeats" in line and "no circle" in line]) == 2


def test_lines_are_physical_where_a_cell_holds_a_line_break(book: Path, edit, lines) -> None:
    edit(CLAIMS, "vis-total-2010", note="one\ntwo\nthree")
    write(book, [*read(book)])
    edit(CLAIMS, "vis-q1-2010", value="abc")
    assert lines()[0].startswith(f"{CLAIMS}:5: column value")


def test_a_row_with_a_field_too_many_is_told_and_the_others_still_checked(
    book: Path, lines
) -> None:
    rows = read(book)
    rows[9].append("surplus")
    put(rows, 20, "value", "abc")
    write(book, rows)
    told = lines()
    assert told[0].startswith(f"{CLAIMS}:10: found 23 fields; allowed: 22 fields")
    assert [line for line in told if ":20: column value" in line]
    assert len(told) == 2


def test_a_header_that_names_a_column_twice_is_told(book: Path, lines) -> None:
    rows = read(book)
    rows[0][rows[0].index("per")] = "place"
    write(book, rows)
    assert f"{CLAIMS}:1: column place: found the column twice" in {
        line.split(";")[0] for line in lines()
    }


def test_a_file_that_is_no_table_is_told(book: Path, lines) -> None:
    for data in (b"", b"\n", b'"open', b"\xff\xfe\x00\x01"):
        (book / CLAIMS).write_bytes(data)
        assert str(read_table(book, "ledger/claims").failures[0]).startswith(f"{CLAIMS}:1: ")
    assert any(line.startswith(f"{CLAIMS}:1: ") for line in lines())


def test_missing_and_unknown_files_are_told(book: Path, lines) -> None:
    (book / "data/series/events.csv").rename(book / "data/series/happenings.csv")
    told = lines()
    assert any(line.startswith("data/series/events.csv:1: found no file") for line in told)
    assert any(line.startswith("data/series/happenings.csv:1: found a file that") for line in told)


DISAGREEMENTS = [
    ("data/series/trade_monthly.csv", "2016-01", {"value_usd_million": "250"}),
    ("data/series/trade_monthly_best.csv", "2019-03", {"export_usd_million": "1"}),
    ("data/series/trade_consistency.csv", "2016", {"sum_usd_million": "1"}),
    ("data/series/workers_by_country.csv", "World", {"value": "1"}),
    ("data/series/repatriation_reports.csv", "Russia", {"workers_before": "1"}),
    ("data/series/events.csv", "ev-2013-03", {"precision": "day"}),
    ("data/series/chinese_wages.csv", "2012", {"value_cny_month": "2500"}),
    ("data/ledger/sources.csv", "24hod-2018-10-trade-sep", {"url": "24hod.sk"}),
]


def test_figures_that_no_longer_agree_are_told(edit, lines) -> None:
    for file, key, cells in DISAGREEMENTS:
        edit(file, key, **cells)
    told = {line.split(":")[0] for line in lines()}
    assert {file for file, _, _ in DISAGREEMENTS} <= told


def test_no_table_raises_whatever_stands_in_a_column(book: Path, lines) -> None:
    files = [path for name in ("ledger", "series") for path in (book / "data" / name).glob("*.csv")]
    for path in files:
        header, _, rest = path.read_bytes().partition(b"\n")
        path.write_bytes(header + b"\n" + rest.replace(b",", b",?"))
    # the words of pers.csv are free text
    expected = {path.relative_to(book).as_posix() for path in files if path.name != "pers.csv"}
    assert {line.split(":")[0] for line in lines()} >= expected


def test_a_statement_with_the_id_of_a_claim_is_told(book: Path, edit, lines) -> None:
    at = edit("data/ledger/statements.csv", "bag-goods-2024", statement_id="kuwait-2017-08")
    assert lines() == [
        f'data/ledger/statements.csv:{at}: column statement_id: found "kuwait-2017-08"; '
        "allowed: an id that no claim has; give it another id"
    ]
