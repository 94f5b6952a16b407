"""Stage the book: executed chapters, pages and configuration side by side."""

import json
import shutil
from pathlib import Path

import nbformat
import yaml
from sphinx_external_toc.api import FileItem, SiteMap
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from helpers.book.execute import as_written, read_results, write_json
from helpers.book.scenarios import as_scenario, scenario_pages, toc_with_scenarios
from helpers.chapter.results import METADATA
from helpers.chapter.role_text import claims_named
from helpers.errors import YaluError

RESULTS = "results"
USAGE = "usage.json"
_HIDING = {"hide-input", "hide-cell", "hide-output", "remove-input", "remove-cell"}


def read_site_map(root: Path) -> SiteMap:
    """Return the table of contents. Raises YaluError where it cannot be read."""
    try:
        return parse_toc_yaml(root / "_toc.yml")
    except (OSError, yaml.YAMLError, MalformedError) as error:
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
    """Lay out in `target` what jupyter-book renders.

    `executed` holds the executed notebooks by name. Results go to `target`/results.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copyfile(root / "_config.yml", target / "_config.yml")
    scenarios = scenario_pages(chapter_files(root))
    toc = toc_with_scenarios((root / "_toc.yml").read_text(encoding="utf-8"), scenarios)
    (target / "_toc.yml").write_text(toc, encoding="utf-8")
    for page in toc_files(root):
        copy = target / page.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if page.suffix != ".ipynb":
            shutil.copyfile(page, copy)
            continue
        run = executed / page.name
        write_json(target / RESULTS / f"{page.stem}.json", read_results(run))
        _write(staged_notebook(run), copy)
    for page_of in scenarios:
        run = executed / f"{page_of.name}.ipynb"
        write_json(target / RESULTS / f"{page_of.name}.json", read_results(run))
        _write(as_scenario(staged_notebook(run), page_of), target / "chapters" / run.name)
    if (root / "chapters" / "images").is_dir():
        shutil.copytree(root / "chapters" / "images", target / "chapters" / "images")
    write_json(target / USAGE, usage(target))


def _write(notebook: nbformat.NotebookNode, target: Path) -> None:
    """Write a notebook for a machine to read: without indents it takes a third of the time."""
    nbformat.write(notebook, target, indent=None)


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
