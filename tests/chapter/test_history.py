"""A chapter knows which names the cells of parameters before it have set."""

import pytest

from helpers.chapter.chapter import set_before

BEGIN = 'begin("luggage", globals())'


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["", "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "fee_low = 1", "# Parameters\nfee_lo = 800\n", BEGIN], ["fee_low", "fee_lo"]),
        (["", 'a = -1.5\nb = "x"\nc = float("nan")\nd = [1, 2]', BEGIN], ["a", "b", "c", "d"]),
        (["", "x = 1", "import pandas", "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "%pip install x", "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "fee_low = other()", BEGIN], []),
        (["", "fee_lo = 1", BEGIN, "fee_low = 1", BEGIN], ["fee_low"]),
        (["", "fee_lo = 1", BEGIN, BEGIN], ["fee_lo"]),
        (["", "fee_lo = 1", "display(fee_lo)", "fee_low = 1", BEGIN], ["fee_low"]),
    ],
)
def test_names_set_just_before(cells, names):
    assert set_before({"In": cells}) == names


def test_without_a_history_nothing_is_known():
    assert set_before({}) == set_before({"In": []}) == set_before({"In": 5}) == []
