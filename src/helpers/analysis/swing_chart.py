"""The chart of swings: each answer at both ends of each range, and without an outlet."""

import math
import textwrap
from collections.abc import Iterable
from typing import Any

import altair as alt
import pandas as pd

from helpers.analysis.account import Account
from helpers.analysis.chapter import Result
from helpers.analysis.charts import Layers, log_ticks, number_axis, number_format
from helpers.analysis.movers import Swing
from helpers.analysis.theme import colour
from helpers.analysis.wording import per_words, round_to, unit_words
from helpers.evidence.subset import is_family, name_words

MOST_SWINGS, MOST_LEFT = 5, 2
_LOW, _HIGH, _LEFT = "at the lower end", "at the upper end", "with it left out"
# how far below the middle of its row each case stands, in pixels
_DOWN = {_LOW: 3, _HIGH: 12, _LEFT: 8}
_FAR = 30
# significant figures of what stands in the chart's data: more would say more than a range does
_DIGITS = 4
_WHOSE = {"sources": "", "us": ", our range", "nobody": ", no range"}


def swing_rows(account: Account) -> pd.DataFrame:
    """Return what moves an answer, two rows a parameter and one for what is left out.

    Columns: label, case, low, high, in the unit of the answer, and down, in pixels, where the
    case stands in its row; the widest swing first.
    """
    rows = [row for swing in account.swings[:MOST_SWINGS] for row in _swing_rows(swing)]
    houses = [(name, left) for name, left in account.changed_without if is_family(name)]
    rows += [_row(f"without {name_words(name)}", _LEFT, (left.low, left.value, left.high))
             for name, left in houses[:MOST_LEFT]]  # fmt: skip
    return pd.DataFrame(rows, columns=["label", "case", "low", "high", "down"])


def _swing_rows(swing: Swing) -> Iterable[dict[str, Any]]:
    label = f"{swing.move.parameter.label}{_WHOSE[swing.move.by]}"
    for case, value in ((_LOW, swing.at_low), (_HIGH, swing.at_high)):
        yield _row(label, case, value if isinstance(value, tuple) else (value,))


def _row(label: str, case: str, ends: tuple[Any, ...]) -> dict[str, Any]:
    told = [round_to(float(x), _DIGITS) for x in ends if x is not None and math.isfinite(x)]
    low, high = (min(told), max(told)) if told else (None, None)
    return {"label": label, "case": case, "low": low, "high": high, "down": _DOWN[case]}


def swing_chart(told: list[Account]) -> alt.VConcatChart:
    """Return the chart, a panel for each answer, for `figure`."""
    panels = [_panel(account) for account in told]
    return alt.vconcat(*panels, spacing=34).resolve_scale(x="independent", y="independent")


def _panel(account: Account) -> Layers:
    rows, of = swing_rows(account), account.result
    order = list(dict.fromkeys(rows["label"]))
    x = alt.X("low:Q", title=_unit(of), **_scale(rows, of))
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.1)),
        color=alt.Color("case:N", scale=_hues()),
    )
    down = alt.expr("datum.down")
    ticks = base.mark_tick(thickness=3, height=9, yOffset=down)
    marks = [base.mark_bar(height=5, yOffset=down, opacity=0.75).encode(x=x, x2="high:Q"),
             ticks.encode(x="low:Q"), ticks.encode(x="high:Q")]  # fmt: skip
    labels = alt.Chart(pd.DataFrame({"label": order})).encode(y=base.encoding.y)
    names = labels.mark_text(align="left", dy=-12, limit=330).encode(
        text="label:N", x=alt.value(2))  # fmt: skip
    title = alt.Title(textwrap.wrap(of.label, 46), fontSize=13, offset=8)
    return alt.layer(_now(of), *marks, names).properties(height=alt.Step(44), title=title)


def _hues() -> alt.Scale:
    return alt.Scale(domain=[_LOW, _HIGH, _LEFT],
                     range=[colour("amber"), colour("blue"), colour("stone")])  # fmt: skip


def _now(of: Result) -> alt.Chart:
    """Return dashed rules at the result of this run."""
    told = [end for end in (of.low, of.value, of.high) if end is not None]
    return alt.Chart(pd.DataFrame({"now": told})).mark_rule(
        strokeDash=[4, 3], color=colour("ink")).encode(x="now:Q")  # fmt: skip


def _unit(of: Result) -> str:
    return f"{unit_words(of.unit)} {per_words(of.per)}".strip()


def _scale(rows: pd.DataFrame, of: Result) -> dict[str, Any]:
    ends = [*rows["low"].dropna(), *rows["high"].dropna()]
    ends += [end for end in (of.low, of.value, of.high) if end is not None]
    form = number_format(max(ends, default=0))
    if ends and min(ends) > 0 and max(ends) / min(ends) > _FAR:
        ticks = log_ticks(min(ends), max(ends))
        return {"scale": alt.Scale(type="log"), "axis": number_axis(form, values=ticks)}
    return {"scale": alt.Scale(zero=False, nice=True), "axis": number_axis(form, tickCount=5)}
