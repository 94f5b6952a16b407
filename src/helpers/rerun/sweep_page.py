"""Page of a sweep: a chart of each result against each parameter that was moved."""

from html import escape
from typing import Any

import altair as alt
import pandas as pd

from helpers.book import chart_cache
from helpers.book.sphinx.html import tag
from helpers.chapter.charts import colour, theme
from helpers.chapter.results import parameter_result
from helpers.chapter.sidecar import Sidecar, sidecar
from helpers.rerun.sweep import Sweep

# more values than this of one parameter are gathered in groups of equal size
GROUPS = 24
_ENDS = ["value", "low", "high"]
_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 46rem; padding: 1rem;
  color: #1d2430; background: #fff; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; } td, th { padding: .2rem .6rem; text-align: left; }
"""


def _grouped(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return where each row stands on the axis: its value, or the middle of its group."""
    numeric = pd.api.types.is_numeric_dtype(rows[name])
    if not numeric or rows[name].nunique() <= GROUPS:
        return rows[name]
    groups = pd.qcut(rows[name], GROUPS, duplicates="drop")
    return rows[name].groupby(groups, observed=True).transform("median")


def _bands(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return median, least and most of each end of a result at each place on the axis."""
    ends = [end for end in _ENDS if rows[end].notna().any()]
    long = rows.assign(x=_grouped(rows, name)).melt(["x"], ends, "end", "y").dropna()
    found = long.groupby(["x", "end"])["y"].agg(["median", "min", "max"])
    return found.reset_index()


def _number_chart(rows: pd.DataFrame, name: str, titles: tuple[str, str]) -> Any:
    bands = _bands(rows, name)
    numeric = pd.api.types.is_numeric_dtype(bands["x"])
    colours = alt.Scale(domain=_ENDS, range=[colour("blue"), colour("blue"), colour("amber")])
    legend = None if bands["end"].nunique() < 2 else alt.Legend(title=None)
    base = alt.Chart(bands).encode(
        x=alt.X("x", type="quantitative" if numeric else "ordinal", title=titles[0],
                scale=alt.Scale(zero=False) if numeric else alt.Undefined),
        color=alt.Color("end:N", scale=colours, legend=legend),
    )  # fmt: skip
    y = alt.Y("min:Q", title=titles[1])
    band = base.mark_area(opacity=0.18) if numeric else base.mark_rule()
    return alt.layer(band.encode(y=y, y2="max:Q"), base.mark_line(point=True).encode(y="median:Q"))


def _word_chart(rows: pd.DataFrame, name: str, titles: tuple[str, str]) -> alt.Chart:
    counts = rows.assign(x=_grouped(rows, name)).groupby(["x", "words"]).size()
    return (
        alt.Chart(counts.rename("count").reset_index())
        .mark_bar()
        .encode(
            x=alt.X("x:O", title=titles[0], axis=alt.Axis(format=".4~g"))
            if pd.api.types.is_numeric_dtype(rows[name])
            else alt.X("x:O", title=titles[0]),
            y=alt.Y("count:Q", stack="normalize", title="share of the points"),
            color=alt.Color("words:N", legend=alt.Legend(title=None, orient="bottom", columns=1,
                                                         labelLimit=500)),
        )
    )  # fmt: skip


def _picture(chart: Any) -> str:
    spec = chart.properties(width=600, height=180).to_dict()
    spec["config"] = {**theme(), **spec.get("config", {})}
    return chart_cache.svg(spec)


def _titles(declared: Sidecar, chapter: str, name: str, rows: pd.DataFrame) -> tuple[str, str]:
    unit = declared.parameters[name].unit
    first = declared.parameters[name].label + (f" ({unit})" if unit else "")
    measured = " a ".join(filter(None, (rows["unit"].iloc[0], rows["per"].iloc[0])))
    return first, measured


def _figure(sweep: Sweep, rows: pd.DataFrame, name: str, label: str) -> str:
    declared = sidecar(sweep.chapter)
    titles = _titles(declared, sweep.chapter, name, rows)
    words = rows["words"].notna().all()
    chart = (_word_chart if words else _number_chart)(rows, name, titles)
    said = f"{label}, by {declared.parameters[name].label.lower()}"
    caption = tag("figcaption", escape(said))
    return tag("figure", caption + tag("div", _picture(chart), role="img", aria_label=said))


def _label(declared: Sidecar, key: str) -> str:
    found = declared.results.get(key) or declared.results.get(key.removesuffix("_draws"))
    return f"{found.label}: middle of the draws" if found and key.endswith("_draws") else (
        found.label if found else key)  # fmt: skip


def _held(sweep: Sweep) -> str:
    """Return the parameters that every point has in common, as in the book."""
    declared = sidecar(sweep.chapter).parameters
    rows = "".join(
        tag("tr", tag("td", tag("code", escape(name))) + tag("td", escape(
            parameter_result(name, sweep.chapter, p.default).text())))
        for name, p in declared.items() if name not in sweep.swept
    )  # fmt: skip
    return tag("h2", "Held as in the book") + tag("table", rows)


def _failures(frame: pd.DataFrame, swept: list[str]) -> str:
    failed = frame[frame["error"].notna()]
    if failed.empty:
        return ""
    items = "".join(
        tag("li", escape(", ".join(f"{n} {row[n]}" for n in swept) + f": {row['error']}"))
        for row in failed.head(50).to_dict("records")
    )
    return tag("h2", f"Failed: {len(failed):,}") + tag("ul", items)


def _moves(rows: pd.DataFrame) -> bool:
    """Return whether a result is not the same at all points."""
    return any(rows[part].nunique() > 1 for part in [*_ENDS, "words"])


def page(sweep: Sweep, frame: pd.DataFrame) -> str:
    """Return the sweep as one HTML text that opens anywhere."""
    declared = sidecar(sweep.chapter)
    done = frame[frame["result"].notna()]
    groups = sorted(done.groupby("result", sort=False), key=lambda group: not _moves(group[1]))
    parts = []
    for key, rows in groups:
        label = _label(declared, str(key))
        figures = "".join(_figure(sweep, rows, name, label) for name in sweep.swept)
        parts.append(tag("h2", escape(label)) + figures)
    title = f"{declared.title}: a sweep of {len(sweep.points):,} points"
    lead = ("Not the published book. Lines are medians over the points, bands reach from the "
            "least to the most. What no point moves stands last. "
            "All points are in sweep.csv and sweep.parquet.")  # fmt: skip
    body = tag("h1", escape(title)) + tag("p", lead) + _failures(frame, sweep.swept)
    body += "".join(parts) + _held(sweep)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    whole = f'<html lang="en-GB"><head>{viewport}{head}</head><body>{body}</body></html>'
    return f"<!DOCTYPE html>\n{whole}\n"
