"""Clean: the tidy tables that chapters read, made from the checked raw tables."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import pandas as pd

from helpers.errors import YaluError
from helpers.evidence import corrections
from helpers.evidence.check import Evidence
from helpers.evidence.csv_tables import (
    Codebook,
    clean_tables,
    first_day,
    iso,
    last_day,
    numbers,
    text,
)
from helpers.evidence.data_config import FILE as CONFIG
from helpers.evidence.data_config import DataConfig, Flows, PerKilogram, Table

Maker = Callable[[Evidence], pd.DataFrame]

_KG = {"kg": 1.0, "t": 1000.0}
_YES = {"yes": "true", "no": "false"}
_PERIOD = {"period_from": "period_start", "period_to": "period_end"}


def _raw(evidence: Evidence, table: str) -> pd.DataFrame:
    return corrections.apply(evidence.tables[table].frame, table, evidence.entries, evidence.config)


def _either(first: pd.Series, second: pd.Series) -> pd.Series:
    """Return the first column, with the second where the first is empty."""
    return first.where(first != "", second)


def _bounds(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `lower` and `upper`: value where no bound is given, empty on an open side."""
    return frame.assign(
        lower=_either(frame["low"], frame["value"]), upper=_either(frame["high"], frame["value"])
    )


def _days(frame: pd.DataFrame, days: dict[str, str]) -> pd.DataFrame:
    """Add full days: `days` maps the new column to the date column it is taken from.

    A name ending in _to is the last day of the date, any other the first.
    """
    made = {
        new: iso((last_day if new.endswith("_to") else first_day)(frame[old]))
        for new, old in days.items()
    }
    return frame.assign(**made)


