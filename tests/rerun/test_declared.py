"""Parameters are shown to people as a table and to programs as a JSON Schema."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from helpers.book.stage import chapter_files
from helpers.chapter.sidecar import sidecar
from helpers.cli import main
from helpers.rerun.parameters import parameter_schema

ROOT = Path(__file__).resolve().parents[2]

CHAPTERS = [path.stem for path in chapter_files(ROOT)]


def test_the_table_names_meaning_unit_default_bounds_and_origin():
    shown = " ".join(CliRunner().invoke(main, ["params", "luggage"]).output.split())
    for words in ("fee_low Fee for a bag, lower end CNY/bag 700 a number from 0 to 5000 lower end",
                  "Daily NK, 2024", "assumed: no source counts them"):  # fmt: skip
        assert words in shown


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_schema_lets_defaults_pass_and_nothing_else_that_a_run_refuses(chapter):
    schema = json.loads(CliRunner().invoke(main, ["params", chapter, "--json"]).output)
    declared = sidecar(chapter).parameters
    assert list(schema["properties"]) == list(declared)
    defaults = {name: entry["default"] for name, entry in schema["properties"].items()}
    jsonschema.validate(defaults, schema)
    # a story has no parameters, of which a value could be wrong
    for wrong in [{"no_such": 1}, *[dict.fromkeys(declared, True)] * bool(declared)]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(defaults | wrong, schema)


def test_the_schema_has_bounds_units_choices_and_rules():
    luggage = parameter_schema("luggage")
    fee = luggage["properties"]["fee_low"]
    assert (fee["type"], fee["minimum"], fee["maximum"]) == ("number", 0, 5000)
    assert fee["unit"] == "CNY/bag"
    assert luggage["properties"]["weeks"]["type"] == "integer"
    assert luggage["x-rules"] == [["fee_low", "<=", "fee_high"]]
    assert set(parameter_schema("wages_trade")["properties"]["flow"]["enum"]) == set(
        sidecar("wages_trade").parameters["flow"].choices
    )
