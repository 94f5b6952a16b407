"""Batches: points run batch by batch in a process of its own, from an archive of the chapter.

`Helper` starts that process and speaks with it through pipes. It forks a process for each
point, which the one that asks, having threads, cannot do safely itself. Its folder is gone
when it ends, and it ends with the one that asks, or when it was asked nothing for a while.
"""

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from helpers.errors import YaluError
from helpers.rerun.archive import archive_name, unpack
from helpers.rerun.pool import Outcome, Task, run_here

# seconds after which a process that is asked nothing ends: who asked may be gone
IDLE = 600.0
# seconds that it may take to end
_GRACE = 5.0
# name of each point and what differs from the defaults; whether results can be had alone; jobs
Batch = tuple[list[tuple[str, dict[str, Any]]], bool, int]


class Helper:
    """A process that runs batches of points of the chapter in an archive."""

    def __init__(self, archive: bytes, chapter: str, folder: Path) -> None:
        """Start the process, whose own folder lies in `folder`."""
        command = [sys.executable, "-m", "helpers.rerun.batches"]
        # a session of its own, so that Ctrl-C reaches only who asks
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        self._ask((archive, chapter))

    def _ask(self, message: Any) -> None:
        assert self._process.stdin
        pickle.dump(message, self._process.stdin)
        self._process.stdin.flush()

    def lives(self) -> bool:
        """Return whether the process can still be asked."""
        return self._process.poll() is None

    def run(self, batch: Batch) -> list[tuple[str, Outcome]]:
        """Return the outcome of each point. Raises YaluError where the process has died."""
        assert self._process.stdout
        try:
            self._ask(batch)
            return list(pickle.load(self._process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            self.end()
            raise YaluError("the process that runs the points died") from None

    def end(self) -> None:
        """End the process and wait until it has."""
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _answer(batch: Batch, source: Path) -> list[tuple[str, Outcome]]:
    points, trusted, jobs = batch
    tasks = [Task(name, source, parameters) for name, parameters in points]
    return [(task.name, found) for task, found in run_here(tasks, trusted, jobs)]


def _live_in(folder: Path, archive: bytes, chapter: str) -> Path:
    """Make the folder the book of this process and read the evidence; return the notebook."""
    unpack(archive, folder)
    os.environ["YALU_BOOK"] = str(folder)
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder / "tmp")
    (folder / "tmp").mkdir()
    source = folder / "chapters" / f"{chapter}.ipynb"
    return source


def _listen(asked: Any, waiting: SimpleQueue[Batch], folder: Path) -> None:
    """Take in batches; end this process at once when the one that asks is gone."""
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            waiting.put(pickle.load(asked))
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _pipes() -> tuple[Any, Any]:
    """Return what this process is asked and answers through, out of reach of all else."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nowhere:
        os.dup2(nowhere.fileno(), 0)
        os.dup2(nowhere.fileno(), 1)
    return asked, answers


def main() -> None:
    """Run batches until nobody asks any more."""
    asked, answers = _pipes()
    archive, chapter = pickle.load(asked)
    folder = Path(tempfile.mkdtemp(prefix=f"{archive_name(archive)}-", dir=Path.cwd()))
    waiting: SimpleQueue[Batch] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked, waiting, folder), daemon=True).start()
    try:
        source = _live_in(folder, archive, chapter)
        with suppress(Empty):
            while True:
                pickle.dump(_answer(waiting.get(timeout=IDLE), source), answers)
                answers.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
