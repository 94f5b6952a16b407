"""Execute a chapter with papermill and take its named results out of it."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager

from helpers.analysis.chapter import METADATA
from helpers.book import warm
from helpers.errors import YaluError
from helpers.evidence.trace import VARIABLE
from helpers.files import write_file

ENGINE_VARIABLE = "YALU_ENGINE"
FORK, KERNEL = ENGINES = ("fork", "kernel")
INJECTED = "injected-parameters"


class LocalKernelManager(AsyncKernelManager):
    """Kernels reached through files of this machine, not through open network ports."""

    folder = ""

    def __init__(self, **kwargs: Any) -> None:
        """Choose the transport; Windows has no files of that kind."""
        super().__init__(**kwargs)
        if self.folder and os.name != "nt":
            self.transport, self.ip = "ipc", str(Path(self.folder) / "kernel")

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kwargs: Any) -> None:
        """Keep what the kernel's own process says out of the terminal."""
        with open(os.devnull, "wb") as nowhere:
            await super()._async_launch_kernel(kernel_cmd, **kwargs | {"stderr": nowhere})

    _launch_kernel = _async_launch_kernel


def kernel_manager(folder: str) -> type[LocalKernelManager]:
    """Return a kernel manager whose kernel talks through files in `folder`, its alone."""
    return type("LocalKernelManager", (LocalKernelManager,), {"folder": folder})


def _failing_cell(notebook: nbformat.NotebookNode) -> str:
    """Return which cell of an executed notebook failed and with what error."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                first = cell.source.strip().splitlines()[0]
                said = " ".join(output.evalue.split())
                return f'code cell {number} ("{first}"): {output.ename}: {said}'
    return "no cell named an error"


def _without_traces(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what differs from run to run: times, paths, random cell ids."""
    notebook.metadata.pop("papermill", None)
    kept = []
    for cell in notebook.cells:
        papermill = cell.metadata.pop("papermill", {})
        cell.metadata.pop("execution", None)
        if "papermill-error-cell-tag" in cell.metadata.get("tags", []):
            continue
        if INJECTED in cell.metadata.get("tags", []) or papermill.get("status") == "injected":
            cell["id"] = INJECTED
        kept.append(cell)
    notebook.cells = kept
    return notebook


def engine_name(engine: str | None = None) -> str:
    """Return which engine executes: `engine`, else that of YALU_ENGINE, else the fastest here.

    Raises YaluError for a name that is no engine's.
    """
    chosen = engine or os.environ.get(ENGINE_VARIABLE) or FORK
    if chosen not in ENGINES:
        raise YaluError(f'no engine "{chosen}"; there are {", ".join(ENGINES)}', exit_code=2)
    return chosen if warm.available() else KERNEL


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any] | None = None,
    *,
    engine: str | None = None,
    timeout: float | None = None,
) -> None:
    """Execute the notebook `source` into `target` with papermill.

    `engine`: "fork" for a process forked from a warm parent, "kernel" for an ordinary
    kernel. A run of more than `timeout` seconds is ended (with a kernel: a cell). Raises
    YaluError naming chapter, cell and error on the first failing cell; `target` is then not
    written.
    """
    [(_, error)] = execute_many([Run(source, target, parameters)], engine=engine, timeout=timeout)
    if error:
        raise error


@dataclass(frozen=True)
class Run:
    """One execution: notebook, where it goes, parameters.

    `reads` is a file for the trace of what the run has read, see `evidence.trace`.
    """

    source: Path
    target: Path
    parameters: Mapping[str, Any] | None = None
    reads: Path | None = None

    def environment(self) -> dict[str, str]:
        """Return the variables that the run finds beside those of this process."""
        return {VARIABLE: str(self.reads or "")}


def execute_many(
    runs: Iterable[Run], jobs: int = 1, engine: str | None = None, timeout: float | None = None
) -> Iterator[tuple[int, YaluError | None]]:
    """Execute all runs, `jobs` side by side; a run that fails does not stop the others.

    Yields the place of each run and its error, in the order in which they end.
    """
    runs = list(runs)
    by_fork = engine_name(engine) == FORK
    done = _forked(runs, jobs, timeout) if by_fork else _in_kernels(runs, jobs, timeout)
    for index, error in done:
        yield (
            index,
            error
            and YaluError(
                *(f"chapter {runs[index].source.stem}: {line}" for line in error.lines),
                exit_code=error.exit_code,
            ),
        )


