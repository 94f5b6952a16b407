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
import vl_convert
from PIL import Image

from helpers import evidence
from helpers.chapter import no_answer, wording
from helpers.chapter.charts import theme
from helpers.chapter.running import (
    Parameters,
    Running,
    called,
    forgives,
    plain_words,
    put_out,
    running,
)
from helpers.chapter.sidecar import FigureDeclaration
from helpers.errors import YaluError
from helpers.evidence import exclusion

VEGALITE = f"application/vnd.vegalite.v{alt.SCHEMA_VERSION[1:].split('.')[0]}+json"
WIDE, NARROW = 680, 340
# a chart of Altair, or one written out in Vega-Lite with its data under `datasets`
Chart = alt.TopLevelMixin | dict[str, Any]
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# columns that say where a row of a chart's table comes from, whether a chart draws them or not
IDS = ("claim_id", "source_id")
# what readers call the ends of a range mark, and columns of the evidence
ENDS = {"dot_": "value", "from_": "low", "to_": "high"}
_WORDS = ENDS | {"what": "what it is", "basis": "kind of source", "attribution": "said by"}
# "0" where a build runs, whose pages have pictures of their own: outputs hold the chart alone
PICTURES = "YALU_PICTURES"
_VL_VERSION = ".".join(alt.SCHEMA_VERSION[1:].split(".")[:2])
# pixels of a picture to the unit, and its colours: a tenth of the size that Vega gives
_SCALE, _COLOURS = 1.5, 64


def chart_of(chart: Chart | Callable[..., Chart], sliders: Iterable[str] = ()) -> Chart:
    """Return a chart, or what a function of the parameters makes of them.

    Those in `sliders` become variables of the chart, which the page moves. Raises YaluError for
    one that the chapter does not declare.
    """
    if isinstance(chart, alt.TopLevelMixin | dict):
        return chart
    sliders, lost = list(sliders), running().lost
    values = {name: value for name, value in running().parameters.items() if name not in lost}
    running().check_names(sliders)
    moved = {name: alt.param(name=name, value=values[name]) for name in sliders}
    made = called(chart, Parameters(**(values | moved)))
    return made.add_params(*moved.values()) if moved else made


def ids_in(cell: Any) -> list[str]:
    """Return the ids of a cell, which stand between spaces or semicolons."""
    return cell.replace(";", " ").split() if isinstance(cell, str) else []


def ids_shown(spec: dict[str, Any], column: str) -> list[str]:
    """Return the ids in a column of the tables that a specification shows, one of `IDS`.

    A row of ours names all that it is worked out from, with spaces between.
    """
    tables = [table for table in spec.get("datasets", {}).values() if isinstance(table, list)]
    rows = (row for table in tables for row in table if isinstance(row, dict))
    return list(dict.fromkeys(found for row in rows for found in ids_in(row.get(column))))


def with_width(spec: dict[str, Any], width: int) -> dict[str, Any]:
    """Return a Vega-Lite specification set to a total width in pixels.

    Raises YaluError for charts side by side, which do not fit a phone.
    """
    if "hconcat" in spec:
        raise YaluError("charts side by side do not fit a phone: stack them instead")
    if "vconcat" in spec:
        return spec | {"vconcat": [with_width(part, width) for part in spec["vconcat"]]}
    if "spec" in spec:
        return spec | {"spec": with_width(spec["spec"], width - 24)}
    return spec | {"width": width}


