"""Contested facts of the evidence page: a chart and a table each, folded by theme."""

from typing import Any

import pandas as pd
from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers.book.sphinx.evidence_page import STATUSES, Ledger, page_section, read_ledger
from helpers.book.sphinx.figures.svg import WIDTHS, picture
from helpers.book.sphinx.html import rendered
from helpers.chapter.charts import BASES, log_ticks, number_axis, number_format, spans, theme
from helpers.chapter.wording import listing, per_words, period_words, quantity_words, unit_words
from helpers.evidence import Claim
from helpers.evidence.contested import Contest

# Figures that lie further apart than this have a logarithmic axis.
_FAR_APART = 30
_STEP = 40


def contests_html(ledger: Ledger) -> Markup:
    """Return all contests, folded by theme; in a theme by indicator, place and time."""

    def order(contest: Contest) -> tuple[str, str, str]:
        label = ledger.indicators[contest.indicator]["label"].lower()
        return label, contest.place, contest.claims[-1].period_start or ""

    themes = [
        (theme, title, found)
        for theme, title in ledger.themes.items()
        if (found := sorted((c for c in ledger.contests if c.claims[0].theme == theme), key=order))
    ]
    bases = {basis: label for basis, (label, _, _) in BASES.items()}
    return rendered(
        "contests.html.j2", ledger=ledger, themes=themes, statuses=STATUSES, bases=bases,
        chart=chart_html,
    )  # fmt: skip


def chart_html(contest: Contest) -> Markup:
    """Return the two pictures of a contest, with the words for readers who cannot see them."""
    pictures = {
        kind: Markup(picture(_spec(contest, width), kind, contest.key))
        for kind, width in WIDTHS.items()
    }
    return rendered("pictures.html.j2", description=described(contest), pictures=pictures)


def render_contests() -> None:
    """Render the charts of all contests into the chart cache."""
    for contest in read_ledger().contests:
        chart_html(contest)


def described(contest: Contest) -> str:
    """Return what the chart shows: each figure with its outlet, in the order of the rows."""
    told = [f"{quantity_words(claim)} ({claim.outlet})" for claim in contest.claims]
    return f"Dots and ranges, one row a claim, in the order of the table below: {listing(told)}."


def _spec(contest: Contest, width: int) -> dict[str, Any]:
    """Return the chart in Vega-Lite, a row a claim as `charts.range_rows` lays them out.

    Labels are cut where a picture of `width` ends. Written out, since a page holds dozens of
    these charts and Altair takes its time.
    """
    claims = contest.claims
    rows = spans(_rows(claims)).astype(object)
    ends = [x for c in claims for x in (c.value, c.low, c.high) if x is not None]
    log = min(ends) > 0 and max(ends) / min(ends) > _FAR_APART
    present = [basis for basis in BASES if basis in {claim.basis for claim in claims}]
    labels = [BASES[basis][0] for basis in present]
    hue, shape = (
        {"field": "basis", "scale": {"domain": labels, "range": [BASES[b][at] for b in present]}}
        for at in (1, 2)
    )
    ticks = {"values": log_ticks(rows["from_"].min(), rows["to_"].max())} if log else {}
    form = number_format(rows["to_"].max())
    axis = number_axis(form, tickCount=5, **ticks).to_dict()
    scale = {"type": "log" if log else "linear", "nice": True, "zero": not log}
    unit = f"{unit_words(claims[0].unit)} {per_words(claims[0].per)}".strip()
    x = {"field": "from_", "type": "quantitative", "title": unit, "scale": scale, "axis": axis}
    row = {"field": "row", "type": "nominal", "sort": None, "axis": None}
    dot = {"field": "dot_", "type": "quantitative"}
    # the sign of an open side, beyond the one bound that is known
    arrows = [
        {
            "transform": [{"filter": f"datum.open_ == '{side}'"}],
            "mark": {"type": "text", "dx": dx, "dy": 8, "fontSize": 17, "fontWeight": 700},
            "encoding": {"x": dot, "text": {"value": sign}, "color": hue},
        }
        for side, sign, dx in (("high", "→", 14), ("low", "←", -14))
    ]
    return {
        "data": {"values": rows.where(rows.notna(), None).to_dict("records")},
        "height": {"step": _STEP},
        "encoding": {"y": row | {"scale": {"paddingInner": 0.1}}},
        "layer": [
            {
                "mark": {"type": "bar", "height": 8, "yOffset": 8},
                "encoding": {"x": x, "x2": {"field": "to_"}, "color": hue},
            },
            {
                "transform": [{"filter": "isValid(datum.dot_)"}],
                "mark": {"type": "point", "filled": True, "size": 80, "yOffset": 8, "opacity": 1},
                "encoding": {"x": dot, "color": hue, "shape": shape},
            },
            *arrows,
            {
                "mark": {"type": "text", "align": "left", "dy": -11, "limit": width - 24},
                "encoding": {"x": {"value": 2}, "text": {"field": "label"}},
            },
        ],
        "config": theme() | {"legend": theme()["legend"] | {"offset": 12}},
    }


def _rows(claims: tuple[Claim, ...]) -> pd.DataFrame:
    ends, rows = ("value", "low", "high"), []
    for number, claim in enumerate(claims):
        label = f"{period_words(claim.period_start, claim.period_end)}: {claim.outlet}"
        label += "" if claim.usable else " (not used)"
        row = {"row": number, "label": label, "basis": BASES[claim.basis][0]}
        rows.append(row | {end: getattr(claim, end) for end in ends})
    return pd.DataFrame(rows).astype(dict.fromkeys(ends, "float64"))


class ContestsDirective(SphinxDirective):
    """```{contests} Title```: contested facts, on the page of {register}; the content says what."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the section: its words, then the folded contests."""
        return [page_section(self, "contested", self.arguments[0], contests_html(read_ledger()))]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("contests", ContestsDirective)
