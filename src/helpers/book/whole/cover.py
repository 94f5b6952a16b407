"""Cover: every claim of the ledger as a dot in the colour of those who stand behind it."""

from functools import cache

from helpers import evidence
from helpers.analysis.theme import BASES

COLUMNS = 32
_STEP, _RADIUS = 10, 3.4


@cache
def _bases() -> tuple[str, ...]:
    """Return the basis of each claim, in the order in which the book names bases."""
    counts = evidence.load("claims")["basis"].value_counts()
    return tuple(basis for basis in BASES for _ in range(counts.get(basis, 0)))


def dots_size() -> tuple[int, int]:
    """Return width and height of the field of dots."""
    return COLUMNS * _STEP, -(-len(_bases()) // COLUMNS) * _STEP


def dots() -> str:
    """Return the circles of the field, a claim each, as the content of an SVG."""
    return "".join(
        f'<circle cx="{n % COLUMNS * _STEP + _STEP // 2}" cy="{n // COLUMNS * _STEP + _STEP // 2}"'
        f' r="{_RADIUS}" fill="{BASES[basis][1]}"/>'
        for n, basis in enumerate(_bases())
    )


def dots_svg() -> str:
    """Return the field of dots as a picture with words for someone who cannot see it."""
    width, height = dots_size()
    words = f"{len(_bases())} dots, a claim of the register each, coloured by who stands behind it"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{words}">{dots()}</svg>'
    )
