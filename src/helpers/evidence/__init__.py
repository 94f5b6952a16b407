"""Evidence: load, check and clean the ledger and the series."""

from helpers.evidence.agreement import Contest, agreeing, contests, disagreeing
from helpers.evidence.check import check
from helpers.evidence.data import rebuild
from helpers.evidence.history import Change, compare
from helpers.evidence.independence import Support, echoes, independent_origins, origins, support
from helpers.evidence.load import Claim, claim, claims, load, source

__all__ = [
    "Change",
    "Claim",
    "Contest",
    "Support",
    "agreeing",
    "check",
    "claim",
    "claims",
    "compare",
    "contests",
    "disagreeing",
    "echoes",
    "independent_origins",
    "load",
    "origins",
    "rebuild",
    "source",
    "support",
]
