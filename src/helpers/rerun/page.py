"""Page of a run: the chapter as one HTML file that opens anywhere."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import yaml

from helpers.book.chart_cache import prerendering
from helpers.book.execute import read_results, write_json
from helpers.book.render import JupyterBook, render
from helpers.book.sphinx.templates import rendered
from helpers.book.stage import RESULTS, USAGE, staged_notebook, usage
from helpers.chapter.parameters import Value
from helpers.chapter.sidecar import sidecar
from helpers.evidence.exclusion import Subset, subset_words
from helpers.rerun.declared import as_typed
from helpers.rerun.onefile import one_file


def _stage(root: Path, chapter: str, notebook: Path, staged: Path) -> None:
    """Lay out a book of this one chapter."""
    (staged / "chapters").mkdir(parents=True)
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    config["sphinx"]["config"] |= {"yalu_figure_png": False}
    (staged / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    toc = f"format: jb-book\nroot: chapters/{chapter}\n"
    (staged / "_toc.yml").write_text(toc, encoding="utf-8")
    write_json(staged / RESULTS / f"{chapter}.json", read_results(notebook))
    nbformat.write(staged_notebook(notebook), staged / "chapters" / f"{chapter}.ipynb")
    if (root / "chapters" / "images").is_dir():
        shutil.copytree(root / "chapters" / "images", staged / "chapters" / "images")
    write_json(staged / USAGE, usage(staged))


def banner(chapter: str, changed: Mapping[str, Value], evidence: Subset) -> str:
    """Return the words, as HTML, that say how a run differs from the published book."""
    declared = sidecar(chapter).parameters
    rows = [
        (declared[name].label, name, as_typed(value), as_typed(declared[name].default))
        for name, value in changed.items()
    ]
    part = subset_words(evidence) if evidence else ""
    return rendered("run_banner.html", changed=rows, evidence=part)


def write_page(
    root: Path, chapter: str, notebook: Path, changed: Mapping[str, Any], evidence: Subset,
    folder: Path, run: JupyterBook,
) -> str:  # fmt: skip
    """Return the page of an executed chapter as one HTML text; `folder` is for its making.

    `changed` and `evidence` say how the run differs from the book.
    `run` is what `render.jupyter_book` gave. Raises YaluError where the page cannot be rendered.
    """
    with prerendering(root, [notebook], every=False):
        _stage(root, chapter, notebook, folder / "stage")
        pages = render(folder / "stage", folder / "rendered", run)
    return one_file(pages / "chapters" / f"{chapter}.html", banner(chapter, changed, evidence))
