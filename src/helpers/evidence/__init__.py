"""Evidence: what chapters read of the ledger and the series.

`check` and `rebuild` are functions of the modules with their names, which look-ups do not import.
"""

from helpers.evidence.contested import Contest, agreeing, contests, disagreeing
from helpers.evidence.exclusion import (
    ExcludedEvidenceError,
    Subset,
    checked_subset,
    counting,
    is_included,
)
from helpers.evidence.load import (
    Claim,
    claim,
    claims,
    last_recorded,
    load,
    recorded,
    source,
    statement,
    statements,
)
from helpers.evidence.origins import Support, independent_origins, origins, repeats_of, support

__all__ = [
    "Claim", "Contest", "ExcludedEvidenceError", "Subset", "Support", "agreeing", "checked_subset",
    "claim", "claims", "contests", "counting", "disagreeing", "independent_origins", "is_included",
    "last_recorded", "load", "origins", "recorded", "repeats_of", "source", "statement",
    "statements", "support",
]  # fmt: skip
