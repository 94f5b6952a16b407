"""Edit: add or change a row of the ledger, checked against every rule, then written."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from helpers.errors import Failure, YaluError, did_you_mean, raise_failures, shown
from helpers.evidence.check import failures_with
from helpers.evidence.csv_tables import RawTable, decoded, read_codebook, read_table, safe_cell
from helpers.files import write_all
from helpers.paths import book_root

# the columns that a new row is placed beside, and the one that is today's date by default
_BESIDE = {"claims": ("indicator", "theme"), "sources": ()}
_DAY = {"claims": "recorded_on", "sources": "accessed"}


def file_of(table: str) -> str:
    """Return the file of a table of the ledger, relative to the book's root."""
    return f"data/ledger/{table}.csv"


def allowed(table: str, root: Path | None = None) -> dict[str, str]:
    """Return what may be in each column of a table, in words: "exact, about ...", a table.

    Empty where anything may. Raises YaluError where the codebook cannot be read.
    """
    book, failures = read_codebook(root or book_root())
    raise_failures(failures)
    return {
        column.column: ", ".join(column.words)
        or (f"a key of data/{column.target}.csv" if column.target else column.allowed)
        for column in book[f"ledger/{table}"]
    }


def add(table: str, cells: Mapping[str, str], root: Path | None = None) -> int:
    """Write a new row into "claims" or "sources" of the ledger; return the number of its line.

    `cells` maps columns to entries; a missing column is empty, save the day of recording or
    reading, which is then today. The theme of a claim is that of its indicator. A claim comes
    after the last one of its indicator, else of its theme, else at the end; a document comes
    in the order of the keys. No other byte of the file changes. Raises YaluError with one line
    a fault, and then nothing is written: the rules are those of `check`, and every entry is on
    one line.
    """
    root = root or book_root()
    before, read = _read(root, table)
    header = [str(name) for name in read.frame.columns]
    _require_columns([name for name, cell in cells.items() if cell], header, table)
    row = {name: cells.get(name, "") for name in header}
    row[_DAY[table]] = row.get(_DAY[table]) or date.today().isoformat()
    row = _with_theme(root, row)
    after, line = insert_row(before, row, _BESIDE[table])
    _write(root, table, row, before, after, line)
    return line


@dataclass(frozen=True)
class Changed:
    """A row that was changed: its line, and old and new entry of each column."""

    line: int
    cells: dict[str, tuple[str, str]]


def change(table: str, key: str, cells: Mapping[str, str], root: Path | None = None) -> Changed:
    """Change entries of one row of "claims" or "sources", and no other byte of the file.

    `cells` maps columns to new entries. The key stays, for pages name it; the theme of a claim
    follows its indicator. Raises YaluError with one line a fault, also where nothing would
    change, and then nothing is written: the rules are those of `add`.
    """
    root, file = root or book_root(), file_of(table)
    before, read = _read(root, table)
    raise_failures(read.failures)
    keys = read.frame.iloc[:, 0]
    if not (keys == key).any():
        raise YaluError(f"{file}: no row {shown(key)}{did_you_mean(key, keys)}", exit_code=2)
    line = int(keys.index[keys == key][0])
    old = {str(name): str(cell) for name, cell in read.frame.loc[line].items()}
    _require_columns(cells, list(old), table)
    fixed = {next(iter(old)): "pages name a row by it: add another row instead"}
    if table == "claims":
        fixed["theme"] = "it follows the indicator: change that"
    if name := next((name for name in cells if name in fixed), None):
        raise YaluError(f"{file}: column {name} stays; {fixed[name]}", exit_code=2)
    row = _with_theme(root, {**old, **cells})
    told = {name: (old[name], row[name]) for name in old if row[name] != old[name]}
    if not told:
        raise YaluError(f"{file}:{line}: {key} has these entries already", exit_code=2)
    after = replace_row(before, line, row)
    _write(root, table, row, before, after, line)
    return Changed(line, told)


def _read(root: Path, table: str) -> tuple[bytes, RawTable]:
    try:
        return (root / file_of(table)).read_bytes(), read_table(root, f"ledger/{table}")
    except OSError as error:
        raise YaluError(f"{file_of(table)}: cannot be read ({error.strerror})") from error


def _require_columns(names: Iterable[str], header: list[str], table: str) -> None:
    if strange := [name for name in names if name not in header]:
        near = did_you_mean(strange[0], header) or f"; there are {', '.join(header)}"
        named = ", ".join(name if name.isidentifier() else shown(name) for name in strange)
        raise YaluError(f"{file_of(table)}: no column {named}{near}", exit_code=2)