def show_figure(
    name: str,
    chart: Chart,
    declared: FigureDeclaration,
    claims: Iterable[str] = (),
    sources: Iterable[str] = (),
) -> None:
    """Show a chart as a figure of the chapter, with what is declared of it.

    Those in the columns `claim_id` and `source_id` of its tables, `claims` and `sources` are shown
    besides those that are declared. Raises YaluError where there are none, for an unknown one, and
    for a description that is too short.
    """
    chapter, written = running(), _vega_lite(chart)
    if forgives():
        written, declared = _by_the_day(written), _remaining(declared)
        claims = filter(evidence.is_included, claims)
        sources = filter(no_answer.is_cited, sources)
    in_rows = {column: ids_shown(written, column) for column in IDS}
    shown_claims = list(dict.fromkeys([*declared.claims, *in_rows["claim_id"], *claims]))
    shown_sources = _cited(name, shown_claims, [*declared.sources, *in_rows["source_id"], *sources])
    if len(declared.description.split()) < 8 and not forgives():
        raise YaluError(f"figure {name}: the description is too short for someone who cannot see")
    plain = {part: plain_words(getattr(declared, part)) for part in ("title", "note")}
    spec = spec_of(written)
    if field := next(_overwritten(spec), ""):
        raise YaluError(
            f"figure {name}: a formula writes the field {field} that it reads; a page that moves "
            "the chart would apply it again to its own result: write to another field"
        )
    follows = [
        p["name"]
        for p in spec.get("params", [])
        if p["name"] in chapter.parameters and "select" not in p and "value" in p
    ]
    _check_title(name, declared.title, follows)
    about = {
        "name": f"{chapter.name}-{name}",
        "title": declared.title,
        "description": plain_words(declared.description),
        "note": declared.note,
        "claims": shown_claims,
        "sources": shown_sources,
        "plain": plain | {"chapter": chapter.declared.title},
        "follows": [] if forgives() else follows,  # such a page has no panel
        "page": f"chapters/{chapter.name}.html",
        "changed": {} if chapter.is_published else _changed(chapter),
    }
    shown = with_width(spec, WIDE) | {"title": textwrap.wrap(plain["title"], 70)}
    bundle = {VEGALITE: shown, "text/plain": f"Figure: {plain['title']} {about['description']}"}
    if forgives():  # what is left may be too little to draw
        vl_convert.vegalite_to_svg(shown, vl_version=_VL_VERSION)
    put_out(bundle | _picture(shown), {"figure": about})


def _remaining(declared: FigureDeclaration) -> FigureDeclaration:
    """Return what is declared of a figure, without what is left out or has no answer."""
    title = declared.title
    if no_answer.is_lost(title):
        title = f"No finding {no_answer.book_words()}: what remains of this figure"
    return declared.model_copy(update={
        "title": title,
        "note": no_answer.told(declared.note),
        "description": no_answer.told(declared.description),
        "claims": tuple(filter(evidence.is_included, declared.claims)),
        "sources": tuple(filter(no_answer.is_cited, declared.sources)),
    })  # fmt: skip


