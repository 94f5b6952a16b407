"""The evidence page: claims and statements by theme, documents, contested facts.

`Ledger` is what the page shows: the clean tables, and the pages that use a claim or statement.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from helpers import evidence
from helpers.book.sphinx.figures.svg import WIDTHS, picture
from helpers.book.sphinx.html import page_uri, raw_html, rendered
from helpers.book.stage import first_heading
from helpers.chapter.charts import BASES, log_ticks, number_axis, number_format, spans, theme
from helpers.chapter.wording import (
    date_words,
    listing,
    per_words,
    period_words,
    quantity_words,
    unit_words,
)
from helpers.evidence import Claim
from helpers.evidence.contested import Contest, contests, ledger_claims
from helpers.evidence.load import vocabulary
from helpers.evidence.published import renamed
from helpers.evidence.synonyms import synonyms
from helpers.paths import book_root

STATUSES = {
    "current": "stands", "disputed": "disputed", "unclear": "unclear",
    "mislabelled": "wrongly labelled in print", "superseded": "replaced by a later figure",
}  # fmt: skip
_KEYS = {"sources": "source_id", "indicators": "indicator", "corrections": "correction_id"}
_CORRECTIONS = "chapters/corrections"
# Outlets with fewer documents than this share a group by their first letter.
_OWN_GROUP = 4
_LETTERS = ("A to F", "G to L", "M to R", "S to Z")

# Figures that lie further apart than this have a logarithmic axis.
_FAR_APART = 30
_STEP = 40

Page = tuple[str, str]


@dataclass(frozen=True)
class Ledger:
    """Claims, statements, documents, corrections by id; the contested facts among the claims.

    `corrections_page` is where corrections are explained, empty where the book has no such page;
    `used` holds for a claim or statement the title and the address of each page that shows it.
    """

    claims: dict[str, Claim]
    sources: dict[str, dict[str, Any]]
    indicators: dict[str, dict[str, Any]]
    corrections: dict[str, dict[str, Any]]
    repeats: dict[str, list[Claim]]
    by_source: dict[str, list[Claim]]
    contests: list[Contest]
    contests_of: dict[str, list[Contest]]
    corrections_page: str = ""
    used: dict[str, list[Page]] = field(default_factory=dict)
    statements: dict[str, dict[Any, str]] = field(default_factory=dict)

    @property
    def themes(self) -> dict[str, str]:
        """Titles of the themes that have entries, ours in the book's order, then any other."""
        present = {claim.theme for claim in self.claims.values()}
        present |= {said["theme"] for said in self.statements.values()}
        own = {theme: title for theme, title in vocabulary().themes.items() if theme in present}
        return own | {theme: theme.capitalize() for theme in sorted(present - set(own))}

    @cached_property
    def former(self) -> dict[str, list[str]]:
        """The old names of each claim that was renamed."""
        found = defaultdict(list)
        for old, new in renamed(book_root(), "claim").items():
            found[new].append(old)
        return dict(found)

    @cached_property
    def _families(self) -> dict[str, str]:
        """The family of each outlet by its names: those of the ledger, and their synonyms."""
        names = ("outlet", "outlet_family_label")
        own = {s[name]: s["outlet_family"] for s in self.sources.values() for name in names}
        for group in synonyms(book_root()).same:
            family = next((own[name] for name in group if name in own), None)
            own |= dict.fromkeys(group, family) if family else {}
        return own

    @cached_property
    def _named(self) -> re.Pattern[str]:
        names = sorted(self._families, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names)) or '(?!)'})(?!\w)")

    def families_in(self, text: str) -> set[str]:
        """Return the families of outlets that a text names."""
        return {self._families[name] for name in self._named.findall(text)}

    def document(self, source_id: str) -> str:
        """Return "outlet, date" of a document."""
        source = self.sources[source_id]
        return f"{source['outlet']}, {date_words(source['published'] or 'undated')}"


def read_ledger(corrections_page: str = "", used: dict[str, list[Page]] | None = None) -> Ledger:
    """Return the clean tables that the evidence page shows, with the contests in them."""
    claims = {claim.claim_id: claim for claim in ledger_claims()}
    repeats, by_source = defaultdict(list), defaultdict(list)
    for claim in claims.values():
        by_source[claim.source_id].append(claim)
        if claim.repeats:
            repeats[claim.origin_id].append(claim)
    tables: list[dict[str, dict[str, Any]]] = []
    for table, key in _KEYS.items():
        frame: Any = evidence.load(table).set_index(key, drop=False).astype(object)
        tables.append(frame.where(frame.notna(), None).to_dict("index"))
    sources, indicators, corrections = tables
    contested = contests(claims.values())
    contests_of = defaultdict(list)
    for contest in contested:
        for claim in contest.claims:
            contests_of[claim.claim_id].append(contest)
    return Ledger(
        claims, sources, indicators, corrections, dict(repeats), dict(by_source), contested,
        dict(contests_of), corrections_page, used or {}, evidence.statements(),
    )  # fmt: skip


