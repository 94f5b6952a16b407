"""Execute chapters with papermill and read their named results."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager

from helpers.book import process_pool
from helpers.chapter.figure import PICTURES
from helpers.chapter.running import METADATA, authored, is_summary
from helpers.chapter.wording import answer_sentences, results_named
from helpers.errors import YaluError, shown
from helpers.evidence import trace
from helpers.evidence.trace import VARIABLE
from helpers.files import write_file

_USED = ("claims", "sources", "statements")
FORK, KERNEL = ENGINES = ("fork", "kernel")
INJECTED = "injected-parameters"


def kernel_manager(folder: str) -> type[AsyncKernelManager]:
    """Return a manager whose kernel talks through files in `folder`, not through open ports."""

    class LocalKernelManager(AsyncKernelManager):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            if os.name != "nt":  # Windows has no files of that kind
                self.transport, self.ip = "ipc", str(Path(folder) / "kernel")

        async def _async_launch_kernel(self, kernel_cmd: list[str], **kwargs: Any) -> None:
            """Keep what the kernel's own process says out of the terminal; trace from its start."""
            begin = f"--IPKernelApp.exec_lines=['__import__(\"{trace.__name__}\") and None']"
            with open(os.devnull, "wb") as nowhere:
                options = kwargs | {"stderr": nowhere}
                await super()._async_launch_kernel([*kernel_cmd, begin], **options)

        _launch_kernel = _async_launch_kernel

    return LocalKernelManager


class CellError(YaluError):
    """A cell of a notebook raised an error; `name` is the name of its class, `said` its text."""

    name, said = "", ""


