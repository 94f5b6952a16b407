"""A parameter of a chapter: its declaration, and the check of a value against it."""

import difflib
import math
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator, model_validator

from helpers.chapter.wording import label_words
from helpers.errors import YaluError
from helpers.inputs import is_day

Value = float | int | str


# a key that is not declared is refused; the text below each is what the book's pages say of it
DOCUMENTED = ConfigDict(extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class RangeClaims(BaseModel):
    """Claims that span the range of a parameter: one by its id, or all of an indicator.

    Of an indicator those count that are usable, repeat no other and are not derived by us.
    """

    model_config = DOCUMENTED | ConfigDict(frozen=True)

    claim: str | None = None
    """A claim; in place of an indicator."""
    indicator: str | None = None
    """An indicator of the ledger, whose claims all count."""
    unit: str | None = None
    """The unit of the indicator's claims that count."""
    place: str | None = None
    """The place of the indicator's claims that count."""
    times: float = 1
    """What turns their unit into the parameter's."""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> "RangeClaims":
        if (self.claim is None) == (self.indicator is None):
            raise ValueError("name a claim or an indicator")
        if self.indicator and not self.unit:
            raise ValueError("an indicator needs the unit of the claims that are meant")
        if not self.times > 0:
            raise ValueError("times must be above zero")
        return self


class Parameter(BaseModel):
    """One parameter: type, unit, default, bounds and where its default is from."""

    model_config = DOCUMENTED

    name: str
    """The name; it is the key of the entry and is not written again."""
    label: Annotated[str, AfterValidator(label_words)]
    """What the parameter is, as tables, sliders and cards name it."""
    type: Literal["number", "integer", "choice", "date", "month"]
    """What it takes."""
    unit: str = ""
    """A unit code of the ledger, or a unit and what it is per: CNY/bag."""
    default: Value
    """The value of the published run; left out where `claim` gives it."""
    min: float | str | None = None
    """The lowest value that is allowed."""
    max: float | str | None = None
    """The highest value that is allowed."""
    step: float | None = None
    """The step of the reader's slider."""
    low: float | None = None
    """The lower end of what sources give; left out where `range_claims` give it."""
    high: float | None = None
    """The upper end of what sources give; left out where `range_claims` give it."""
    range_claims: list[RangeClaims] = []
    """The claims between whose figures the range lies: ids, or entries as below."""
    question: bool = False
    """Whether it is what is asked, such as a place: chosen, not uncertain."""
    choices: list[str] = []
    """What a choice may be."""
    claim: str | None = None
    """The claim that the default is from."""
    use: Literal["value", "low", "high"] | None = None
    """Which figure of the claim is the default."""
    claim_said: list[float] | None = None
    """The figures of the claim from which a default was worked out: a check says if they change."""
    source: str | None = None
    """The document that a default was read in, where it is no claim's."""
    assumption: str = ""
    """Why a default that no document gives is as it is."""
    help: str = ""
    """What a reader who moves it should know."""

    @field_validator("default", "min", "max", "step", "low", "high", mode="before")
    @classmethod
    def _is_no_yes(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError(f"found {value}; allowed: a number, or text in quotation marks")
        return value

    @model_validator(mode="after")
    def _is_usable(self) -> "Parameter":
        if self.type == "choice" and not self.choices:
            raise ValueError("a choice needs choices")
        if self.type in ("number", "integer") and (self.min is None or self.max is None):
            raise ValueError("a number needs min and max")
        for name, low, high in (("min", self.min, self.max), ("low", self.low, self.high)):
            ends = [end for end in (low, high) if end is not None]
            if name == "min" and not all(map(self._is_end, ends)):
                raise ValueError(f"min and max: found {ends}; allowed: {_FORMS[self.type]}")
            if len(ends) == 2 and ends[0] > ends[1]:  # type: ignore[operator]
                raise ValueError(f"found {ends[0]} above {ends[1]}; exchange or mend them")
        if self.step is not None and not self.step > 0:
            raise ValueError(f"step: found {self.step}; allowed: a number above zero")
        if self.claim_said is not None and not self.claim:
            raise ValueError("claim_said needs the claim")
        if not (self.claim or self.source or self.assumption):
            raise ValueError("needs a claim, a source or an assumption that the default is from")
        try:
            check_value(self, self.default)
        except YaluError as error:
            raise ValueError(f"default: {error}") from None
        return self

    def _is_end(self, end: float | str) -> bool:
        """Tell whether a bound is of the parameter's type."""
        if self.type in ("number", "integer"):
            return not isinstance(end, str)
        return self.type == "choice" or is_day(f"{end}-01" if self.type == "month" else end)


_FORMS = {
    "number": "a number",
    "integer": "a whole number",
    "date": "a date as YYYY-MM-DD",
    "month": "a month as YYYY-MM",
}


def allowed_words(parameter: Parameter) -> str:
    """Return what a parameter takes: "a whole number from 0 to 2000"."""
    if parameter.choices:
        return "one of " + ", ".join(parameter.choices)
    form = _FORMS[parameter.type]
    bounds = [b for b in (parameter.min, parameter.max) if b is not None]
    ends = [bound if isinstance(bound, str) else f"{bound:.12g}" for bound in bounds]
    return f"{form} from {ends[0]} to {ends[1]}" if len(ends) == 2 else form


def _is_allowed(parameter: Parameter, value: Any) -> bool:
    if parameter.type in ("number", "integer"):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        within = is_number and float(parameter.min or 0) <= value <= float(
            parameter.max or math.inf
        )
        return within and (parameter.type == "number" or value == int(value))
    if parameter.choices or not isinstance(value, str):
        return value in parameter.choices
    if not is_day(value if parameter.type == "date" else f"{value}-01"):
        return False
    return str(parameter.min or "") <= value <= str(parameter.max or "9999")


def check_value(parameter: Parameter, value: Any) -> Value:
    """Return the value in its declared type. Raises YaluError (exit code 2) in one line."""
    if _is_allowed(parameter, value):
        return int(value) if parameter.type == "integer" else value
    try:
        found = repr(value)
    except ValueError:
        found = "a number of thousands of digits"
    found = found if len(found) < 60 else f"{found[:57]}..."
    allowed = allowed_words(parameter)
    raise YaluError(f"parameter {parameter.name}: found {found}; allowed: {allowed}", exit_code=2)


# as people write numbers; longer than this is no number that a bound would let pass
_NUMBER = re.compile(
    r"[-+]?((\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?|nan|inf|infinity)", re.ASCII | re.IGNORECASE
)
_LONGEST = 40


def from_text(parameter: Parameter, text: str) -> Any:
    """Return a text typed for a parameter as a number, unchecked; see `check_value`.

    What is no number stays text, for the check to refuse.
    """
    if parameter.type not in ("number", "integer") or len(text) > _LONGEST:
        return text
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def nearest(name: Any, known: Iterable[str]) -> str:
    """Return ": did you mean ...?" for a mistyped name, or the names that there are."""
    names = list(known)
    close = difflib.get_close_matches(str(name)[:_LONGEST], names, 1)
    return f": did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"


def unknown_parameter(name: Any, known: Iterable[str]) -> str:
    """Return the line that refuses a name that no parameter has."""
    legible = "".join(c if c.isprintable() else "?" for c in str(name)[:_LONGEST])
    rest = "..." if len(str(name)) > _LONGEST else ""
    return f"unknown parameter {legible}{rest}{nearest(name, known)}"
