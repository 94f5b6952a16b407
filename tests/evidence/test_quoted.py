"""A house that an attribution names is found by its name or by its short one."""

import pytest

from helpers.evidence.quoted import quoted_families

HOUSES = {"Radio Free Asia": "radio-free-asia", "Asahi Shimbun": "asahi-shimbun", "AP": "ap"}


@pytest.mark.parametrize(
    ("attribution", "found"),
    [
        ("anonymous source via RFA", {"radio-free-asia"}),
        ("Radio Free Asia, residents of Dandong", {"radio-free-asia"}),
        ("Asahi and RFA as relayed", {"asahi-shimbun", "radio-free-asia"}),
        ("APEC secretariat", set()),
        ("source via VOA", set()),  # a house that the register does not have
        ("anonymous source in China", set()),
    ],
)
def test_houses_are_found_by_name(attribution, found):
    assert quoted_families(attribution, HOUSES) == found
