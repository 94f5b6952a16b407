"""Links: claims that repeat or derive from other claims, followed to their origin."""

import pandas as pd

from helpers.evidence.rules import split_ids


def origins(ids: pd.Series, repeats: pd.Series) -> pd.Series:
    """Follow `repeats` to the claim that stands for itself; a claim in a circle keeps its id."""
    target = dict(zip(ids[repeats != ""], repeats[repeats != ""], strict=True))

    def follow(claim: str) -> str:
        seen = {claim}
        at = claim
        while at in target:
            at = target[at]
            if at in seen:
                return claim
            seen.add(at)
        return at

    return ids.map(lambda claim: follow(claim) if claim in target else claim)


def edges(ids: pd.Series, cells: pd.Series) -> list[tuple[str, str]]:
    """Return (claim, target) for each key in the cells; `ids` and `cells` share an index."""
    parts = split_ids(cells)
    return list(zip(ids.loc[parts.index], parts, strict=True)) if len(parts) else []


def circles(pairs: list[tuple[str, str]]) -> set[str]:
    """Return the claims that lie in a circle of links.

    Links to or from a claim that has no way in or no way out are taken away until
    nothing changes; what is left goes round.
    """
    while True:
        inner = {start for start, _ in pairs} & {end for _, end in pairs}
        kept = [pair for pair in pairs if inner.issuperset(pair)]
        if len(kept) == len(pairs):
            return inner
        pairs = kept
