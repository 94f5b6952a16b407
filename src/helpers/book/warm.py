"""Warm: functions run each in a fresh process, forked from a parent that has imported all."""

import gc
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType
from typing import Any

from helpers.errors import YaluError

# seconds that a process which has told its result may take to end
_GRACE = 0.2
# seconds that an interrupted process may take to tidy up
_TIDY = 5
_PRELOAD = ["helpers.book.preload"]
_SEED = "PYTHONHASHSEED"
# objects that a process makes before its garbage is looked for: it ends soon, and then all goes
_GARBAGE = 50_000
# set in a process that runs one function and then ends
_fresh = False
# set in a process that forks others
_serving = False


@dataclass(frozen=True)
class Outcome:
    """What became of a call: its value, or the error that it raised or died of."""

    value: Any = None
    error: YaluError | None = None


@dataclass(frozen=True)
class _Running:
    index: int
    process: Any
    receiver: Connection
    deadline: float | None

    def handles(self) -> list[Any]:
        return [self.receiver, self.process.sentinel]


def available() -> bool:
    """Return whether this system forks processes from a parent of their own."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def start() -> None:
    """Have the parent import what it imports, while this process does something else."""
    if not available():
        return
    _context().set_forkserver_preload(_PRELOAD)
    # what is rendered must not depend on the order of sets
    before, os.environ[_SEED] = os.environ.get(_SEED), "0"
    try:
        with _without_main():
            forkserver.ensure_running()
    finally:
        os.environ.pop(_SEED)
        os.environ |= {_SEED: before} if before is not None else {}


def become_parent() -> None:
    """Import what the parent imports, and have this very process fork the others."""
    global _serving
    _serving = True
    importlib.import_module(_PRELOAD[0])


def fresh() -> bool:
    """Return whether this process was forked for the one call that it runs."""
    return _fresh


def each(
    function: Callable[..., Any],
    calls: Iterable[tuple[Any, ...]],
    jobs: int = 1,
    timeout: float | None = None,
    environment: Callable[[int], dict[str, str]] | None = None,
    before: tuple[Any, ...] | None = None,
) -> Iterator[tuple[int, Outcome]]:
    """Call `function` with each of `calls`, each in a process of its own, `jobs` at a time.

    Yields the place of the call and its outcome, in the order in which they end. A call that
    takes more than `timeout` seconds is ended; a process that dies gives an error.
    `environment` gives the variables that a call finds beside those of this process. `before`
    is a function with its arguments: the processes are forked from one that has called it.
    """
    if before:
        yield from _each_after(before, function, list(calls), jobs, timeout)
        return
    waiting = enumerate(calls)
    running: list[_Running] = []
    try:
        while True:
            while len(running) < jobs and (call := next(waiting, None)) is not None:
                more = environment(call[0]) if environment else {}
                running.append(_started(function, *call, timeout, os.environ | more))
            if not running:
                return
            for one in _ended(running):
                running.remove(one)
                yield one.index, _outcome(one, timeout)
    finally:
        for one in running:
            _end(one)


def _each_after(
    before: tuple[Any, ...],
    function: Callable[..., Any],
    calls: list[tuple[Any, ...]],
    jobs: int,
    timeout: float | None,
) -> Iterator[tuple[int, Outcome]]:
    """Have a forked process call `before` and fork the others; pass on what it sends."""
    left = set(range(len(calls)))
    wanted = (before, calls, jobs, timeout)
    parent = _started(function, 0, wanted, None, dict(os.environ), process_of=_parent)
    try:
        with suppress(EOFError, OSError):
            while left:
                index, outcome = parent.receiver.recv()
                left.discard(index)
                yield index, outcome
    finally:
        _end(parent)
    died = f"its process died: {_death(parent.process.exitcode)}"
    yield from ((index, Outcome(error=YaluError(died))) for index in sorted(left))


def run(function: Callable[..., Any], *call: Any, timeout: float | None = None) -> Any:
    """Call `function` in a fresh process and return its value; raises what it raised."""
    [(_, outcome)] = each(function, [call], timeout=timeout)
    if outcome.error:
        raise outcome.error
    return outcome.value


def apart(function: Callable[..., Any], *call: Any) -> Any:
    """Call `function` in a process forked from the parent; all it needs is imported there.

    That process may have others forked in turn. Where the system forks none the function is
    called here. Returns its value; raises what it raised.
    """
    if not available():
        return function(*call)
    one = _started(function, 0, call, None, dict(os.environ), process_of=_host)
    try:
        _ended([one])
    except BaseException:
        # let it tidy up behind itself
        with suppress(OSError):
            os.kill(one.process.pid, signal.SIGINT)
        one.process.join(_TIDY)
        _end(one)
        raise
    outcome = _outcome(one, None)
    if outcome.error:
        raise outcome.error
    return outcome.value


@contextmanager
def beside(function: Callable[..., Any], calls: Iterable[tuple[Any, ...]]) -> Iterator[None]:
    """Have calls run in processes of their own, all at once, for as long as this lasts."""
    running = [_started(function, n, call, None, dict(os.environ)) for n, call in enumerate(calls)]
    try:
        yield
    finally:
        for one in running:
            _end(one)


@contextmanager
def begun(function: Callable[..., Any], *call: Any) -> Iterator[Callable[[], Outcome]]:
    """Have a call begin in a process of its own; give what waits for its outcome.

    The process ends with the block at the latest.
    """
    one = _started(function, 0, call, None, dict(os.environ))

    def outcome() -> Outcome:
        _ended([one])
        return _outcome(one, None)

    try:
        yield outcome
    finally:
        _end(one)


def _context() -> Any:
    if _serving:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("forkserver")


def _started(
    function: Callable[..., Any],
    index: int,
    call: tuple[Any, ...],
    timeout: float | None,
    environment: dict[str, str],
    process_of: Callable[..., None] | None = None,
) -> _Running:
    context = _context()
    receiver, sender = context.Pipe(duplex=False)
    folder = str(Path(__file__).resolve().parent.parent)
    arguments = (sender, folder, environment, function, call)
    process = context.Process(target=process_of or _child, args=arguments)
    if not _serving:
        start()
    with _without_main():
        process.start()
    sender.close()
    return _Running(index, process, receiver, timeout and time.monotonic() + timeout)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the script of this process, which a new process would otherwise run to begin with."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _ended(running: list[_Running]) -> list[_Running]:
    """Wait until some of the calls have ended or have run out of time; return these."""
    deadlines = [one.deadline for one in running if one.deadline]
    left = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
    ready = wait([handle for one in running for handle in one.handles()], left)
    now = time.monotonic()
    return [
        one
        for one in running
        if set(one.handles()) & set(ready) or (one.deadline and now >= one.deadline)
    ]


def _outcome(one: _Running, timeout: float | None) -> Outcome:
    try:
        if one.receiver.poll():
            return Outcome(*one.receiver.recv())
        if one.process.is_alive():
            return Outcome(error=YaluError(f"took more than {timeout:g} s and was ended"))
    except (EOFError, OSError):
        pass
    finally:
        _end(one)
    return Outcome(error=YaluError(f"its process died: {_death(one.process.exitcode)}"))


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _end(one: _Running) -> None:
    """End a process and all that it has started."""
    if not one.receiver.closed:
        one.process.join(_GRACE)
        if one.process.is_alive():
            # alive and the first of its group, so that the number is surely its own
            with suppress(OSError):
                os.killpg(one.process.pid, signal.SIGKILL)
            one.process.kill()
        one.process.join()
        one.receiver.close()


def _child(
    sender: Connection,
    folder: str,
    environment: dict[str, str],
    function: Callable[..., Any],
    call: tuple[Any, ...],
) -> None:
    """Run the call and send what became of it, then end at once, whatever still runs."""
    global _fresh
    _fresh = True
    _begin(folder, environment)
    sender.send(_result(function, call))
    # ends this process too, and whatever else the call has started
    _end_here()


def _host(
    sender: Connection,
    folder: str,
    environment: dict[str, str],
    function: Callable[..., Any],
    call: tuple[Any, ...],
) -> None:
    """Run a call that may have processes forked from this one; send what became of it."""
    global _serving
    _serving = True
    _begin(folder, environment)
    sender.send(_result(function, call))
    _end_here()


def _parent(
    sender: Connection,
    folder: str,
    environment: dict[str, str],
    function: Callable[..., Any],
    wanted: tuple[Any, ...],
) -> None:
    """Call what is to be called before, then fork a process for each call; send what each gives."""
    global _serving
    _serving = True
    _begin(folder, environment)
    before, calls, jobs, timeout = wanted
    # what fails here fails again, and is told of, in the calls
    _result(before[0], before[1:])
    gc.freeze()
    for found in each(function, calls, jobs, timeout):
        sender.send(found)
    _end_here()


def _begin(folder: str, environment: dict[str, str]) -> None:
    """Make this process one of its own: its group, its variables, its modules."""
    os.setpgid(0, 0)
    end_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    gc.set_threshold(_GARBAGE)
    _silence()
    _prepare(folder)


def end_with_parent() -> None:
    """End this process, and its group if it leads one, when the one that asked for it has ended."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            _end_here()

    threading.Thread(target=watch, daemon=True).start()


def _end_here() -> None:
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _silence() -> None:
    """Keep what libraries write past Python out of the terminal."""
    with open(os.devnull, "r+b") as nowhere:
        for number in (0, 1, 2):
            os.dup2(nowhere.fileno(), number)


def _prepare(folder: str) -> None:
    """Give this process random numbers of its own, and our modules as their files are now."""
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if preload := sys.modules.get("helpers.book.preload"):
        preload.forget_stale(folder)


def _result(function: Callable[..., Any], call: tuple[Any, ...]) -> tuple[Any, YaluError | None]:
    try:
        return function(*call), None
    except YaluError as error:
        return None, YaluError(*error.lines, exit_code=error.exit_code)
    except BaseException as error:
        said = " ".join(str(error).split())
        return None, YaluError(f"{type(error).__name__}: {said}")
