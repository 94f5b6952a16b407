"""Claim list: every claim of a theme, by indicator, its echoes folded in it."""

from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from helpers.analysis.theme import BASES
from helpers.analysis.wording import quantity_words
from helpers.book.sphinx.ledger import Ledger
from helpers.book.sphinx.markup import code, group, link, number_of, outside_link, tag
from helpers.book.sphinx.words import STATUSES, document_words, period_words
from helpers.evidence import Claim
from helpers.evidence.load import vocabulary

_RIVALS = "Other disputed figures for this place and time"


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
    return tag("p", f"{words} ({outside_link(source['url'], 'page')}). " + code(claim.claim_id))


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


def _contests(claim: Claim, ledger: Ledger) -> str:
    """Return links to where a claim, or what it repeats, stands beside others."""
    found = ledger.contests_of.get(claim.origin_id, [])
    links = [link(c.key, f"see side by side, {period_words(c.start, c.end)}") for c in found]
    return tag("p", f"Contested: {'; '.join(links)}.", class_="reg-contested") if found else ""


def _other_rivals(claim: Claim, ledger: Ledger) -> list[Claim]:
    """Return the rivals that stand in no contest with a claim: those in another unit."""
    stands_in = ledger.contests_of.get(claim.origin_id, [])
    beside = {c.claim_id for contest in stands_in for c in contest.claims}
    return [c for c in rivals(claim, ledger.claims.values()) if c.claim_id not in beside]


def _used(claim: Claim, ledger: Ledger) -> str:
    pages = ledger.used.get(claim.claim_id, [])
    links = ", ".join(tag("a", escape(title), href=uri) for title, uri in pages)
    return tag("p", f"Used in: {links}.", class_="reg-used") if pages else ""


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
        + _contests(claim, ledger)
        + _claim_links(_RIVALS, _other_rivals(claim, ledger), ledger)
        + _used(claim, ledger)
        + _echoes(claim, ledger)
    )
    return tag(
        "li", content, id=f"claim-{claim.claim_id}", class_="reg-claim", data_place=claim.place,
        data_basis=claim.basis, data_status=claim.status, data_family=claim.outlet_family,
        data_years=_years(claim), data_source=claim.source_id,
    )  # fmt: skip


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
    own = {theme: title for theme, title in vocabulary().themes.items() if theme in present}
    return own | {theme: theme.capitalize() for theme in sorted(present - set(own))}


def theme_html(theme: str, ledger: Ledger) -> str:
    """Return all groups of a theme, by the label of the indicator."""
    present = {claim.indicator for claim in ledger.claims.values() if claim.theme == theme}
    ordered = sorted(present, key=lambda name: ledger.indicators[name]["label"].lower())
    groups = "".join(indicator_group(indicator, ledger) for indicator in ordered)
    return tag("div", groups, class_="reg-theme", data_theme=theme)
