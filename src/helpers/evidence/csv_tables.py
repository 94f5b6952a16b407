"""CSV files of the ledger as text with line numbers, and one row put in or changed."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from helpers.errors import Failure, shown

csv.field_size_limit(10_000_000)


@dataclass
class RawTable:
    """A CSV file as text: `frame` is indexed by physical line number.

    Rows with a wrong number of fields are reported in `failures` and stand in `ragged`
    (line number to cells) instead of the frame, so that other rows are still checked.
    """

    name: str
    file: str
    frame: pd.DataFrame
    failures: list[Failure] = field(default_factory=list)
    ragged: dict[int, list[str]] = field(default_factory=dict)

    def keys(self, column: str) -> set[str]:
        """Return the column's entries, those of ragged rows among them as far as they go."""
        if column not in self.frame:
            return set()
        at = list(self.frame.columns).index(column)
        return {*self.frame[column], *(row[at] for row in self.ragged.values() if at < len(row))}


def read_table(root: Path, name: str) -> RawTable:
    """Read data/<name>.csv below `root`; faults of the file's form become failures.

    A byte-order mark and CRLF line ends are accepted. Nothing is raised for a bad file.
    """
    table = RawTable(name, f"data/{name}.csv", pd.DataFrame())
    try:
        data = (root / table.file).read_bytes()
    except OSError:
        table.failures.append(_whole(table.file, "no file", "a CSV file", "put it back"))
        return table
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    if not text.strip():
        table.failures.append(
            _whole(table.file, "an empty file", "a header and rows", "put it back")
        )
        return table
    _fill(table, text)
    return table


def _whole(file: str, found: str, allowed: str, hint: str) -> Failure:
    return Failure(file, 1, "", found, allowed, hint)


def _fill(table: RawTable, text: str) -> None:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: dict[int, list[str]] = {}
    line = 1
    try:
        for cells in reader:
            if not header:
                header = cells
            elif len(cells) == len(header):
                rows[line] = cells
            elif cells:
                table.ragged[line] = cells
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "mend the quotation marks of the row that starts here"
        table.failures.append(
            Failure(
                table.file, line, "", f"quoting that no reader understands ({error})", "CSV", hint
            )
        )
    table.failures += _header_failures(table.file, header)
    table.failures += _ragged_failures(table, len(header))
    names = pd.Index(header)
    frame = pd.DataFrame(list(rows.values()), columns=names, index=list(rows), dtype="str")
    table.frame = frame.loc[:, ~names.duplicated()]
    if header and not rows and not table.ragged and not table.failures:
        table.failures.append(_whole(table.file, "a header without rows", "rows", "put them back"))
    if _undecoded(text):
        table.failures += _byte_failures(table)


def _header_failures(file: str, header: list[str]) -> list[Failure]:
    twice = sorted({name for name in header if header.count(name) > 1})
    hint = "keep one of them"
    return [Failure(file, 1, name, "the column twice", "each column once", hint) for name in twice]


def _ragged_failures(table: RawTable, width: int) -> list[Failure]:
    hint = "look for a comma outside quotation marks or a missing one"
    return [
        Failure(table.file, line, "", f"{len(cells)} fields", f"{width} fields", hint)
        for line, cells in table.ragged.items()
    ]


def _undecoded(cell: str) -> bool:
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _byte_failures(table: RawTable) -> list[Failure]:
    """Report each cell whose bytes are no UTF-8 (a file saved as Latin-1, for instance)."""
    hint = "save the file as UTF-8 and type the cell again"
    frame = table.frame
    cells = [
        (line, str(column), row[column])
        for line, row in zip(frame.index, frame.to_dict("records"), strict=True)
        for column in frame.columns
        if _undecoded(row[column])
    ]
    names = [(1, "", str(name)) for name in frame.columns if _undecoded(str(name))]
    ragged = [(n, "", c) for n, row in table.ragged.items() for c in row if _undecoded(c)]
    return [
        Failure(table.file, line, column, shown(cell), "text in UTF-8", hint)
        for line, column, cell in names + cells + ragged
    ]


@dataclass(frozen=True)
class Row:
    """A row as it stands in the file: it takes the lines from `start` up to `end`, from nought."""

    start: int
    end: int
    cells: list[str]


def rows_of(data: bytes) -> list[Row]:
    """Return the rows of a CSV file, its header first, as far as a reader understands it."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""))
    found: list[Row] = []
    try:
        for cells in reader:
            found.append(Row(found[-1].end if found else 0, reader.line_num, cells))
    except csv.Error:
        pass
    return found


def insert_row(data: bytes, row: Mapping[str, str], beside: tuple[str, ...]) -> tuple[bytes, int]:
    """Return the file with a new row, and the number of the row's line.

    It stands after the last row that has the same entry in the first of the columns `beside`
    for which there is one, else at the end; with no such columns in the order of the first
    column, where the file has one.
    """
    lines = data.splitlines(keepends=True)
    at = _place(rows_of(data), row, beside)
    end = b"\r\n" if lines[:1] and lines[0].endswith(b"\r\n") else b"\n"
    made = _line(row)
    open_end = at == len(lines) and not data.endswith((b"\n", b"\r"))
    lines.insert(at, end + made if open_end else made + end)
    return b"".join(lines), at + 1


def replace_row(data: bytes, line: int, row: Mapping[str, str]) -> bytes:
    """Return the file with other entries in the row that begins at a line, counted from one."""
    lines = data.splitlines(keepends=True)
    old = next(one for one in rows_of(data) if one.start == line - 1)
    last = lines[old.end - 1]
    ending = last[len(last.rstrip(b"\r\n")) :]
    lines[old.start : old.end] = [_line(row) + ending]
    return b"".join(lines)


def _line(row: Mapping[str, str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue().encode("utf-8", "surrogateescape")


def _place(rows: list[Row], row: Mapping[str, str], beside: tuple[str, ...]) -> int:
    """Return how many lines stand before the row's place."""
    header, body = (rows[0].cells if rows else []), [one for one in rows[1:] if one.cells]
    end = rows[-1].end if rows else 0
    for column in beside:
        same = [one.end for one in body if _cell(one, header, column) == row.get(column, "")]
        if same:
            return same[-1]
    keys, key = [one.cells[0] for one in body], next(iter(row.values()), "")
    if beside or keys != sorted(keys):
        return end
    return next((one.start for one in body if one.cells[0] > key), end)


def _cell(row: Row, header: list[str], column: str) -> str | None:
    return dict(zip(header, row.cells, strict=False)).get(column)
