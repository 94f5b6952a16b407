"""Preload: what a warm parent imports once, so that the processes forked from it need not."""

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_MODELS = Path(__file__).resolve().parent.parent / "models"
MODULES = (
    "altair", "ipykernel.debugger", "ipykernel.inprocess.ipkernel", "nbclient", "nbformat.v4",
    "numpy", "pandas", "papermill", "papermill.cli", "papermill.clientwrap", "tabulate",
    "helpers.analysis", "helpers.book.engine", "helpers.book.execute", "helpers.book.stage",
    "helpers.evidence",
    *(f"helpers.models.{path.stem}" for path in sorted(_MODELS.glob("[!_]*.py"))),
)  # fmt: skip


def stamps() -> dict[str, tuple[int, int]]:
    """Return the state of the file of each module of ours that is imported."""
    ours = [m for name, m in sys.modules.items() if name.partition(".")[0] == "helpers"]
    files = [file for file in (getattr(module, "__file__", None) for module in ours) if file]
    return {file: _stamp(Path(file)) for file in files}


def _stamp(path: Path) -> tuple[int, int]:
    try:
        state = path.stat()
    except OSError:
        return (0, 0)
    return (state.st_mtime_ns, state.st_size)


def forget_stale(folder: str) -> None:
    """Drop our modules where a file has changed since, or where they are not from `folder`.

    What the process imports from then on is read afresh.
    """
    here = str(Path(__file__).resolve().parent.parent)
    if folder == here and all(_stamp(Path(file)) == known for file, known in KNOWN.items()):
        return
    for name in [name for name in sys.modules if name.partition(".")[0] == "helpers"]:
        del sys.modules[name]


def load(names: Iterable[str]) -> None:
    """Import modules, note the state of our own, and keep all of it out of the garbage collector.

    A module that cannot be imported is told of by whoever needs it.
    """
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    KNOWN.update(stamps())
    gc.collect()
    gc.freeze()


KNOWN: dict[str, tuple[int, int]] = {}
# the debugger of ipykernel otherwise complains, on the terminal, of being imported
os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
load(MODULES)
