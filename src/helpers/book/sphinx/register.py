"""The register of the evidence: every claim and every document under one address each."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from html import escape
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from helpers import evidence
from helpers.analysis.theme import BASES
from helpers.analysis.wording import date_words, quantity_words
from helpers.book.sphinx.addresses import page_uri
from helpers.evidence import Claim

THEMES = {
    "visas": "Visa workarounds",
    "luggage": "Luggage smuggling",
    "repatriation": "Repatriation",
    "wages-trade": "Wages and trade",
    "context": "Context",
}
STATUSES = {
    "current": "stands",
    "disputed": "disputed",
    "unclear": "unclear",
    "mislabelled": "wrongly labelled in print",
    "superseded": "replaced by a later figure",
}
ACCESS = {
    "full-page": "read in full",
    "opening-only": "only the opening was read",
    "repost-or-mirror": "read in a copy elsewhere",
    "excerpt": "only an excerpt was read",
}
LANGUAGES = {
    "bg": "Bulgarian",
    "de": "German",
    "en": "English",
    "fr": "French",
    "ja": "Japanese",
    "ko": "Korean",
    "pl": "Polish",
    "ru": "Russian",
    "sk": "Slovak",
    "zh": "Chinese",
}
# Houses with fewer documents than this share a group by their first letter.
OWN_GROUP = 4
CORRECTIONS = "chapters/corrections"
_RIVALS = "Other disputed figures for this place and time"
_LETTERS = (("A", "F"), ("G", "L"), ("M", "R"), ("S", "Z"))


def tag(name: str, content: str, /, **attributes: Any) -> str:
    """Return an element; attribute values are escaped here, `content` is HTML already.

    An underscore ends the names that Python reserves (`class_`); another becomes a hyphen.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>"


def link(fragment: str, words: str) -> str:
    """Return a link to an address of the same page."""
    return tag("a", escape(words), href=f"#{fragment}")


def outside_link(url: str, words: str) -> str:
    """Return a link to another site, or the bare address where it is no web address."""
    if not url.startswith(("https://", "http://")):
        return escape(url)
    return tag("a", escape(words), href=url, rel="noopener noreferrer nofollow")


def number_of(count: int, noun: str) -> str:
    """Return "1 claim", "2 claims"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows with None for an empty cell."""
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


@dataclass(frozen=True)
class Ledger:
    """All that the register shows, ready for look-ups by id.

    `corrections_page` is where corrections are explained, empty where the book has no such page.
    """

    claims: dict[str, Claim]
    sources: dict[str, dict[str, Any]]
    indicators: dict[str, dict[str, Any]]
    corrections: dict[str, dict[str, Any]]
    echoes: dict[str, list[Claim]]
    by_source: dict[str, list[Claim]]
    corrections_page: str = ""


def read_ledger(corrections_page: str = "") -> Ledger:
    """Return the clean tables that the register rests on."""
    names = {field.name for field in fields(Claim)}
    frame = evidence.load("claims").sort_values(
        ["place", "period_from", "published_from", "claim_id"], na_position="first"
    )
    claims = {
        row["claim_id"]: Claim(**{name: row[name] for name in names}) for row in _records(frame)
    }
    return Ledger(
        claims,
        _keyed("sources", "source_id"),
        _keyed("indicators", "indicator"),
        _keyed("corrections", "correction_id"),
        _grouped((c for c in claims.values() if c.repeats), lambda c: c.origin_id),
        _grouped(claims.values(), lambda c: c.source_id),
        corrections_page,
    )


def _keyed(table: str, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in _records(evidence.load(table))}


def _grouped(claims: Iterable[Claim], key: Callable[[Claim], str]) -> dict[str, list[Claim]]:
    groups = defaultdict(list)
    for claim in claims:
        groups[key(claim)].append(claim)
    return dict(groups)


def period_words(start: str | None, end: str | None) -> str:
    """Return the period that a figure speaks of: "January to March 2024", "undated"."""
    if not start and not end:
        return "undated"
    if not end:
        return f"since {date_words(str(start))}"
    if not start:
        return f"until {date_words(end)}"
    if start == end:
        return date_words(start)
    first, last = date_words(start), date_words(end)
    if first[-5:] == last[-5:] and len(start) == len(end):
        first = first[:-5]
    return f"{first} to {last}"


def document_words(source: dict[str, Any]) -> str:
    """Return "outlet, date" of a document."""
    return f"{source['outlet']}, {date_words(source['published'] or 'undated')}"


def _years(claim: Claim) -> str:
    """Return first and last year of a claim as "2012-2015", a side left out where open."""
    ends = [day and str(day.year) for day in (claim.period_from, claim.period_to)]
    return "-".join(end or "" for end in ends) if any(ends) else ""


