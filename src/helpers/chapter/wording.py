"""Words for numbers: how a value, a range or a bound is written in a sentence."""

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import Protocol

from helpers.errors import YaluError
from helpers.evidence.load import vocabulary


class Quantity(Protocol):
    """What can be put into words: a claim, a result or a parameter."""

    @property
    def value(self) -> float | None:
        """Central or only value."""

    @property
    def low(self) -> float | None:
        """Lower bound."""

    @property
    def high(self) -> float | None:
        """Upper bound."""

    @property
    def qualifier(self) -> str:
        """How the source puts it: exact, about, at_least ..."""

    @property
    def unit(self) -> str:
        """Unit code of the codebook."""

    @property
    def per(self) -> str | None:
        """What the value is per, empty for a stock."""


STYLES = ("bare", "unit", "full", "printed")
_QUALIFIER_WORDS = {"about": "about ", "nearly": "nearly ", "exact": ""}
_BOUND_WORDS = {
    "more_than": "more than ",
    "at_least": "at least ",
    "up_to": "up to ",
    "less_than": "less than ",
}
_SCALES = ((1e9, "billion"), (1e6, "million"))
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def round_to(number: float, digits: int) -> float:
    """Return `number` rounded to `digits` significant figures, halves away from zero.

    The exact binary value is rounded, as browsers do, so that a page prints the same.
    """
    if number == 0 or not math.isfinite(number):
        return number
    exact = Decimal(number)
    return float(exact.quantize(Decimal(1).scaleb(exact.adjusted() + 1 - digits), ROUND_HALF_UP))


def _plain(number: float) -> str:
    exact = Decimal(number)
    # beyond this a float holds no decimals, and Decimal no room for them
    rounded = exact if abs(exact) >= 10**15 else exact.quantize(Decimal("1e-6"), ROUND_HALF_UP)
    text = f"{rounded:,.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def number_words(number: float, digits: int | None = None) -> str:
    """Return a number in text: thousands by comma, millions and billions as words.

    `digits` significant figures where given, else as many as the number has (six
    decimals at the most).
    """
    rounded = round_to(number, digits) if digits else number
    for scale, word in _SCALES:
        if abs(rounded) >= scale:
            scaled = rounded / scale
            return f"{_plain(round_to(scaled, digits) if digits else scaled)} {word}"
    return _plain(rounded)


def _span(low: float, high: float, digits: int | None) -> str:
    first, last = number_words(low, digits), number_words(high, digits)
    if first == last:
        return first
    head, _, scale = first.partition(" ")
    same_scale = scale == last.partition(" ")[2]
    if "−" in first + last or not same_scale:
        return f"{first} to {last}"
    return f"{head}–{last}"


def bare_words(quantity: Quantity, digits: int | None = None) -> str:
    """Return value, range or bound without the unit: "700–1,000", "at least 2,000".

    Raises YaluError where the quantity has neither value nor bound.
    """
    low, value, high = quantity.low, quantity.value, quantity.high
    hedge = _QUALIFIER_WORDS.get(quantity.qualifier, "")
    if low is not None and high is not None:
        return hedge + _span(low, high, digits)
    if value is not None:
        return hedge + number_words(value, digits)
    if low is not None:
        return _BOUND_WORDS.get(quantity.qualifier, "at least ") + number_words(low, digits)
    if high is not None:
        return _BOUND_WORDS.get(quantity.qualifier, "up to ") + number_words(high, digits)
    raise YaluError("a quantity without value and bounds cannot be put into words")


def unit_words(unit: str, plural: bool = True) -> str:
    """Return the words for a unit code; a code that data/ledger/units.csv lacks is its own word."""
    return vocabulary().units.get(unit, (unit, unit))[plural]


def per_words(per: str | None) -> str:
    """Return the words for what a value is per: "a bag", or those of data/ledger/pers.csv."""
    if not per:
        return ""
    if own := vocabulary().pers.get(per):
        return own
    if per[0].isdigit():
        return f"for {per}" if not per.split(" ", 1)[1].startswith("month") else f"in {per}"
    return f"{'an' if per[0] in 'aeiou' else 'a'} {per}"


def _of_half(quantity: Quantity) -> str | None:
    """Return "more than half" and the like for percentages that are exactly one half."""
    figures = [x for x in (quantity.low, quantity.value, quantity.high) if x is not None]
    if quantity.unit != "percent" or figures != [50]:
        return None
    hedge = _QUALIFIER_WORDS.get(quantity.qualifier, _BOUND_WORDS.get(quantity.qualifier, ""))
    return f"{hedge}half"


def _as_printed(quantity: Quantity) -> Quantity:
    """Return a claim with the figures and the unit that its source printed."""
    printed = {end: getattr(quantity, f"printed_{end}") for end in ("value", "low", "high", "unit")}
    return SimpleNamespace(**printed, qualifier=quantity.qualifier, per=quantity.per)


def _as_percent(quantity: Quantity) -> Quantity:
    """Return a fraction of 1 as a percentage."""
    ends = {
        end: None if (number := getattr(quantity, end)) is None else round_to(number * 100, 12)
        for end in ("value", "low", "high")
    }
    rest = {"qualifier": quantity.qualifier, "unit": "percent", "per": quantity.per}
    return SimpleNamespace(**ends, **rest)


def quantity_words(quantity: Quantity, style: str = "full", digits: int | None = None) -> str:
    """Return a quantity in words.

    `style`: "bare" (number with its qualifier), "unit" (with the unit), "full" (with
    unit and what it is per) or "printed" (a claim as its source printed it, before our
    correction, with its unit). Raises YaluError for another style.
    """
    if style not in STYLES:
        raise YaluError(f'style "{style}" of a number; allowed: {", ".join(STYLES)}')
    if style == "printed":
        return quantity_words(_as_printed(quantity), "unit", digits)
    if quantity.unit == "share":
        return quantity_words(_as_percent(quantity), style, digits)
    bare = bare_words(quantity, digits)
    if style == "bare":
        return bare
    half = _of_half(quantity)
    figures = [x for x in (quantity.low, quantity.value, quantity.high) if x is not None]
    plural = figures != [1]
    text = half or f"{bare} {unit_words(quantity.unit, plural)}".replace(
        "million million", "trillion"
    )
    per = per_words(quantity.per) if style == "full" else ""
    return f"{text} {per}".strip()


def date_words(iso: str) -> str:
    """Return an ISO date of any precision in words: "22 December 2019", "2017".

    A word such as "undated" stays as it is.
    """
    if not iso[:1].isdigit():
        return iso
    parts = iso.split("-")
    words = [parts[0]]
    if len(parts) > 1:
        words.insert(0, MONTHS[int(parts[1]) - 1])
    if len(parts) > 2:
        words.insert(0, str(int(parts[2])))
    return " ".join(words)


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


def listing(items: Iterable[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def compare_words(
    number: float, other: float, *, below: str, above: str, equal: str = "equal to"
) -> str:
    """Return the word that is true of `number` against `other`."""
    if number == other:
        return equal
    return below if number < other else above
