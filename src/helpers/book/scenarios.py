"""Scenario pages: the scenarios that a chapter's sidecar publishes, each a page below it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml

from helpers.chapter.results import METADATA, parameter_result
from helpers.chapter.sidecar import Scenario, sidecar


@dataclass(frozen=True)
class ScenarioPage:
    """A published scenario: its chapter, its declaration and the name of its page."""

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


def _change(page: ScenarioPage, name: str) -> str:
    declared = sidecar(page.chapter).parameters[name]
    chapters = parameter_result(name, page.chapter, declared.default).text()
    reason = "what the chapter has"
    return (
        f"- {declared.label}: {{result}}`{name}`; in the chapter {{stated}}`{chapters}; {reason}`"
    )


def _lead(page: ScenarioPage) -> str:
    """Return the words below the title: that it is a scenario, and what differs."""
    changes = "\n".join(_change(page, name) for name in page.scenario.parameters)
    lead = (
        f"*This is a scenario of* [the chapter above it]({page.chapter}.ipynb)*, not a finding of "
        "the book: the same text and charts, worked out with other parameters.*"
    )
    return f"{lead} {page.scenario.note.strip()}\n\n{changes}"


def _rename_figures(notebook: nbformat.NotebookNode, page: ScenarioPage) -> None:
    """Give the figures addresses of their own: the chapter's are taken."""
    for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
        figure = output.get("metadata", {}).get(METADATA, {}).get("figure")
        if figure:
            figure["name"] = page.name + figure["name"].removeprefix(page.chapter)


def as_scenario(notebook: nbformat.NotebookNode, page: ScenarioPage) -> nbformat.NotebookNode:
    """Return the staged notebook of a chapter as the page of a scenario."""
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    _, _, rest = first.source.partition("\n")
    first.source = f"# {page.scenario.title}\n\n{_lead(page)}\n{rest}"
    _rename_figures(notebook, page)
    return notebook


def toc_with_scenarios(text: str, pages: list[ScenarioPage]) -> str:
    """Return a table of contents with each scenario's page below its chapter."""
    if not pages:
        return text
    toc = yaml.safe_load(text)
    for entry in _entries(toc):
        below = [page for page in pages if entry.get("file") == f"chapters/{page.chapter}"]
        if below:
            added = [{"file": f"chapters/{page.name}"} for page in below]
            entry["sections"] = [*entry.get("sections", []), *added]
    return yaml.safe_dump(toc, sort_keys=False, allow_unicode=True)


def _entries(part: Any) -> list[dict[str, Any]]:
    """Return every entry of a table of contents that names a file."""
    if isinstance(part, list):
        return [entry for child in part for entry in _entries(child)]
    if not isinstance(part, dict):
        return []
    below = [entry for value in part.values() for entry in _entries(value)]
    return [part, *below] if "file" in part else below
