"""A house that an attribution names is found by any name that it goes by."""

import pandas as pd
import pytest

from helpers import evidence
from helpers.evidence.clean import quoted_families
from helpers.evidence.exclusion import Subset, exclusion_of

NAMES = {
    "Radio Free Asia": "radio-free-asia",
    "RFA": "radio-free-asia",
    "Asahi": "asahi-shimbun",
    "AP": "ap",
}


@pytest.mark.parametrize(
    ("attribution", "found"),
    [
        ("anonymous source via RFA", "radio-free-asia"),
        ("Radio Free Asia (RFA), residents of Dandong", "radio-free-asia"),
        ("Asahi and RFA as relayed", "asahi-shimbun; radio-free-asia"),
        ("APEC secretariat", ""),
        ("source via VOA", ""),  # a house that the register does not have
        ("anonymous source in China", ""),
    ],
)
def test_houses_are_found_by_name(attribution, found):
    assert list(quoted_families(pd.Series([attribution]), NAMES)) == [found]


def test_a_report_read_elsewhere_falls_with_the_house_that_it_quotes():
    claims = evidence.load("claims")
    apart = claims["quoted_families"].notna() & ~claims["attribution"].str.contains("Free Asia")
    relayed = claims[apart & claims["quoted_families"].str.contains("radio-free-asia", na=False)]
    relayed = relayed[relayed["outlet_family"] != "radio-free-asia"]
    assert len(relayed)  # some name it by its short name only, which data/ledger/outlets.csv has
    without = exclusion_of(Subset(frozenset(["radio-free-asia"])))
    assert set(relayed["claim_id"]) <= without.claims