def _cell_error(chapter: str, notebook: nbformat.NotebookNode) -> CellError:
    """Return the error of the first failing cell of an executed notebook."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [(n, cell, output) for n, cell in enumerate(code, start=1) for output in cell.outputs]
    for number, cell, output in outputs:
        if output.output_type == "error":
            first, said = cell.source.strip().splitlines()[0], " ".join(output.evalue.split())
            where = f'chapter {chapter}: code cell {number} ("{first}")'
            error = CellError(f"{where}: {output.ename}: {said}")
            error.name, error.said = output.ename, said
            return error
    return CellError(f"chapter {chapter}: no cell named an error")


@dataclass(frozen=True)
class Execution:
    """One execution: notebook, where it goes, parameters.

    `reads` is a file for the names of what the run has read, see `evidence.trace`. Without
    `pictures` no picture lies beside the specification of a figure.
    """

    source: Path
    target: Path
    parameters: Mapping[str, Any] | None = None
    reads: Path | None = None
    pictures: bool = True


def execute(
    source: Path, target: Path, parameters: Mapping[str, Any] | None = None,
    *, timeout: float | None = None,
) -> None:  # fmt: skip
    """Execute the notebook `source` into `target` with papermill.

    `timeout` is in seconds for each cell. Raises CellError naming chapter, cell and error on
    the first failing cell, YaluError where it cannot be run; `target` is then not written.
    """
    [(_, error)] = execute_many([Execution(source, target, parameters)], timeout=timeout)
    if error:
        raise error


def checked_engine() -> str:
    """Return the engine of YALU_ENGINE, else the fast one. Raises YaluError for an unknown one."""
    engine = os.environ.get("YALU_ENGINE") or FORK
    if engine not in ENGINES:
        said = f"no engine {shown(engine)}; there are {', '.join(ENGINES)}"
        raise YaluError(f"YALU_ENGINE: {said}", exit_code=2)
    return engine


def execute_many(
    executions: Iterable[Execution], jobs: int = 1, timeout: float | None = None
) -> Iterator[tuple[int, YaluError | None]]:
    """Execute all, `jobs` side by side; one that fails does not stop the others.

    The engine is that of YALU_ENGINE, else the fastest here. Yields the index of each execution
    and its error, in the order in which they end. Raises YaluError for an unknown engine.
    """
    engine = checked_engine() if process_pool.has_forkserver() else KERNEL
    calls = [(one, engine, timeout) for one in executions]
    for index, future in process_pool.each(_execute_here, calls, jobs):
        try:
            process_pool.result(future)
        except CellError as error:
            yield index, error
        except YaluError as error:
            name = calls[index][0].source.stem
            yield index, YaluError(*(f"chapter {name}: {line}" for line in error.lines))
        else:
            yield index, None


def _execute_here(execution: Execution, engine: str, timeout: float | None) -> None:
    """Execute a notebook with papermill in this process, which is new and ends with it."""
    import papermill

    os.environ[VARIABLE] = str(execution.reads or "")
    if not execution.pictures:
        os.environ[PICTURES] = "0"
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        if engine == FORK:
            options: dict[str, Any] = {"engine_name": "yalu", "here": True}
        else:
            os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
            options = {"kernel_manager_class": kernel_manager(folder)}
        made = Path(folder) / "executed.ipynb"
        try:
            papermill.execute_notebook(
                *map(_literal, (execution.source, made)),
                parameters=dict(execution.parameters or {}),
                kernel_name="python3", language="python", cwd=str(execution.source.parent),
                progress_bar=False, log_output=False, request_save_on_cell_execute=False,
                execution_timeout=timeout, **options,
            )  # fmt: skip
        except papermill.PapermillExecutionError:
            raise _cell_error(execution.source.stem, nbformat.read(made, as_version=4)) from None
        except (RuntimeError, OSError, ValueError) as error:
            said = " ".join(str(error).split())
            raise YaluError(f"the kernel failed: {said}") from None
        notebook = nbformat.read(made, as_version=4)
        _drop_traces(notebook)
        write_file(execution.target, nbformat.writes(notebook) + "\n")


def _literal(path: Path) -> str:
    """Return a path in which papermill finds no parameter to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _drop_traces(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs from run to run: times, paths, random cell ids."""
    notebook.metadata.pop("papermill", None)
    tag = "papermill-error-cell-tag"
    notebook.cells = [c for c in notebook.cells if tag not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        papermill = cell.metadata.pop("papermill", {})
        cell.metadata.pop("execution", None)
        if INJECTED in cell.metadata.get("tags", []) or papermill.get("status") == "injected":
            cell["id"] = INJECTED


def outputs_about(notebook: nbformat.NotebookNode, kind: str) -> list[dict[str, Any]]:
    """Return what outputs say of one kind of our metadata: "result", "words", "figure" ..."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    found = (output.get("metadata", {}).get(METADATA, {}) for output in outputs)
    return [about[kind] if kind != "chapter" else about for about in found if kind in about]


def with_words(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a notebook with the words of its roles; `as_written` gives back what cells said."""
    words = {cell: text for one in outputs_about(notebook, "prose") for cell, text in one.items()}
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (text := words.get(cell["id"])):
            cell.metadata[METADATA] = {"source": authored(cell), "words": text}
            cell.source = text
    return notebook


def as_written(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a notebook with its Markdown cells as their author wrote them, with roles."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = authored(cell)
            cell.metadata.pop(METADATA, None)
    return notebook


def findings(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the sentences of a chapter's answer: those between its title and its first section."""
    keys = {result["key"] for result in outputs_about(notebook, "result")}
    for cell in with_words(notebook).cells:
        if cell.cell_type == "markdown":
            written = cell.metadata.get(METADATA, {}).get("source", cell.source)
            # how sure an answer is comes of another section, which a run of results alone leaves
            pairs = zip(cell.source.split("\n\n"), written.split("\n\n"), strict=False)
            return answer_sentences("\n\n".join(
                words for words, source in pairs
                if not any(is_summary(key, keys) for key in results_named(source))
            ))  # fmt: skip
        for output in cell.get("outputs", []):
            if METADATA in output.get("metadata", {}) and "text/markdown" in output.get("data", {}):
                return answer_sentences(output.data["text/markdown"])
    return []


def read_results(path: Path) -> dict[str, Any]:
    """Return what `results_in` says of an executed notebook in a file."""
    return results_in(nbformat.read(path, as_version=4), path.stem)


def results_in(notebook: nbformat.NotebookNode, name: str) -> dict[str, Any]:
    """Return what an executed notebook says: parameters, named results, words, findings, figures,
    used evidence.

    Raises YaluError where the notebook, called `name`, is no chapter.
    """
    begun = outputs_about(notebook, "chapter")
    if not begun:
        raise YaluError(f"chapter {name}: no cell makes a Chapter(...)")
    lost = {key: why for one in outputs_about(notebook, "lost") for key, why in one.items()}
    return {
        "chapter": begun[-1]["chapter"],
        "parameters": begun[-1]["parameters"],
        "results": {result["key"]: result for result in outputs_about(notebook, "result")},
        "words": {k: words for one in outputs_about(notebook, "words") for k, words in one.items()},
        "findings": findings(notebook),
        "figures": [
            {key: figure[key] for key in ("name", "title", "claims", "sources")}
            for figure in outputs_about(notebook, "figure")
        ],
        **({"lost": lost} if lost else {}),
        "used": (outputs_about(notebook, "used") or [{kind: [] for kind in _USED}])[-1],
    }