def pages_noted(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return for each claim and statement the names of the pages that show it, from usage.json."""
    path = Path(env.srcdir) / "usage.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def pages_by_claim(env: BuildEnvironment) -> dict[str, list[Page]]:
    """Return for each claim and statement titles and addresses of the pages that show it."""
    noted = pages_noted(env)
    known: dict[str, Page] = {}
    for name in {name for pages in noted.values() for name in pages}:
        if (docname := f"chapters/{name}") in env.found_docs:
            title = first_heading(Path(env.doc2path(docname))) or name
            known[name] = title, page_uri(env, docname)
    return {one: [known[n] for n in pages if n in known] for one, pages in noted.items()}


# Claims and statements ----------------------------------------------------------------------


def claim_item(claim: Claim, ledger: Ledger) -> Markup:
    """Return one claim as a list item, the claims that repeat it folded in it."""
    return rendered("claim.html.j2", ledger=ledger, shown=_shown(claim, ledger))


def theme_html(theme: str, ledger: Ledger) -> Markup:
    """Return the claims of a theme, folded by indicator by their labels, then the statements."""
    claims = ledger.claims.values()
    present = {claim.indicator for claim in claims if claim.theme == theme}
    groups = []
    for name in sorted(present, key=lambda name: ledger.indicators[name]["label"].lower()):
        own = [claim for claim in claims if claim.indicator == name]
        items = [_shown(claim, ledger) for claim in own if not claim.repeats]
        groups.append((ledger.indicators[name], len(own), items))
    told = [said for said in ledger.statements.values() if said["theme"] == theme]
    told.sort(key=lambda said: (said["topic"], said["period_start"], said["statement_id"]))
    statements = [statement_item(said, ledger) for said in told]
    return rendered(
        "theme.html.j2", ledger=ledger, theme=theme, groups=groups, statements=statements
    )


def statement_item(said: dict[Any, str], ledger: Ledger) -> Markup:
    """Return one finding without a number as a list item."""
    own = ledger.sources[said["source_id"]]["outlet_family"]
    return rendered(
        "statement.html.j2", ledger=ledger, said=said, basis=BASES[said["basis"]][0],
        years=_years(said["period_from"][:4], said["period_to"][:4]),
        via=" ".join(sorted(ledger.families_in(said["attribution"]) - {own})),
    )  # fmt: skip


def _years(first: str, last: str) -> str:
    """Return years as "2012-2015", a side left out where open; nothing where both are."""
    return f"{first}-{last}" if first or last else ""


def _shown(claim: Claim, ledger: Ledger) -> dict[str, Any]:
    """Return what the template of a claim fills in."""
    marks = [] if claim.status == "current" else [STATUSES[claim.status]]
    marks += [] if claim.usable else ["left out of every computation"]
    derived = [part.strip() for part in (claim.derived_from or "").split(";") if part.strip()]
    contests = ledger.contests_of.get(claim.origin_id, [])
    beside = {c.claim_id for contest in contests for c in contest.claims}
    others = rivals(claim, ledger.claims.values())
    years = [str(day.year) if day else "" for day in (claim.period_from, claim.period_to)]
    return {
        "claim": claim,
        "years": _years(*years),
        "via": " ".join(passed_on(claim, ledger)),
        "marks": marks,
        "former": ledger.former.get(claim.claim_id, []),
        "basis": BASES[claim.basis][0],
        "derived": [ledger.claims[claim_id] for claim_id in derived],
        # those that no contest shows side by side with this claim: in another unit
        "rivals": [other for other in others if other.claim_id not in beside],
        "contests": contests,
        "repeats": [_shown(c, ledger) for c in ledger.repeats.get(claim.claim_id, [])],
    }


def passed_on(claim: Claim, ledger: Ledger) -> list[str]:
    """Return the other outlets that a claim comes from: named as its source, or repeated by it."""
    found = ledger.families_in(claim.attribution) | ledger.families_in(claim.outlet)
    if claim.repeats:
        found |= {ledger.claims[claim.origin_id].outlet_family}
    return sorted(found - {claim.outlet_family})


def rivals(claim: Claim, claims: Iterable[Claim]) -> list[Claim]:
    """Return the other disputed claims of the same indicator, place and time, without repeats."""

    def overlaps(other: Claim) -> bool:
        first = max(c.period_from or datetime.min for c in (claim, other))
        return bool(first <= min(c.period_to or datetime.max for c in (claim, other)))

    about = (claim.indicator, claim.place, "disputed")
    return [
        other
        for other in claims
        if claim.status == "disputed"
        and (other.indicator, other.place, other.status) == about
        and not other.repeats
        and other.origin_id != claim.origin_id
        and overlaps(other)
    ]


def source_item(
    source: dict[str, Any], claims: list[Claim], statements: Iterable[dict[Any, str]] = ()
) -> Markup:
    """Return one document as a list item with the claims and statements taken from it."""
    return rendered("document.html.j2", source=source, claims=claims, statements=list(statements))


def sources_html(ledger: Ledger) -> Markup:
    """Return every document, folded by outlet; outlets with few documents by first letter."""
    sources = sorted(ledger.sources.values(), key=lambda s: (s["published"] or "", s["source_id"]))
    sizes = Counter(source["outlet_family"] for source in sources)
    told: dict[str, list[dict[Any, str]]] = defaultdict(list)
    for said in ledger.statements.values():
        told[said["source_id"]].append(said)
    groups: dict[str, list[Markup]] = defaultdict(list)
    for source in sources:
        label = source["outlet_family_label"]
        if sizes[source["outlet_family"]] < _OWN_GROUP:
            ends = (letters for letters in _LETTERS if label[:1].upper() <= letters[-1])
            label = f"Other outlets, {next(ends, _LETTERS[-1])}"
        key = source["source_id"]
        groups[label].append(source_item(source, ledger.by_source.get(key, []), told[key]))
    order = sorted(groups, key=lambda name: (name.startswith("Other outlets"), name.lower()))
    return rendered("documents.html.j2", groups=[(name, groups[name]) for name in order])


# Contested facts: a chart and a table each, folded by theme -----------------------------------


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
    spec = _spec(contest)
    pictures = {kind: Markup(picture(spec, kind, contest.key)) for kind in WIDTHS}
    return rendered("pictures.html.j2", description=described(contest), pictures=pictures)


def described(contest: Contest) -> str:
    """Return what the chart shows: each figure with its outlet, in the order of the rows."""
    told = [f"{quantity_words(claim)} ({claim.outlet})" for claim in contest.claims]
    return f"Dots and ranges, one row a claim, in the order of the table below: {listing(told)}."


def _spec(contest: Contest) -> dict[str, Any]:
    """Return the chart in Vega-Lite, a row a claim as `charts.range_rows` lays them out.

    Labels are cut where the picture ends. Written out, since a page holds dozens of these charts
    and Altair takes its time.
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
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dy": -11,
                    "limit": {"expr": "width - 24"},
                },
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


