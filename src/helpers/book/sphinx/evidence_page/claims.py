"""Claims by theme, the bar that filters them, and documents by outlet, of the evidence page."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pandas as pd
from markupsafe import Markup

from helpers.book.sphinx.evidence_page.ledger import STATUSES, Ledger
from helpers.book.sphinx.templates import rendered
from helpers.chapter.charts import BASES
from helpers.chapter.wording import quantity_words
from helpers.evidence import Claim

_ACCESS = {
    "full-page": "read in full",
    "opening-only": "only the opening was read",
    "repost-or-mirror": "read in a copy elsewhere",
    "excerpt": "only an excerpt was read",
}
_LANGUAGES = {
    "bg": "Bulgarian", "de": "German", "en": "English", "fr": "French", "ja": "Japanese",
    "ko": "Korean", "pl": "Polish", "ru": "Russian", "sk": "Slovak", "zh": "Chinese",
}  # fmt: skip
# Outlets with fewer documents than this share a group by their first letter.
_OWN_GROUP = 4
_LETTERS = (("A", "F"), ("G", "L"), ("M", "R"), ("S", "Z"))

# value, words and count of an option; a group of options has a theme and its title, or neither
Option = tuple[str, str, int | None]
Group = tuple[str, str, list[Option]]


def claim_item(claim: Claim, ledger: Ledger) -> Markup:
    """Return one claim as a list item, the claims that repeat it folded in it."""
    return rendered("claim.html.j2", ledger=ledger, shown=_shown(claim, ledger))


def theme_html(theme: str, ledger: Ledger) -> Markup:
    """Return the claims of a theme, folded by indicator in the order of their labels."""
    claims = ledger.claims.values()
    present = {claim.indicator for claim in claims if claim.theme == theme}
    groups = []
    for name in sorted(present, key=lambda name: ledger.indicators[name]["label"].lower()):
        own = [claim for claim in claims if claim.indicator == name]
        items = [_shown(claim, ledger) for claim in own if not claim.repeats]
        groups.append((ledger.indicators[name], len(own), items))
    return rendered("theme.html.j2", ledger=ledger, theme=theme, groups=groups)


def _shown(claim: Claim, ledger: Ledger) -> dict[str, Any]:
    """Return what the template of a claim fills in."""
    marks = [] if claim.status == "current" else [STATUSES[claim.status]]
    marks += [] if claim.usable else ["left out of every computation"]
    derived = [part.strip() for part in (claim.derived_from or "").split(";") if part.strip()]
    contests = ledger.contests_of.get(claim.origin_id, [])
    beside = {c.claim_id for contest in contests for c in contest.claims}
    others = rivals(claim, ledger.claims.values())
    return {
        "claim": claim,
        "url": ledger.sources[claim.source_id]["url"],
        "years": _years(claim),
        "marks": marks,
        "counted": claim.population[:1].upper() + claim.population[1:],
        "basis": BASES[claim.basis][0],
        "correction": _correction(claim, ledger),
        "derived": [ledger.claims[claim_id] for claim_id in derived],
        # those that no contest shows side by side with this claim: in another unit
        "rivals": [other for other in others if other.claim_id not in beside],
        "contests": contests,
        "pages": ledger.used.get(claim.claim_id, []),
        "repeats": [_shown(c, ledger) for c in ledger.repeats.get(claim.claim_id, [])],
    }


def _years(claim: Claim) -> str:
    """Return first and last year of a claim as "2012-2015", a side left out where open."""
    ends = [day and str(day.year) for day in (claim.period_from, claim.period_to)]
    return "-".join(end or "" for end in ends) if any(ends) else ""


def _correction(claim: Claim, ledger: Ledger) -> str:
    """Return what was printed, what is used instead and why; nothing where no correction is."""
    if not claim.correction_id:
        return ""
    printed, used = quantity_words(claim, "printed"), quantity_words(claim, "unit")
    change = f"printed {printed}, used as {used}" if printed != used else "figure as printed"
    change = change if claim.usable else f"printed {printed}, not used"
    return f"{change}. {ledger.corrections[claim.correction_id]['reason']}"


def rivals(claim: Claim, claims: Iterable[Claim]) -> list[Claim]:
    """Return the other disputed claims of the same indicator, place and time, without repeats."""
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


def _overlap(one: Claim, other: Claim) -> bool:
    first = max(c.period_from or pd.Timestamp.min for c in (one, other))
    last = min(c.period_to or pd.Timestamp.max for c in (one, other))
    return bool(first <= last)


def filter_html(ledger: Ledger) -> Markup:
    """Return the filter bar, hidden until register.js shows it: a field a property of a claim."""
    claims = pd.DataFrame([vars(claim) for claim in ledger.claims.values()])
    sources = ledger.sources.values()
    outlets = pd.Series([source["outlet_family"] for source in sources])
    names = {source["outlet_family"]: source["outlet_family_label"] for source in sources}
    bases = {basis: label for basis, (label, _, _) in BASES.items()}
    labels = {key: about["label"] for key, about in ledger.indicators.items()}
    by_theme = [
        (theme, title, _counted(claims.loc[claims["theme"] == theme, "indicator"], _sorted(labels)))
        for theme, title in ledger.themes.items()
    ]
    places = {place: place for place in sorted(set(claims["place"]))}
    fields: list[tuple[str, str, list[Group]]] = [
        ("theme", "Theme", [("", "", _counted(claims["theme"], ledger.themes))]),
        ("indicator", "What is measured", by_theme),
        ("place", "Place", [("", "", _counted(claims["place"], places))]),
        ("year", "Year", [("", "", _years_of(claims))]),
        ("basis", "Who stands behind it", [("", "", _counted(claims["basis"], bases))]),
        ("status", "Status", [("", "", _counted(claims["status"], STATUSES))]),
        ("outlet", "Outlet", [("", "", _counted(outlets, _sorted(names)))]),
    ]
    return rendered("filter.html.j2", fields=fields)


def _sorted(words: dict[str, str]) -> dict[str, str]:
    return dict(sorted(words.items(), key=lambda item: item[1].lower()))


def _counted(codes: pd.Series, words: dict[str, str]) -> list[Option]:
    """Return one option for each code that occurs, in the order of `words`."""
    counts = codes.value_counts()
    return [(code, words[code], int(counts[code])) for code in words if code in counts.index]


def _years_of(claims: pd.DataFrame) -> list[Option]:
    days = pd.concat([claims["period_from"], claims["period_to"]]).dropna()
    years = range(int(days.dt.year.max()), int(days.dt.year.min()) - 1, -1)
    return [(str(year), str(year), None) for year in years]


# Documents ----------------------------------------------------------------------------------


def source_item(source: dict[str, Any], claims: list[Claim]) -> Markup:
    """Return one document as a list item with the claims taken from it."""
    return rendered(
        "document.html.j2", source=source, claims=claims, access=_ACCESS, languages=_LANGUAGES
    )


def sources_html(ledger: Ledger) -> Markup:
    """Return every document, folded by outlet; outlets with few documents by first letter."""
    sources = sorted(ledger.sources.values(), key=lambda s: (s["published"] or "", s["source_id"]))
    sizes = pd.Series([source["outlet_family"] for source in sources]).value_counts()
    groups: dict[str, list[Markup]] = defaultdict(list)
    for source in sources:
        label = source["outlet_family_label"]
        if sizes[source["outlet_family"]] < _OWN_GROUP:
            ends = (pair for pair in _LETTERS if label[:1].upper() <= pair[1])
            first, last = next(ends, _LETTERS[-1])
            label = f"Other outlets, {first} to {last}"
        groups[label].append(source_item(source, ledger.by_source.get(source["source_id"], [])))
    order = sorted(groups, key=lambda name: (name.startswith("Other outlets"), name.lower()))
    return rendered("documents.html.j2", groups=[(name, groups[name]) for name in order])
