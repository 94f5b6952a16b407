"""Figures: a chart with its finding, its description and its sources."""

import base64
import json
import os
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import altair as alt
import pandas as pd
import vl_convert
from PIL import Image

from helpers import evidence
from helpers.chapter.charts import theme
from helpers.chapter.results import METADATA
from helpers.chapter.running import (
    Parameters,
    called,
    filled,
    known_names,
    plain_words,
    running,
)
from helpers.chapter.sidecar import FigureDeclaration, sidecar
from helpers.errors import YaluError

VEGALITE = f"application/vnd.vegalite.v{alt.SCHEMA_VERSION[1:].split('.')[0]}+json"
WIDE, NARROW = 680, 340
# a chart of Altair, or one written out in Vega-Lite with its data under `datasets`
Chart = alt.TopLevelMixin | dict[str, Any]
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# "0" where a build runs, whose pages have pictures of their own: outputs hold the chart alone
PICTURES = "YALU_PICTURES"
_VL_VERSION = ".".join(alt.SCHEMA_VERSION[1:].split(".")[:2])
# pixels of a picture to the unit, and its colours: a tenth of the size that Vega gives
_SCALE, _COLOURS = 1.5, 64


def control(name: str) -> alt.Parameter:
    """Return a declared parameter of the running chapter as a variable of a chart.

    It starts at the run's value. Raises YaluError where the chapter declares no such parameter.
    """
    known_names([name])
    return alt.param(name=name, value=running().parameters[name])


def chart_of(chart: Chart | Callable[..., Chart], sliders: Iterable[str] = ()) -> Chart:
    """Return a chart, or what a function of the parameters makes of them.

    The parameters in `sliders` are variables of the chart that start at the run's values, so
    that the page can move them. Raises YaluError for one that the chapter does not declare.
    """
    if isinstance(chart, alt.TopLevelMixin | dict):
        return chart
    moved = {name: control(name) for name in sliders}
    made = called(chart, Parameters(**(running().parameters | moved)))
    return made.add_params(*moved.values()) if moved else made


def claims_shown(chart: Any) -> list[str]:
    """Return the claims in the column `claim_id` of the tables that a chart shows, each once."""
    ids = (claim for frame in _frames(chart) for claim in frame.get("claim_id", []))
    return list(dict.fromkeys(claim for claim in ids if isinstance(claim, str)))


def _frames(chart: Any) -> Iterator[pd.DataFrame]:
    if isinstance(getattr(chart, "data", None), pd.DataFrame):
        yield chart.data
    for parts in ("layer", "vconcat", "hconcat", "concat", "spec"):
        found = getattr(chart, parts, None)
        for part in found if isinstance(found, list) else [found]:
            if isinstance(part, alt.SchemaBase):
                yield from _frames(part)


def with_width(spec: dict[str, Any], width: int) -> dict[str, Any]:
    """Return a Vega-Lite specification set to a total width in pixels.

    Charts stand alone, in layers, stacked (vconcat) or in facets of one column: what
    stands side by side does not fit a phone and is refused with YaluError.
    """
    if "hconcat" in spec:
        raise YaluError("charts side by side do not fit a phone: stack them instead")
    if "vconcat" in spec:
        return spec | {"vconcat": [with_width(part, width) for part in spec["vconcat"]]}
    if "spec" in spec:
        return spec | {"spec": with_width(spec["spec"], width - 24)}
    return spec | {"width": width}


def _described(description: str, name: str) -> str:
    if len(description.split()) < 8:
        raise YaluError(f"figure {name}: the description is too short for someone who cannot see")
    return plain_words(description)


def _cited(name: str, claims: list[str], sources: list[str]) -> list[str]:
    said = [evidence.recorded(claim_id).source_id for claim_id in claims]
    unknown = sorted(set(sources) - set(evidence.load("sources")["source_id"]))
    if unknown:
        raise YaluError(
            f'figure {name}: unknown source "{unknown[0]}"; see data/ledger/sources.csv'
        )
    if not said and not sources:
        raise YaluError(f"figure {name}: name the claims or sources that it shows")
    running().used_claims.update(claims)
    running().used_sources.update(sources)
    return list(dict.fromkeys([*said, *sources]))


def figure(
    name: str,
    chart: Chart,
    *,
    claims: Iterable[str] = (),
    sources: Iterable[str] = (),
    **slots: Any,
) -> None:
    """Show a chart as a figure of the chapter.

    `name` is its address on the page and its entry in the sidecar, which holds the title
    (the finding), the description for someone who cannot see it, the note on what is weak
    about it, and the claims and sources shown. `claims` and `sources` add those that the
    chart has taken from a table; `slots` fill words in braces of title, description and
    note. Raises YaluError where the figure is not declared or names no evidence.
    """
    chapter = running().name
    declared = sidecar(chapter).figures.get(name)
    if declared is None:
        raise YaluError(f'chapters/{chapter}.yml: no figure "{name}"; declare it under figures')
    show_figure(name, chart, declared, claims, sources, **slots)


