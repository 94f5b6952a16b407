"""Execute a chapter with papermill and take its named results out of it."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager

from helpers.analysis.chapter import METADATA
from helpers.errors import YaluError

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


def execute(source: Path, target: Path, parameters: Mapping[str, Any] | None = None) -> None:
    """Execute the notebook `source` into `target` with papermill.

    Raises YaluError naming chapter, cell and error on the first failing cell; `target`
    is then not written.
    """
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    import papermill

    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        copy = Path(folder) / "executed.ipynb"
        try:
            papermill.execute_notebook(
                str(source), str(copy), parameters=dict(parameters or {}),
                kernel_name="python3", language="python", cwd=str(source.parent),
                progress_bar=False, log_output=False, kernel_manager_class=kernel_manager(folder),
            )  # fmt: skip
        except papermill.PapermillExecutionError:
            failed = nbformat.read(copy, as_version=4)
            raise YaluError(f"chapter {source.stem}: {_failing_cell(failed)}") from None
        except (RuntimeError, OSError, ValueError) as error:
            said = " ".join(str(error).split())
            raise YaluError(f"chapter {source.stem}: the kernel failed: {said}") from None
        notebook = _without_traces(nbformat.read(copy, as_version=4))
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


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
    """Return parameters, named results, figures and used evidence of an executed notebook."""
    notebook = nbformat.read(path, as_version=4)
    begun = outputs_about(notebook, "chapter")
    if not begun:
        raise YaluError(f"chapter {path.stem}: no cell calls begin()")
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


def write_json(path: Path, content: Any) -> None:
    """Write JSON in the house form: sorted, indented, UTF-8, a newline at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
