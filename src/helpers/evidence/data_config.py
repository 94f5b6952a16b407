"""Data configuration: data/tables.yml, which says how tables are checked and made."""

import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from helpers.inputs import model_faults, read_mapping, read_text

FILE = "data/tables.yml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Package(_Part):
    """What data/datapackage.json says of all data; `name` is a key, `version` the book's.

    `published` is the day on which that version came out, which its pages tell to machines;
    none before its release.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    version: str = Field(pattern=r"^\d+(\.\d+)*$")
    description: str
    published: datetime.date | None = None
    licenses: list[dict[Literal["name", "title", "path"], str]] = Field(min_length=1)


class Phases(_Part):
    """The phases that a date can fall in: name to the first day after it, then `after`."""

    column: str
    date: str
    ends: dict[str, datetime.date]
    after: str


class Rules(_Part):
    """What the rows of one table must hold; see the head of data/tables.yml."""

    ordered: list[tuple[str, str]] = []
    dated: list[tuple[str, str]] = []
    range: bool = False
    one_of: list[str] = []
    value_or_range: tuple[str, str, str] | None = None
    adds_up: tuple[str, str, str] | None = None
    precision: tuple[str, str] | None = None
    phases: Phases | None = None
    settable: list[str] = []


class Flows(_Part):
    """What adds up: the column that names a flow, two parts, their total, and the figure.

    In a wide table a part has the columns <part>_<figure>, <part>_basis and <part>_source_id.
    """

    column: str
    parts: tuple[str, str]
    total: str
    figure: str

    @property
    def names(self) -> tuple[str, str, str]:
        """The parts and the total."""
        return (*self.parts, self.total)


class FlowSum(_Part):
    """Parts of a table that must add up to its totals, by period, source and counting body."""

    table: str
    period: str
    column: str


class YearSum(_Part):
    """A table of months added up, the months, and the years they are held against."""

    table: str
    months: str
    years: str


class Chosen(_Part):
    """A table of chosen months, and the table of all values that they are chosen from."""

    table: str
    months: str


class ClaimFigure(_Part):
    """A table whose rows repeat the figure of the claim that they name."""

    table: str


class Agreements(_Part):
    """Figures that must agree with one another."""

    flow_sums: list[FlowSum] = []
    year_sums: list[YearSum] = []
    chosen: list[Chosen] = []
    claim_figures: list[ClaimFigure] = []


class PerKilogram(_Part):
    """Costs to be given per kilogram: in which unit, and new column to cost."""

    unit: str
    columns: dict[str, str]


class Table(_Part):
    """How a clean table is made; see the head of data/tables.yml."""

    title: str
    made_from: str = ""
    shape: Literal["rows", "flow_months", "year_sums"] = "rows"
    months: tuple[str, str] | None = None
    months_from: str = ""
    rename: dict[str, str] = {}
    fill: dict[str, str] = {}
    bounds: bool = False
    days: dict[str, str] = {}
    per_kg: PerKilogram | None = None
    claim: list[str] = []
    outlet: bool = False
    sort: list[str] = []
    key: list[str] = []

    def raw(self, name: str) -> str:
        """Return the raw table that the clean table `name` is made from."""
        return self.made_from or f"series/{name.partition('/')[2]}"


class DataConfig(_Part):
    """All of data/tables.yml."""

    package: Package
    rules: dict[str, Rules] = {}
    flows: Flows | None = None
    agreements: Agreements = Agreements()
    tables: dict[str, Table] = {}
    kept_apart: list[list[list[str]]] = []

    @model_validator(mode="after")
    def _has_flows(self) -> "DataConfig":
        sums = self.agreements.flow_sums or self.agreements.year_sums or self.agreements.chosen
        if self.flows is None and (sums or any(t.shape != "rows" for t in self.tables.values())):
            raise ValueError("flows: needed by flow_sums, year_sums, chosen and by shapes of flows")
        return self

    def rules_of(self, table: str) -> Rules:
        """Return the rules of a table, none where none are given."""
        return self.rules.get(table, Rules())

    def settable(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table that a declared correction may set."""
        own = ("value", "low", "high", "unit") if table == "ledger/claims" else ()
        return own + tuple(self.rules_of(table).settable)


def read_data_config(root: Path) -> DataConfig:
    """Return data/tables.yml of the book at `root`. Raises YaluError, one line a fault."""
    path = root / FILE
    try:
        return _checked(read_text(path, FILE), path)
    except ValidationError as error:
        raise model_faults(error, path, FILE) from None


@lru_cache(maxsize=8)
def _checked(_text: str, path: Path) -> DataConfig:
    return DataConfig.model_validate(read_mapping(path, FILE))
