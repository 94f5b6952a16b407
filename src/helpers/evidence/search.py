"""Search: claims whose words hold all that is looked for, whatever the case and accents."""

import unicodedata
from pathlib import Path

import pandas as pd

from helpers.errors import YaluError
from helpers.evidence.load import load
from helpers.paths import book_root

_CLAIM = (
    "claim_id",
    "indicator",
    "place",
    "population",
    "attribution",
    "outlet",
    "outlet_family_label",
    "note",
)
_QUOTES = str.maketrans("’‘“”–", "''\"\"-")


def folded(text: str) -> str:
    """Return a text without case and accents, curly quotes and dashes made plain."""
    bare = unicodedata.normalize("NFKD", text.translate(_QUOTES).casefold())
    kept = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", kept)


def search(looked_for: str, root: Path | None = None) -> list[str]:
    """Return the ids of the claims in which every word of `looked_for` occurs.

    Words are looked for, as parts of words too, in the claim's id, indicator and its label,
    place, population, attribution, outlet, note and the title of its document. Raises
    YaluError, with exit code 2, where there is no word.
    """
    words = folded(looked_for).split()
    if not words:
        raise YaluError("nothing to search for: give a word", exit_code=2)
    root = root or book_root()
    texts = _texts(root)
    found = pd.Series(True, index=texts.index)
    for word in words:
        found &= texts.str.contains(word, regex=False)
    return [str(claim_id) for claim_id in texts.index[found]]


def _texts(root: Path) -> pd.Series:
    """Return claim id to all its words, folded."""
    claims = load("claims", root).set_index("claim_id", drop=False)
    labels = load("indicators", root).set_index("indicator")["label"]
    titles = load("sources", root).set_index("source_id")["title"]
    columns = [claims[name] for name in _CLAIM]
    columns += [claims["indicator"].map(labels), claims["source_id"].map(titles)]
    joined = columns[0].fillna("")
    for column in columns[1:]:
        joined = joined + "\n" + column.fillna("")
    return joined.map(folded)
