"""Evidence: load, check and clean the ledger and the series."""

from helpers.evidence.check import check
from helpers.evidence.data import rebuild
from helpers.evidence.load import Claim, claim, claims, load

__all__ = ["Claim", "check", "claim", "claims", "load", "rebuild"]