# The page -----------------------------------------------------------------------------------


def _page_section(directive: SphinxDirective, key: str, title: str, html: Markup) -> nodes.section:
    """Return a section: the content of the directive, where it has any, then the HTML."""
    section = nodes.section("", nodes.title("", title), ids=[key], names=[key])
    directive.state.nested_parse(directive.content, directive.content_offset, section)
    section += raw_html(html)
    directive.state.document.note_explicit_target(section, section)
    return section


class RegisterDirective(SphinxDirective):
    """```{register}```: a section for each theme, and the documents."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        known = _CORRECTIONS in self.env.found_docs
        corrections = page_uri(self.env, _CORRECTIONS) if known else ""
        ledger = read_ledger(corrections, pages_by_claim(self.env))
        themes = [
            _page_section(self, f"theme-{theme}", title, theme_html(theme, ledger))
            for theme, title in ledger.themes.items()
        ]
        documents = _page_section(self, "documents", "The documents", sources_html(ledger))
        return [*themes, documents]


class ContestsDirective(SphinxDirective):
    """```{contests} Title```: contested facts, on the page of {register}; the content says what."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the section: its words, then the folded contests."""
        return [_page_section(self, "contested", self.arguments[0], contests_html(read_ledger()))]


def setup(app: Sphinx) -> None:
    """Register the directives and their style sheet."""
    app.add_directive("register", RegisterDirective)
    app.add_directive("contests", ContestsDirective)
    app.add_css_file("register.css")
