"""Data package: the Frictionless description of data/clean, made from the codebook."""

import json
from typing import Any

from helpers.evidence.codebook import Codebook, Column, clean_tables

FILE = "data/datapackage.json"
_TYPES = {"number": "number", "boolean": "boolean"}
_DATES = {"YYYY": "year", "YYYY-MM": "yearmonth", "YYYY-MM-DD": "date"}
_PARTIAL = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_KEYS = {"clean/trade_months": ["month", "flow"], "clean/fx_months": ["month"]}
_PACKAGE = {
    "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
    "name": "across-the-yalu",
    "title": "Across the Yalu: evidence on North Korean workers in China under sanctions",
    "description": (
        "Claims, their sources and dated series, checked and cleaned. Every row names its source; "
        "figures that disagree stand side by side."
    ),
    "licenses": [
        {
            "name": "CC-BY-4.0",
            "title": "Creative Commons Attribution 4.0 International",
            "path": "https://creativecommons.org/licenses/by/4.0/",
        }
    ],
}
TITLES = {
    "claims": "Claims: one figure of one document",
    "sources": "Sources: the documents",
    "statements": "Findings without a number of their own",
    "indicators": "Indicators: what is measured",
    "places": "Places",
    "units": "Units and their families",
    "events": "Dated events and deadlines",
    "trade_months": "Trade by month: one chosen value a flow",
    "trade_month_counts": "Trade by month: every value found",
    "trade_years": "Trade by year and counting body",
    "trade_consistency": "Months added up against the year",
    "fx_months": "Yuan per dollar, monthly averages",
    "kpw_market": "Market rates of the North Korean won and of rice",
    "chinese_wages": "Chinese pay and legal minimum wages",
    "workers_by_country": "Workers abroad by host",
    "repatriation_reports": "What states reported on workers sent home",
    "visa_channels": "Ways to enter and stay",
    "goods_prices": "Prices of goods that go home in the bags",
    "transport_costs": "Freight, baggage and passenger charges",
    "corrections": "Declared corrections",
    "known_differences": "Declared differences between figures that ought to agree",
    "changes": "What the checks changed in the ledger, cell by cell",
}


def package(book: Codebook) -> bytes:
    """Return data/datapackage.json: schemas, descriptions, keys; no date, no machine."""
    resources = [_resource(table, book) for table in clean_tables(book)]
    whole = {**_PACKAGE, "resources": resources}
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def _resource(table: str, book: Codebook) -> dict[str, Any]:
    name = table.partition("/")[2]
    return {
        "name": name.replace("_", "-"),
        "type": "table",
        "title": TITLES.get(name, name),
        "path": f"{table}.csv",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": _schema(table, book),
    }


def _schema(table: str, book: Codebook) -> dict[str, Any]:
    columns = book[table]
    first = columns[0]
    key = _KEYS.get(table, [first.column] if first.allowed == "unique" else [])
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
