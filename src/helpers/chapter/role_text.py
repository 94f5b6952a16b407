"""Roles in prose and their words: {claim}, {source}, {result}, {stated}.

After an id or key a style may follow, another unit at a dated rate, and a rounding.
"""

import re
from dataclasses import dataclass
from types import SimpleNamespace

from helpers import evidence
from helpers.chapter.wording import STYLES, Quantity, date_words, quantity_words
from helpers.errors import YaluError

# not after "`` ", where a page shows how a role is written
ROLES = re.compile(r"(?<!`` )\{(claim|source|result|resultname|stated)\}`([^`]+)`")
CONVERTED_DIGITS = 2
_FORM = re.compile(
    r"(?P<style>[a-z]+)?\s*(?:\bin (?P<unit>\S+) at (?P<rate>\S+))?\s*"
    r"(?:\bto (?P<digits>[1-9]) (?:digits|digit))?"
)


@dataclass(frozen=True)
class Printing:
    """What stands after the id or key in a role: style, unit with its rate, digits.

    `unit` is a unit code, `rate` the claim of the exchange rate that leads to it; `digits`
    are significant figures.
    """

    style: str = "full"
    unit: str | None = None
    rate: str | None = None
    digits: int | None = None


def printing(text: str) -> Printing:
    """Return how a number is to be printed: "bare in USD at fx-claim to 2 digits".

    Every part is optional. Raises YaluError for anything else.
    """
    found = _FORM.fullmatch(text.strip())
    if not found or (found["style"] or "full") not in STYLES:
        raise YaluError(
            f'"{text}" after a number; allowed: one of {", ".join(STYLES)}, then perhaps '
            '"in UNIT at CLAIM", then perhaps "to N digits"'
        )
    digits = int(found["digits"]) if found["digits"] else None
    return Printing(found["style"] or "full", found["unit"], found["rate"], digits)


def printed_words(quantity: Quantity, text: str, digits: int | None = None) -> str:
    """Return a quantity in words, printed as `text` asks (see `printing`).

    `digits` holds where the text names none. Raises YaluError for a text that cannot be
    read and a rate that does not lead from one unit to the other.
    """
    how = printing(text)
    if how.unit and how.rate:
        quantity = converted(quantity, how.unit, how.rate)
        digits = CONVERTED_DIGITS
    return quantity_words(quantity, how.style, how.digits or digits)


def converted(quantity: Quantity, unit: str, rate_id: str) -> Quantity:
    """Return a quantity in another unit, at the exchange rate that a claim gives.

    `rate_id`: a claim whose unit is "CNY/USD" or the like, yuan for a dollar. Where the
    quantity or the rate is a range, the result runs from the smallest to the largest value
    that they allow. An exact figure becomes "about". Raises YaluError where the claim is
    unknown or does not connect the two units.
    """
    rate = evidence.claim(rate_id)
    many, _, one = rate.unit.partition("/")
    if (quantity.unit, unit) not in ((many, one), (one, many)):
        raise YaluError(
            f"claim {rate_id} is in {rate.unit}: it does not lead from {quantity.unit} to {unit}"
        )
    exponent = -1 if quantity.unit == many else 1
    rates = _ends(rate)
    factors = sorted(end**exponent for end in rates)
    if quantity.value is not None and quantity.low is None and len(factors) == 1:
        ends: dict[str, float | None] = {"value": quantity.value * factors[0]}
    elif quantity.value is not None and quantity.low is None and quantity.high is None:
        ends = {"low": quantity.value * factors[0], "high": quantity.value * factors[-1]}
    else:
        ends = {
            "low": None if quantity.low is None else quantity.low * factors[0],
            "high": None if quantity.high is None else quantity.high * factors[-1],
        }
    hedge = "about" if quantity.qualifier == "exact" else quantity.qualifier
    rest = {"unit": unit, "per": quantity.per, "qualifier": hedge}
    return SimpleNamespace(**{"value": None, "low": None, "high": None} | ends | rest)


def _ends(rate: Quantity) -> list[float]:
    """Return the value of a rate, or its ends. Raises YaluError for an open range."""
    if rate.value is not None:
        return [rate.value]
    if rate.low is None or rate.high is None:
        raise YaluError("an exchange rate needs a value or both ends of a range")
    return [rate.low, rate.high]


def claims_named(prose: str) -> set[str]:
    """Return the claims that the roles of a text name, the exchange rates among them."""
    found = set()
    for role, text in ROLES.findall(prose):
        name, _, rest = text.strip().partition(" ")
        if role == "claim":
            found.add(name)
        if role in ("claim", "result"):
            found |= set(re.findall(r"\bat (\S+)", rest))
    return found


def sources_named(prose: str) -> set[str]:
    """Return the documents that the roles of a text name."""
    named = (text.split() for role, text in ROLES.findall(prose) if role == "source")
    return {words[0] for words in named if words}


def source_words(source_id: str, style: str = "") -> str:
    """Return "outlet, date" of a document, or its title (style "title").

    Raises YaluError for an unknown document.
    """
    row = evidence.source(source_id)
    if style == "title":
        ours = "" if row["title_status"] == "as-published" else " (our label)"
        return f"{row['title']}{ours}"
    return f"{row['outlet']}, {date_words(row['published'] or 'undated')}"


def claim_words(claim_id: str, style: str = "full") -> str:
    """Return a claim in words, see `printing` for the styles.

    Style "source" names its document instead of its figure. An excluded claim says so.
    Raises YaluError for an unknown claim or style.
    """
    claim = evidence.recorded(claim_id)
    if not evidence.is_included(claim_id):
        return "[left out]"
    if style == "source":
        return source_words(claim.source_id)
    return printed_words(claim, style)


def stated_words(text: str) -> tuple[str, str]:
    """Return the words and the reason of a number that is neither claim nor result.

    `text`: "two; the two counts named here". Raises YaluError without a reason.
    """
    words, _, reason = (part.strip() for part in text.partition(";"))
    if not words or not reason:
        raise YaluError(f"{{stated}}`{text}`: give the words, a semicolon and the reason")
    return words, reason
