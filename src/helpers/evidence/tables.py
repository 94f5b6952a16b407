"""Tables: reading a CSV file as text, each row under the line number an editor shows."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from helpers.evidence.failures import Failure, shown

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
