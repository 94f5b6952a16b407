"""Outlets: which house a source belongs to, whatever the language of the edition."""

import re

import pandas as pd

_LANGUAGES = "Chinese|English|French|German|Japanese|Korean|Polish|Russian"
_EDITION = rf"\s*\((?:{_LANGUAGES})\)$"


def without_edition(outlet: str) -> str:
    """Return an outlet's name without the language in brackets."""
    return re.sub(_EDITION, "", outlet)


def slug(name: str) -> str:
    """Return a name as a key: lower case, words joined by hyphens."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")


def families(outlets: pd.Series, exceptions: pd.DataFrame) -> pd.DataFrame:
    """Return `outlet_family` and `outlet_family_label` for each outlet.

    The family is the outlet's name without its edition, unless `exceptions` (the table
    ledger/outlets) names another house for it, with or without the edition.
    """
    labels = dict(zip(exceptions["outlet"], exceptions["family_label"], strict=True))
    houses = dict(zip(exceptions["outlet"], exceptions["family"], strict=True))
    names = [without_edition(outlet) for outlet in outlets]
    pairs = list(zip(outlets, names, strict=True))
    label = [labels.get(outlet) or labels.get(name, name) for outlet, name in pairs]
    family = [houses.get(outlet) or houses.get(name, slug(name)) for outlet, name in pairs]
    return pd.DataFrame(
        {"outlet_family": family, "outlet_family_label": label}, index=outlets.index, dtype="str"
    )
