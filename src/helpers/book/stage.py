"""Stage the book: executed chapters, scenarios, pages and configuration side by side."""

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import nbformat
import yaml

from helpers.book.execute import as_written, outputs_about, read_results
from helpers.chapter.running import METADATA, parameter_result
from helpers.chapter.sidecar import Scenario, sidecar
from helpers.chapter.wording import claims_named, statements_named
from helpers.config import CONFIG, TOC, read_config
from helpers.errors import YaluError
from helpers.evidence.published import RENAMED, renamed
from helpers.evidence.synonyms import synonyms
from helpers.files import json_text, mirror, write_json
from helpers.inputs import read_mapping, read_notebook, read_text

if TYPE_CHECKING:
    from sphinx_external_toc.api import SiteMap

RESULTS = "results"
USAGE = "usage.json"
# also underlined, or as HTML
_HEADING = re.compile(r"(?m)^ {0,3}#\s+\S|^\s*<h1\b|^[^\s#].*\n=+\s*$")
_HIDING = {"hide-input", "hide-cell", "hide-output", "remove-input", "remove-cell"}


def read_site_map(root: Path) -> "SiteMap":
    """Return the table of contents, in reading order. Raises YaluError where it is not valid."""
    from sphinx_external_toc.parsing import MalformedError, parse_toc_data

    try:
        return parse_toc_data(read_mapping(root / TOC, TOC))
    except (MalformedError, TypeError, AttributeError, KeyError) as error:
        raise YaluError(f"_toc.yml: cannot be read: {' '.join(str(error).split())}") from None


def toc_files(root: Path) -> list[Path]:
    """Return the files that `_toc.yml` lists, in order. Raises YaluError where one is missing."""
    found = []
    for name in read_site_map(root):
        paths = (root / f"{name}{suffix}" for suffix in (".ipynb", ".md", ""))
        there = next(filter(Path.is_file, paths), None)
        if there is None or not there.resolve().is_relative_to(root.resolve()):
            raise YaluError(f"_toc.yml: no file {name}.ipynb or {name}.md in the book")
        found.append(there)
    return found


def check_sources(root: Path) -> None:
    """Read configuration, synonyms, pages, notebooks and sidecars of the book once.

    Raises YaluError, one line a file, where one cannot be read.
    """
    faults = []
    read_config(root)
    synonyms(root)
    for path in toc_files(root):
        name = path.relative_to(root).as_posix()
        try:
            if path.suffix == ".ipynb":
                cells = read_notebook(path, name)["cells"]
                text = "\n".join(c["source"] for c in cells if c["cell_type"] == "markdown")
                sidecar(path.stem)
            else:
                text = read_text(path, name)
            if not _HEADING.search(text):
                faults.append(f"{name}:1: found no heading; allowed: a page that begins with "
                              "# and its title; write one")  # fmt: skip
        except YaluError as error:
            faults += error.lines
    pages = {path.stem for path in toc_files(root)}
    for old, new in renamed(root, "page").items():
        if old in pages or new not in pages:
            faults.append(f"data/{RENAMED}.csv: found the page {old}, now {new}; allowed: a page "
                          "that is gone, and one that is in _toc.yml; mend the row")  # fmt: skip
    if faults:
        raise YaluError(*faults)


def chapter_files(root: Path) -> list[Path]:
    """Return the notebooks of the book in reading order."""
    return [path for path in toc_files(root) if path.suffix == ".ipynb"]


class ScenarioPage(NamedTuple):
    """A scenario that is published as a page below its chapter; `name` is that of the page."""

    chapter: str
    scenario: Scenario
    name: str


def scenario_pages(chapters: list[Path]) -> list[ScenarioPage]:
    """Return the published scenarios of chapters, in reading order."""
    return [
        ScenarioPage(path.stem, scenario, f"{path.stem}-{name}")
        for path in chapters
        for name, scenario in sidecar(path.stem).scenarios.items()
        if scenario.publish
    ]


def as_scenario(notebook: nbformat.NotebookNode, page: ScenarioPage) -> nbformat.NotebookNode:
    """Return a staged chapter as the page of a scenario, with what differs below its title."""
    changed = ""
    for name in page.scenario.parameters:
        declared = sidecar(page.chapter).parameters[name]
        default = parameter_result(name, page.chapter, declared.default).text()
        changed += f"- {declared.label}: {{result}}`{name}`; in the chapter "
        changed += f"{{stated}}`{default}; what the chapter has`\n"
    lead = (
        f"*This is a scenario of* [the chapter above it]({page.chapter}.ipynb)*, not a finding of "
        "the book: the same text and charts, worked out with other parameters.*"
    )
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    _, _, rest = first.source.partition("\n")
    note = page.scenario.note.strip()
    first.source = f"# {page.scenario.title}\n\n{lead} {note}\n\n{changed}{rest}"
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        if figure := output.get("metadata", {}).get(METADATA, {}).get("figure"):
            figure["name"] = page.name + figure["name"].removeprefix(page.chapter)
    return notebook


def toc_with_scenarios(text: str, pages: list[ScenarioPage]) -> str:
    """Return a table of contents with each scenario's page below its chapter."""
    if not pages:
        return text
    toc = yaml.safe_load(text)
    for entry in _toc_entries(toc):
        for page in pages:
            if entry["file"] == f"chapters/{page.chapter}":
                entry.setdefault("sections", []).append({"file": f"chapters/{page.name}"})
    return yaml.safe_dump(toc, sort_keys=False, allow_unicode=True)


