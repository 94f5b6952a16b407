"""Synonyms: data/synonyms.yml, the words that the searches take as the same."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from helpers.errors import YaluError
from helpers.inputs import model_faults, read_mapping

FILE = "data/synonyms.yml"


class Synonyms(BaseModel, extra="forbid"):
    """What data/synonyms.yml says; see its head."""

    same: list[list[str]] = []
    concerns: dict[str, list[str]] = {}
    ignored: list[str] = []


def synonyms(root: Path) -> Synonyms:
    """Return the words that searches take as the same; none where the book has no such file.

    Raises YaluError, one line a fault: no list, another key, a word that is listed twice.
    """
    if not (root / FILE).exists():
        return Synonyms()
    try:
        found = Synonyms.model_validate(read_mapping(root / FILE, FILE))
    except ValidationError as error:
        raise model_faults(error, root / FILE, FILE) from None
    seen: set[str] = set()
    for word in (word.lower() for group in found.same for word in group):
        if word in seen:
            raise YaluError(f"{FILE}: same: “{word}” is listed twice; put its words into one list")
        seen.add(word)
    return found
