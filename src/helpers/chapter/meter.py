"""The evidence meter: how much, and what kind of evidence, a chapter or the book rests on."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from helpers import evidence
from helpers.chapter.wording import date_words, number_words


@dataclass(frozen=True)
class Meter:
    """What some claims rest on. Shares are fractions of `claims`; dates are ISO texts.

    `anonymous_only`: claims by anonymous sources that no claim of another basis agrees
    with. `second_origin`: claims that another claim of the same indicator, place and
    period agrees with, from an independent origin. `derived`: computed claims. `oldest`
    and `newest` are dates of publication of the documents.
    """

    documents: int
    claims: int
    anonymous_only: float
    second_origin: float
    derived: float
    oldest: str
    newest: str


def _agreeing_rows(claim_id: str, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["claim_id"].isin(evidence.agreeing(claim_id))]


def _is_anonymous_only(row: pd.Series, table: pd.DataFrame) -> bool:
    if row["basis"] != "anonymous-source":
        return False
    return bool((_agreeing_rows(row["claim_id"], table)["basis"] == "anonymous-source").all())


def _has_second_origin(row: pd.Series) -> bool:
    agreeing = evidence.agreeing(row["claim_id"])
    return bool(agreeing) and evidence.independent_origins([row["claim_id"], *agreeing]) > 1


def measure(claim_ids: Iterable[str], source_ids: Iterable[str] = ()) -> Meter:
    """Return the meter of some claims; `source_ids` are documents cited besides.

    Raises YaluError for an unknown claim, and where there is no claim to measure.
    """
    wanted = {evidence.recorded(claim_id).claim_id for claim_id in claim_ids}
    table = evidence.load("claims")
    rows = table[table["claim_id"].isin(wanted)]
    documents = (
        evidence.load("sources")
        .set_index("source_id")
        .loc[sorted({*rows["source_id"], *source_ids})]
    )
    published = sorted(documents["published"].dropna())
    return Meter(
        documents=len(documents),
        claims=len(rows),
        anonymous_only=float(rows.apply(_is_anonymous_only, axis=1, table=table).mean()),
        second_origin=float(rows.apply(_has_second_origin, axis=1).mean()),
        derived=float((rows["basis"] == "derived").mean()),
        oldest=published[0],
        newest=published[-1],
    )


def meter_rows(meter: Meter) -> list[tuple[str, str]]:
    """Return the meter as rows of a table: what is measured, and the figure in words."""
    share = {name: f"{number_words(getattr(meter, name) * 100, 2)} per cent" for name in (
        "anonymous_only", "second_origin", "derived")}  # fmt: skip
    return [
        ("Documents", number_words(meter.documents)),
        ("Claims used", number_words(meter.claims)),
        ("On anonymous sources only", share["anonymous_only"]),
        ("With a second independent origin", share["second_origin"]),
        ("Derived by us", share["derived"]),
        ("Oldest document", date_words(meter.oldest)),
        ("Newest document", date_words(meter.newest)),
    ]


def meter_markdown(meter: Meter) -> str:
    """Return the meter as a MyST table, its figures marked for the number lint."""
    lines = ["| The evidence of this page | Value |", "| --- | --- |"]
    lines += [f"| {what} | {{stated}}`{words}; counted from the ledger` |"
              for what, words in meter_rows(meter)]  # fmt: skip
    return "\n".join(lines)
