"""Execute chapters with papermill and read their named results."""

import json
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil  # type: ignore[import-untyped]
from jupyter_client.manager import AsyncKernelManager

from helpers.book import process_pool
from helpers.chapter.figure import PICTURES
from helpers.chapter.running import METADATA, authored, is_summary
from helpers.chapter.wording import answer_sentences, results_named
from helpers.config import CONFIG, read_config
from helpers.errors import YaluError, shown
from helpers.evidence import trace
from helpers.evidence.trace import VARIABLE
from helpers.files import write_file
from helpers.paths import book_root

_USED = ("claims", "sources", "statements")
# the file to which the cells that have ended are written, a line each
ENDED = "YALU_ENDED"
FORK, KERNEL = ENGINES = ("fork", "kernel")
INJECTED = "injected-parameters"
# has exit() and quit() fail in their cell as sys.exit() does; IPython's end the kernel later
EXIT = (
    "[names.update(dict.fromkeys(('exit', 'quit'), __import__('sys').exit)) for names in "
    "(get_ipython().user_ns, get_ipython().user_ns_hidden)] and None"
)
# for a cell, where the book sets no other limit
MOST_SECONDS = 600


def kernel_manager(folder: str) -> type[AsyncKernelManager]:
    """Return a manager whose kernel talks through files in `folder`, not through open ports."""

    class LocalKernelManager(AsyncKernelManager):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            if os.name != "nt":  # Windows has no files of that kind
                self.transport, self.ip = "ipc", str(Path(folder) / "kernel")

        async def _async_launch_kernel(self, kernel_cmd: list[str], **kwargs: Any) -> None:
            """Keep what the kernel's own process says out of the terminal; trace from its start."""
            trace_it = f'__import__("{trace.__name__}") and None'
            begin = f"--IPKernelApp.exec_lines={[trace_it, EXIT]}"
            with open(os.devnull, "wb") as nowhere:
                options = kwargs | {"stderr": nowhere}
                await super()._async_launch_kernel([*kernel_cmd, begin], **options)

        _launch_kernel = _async_launch_kernel

    return LocalKernelManager


class CellError(YaluError):
    """A cell of a notebook raised an error; `name` is the name of its class, `said` its text."""

    name, said = "", ""


def _cell_error(chapter: str, notebook: nbformat.NotebookNode) -> CellError | None:
    """Return the error of the first cell of an executed notebook that failed."""
    for at, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                said = " ".join(output.evalue.split())
                where = f"chapter {chapter}: {_place(notebook, at)}: {output.ename}"
                error = CellError(": ".join(filter(None, [where, said])))
                error.name, error.said = output.ename, said
                return error
    return None


def _place(notebook: nbformat.NotebookNode, at: int) -> str:
    """Return the words for the first code cell from `at` on, as the source notebook counts them."""
    own = [not _is_injected(cell) and cell.cell_type == "code" for cell in notebook.cells]
    if at == len(own):
        return "after its last cell"
    if _is_injected(notebook.cells[at]):
        return "the cell of the given parameters"
    at = own.index(True, at) if True in own[at:] else at
    lines = [line for line in notebook.cells[at].source.splitlines() if line.strip()]
    first = next((line for line in lines if line.lstrip()[0] != "#"), "".join(lines[:1])).strip()
    return f'code cell {sum(own[: at + 1])} ("{first}")'


def _is_injected(cell: nbformat.NotebookNode) -> bool:
    return INJECTED in cell.metadata.get("tags", [])


def _as_it_died(one: "Execution", ended: Path) -> nbformat.NotebookNode:
    """Return a notebook whose process died, with the outputs of the cells that had ended."""
    cells = [nbformat.from_dict(json.loads(line)) for line in
             ended.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")
             ] if ended.is_file() else []  # fmt: skip
    notebook = nbformat.read(one.source, as_version=4)
    left = notebook.cells[sum(not _is_injected(cell) for cell in cells) :]
    for cell in (cell for cell in left if cell.cell_type == "code"):
        cell.outputs, cell.execution_count = [], None
    notebook.cells = cells + left
    notebook.metadata["ended"] = len(cells)
    return notebook


@dataclass(frozen=True)
class Execution:
    """One execution: notebook, where it goes, parameters.

    `reads` is a file for the names of what the run has read, see `evidence.trace`. `failed` is
    the notebook that a run leaves which does not come to its end, with what it has shown. Without
    `pictures` no picture lies beside the specification of a figure.
    """

    source: Path
    target: Path
    parameters: Mapping[str, Any] | None = None
    reads: Path | None = None
    pictures: bool = True
    failed: Path | None = None


def execute(
    source: Path, target: Path, parameters: Mapping[str, Any] | None = None,
    *, timeout: float | None = None, engine: str | None = None,
) -> None:  # fmt: skip
    """Execute the notebook `source` into `target` with papermill.

    `timeout` and `engine` as for `execute_many`. Raises CellError naming chapter, cell and error on
    the first failing cell, YaluError where it cannot be run; `target` is then not written.
    """
    [(_, error)] = execute_many([Execution(source, target, parameters)], 1, timeout, engine)
    if error:
        raise error


def checked_engine(engine: str | None = None) -> str:
    """Return the engine of YALU_ENGINE, else the fast one. Raises YaluError for an unknown one."""
    engine = engine or os.environ.get("YALU_ENGINE") or FORK
    if engine not in ENGINES:
        said = f"no engine {shown(engine)}; there are {', '.join(ENGINES)}"
        raise YaluError(f"YALU_ENGINE: {said}", exit_code=2)
    return engine


