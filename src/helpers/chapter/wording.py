"""Words for numbers, dates and claims, and the roles in prose that ask for them.

After the id or key in {claim} or {result} a style may follow, another unit at a dated rate, and a
rounding; {source}, {statement} and {stated} are the other roles.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

from helpers import evidence
from helpers.errors import YaluError
from helpers.evidence.load import vocabulary

if TYPE_CHECKING:
    from helpers.chapter.running import Result

# What can be put into words. It has value, low and high (numbers or None), a qualifier (exact,
# about, at_least ...), a unit of the codebook and what it is per.
Quantity: TypeAlias = "evidence.Claim | Result | SimpleNamespace"

# not after "`` ", where a page shows how a role is written
ROLES = re.compile(
    r"(?<!`` )\{(claim|statement|source|archived|result|resultname|stated)\}`([^`]+)`"
)
_PAGE = re.compile(r"(?<!`` )\{page\}`\S+ ([^`]+)`")
CONVERTED_DIGITS = 2
_FORM = re.compile(
    r"(?P<style>[a-z]+)?\s*(?:\bin (?P<unit>\S+) at (?P<rate>\S+))?\s*"
    r"(?:\bto (?P<digits>[1-9]) (?:digits|digit))?"
)
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


def outwards(number: float, digits: int, side: int) -> float:
    """Return a number rounded to significant figures, down (side -1) or up (side 1)."""
    if number == 0 or not math.isfinite(number):
        return number
    exact = Decimal(repr(round_to(number, 12)))  # beyond are errors of floats
    step = Decimal(1).scaleb(exact.adjusted() + 1 - digits)
    return float(exact.quantize(step, ROUND_FLOOR if side < 0 else ROUND_CEILING))


def _plain(number: float) -> str:
    exact = Decimal(number)
    # beyond this a float holds no decimals, and Decimal no room for them
    rounded = exact if abs(exact) >= 10**15 else exact.quantize(Decimal("1e-6"), ROUND_HALF_UP)
    text = f"{rounded:,.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def number_words(number: float, digits: int | None = None) -> str:
    """Return a number in text: thousands by comma, millions and billions as words.

    To `digits` significant figures, else as many as it has (six decimals at the most).
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
    if "−" in first + last or scale != last.partition(" ")[2]:
        return f"{first} to {last}"
    return f"{head}–{last}"


def bare_words(quantity: Quantity, digits: int | None = None) -> str:
    """Return value, range or bound without the unit: "at least 2,000"; YaluError for none."""
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


def quantity_words(quantity: Quantity, style: str = "full", digits: int | None = None) -> str:
    """Return a quantity in words.

    `style`: "bare" (number with its qualifier), "unit" (with the unit), "full" (with unit and
    what it is per) or "printed" (as a claim's source printed it). Raises YaluError for another.
    """
    if style not in STYLES:
        raise YaluError(f'style "{style}" of a number; allowed: {", ".join(STYLES)}')
    rest = {"qualifier": quantity.qualifier, "per": quantity.per}
    if style == "printed":
        printed = {e: getattr(quantity, f"printed_{e}") for e in ("value", "low", "high", "unit")}
        return quantity_words(SimpleNamespace(**printed, **rest), "unit", digits)
    if quantity.unit == "share":
        ends = {e: getattr(quantity, e) for e in ("value", "low", "high")}
        ends = {e: None if x is None else round_to(x * 100, 12) for e, x in ends.items()}
        return quantity_words(SimpleNamespace(**ends, **rest, unit="percent"), style, digits)
    bare = bare_words(quantity, digits)
    if style == "bare":
        return bare
    figures = [x for x in (quantity.low, quantity.value, quantity.high) if x is not None]
    if quantity.unit == "percent" and figures == [50]:
        hedges = _QUALIFIER_WORDS | _BOUND_WORDS
        text = f"{hedges.get(quantity.qualifier, '')}half"
    else:
        text = f"{bare} {unit_words(quantity.unit, plural=figures != [1])}"
        text = text.replace("million million", "trillion")
    per = per_words(quantity.per) if style == "full" else ""
    return f"{text} {per}".strip()


def date_words(iso: str) -> str:
    """Return an ISO date of any precision in words, "22 December 2019"; a word as it is."""
    if not iso[:1].isdigit():
        return iso
    year, month, day = [*iso.split("-"), "", ""][:3]
    words = [str(int(day)) if day else "", MONTHS[int(month) - 1] if month else "", year]
    return " ".join(filter(None, words))


def period_words(start: str | None, end: str | None) -> str:
    """Return the period that a figure speaks of: "January to March 2024", "undated"."""
    if not start and not end:
        return "undated"
    if not end:
        return f"since {date_words(str(start))}"
    if not start:
        return f"until {date_words(end)}"
    first, last = date_words(start), date_words(end)
    if first == last:
        return first
    if first[-5:] == last[-5:] and len(start) == len(end):
        first = first[:-5]
    return f"{first} to {last}"


