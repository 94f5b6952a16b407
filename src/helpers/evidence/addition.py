"""Addition: a new claim, held against every rule of the ledger and written in its place."""

import csv
import io
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from helpers.errors import YaluError
from helpers.evidence.check import check
from helpers.evidence.codebook import read_codebook
from helpers.evidence.failures import Failure, shown
from helpers.evidence.tables import read_table
from helpers.paths import book_root

FILE = "data/ledger/claims.csv"
_INPUTS = ("ledger", "series", "codebook.csv", "corrections.yml", "tables.yml")


def allowed(root: Path | None = None) -> dict[str, str]:
    """Return what may stand in each column of a claim, in words: "exact, about ...", a table.

    Empty where anything may. Raises YaluError where the codebook cannot be read.
    """
    book, failures = read_codebook(root or book_root())
    if failures:
        raise YaluError(*map(str, failures))
    return {
        column.column: ", ".join(column.words)
        or (f"a key of data/{column.target}.csv" if column.target else column.allowed)
        for column in book["ledger/claims"]
    }


def add(cells: Mapping[str, str], root: Path | None = None) -> int:
    """Write a claim into data/ledger/claims.csv and return the number of its line.

    `cells` maps columns to entries; a column left out is empty, save recorded_on, which is
    then today. The theme is that of the indicator. The row comes after the last one of its
    indicator, else of its theme, else at the end; no other byte of the file changes. Raises
    YaluError with one line a fault, and then nothing is written: the rules are those of
    `check`, and every entry stands on one line.
    """
    root = root or book_root()
    path = (root / FILE).resolve()
    before = _bytes(path)
    table = read_table(root, "ledger/claims")
    header = [str(name) for name in table.frame.columns]
    if strange := [name for name, cell in cells.items() if cell and name not in header]:
        raise YaluError(f"{FILE}: no column {', '.join(strange)}; there are {', '.join(header)}")
    theme = _themes(root).get(cells.get("indicator", ""), "")
    row = {name: cells.get(name, "") for name in header} | {"theme": theme}
    row["recorded_on"] = row.get("recorded_on") or date.today().isoformat()
    after, line = _inserted(before, row)
    if faults := _unfit(row, line) or _faults(root, after, line, bool(theme)):
        raise YaluError(*map(str, faults))
    _write(path, before, after)
    return line


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise YaluError(f"{FILE}: cannot be read ({error.strerror})") from error


def _themes(root: Path) -> dict[str, str]:
    frame = read_table(root, "ledger/indicators").frame
    if not {"indicator", "theme"} <= set(frame.columns):
        return {}
    return dict(zip(frame["indicator"], frame["theme"], strict=True))


def _unfit(row: dict[str, str], line: int) -> list[Failure]:
    """Return the entries that hold line breaks or other characters that nobody can see."""
    hint = "write it on one line, without control characters"
    return [
        Failure(FILE, line, name, shown(_escaped(cell)), "one line of text in UTF-8", hint)
        for name, cell in row.items()
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in cell)
    ]


def _escaped(cell: str) -> str:
    r"""Return a text with what nobody can see written out: \n, \x1b."""
    return "".join(x if x.isprintable() else ascii(x)[1:-1] for x in cell)


def _inserted(data: bytes, row: dict[str, str]) -> tuple[bytes, int]:
    """Return the file with the row in its place, and the row's line number."""
    lines = data.splitlines(keepends=True)
    at = _place(data, row)
    end = b"\r\n" if lines[:1] and lines[0].endswith(b"\r\n") else b"\n"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(row.values())
    made = text.getvalue().encode("utf-8", "surrogateescape")
    open_end = at == len(lines) and not data.endswith((b"\n", b"\r"))
    lines.insert(at, end + made if open_end else made + end)
    return b"".join(lines), at + 1


def _place(data: bytes, row: dict[str, str]) -> int:
    """Return how many lines stand before the row's place."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""))
    after: dict[tuple[str, str], int] = {}
    header: list[str] = []
    try:
        for cells in reader:
            header = header or cells
            for column, cell in zip(header, cells, strict=False):
                after[column, cell] = reader.line_num
    except csv.Error:
        return reader.line_num
    keys = [(column, row.get(column, "")) for column in ("indicator", "theme")]
    return next((after[key] for key in keys if key in after), reader.line_num)


def _faults(root: Path, data: bytes, line: int, has_theme: bool) -> list[Failure]:
    """Check a copy of the evidence that holds the new file.

    A missing theme of the new row is left out where its indicator is told already.
    """
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        for name in _INPUTS:
            _copy(root / "data" / name, Path(folder) / "data" / name)
        (Path(folder) / FILE).write_bytes(data)
        faults = check(Path(folder))
    return [f for f in faults if has_theme or (f.file, f.line, f.column) != (FILE, line, "theme")]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _write(path: Path, before: bytes, after: bytes) -> None:
    """Put the new file in the place of the old one at once, if that is still as it was."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        fresh.write_bytes(after)
        shutil.copymode(path, fresh)
        if path.read_bytes() != before:
            raise YaluError(f"{FILE}: changed in the meantime; nothing was written, try again")
        os.replace(fresh, path)
    except OSError as error:
        what = error.strerror or error
        raise YaluError(f"{FILE}: could not be written ({what}); nothing was changed") from error
    finally:
        fresh.unlink(missing_ok=True)
