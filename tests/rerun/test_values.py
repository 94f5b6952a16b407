"""What is typed wrongly is refused in one line, before anything runs or is written."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from click.testing import CliRunner

from helpers.book.execute import kernel_manager
from helpers.cli import main
from helpers.rerun.parameters import run_values

ROOT = Path(__file__).resolve().parents[2]

SCENARIOS = {
    "not YAML": ("fee_low: [", "allowed: YAML"),
    "a bomb": (
        "weeks: &a [x]\n" + "".join(f"a{n}: &a [{', '.join(['*a'] * 99)}]\n" for n in range(4)),
        "more than 100,000 entries",
    ),
    "deep": ("fee_low: " + "[" * 20_000, "nesting depth"),
    "a list": ("- 1\n- 2", "found a list; allowed: lines of the form key: value"),
    "nothing": ("", "found an empty file"),
    "an object": (
        "fee_low: !!python/object/apply:os.system ['true']",
        "could not determine a constructor",
    ),
    "a wrong name": ("fee_lo: 800", "unknown parameter fee_lo: did you mean fee_low?"),
    "a number as name": ("1: 800", "found the key 1, which is no text"),
    "a wrong value": ("fee_low: abc", "parameter fee_low: found 'abc'"),
    "a boolean": ("parameters: {bags_per_worker: yes}", "found True"),
    "not a number": ("fee_low: .nan", "found nan"),
    "a huge number": ("fee_low: " + "9" * 5000, "which is no number"),
    "a list as value": ("fee_low: [1, 2]", "parameter fee_low: found [1, 2]"),
    "a key beside": ("parameters: {fee_low: 1}\ncolour: red", "'colour' beside parameters"),
    "too large": ("# " + "x" * 70_000, "larger than 64,000 bytes"),
    "not text": (b"\xff\xfe\x00", "found text in UTF-16"),
}
TYPED = [
    (["fee_lo=800"], "unknown parameter fee_lo: did you mean fee_low?"),
    (["qqq=1"], "unknown parameter qqq; there are workers_per_week, "),
    (["fee_low=abc"], "parameter fee_low: found 'abc'; allowed: a number from 0 to 5000"),
    (["fee_low="], "parameter fee_low: found ''"),
    (["fee_low=1_000"], "parameter fee_low: found '1_000'"),
    (["fee_low=0x10"], "parameter fee_low: found '0x10'"),
    (["fee_low=١٢"], "parameter fee_low: found '١٢'"),
    (["fee_low=-5"], "parameter fee_low: found -5"),
    (["fee_low=2000", "fee_high=1000"], "fee_low and fee_high: found 2000 and 1000"),
    (["fee_low=1", "fee_low=2"], "parameter fee_low: given twice"),
    (["workers_per_week=nan"], "found nan"),
    (["workers_per_week=-Infinity"], "found -inf"),
    (["workers_per_week=1.5"], "found 1.5; allowed: a whole number"),
    (["workers_per_week=true"], "found 'true'"),
    (["workers_per_week=" + "9" * 5000], "allowed: a whole number from 0 to 2000"),
    (["workers_per_week=1e999"], "found inf"),
    (["fee_low=" + "x" * 10_000_000], "parameter fee_low: found 'xxx"),
    (["x" * 10_000_000 + "=1"], "unknown parameter xxx"),
    (["fee_low"], "-p 'fee_low': write name=value"),
    (["=5"], "write name=value"),
    (["fee\nlow=5"], "holds U+000A, which is not shown"),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory, make_small_book):
    """A small book that no command may change."""
    with pytest.MonkeyPatch.context() as patch:
        yield make_small_book(tmp_path_factory.mktemp("values") / "book", patch)


@pytest.fixture
def yalu(book, monkeypatch):
    def no_kernel(*_arguments):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr("helpers.book.execute.execute", no_kernel)
    monkeypatch.setattr("helpers.rerun.evaluate.run_here", no_kernel)
    before = sorted(book.rglob("*"))
    yield lambda *words: CliRunner().invoke(main, list(words))
    assert sorted(book.rglob("*")) == before, "something was written"


def refused(found, said):
    assert found.exit_code == 2, found.output
    assert said in found.output
    assert len(found.output.splitlines()) == 1 and len(found.output) < 400


@pytest.mark.parametrize(("typed", "said"), TYPED, ids=[t[0][:20] for t, _ in TYPED])
def test_what_is_typed_wrongly_is_refused(yalu, typed, said):
    options = [word for assignment in typed for word in ("-p", assignment)]
    refused(yalu("run", "luggage", *options), said)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_wrong_scenario_file_is_refused(yalu, tmp_path, name, monkeypatch):
    content, said = SCENARIOS[name]
    (tmp_path / "s.yml").write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.chdir(tmp_path)
    refused(yalu("run", "luggage", "--scenario", "s.yml"), said)


@pytest.mark.parametrize(
    ("path", "said"),
    [("missing.yml", "found no file"), ("pipe.yml", "no plain file"), ("folder.yml", "a folder")],
)
def test_what_is_no_file_is_no_scenario(yalu, tmp_path, monkeypatch, path, said):
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "folder.yml").mkdir()
    monkeypatch.chdir(tmp_path)
    refused(yalu("run", "luggage", "--scenario", path), said)


def test_an_unknown_chapter_or_scenario_is_refused(yalu):
    refused(yalu("run", "lugage"), "no chapter 'lugage': did you mean luggage?")
    refused(yalu("run", "luggage", "--scenario", "nosuch"), "no scenario 'nosuch'")
    refused(yalu("params", "../luggage"), "no chapter '../luggage'")


def test_a_scenario_file_and_what_is_typed_over_it(tmp_path):
    path = tmp_path / "s.yml"
    path.write_text("fee_low: 300\nweeks: 20\n", encoding="utf-8")
    values = run_values("luggage", {"fee_low": 400}, str(path))
    assert (values["fee_low"], values["weeks"], values["fee_high"]) == (400, 20, 1000)
    path.write_text("as_of: 2024-03\n", encoding="utf-8")
    assert run_values("visas", {}, str(path))["as_of"] == "2024-03"
    path.write_text("deadline: 2019-12-22\n", encoding="utf-8")
    assert run_values("repatriation", {}, str(path))["deadline"] == "2019-12-22"


def by_papermill(tmp_path, parameters):
    papermill.execute_notebook(
        str(ROOT / "chapters" / "luggage.ipynb"), str(tmp_path / "out.ipynb"),
        parameters=parameters, progress_bar=False,
        kernel_manager_class=kernel_manager(str(tmp_path)),
    )  # fmt: skip


def test_plain_papermill_stops_at_a_misspelt_name_with_the_same_sentence(tmp_path):
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        by_papermill(tmp_path, {"fee_lo": 800, "fee_high": 1200})
    assert "unknown parameter fee_lo: did you mean fee_low?" in caught.value.evalue


def test_the_papermill_command_fails_in_the_first_cell(tmp_path):
    command = [Path(sys.executable).with_name("papermill"), ROOT / "chapters" / "luggage.ipynb",
               "out.ipynb", "-p", "fee_low", "abc"]  # fmt: skip
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True,
                           env=os.environ | {"PYTHONPATH": str(ROOT / "src")})  # fmt: skip
    assert found.returncode != 0
    assert "parameter fee_low: found 'abc'; allowed: a number from 0 to 5000" in found.stderr
    ran = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert sum(bool(cell.get("outputs")) for cell in ran.cells) == 1
