"""Evidence: load, check and clean the ledger and the series."""

from helpers.evidence.check import check
from helpers.evidence.contested import Contest, agreeing, contests, disagreeing
from helpers.evidence.exclusion import (
    ExcludedEvidenceError,
    Subset,
    checked_subset,
    counting,
    is_included,
)
from helpers.evidence.history import Change, compare_claims
from helpers.evidence.load import Claim, claim, claims, last_recorded, load, recorded, source
from helpers.evidence.origins import Support, independent_origins, origins, repeats_of, support
from helpers.evidence.rebuild import rebuild

__all__ = [
    "Change",
    "Claim",
    "Contest",
    "ExcludedEvidenceError",
    "Subset",
    "Support",
    "agreeing",
    "check",
    "checked_subset",
    "claim",
    "claims",
    "compare_claims",
    "contests",
    "counting",
    "disagreeing",
    "independent_origins",
    "is_included",
    "last_recorded",
    "load",
    "origins",
    "rebuild",
    "recorded",
    "repeats_of",
    "source",
    "support",
]
