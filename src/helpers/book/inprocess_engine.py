"""In-process engine: a papermill engine that runs cells in this process with ipykernel's shell.

The outputs are made of the same messages that a kernel sends, read by the same client.
"""

import asyncio
import faulthandler
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from typing import Any

from ipykernel.eventloops import enable_gui
from ipykernel.inprocess.ipkernel import InProcessKernel
from ipykernel.iostream import OutStream
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.profiledir import ProfileDir
from nbclient.exceptions import CellExecutionError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.log import logger
from tornado.ioloop import IOLoop
from traitlets import default
from traitlets.config import Config

from helpers.book import process_pool
from helpers.book.execute import ENDED, EXIT
from helpers.errors import YaluError

# seconds after its time limit that a cell in compiled code has before the process is ended
_GRACE = 10
# characters that a cell may show
MOST_SHOWN = 20_000_000


class _Stream(OutStream):
    """A stream of an ordinary kernel that refuses what no page can hold."""

    shown = 0

    def write(self, string: str) -> Any:
        """Write. Raises ValueError where the cell has shown too much."""
        _Stream.shown += len(string)
        if _Stream.shown > MOST_SHOWN:
            raise ValueError(f"shows more than {MOST_SHOWN:,} characters")
        return super().write(string)


class _Kernel(InProcessKernel):
    """A kernel in this process with the shell and the streams of an ordinary one."""

    said: Any = None
    session: Any
    # no threads for subshells, and yet code that awaits asks which thread is the main one
    shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
    _supports_kernel_subshells = False

    @default("shell_class")
    def _the_shell_class(self) -> type[ZMQInteractiveShell]:
        return ZMQInteractiveShell

    @default("stdout")
    def _the_stdout(self) -> OutStream:
        return _Stream(self.session, self.iopub_thread, "stdout")

    @default("stderr")
    def _the_stderr(self) -> OutStream:
        return _Stream(self.session, self.iopub_thread, "stderr")

    @contextmanager
    def _redirected_io(self) -> Iterator[None]:
        """Leave the streams where they are: they stand for the whole run, see `_kernel`."""
        yield

    def _io_dispatch(self, change: Any) -> None:
        """Pass on what the kernel says; called in the thread of its output."""
        _, message = self.session.recv(self.iopub_thread.socket, copy=False)
        self.said(message)

    async def do_execute(self, *arguments: Any, **options: Any) -> Any:
        """Run a cell; a process that it forked and that comes to its end goes no further."""
        process, _Stream.shown = os.getpid(), 0
        reply = await super().do_execute(*arguments, **options)
        if os.getpid() != process:
            os._exit(0)
        return reply


