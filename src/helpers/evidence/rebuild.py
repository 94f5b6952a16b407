"""Rebuild data/clean and data/datapackage.json, all files or none."""

import json
from pathlib import Path
from typing import Any

from helpers.errors import Failure, YaluError, raise_failures
from helpers.evidence.check import read_evidence
from helpers.evidence.clean import clean, makers
from helpers.evidence.csv_tables import (
    CODEBOOK,
    Codebook,
    Column,
    RawTable,
    clean_tables,
    csv_bytes,
)
from helpers.evidence.data_config import FILE as CONFIG
from helpers.evidence.data_config import DataConfig
from helpers.evidence.history import read_log
from helpers.evidence.rules import cell_rules, row_rules, table_failures
from helpers.files import write_all
from helpers.paths import book_root

FOLDER, PACKAGE = "data/clean", "data/datapackage.json"


def rebuild(root: Path | None = None, *, write: bool = True) -> list[Path]:
    """Check the evidence of the book at `root`, then write data/clean and its data package.

    Returns the files that changed, relative to the root (also those that are gone); with
    `write=False` the files that would change. Raises YaluError with one line a failure,
    and then nothing is written.
    """
    root = root or book_root()
    files = made(root)
    folder = root / FOLDER
    there = {f"{FOLDER}/{path.name}" for path in folder.iterdir()} if folder.is_dir() else set()
    same = {name for name, data in files.items()
            if (root / name).is_file() and (root / name).read_bytes() == data}  # fmt: skip
    changed = sorted(map(Path, {*files, *there} - same))
    if changed and write:
        write_all(root, {path: files.get(path.as_posix()) for path in changed})
    return changed


def made(root: Path) -> dict[str, bytes]:
    """Return what the rebuild writes: path relative to the root, and bytes.

    Raises YaluError with one line a failure of the evidence.
    """
    evidence = read_evidence(root)
    raise_failures(evidence.failures)
    read_log(root)
    described, config = clean_tables(evidence.book), evidence.config
    hint = f"the codebook and {CONFIG} must know the same tables and columns"
    if unmade := sorted(({*described} - set(makers(config))) | (set(config.tables) - {*described})):
        raise YaluError(f"{CODEBOOK}: {', '.join(unmade)}: {hint}")
    try:
        tables = clean(evidence)
    except KeyError as error:
        raise YaluError(f"{CODEBOOK}: {error.args[0]}: {hint}") from error
    # the clean tables are checked against the codebook, as the raw ones were
    keys = {name: frozenset(t[evidence.book[name][0].column]) for name, t in tables.items()}
    found: list[Failure] = []
    for name, frame in tables.items():
        table = RawTable.of_frame(name, frame.set_axis(range(2, len(frame) + 2)))
        rules = [rule for column in evidence.book[name] for rule in cell_rules(column, keys)]
        found += table_failures(table, rules + row_rules(config, name))
    raise_failures(found)
    files = {f"data/{name}.csv": csv_bytes(frame) for name, frame in tables.items()}
    resources = [_resource(table, evidence.book, config) for table in described]
    package = {
        "$schema": _SCHEMA,
        **config.package.model_dump(exclude={"published"}),
        "resources": resources,
    }
    return files | {PACKAGE: (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()}


# The data package: the Frictionless description of data/clean, made from the codebook --------

_TYPES = {"number": "number", "boolean": "boolean"}
_DATES = {"YYYY": "year", "YYYY-MM": "yearmonth", "YYYY-MM-DD": "date"}
_PARTIAL = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_SCHEMA = "https://datapackage.org/profiles/1.0/datapackage.json"
# titles of the tables that every book has in one form
_TITLES = {
    "clean/claims": "Claims: one figure of one document",
    "clean/sources": "Sources: the documents",
    "clean/statements": "Findings without a number of their own",
    "clean/indicators": "Indicators: what is measured",
    "clean/places": "Places",
    "clean/units": "Units and their families",
    "clean/themes": "Themes",
    "clean/pers": "What a figure is per, in words",
    "clean/corrections": "Declared corrections",
    "clean/known_differences": "Declared differences between figures that ought to agree",
    "clean/changes": "What the checks changed in the ledger, cell by cell",
}


def _resource(table: str, book: Codebook, config: DataConfig) -> dict[str, Any]:
    columns, made = book[table], config.tables.get(table)
    name = table.partition("/")[2]
    own = [columns[0].column] if columns[0].allowed == "unique" else []
    key = (made.key if made else []) or own
    links = []
    for column in columns:
        # a cell with one key; within a table the other is ""
        if column.target and column.type != "ids":
            there = column.target.partition("/")[2].replace("_", "-")
            reference = {"resource": "" if column.target == table else there,
                         "fields": [book[column.target][0].column]}  # fmt: skip
            links.append({"fields": [column.column], "reference": reference})
    schema: dict[str, Any] = {"fields": [*map(_field, columns)], "missingValues": [""]}
    schema |= {"primaryKey": key} if key else {}
    schema |= {"foreignKeys": links} if links else {}
    return {
        "name": name.replace("_", "-"), "type": "table",
        "title": made.title if made else _TITLES.get(table, name), "path": f"{table}.csv",
        "scheme": "file", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
        "schema": schema,
    }  # fmt: skip


def _field(column: Column) -> dict[str, Any]:
    kind = _DATES if column.type == "date" else _TYPES
    kind_of = column.allowed if column.type == "date" else column.type
    empty = "" if column.required else f" Empty: {column.missing_means}."
    unit = f" Unit: {column.unit}." if column.unit else ""
    low, between, high = column.allowed.partition("..")
    rules: dict[str, Any] = {
        "required": column.required or None,
        "unique": column.allowed == "unique" or None,
        "enum": column.words or None,
        "pattern": _PARTIAL if column.type == "date" and column.allowed not in _DATES else None,
        "minimum": float(low) if between and low else None,
        "maximum": float(high) if between and high else None,
    }
    rules = {name: rule for name, rule in rules.items() if rule is not None}
    field: dict[str, Any] = {"name": column.column, "type": kind.get(kind_of, "string")}
    field |= {"format": "uri"} if column.type == "url" else {}
    field["description"] = f"{column.meaning.rstrip('.')}.{unit}{empty}"
    return field | ({"constraints": rules} if rules else {})
