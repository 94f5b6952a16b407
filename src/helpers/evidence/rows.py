"""Rows: one row of a CSV file put in or changed, and no byte of the others."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass


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


def inserted(data: bytes, row: Mapping[str, str], beside: tuple[str, ...]) -> tuple[bytes, int]:
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


def replaced(data: bytes, line: int, row: Mapping[str, str]) -> bytes:
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
