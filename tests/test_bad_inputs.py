"""Each bad input is told in a line, with exit code 2, and leaves every folder as it was.

Exit code 1 stands in the table where the evidence or the book itself is at fault.
"""

import hashlib
import multiprocessing.util
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.cli import main

from .bad_inputs import ELSEWHERE, EVERY, make_files, words
from .conftest import UNPRIVILEGED


class Folder:
    """A folder that is looked at again and again: names, sizes and digests of all below it."""

    def __init__(self, path: Path) -> None:
        self.path, self.digests = path, dict[tuple[object, ...], str]()

    def contents(self) -> dict[str, str]:
        found = {}
        for path in self.path.rglob("*"):
            name, about = str(path.relative_to(self.path)), path.lstat()
            state = (name, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
            if path.is_file() and state not in self.digests:
                self.digests[state] = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name] = self.digests.get(state, "a folder")
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_small_book):
    """A folder with the small book, the files of the table, where we are, and one for /tmp."""
    every = tmp_path_factory.mktemp("bad")
    with pytest.MonkeyPatch.context() as patch:
        book = make_small_book(every / "book", patch)
        (book / "_build" / "html").mkdir(parents=True)
        (book / "_build" / "html" / "index.html").write_text("hello")
        who = ["-c", "user.name=tests", "-c", "user.email=tests@tests.invalid"]
        for git in ("init -q", "add data chapters", "commit -qm Book"):
            subprocess.run(["git", "-C", book, *who, *git.split()], check=True)
        # named as a command names the temporary folder of its process
        temporary = every / f"yalu-{os.getpid()}-tests"
        for one in (every / "here", temporary):
            one.mkdir()
        make_files(every / "here")
        patch.chdir(every / "here")
        multiprocessing.util.get_temp_dir()  # the process pool has its sockets elsewhere
        patch.setattr(tempfile, "tempdir", str(temporary))
        yield Folder(every)


@pytest.fixture(scope="module")
def taken():
    """A port that something listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one.getsockname()[1]


def check(folder, places, line, part, code=2, environment=None):
    before = folder.contents()
    typed = words(line, **places)
    if "locked" in line:
        command = [*UNPRIVILEGED, sys.executable, "-c", "from helpers.cli import main; main()"]
        run = subprocess.run([*command, *typed], capture_output=True, text=True)
        found = run.returncode
    else:
        run = CliRunner(env=environment).invoke(main, typed)
        assert run.exception is None or isinstance(run.exception, SystemExit), repr(run.exception)
        found = run.exit_code
    assert folder.contents() == before
    assert (found, run.stdout) == (code, ""), run.stdout + run.stderr
    assert run.stderr.count("\n") == 1
    assert part in run.stderr and len(run.stderr) < 1000, run.stderr
    assert run.stderr.rstrip("\n").isprintable(), ascii(run.stderr)


def places_in(folder, taken):
    return {"book": folder.path / "book", "here": folder.path / "here", "taken": taken}


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case[0])
def test_a_bad_input_is_told_in_a_line_and_changes_nothing(folder, taken, case):
    check(folder, places_in(folder, taken), *case)


@pytest.mark.parametrize("case", ELSEWHERE, ids=lambda case: f"{case[0]} {case[1]}")
def test_so_is_a_bad_variable_of_the_environment(folder, taken, case):
    environment, line, part = case
    places = places_in(folder, taken)
    filled = {name: words(value, **places)[0] for name, value in environment.items()}
    check(folder, places, line, part, environment=filled)


def test_there_are_so_many_for_every_command():
    typed = [line.split(" ")[0] for line, *_ in EVERY]
    assert len(typed) >= 300 and {*main.list_commands(None)} <= {*typed}