def _forked(
    runs: list[Run], jobs: int, timeout: float | None
) -> Iterator[tuple[int, YaluError | None]]:
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        made = [Path(folder) / f"{number}.ipynb" for number in range(len(runs))]
        calls = [(run.source, copy, run.parameters) for run, copy in zip(runs, made, strict=True)]
        for index, outcome in warm.each(
            _execute_here, calls, jobs, timeout, lambda index: runs[index].environment()
        ):
            if outcome.error is None:
                write_file(runs[index].target, made[index].read_bytes())
            yield index, outcome.error


def _in_kernels(
    runs: list[Run], jobs: int, timeout: float | None
) -> Iterator[tuple[int, YaluError | None]]:
    workers = min(jobs, len(runs) or 1)
    with ProcessPoolExecutor(workers, initializer=warm.end_with_parent) as pool:
        started = {pool.submit(_execute_kernel, run, timeout): n for n, run in enumerate(runs)}
        for future in as_completed(started):
            lost = isinstance(future.exception(), BrokenProcessPool)
            yield started[future], YaluError("its process died") if lost else future.result()


def _execute_here(source: Path, target: Path, parameters: Mapping[str, Any] | None) -> None:
    """Execute in this process, which is forked for it and ends with it."""
    from helpers.book.engine import NAME

    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        _with_papermill(source, target, parameters, folder, engine_name=NAME)


def _execute_kernel(run: Run, timeout: float | None) -> YaluError | None:
    """Execute with an ordinary kernel; return what failed."""
    os.environ.update(run.environment())
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        made = Path(folder) / "made.ipynb"
        try:
            _with_papermill(
                run.source, made, run.parameters, folder, execution_timeout=timeout,
                kernel_manager_class=kernel_manager(folder),
            )  # fmt: skip
        except YaluError as error:
            return error
        write_file(run.target, made.read_bytes())
    return None


def _with_papermill(
    source: Path, target: Path, parameters: Mapping[str, Any] | None, folder: str, **engine: Any
) -> None:
    import papermill

    copy = Path(folder) / "executed.ipynb"
    try:
        papermill.execute_notebook(
            str(source), str(copy), parameters=dict(parameters or {}), kernel_name="python3",
            language="python", cwd=str(source.parent), progress_bar=False, log_output=False,
            request_save_on_cell_execute=False, **engine,
        )  # fmt: skip
    except papermill.PapermillExecutionError:
        failed = nbformat.read(copy, as_version=4)
        raise YaluError(_failing_cell(failed)) from None
    except (RuntimeError, OSError, ValueError) as error:
        said = " ".join(str(error).split())
        raise YaluError(f"the kernel failed: {said}") from None
    nbformat.write(_without_traces(nbformat.read(copy, as_version=4)), target)


def outputs_about(notebook: nbformat.NotebookNode, kind: str) -> list[dict[str, Any]]:
    """Return what the outputs of an executed notebook say of one kind.

    `kind`: "result", "figure", "chapter", "used" ... as the helpers left it in the metadata.
    """
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get(METADATA, {})
            if kind in about:
                found.append(about[kind] if kind != "chapter" else about)
    return found


def read_results(path: Path) -> dict[str, Any]:
    """Return parameters, named results, figures and used evidence of an executed notebook.

    Raises YaluError where the notebook is no chapter.
    """
    return results_in(nbformat.read(path, as_version=4), path.stem)


def results_in(notebook: nbformat.NotebookNode, name: str) -> dict[str, Any]:
    """Return what `read_results` returns, of a notebook that is read; `name` is its name."""
    begun = outputs_about(notebook, "chapter")
    if not begun:
        raise YaluError(f"chapter {name}: no cell calls begin()")
    return {
        "chapter": begun[-1]["chapter"],
        "parameters": begun[-1]["parameters"],
        "results": {result["key"]: result for result in outputs_about(notebook, "result")},
        "figures": [
            {key: figure[key] for key in ("name", "title", "claims", "sources")}
            for figure in outputs_about(notebook, "figure")
        ],
        "used": (outputs_about(notebook, "used") or [{"claims": [], "sources": []}])[-1],
    }
