"""Process pool: run calls in processes of their own that find the heavy modules imported.

Built on Pebble, which ends a process at its time limit and reports one that dies. Processes are
forked from multiprocessing's forkserver, which imports `PRELOAD` once and has no threads; where
the system has no forkserver they are spawned.
"""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from pebble import ProcessExpired, concurrent

from helpers.errors import YaluError

PRELOAD = [
    "papermill", "nbclient", "ipykernel.inprocess.ipkernel", "ipykernel.zmqshell", "altair",
    "tabulate", "helpers.cli", "helpers.chapter", "helpers.book.inprocess_engine",
    "helpers.book.execute", "bs4", "jupyter_book.cli.main", "jupyter_book.sphinx",
    "myst_nb.sphinx_", "sphinx.builders.html", "sphinx_external_toc", "sphinx_multitoc_numbering",
    "helpers.book.sphinx", "helpers.book.render",
]  # fmt: skip

_FEWEST_HANDLES = 48


def has_forkserver() -> bool:
    """Return whether this system can fork processes from a server."""
    return "forkserver" in multiprocessing.get_all_start_methods()


_STARTS: Any = multiprocessing.get_context("forkserver" if has_forkserver() else "spawn")
_Started: Any = _STARTS.Process


class _Process(_Started):
    """A process that does not begin by running its caller's script, which may be no file."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        main = vars(sys.modules["__main__"])
        names = ("__file__", "__spec__")
        kept: dict[str, Any] = {name: main[name] for name in names if name in main}
        main |= dict.fromkeys(kept)
        try:
            return _Started._Popen(process_obj)
        finally:
            main |= kept


def _context() -> Any:
    # pages must not depend on the order of sets; ipykernel's debugger warns of being preloaded
    os.environ.setdefault("PYTHONHASHSEED", "0")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    if not has_forkserver():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    context.Process = _Process  # type: ignore[misc]
    return context


def _check_handles() -> None:
    """Raise YaluError where this process may open too few files to start others."""
    if os.name == "posix":
        import resource

        if (most := resource.getrlimit(resource.RLIMIT_NOFILE)[0]) < _FEWEST_HANDLES:
            raise YaluError(f"found a limit of {most} open files; allowed: {_FEWEST_HANDLES} or "
                            f"more; raise it with: ulimit -n 1024")  # fmt: skip


def start_preload() -> None:
    """Start the imports of the forkserver, which then go on beside those of this process."""
    if has_forkserver():
        from multiprocessing import forkserver

        _context()
        forkserver.ensure_running()


def background(
    function: Callable[..., Any], *arguments: Any, timeout: float | None = None
) -> Future[Any]:
    """Start a call in a new process, ended with it, by `cancel()` or after `timeout` seconds."""
    _check_handles()
    options: dict[str, Any] = {"daemon": False, "timeout": timeout, "context": _context()}
    fresh: Any = concurrent.process(**options)(_call)
    future: Future[Any] = fresh(dict(os.environ), function, *arguments)
    return future


def each(
    function: Callable[..., Any], calls: Iterable[tuple[Any, ...]], jobs: int = 1
) -> Iterator[tuple[int, Future[Any]]]:
    """Call `function` with all `calls`, `jobs` at a time; yield index and future as they end."""
    waiting = list(enumerate(calls))
    running: dict[Future[Any], int] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                index, arguments = waiting.pop(0)
                running[background(function, *arguments)] = index
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future
    finally:
        for future in running:
            future.cancel()


def result(future: Future[Any]) -> Any:
    """Return the value of a call; raises what it raised, YaluError where its process died."""
    try:
        return future.result()
    except ProcessExpired as error:
        code = error.exitcode
        by = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        raise YaluError(f"its process died: {by}") from None


def _call(environment: dict[str, str], function: Callable[..., Any], *arguments: Any) -> Any:
    _begin(environment)
    return function(*arguments)


def _begin(environment: dict[str, str]) -> None:
    """Give this process what a newly started program has: environment, signals, random numbers."""
    gc.freeze()
    os.environ.clear()
    os.environ.update(environment, TZ="UTC")  # a book is the same in each time zone
    if hasattr(time, "tzset"):  # not on Windows
        time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    multiprocessing.set_start_method(None, force=True)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    # what libraries write past Python does not belong in the terminal
    with open(os.devnull, "r+b") as nowhere:
        for number in (0, 1, 2):
            os.dup2(nowhere.fileno(), number)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