def show_figure(
    name: str,
    chart: Chart,
    declared: FigureDeclaration,
    claims: Iterable[str] = (),
    sources: Iterable[str] = (),
    **slots: Any,
) -> None:
    """Show a chart as a figure of the chapter, with what is declared of it; see `figure`."""
    chapter = running().name
    shown_claims = list(dict.fromkeys([*declared.claims, *claims]))
    about: dict[str, Any] = {
        "name": f"{chapter}-{name}",
        "title": filled(declared.title, slots),
        "description": _described(filled(declared.description, slots), name),
        "note": filled(declared.note, slots),
        "claims": shown_claims,
        "sources": _cited(name, shown_claims, [*declared.sources, *sources]),
    }
    about["plain"] = {part: plain_words(about[part]) for part in ("title", "note")}
    about["plain"]["chapter"] = sidecar(chapter).title
    _display(chart, about)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the entries of `over`, groups of entries joined and not replaced."""
    joined = {k: _merged(base[k], v) for k, v in over.items() if isinstance(base.get(k), dict)}
    return base | over | joined


def spec_of(chart: Chart) -> dict[str, Any]:
    """Return a chart as a Vega-Lite specification with the book's Vega-Lite theme."""
    spec = chart if isinstance(chart, dict) else chart.to_dict(format="vega-lite")
    spec = local_days(lean(spec))
    spec["config"] = _merged(theme(), spec.get("config", {}))
    if "vconcat" in spec or "spec" in spec:
        del spec["config"]["autosize"]  # Vega fits single charts only
    return spec


def _display(chart: Chart, about: dict[str, Any]) -> None:
    spec = spec_of(chart)
    title = about["plain"]["title"]
    about["follows"] = [name for name in moving(spec) if name in running().parameters]
    shown = with_width(spec, WIDE) | {"title": textwrap.wrap(title, 70)}
    bundle = {VEGALITE: shown, "text/plain": f"Figure: {title} {about['description']}"}
    bundle |= _picture(shown)
    from IPython.display import display

    display(bundle, raw=True, metadata={METADATA: {"figure": about}})


def _picture(spec: dict[str, Any]) -> dict[str, str]:
    """Return the picture of a chart for what shows no Vega-Lite: editors, GitHub, nbconvert."""
    if os.environ.get(PICTURES) == "0":
        return {}
    opaque = spec | {"background": "white"}
    png = vl_convert.vegalite_to_png(opaque, vl_version=_VL_VERSION, scale=_SCALE)
    few_colours = Image.open(BytesIO(png)).convert("RGB").quantize(_COLOURS)
    small = BytesIO()
    few_colours.save(small, "PNG", optimize=True)
    return {"image/png": base64.b64encode(small.getvalue()).decode()}


def moving(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the variable parameters of a specification, by name, with their values."""
    variables = [p for p in spec.get("params", []) if "select" not in p and "value" in p]
    return {parameter["name"]: parameter["value"] for parameter in variables}


def lean(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification whose datasets hold only the columns that it names."""
    named = json.dumps({key: value for key, value in spec.items() if key != "datasets"})
    kept = {
        name: [{c: v for c, v in row.items() if c in named} for row in rows]
        for name, rows in spec.get("datasets", {}).items()
        if isinstance(rows, list)
    }
    return spec | {"datasets": spec.get("datasets", {}) | kept}


def local_days(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification whose days begin at midnight where the reader is.

    JavaScript reads "2020-01-31" as midnight in Greenwich, the evening before in America,
    but "2020-01-31T00:00:00", which pandas writes, as midnight on the spot.
    """
    columns = set(_temporal(spec))
    days = {
        name: [
            {c: _midnight(v) if c in columns else v for c, v in row.items()} for row in rows
        ]
        for name, rows in spec["datasets"].items()
        if isinstance(rows, list)
    }  # fmt: skip
    return spec | {"datasets": spec["datasets"] | days}


def _midnight(value: Any) -> Any:
    return f"{value}T00:00:00" if isinstance(value, str) and _DAY.fullmatch(value) else value


def _temporal(node: Any) -> Iterable[str]:
    """Yield the fields that a specification draws as dates."""
    if isinstance(node, list):
        for part in node:
            yield from _temporal(part)
    elif isinstance(node, dict):
        if node.get("type") == "temporal" and "field" in node:
            yield node["field"]
        yield from _temporal([v for k, v in node.items() if k != "datasets"])
