"""CSV files of the ledger as text with line numbers, and one row put in or changed."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from helpers.errors import Failure, shown

csv.field_size_limit(10_000_000)


@dataclass
class RawTable:
    """A CSV file as text: `frame` is indexed by physical line number.

    Rows with a wrong number of fields are in `ragged` (line number to cells) instead of the
    frame, so that other rows are still checked.
    """

    name: str
    file: str
    frame: pd.DataFrame
    failures: list[Failure] = field(default_factory=list)
    ragged: dict[int, list[str]] = field(default_factory=dict)

    def keys(self, column: str) -> set[str]:
        """Return the column's entries, those of ragged rows included as far as they go."""
        if column not in self.frame:
            return set()
        at = list(self.frame.columns).index(column)
        return {*self.frame[column], *(row[at] for row in self.ragged.values() if at < len(row))}

    def rows(self) -> dict[int, dict[str, str]]:
        """Return the rows of the frame as column to entry, by line number."""
        names = [str(name) for name in self.frame.columns]
        rows = self.frame.itertuples(name=None)
        return {int(line): dict(zip(names, cells, strict=True)) for line, *cells in rows}

    def fail(self, line: int, column: str, found: str, allowed: str, hint: str) -> None:
        """Add a failure of the file's form."""
        self.failures.append(Failure(self.file, line, column, found, allowed, hint))


def read_table(root: Path, name: str) -> RawTable:
    """Read data/<name>.csv below `root`; faults of the file's form become failures.

    A byte-order mark and CRLF line ends are accepted. A bad file raises nothing.
    """
    table = RawTable(name, f"data/{name}.csv", pd.DataFrame())
    try:
        text = _decoded((root / table.file).read_bytes())
    except OSError:
        table.fail(1, "", "no file", "a CSV file", "put it back")
        return table
    if text.strip():
        _fill(table, text)
    else:
        table.fail(1, "", "an empty file", "a header and rows", "put it back")
    return table


def _decoded(data: bytes) -> str:
    """Return a file's text; bytes that are no UTF-8 become surrogates."""
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


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
        found = f"quoting that no reader understands ({error})"
        table.fail(line, "", found, "CSV", "mend the quotation marks of the row that starts here")
    for name in sorted({name for name in header if header.count(name) > 1}):
        table.fail(1, name, "the column twice", "each column once", "keep one of them")
    hint = "look for a comma outside quotation marks or a missing one"
    for line, cells in table.ragged.items():
        table.fail(line, "", f"{len(cells)} fields", f"{len(header)} fields", hint)
    names = pd.Index(header)
    frame = pd.DataFrame(list(rows.values()), columns=names, index=list(rows), dtype="str")
    table.frame = frame.loc[:, ~names.duplicated()]
    if header and not rows and not table.failures:
        table.fail(1, "", "a header without rows", "rows", "put them back")
    if _undecoded(text):
        _fail_undecoded(table)


def _undecoded(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _fail_undecoded(table: RawTable) -> None:
    """Report each cell whose bytes are no UTF-8 (a file saved as Latin-1, for instance)."""
    cells = [(1, "", str(name)) for name in table.frame.columns]
    cells += [(n, name, cell) for n, row in table.rows().items() for name, cell in row.items()]
    cells += [(n, "", cell) for n, row in table.ragged.items() for cell in row]
    for line, column, cell in cells:
        if _undecoded(cell):
            hint = "save the file as UTF-8 and type the cell again"
            table.fail(line, column, shown(cell), "text in UTF-8", hint)


class _Row(NamedTuple):
    """A row as it is in the file, on the lines from `start` up to `end`, counted from zero."""

    start: int
    end: int
    cells: list[str]


def _rows_of(data: bytes) -> list[_Row]:
    """Return the rows of a CSV file, its header first, as far as a reader understands it."""
    reader = csv.reader(io.StringIO(_decoded(data), newline=""))
    found: list[_Row] = []
    try:
        for cells in reader:
            found.append(_Row(found[-1].end if found else 0, reader.line_num, cells))
    except csv.Error:
        pass  # what follows is the place of no row
    return found


def insert_row(data: bytes, row: Mapping[str, str], beside: tuple[str, ...]) -> tuple[bytes, int]:
    """Return the file with a new row, and the number of the row's line.

    Its place is after the last row that has the same entry in the first of the columns `beside`
    for which there is one, else at the end; with no such columns in the order of the first
    column, where the file has one.
    """
    lines = data.splitlines(keepends=True)
    at = _place(_rows_of(data), row, beside)
    end = b"\r\n" if lines[:1] and lines[0].endswith(b"\r\n") else b"\n"
    made = _line(row)
    open_end = at == len(lines) and not data.endswith((b"\n", b"\r"))
    lines.insert(at, end + made if open_end else made + end)
    return b"".join(lines), at + 1


def _place(rows: list[_Row], row: Mapping[str, str], beside: tuple[str, ...]) -> int:
    """Return how many lines are before the row's place."""
    header, body = (rows[0].cells if rows else []), [one for one in rows[1:] if one.cells]
    end = rows[-1].end if rows else 0
    for column in beside:
        at = header.index(column) if column in header else len(header)
        same = [one.end for one in body if one.cells[at : at + 1] == [row.get(column, "")]]
        if same:
            return same[-1]
    keys, key = [one.cells[0] for one in body], next(iter(row.values()), "")
    if beside or keys != sorted(keys):
        return end
    return next((one.start for one in body if one.cells[0] > key), end)


def replace_row(data: bytes, line: int, row: Mapping[str, str]) -> bytes:
    """Return the file with other entries in the row that begins at a line, counted from one."""
    lines = data.splitlines(keepends=True)
    old = next(one for one in _rows_of(data) if one.start == line - 1)
    last = lines[old.end - 1]
    ending = last[len(last.rstrip(b"\r\n")) :]
    lines[old.start : old.end] = [_line(row) + ending]
    return b"".join(lines)


def _line(row: Mapping[str, str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue().encode("utf-8", "surrogateescape")
