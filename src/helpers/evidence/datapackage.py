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
    described = {"$schema": _SCHEMA, **config.package.model_dump(), "resources": resources}
    return (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()


def _resource(table: str, book: Codebook, config: DataConfig) -> dict[str, Any]:
    columns, made = book[table], config.tables.get(table)
    name = table.partition("/")[2]
    own = [columns[0].column] if columns[0].allowed == "unique" else []
    key = (made.key if made else []) or own
    links = [_link(table, c, book) for c in columns if c.target and c.type != "ids"]
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in columns],
        "missingValues": [""],
    }
    schema |= {"primaryKey": key} if key else {}
    schema |= {"foreignKeys": links} if links else {}
    return {
        "name": name.replace("_", "-"),
        "type": "table",
        "title": made.title if made else _TITLES.get(table, name),
        "path": f"{table}.csv",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _link(table: str, column: Column, book: Codebook) -> dict[str, Any]:
    """Return the foreign key of a column with one key a cell; within a table it is ""."""
    target = "" if column.target == table else column.target.partition("/")[2].replace("_", "-")
    key = book[column.target][0].column
    return {"fields": [column.column], "reference": {"resource": target, "fields": [key]}}


def _field(column: Column) -> dict[str, Any]:
    kind = _TYPES.get(column.type, "string")
    if column.type == "date":
        kind = _DATES.get(column.allowed, "string")
    empty = "" if column.required else f" Empty: {column.missing_means}."
    unit = f" Unit: {column.unit}." if column.unit else ""
    field: dict[str, Any] = {"name": column.column, "type": kind}
    field |= {"format": "uri"} if column.type == "url" else {}
    field["description"] = f"{column.meaning.rstrip('.')}.{unit}{empty}"
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
    return field | ({"constraints": rules} if rules else {})
