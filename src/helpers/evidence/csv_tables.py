"""Tables as text with line numbers, what their cells stand for, and the codebook of columns."""

from __future__ import annotations

import calendar
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.errors import Failure, FileFault, shown
from helpers.inputs import is_day, read_bytes
from helpers.lazily import pandas as pd

csv.field_size_limit(10_000_000)
_BOM = b"\xef\xbb\xbf"
# so many lines of one fault are told one by one
_MOST_LINES = 3
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass
class RawTable:
    """A CSV file as text: its columns, and its rows by physical line number.

    Rows with a wrong number of fields are in `ragged` (line number to cells) instead, so that
    other rows are still checked.
    """

    name: str
    file: str
    columns: list[str] = field(default_factory=list)
    rows: dict[int, dict[str, str]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    ragged: dict[int, list[str]] = field(default_factory=dict)

    @classmethod
    def of_frame(cls, name: str, frame: pd.DataFrame) -> RawTable:
        """Return a frame of text, indexed by line number, as the table of that name."""
        cells: dict[Any, Any] = frame.to_dict("index")
        rows = {int(line): row for line, row in cells.items()}
        return cls(name, f"data/{name}.csv", list(map(str, frame.columns)), rows)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame of text, indexed by line number."""
        cells = [list(row.values()) for row in self.rows.values()]
        return pd.DataFrame(cells, columns=self.columns, index=list(self.rows), dtype="str")

    def keys(self, column: str) -> set[str]:
        """Return the column's entries, those of ragged rows included as far as they go."""
        if column not in self.columns:
            return set()
        at = self.columns.index(column)
        return {
            *(row[column] for row in self.rows.values()),
            *(row[at] for row in self.ragged.values() if at < len(row)),
        }

    def fail(self, line: int, column: str, found: str, allowed: str, hint: str) -> None:
        """Add a failure of the file's form."""
        self.failures.append(Failure(self.file, line, column, found, allowed, hint))


def read_table(root: Path, name: str) -> RawTable:
    """Read data/<name>.csv below `root`; faults of the file's form become failures.

    A byte-order mark and CRLF line ends are accepted. A bad file raises nothing.
    """
    table = RawTable(name, f"data/{name}.csv")
    try:
        data = read_bytes(root / table.file, table.file, "a CSV file")
    except FileFault as error:
        table.failures.append(error.failure)
        return table
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        table.fail(1, "", "text in UTF-16", "text in UTF-8", "save it as CSV in UTF-8")
    elif (at := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        table.fail(line, "", "a NUL character", "text in UTF-8", "take it out")
    elif text := decoded(data).strip():
        _fill(table, decoded(data), _separator(text))
    else:
        table.fail(1, "", "an empty file", "a header and rows", "put it back")
    return table


_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright strokes"}


def _separator(text: str) -> str:
    """Return the words for what stands between the columns of a file, "" for commas."""
    header = text.partition("\n")[0]
    if found := re.match(r"sep=(.)$", header.strip()):
        return f"a first line sep={found[1]}"
    most = max(_SEPARATORS, key=header.count)
    return _SEPARATORS[most] if header.count(most) > header.count(",") else ""


def decoded(data: bytes) -> str:
    """Return a file's text; bytes that are no UTF-8 become surrogates."""
    return data.removeprefix(_BOM).decode("utf-8", "surrogateescape")


# what a spreadsheet computes, save where it is a number; an apostrophe before it makes it text
_FORMULAS = tuple("=+-@\t\r＝＋－＠")
_NO_FORMULA = re.compile(r"[-+]?\d[\d,.]*(?:e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
_KEPT_AS_TEXT = tuple(f"'{sign}" for sign in _FORMULAS)


def safe_cell(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; `read_table` takes the mark away."""
    is_formula = isinstance(cell, str) and cell.startswith(_FORMULAS)
    return f"'{cell}" if is_formula and not _NO_FORMULA.fullmatch(cell) else cell


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table of text as its CSV file, see `safe_cell`."""
    return frame.map(safe_cell).to_csv(index=False, lineterminator="\n").encode()


def for_readers(table: bytes) -> bytes:
    """Return a CSV file that Excel too reads as UTF-8: with its mark where it is not all ASCII."""
    return table if table.isascii() or table.startswith(_BOM) else _BOM + table


def _fill(table: RawTable, text: str, separator: str) -> None:
    if separator:
        hint = "save the file as CSV with commas"
        table.fail(1, "", f"columns between {separator}" if separator in _SEPARATORS.values()
                   else separator, "columns between commas", hint)  # fmt: skip
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for written in reader:
            cells = [cell[1:] if cell.startswith(_KEPT_AS_TEXT) else cell for cell in written]
            if not header:
                header = cells
                # of a column that comes twice, the first
                places = {name: at for at, name in reversed(list(enumerate(header)))}
                table.columns = sorted(places, key=places.__getitem__)
            elif len(cells) == len(header):
                table.rows[line] = {name: cells[places[name]] for name in table.columns}
            elif cells:
                table.ragged[line] = cells
            line = reader.line_num + 1
    except csv.Error as error:
        found = f"quoting that no reader understands ({error})"
        table.fail(line, "", found, "CSV", "mend the quotation marks of the row that starts here")
    for name in sorted({name for name in header if header.count(name) > 1}):
        table.fail(1, name, "the column twice", "each column once", "keep one of them")
    hint = "look for a comma outside quotation marks or a missing one"
    for line, cells in [*table.ragged.items()][:_MOST_LINES]:
        table.fail(line, "", f"{len(cells)} fields", f"{len(header)} fields", hint)
    if (more := len(table.ragged) - _MOST_LINES) > 0:
        table.fail(line, "", f"{more} more such rows", f"{len(header)} fields", hint)
    if header and not table.rows and not table.failures:
        table.fail(1, "", "a header without rows", "rows", "put them back")
    # bytes that are no UTF-8, as in a file saved as Latin-1
    if _UNDECODED.search(text):
        read = [(1, "", name) for name in table.columns]
        read += [(n, name, cell) for n, row in table.rows.items() for name, cell in row.items()]
        read += [(n, "", cell) for n, row in table.ragged.items() for cell in row]
        hint = "save the file as UTF-8 and type the cell again"
        for line, column, cell in read:
            if _UNDECODED.search(cell):
                table.fail(line, column, shown(cell), "text in UTF-8", hint)


# Cells: plain decimals, and dates as precise as known (YYYY, YYYY-MM, YYYY-MM-DD) -------------

PLAIN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"


def is_plain(cells: pd.Series) -> pd.Series:
    """Tell which cells are plain decimals: no exponent, blank, thousands mark or word."""
    return cells.str.fullmatch(PLAIN).fillna(False).astype(bool)


def numbers(cells: pd.Series) -> pd.Series:
    """Return the cells as floats; NaN where a cell is empty or no plain decimal."""
    return pd.to_numeric(cells.where(is_plain(cells)), errors="coerce").astype("float64")


def places_after_point(cells: pd.Series) -> pd.Series:
    """Return how many digits each printed number has after its point (0 for integers)."""
    return cells.str.partition(".")[2].str.len().fillna(0)


def text(value: float) -> str:
    """Return the shortest text that reads back as the same number; empty for NaN."""
    if value != value:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else repr(float(value))


# from 1700 to 2199, as `inputs.is_day`: what every loader can hold
_FORM = r"(?a:(?:17|18|19|20|21)\d\d(?:-\d\d(?:-\d\d)?)?)"
_FILL = {4: "-01-01", 7: "-01", 10: ""}


def first_day(dates: pd.Series) -> pd.Series:
    """Return the first day of each partial ISO date; NaT where empty or no real date."""
    fit = dates.where(dates.str.fullmatch(_FORM).fillna(False), "")
    full = fit + fit.str.len().map(_FILL).fillna("")
    return pd.to_datetime(full, format="%Y-%m-%d", errors="coerce")


def last_day(dates: pd.Series) -> pd.Series:
    """Return the last day of each partial ISO date; NaT where empty or no real date."""
    first, length = first_day(dates), dates.str.len()
    month_end = first + pd.offsets.MonthEnd(0)
    year_end = first + pd.offsets.YearEnd(0)
    return first.mask(length == 7, month_end).mask(length == 4, year_end)


def last_day_of(written: str) -> str:
    """Return the last day of a partial ISO date, as text; "" where it is empty or no real date."""
    day = f"{written}{_FILL.get(len(written), '')}"
    if not re.fullmatch(_FORM, written) or not is_day(day):
        return ""
    first = date.fromisoformat(day)
    if len(written) == 4:
        return f"{written}-12-31"
    last = calendar.monthrange(first.year, first.month)[1]
    return written if len(written) == 10 else f"{written}-{last:02}"


def iso(days: pd.Series) -> pd.Series:
    """Return days as YYYY-MM-DD text, empty for NaT."""
    return days.dt.strftime("%Y-%m-%d").fillna("").astype("str")


# The codebook: what every column of every table holds ----------------------------------------

CODEBOOK = "data/codebook.csv"
HEADER = ["table", "column", "type", "unit", "meaning", "allowed", "missing_means"]
TYPES = ("id", "ids", "code", "text", "number", "date", "url", "boolean")
NEVER = "never missing"
FOLDERS = ("ledger", "series", "clean")
# raw tables that a book may describe and not have
OPTIONAL = ("ledger/links", "ledger/redirects")


@dataclass(frozen=True)
class Column:
    """One column as the codebook describes it; `allowed` in the codebook's own short forms."""

    table: str
    column: str
    type: str
    unit: str
    meaning: str
    allowed: str
    missing_means: str

    @property
    def required(self) -> bool:
        """Whether a cell may never be empty."""
        return self.missing_means == NEVER

    @property
    def target(self) -> str:
        """The table whose first column has the entries, or empty."""
        return self.allowed if self.allowed.partition("/")[0] in FOLDERS else ""

    @property
    def words(self) -> list[str]:
        """The vocabulary, or none."""
        return self.allowed.split("|") if "|" in self.allowed else []

    @property
    def labels(self) -> dict[str, str]:
        """What codes mean, where the meaning lists them as "code: words; code: words"."""
        return dict(re.findall(r"(?:^|[;,(:] )([\w-]+): ([^;]+)", self.meaning))


Codebook = dict[str, list[Column]]
_BOUNDS = re.compile(rf"({PLAIN})?\.\.({PLAIN})?|[^.]*")


def read_codebook(root: Path) -> tuple[Codebook, list[Failure]]:
    """Read the codebook of the book at `root`: its tables in file order, and its failures."""
    raw = read_table(root, "codebook")
    if raw.columns != HEADER:
        if not raw.failures:
            raw.fail(1, "", shown(",".join(raw.columns)), ",".join(HEADER), "mend the header")
        return {}, raw.failures
    book: Codebook = {}
    seen = Counter[tuple[str, str]]()
    columns = {line: Column(**row) for line, row in raw.rows.items()}
    for column in columns.values():
        book.setdefault(column.table, []).append(column)
    for line, column in columns.items():
        seen[column.table, column.column] += 1
        faults = (
            ("type", column.type not in TYPES, "|".join(TYPES), "use one of these types"),
            ("column", seen[column.table, column.column] > 1, "each column once", "remove the row"),
            ("meaning", not column.meaning, "a sentence", "say what the column holds"),
            ("missing_means", not column.missing_means, "words", "say what an empty cell means"),
            ("allowed", bool(column.target) and column.target not in book,
             "a table of the codebook", "mend the name of the table"),
            ("allowed", column.type == "number" and not _BOUNDS.fullmatch(column.allowed),
             "nothing, or two bounds such as 0..100, one may be left out", "mend the bounds"),
        )  # fmt: skip
        for name, is_bad, allowed, hint in faults:
            if is_bad:
                raw.fail(line, name, shown(raw.rows[line][name]), allowed, hint)
    return book, raw.failures


def raw_tables(book: Codebook) -> list[str]:
    """Return the tables that people edit, in the codebook's order."""
    return [name for name in book if name.startswith(("ledger/", "series/"))]


def clean_tables(book: Codebook) -> list[str]:
    """Return the tables that the rebuild writes, in the codebook's order."""
    return [name for name in book if name.startswith("clean/")]
