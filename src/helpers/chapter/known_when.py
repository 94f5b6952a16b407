"""Known when: the range that all claims published by each month gave."""

import altair as alt
import pandas as pd

from helpers.chapter.charts import Layers, colour, log_ticks, number_axis, number_format
from helpers.evidence import last_recorded
from helpers.evidence.csv_tables import last_day


def published_by(claims: pd.DataFrame) -> pd.DataFrame:
    """Return claims by the last day on which each can have been published, oldest first.

    `claims`: rows of clean/claims of one indicator and unit. Adds `out` (the day), `from_`
    and `to_` (the figures that the claim names). Undated claims are dropped.
    """
    out = last_day(claims["published"])
    from_ = claims["lower"].fillna(claims["upper"])
    told = claims.assign(out=out, from_=from_, to_=claims["upper"].fillna(claims["lower"]))
    return told[told["out"].notna()].sort_values(["out", "claim_id"], ignore_index=True)


def known_when(claims: pd.DataFrame) -> pd.DataFrame:
    """Return for each month the smallest and the largest figure published until its end.

    Columns: month (its first day), low, high, claims (how many). The months go from January of
    the year in which the first of the claims came out to the month in which the ledger was last
    recorded, or the last claim came out. Months before the first claim have no range. A later
    figure never takes back an earlier one: both were said.
    """
    told = published_by(claims)
    days = [pd.Timestamp(last_recorded()), *told["out"]]
    months = pd.period_range(f"{min(days).year}-01", max(days), freq="M")
    out_by_then = told["out"].searchsorted(months.end_time.normalize(), side="right")
    lowest, highest = told["from_"].cummin().ffill(), told["to_"].cummax().ffill()
    return pd.DataFrame(
        {
            "month": months.start_time,
            "low": lowest.reindex(out_by_then - 1).to_numpy(),
            "high": highest.reindex(out_by_then - 1).to_numpy(),
            "claims": out_by_then,
        }
    )


def last_widened(known: pd.DataFrame) -> str:
    """Return the month, as YYYY-MM, since which the range of `known_when` has been the same."""
    ends = known[["low", "high"]]
    widened = known.loc[ends.ne(ends.shift()).any(axis=1) & known["low"].notna(), "month"]
    return f"{widened.iloc[-1]:%Y-%m}"


def known_chart(claims: pd.DataFrame, *, title: str, log: bool = False) -> Layers:
    """Return the range known by each month as a band, and each claim when it came out.

    `title` names the axis with its unit; `log` draws orders of magnitude.
    """
    every, told = known_when(claims), published_by(claims)
    known, months = every.dropna(subset="low"), every["month"]
    domain = [f"{months.iloc[0]:%Y-%m-%d}", f"{months.iloc[-1] + pd.offsets.MonthEnd():%Y-%m-%d}"]
    ticks = {"values": log_ticks(known["low"].min(), known["high"].max())} if log else {}
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=True)
    form = number_format(known["high"].max())
    y = alt.Y("low:Q", title=title, scale=scale, axis=number_axis(form, **ticks))
    band = alt.Chart(known[["month", "low", "high"]]).mark_area(
        interpolate="step-after", color=colour("pale"), opacity=0.8
    )
    band = band.encode(
        x=alt.X("month:T", title=None, scale=alt.Scale(domain=domain)), y=y, y2="high:Q"
    )
    base = alt.Chart(told[["out", "from_", "to_", "outlet"]]).encode(x=alt.X("out:T", title=None))
    spans = base.mark_rule(strokeWidth=2, color=colour("blue")).encode(y="from_:Q", y2="to_:Q")
    dots = [base.mark_point(filled=True, size=26, color=colour("blue")).encode(y=f"{end}:Q")
            for end in ("from_", "to_")]  # fmt: skip
    return alt.layer(band, spans, *dots).properties(height=220)
