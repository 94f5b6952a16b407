"""Named results of a chapter: numbers, ranges and words, as pages and files read them."""

from dataclasses import dataclass
from typing import Any

from helpers.chapter import wording
from helpers.chapter.role_text import printed_words
from helpers.chapter.sidecar import sidecar
from helpers.evidence.load import vocabulary

# Word `yalu` in an output's metadata: what the book's Sphinx extension reads.
METADATA = "yalu"


@dataclass(frozen=True)
class Result:
    """A named number, range or word that a chapter records.

    `claims` and `parameters` are what it rests on; `digits` the significant figures
    it is shown with; `words` replace numbers, for a verdict.
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
    digits: int | None = 3
    claims: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    headline: bool = False

    def text(self, style: str = "full") -> str:
        """Return the result in words, see `role_text.printing` for the styles."""
        if self.words is not None:
            return self.words
        return printed_words(self, style, self.digits)


def parameter_result(name: str, chapter: str, value: Any) -> Result:
    """Return a parameter of a run as a named result."""
    declared = sidecar(chapter).parameters[name]
    common: dict[str, Any] = {
        "key": name,
        "label": declared.label,
        "parameters": (name,),
        "digits": None,
    }
    common["claims"] = (declared.claim,) if declared.claim else ()
    if isinstance(value, str):
        is_date = declared.type in ("date", "month")
        return Result(words=wording.date_words(value) if is_date else value, **common)
    known = declared.unit in vocabulary().units
    unit, _, per = (declared.unit, "", "") if known else declared.unit.partition("/")
    return Result(value=value, unit=unit, per=per, **common)