def _figure(claim: Claim) -> str:
    marks = [] if claim.status == "current" else [STATUSES[claim.status]]
    marks += [] if claim.usable else ["left out of every computation"]
    shown = "".join(f" {tag('span', escape(mark), class_='reg-mark')}" for mark in marks)
    here = tag(
        "a",
        "#",
        href=f"#claim-{claim.claim_id}",
        class_="reg-here",
        aria_label="Link to this claim",
    )
    return tag(
        "p", tag("strong", escape(quantity_words(claim))) + shown + here, class_="reg-figure"
    )


def _scope(claim: Claim) -> str:
    words = f"{claim.place}, {period_words(claim.period_start, claim.period_end)}"
    counted = claim.population[:1].upper() + claim.population[1:]
    return tag("p", escape(f"{words}. {counted}."))


def _origin(claim: Claim, source: dict[str, Any]) -> str:
    said = f"Said by: {claim.attribution}. Basis: {BASES[claim.basis][0]}. Source: "
    words = escape(said) + link(f"source-{claim.source_id}", document_words(source))
    return tag("p", f"{words} ({outside_link(source['url'], 'page')}). " + _key(claim.claim_id))


def _key(name: str) -> str:
    return tag("code", escape(name))


def _note(claim: Claim) -> str:
    return tag("p", escape(claim.note), class_="reg-note") if claim.note else ""


def _correction(claim: Claim, ledger: Ledger) -> str:
    if not claim.correction_id:
        return ""
    printed, used = quantity_words(claim, "printed"), quantity_words(claim, "unit")
    change = f"printed {printed}, used as {used}" if printed != used else "figure as printed"
    change = change if claim.usable else f"printed {printed}, not used"
    reason = ledger.corrections[claim.correction_id]["reason"]
    words = tag("b", "Correction") + escape(f": {change}. {reason}")
    if ledger.corrections_page:
        to = f"{ledger.corrections_page}#correction-{claim.correction_id}"
        words += " " + tag("a", "All corrections", href=to) + "."
    return tag("p", words, class_="reg-fix")


def _claim_links(lead: str, claims: list[Claim], ledger: Ledger) -> str:
    if not claims:
        return ""
    links = [
        link(f"claim-{c.claim_id}", quantity_words(c))
        + escape(f" ({document_words(ledger.sources[c.source_id])})")
        for c in claims
    ]
    return tag("p", f"{lead}: {'; '.join(links)}.")


def _derived(claim: Claim, ledger: Ledger) -> str:
    ids = [part.strip() for part in (claim.derived_from or "").split(";") if part.strip()]
    return _claim_links("Computed from", [ledger.claims[i] for i in ids], ledger)


def _overlap(one: Claim, other: Claim) -> bool:
    first = max(c.period_from or pd.Timestamp.min for c in (one, other))
    last = min(c.period_to or pd.Timestamp.max for c in (one, other))
    return bool(first <= last)


def rivals(claim: Claim, claims: Iterable[Claim]) -> list[Claim]:
    """Return the other disputed claims of the same indicator, place and time, echoes left out."""
    if claim.status != "disputed":
        return []
    return [
        other
        for other in claims
        if (other.indicator, other.place, other.status)
        == (claim.indicator, claim.place, "disputed")
        and not other.repeats
        and other.origin_id != claim.origin_id
        and _overlap(claim, other)
    ]


def _echoes(claim: Claim, ledger: Ledger) -> str:
    echoes = ledger.echoes.get(claim.claim_id, [])
    if not echoes:
        return ""
    items = "".join(claim_item(echo, ledger) for echo in echoes)
    summary = tag("summary", f"Repeated in {number_of(len(echoes), 'more document')}")
    return tag("details", summary + tag("ul", items), class_="reg-echoes")


def claim_item(claim: Claim, ledger: Ledger) -> str:
    """Return one claim as a list item, its echoes folded in it."""
    content = (
        _figure(claim)
        + _scope(claim)
        + _origin(claim, ledger.sources[claim.source_id])
        + _note(claim)
        + _correction(claim, ledger)
        + _derived(claim, ledger)
        + _claim_links(_RIVALS, rivals(claim, ledger.claims.values()), ledger)
        + _echoes(claim, ledger)
    )
    return tag(
        "li", content, id=f"claim-{claim.claim_id}", class_="reg-claim", data_place=claim.place,
        data_basis=claim.basis, data_status=claim.status, data_family=claim.outlet_family,
        data_years=_years(claim), data_source=claim.source_id,
    )  # fmt: skip


def group(title: str, count: str, content: str, /, **attributes: Any) -> str:
    """Return content folded under a title with its count."""
    head = tag("h3", escape(title)) + " " + tag("span", count, class_="reg-count")
    return tag("details", tag("summary", head) + content, class_="reg-group", **attributes)


