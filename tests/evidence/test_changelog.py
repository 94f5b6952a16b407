"""The log of the ledger grows by what was committed, and a spoiled log is told by line."""

import csv
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.cli import main
from helpers.errors import YaluError
from helpers.evidence import history
from helpers.evidence.history import FILE, HEADER, LogEntry, read_log

CLAIMS = "data/ledger/claims.csv"
ID = "kuwait-2017-08"


def git(root: Path, *words: str) -> str:
    run = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def commit(root: Path) -> str:
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "--date", "2026-12-01T12:00:00", "-m", "change")
    return git(root, "rev-parse", "HEAD")[:12]


@pytest.fixture
def checkout(book: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YALU_BOOK", str(book))
    (book / FILE).write_text(f"{','.join(HEADER)}\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(book / "no-such-config"))
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-12-01T12:00:00")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git(book, "init", "--quiet", "-b", "main")
    for key, value in (("user.name", "A"), ("user.email", "a@example.org")):
        git(book, "config", key, value)
    commit(book)
    return book


def change(root: Path, edit) -> None:
    with (root / CLAIMS).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    rows = edit(header, rows)
    with (root / CLAIMS).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def new_value(value):
    def edit(header, rows):
        row = next(row for row in rows if row[0] == ID)
        row[header.index("value")] = value
        return rows

    return edit


def yalu_save(*words: str) -> str:
    run = CliRunner().invoke(main, ["ledger", "log", "--save", *words])
    assert run.exit_code == 0, run.output
    return run.output


def test_a_change_is_saved_once_with_the_day_and_the_commit(checkout):
    change(checkout, new_value("6065"))
    made = commit(checkout)
    assert "1 entries on 1 claims added" in yalu_save()
    assert read_log() == [LogEntry("2026-12-01", made, "changed", ID, "value", "6064", "6065")]
    written = (checkout / FILE).read_bytes()
    assert "nothing new" in yalu_save()
    assert (checkout / FILE).read_bytes() == written


def test_the_next_saving_starts_where_the_log_ends(checkout):
    for value in ("6065", "6066"):
        change(checkout, new_value(value))
        commit(checkout)
        yalu_save()
    assert [(e.old, e.new) for e in read_log()] == [("6064", "6065"), ("6065", "6066")]


def test_a_claim_that_goes_or_comes_is_one_entry_that_says_what_it_was(checkout):
    gone = "dandong-2022-outlawocean"
    kept = {}

    def drop(header, rows):
        kept["row"] = next(row for row in rows if row[0] == gone)
        return [row for row in rows if row[0] != gone]

    change(checkout, drop)
    commit(checkout)
    yalu_save()
    change(checkout, lambda header, rows: sorted([*rows, kept["row"]]))
    commit(checkout)
    yalu_save()
    withdrawn, added = read_log()
    assert (withdrawn.kind, withdrawn.field, withdrawn.new) == ("withdrawn", "row", "")
    assert (added.kind, added.field, added.old) == ("added", "row", "")
    assert withdrawn.old == added.new
    for words in ("up_to", "high 80000", "unit persons", "place Dandong", "period_start 2022"):
        assert words in added.new


def test_what_is_not_committed_waits(checkout):
    change(checkout, new_value("6065"))
    assert "nothing new" in yalu_save()
    assert read_log() == []


def test_no_log_is_none_and_an_empty_one_is_empty(book, monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(book))
    (book / FILE).write_text(f"{','.join(HEADER)}\n", encoding="utf-8")
    assert read_log() == []
    (book / FILE).unlink()
    assert read_log() is None


GOOD = ["2026-12-01", "0123456789ab", "changed", ID, "value", "1", "2"]


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("date", "1 December", 'ledger_log.csv:2: column date: found "1 December"'),
        ("commit", "HEAD", 'column commit: found "HEAD"; allowed: twelve hexadecimal digits'),
        ("kind", "gone", "allowed: added|withdrawn|changed"),
        ("claim_id", "", "column claim_id"),
        ("field", "", "column field"),
    ],
)
def test_a_spoiled_entry_is_told_by_line_and_column(book, column, cell, said):
    row = [cell if name == column else old for name, old in zip(HEADER, GOOD, strict=True)]
    (book / FILE).write_text(f"{','.join(HEADER)}\n{','.join(row)}\n")
    with pytest.raises(YaluError, match="put back what yalu ledger log --save wrote") as caught:
        read_log(book)
    assert said in caught.value.lines[0]


@pytest.mark.parametrize("text", ["", "a,b\n", f'{",".join(HEADER)}\n"open'])
def test_a_spoiled_file_is_told(book, text):
    (book / FILE).write_text(text)
    with pytest.raises(YaluError, match=r"ledger_log\.csv"):
        read_log(book)


def test_without_git_saving_says_what_is_missing(book, monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(book))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(book.parent))
    with pytest.raises(YaluError, match="no git checkout"):
        history.save()


def test_the_codebook_describes_the_log(book):
    with (book / "data/codebook.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["column"] for row in csv.DictReader(file) if row["table"] == "ledger_log"]
    assert rows == HEADER
