"""Counts of the register: facts of the pages, houses, and the table of the front page."""

import math
import re
from itertools import combinations

import pandas as pd

from .people import entries
from .tables import BY_ID, CLAIMS, ROOT, recount, table

SOURCES = table("sources")
CHANGES = table("changes")


def words(number):
    return f"{number:,}"


def per_cent(rows, of):
    return f"{round(100 * len(rows) / len(of))} per cent"


def rows_where(rows, column, entry):
    return rows[rows[column] == entry]


@recount("fact:count claims")
def claims():
    # all rows of claims
    return words(len(CLAIMS))


@recount("fact:count sources")
def documents():
    # all rows of sources
    return words(len(SOURCES))


@recount("fact:count events")
def events():
    # all rows of events
    return words(len(table("events")))


@recount("fact:count statements")
def statements():
    # all rows of statements
    return words(len(table("statements")))


@recount("fact:count corrections")
def corrections():
    # all rows of corrections
    return words(len(table("corrections")))


@recount("fact:count known_differences")
def differences():
    # all rows of known_differences
    return words(len(table("known_differences")))


@recount("fact:count changes")
def changes():
    # all rows of changes
    return words(len(CHANGES))


@recount("fact:count changes column=row")
def rows_changed():
    # rows of changes that speak of a row as a whole
    return words(len(rows_where(CHANGES, "column", "row")))


@recount("fact:count claims repeats=any")
def repeats():
    # claims that name another one as what they repeat
    return words(CLAIMS["repeats"].notna().sum())


@recount("fact:count claims repeats=none")
def no_repeats():
    # claims that name none
    return words(CLAIMS["repeats"].isna().sum())


@recount("fact:count claims usable=false")
def not_usable():
    # claims that enter no computation
    return words(len(rows_where(CLAIMS, "usable", "false")))


@recount("fact:latest claims recorded_on")
def closed_on():
    # the last day on which a claim was recorded
    day = pd.Timestamp(CLAIMS["recorded_on"].max())
    return f"{day.day} {day:%B %Y}"


@recount("fact:distinct sources outlet_family")
def houses():
    # different outlet families of all documents
    return words(SOURCES["outlet_family"].nunique())


@recount("fact:distinct sources language")
def languages():
    # different languages of all documents
    return words(SOURCES["language"].nunique())


def counts_of(verb, name, rows, column, *values):
    """Enter the counts, or the shares of all rows, of some entries of one column."""
    for entry in values:

        @recount(f"fact:{verb} {name} {column}={entry}")
        def by_entry(entry=entry):
            # rows with that entry in that column; a share is of all rows, in whole per cent
            found = rows_where(rows, column, entry)
            return words(len(found)) if verb == "count" else per_cent(found, rows)


BASES = [
    "official-statistic", "official-statement", "panel-of-experts", "expert-named",
    "anonymous-source", "derived",
]  # fmt: skip
counts_of("count", "claims", CLAIMS, "basis", *BASES)
counts_of("share", "claims", CLAIMS, "basis", *BASES)
counts_of("count", "claims", CLAIMS, "qualifier", "exact", "about")
counts_of("count", "claims", CLAIMS, "outlet_family", "daily-nk", "radio-free-asia")
counts_of("count", "claims", CLAIMS, "status",
          "current", "disputed", "unclear", "mislabelled", "superseded")  # fmt: skip
counts_of("count", "sources", SOURCES, "access",
          "opening-only", "repost-or-mirror", "excerpt", "full-page")  # fmt: skip
counts_of("share", "sources", SOURCES, "access", "opening-only")
counts_of("count", "sources", SOURCES, "language", "en", "ko", "ja", "zh")
counts_of("count", "sources", SOURCES, "outlet_family", "daily-nk")
counts_of("count", "sources", SOURCES, "published_status", "inferred", "unknown")
counts_of("count", "sources", SOURCES, "title_status", "as-published")


# Houses from the names of outlets ------------------------------------------------------------

LANGUAGES = re.compile(r" \((?:Bulgarian|Chinese|English|French|German|Japanese|Korean|Polish|"
                       r"Russian|Slovak)\)$")  # fmt: skip
HOUSES = pd.read_csv(ROOT / "data" / "ledger" / "outlets.csv", dtype=str).set_index("outlet")


def house(outlet):
    """An outlet's house: its name without a language in brackets, unless outlets.csv names one."""
    name = LANGUAGES.sub("", outlet)
    listed = next((one for one in (outlet, name) if one in HOUSES.index), None)
    return HOUSES.loc[listed, "family"] if listed else re.sub(r"[\W_]+", "-", name.lower())


OUTLETS = SOURCES.set_index("source_id")["outlet"]


@recount("names:houses")
def houses_by_name():
    # different houses, worked out from the names of outlets alone
    return len(set(map(house, OUTLETS)))


@recount("names:documents of Daily NK")
def daily_nk_documents_by_name():
    # documents whose outlet is Daily NK in any language, or Daily NK Japan
    return list(map(house, OUTLETS)).count("daily-nk")


@recount("names:claims of Daily NK")
def daily_nk_claims_by_name():
    # claims of these documents
    return list(CLAIMS["source_id"].map(OUTLETS).map(house)).count("daily-nk")


