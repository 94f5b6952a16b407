"""Named results of a chapter: numbers, ranges and words, as pages and files read them."""

import math
from dataclasses import dataclass, replace
from typing import Any

from helpers.chapter.role_text import printed_words
from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import date_words
from helpers.evidence.load import vocabulary

# Word `yalu` in an output's metadata: what the book's Sphinx extension reads.
METADATA = "yalu"


@dataclass(frozen=True)
class Result:
    """A named number, range or word that a chapter records.

    `claims` and `parameters` are what it rests on; `digits` the significant figures
    it is shown with; `words` replace numbers, for a verdict; `total` is what a count is part of.
    """

    key: str
    label: str
    unit: str = ""
    per: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    qualifier: str = "exact"
    words: str | None = None
    total: float | None = None
    digits: int | None = 3
    claims: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    headline: bool = False

    def text(self, style: str = "full") -> str:
        """Return the result in words, see `role_text.printing` for the styles."""
        if self.words is not None:
            return self.words
        words = printed_words(self, style, self.digits)
        if self.total is None:
            return words
        whole = printed_words(replace(self, value=self.total), style, self.digits)
        return f"{printed_words(self, 'bare', self.digits)} of {whole}"

    @property
    def ends(self) -> tuple[float, float]:
        """The outermost numbers, zero twice where there is none."""
        numbers = [x for x in (self.low, self.value, self.high) if x is not None]
        return (numbers[0], numbers[-1]) if numbers else (0.0, 0.0)


def both_ends(value: Any) -> tuple[Any, Any]:
    """Return both ends of a result as a function gives it: a single one is its own two ends."""
    return (value[0], value[1]) if isinstance(value, tuple) else (value, value)


def relative_change(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far apart two pairs of ends are, as a share of the larger; NaN counts for none."""
    gaps = [0.0]
    for a, b in zip(one, other, strict=True):
        larger = max(abs(a), abs(b))
        if a != b and not (math.isnan(a) or math.isnan(b)):
            gaps.append(abs(a - b) / larger if math.isfinite(larger) else 1.0)
    return max(gaps)


def parameter_result(name: str, chapter: str, value: Any) -> Result:
    """Return a parameter of a run as a named result."""
    declared = sidecar(chapter).parameters[name]
    claims = (declared.claim,) if declared.claim else ()
    named = Result(name, declared.label, digits=None, claims=claims, parameters=(name,))
    if isinstance(value, str):
        is_date = declared.type in ("date", "month")
        return replace(named, words=date_words(value) if is_date else value)
    known = declared.unit in vocabulary().units
    unit, _, per = (declared.unit, "", "") if known else declared.unit.partition("/")
    return replace(named, value=value, unit=unit, per=per)