def indicator_group(indicator: str, ledger: Ledger) -> str:
    """Return the claims of one indicator, folded under its label."""
    about = ledger.indicators[indicator]
    own = [claim for claim in ledger.claims.values() if claim.indicator == indicator]
    items = "".join(claim_item(claim, ledger) for claim in own if not claim.repeats)
    content = tag("p", escape(about["definition"]), class_="reg-definition") + tag("ul", items)
    return group(
        about["label"], number_of(len(own), "claim"), content, id=f"indicator-{indicator}",
        data_indicator=indicator,
    )  # fmt: skip


def themes(ledger: Ledger) -> dict[str, str]:
    """Return the themes that have claims, ours in the book's order, then any other."""
    present = {claim.theme for claim in ledger.claims.values()}
    own = {theme: title for theme, title in THEMES.items() if theme in present}
    return own | {theme: theme.capitalize() for theme in sorted(present - set(own))}


def theme_html(theme: str, ledger: Ledger) -> str:
    """Return all groups of a theme, by the label of the indicator."""
    present = {claim.indicator for claim in ledger.claims.values() if claim.theme == theme}
    ordered = sorted(present, key=lambda name: ledger.indicators[name]["label"].lower())
    groups = "".join(indicator_group(indicator, ledger) for indicator in ordered)
    return tag("div", groups, class_="reg-theme", data_theme=theme)


def _how_read(source: dict[str, Any]) -> str:
    dated = {"inferred": " (date inferred)"}.get(source["published_status"], "")
    author = f", {source['author']}" if source["author"] else ""
    language = LANGUAGES.get(source["language"], source["language"])
    return f"{document_words(source)}{dated}{author}. {language}; {ACCESS[source['access']]}. "


def source_item(source: dict[str, Any], claims: list[Claim]) -> str:
    """Return one document as a list item with the claims taken from it."""
    title = escape(source["title"])
    title += "" if source["title_status"] == "as-published" else " (our label)"
    content = tag("p", tag("strong", title), class_="reg-figure")
    address = outside_link(source["url"], "Open the document")
    content += tag("p", f"{escape(_how_read(source))}{address}. {_key(source['source_id'])}")
    content += tag("p", escape(source["note"]), class_="reg-note") if source["note"] else ""
    links = "; ".join(link(f"claim-{c.claim_id}", quantity_words(c)) for c in claims)
    content += tag("p", f"{number_of(len(claims), 'claim')}: {links}.") if claims else ""
    return tag(
        "li", content, id=f"source-{source['source_id']}", class_="reg-source",
        data_family=source["outlet_family"], data_years=(source["published"] or "")[:4],
    )  # fmt: skip


def _shelf(label: str, documents: int) -> str:
    if documents >= OWN_GROUP:
        return label
    first, last = next((pair for pair in _LETTERS if label[:1].upper() <= pair[1]), _LETTERS[-1])
    return f"Other outlets, {first} to {last}"


def sources_html(ledger: Ledger) -> str:
    """Return every document, folded by house; houses with few documents by first letter."""
    sizes = pd.Series([s["outlet_family"] for s in ledger.sources.values()]).value_counts()
    shelves: dict[str, list[str]] = defaultdict(list)
    in_order = sorted(ledger.sources.values(), key=lambda s: (s["published"] or "", s["source_id"]))
    for source in in_order:
        shelf = _shelf(source["outlet_family_label"], sizes[source["outlet_family"]])
        item = source_item(source, ledger.by_source.get(source["source_id"], []))
        shelves[shelf].append(item)
    ordered = sorted(shelves, key=lambda name: (name.startswith("Other outlets"), name.lower()))
    return tag("div", "".join(_shelf_html(name, shelves[name]) for name in ordered))


def _shelf_html(name: str, items: list[str]) -> str:
    return group(name, number_of(len(items), "document"), tag("ul", "".join(items)))


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


class RegisterDirective(SphinxDirective):
    """```{register}```: the filter bar, a section for each theme, and the documents."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        known = CORRECTIONS in self.env.found_docs
        ledger = read_ledger(page_uri(self.env, CORRECTIONS) if known else "")
        parts: list[nodes.Node] = [nodes.raw("", filter_html(ledger), format="html")]
        for theme, title in themes(ledger).items():
            parts.append(self._section(f"theme-{theme}", title, theme_html(theme, ledger)))
        return [*parts, self._section("documents", "The documents", sources_html(ledger))]

    def _section(self, key: str, title: str, html: str) -> nodes.section:
        section = nodes.section("", nodes.title("", title), ids=[key], names=[key])
        section += nodes.raw("", html, format="html")
        self.state.document.note_explicit_target(section, section)
        return section


def _add_script(
    app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any
) -> None:
    if 'id="yalu-register"' in (context.get("body") or ""):
        app.add_js_file("register.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the directive, its style sheet and, on the page that needs it, its script."""
    app.add_directive("register", RegisterDirective)
    app.add_css_file("register.css")
    app.connect("html-page-context", _add_script)
