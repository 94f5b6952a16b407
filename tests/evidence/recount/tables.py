"""The clean tables as pandas reads them, the settings of the chapters, and the list of recounts."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[3]
NUMBERS = {
    "value", "low", "high", "lower", "upper", "printed_value", "usd_million", "cny_per_usd",
    "kpw_per_usd", "kpw_per_cny", "rice_kpw_per_kg", "price_low", "price_high", "stay_days_low",
    "stay_days_high", "workers_repatriated",
}  # fmt: skip
RECOUNTS: dict[str, Callable] = {}


def recount(key):
    """Enter a function as the recount of the number that the book prints under `key`."""

    def enter(function):
        assert key not in RECOUNTS, key
        RECOUNTS[key] = lambda *used: plain(function(*used))
        return function

    return enter


def plain(number):
    """NumPy's numbers as Python's own, in a pair too."""
    if isinstance(number, tuple):
        return tuple(map(plain, number))
    return number.item() if hasattr(number, "item") else number


def table(name):
    """Read a table of data/clean: the columns of `NUMBERS` as numbers, all others as text."""
    path = ROOT / "data" / "clean" / f"{name}.csv"
    columns = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    types = {column: float if column in NUMBERS else str for column in columns}
    return pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])


CLAIMS = table("claims")
BY_ID = {row["claim_id"]: SimpleNamespace(**row) for row in CLAIMS.to_dict("records")}
# what may enter a computation, each origin once
COUNTED = CLAIMS[(CLAIMS["usable"] == "true") & CLAIMS["repeats"].isna()]
EVENTS = table("events").set_index("event_id")
SIDECARS = {
    chapter: yaml.safe_load((ROOT / "chapters" / f"{chapter}.yml").read_text(encoding="utf-8"))
    for chapter in ("visas", "luggage", "repatriation", "wages_trade")
}


def setting(chapter, name):
    """The value of a parameter in the published run: as declared, or the claim that it names."""
    declared = SIDECARS[chapter]["parameters"][name]
    if "default" in declared:
        return declared["default"]
    return getattr(BY_ID[declared["claim"]], declared["use"])


def value(claim_id):
    """The figure of a claim."""
    return BY_ID[claim_id].value


def ends(rows):
    """The smallest and the largest figure that claims name."""
    return rows["lower"].min(), rows["upper"].max()