def listing(items: Iterable[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *rest, last = list(items) or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


# what Markdown or a notebook takes for markup within a line
_MARKUP = re.compile(r"[\\`*_\[\]<>$|~{}&]")
# a mark that is escaped, or code and bold
_MARKS = re.compile(r"\\([\\`*_\[\]<>$|~{}&])|\*\*|`")


def escaped(words: str) -> str:
    """Return words in Markdown that show as they stand."""
    return _MARKUP.sub(r"\\\g<0>", words)


_SENTENCE = re.compile(r"(?<=[.!?])[\s]+(?=[A-Z“‘])")


def unlinked(text: str) -> str:
    """Return prose in which links to other pages of the book are their words alone."""
    return _PAGE.sub(r"\1", text)


def answer_sentences(text: str) -> list[str]:
    """Return the sentences of a text in Markdown between its title and its first section."""
    _, _, after = text.partition("\n")
    answer = re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.split(r"\n\s*\n", answer.strip())
    plain = [_MARKS.sub(lambda mark: mark[1] or "", " ".join(block.split())) for block in blocks]
    return [sentence for block in plain for sentence in _SENTENCE.split(block) if sentence]


# Roles ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Printing:
    """What stands after the id or key in a role; `rate` is the claim that leads to `unit`."""

    style: str = "full"
    unit: str | None = None
    rate: str | None = None
    digits: int | None = None


def printing(text: str) -> Printing:
    """Return how a number is to be printed: "bare in USD at fx-claim to 2 digits".

    Each part is optional. Raises YaluError for anything else.
    """
    found = _FORM.fullmatch(text.strip())
    if not found or (found["style"] or "full") not in STYLES:
        raise YaluError(f'"{text}" after a number; allowed: one of {", ".join(STYLES)}, then '
                        'perhaps "in UNIT at CLAIM", then perhaps "to N digits"')  # fmt: skip
    digits = int(found["digits"]) if found["digits"] else None
    return Printing(found["style"] or "full", found["unit"], found["rate"], digits)


def printed_words(quantity: Quantity, text: str, digits: int | None = None) -> str:
    """Return a quantity in words as `text` asks (see `printing`), to `digits` where it names none.

    Raises YaluError as `printing` and `converted` do.
    """
    how = printing(text)
    if how.unit and how.rate:
        quantity = converted(quantity, how.unit, how.rate)
        digits = CONVERTED_DIGITS
    return quantity_words(quantity, how.style, how.digits or digits)


def converted(quantity: Quantity, unit: str, rate_id: str) -> Quantity:
    """Return a quantity in another unit, at the exchange rate that a claim gives.

    `rate_id`: a claim whose unit is "CNY/USD" or the like, yuan for a dollar. Ranges give a range
    from the smallest to the largest value that they allow. An exact figure becomes "about".
    Raises YaluError where the claim is unknown or does not connect the two units.
    """
    rate = evidence.claim(rate_id)
    many, _, one = rate.unit.partition("/")
    if (quantity.unit, unit) not in ((many, one), (one, many)):
        raise YaluError(
            f"claim {rate_id} is in {rate.unit}: it does not lead from {quantity.unit} to {unit}"
        )
    exponent = -1 if quantity.unit == many else 1
    rates = [rate.low, rate.high] if rate.value is None else [rate.value]
    if None in rates:
        raise YaluError("an exchange rate needs a value or both ends of a range")
    factors = sorted(end**exponent for end in rates if end is not None)
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


def results_named(prose: str) -> set[str]:
    """Return the results and parameters that the roles of a text name."""
    return _first_words(prose, "result")


def statements_named(prose: str) -> set[str]:
    """Return the findings without a number that the roles of a text name."""
    return _first_words(prose, "statement")


def sources_named(prose: str) -> set[str]:
    """Return the documents that the roles of a text name, those of its statements among them.

    Raises YaluError for an unknown statement.
    """
    said_in = {evidence.statement(name)["source_id"] for name in statements_named(prose)}
    return _first_words(prose, "source") | said_in


def _first_words(prose: str, role: str) -> set[str]:
    named = (text.split() for found, text in ROLES.findall(prose) if found == role)
    return {words[0] for words in named if words}


def source_words(source_id: str, style: str = "") -> str:
    """Return "outlet, date" of a document, or its title. Raises YaluError for an unknown one."""
    row = evidence.source(source_id)
    if style == "title":
        ours = "" if row["title_status"] == "as-published" else " (our label)"
        return f"{row['title']}{ours}"
    return f"{row['outlet']}, {date_words(row['published'] or 'undated')}"


def statement_words(statement_id: str, style: str = "") -> str:
    """Return the words of a link to a finding without a number: those of `style`, where it has any.

    Else, and for "title", they are those of its document, see `source_words`. Raises YaluError for
    an unknown one.
    """
    document = source_words(evidence.statement(statement_id)["source_id"], style)
    return document if style in ("", "title") else style


def claim_words(claim_id: str, style: str = "full") -> str:
    """Return a claim in words, see `printing`; style "source" names its document.

    An excluded claim says so. Raises YaluError for an unknown claim or style.
    """
    claim = evidence.recorded(claim_id)
    if not evidence.is_included(claim_id):
        return "[left out]"
    if style == "source":
        return source_words(claim.source_id)
    return printed_words(claim, style)


def stated_words(text: str) -> tuple[str, str]:
    """Return words and reason of "two; the counts named". Raises YaluError without a reason."""
    words, _, reason = (part.strip() for part in text.partition(";"))
    if not words or not reason:
        raise YaluError(f"{{stated}}`{text}`: give the words, a semicolon and the reason")
    return words, reason


def label_words(label: str) -> str:
    """Return a label with the words of each {stated} in its place.

    Raises ValueError for other roles, and where a reason is missing.
    """

    def words(match: re.Match[str]) -> str:
        if match[1] != "stated":
            raise ValueError(f"found {{{match[1]}}}; allowed in a label: words and {{stated}}")
        try:
            return stated_words(match[2])[0]
        except YaluError as error:
            raise ValueError(str(error)) from None

    return ROLES.sub(words, label)
