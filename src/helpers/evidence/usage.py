"""Usage: which pages of the book show which claim, as the last build noted it."""

import json
from pathlib import Path

FILE = "_build/usage.json"
UNKNOWN = "not known: build the book first"


def pages_of_claims(root: Path) -> dict[str, list[str]] | None:
    """Return claim id to pages from the last build, None where no build has left a readable note.

    A claim that no page shows has no entry.
    """
    try:
        noted = json.loads((root / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(noted, dict) or not all(isinstance(pages, list) for pages in noted.values()):
        return None
    return {claim_id: [str(page) for page in pages] for claim_id, pages in noted.items()}
