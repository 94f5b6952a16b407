"""Files are written whole or not at all, and a lock is free once its process has ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers import files
from helpers.errors import YaluError


def tree(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_many_files_are_written_together_and_deleted(tmp_path):
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o640)
    files.write_all(tmp_path, {Path("old"): "new", Path("a/b"): b"\xc3\xa4"})
    assert tree(tmp_path) == {"old": "new", "a/b": "ä"}
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o640
    files.write_all(tmp_path, {Path("old"): None})
    assert tree(tmp_path) == {"a/b": "ä"}


def test_json_is_canonical(tmp_path):
    files.write_json(tmp_path / "x.json", {"b": "ü", "a": [1]})
    assert (tmp_path / "x.json").read_text() == '{\n  "a": [\n    1\n  ],\n  "b": "ü"\n}\n'


@pytest.mark.parametrize("call", ["replace", "fdopen"])
def test_a_failure_leaves_every_file_as_it_was_and_is_one_line(tmp_path, monkeypatch, call):
    (tmp_path / "one").write_text("before")
    real, calls = getattr(os, call), []

    def fail(*given):
        calls.append(given)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(*given)

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(YaluError) as caught:
        files.write_all(tmp_path, {Path("one"): "after", Path("new/two"): "x"})
    said = "new/two: could not be written (No space left on device); nothing was changed"
    assert caught.value.lines == [said]
    assert tree(tmp_path) == {"one": "before"} and not (tmp_path / "new").exists()


def test_a_folder_is_put_in_the_place_of_the_old_one_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "site"
    for text in ("first", "second"):
        with files.aside(target) as folder:
            (folder / "page").write_text(text)
            files.put_in_place(folder, target)
    with pytest.raises(ValueError), files.aside(target) as folder:
        (folder / "page").write_text("never")
        raise ValueError
    assert tree(tmp_path) == {"site/page": "second"} and os.listdir(tmp_path) == ["site"]

    def refuse(self, other):
        if other == target and "old" not in self.name:
            raise PermissionError(13, "Permission denied")
        return rename(self, other)

    rename = Path.rename
    monkeypatch.setattr(Path, "rename", refuse)
    said = r"site: could not be written \(Permission denied\)"
    with pytest.raises(YaluError, match=said), files.aside(target) as folder:
        files.put_in_place(folder, target)
    assert tree(tmp_path) == {"site/page": "second"}


def test_the_lock_of_a_killed_process_is_no_lock(tmp_path):
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom helpers.files import held\n"
        "with held(Path(sys.argv[1]), 'busy', print):\n"
        "    print('held', flush=True)\n    time.sleep(99)"
    )
    lock, said = tmp_path / "x.lock", []
    holder = subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    begun = time.monotonic()
    with files.held(lock, "busy", said.append) as waited:
        assert not waited and said == []
    assert time.monotonic() - begun < 5


def test_only_what_ended_processes_have_left_goes(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    running, other = f"{files._HERE}{os.getpid()}-x", f".part-00000000-{ended.pid}-x"
    kept = ["yalu-2024-reports", f"yalu-{ended.pid}-a.csv", ".part-time", running, other, "page"]
    for name in (*kept, *(f"{files._HERE}{ended.pid}-{end}" for end in ("x", "site-old"))):
        (tmp_path / name).mkdir()
    (tmp_path / f"{files._HERE}{ended.pid}-page-old").mkdir()
    files.drop_leftovers(tmp_path)
    # of another machine, which may share the folder, nothing is known;
    # what was moved aside is put back where nothing took its place
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, "site"])
