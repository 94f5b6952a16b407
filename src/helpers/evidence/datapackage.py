"""Data package: the Frictionless description of data/clean, made from the codebook."""

import json
from typing import Any

from helpers.evidence.codebook import Codebook, Column, clean_tables
from helpers.evidence.data_config import DataConfig

FILE = "data/datapackage.json"
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


def package(book: Codebook, config: DataConfig) -> bytes:
    """Return data/datapackage.json: schemas, descriptions, keys; no date, no machine."""
    resources = [_resource(table, book, config) for table in clean_tables(book)]
    whole = {"$schema": _SCHEMA, **config.package.model_dump(), "resources": resources}
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def table_title(table: str, config: DataConfig) -> str:
    """Return what a clean table is called; a table that nobody named has its own name."""
    planned = config.tables.get(table)
    return planned.title if planned else _TITLES.get(table, table.partition("/")[2])


def _resource(table: str, book: Codebook, config: DataConfig) -> dict[str, Any]:
    name = table.partition("/")[2]
    return {
        "name": name.replace("_", "-"),
        "type": "table",
        "title": table_title(table, config),
        "path": f"{table}.csv",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": _schema(table, book, config),
    }


def _schema(table: str, book: Codebook, config: DataConfig) -> dict[str, Any]:
    columns = book[table]
    first = columns[0]
    planned = config.tables.get(table)
    own = [first.column] if first.allowed == "unique" else []
    key = (planned.key if planned else []) or own
    links = [link for column in columns for link in _links(table, column, book)]
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in columns],
        "missingValues": [""],
    }
    schema |= {"primaryKey": key} if key else {}
    return schema | ({"foreignKeys": links} if links else {})


def _links(table: str, column: Column, book: Codebook) -> list[dict[str, Any]]:
    """Return the foreign key of a column with one key a cell; lists of keys have none."""
    if not column.target or column.type == "ids":
        return []
    target = "" if column.target == table else column.target.partition("/")[2].replace("_", "-")
    key = book[column.target][0].column
    return [{"fields": [column.column], "reference": {"resource": target, "fields": [key]}}]


def _field(column: Column) -> dict[str, Any]:
    kind = (
        _DATES.get(column.allowed, "string")
        if column.type == "date"
        else _TYPES.get(column.type, "string")
    )
    empty = "" if column.required else f" Empty: {column.missing_means}."
    unit = f" Unit: {column.unit}." if column.unit else ""
    field: dict[str, Any] = {"name": column.column, "type": kind}
    field |= {"format": "uri"} if column.type == "url" else {}
    field["description"] = f"{column.meaning.rstrip('.')}.{unit}{empty}"
    rules = _constraints(column)
    return field | ({"constraints": rules} if rules else {})


def _constraints(column: Column) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    if column.required:
        rules["required"] = True
    if column.allowed == "unique":
        rules["unique"] = True
    if column.words:
        rules["enum"] = column.words
    if column.type == "date" and column.allowed not in _DATES:
        rules["pattern"] = _PARTIAL
    if ".." in column.allowed:
        low, _, high = column.allowed.partition("..")
        rules |= {"minimum": float(low)} if low else {}
        rules |= {"maximum": float(high)} if high else {}
    return rules
