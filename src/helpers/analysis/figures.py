"""Figures: a chart with its finding, its description and its sources."""

from collections.abc import Iterable
from typing import Any

import altair as alt
from IPython.display import display

from helpers import evidence
from helpers.analysis.chapter import METADATA, filled, plain_words, running
from helpers.analysis.sidecar import sidecar
from helpers.analysis.theme import theme
from helpers.errors import YaluError

VEGALITE = f"application/vnd.vegalite.v{alt.SCHEMA_VERSION[1:].split('.')[0]}+json"
WIDE, NARROW = 680, 340


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


def _fold(text: str, width: int = 70) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def _described(description: str, name: str) -> str:
    if len(description.split()) < 8:
        raise YaluError(f"figure {name}: the description is too short for someone who cannot see")
    return plain_words(description)


def _cited(name: str, claims: list[str], sources: list[str]) -> list[str]:
    said = [evidence.claim(claim_id).source_id for claim_id in claims]
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
    chart: alt.TopLevelMixin,
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
    shown_claims = list(dict.fromkeys([*declared.claims, *claims]))
    about = {
        "name": f"{chapter}-{name}",
        "title": filled(declared.title, slots),
        "description": _described(filled(declared.description, slots), name),
        "note": filled(declared.note, slots),
        "claims": shown_claims,
        "sources": _cited(name, shown_claims, [*declared.sources, *sources]),
    }
    _display(chart, about)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with the entries of `over`, groups of entries joined and not replaced."""
    joined = {k: _merged(base[k], v) for k, v in over.items() if isinstance(base.get(k), dict)}
    return base | over | joined


def _display(chart: alt.TopLevelMixin, about: dict[str, Any]) -> None:
    spec = chart.to_dict(format="vega-lite")
    spec["config"] = _merged(theme(), spec.get("config", {}))
    if "vconcat" in spec or "spec" in spec:
        del spec["config"]["autosize"]  # Vega fits single charts only
    title = plain_words(about["title"])
    shown = with_width(spec, WIDE) | {"title": _fold(title)}
    bundle = {VEGALITE: shown, "text/plain": f"Figure: {title} {about['description']}"}
    display(bundle, raw=True, metadata={METADATA: {"figure": about}})
