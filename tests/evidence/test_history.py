"""yalu ledger log: what changed in the ledger between two states of a real git checkout."""

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from helpers.cli import main
from helpers.errors import YaluError
from helpers.evidence.history import compare_claims, ledger_log

CLAIMS = "data/ledger/claims.csv"
SOURCES = "data/ledger/sources.csv"
ID = "kuwait-2017-08"


def yalu(*words: str) -> Result:
    return CliRunner().invoke(main, ["ledger", "log", *words])


def git(root: Path, *words: str) -> str:
    run = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def commit(root: Path, words: str) -> str:
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "--allow-empty", "-m", words)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def checkout(book: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book that is a git checkout with one commit."""
    monkeypatch.setenv("YALU_BOOK", str(book))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(book / "no-such-config"))
    git(book, "init", "--quiet", "-b", "main")
    for key, value in (("user.name", "A"), ("user.email", "a@example.org")):
        git(book, "config", key, value)
    commit(book, "first")
    return book


def rows(root: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO((root / CLAIMS).read_text("utf-8"), newline="")))


def write(root: Path, table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table)
    (root / CLAIMS).write_text(text.getvalue(), "utf-8")


def take_out(root: Path, claim: str) -> None:
    write(root, [row for row in rows(root) if row[0] != claim])


def put_in(root: Path, claim: str, like: str = ID) -> None:
    table = rows(root)
    model = next(row for row in table if row[0] == like)
    write(root, [*table, [claim, *model[1:]]])


def test_nothing_changed(checkout: Path) -> None:
    run = yalu()
    assert run.exit_code == 0
    assert run.output.splitlines()[-1] == "0 added, 0 withdrawn, 0 changed"


def test_added_withdrawn_and_changed_claims_are_told(checkout: Path, edit) -> None:
    git(checkout, "tag", "v1")
    gone = {row[0]: f"2018-02..2018-02, {row[13]}" for row in rows(checkout)}["kuwait-2018-02-rfa"]
    edit(CLAIMS, ID, value="7000", status="current")
    put_in(checkout, "a-new-claim")
    take_out(checkout, "kuwait-2018-02-rfa")
    run = yalu()
    assert run.exit_code == 0
    head, *told, end = run.output.splitlines()
    source = {row[0]: row[13] for row in rows(checkout)}[ID]
    assert head.startswith("the ledger from v1 (") and head.endswith("to the working tree")
    assert told == [
        f"added a-new-claim: 7000 persons, workers_present, Kuwait, 2017-08..2017-08, {source}",
        f"changed {ID}",
        "  value: 6064 -> 7000",
        "  status: disputed -> current",
        f"withdrawn kuwait-2018-02-rfa: 500..700 persons, workers_present, Kuwait, {gone}",
    ]
    assert end == "1 added, 1 withdrawn, 1 changed; used in: not known: build the book first"


def test_pages_that_use_a_changed_claim_are_named(checkout: Path, edit) -> None:
    edit(CLAIMS, ID, value="7000")
    note = checkout / "_build" / "usage.json"
    note.parent.mkdir()
    note.write_text(json.dumps({ID: ["repatriation"]}))
    lines = yalu().output.splitlines()
    assert "  used in: repatriation" in lines and "not known" not in lines[-1]
    (change,) = json.loads(yalu("--json").output)["changes"]
    assert change["pages"] == ["repatriation"]


def test_a_change_of_the_document_is_a_change_of_its_claims(checkout: Path, edit) -> None:
    edit(SOURCES, "dailynk-2019-buying-spree", url="https://example.org/new")
    run = yalu()
    assert "  source.url: http" in run.output and "-> https://example.org/new" in run.output
    claims = [row[0] for row in rows(checkout) if "dailynk-2019-buying-spree" in row]
    assert run.output.splitlines()[-1].startswith(f"0 added, 0 withdrawn, {len(claims)} changed")


def test_two_revisions_are_compared_whatever_lies_in_the_folder(checkout: Path, edit) -> None:
    edit(CLAIMS, ID, value="7000")
    second = commit(checkout, "second")
    edit(CLAIMS, ID, value="8000")
    run = yalu("HEAD~1", second[:10])
    assert "  value: 6064 -> 7000" in run.output and "8000" not in run.output
    assert f"to {second[:7]}" in run.output.splitlines()[0]
    assert "  value: 7000 -> 8000" in yalu("HEAD").output
    data = json.loads(yalu("HEAD~1", "HEAD", "--json").output)
    assert data["changes"] == [
        {
            "kind": "changed",
            "claim_id": ID,
            "differences": [{"field": "value", "old": "6064", "new": "7000"}],
            "pages": None,
        }
    ]


def test_the_last_tag_with_a_ledger_or_the_first_commit_is_the_default(checkout: Path, edit):
    edit(CLAIMS, ID, value="7000")
    commit(checkout, "second")
    assert "6064 -> 7000" in yalu().output
    git(checkout, "tag", "edition-2")
    assert "from edition-2 (" in yalu().output and "0 changed" in yalu().output
    shutil.rmtree(checkout / "data")
    commit(checkout, "empty")
    git(checkout, "tag", "no-ledger")
    git(checkout, "checkout", "--quiet", "edition-2", "--", "data")
    assert ledger_log().new == "the working tree" and "6064 -> 7000" in yalu().output


def test_a_book_in_a_folder_of_a_checkout_is_found(tmp_path: Path, monkeypatch, edit) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("data", "chapters", "_config.yml", "_toc.yml"):
        shutil.move(tmp_path / name, inner / name)
    (inner / "chapters" / "x.md").write_text("x")
    monkeypatch.setenv("YALU_BOOK", str(inner))
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "A")
    git(tmp_path, "config", "user.email", "a@example.org")
    commit(tmp_path, "first")
    take_out(inner, ID)
    assert f"withdrawn {ID}: 6064 persons" in yalu().output


HOSTILE = "He said \"1,5\", 'no'; 단둥, =cmd|x!A1 \u202e"


def test_hostile_text_is_told_on_its_line(checkout: Path, edit) -> None:
    edit(CLAIMS, ID, note=HOSTILE + "\x1b[2J\nsecond line", population="")
    run = yalu()
    assert "단둥, =cmd|x!A1" in run.output and '"1,5"' in run.output
    assert "\x1b" not in run.output and "  population: DPRK workers -> (empty)" in run.output
    assert len(run.output.splitlines()) == 5


def test_of_very_long_cells_the_part_that_differs_is_told(checkout: Path, edit) -> None:
    edit(CLAIMS, ID, note="가" * 100_000 + " old")
    commit(checkout, "long")
    edit(CLAIMS, ID, note="가" * 100_000 + " new")
    run = yalu("HEAD")
    assert "가 old -> …가" in run.output and "가 new" in run.output and len(run.output) < 500


@pytest.mark.parametrize("name", ["nope", "--help-me", "HEAD~99", "a b", "x" * 3000])
def test_an_unknown_revision_is_one_line(checkout: Path, name: str) -> None:
    run = yalu("--", name)
    assert run.exit_code == 2 and len(run.output.splitlines()) == 1
    assert run.output.startswith("no revision ")


def test_a_folder_that_is_no_checkout_is_told(book: Path, monkeypatch) -> None:
    monkeypatch.setenv("YALU_BOOK", str(book))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(book.parent))
    run = yalu()
    assert run.exit_code == 2
    assert run.output.startswith("the book is no git checkout") and run.output.count("\n") == 1


def test_missing_git_is_told(book: Path, monkeypatch) -> None:
    monkeypatch.setenv("YALU_BOOK", str(book))
    monkeypatch.setenv("PATH", str(book))
    run = yalu()
    assert run.exit_code == 2
    assert run.output.startswith("git was not found") and run.output.count("\n") == 1


def test_a_revision_without_a_ledger_is_told(checkout: Path) -> None:
    shutil.rmtree(checkout / "data" / "ledger")
    bare = commit(checkout, "bare")
    git(checkout, "checkout", "--quiet", "HEAD~1", "--", "data")
    run = yalu(bare)
    assert run.exit_code == 2
    assert run.output == f"{CLAIMS}: not in the book at {bare[:7]}\n"


def test_a_checkout_without_a_commit_is_told(book: Path, monkeypatch) -> None:
    monkeypatch.setenv("YALU_BOOK", str(book))
    git(book, "init", "--quiet")
    run = yalu()
    assert run.exit_code == 2 and f"{CLAIMS}: no commit has it yet" in run.output


def test_older_columns_are_compared_as_far_as_both_have_them(checkout: Path, edit) -> None:
    table, at = rows(checkout), rows(checkout)[0].index("per")
    write(checkout, [row[:at] + row[at + 1 :] for row in table])
    old = commit(checkout, "without per")
    write(checkout, table)
    edit(CLAIMS, ID, value="7000")
    run = yalu(old)
    assert run.exit_code == 0
    assert "not compared, only in the working tree: per" in run.output
    assert "0 added, 0 withdrawn, 1 changed" in run.output


@pytest.mark.parametrize("data", [b"", b"key,value\na,1\n", b'claim_id\n"open', b"claim_id\na,b\n"])
def test_an_old_ledger_that_cannot_be_read_is_told(checkout: Path, data: bytes) -> None:
    before = (checkout / CLAIMS).read_bytes()
    (checkout / CLAIMS).write_bytes(data)
    old = commit(checkout, "spoiled")
    (checkout / CLAIMS).write_bytes(before)
    run = yalu(old)
    assert run.exit_code == 2 and len(run.output.splitlines()) == 1
    assert run.output.startswith(f"at {old[:7]}: {CLAIMS}:")


def test_a_claim_that_stands_twice_is_told(checkout: Path) -> None:
    put_in(checkout, "vis-q1-2010")
    run = yalu()
    assert run.exit_code == 2 and run.output == 'the claim "vis-q1-2010" stands twice\n'


def test_compare_needs_ids() -> None:
    with pytest.raises(YaluError, match="claim_id"):
        compare_claims(pd.DataFrame({"a": ["1"]}), pd.DataFrame({"claim_id": ["1"]}))


CELLS = st.text(max_size=3)
LEDGERS = st.dictionaries(st.sampled_from("abcdef"), st.tuples(CELLS, CELLS))


def frame(ledger: dict[str, tuple[str, str]]) -> pd.DataFrame:
    data = [(key, *cells) for key, cells in ledger.items()]
    return pd.DataFrame(data, columns=pd.Index(["claim_id", "value", "note"]), dtype="str")


@given(LEDGERS, LEDGERS)
def test_the_changes_lead_from_the_old_ledger_to_the_new(old, new) -> None:
    made = {key: dict(zip(("value", "note"), cells, strict=True)) for key, cells in old.items()}
    for change in compare_claims(frame(old), frame(new)):
        if change.kind == "withdrawn":
            made.pop(change.claim_id)
        else:
            row = made.setdefault(change.claim_id, {"value": "", "note": ""})
            row.update(change.cells())
    assert {key: (row["value"], row["note"]) for key, row in made.items()} == new
    back = {(c.claim_id, c.kind) for c in compare_claims(frame(new), frame(old))}
    turned = {"added": "withdrawn", "withdrawn": "added", "changed": "changed"}
    there = compare_claims(frame(old), frame(new))
    assert back == {(c.claim_id, turned[c.kind]) for c in there}
    assert compare_claims(frame(new), frame(new)) == []