class _Channel:
    """A channel of messages that the kernel has sent."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._messages: asyncio.Queue[Any] = asyncio.Queue()

    def put(self, message: Any) -> None:
        """Add a message, from whatever thread."""
        self._loop.call_soon_threadsafe(self._messages.put_nowait, message)

    async def get_msg(self, timeout: float | None = None) -> Any:
        """Return the next message. Raises Empty where none comes in time."""
        try:
            return await asyncio.wait_for(self._messages.get(), timeout)
        except TimeoutError:
            raise Empty from None


class _Client:
    """The client of the kernel in this process: what nbclient asks of one."""

    allow_stdin = False

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self.shell_channel, self.iopub_channel = _Channel(), _Channel()
        kernel.said = self.iopub_channel.put

    async def execute(
        self, code: str, store_history: bool = True, stop_on_error: bool = True
    ) -> str:
        """Run a cell; its outputs and its reply then lie in the channels."""
        session, stream = self._kernel.session, self._kernel.shell_stream
        content = {
            "code": code, "silent": False, "store_history": store_history, "user_expressions": {},
            "allow_stdin": self.allow_stdin, "stop_on_error": stop_on_error,
        }  # fmt: skip
        message = session.msg("execute_request", content)
        session.send(stream, message)
        await self._kernel.dispatch_shell(stream.recv_multipart())
        try:
            _, reply = session.recv(stream, copy=False)
        except Empty:
            raise RuntimeError("it was interrupted in a cell") from None
        self.shell_channel.put(reply)
        return message["header"]["msg_id"]

    async def is_alive(self) -> bool:
        """Return whether the kernel lives: as long as this process does."""
        return True


class _Notebook(PapermillNotebookClient):
    """Papermill's client over a kernel in this process."""

    def execute(self, **kwargs: Any) -> Any:
        """Run all cells in one loop and note the language as an ordinary run does."""
        self.reset_execution_trackers()
        with tempfile.TemporaryDirectory(prefix="yalu-") as folder, _kernel(folder) as kernel:
            try:
                asyncio.run(self._run(kernel))
            except RuntimeError as error:  # also where a cell ends the kernel, e.g. with exit()
                stopped = "Event loop stopped" in str(error)
                raise RuntimeError("Kernel died" if stopped else str(error)) from None
            self.nb.metadata["language_info"] = dict(kernel.language_info)
        self.set_widgets_metadata()
        return self.nb

    async def _run(self, kernel: Any) -> None:
        kernel.io_loop = IOLoop.current()
        self.kc = _Client(kernel)
        with Path(os.environ.get(ENDED) or os.devnull).open("a", encoding="utf-8") as ended:
            for index, cell in enumerate(self.nb.cells):
                self.nb_man.cell_start(cell, index)
                try:
                    with _time_limit(self.timeout):
                        await self.async_execute_cell(cell, index)
                except CellExecutionError as error:
                    self.nb_man.cell_exception(cell, cell_index=index, exception=error)
                    break
                finally:
                    self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
                print(json.dumps(self.nb.cells[index]), file=ended, flush=True)


@contextmanager
def _time_limit(seconds: float | None) -> Iterator[None]:
    """Raise TimeoutError in the running cell after `seconds`, and end the process if it goes on."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"took more than {seconds:g} s and was ended")

    if not seconds:
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    faulthandler.dump_traceback_later(seconds + _GRACE, exit=True, file=2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _kernel(folder: str) -> Iterator[Any]:
    """Start the kernel as the application of ipykernel does, history in memory, empty profile."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    sys.path.insert(0, "")
    kernel: Any = _Kernel.instance(config=config, profile_dir=ProfileDir(location=folder))
    kernel.log.disabled = True
    sys.stdout, sys.stderr = kernel.stdout, kernel.stderr
    kernel.shell.extension_manager.load_extension("storemagic")
    kernel.shell.ex(EXIT)
    kernel.shell.displayhook.get_execution_count = lambda: kernel.execution_count
    kernel.shell.enable_gui = partial(enable_gui, kernel=kernel)
    yield kernel


def _executed(notebook: Any, timeout: float | None) -> Any:
    """Return the notebook, executed in this process."""
    manager = NotebookExecutionManager(notebook, progress_bar=False)
    return _Notebook(manager, log=logger, timeout=timeout).execute()


class YaluEngine(Engine):
    """The engine `yalu`: a notebook in a process of its own, without a kernel beside it."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        execution_timeout: float | None = None,
        here: bool = False,
        **kwargs: Any,
    ) -> None:
        """Execute the notebook of papermill's manager, as papermill's own engine does.

        `execution_timeout` is in seconds for each cell. `here` says that this process is new and
        ends with the notebook; else another one is started. Raises DeadKernelError where it dies.
        """
        if here:
            _Notebook(nb_man, log=logger, timeout=execution_timeout).execute()
            return
        future = process_pool.background(_executed, nb_man.nb, execution_timeout)
        try:
            executed = process_pool.result(future)
        except YaluError as error:
            raise DeadKernelError(str(error)) from None
        nb_man.nb.metadata.update(executed.metadata)
        nb_man.nb.cells = executed.cells


papermill_engines.register("yalu", YaluEngine)
