"""Reading: what one executed chapter says, ready to be held against another."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import nbformat

from helpers.book.execute import results_in, with_words
from helpers.chapter.results import METADATA, Result

FINDINGS = "## What we found"
_ROLE_OR_MARK = re.compile(r"\*\*|`")
_SENTENCE = re.compile(r"(?<=[.!?])[\s]+(?=[A-Z“‘])")


@dataclass(frozen=True)
class Reading:
    """Parameters, results and sentences of one run of a chapter; `name` says which run."""

    name: str
    chapter: str
    parameters: dict[str, Any]
    results: dict[str, Result]
    findings: tuple[str, ...]


def _sentences(markdown: str) -> list[str]:
    blocks = re.split(r"\n\s*\n|\n(?=[-*] )", markdown.strip())
    plain = [_ROLE_OR_MARK.sub("", " ".join(block.split())).removeprefix("- ") for block in blocks]
    return [sentence for block in plain for sentence in _SENTENCE.split(block) if sentence]


def _shown(cell: nbformat.NotebookNode) -> list[str]:
    if cell.cell_type == "markdown":
        return [cell.source]
    ours = [o for o in cell.get("outputs", []) if METADATA in o.get("metadata", {})]
    return [o.data["text/markdown"] for o in ours if "text/markdown" in o.get("data", {})]


def findings(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the sentences that a chapter shows under "What we found"."""
    text = "\n\n".join(part for cell in with_words(notebook).cells for part in _shown(cell))
    _, _, after = text.partition(FINDINGS)
    return _sentences(re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0])


def _result(entry: dict[str, Any]) -> Result:
    """Return a result; a commit of another time may know fields that we do not, or fewer."""
    known = {field.name for field in fields(Result)}
    return Result(**{key: value for key, value in entry.items() if key in known})


def read_run(name: str, path: Path) -> Reading:
    """Return what the executed notebook at `path` says."""
    notebook = nbformat.read(path, as_version=4)
    run = results_in(notebook, path.stem)
    results = {key: _result(entry) for key, entry in run["results"].items()}
    return Reading(name, run["chapter"], run["parameters"], results, tuple(findings(notebook)))
