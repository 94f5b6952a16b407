"""Codebook: what every column of every table holds, read from data/codebook.csv."""

import re
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import Failure, shown
from helpers.evidence.csv_tables import read_table

FILE = "data/codebook.csv"
HEADER = ["table", "column", "type", "unit", "meaning", "allowed", "missing_means"]
TYPES = ("id", "ids", "code", "text", "number", "date", "url", "boolean")
NEVER = "never missing"
FOLDERS = ("ledger", "series", "clean")


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


def read_codebook(root: Path) -> tuple[Codebook, list[Failure]]:
    """Read the codebook of the book at `root`: its tables in file order, and its failures."""
    raw = read_table(root, "codebook")
    if list(raw.frame.columns) != HEADER:
        if not raw.failures:
            raw.fail(1, "", shown(",".join(raw.frame.columns)), ",".join(HEADER), "mend the header")
        return {}, raw.failures
    book: Codebook = {}
    for row in raw.frame.itertuples(index=False, name=None):
        column = Column(*row)
        book.setdefault(column.table, []).append(column)
    frame = raw.frame
    folder = frame["allowed"].str.partition("/")[0]
    unknown = folder.isin(FOLDERS) & ~frame["allowed"].isin(list(book))
    faults = (
        ("type", ~frame["type"].isin(TYPES), "|".join(TYPES), "use one of these types"),
        ("column", frame.duplicated(["table", "column"]), "each column once", "remove the row"),
        ("meaning", frame["meaning"] == "", "a sentence", "say what the column holds"),
        ("missing_means", frame["missing_means"] == "", "words", "say what an empty cell means"),
        ("allowed", unknown, "a table of the codebook", "mend the name of the table"),
    )
    for name, bad, allowed, hint in faults:
        for line, cell in frame.loc[bad, name].items():
            raw.fail(line, name, shown(cell), allowed, hint)
    return book, raw.failures


def raw_tables(book: Codebook) -> list[str]:
    """Return the tables that people edit, in the codebook's order."""
    return [name for name in book if name.startswith(("ledger/", "series/"))]


def clean_tables(book: Codebook) -> list[str]:
    """Return the tables that the rebuild writes, in the codebook's order."""
    return [name for name in book if name.startswith("clean/")]
