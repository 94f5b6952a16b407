"""Harness: books on salt to spoil, cases in a quick half and the rest, and a count of all."""

import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from helpers.book.build import build
from helpers.paths import SITE

from ..conftest import UNPRIVILEGED, made_once
from ..fork.conftest import base, make_salt, salt  # noqa: F401

SEED = 18


def halves(cases: Sequence[Any], quick: int) -> pytest.MarkDecorator:
    """Give a test `cases`: a few, the same each time, with all tests, the rest with `faults`."""
    few = random.Random(SEED).sample(range(len(cases)), quick)
    parts = [[c for n, c in enumerate(cases) if (n in few) == chosen] for chosen in (True, False)]
    rest = pytest.param(parts[1], marks=pytest.mark.faults, id="rest")
    return pytest.mark.parametrize("cases", [pytest.param(parts[0], id="quick"), rest])


@pytest.fixture
def tally(request):
    """Note for each case what is wrong with it, if anything; the test fails for any that has."""
    told: dict[str, str] = {}
    yield told
    failed = {name: wrong for name, wrong in told.items() if wrong}
    counts = f"{len(told)} tried, {len(told) - len(failed)} survived, {len(failed)} failed"
    request.node.user_properties.append(("counts", f"{request.node.nodeid}: {counts}"))
    assert told and not failed, "\n".join(f"{name}: {wrong}" for name, wrong in failed.items())


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The book on salt, built once, to be copied."""

    def make(folder):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YALU_BOOK", str(folder / "salt"))
            build(make_salt(folder / "salt"), lambda _: None)

    return made_once(tmp_path_factory, "built-salt", make) / "salt"


@pytest.fixture
def short():
    """A folder whose name is short enough for the sockets in it."""
    with tempfile.TemporaryDirectory(prefix="f", dir="/tmp") as folder:
        yield Path(folder)


def started(book: Path, *words: str, **more: Any) -> "subprocess.Popen[str]":
    """Start `yalu` with words in a book, in a group of its own that a test can end."""
    code = Path(__file__).resolve().parents[2] / "src"
    environment = os.environ | {"YALU_BOOK": str(book), "PYTHONPATH": str(code)}
    environment |= more.pop("environment", {})
    return subprocess.Popen(
        [*UNPRIVILEGED, sys.executable, "-c", "from helpers.cli import main; main()", *words],
        cwd=book, env=environment, text=True, stdout=-1, stderr=subprocess.STDOUT,
        start_new_session=True, **more,
    )  # fmt: skip


def said(book: Path, *words: str, **more: Any) -> tuple[int, str]:
    """Return how `yalu` with words ended in a book, and what it said."""
    process = started(book, *words, **more)
    text, _ = process.communicate(timeout=400)
    return process.returncode, text


def put(root: Path, files: Mapping[str, Any]) -> None:
    """Write files below a folder: text, bytes, a Path to link to; None takes one away."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None or isinstance(content, Path):
            path.unlink(missing_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        elif content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


def site_of(book: Path) -> dict[str, bytes]:
    """Return the published site: each file's content by its name."""
    files = [path for path in (book / SITE).rglob("*") if path.is_file()]
    return {path.relative_to(book / SITE).as_posix(): path.read_bytes() for path in files}


def differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """Return the names of files that two sites do not have alike."""
    return sorted(n for n in one.keys() | other.keys() if one.get(n) != other.get(n))


def sources_of(book: Path) -> dict[str, bytes]:
    """Return what a book is made of: each file's content by its name."""
    paths = (path for name in ("chapters", "data") for path in (book / name).rglob("*"))
    files = (path for path in paths if path.is_file() and path.name[0] != ".")
    return {path.relative_to(book).as_posix(): path.read_bytes() for path in files}


def left_in(*folders: Path) -> list[str]:
    """Return the names of what a killed or failed command has left unfinished."""
    found = (path.name for folder in folders for path in folder.rglob("*"))
    return [name for name in found if re.match(r"\.part-|yalu-\d|pymp-", name)]
