"""Evidence: load, check and clean the ledger and the series."""

from helpers.evidence.agreement import Contest, agreeing, contests, disagreeing
from helpers.evidence.check import check
from helpers.evidence.data import rebuild
from helpers.evidence.history import Change, compare
from helpers.evidence.independence import Support, echoes, independent_origins, origins, support
from helpers.evidence.left_out import Fallen, stands
from helpers.evidence.load import Claim, claim, claims, load, recorded, source
from helpers.evidence.subset import Subset, checked_subset, counting

__all__ = [
    "Change",
    "Claim",
    "Contest",
    "Fallen",
    "Subset",
    "Support",
    "agreeing",
    "check",
    "checked_subset",
    "claim",
    "claims",
    "compare",
    "contests",
    "counting",
    "disagreeing",
    "echoes",
    "independent_origins",
    "load",
    "origins",
    "rebuild",
    "recorded",
    "source",
    "stands",
    "support",
]
