"""Stage the book: executed chapters, pages and configuration side by side."""

import json
from pathlib import Path

import nbformat
from sphinx_external_toc.api import FileItem, SiteMap
from sphinx_external_toc.parsing import MalformedError, parse_toc_data

from helpers.book.execute import as_written, read_results
from helpers.book.scenarios import as_scenario, scenario_pages, toc_with_scenarios
from helpers.chapter.results import METADATA
from helpers.chapter.role_text import claims_named
from helpers.config import CONFIG, TOC, read_mapping
from helpers.errors import YaluError
from helpers.files import json_text, mirror, write_json

RESULTS = "results"
USAGE = "usage.json"
_HIDING = {"hide-input", "hide-cell", "hide-output", "remove-input", "remove-cell"}


def read_site_map(root: Path) -> SiteMap:
    """Return the table of contents. Raises YaluError where it cannot be read."""
    try:
        return parse_toc_data(read_mapping(root, TOC))
    except MalformedError as error:
        raise YaluError(f"_toc.yml: cannot be read: {' '.join(str(error).split())}") from None


def toc_files(root: Path) -> list[Path]:
    """Return the files that `_toc.yml` lists, in reading order.

    Raises YaluError where the table of contents cannot be read or names a missing file.
    """
    site_map = read_site_map(root)
    return [_toc_file(root, name) for name in _reading_order(site_map, site_map.root.docname)]


def _reading_order(site_map: SiteMap, name: str) -> list[str]:
    parts = site_map[name].subtrees
    below = [str(item) for part in parts for item in part.items if isinstance(item, FileItem)]
    return [name, *(page for child in below for page in _reading_order(site_map, child))]


def _toc_file(root: Path, name: str) -> Path:
    for suffix in (".ipynb", ".md", ""):
        path = root / f"{name}{suffix}"
        if path.is_file():
            return path
    raise YaluError(f"_toc.yml: no file {name}.ipynb or {name}.md")


def chapter_files(root: Path) -> list[Path]:
    """Return the notebooks of the book in reading order."""
    return [path for path in toc_files(root) if path.suffix == ".ipynb"]


def _shows_nothing(cell: nbformat.NotebookNode) -> bool:
    """Return whether a code cell's outputs are all records for the book, none for the reader."""
    kept = [output.get("metadata", {}).get(METADATA, {}) for output in cell.outputs]
    return all(about and not {"myst", "figure"} & set(about) for about in kept)


def _joins(before: nbformat.NotebookNode, cell: nbformat.NotebookNode) -> bool:
    both_code = before.cell_type == cell.cell_type == "code"
    return both_code and not _hiding(before) and not _hiding(cell) and _shows_nothing(before)


def _merged(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join code cells that show nothing with the code cell that follows, for one toggle."""
    merged: list[nbformat.NotebookNode] = []
    for cell in cells:
        if merged and _joins(merged[-1], cell):
            before = merged.pop()
            cell.source = f"{before.source}\n\n{cell.source}"
            cell.outputs = [*before.outputs, *cell.outputs]
        merged.append(cell)
    return merged


def _hiding(cell: nbformat.NotebookNode) -> bool:
    return bool(set(cell.metadata.get("tags", [])) & _HIDING)


def staged_notebook(run: Path) -> nbformat.NotebookNode:
    """Return an executed notebook as jupyter-book is to render it."""
    return _with_toggles(as_written(nbformat.read(run, as_version=4)))


def _with_toggles(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Hide the code behind toggles, one before each output, save where tags say otherwise."""
    notebook.cells = _merged(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code" and not _hiding(cell):
            cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "hide-input"})
    return notebook


def stage(root: Path, executed: Path, target: Path) -> None:
    """Lay out in `target` what jupyter-book renders; files that are the same are left alone.

    `executed` holds the executed notebooks by name. Results go to `target`/results.
    """
    scenarios = scenario_pages(chapter_files(root))
    toc = toc_with_scenarios((root / TOC).read_text(encoding="utf-8"), scenarios)
    files: dict[Path, bytes | str] = {
        Path(CONFIG): (root / CONFIG).read_bytes(),
        Path(TOC): toc,
    }
    for page in toc_files(root):
        name = page.relative_to(root)
        files[name] = page.read_bytes()
        if page.suffix == ".ipynb":
            run = executed / page.name
            files[Path(RESULTS, f"{page.stem}.json")] = json_text(read_results(run))
            files[name] = _text(staged_notebook(run))
    for scenario in scenarios:
        run = executed / f"{scenario.name}.ipynb"
        files[Path(RESULTS, f"{scenario.name}.json")] = json_text(read_results(run))
        files[Path("chapters", run.name)] = _text(as_scenario(staged_notebook(run), scenario))
    for image in (root / "chapters" / "images").rglob("*"):
        if image.is_file():
            files[image.relative_to(root)] = image.read_bytes()
    mirror(files, target)
    write_json(target / USAGE, usage(target))


def _text(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook for a machine to read: without indents it takes a third of the time."""
    return nbformat.writes(notebook, indent=None) + "\n"


def usage(staged: Path) -> dict[str, list[str]]:
    """Return for each claim that the staged book uses the names of the pages that use it."""
    pages: dict[str, set[str]] = {}
    for path in sorted((staged / RESULTS).glob("*.json")):
        run = json.loads(path.read_text(encoding="utf-8"))
        pages[path.stem] = set(run["used"]["claims"])
    for path in sorted((staged / "chapters").glob("*.md")):
        pages[path.stem] = claims_named(path.read_text(encoding="utf-8"))
    used = sorted(set().union(*pages.values()))
    return {claim: sorted(page for page in pages if claim in pages[page]) for claim in used}


def first_heading(path: Path) -> str:
    """Return the first heading of a page or a notebook as plain text, or nothing."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    heads = (line for line in text.splitlines() if line.startswith("# "))
    return next(heads, "").removeprefix("# ").strip()