def execute_many(
    executions: Iterable[Execution], jobs: int = 1, timeout: float | None = None,
    engine: str | None = None,
) -> Iterator[tuple[int, YaluError | None]]:  # fmt: skip
    """Execute all, `jobs` side by side; one that fails does not stop the others.

    `timeout` is in seconds for each cell, else as `execute: timeout` in `_config.yml` has it. The
    engine is that of YALU_ENGINE, else the fastest here. Yields the index of each execution and
    its error, in the order in which they end. Raises YaluError for an unknown engine.
    """
    engine = checked_engine(engine) if process_pool.has_forkserver() else KERNEL
    timeout = timeout or cell_seconds()
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        calls = [(one, engine, timeout, Path(folder, str(n))) for n, one in enumerate(executions)]
        for index, future in process_pool.each(_execute_here, calls, jobs):
            one, ended = calls[index][0], calls[index][-1]
            try:
                process_pool.result(future)
            except CellError as error:
                yield index, error
            except YaluError as error:
                where, lines = f"chapter {one.source.stem}: ", error.lines
                if ended.is_file():  # a cell had begun
                    notebook = _as_it_died(one, ended)
                    if one.failed:
                        write_file(one.failed, nbformat.writes(notebook) + "\n")
                    where += f"{_place(notebook, notebook.metadata['ended'])}: "
                    if (
                        "process died" in str(error)
                        and time.time() - ended.stat().st_mtime > timeout
                    ):
                        lines = [f"took more than {timeout:g} s and was ended"]
                yield index, YaluError(*(where + line for line in lines))
            else:
                yield index, None


def cell_seconds() -> float:
    """Return the most seconds that a cell may take: `execute: timeout` of `_config.yml`.

    Raises YaluError where it is no number above zero.
    """
    seconds = (read_config(book_root()).get("execute") or {}).get("timeout", MOST_SECONDS)
    if not isinstance(seconds, int | float) or not 0 < seconds < 1e6:
        raise YaluError(
            f"{CONFIG}: execute: timeout: found {shown(str(seconds))}; allowed: seconds for a cell"
        )
    return seconds


def _execute_here(execution: Execution, engine: str, timeout: float, ended: Path) -> None:
    """Execute a notebook with papermill in this process, which is new and ends with it."""
    import altair
    import papermill
    from nbclient.exceptions import CellTimeoutError

    os.environ[VARIABLE] = str(execution.reads or "")
    os.environ[ENDED] = str(ended)
    if not execution.pictures:
        os.environ[PICTURES] = "0"
        # a chart is validated once, when it is written
        altair.utils.schemapi.disable_debug_mode()
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
                progress_bar=False, log_output=False, request_save_on_cell_execute=engine == KERNEL,
                execution_timeout=timeout, **options,
            )  # fmt: skip
        except papermill.PapermillExecutionError:
            pass  # the notebook tells; also of exit(), which papermill lets pass
        except (RuntimeError, OSError, ValueError) as error:
            if engine == KERNEL and made.is_file():
                cells = nbformat.read(made, as_version=4).cells
                begun = [cell for cell in cells if cell.metadata.papermill.end_time]
                write_file(ended, "".join(json.dumps(cell) + "\n" for cell in begun[:-1]))
            said = f"the kernel failed: {' '.join(str(error).split())}"
            if isinstance(error, CellTimeoutError):
                said = f"took more than {timeout:g} s and was ended"
            raise YaluError(said) from None
        finally:
            left = psutil.Process().children(recursive=True)
            for child in left:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            psutil.wait_procs(left, timeout=3)
        notebook = nbformat.read(made, as_version=4)
        _drop_traces(notebook)
        failed = _cell_error(execution.source.stem, notebook)
        if target := execution.failed if failed else execution.target:
            write_file(target, nbformat.writes(notebook) + "\n")
        if failed:
            raise failed


def _literal(path: Path) -> str:
    """Return a path in which papermill finds no parameter to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


# of a cell's code, of packages, and of a thing in memory; looked for once a word, which may be long
_PLACES = re.compile(
    r"(?<![^\s'\"(])[^\s'\"(]*[/\\](?:ipykernel_\d+[/\\](\d+)\.py|(?:site|dist)-packages[/\\])|"
    r"(?<=[\w>)\]]) at 0x[0-9a-fA-F]{6,}(?=>)"
)


def _drop_traces(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs from run to run: times, paths of this machine, random cell ids."""
    notebook.metadata.pop("papermill", None)
    tag, root = "papermill-error-cell-tag", f"{book_root()}{os.sep}"
    notebook.cells = [c for c in notebook.cells if tag not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        papermill = cell.metadata.pop("papermill", {})
        cell.metadata.pop("execution", None)
        if _is_injected(cell) or papermill.get("status") == "injected":
            cell["id"] = INJECTED
        for output in cell.get("outputs", []):
            texts, key = (
                (output, "text") if "text" in output else (output.get("data"), "text/plain")
            )
            if texts and isinstance(texts.get(key), str):
                plain = _PLACES.sub(lambda m: "<cell>" * bool(m[1]), texts[key])
                texts[key] = plain.replace(root, "")


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
