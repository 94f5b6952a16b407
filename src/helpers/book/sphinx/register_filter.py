"""The filter of the register: its fields, and {register-filter}, which stands first on the page."""

from collections import Counter
from collections.abc import Sized

import pandas as pd
from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers.book.sphinx.evidence_page import STATUSES, Ledger, passed_on, read_ledger
from helpers.book.sphinx.html import number_of, raw_html, rendered
from helpers.chapter.charts import BASES
from helpers.chapter.wording import unit_words

# value and words of an option; a group of options has a theme, or nothing, and a title, or nothing
Option = tuple[str, str]
Group = tuple[str, str, list[Option]]


def filter_html(ledger: Ledger) -> Markup:
    """Return the filter, hidden until register.js shows it: a field a property of a claim.

    Options tell how many claims and statements there are; what is measured, status and unit are
    properties of claims alone.
    """
    claims = pd.DataFrame([vars(claim) for claim in ledger.claims.values()])
    entries = pd.concat([claims, pd.DataFrame(ledger.statements.values())])
    labels = _sorted({key: about["label"] for key, about in ledger.indicators.items()})
    units = _sorted({unit: unit_words(unit) for unit in claims["unit"].unique()})
    bases = {basis: about[0] for basis, about in BASES.items()}

    def one(codes: pd.Series, words: dict[str, str]) -> list[Group]:
        return [("", "", _counted(codes, words))]

    by_theme = [
        (theme, title, _counted(claims.loc[claims["theme"] == theme, "indicator"], labels))
        for theme, title in ledger.themes.items()
    ]
    days = pd.concat([claims["period_from"], claims["period_to"]]).dropna().dt.year
    years = [(str(y), str(y)) for y in range(int(days.max()), int(days.min()) - 1, -1)]
    fields: list[tuple[str, str, list[Group]]] = [
        ("theme", "Theme", one(entries["theme"], ledger.themes)),
        ("indicator", "What is measured", by_theme),
        ("place", "Place", one(entries["place"], {p: p for p in sorted(set(entries["place"]))})),
        ("year", "Year", [("", "", years)]),
        ("basis", "Who stands behind it", one(entries["basis"], bases)),
        ("status", "Status", one(claims["status"], STATUSES)),
        ("unit", "Unit", one(claims["unit"], units)),
        ("outlet", "Outlet", _outlets(ledger)),
    ]
    tables: dict[str, Sized] = {
        "claim": ledger.claims,
        "statement": ledger.statements,
        "document": ledger.sources,
    }
    counted = ", ".join(
        f"{len(table)} of {number_of(len(table), noun)}" for noun, table in tables.items() if table
    )
    return rendered("filter.html.j2", fields=fields, counted=counted)


def _outlets(ledger: Ledger) -> list[Group]:
    """Return the outlets with several documents, then those with one.

    Each tells its documents, and how many claims of other outlets come from it.
    """
    sources = pd.DataFrame(ledger.sources.values())
    labels = dict(zip(sources["outlet_family"], sources["outlet_family_label"], strict=True))
    documents = sources["outlet_family"].value_counts()
    via = Counter(name for claim in ledger.claims.values() for name in passed_on(claim, ledger))
    groups: dict[str, list[Option]] = {"Several documents": [], "One document": []}
    for key, label in _sorted(labels).items():
        several = documents[key] > 1
        told = [number_of(int(documents[key]), "document")] if several else []
        told += [f"also via others: {number_of(via[key], 'claim')}"] if via[key] else []
        words = f"{label} ({'; '.join(told)})" if told else label
        groups["Several documents" if several else "One document"].append((key, words))
    return [("", title, options) for title, options in groups.items() if options]


def _sorted(words: dict[str, str]) -> dict[str, str]:
    return dict(sorted(words.items(), key=lambda item: item[1].lower()))


def _counted(codes: pd.Series, words: dict[str, str]) -> list[Option]:
    """Return one option with its count for each code that occurs, in the order of `words`."""
    counts = codes.value_counts()
    return [(code, f"{words[code]} ({counts[code]})") for code in words if code in counts.index]


class FilterDirective(SphinxDirective):
    """```{register-filter}```: the filter of the register, on the page of {register}."""

    def run(self) -> list[nodes.Node]:
        """Return the filter."""
        return [raw_html(filter_html(read_ledger()))]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("register-filter", FilterDirective)
