"""Quoted: which houses a claim quotes by name, whoever printed it."""

import re
from collections.abc import Mapping

# What attributions call a house where they do not write its name in full.
SHORT = {
    "RFA": "Radio Free Asia",
    "VOA": "Voice of America",
    "Asahi": "Asahi Shimbun",
    "Asiapress": "ASIAPRESS",
    "Dong-A": "Dong-A Ilbo",
    "Yomiuri": "Yomiuri Shimbun",
}


def quoted_families(attribution: str, families: Mapping[str, str]) -> frozenset[str]:
    """Return the outlet families that an attribution names: "anonymous source via RFA".

    `families` are the houses of the register by their label. A report that was read only in
    another outlet is still the report of the house that it quotes.
    """
    names = [*families, *(name for name, label in SHORT.items() if label in families)]
    found = [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", attribution)]
    return frozenset(families[SHORT.get(name, name)] for name in found)