def _with_theme(root: Path, row: dict[str, str]) -> dict[str, str]:
    """Return a row with the theme of its indicator, empty where that is unknown."""
    if not {"theme", "indicator"} <= set(row):
        return row
    frame = read_table(root, "ledger/indicators").frame
    known = {"theme", "indicator"} <= set(frame.columns)
    themes = dict(zip(frame["indicator"], frame["theme"], strict=True)) if known else {}
    return row | {"theme": themes.get(row["indicator"], "")}


def _write(
    root: Path, table: str, row: dict[str, str], before: bytes, after: bytes, line: int
) -> None:
    """Check the evidence as it would be with a row, then put the new file in place at once.

    Raises YaluError for what is wrong, and where the file is no longer as it was `before`.
    """
    file, hint = file_of(table), "write it on one line, without control characters"
    strange = {
        name: "".join(x if x.isprintable() else ascii(x)[1:-1] for x in cell)
        for name, cell in row.items()
        if not {"Cc", "Cs", "Zl", "Zp"}.isdisjoint(map(unicodedata.category, cell))
    }
    raise_failures(
        Failure(file, line, name, shown(cell), "one line of text in UTF-8", hint)
        for name, cell in strange.items()
    )  # fmt: skip
    # of an unknown indicator the missing theme is no second fault
    no_theme = row.get("theme") == ""
    raise_failures(
        failure
        for failure in failures_with(root, {file: after})
        if not no_theme or (failure.file, failure.line, failure.column) != (file, line, "theme")
    )
    if (root / file).read_bytes() != before:
        raise YaluError(f"{file}: changed in the meantime; nothing was written, try again")
    write_all(root, {Path(file): after})


# One row put into the bytes of a file, or changed ----------------------------------------------


def _rows_of(data: bytes) -> list[tuple[int, int, list[str]]]:
    """Return the rows of a CSV file, its header first: first line from zero, line after, cells."""
    reader = csv.reader(io.StringIO(decoded(data), newline=""))
    found: list[tuple[int, int, list[str]]] = []
    with suppress(csv.Error):  # what follows is the place of no row
        for cells in reader:
            found.append((found[-1][1] if found else 0, reader.line_num, cells))
    return found


def insert_row(data: bytes, row: Mapping[str, str], beside: tuple[str, ...]) -> tuple[bytes, int]:
    """Return the file with a new row, and the number of the row's line.

    Its place is after the last row that has the same entry in the first of the columns `beside`
    for which there is one, else at the end; with no such columns in the order of the first
    column, where the file has one.
    """
    lines = data.splitlines(keepends=True)
    at = _place(data, row, beside)
    end = b"\r\n" if lines[:1] and lines[0].endswith(b"\r\n") else b"\n"
    made = _line(row)
    open_end = at == len(lines) and not data.endswith((b"\n", b"\r"))
    lines.insert(at, end + made if open_end else made + end)
    return b"".join(lines), at + 1


def _place(data: bytes, row: Mapping[str, str], beside: tuple[str, ...]) -> int:
    """Return how many lines are before the row's place."""
    (_, end, header), *body = _rows_of(data) or [(0, 0, [])]
    end = body[-1][1] if body else end
    body = [one for one in body if one[2]]
    for column in beside:
        at = header.index(column) if column in header else len(header)
        if same := [
            after for _, after, cells in body if cells[at : at + 1] == [row.get(column, "")]
        ]:
            return same[-1]
    keys, key = [cells[0] for _, _, cells in body], next(iter(row.values()), "")
    if beside or keys != sorted(keys):
        return end
    return next((start for start, _, cells in body if cells[0] > key), end)


def replace_row(data: bytes, line: int, row: Mapping[str, str]) -> bytes:
    """Return the file with other entries in the row that begins at a line, counted from one."""
    lines = data.splitlines(keepends=True)
    start, after, _ = next(one for one in _rows_of(data) if one[0] == line - 1)
    last = lines[after - 1]
    ending = last[len(last.rstrip(b"\r\n")) :]
    lines[start:after] = [_line(row) + ending]
    return b"".join(lines)


def _line(row: Mapping[str, str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(map(safe_cell, row.values()))
    return text.getvalue().encode("utf-8", "surrogateescape")
