"""Parameters are declared once and refused in one line when wrong."""

import re

import pytest
import yaml

from helpers.chapter.parameters import Parameter
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.errors import YaluError
from helpers.evidence import claim


def test_defaults_come_from_the_ledger():
    declared = sidecar("luggage").parameters
    fee = claim("smuggling-fee-2024-daily-nk-cny")
    assert (declared["fee_low"].default, declared["fee_high"].default) == (fee.low, fee.high)


def test_defaults_fill_what_is_not_set():
    values = checked_values(sidecar("luggage"), {"workers_per_week": 250})
    assert values["workers_per_week"] == 250
    assert values["fee_low"] == 700


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"fee_low": "abc"}, "parameter fee_low: found 'abc'; allowed: a number from 0"),
        ({"fee_low": -5}, "found -5; allowed: a number from 0"),
        ({"workers_per_week": 1.5}, "allowed: a whole number"),
        ({"workers_per_week": float("nan")}, "found nan"),
        ({"workers_per_week": True}, "found True"),
        ({"workers_per_week": 10**400}, "allowed: a whole number"),
        ({"workers_per_week": 10**5000}, "found a number of thousands of digits"),
        ({"fee_low": float("inf")}, "found inf"),
        ({"fee_low": "9" * 10_000}, "allowed: a number"),
        ({"fee_low": 2000, "fee_high": 1000}, "allowed: fee_low <= fee_high"),
    ],
)
def test_wrong_values_are_refused_in_one_line(values, said):
    with pytest.raises(YaluError) as caught:
        checked_values(sidecar("luggage"), values)
    assert caught.value.exit_code == 2
    assert len(caught.value.lines) == 1
    assert said in caught.value.lines[0]
    assert len(caught.value.lines[0]) < 250


def test_all_faults_are_told_at_once():
    with pytest.raises(YaluError) as caught:
        checked_values(sidecar("luggage"), {"fee_low": "abc", "bag_kg": 0, "weeks": 99})
    assert [line.split(":")[0] for line in caught.value.lines] == [
        "parameter fee_low",
        "parameter bag_kg",
        "parameter weeks",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.pop("min"), "a number needs min and max"),
        (lambda p: p.update(colour="red"), "colour: found a key that is not known"),
        (lambda p: p.update(type="word"), "type"),
        (lambda p: (p.pop("claim"), p.pop("use"), p.update(default=1)), "needs a claim, a source"),
    ],
)
def test_a_faulty_sidecar_is_named(book_copy, change, said):
    path = book_copy / "chapters" / "luggage.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content["parameters"]["fee_low"])
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(YaluError) as caught:
        checked_values(sidecar("luggage"), {})
    assert re.match(r"chapters/luggage\.yml:\d+: parameters\.fee_low", caught.value.lines[0])
    assert said in caught.value.lines[0]


def test_a_default_out_of_its_own_bounds_is_found():
    parameter = {"name": "n", "label": "n", "type": "number", "min": 0, "max": 1, "assumption": "x"}
    with pytest.raises(ValueError, match="default"):
        Parameter.model_validate(parameter | {"default": 5})