def _toc_entries(part: Any) -> list[dict[str, Any]]:
    """Return every entry of a table of contents that names a file."""
    below = part if isinstance(part, list) else part.values() if isinstance(part, dict) else ()
    found = [entry for child in below for entry in _toc_entries(child)]
    return [part, *found] if isinstance(part, dict) and "file" in part else found


def staged_notebook(run: Path) -> nbformat.NotebookNode:
    """Return an executed notebook as jupyter-book is to render it.

    Code is hidden behind toggles, one before each output, save where tags say otherwise: a code
    cell that shows nothing is joined with the code cell that follows it.
    """
    notebook = as_written(nbformat.read(run, as_version=4))
    cells: list[nbformat.NotebookNode] = []
    joins = False  # whether the last of `cells` is joined with code that follows
    for cell in notebook.cells:
        tags = {*cell.metadata.get("tags", [])}
        if cell.cell_type == "code":  # warnings are for those who run it
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
        plain = cell.cell_type == "code" and not tags & _HIDING
        if plain:
            cell.metadata["tags"] = sorted({*tags, "hide-input"})
            shows_nothing = all(map(_is_record, cell.outputs))
            if joins:
                before = cells.pop()
                cell.source = f"{before.source}\n\n{cell.source}"
                cell.outputs = [*before.outputs, *cell.outputs]
        joins = plain and shows_nothing
        cells.append(cell)
    notebook.cells = cells
    return notebook


def _is_record(output: nbformat.NotebookNode) -> bool:
    """Return whether an output is a record for the book, nothing for the reader."""
    about = output.get("metadata", {}).get(METADATA, {})
    return bool(about) and not {"myst", "figure"} & set(about)


def lives_by_scripts(output: nbformat.NotebookNode) -> bool:
    """Return whether an output is nothing without scripts, which pages do not run."""
    data = output.get("data", {})
    if any(re.search(r"javascript|widget-view|bokeh|plotly", kind) for kind in data):
        return True
    kinds = {kind.partition("/")[0] for kind in data}
    has_script = re.search(r"<(?:script|iframe)\b", "".join(data.get("text/html", "")), re.I)
    return bool(has_script) and "image" not in kinds


def _without_scripts(cell: nbformat.NotebookNode, chapter: str) -> None:
    """Put words and a link to the notebook in the place of outputs that live by scripts."""
    for output in filter(lives_by_scripts, cell.get("outputs", [])):
        words = escape("".join(output.data.get("text/plain", "")))[:200]
        link = f'<a href="../kits/{chapter}.zip">its notebook</a>'
        html = (
            f"<p>This output lives by scripts, which the page does not run: see {link}. {words}</p>"
        )
        output.data = nbformat.from_dict({"text/html": html})


def stage(root: Path, executed: Path, target: Path) -> None:
    """Lay out in `target` what jupyter-book renders, from the executed notebooks, and results.

    Raises YaluError, one line a fault, where a headline result breaks a rule (`broken_rules`).
    """
    scenarios = scenario_pages(chapter_files(root))
    toc = toc_with_scenarios((root / TOC).read_text(encoding="utf-8"), scenarios)
    files: dict[Path, bytes | str] = {Path(CONFIG): (root / CONFIG).read_bytes(), Path(TOC): toc}
    for path in [*toc_files(root), *(root / "chapters" / "images").rglob("*")]:
        if path.is_file():
            files[path.relative_to(root)] = path.read_bytes()
    notebooks = {
        path.relative_to(root): staged_notebook(executed / path.name)
        for path in chapter_files(root)
    }
    told = (outputs_about(notebook, "headline_faults") for notebook in notebooks.values())
    if faults := [fault for found in told for faults in found for fault in faults]:
        raise YaluError(*faults)
    for page in scenarios:
        run = executed / f"{page.name}.ipynb"
        notebooks[Path("chapters", run.name)] = as_scenario(staged_notebook(run), page)
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            _without_scripts(cell, name.stem)
        # for a machine to read: without indents it takes a third of the time
        files[name] = nbformat.writes(notebook, indent=None) + "\n"
        files[Path(RESULTS, f"{name.stem}.json")] = json_text(read_results(executed / name.name))
    mirror(files, target)
    write_json(target / USAGE, usage(target))


def usage(staged: Path) -> dict[str, list[str]]:
    """Return for each claim and statement that the staged book uses the names of its pages."""
    pages: dict[str, set[str]] = {}
    for path in (staged / RESULTS).glob("*.json"):
        used = json.loads(path.read_text(encoding="utf-8"))["used"]
        pages[path.stem] = {*used["claims"], *used["statements"]}
    for path in (staged / "chapters").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        pages[path.stem] = claims_named(text) | statements_named(text)
    named = sorted(set().union(*pages.values()))
    return {one: sorted(page for page in pages if one in pages[page]) for one in named}


def first_heading(path: Path) -> str:
    """Return the first heading of a page or a notebook as plain text, or nothing."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        text = path.read_text(encoding="utf-8")
    heads = (line for line in text.splitlines() if line.startswith("# "))
    return next(heads, "").removeprefix("# ").strip()
