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


def as_scenario(notebook: nbformat.NotebookNode, page: ScenarioPage) -> nbformat.NotebookNode:
    """Return the staged notebook of a chapter as the page of a scenario.

    Below its title it says that it is a scenario, and what differs; its figures get addresses
    of their own, since those of the chapter are taken.
    """
    changes = []
    for name in page.scenario.parameters:
        declared = sidecar(page.chapter).parameters[name]
        chapters = parameter_result(name, page.chapter, declared.default).text()
        changes.append(
            f"- {declared.label}: {{result}}`{name}`; in the chapter "
            f"{{stated}}`{chapters}; what the chapter has`"
        )
    lead = (
        f"*This is a scenario of* [the chapter above it]({page.chapter}.ipynb)*, not a finding of "
        "the book: the same text and charts, worked out with other parameters.* "
        f"{page.scenario.note.strip()}"
    )
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    _, _, rest = first.source.partition("\n")
    first.source = "\n".join([f"# {page.scenario.title}", "", lead, "", *changes, rest])
    for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
        if figure := output.get("metadata", {}).get(METADATA, {}).get("figure"):
            figure["name"] = page.name + figure["name"].removeprefix(page.chapter)
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
