"""Filters: the bar that narrows the register, one field a property of a claim."""

from html import escape

import pandas as pd

from helpers.analysis.theme import BASES
from helpers.book.sphinx.claim_list import themes
from helpers.book.sphinx.html import tag
from helpers.book.sphinx.ledger import Ledger
from helpers.book.sphinx.words import STATUSES


def _option(value: str, words: str, count: int) -> str:
    return tag("option", escape(f"{words} ({count})"), value=value)


def _select(name: str, label: str, options: str) -> str:
    select = tag("select", tag("option", "all", value="") + options, name=name)
    return tag("label", f"{label} {select}")


def _counted(codes: pd.Series, words: dict[str, str]) -> str:
    """Return one option for each code that occurs, by its words."""
    counts = codes.value_counts()
    shown = [code for code in words if code in counts.index]
    return "".join(_option(code, words[code], int(counts[code])) for code in shown)


def _indicator_options(frame: pd.DataFrame, ledger: Ledger) -> str:
    labels = {key: about["label"] for key, about in ledger.indicators.items()}
    ordered = dict(sorted(labels.items(), key=lambda item: item[1].lower()))
    return "".join(
        tag(
            "optgroup", _counted(frame.loc[frame["theme"] == theme, "indicator"], ordered),
            label=label, data_theme=theme,
        )
        for theme, label in themes(ledger).items()
    )  # fmt: skip


def _year_options(frame: pd.DataFrame) -> str:
    days = pd.concat([frame["period_from"], frame["period_to"]]).dropna()
    years = range(int(days.dt.year.max()), int(days.dt.year.min()) - 1, -1)
    return "".join(tag("option", str(year), value=year) for year in years)


def _houses(ledger: Ledger) -> dict[str, str]:
    """Return the names of the houses by their code, in the order of the names."""
    names = {s["outlet_family"]: s["outlet_family_label"] for s in ledger.sources.values()}
    return dict(sorted(names.items(), key=lambda pair: pair[1].lower()))


def _fields(ledger: Ledger) -> str:
    claims = pd.DataFrame([vars(claim) for claim in ledger.claims.values()])
    houses = pd.Series([source["outlet_family"] for source in ledger.sources.values()])
    places = {place: place for place in sorted(set(claims["place"]))}
    bases = {basis: label for basis, (label, _, _) in BASES.items()}
    search = 'Words <input type="search" name="q" autocomplete="off">'
    return tag("label", search, class_="reg-wide") + "".join(
        _select(name, label, options)
        for name, label, options in (
            ("theme", "Theme", _counted(claims["theme"], themes(ledger))),
            ("indicator", "What is measured", _indicator_options(claims, ledger)),
            ("place", "Place", _counted(claims["place"], places)),
            ("year", "Year", _year_options(claims)),
            ("basis", "Who stands behind it", _counted(claims["basis"], bases)),
            ("status", "Status", _counted(claims["status"], STATUSES)),
            ("outlet", "Outlet", _counted(houses, _houses(ledger))),
        )
    )


def filter_html(ledger: Ledger) -> str:
    """Return the filter bar: hidden until the script of the register has come."""
    foot = '<output aria-live="polite"></output> <button type="reset">Show everything</button>'
    form = tag(
        "form", _fields(ledger) + tag("p", foot), id="yalu-register", role="search",
        aria_label="Filter the register", hidden="",
    )  # fmt: skip
    return tag("div", form, class_="reg-filter")
