"""Rebuild data/clean and data/datapackage.json, all files or none."""

import csv
import io
from pathlib import Path

import pandas as pd

from helpers.errors import Failure, YaluError, raise_failures
from helpers.evidence import datapackage
from helpers.evidence.check import Evidence, read_evidence
from helpers.evidence.clean import clean, makers
from helpers.evidence.codebook import FILE, clean_tables
from helpers.evidence.csv_tables import RawTable
from helpers.evidence.data_config import FILE as CONFIG
from helpers.evidence.rules import cell_rules, row_rules, table_failures
from helpers.files import write_all
from helpers.paths import book_root

FOLDER = "data/clean"


def rebuild(root: Path | None = None, *, write: bool = True) -> list[Path]:
    """Check the evidence of the book at `root`, then write data/clean and its data package.

    Returns the files that changed, relative to the root (also those that are gone); with
    `write=False` the files that would change. Raises YaluError with one line a failure,
    and then nothing is written.
    """
    root = root or book_root()
    files = made(root)
    changed = _changed(root, files)
    if changed and write:
        write_all(root, {path: files.get(path.as_posix()) for path in changed})
    return changed


def made(root: Path) -> dict[str, bytes]:
    """Return what the rebuild writes: path relative to the root, and bytes.

    Raises YaluError with one line a failure of the evidence.
    """
    evidence = read_evidence(root)
    raise_failures(evidence.failures)
    described, config = set(clean_tables(evidence.book)), evidence.config
    hint = f"the codebook and {CONFIG} must know the same tables and columns"
    if unmade := sorted((described - set(makers(config))) | (set(config.tables) - described)):
        raise YaluError(f"{FILE}: {', '.join(unmade)}: {hint}")
    try:
        tables = clean(evidence)
    except KeyError as error:
        raise YaluError(f"{FILE}: {error.args[0]}: {hint}") from error
    raise_failures(_output_failures(evidence, tables))
    files = {f"data/{name}.csv": _csv(frame) for name, frame in tables.items()}
    return files | {datapackage.FILE: datapackage.package(evidence.book, config)}


def _output_failures(evidence: Evidence, tables: dict[str, pd.DataFrame]) -> list[Failure]:
    """Check the clean tables against the codebook, as the raw ones were."""
    keys = {name: frozenset(t[evidence.book[name][0].column]) for name, t in tables.items()}
    found: list[Failure] = []
    for name, frame in tables.items():
        table = RawTable(name, f"data/{name}.csv", frame.set_axis(range(2, len(frame) + 2)))
        rules = [rule for column in evidence.book[name] for rule in cell_rules(column, keys)]
        found += table_failures(table, rules + row_rules(evidence.config, name))
    return found


def _csv(frame: pd.DataFrame) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(frame.itertuples(index=False, name=None))
    return text.getvalue().encode()


def _changed(root: Path, files: dict[str, bytes]) -> list[Path]:
    folder = root / FOLDER
    there = {f"{FOLDER}/{path.name}" for path in folder.iterdir()} if folder.is_dir() else set()
    differ = {name for name, data in files.items() if _bytes(root / name) != data}
    return sorted(Path(name) for name in differ | (there - set(files)))


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