def _by_the_day(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a chart without rows that speak of a time after the day of the book.

    Its rows name what counts.

    Raises ExcludedEvidenceError where no row at all is left.
    """
    now = exclusion.process_exclusion()
    day = now.after if now else ""
    columns = set(_temporal({key: part for key, part in spec.items() if key != "datasets"}))

    def stays(row: Any) -> bool:
        if not day or not isinstance(row, dict):
            return True
        days = [str(row[name])[:10] for name in columns if row.get(name)]
        days = sorted(filter(_DAY.fullmatch, days))
        # what a document says of its year reaches to the end of it
        last = f"{day[:4]}-12-31" if any(ids_in(row.get(name)) for name in IDS) else day
        return not days or (days[0] <= day and days[-1] <= last)

    def known(row: Any) -> Any:
        """Return a row with the ids that are not left out."""
        if not isinstance(row, dict):
            return row
        counts = {"claim_id": evidence.is_included, "source_id": no_answer.is_cited}
        return row | {name: " ".join(filter(counts[name], ids_in(row[name])))
                      for name in IDS if row.get(name)}  # fmt: skip

    tables = {name: list(map(known, filter(stays, rows))) if isinstance(rows, list) else rows
              for name, rows in spec.get("datasets", {}).items()}  # fmt: skip
    if spec.get("datasets") and not any(tables.values()):
        raise exclusion.ExcludedEvidenceError("no answer: nothing that it shows is left")
    return spec | {"datasets": tables} if tables else spec


def _changed(chapter: Running) -> dict[str, str]:
    """Return what a run has that the published one has not: parameters, what it leaves out."""
    declared = chapter.declared.parameters
    values = {k: v for k, v in chapter.parameters.items() if v != declared[k].default}
    subset = exclusion.process_exclusion()
    return {name: str(value) for name, value in values.items()} | (
        {"evidence": "a part of it"} if subset else {}
    )


def _check_title(name: str, title: str, follows: list[str]) -> None:
    """Raise YaluError where the page would move a figure and leave its title behind, or half."""
    chapter = running()
    for key in sorted(wording.results_named(title)) if follows else ():
        if key in chapter.words:
            raise YaluError(f"figure {name}: {{result}}`{key}` in its title is a phrase of the "
                            "run, which no page can move: name a result")  # fmt: skip
        computed = chapter.function_of(key) is not None
        needs = chapter.results[key].parameters if computed else {key} & set(chapter.parameters)
        if missing := ", ".join(sorted(set(needs) - set(follows))):
            raise YaluError(f"figure {name}: {{result}}`{key}` in its title follows {missing}, and "
                            "the chart does not: add it to the sliders")  # fmt: skip


def _overwritten(node: Any) -> Iterator[str]:
    """Yield the fields that a formula of a specification both reads and writes."""
    if isinstance(node, list):
        for part in node:
            yield from _overwritten(part)
    elif isinstance(node, dict):
        if isinstance(formula := node.get("calculate"), str):
            read = re.findall(r"\bdatum(?:\.(\w+)|\[['\"]([^'\"]+)['\"]\])", formula)
            if node.get("as") in {one or other for one, other in read}:
                yield node["as"]
        yield from _overwritten([part for key, part in node.items() if key != "datasets"])


def _cited(name: str, claims: list[str], sources: list[str]) -> list[str]:
    """Note claims and sources as used; return the documents of both."""
    of_claims = [evidence.recorded(claim_id).source_id for claim_id in claims]
    unknown = sorted(set(sources) - set(evidence.load("sources")["source_id"]))
    if unknown:
        said = f'unknown source "{unknown[0]}"; see data/ledger/sources.csv'
        raise YaluError(f"figure {name}: {said}")
    if not claims and not sources:
        raise YaluError(f"figure {name}: name the claims or sources that it shows")
    running().used_claims.update(claims)
    running().used_sources.update(sources)
    return list(dict.fromkeys([*of_claims, *sources]))


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the entries of `over`, groups of entries joined and not replaced."""
    joined = {k: _merged(base[k], v) for k, v in over.items() if isinstance(base.get(k), dict)}
    return base | over | joined


def _vega_lite(chart: Chart) -> dict[str, Any]:
    return chart if isinstance(chart, dict) else chart.to_dict(format="vega-lite")


def spec_of(chart: Chart) -> dict[str, Any]:
    """Return a chart as a Vega-Lite specification with the book's Vega-Lite theme."""
    spec = _worded(local_days(lean(_vega_lite(chart))))
    spec["config"] = _merged(theme(), spec.get("config", {}))
    if "vconcat" in spec or "spec" in spec:
        del spec["config"]["autosize"]  # Vega fits single charts only
    return spec


def field_words(field: str) -> str:
    """Return what readers call a field of a chart's table that has no title."""
    return _WORDS.get(field) or field.strip("_").replace("_", " ")


def _worded(node: Any) -> Any:
    """Return a specification whose tooltips have words for fields without title, and no ids."""
    if isinstance(node, list):
        return [_worded(part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {key: part if key == "datasets" else _worded(part) for key, part in node.items()}
    if tips := made.get("tooltip"):
        listed = [tip for tip in (tips if isinstance(tips, list) else [tips]) if not _is_id(tip)]
        for tip in (tip for tip in listed if isinstance(tip, dict) and "field" in tip):
            tip.setdefault("title", field_words(str(tip["field"])))
        made["tooltip"] = listed if isinstance(tips, list) else tips
    return made


def _is_id(channel: Any) -> bool:
    return isinstance(channel, dict) and channel.get("field") in IDS


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


def lean(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification whose datasets hold the columns that it names, ids and outlines."""
    named = json.dumps({key: value for key, value in spec.items() if key != "datasets"})
    kept = {*IDS, "geometry"}
    return _with_rows(spec, lambda row: {c: v for c, v in row.items() if c in kept or c in named})


def _with_rows(spec: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    datasets = {name: [change(row) for row in rows] if isinstance(rows, list) else rows
                for name, rows in spec.get("datasets", {}).items()}  # fmt: skip
    return spec | {"datasets": datasets}


def local_days(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification whose days begin at midnight where the reader is.

    JavaScript reads "2020-01-31" as midnight in Greenwich, but "2020-01-31T00:00:00" on the spot.
    """
    columns = set(_temporal({key: part for key, part in spec.items() if key != "datasets"}))

    def midnight(column: str, value: Any) -> Any:
        is_day = column in columns and isinstance(value, str) and _DAY.fullmatch(value)
        return f"{value}T00:00:00" if is_day else value

    return _with_rows(spec, lambda row: {c: midnight(c, v) for c, v in row.items()})


def _temporal(node: Any) -> Iterable[str]:
    """Yield the fields that a specification draws as dates."""
    if isinstance(node, dict) and node.get("type") == "temporal" and "field" in node:
        yield node["field"]
    for part in node.values() if isinstance(node, dict) else node:
        if isinstance(part, dict | list):
            yield from _temporal(part)