def _with_outlet(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    """Add outlet, its family and the date of publication of each row's source."""
    sources = _sources(evidence).set_index("source_id")
    columns = ["outlet", "outlet_family", "outlet_family_label", "published", "published_from"]
    return frame.join(sources[columns], on="source_id")


def _sources(evidence: Evidence) -> pd.DataFrame:
    frame = _days(evidence.tables["ledger/sources"].frame, {"published_from": "published"})
    frame, languages = _checked(evidence, frame), edition_languages(evidence.book)
    return frame.join(families(frame["outlet"], evidence.tables["ledger/outlets"].frame, languages))


def _checked(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    """Add what `yalu ledger links` found since a document was last read, empty where nothing."""
    columns = ["url_status", "archive_status", "checked_on"]
    if "ledger/links" not in evidence.tables:
        return frame.assign(**dict.fromkeys(columns, ""))
    links = evidence.tables["ledger/links"].frame.set_index("source_id")[columns]
    frame = frame.join(links, on="source_id").fillna(dict.fromkeys(columns, ""))
    # what was read later may have another address by now
    frame.loc[frame["checked_on"] < frame["accessed"], columns] = ""
    return frame


def _statements(evidence: Evidence) -> pd.DataFrame:
    return _with_outlet(evidence, _days(_raw(evidence, "ledger/statements"), _PERIOD))


def _claims(evidence: Evidence) -> pd.DataFrame:
    frame = _days(_bounds(_raw(evidence, "ledger/claims")), _PERIOD)
    repeats = frame.set_index("claim_id")["repeats"]
    origins = frame["claim_id"]
    while ((further := origins.map(repeats)) != "").any():
        origins = _either(further, origins)
    # the outlet families of the register by all their names
    sources, others = _sources(evidence), evidence.tables["ledger/outlets"].frame
    names = dict(zip(sources["outlet_family_label"], sources["outlet_family"], strict=True))
    known = others["family"].isin(set(names.values()))
    names |= dict(zip(others["outlet"][known], others["family"][known], strict=True))
    quoted = quoted_families(frame["attribution"], names)
    return _with_outlet(evidence, frame.assign(origin_id=origins, quoted_families=quoted))


def _flow_months(evidence: Evidence, raw: str, made: Table) -> pd.DataFrame:
    """Return every month and flow, the value empty where no document gives one."""
    best = evidence.tables[raw].frame.set_index("month")
    first, last = made.months or (best.index.min(), best.index.max())
    months = pd.period_range(first, last, freq="M").astype("str")
    months = pd.Index([*months, *best.index.difference(months)], name="month")
    best = best.reindex(months, fill_value="").reset_index()
    flows = _flows(evidence)
    return pd.concat([_flow(best, name, flows) for name in flows.names])


def _flows(evidence: Evidence) -> Flows:
    if evidence.config.flows is None:
        raise YaluError(f"{CONFIG}: no flows, which the shape of a table needs")
    return evidence.config.flows


def _flow(best: pd.DataFrame, name: str, flows: Flows) -> pd.DataFrame:
    is_total = name == flows.total
    basis = best[f"{name}_is" if is_total else f"{name}_basis"]
    added = basis == "sum"
    first, second = (best[f"{part}_source_id"] for part in flows.parts)
    none = pd.Series("", index=best.index)
    printed = best[f"reported_{flows.total}_{flows.figure}"]
    return pd.DataFrame({
        "month": best["month"],
        flows.column: name,
        flows.figure: best[f"{name}_{flows.figure}"],
        "basis": basis,
        "source_id": best[f"{name}_source_id"].mask(added, first),
        "second_source_id": second.where(added & (second != first), ""),
        f"printed_{flows.figure}": printed if is_total else none,
        "printed_source_id": best[f"reported_{name}_source_id"] if is_total else none,
        "doubt": best["note"],
    })  # fmt: skip


def _year_sums(evidence: Evidence, raw: str, made: Table) -> pd.DataFrame:
    """Return the table with its sums and percentages computed again from the months."""
    frame, flows = evidence.tables[raw].frame, _flows(evidence)
    best = evidence.tables[made.months_from].frame
    sums = [
        numbers(best[f"{name}_{flows.figure}"])[best["month"].str[:4] == year].sum()
        for year, name in frame[["year", flows.column]].itertuples(index=False)
    ]
    total = pd.Series(sums, frame.index)
    percent = (total / numbers(frame[f"annual_{flows.figure}"]) - 1) * 100
    percent = (percent.round(2) + 0.0).map(text)
    made_again = {f"sum_{flows.figure}": total.round(6).map(text), "difference_percent": percent}
    return frame.assign(**made_again)


def _per_kilogram(frame: pd.DataFrame, costs: PerKilogram) -> pd.DataFrame:
    """Add costs per kilogram where a cost is per weight and in the unit wanted, else empty."""
    parts = frame["per"].str.extract(r"^(?:(\d+) )?(kg|t)$")
    weight = pd.to_numeric(parts[0].fillna("1")) * parts[1].map(_KG)
    weight = weight.where(frame["unit"] == costs.unit)
    made = {new: (numbers(frame[old]) / weight).map(text) for new, old in costs.columns.items()}
    return frame.assign(**made)


def _rows(evidence: Evidence, raw: str, made: Table) -> pd.DataFrame:
    """Return a table row by row, with what data/tables.yml adds to it."""
    frame = _raw(evidence, raw).rename(columns={old: new for new, old in made.rename.items()})
    frame = frame.assign(**{c: _either(frame[c], frame[other]) for c, other in made.fill.items()})
    frame = _days(_bounds(frame) if made.bounds else frame, made.days)
    frame = _per_kilogram(frame, made.per_kg) if made.per_kg else frame
    if made.claim:
        claims = evidence.tables["ledger/claims"].frame.set_index("claim_id")
        frame = frame.join(claims[made.claim], on="claim_id")
    frame = _with_outlet(evidence, frame) if made.outlet else frame
    return frame.fillna("")


def _declared(
    evidence: Evidence, section: str, key: str, cells: dict[str, str], fields: tuple[str, ...]
) -> pd.DataFrame:
    """Return the entries of a section: `cells` by column as column=entry, `fields` as they are."""
    rows = [
        {key: entry.id}
        | {new: "|".join(f"{column}={cell}" for column, cell in entry.cells(old).items())
           for new, old in cells.items()}
        | {name: entry.text(name) for name in fields}
        for entry in evidence.entries
        if entry.section == section
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[key, *cells, *fields])


# the tables that every book has in this form; data/tables.yml says how the others are made
_OWN: dict[str, Maker] = {
    "clean/claims": _claims,
    "clean/sources": _sources,
    "clean/statements": _statements,
    "clean/corrections": partial(
        _declared, section="corrections", key="correction_id",
        cells={"row_key": "match", "printed": "expect", "corrected": "new"},
        fields=("table", "action", "reason", "source_id"),
    ),
    "clean/known_differences": partial(
        _declared, section="known_differences", key="difference_id", cells={"row_key": "match"},
        fields=("check", "table", "difference", "reason"),
    ),
    **{
        f"clean/{table}": partial(_raw, table=f"ledger/{table}")
        for table in ("indicators", "places", "units", "themes", "pers", "changes")
    },
}  # fmt: skip
_SHAPES = {"rows": _rows, "flow_months": _flow_months, "year_sums": _year_sums}


_SORT_FIRST = {"clean/themes": ["place_in_book"]}


def makers(config: DataConfig) -> dict[str, Maker]:
    """Return how each clean table is made that the book may have."""
    return _OWN | {
        name: partial(_SHAPES[made.shape], raw=made.raw(name), made=made)
        for name, made in config.tables.items()
    }


def clean(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Make every clean table: text cells in final form, columns as in the codebook, sorted.

    Numbers are written as the shortest text that reads back as the same number. Rows are
    sorted by the table's first columns, then by all others, so that every run gives the
    same bytes.
    """
    known, tables = makers(evidence.config), {}
    for table in clean_tables(evidence.book):
        columns, made = evidence.book[table], evidence.config.tables.get(table)
        names = [column.column for column in columns]
        first = made.sort if made else _SORT_FIRST.get(table, [])
        frame = known[table](evidence)[names].sort_values([*first, *names], kind="stable")
        for column in columns:
            cells = frame[column.column]
            if column.type == "number":
                frame[column.column] = numbers(cells).map(text)
            elif column.type == "boolean":
                frame[column.column] = cells.replace(_YES)
        tables[table] = frame.reset_index(drop=True)
    return tables


# Outlets: the family of an outlet, and which families an attribution quotes -------------------


def edition_languages(book: Codebook) -> list[str]:
    """Return the languages of editions in English, from the codebook."""
    columns = book.get("ledger/sources", [])
    return [name for c in columns if c.column == "language" for name in c.labels.values()]


def without_edition(outlet: str, languages: Iterable[str]) -> str:
    """Return an outlet's name without the language of its edition in brackets."""
    name, bracket, edition = outlet.rpartition("(")
    is_edition = bracket and edition[-1:] == ")" and edition[:-1] in set(languages)
    return name.rstrip() if is_edition else outlet


def families(
    outlets: pd.Series, exceptions: pd.DataFrame, languages: Iterable[str]
) -> pd.DataFrame:
    """Return `outlet_family` and `outlet_family_label` for each outlet.

    The family is the outlet's name without its edition, unless `exceptions` (the table
    ledger/outlets) names another family for it, with or without the edition. `languages` are
    those of editions, as names in English.
    """
    rows = exceptions[["outlet", "family", "family_label"]].itertuples(index=False)
    known = {outlet: (family, label) for outlet, family, label in rows}
    found = []
    for outlet in outlets:
        name = without_edition(outlet, languages)
        key, label = known.get(outlet) or known.get(name, ("", ""))
        slug = re.sub(r"[\W_]+", "-", name.lower()).strip("-")
        found.append((key or slug, label or name))
    columns = pd.Index(["outlet_family", "outlet_family_label"])
    return pd.DataFrame(found, columns=columns, index=outlets.index, dtype="str")


def named_in(text: str, names: Iterable[str]) -> list[str]:
    """Return which of `names` occur as words of their own in a text."""
    # most names are not in a text at all, which is quickly seen
    within = [name for name in names if name in text]
    return [name for name in within if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def quoted_families(attributions: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Return the outlet families that each attribution names, e.g. "source via RFA", as one cell.

    `names` are the families by all their names. A report that was read only in another outlet
    is still the report of the outlet that it quotes.
    """
    found = ["; ".join(sorted({names[n] for n in named_in(text, names)})) for text in attributions]
    return pd.Series(found, attributions.index, dtype="str")