# The table of the front page -----------------------------------------------------------------


def rests_on(claim_id):
    """The claims that a claim finally rests on: what it repeats or is worked out from."""
    claim = BY_ID[claim_id]
    behind = entries(claim.repeats) or entries(claim.derived_from)
    return {claim_id} if not behind else set().union(*map(rests_on, behind))


def voices(claim_id):
    """The houses and the named speakers behind a claim, without "via" and what follows it."""
    found = set()
    for origin in (BY_ID[one] for one in rests_on(claim_id)):
        found.add(("house", origin.outlet_family))
        if origin.basis not in ("anonymous-source", "derived"):
            said_by = re.sub(r",? via .*$", "", origin.attribution).strip().casefold()
            found.add(("speaker", said_by))
    return found


def known(number, otherwise):
    return otherwise if number != number else number


def reach(claim):
    """From where to where a figure reaches: a tenth around "about", a tenth below "nearly"."""
    low, high = known(claim.lower, -math.inf), known(claim.upper, math.inf)
    about, nearly = claim.qualifier == "about", claim.qualifier == "nearly"
    return (low - 0.1 * abs(low) if about or (nearly and low > 0) else low,
            high + 0.1 * abs(high) if about or (nearly and high < 0) else high)  # fmt: skip


def much_the_same(one, other):
    """Same indicator, place, unit and per; periods that share a day; figures that overlap."""
    same = all(getattr(one, name) == getattr(other, name) or
               (getattr(one, name) != getattr(one, name)
                and getattr(other, name) != getattr(other, name))
               for name in ("indicator", "place", "unit", "per"))  # fmt: skip
    if not same:
        return False
    first, second = (
        (known(c.period_from, "0001-01-01"), known(c.period_to, "9999-12-31")) for c in (one, other)
    )
    days = first[0] <= second[1] and second[0] <= first[1]
    mine, others = reach(one), reach(other)
    return days and mine[0] <= others[1] and others[0] <= mine[1]


def agreeing(claim_id):
    mine = BY_ID[claim_id]
    return [other for other, claim in BY_ID.items()
            if other != claim_id and claim.indicator == mine.indicator
            and much_the_same(mine, claim)]  # fmt: skip


@recount("table:Claims used")
def used(claim_ids, _source_ids):
    # claims that a page links or a figure shows
    return len(set(claim_ids))


@recount("table:Documents")
def used_documents(claim_ids, source_ids):
    # documents of these claims, and those that pages or figures cite
    return len({BY_ID[claim_id].source_id for claim_id in claim_ids} | set(source_ids))


@recount("table:On anonymous sources only")
def anonymous_only(claim_ids, _source_ids):
    # anonymous claims with which none of another basis says much the same, over the claims used
    alone = [
        all(BY_ID[one].basis == "anonymous-source" for one in [claim_id, *agreeing(claim_id)])
        for claim_id in claim_ids
    ]
    return sum(alone) / len(claim_ids)


@recount("table:With a second independent origin")
def second_origin(claim_ids, _source_ids):
    # claims that, with those that say much the same, have two of no common house or speaker
    found = 0
    for claim_id in claim_ids:
        sets = [voices(one) for one in [claim_id, *agreeing(claim_id)]]
        found += any(one.isdisjoint(other) for one, other in combinations(sets, 2))
    return found / len(claim_ids)


@recount("table:Derived by us")
def derived(claim_ids, _source_ids):
    # claims with the basis "derived", over the claims used
    return sum(BY_ID[claim_id].basis == "derived" for claim_id in claim_ids) / len(claim_ids)


def days(claim_ids, source_ids):
    ids = {BY_ID[claim_id].source_id for claim_id in claim_ids} | set(source_ids)
    return SOURCES.loc[SOURCES["source_id"].isin(ids), "published"].dropna()


@recount("table:Oldest document")
def oldest(claim_ids, source_ids):
    # the first date of publication of these documents
    return days(claim_ids, source_ids).min()


@recount("table:Newest document")
def newest(claim_ids, source_ids):
    # the last date of publication of these documents
    return days(claim_ids, source_ids).max()


def share_read(access, claim_ids, source_ids):
    ids = {BY_ID[claim_id].source_id for claim_id in claim_ids} | set(source_ids)
    read = SOURCES.loc[SOURCES["source_id"].isin(ids), "access"]
    return (read == access).sum() / len(read)


@recount("table:Read in full")
def in_full(claim_ids, source_ids):
    # documents with the access "full-page", over these documents
    return share_read("full-page", claim_ids, source_ids)


@recount("table:Read in the opening only")
def in_the_opening(claim_ids, source_ids):
    # documents with the access "opening-only", over these documents
    return share_read("opening-only", claim_ids, source_ids)


@recount("table:Read in a copy elsewhere")
def in_a_copy(claim_ids, source_ids):
    # documents with the access "repost-or-mirror", over these documents
    return share_read("repost-or-mirror", claim_ids, source_ids)


@recount("table:Read as an excerpt")
def as_an_excerpt(claim_ids, source_ids):
    # documents with the access "excerpt", over these documents
    return share_read("excerpt", claim_ids, source_ids)
