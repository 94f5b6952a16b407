"""Edit: add or change a row of the ledger, held against every rule, then written."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from helpers.errors import Failure, YaluError, did_you_mean, shown
from helpers.evidence.check import failures_with
from helpers.evidence.codebook import read_codebook
from helpers.evidence.csv_tables import inserted, read_table, replaced
from helpers.files import write_all
from helpers.paths import book_root


@dataclass(frozen=True)
class _Form:
    """How a new row is made: the columns it stands beside, and the one that is today's date."""

    beside: tuple[str, ...]
    day: str


_FORMS = {
    "claims": _Form(("indicator", "theme"), "recorded_on"),
    "sources": _Form((), "accessed"),
}
# a column that follows another one, by the table of indicators
_FOLLOWS, _LEADS = "theme", "indicator"


def file_of(table: str) -> str:
    """Return the file of a table of the ledger, relative to the book's root."""
    return f"data/ledger/{table}.csv"


def allowed(table: str, root: Path | None = None) -> dict[str, str]:
    """Return what may stand in each column of a table, in words: "exact, about ...", a table.

    Empty where anything may. Raises YaluError where the codebook cannot be read.
    """
    book, failures = read_codebook(root or book_root())
    if failures:
        raise YaluError(*map(str, failures))
    return {
        column.column: ", ".join(column.words)
        or (f"a key of data/{column.target}.csv" if column.target else column.allowed)
        for column in book[f"ledger/{table}"]
    }


def add(table: str, cells: Mapping[str, str], root: Path | None = None) -> int:
    """Write a new row into "claims" or "sources" of the ledger; return the number of its line.

    `cells` maps columns to entries; a column left out is empty, save the day of recording or
    reading, which is then today. The theme of a claim is that of its indicator. A claim comes
    after the last one of its indicator, else of its theme, else at the end; a document comes
    in the order of the keys. No other byte of the file changes. Raises YaluError with one line
    a fault, and then nothing is written: the rules are those of `check`, and every entry
    stands on one line.
    """
    root, form = root or book_root(), _FORMS[table]
    path = (root / file_of(table)).resolve()
    before = _bytes(path, table)
    header = _header(root, table)
    _known({name for name, cell in cells.items() if cell}, header, table)
    row = {name: cells.get(name, "") for name in header}
    row[form.day] = row.get(form.day) or date.today().isoformat()
    row = _with_theme(root, row)
    after, line = inserted(before, row, form.beside)
    _hold(root, table, row, after, line)
    _write(root, table, before, after)
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
    root = root or book_root()
    path = (root / file_of(table)).resolve()
    before = _bytes(path, table)
    line, old = _found(root, table, key)
    _known(cells, list(old), table)
    _free(cells, table, next(iter(old)))
    row = _with_theme(root, {**old, **cells})
    told = {name: (old[name], row[name]) for name in old if row[name] != old[name]}
    if not told:
        raise YaluError(f"{file_of(table)}:{line}: {key} has these entries already")
    after = replaced(before, line, row)
    _hold(root, table, row, after, line)
    _write(root, table, before, after)
    return Changed(line, told)


def _bytes(path: Path, table: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise YaluError(f"{file_of(table)}: cannot be read ({error.strerror})") from error


def _header(root: Path, table: str) -> list[str]:
    return [str(name) for name in read_table(root, f"ledger/{table}").frame.columns]


def _found(root: Path, table: str, key: str) -> tuple[int, dict[str, str]]:
    """Return line and cells of the row with a key."""
    read = read_table(root, f"ledger/{table}")
    if read.failures:
        raise YaluError(*map(str, read.failures))
    keys = read.frame.iloc[:, 0]
    if not (keys == key).any():
        raise YaluError(f'{file_of(table)}: no row "{key[:80]}"{did_you_mean(key, keys)}')
    line = int(keys.index[keys == key][0])
    return line, {str(name): str(cell) for name, cell in read.frame.loc[line].items()}


def _known(names: Iterable[str], header: list[str], table: str) -> None:
    if strange := [name for name in names if name not in header]:
        has = ", ".join(header)
        raise YaluError(f"{file_of(table)}: no column {', '.join(strange)}; there are {has}")


def _free(names: Iterable[str], table: str, key: str) -> None:
    """Raise where a column is named that no change may set."""
    why = {key: "pages name a row by it: add another row instead"}
    if table == "claims":
        why[_FOLLOWS] = f"it follows the {_LEADS}: change that"
    if fixed := [name for name in names if name in why]:
        raise YaluError(f"{file_of(table)}: column {fixed[0]} stays; {why[fixed[0]]}")


def _with_theme(root: Path, row: dict[str, str]) -> dict[str, str]:
    """Return a row with the theme of its indicator, empty where that is unknown."""
    if not {_FOLLOWS, _LEADS} <= set(row):
        return row
    frame = read_table(root, "ledger/indicators").frame
    known = {_FOLLOWS, _LEADS} <= set(frame.columns)
    themes = dict(zip(frame[_LEADS], frame[_FOLLOWS], strict=True)) if known else {}
    return row | {_FOLLOWS: themes.get(row[_LEADS], "")}


def _hold(root: Path, table: str, row: dict[str, str], after: bytes, line: int) -> None:
    """Raise what is wrong with the evidence as it would be with the row.

    A missing theme is left out where its indicator is told already.
    """
    file, has_theme = file_of(table), bool(row.get(_FOLLOWS, "-"))
    faults = _unfit(row, file, line) or [
        fault
        for fault in failures_with(root, {file: after})
        if has_theme or (fault.file, fault.line, fault.column) != (file, line, _FOLLOWS)
    ]
    if faults:
        raise YaluError(*map(str, faults))


def _unfit(row: dict[str, str], file: str, line: int) -> list[Failure]:
    """Return the entries that hold line breaks or other characters that nobody can see."""
    hint = "write it on one line, without control characters"
    return [
        Failure(file, line, name, shown(_escaped(cell)), "one line of text in UTF-8", hint)
        for name, cell in row.items()
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in cell)
    ]


def _escaped(cell: str) -> str:
    r"""Return a text with what nobody can see written out: \n, \x1b."""
    return "".join(x if x.isprintable() else ascii(x)[1:-1] for x in cell)


def _write(root: Path, table: str, before: bytes, after: bytes) -> None:
    """Put the new file in the place of the old one at once, if that is still as it was."""
    file = Path(file_of(table))
    if (root / file).read_bytes() != before:
        raise YaluError(f"{file}: changed in the meantime; nothing was written, try again")
    write_all(root, {file: after})
