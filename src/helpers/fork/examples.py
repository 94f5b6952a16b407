"""Examples: claims of the book's own ledger on which a new chapter shows its forms."""

import math
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from helpers import evidence
from helpers.errors import YaluError
from helpers.evidence import Claim
from helpers.evidence.load import vocabulary

_NEEDS = "claims with a value above nought, of one indicator, unit and per"


@dataclass(frozen=True)
class Example:
    """The claims that a new chapter begins with, and its theme."""

    first: Claim
    second: Claim

    @property
    def theme(self) -> str:
        """The theme of the first claim."""
        return self.first.theme

    @property
    def unit(self) -> str:
        """The unit of a parameter that is the first claim's value: "CNY/bag"."""
        return f"{self.first.unit}/{self.first.per}" if self.first.per else self.first.unit

    @property
    def step(self) -> str:
        """The place of the value's last digit, which a slider has to reach: 0.01, 10."""
        exponent = Decimal(repr(self._value)).normalize().as_tuple().exponent
        return f"{Decimal(1).scaleb(int(exponent)):f}"

    @property
    def highest(self) -> str:
        """A round number that is well above the value."""
        return f"{10 ** math.ceil(math.log10(self._value * 2)):g}"

    @property
    def default(self) -> str:
        """The value as the parameters cell has it."""
        return repr(int(self._value) if self._value == int(self._value) else self._value)

    @property
    def _value(self) -> float:
        return float(self.first.value or 1)


def example(named: tuple[str, str] | None = None) -> Example:
    """Return the claims named, or else the first pair of the ledger that fits.

    They are of one indicator, unit and per, have a value, may be used and repeat no other.
    Raises YaluError where a claim is unknown or does not fit, or where the ledger has no pair.
    """
    if named:
        first, second = (evidence.claim(claim_id) for claim_id in named)
        if not (_fits(first) and _fits(second) and _thing(first) == _thing(second)):
            raise YaluError(f"--claims {' '.join(named)}: needed are {_NEEDS}", exit_code=2)
        return Example(first, second)
    frame = evidence.claims(usable=True, repeats=False).sort_values("claim_id", kind="stable")
    claims = [evidence.claim(i) for i in _likely(frame)["claim_id"].head(200)]
    for at, first in enumerate(claims):
        for second in claims[at + 1 :]:
            if _fits(first) and _fits(second) and _apart(first, second):
                return Example(first, second)
    raise YaluError(f"the ledger has no two {_NEEDS}, from different documents: add them first")


def _likely(frame: pd.DataFrame) -> pd.DataFrame:
    """Return claims whose thing has a value in more than one document, sums of money first."""
    kept = frame[(frame["value"] > 0) & (frame["basis"] != "derived")]
    families = evidence.load("units").set_index("unit")["family"]
    kept = kept.assign(other=kept["unit"].map(families) != "money")
    things = kept.groupby(["indicator", "unit", "per"], dropna=False)["source_id"]
    return kept[things.transform("nunique") > 1].sort_values("other", kind="stable")


def _fits(claim: Claim) -> bool:
    unit = claim.unit
    plain = "/" not in unit and unit in vocabulary().units
    return plain and unit not in ("percent", "ratio") and bool(claim.value and claim.value > 0)


def _thing(claim: Claim) -> tuple[str, str, str | None]:
    return claim.indicator, claim.unit, claim.per


def _apart(first: Claim, second: Claim) -> bool:
    return _thing(first) == _thing(second) and first.source_id != second.source_id
