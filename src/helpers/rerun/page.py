"""Page of a run: the chapter as one HTML file that opens anywhere."""

import shutil
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
import yaml

from helpers.analysis.parameters import Value
from helpers.analysis.sidecar import sidecar
from helpers.book.drawing import drawing
from helpers.book.execute import read_results
from helpers.book.render import JupyterBook, render
from helpers.book.sphinx.markup import tag
from helpers.book.stage import RESULTS, USAGE, staged_notebook, usage
from helpers.config import read_config
from helpers.evidence.subset import Subset, subset_words
from helpers.files import write_json
from helpers.rerun.declared import as_typed
from helpers.rerun.onefile import one_file


def _stage(root: Path, chapter: str, notebook: Path, staged: Path) -> None:
    """Lay out a book of this one chapter."""
    (staged / "chapters").mkdir(parents=True)
    config = read_config(root)
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
    part = (f"It counts a part of the evidence only: {escape(subset_words(evidence))}. Where its "
            "results speak of the register or of all reports, they mean that part; what is left "
            "out may still be cited.")  # fmt: skip
    counted = tag("p", tag("strong", part)) if evidence else ""
    if not changed:
        lead = tag("p", "A run of this chapter with the book’s own parameters.")
        return tag("div", lead + counted, class_="yalu-run")
    items = "".join(
        tag("li", f"{escape(declared[name].label)} ({tag('code', escape(name))}): "
            f"{tag('strong', escape(as_typed(value)))}, in the book "
            f"{escape(as_typed(declared[name].default))}")
        for name, value in changed.items()
    )  # fmt: skip
    lead = "A rerun of this chapter, not the published book. Set otherwise than in the book:"
    return tag("div", tag("p", lead) + tag("ul", items) + counted, class_="yalu-run")


def write_page(
    root: Path, chapter: str, notebook: Path, changed: Mapping[str, Any], evidence: Subset,
    folder: Path, run: JupyterBook,
) -> str:  # fmt: skip
    """Return the page of an executed chapter as one HTML text; `folder` is for its making.

    `changed` and `evidence` say how the run differs from the book.
    `run` is what `render.jupyter_book` gave. Raises YaluError where the page cannot be rendered.
    """
    with drawing(root, [notebook], whole=False):
        _stage(root, chapter, notebook, folder / "stage")
        pages = render(folder / "stage", folder / "rendered", run)
    return one_file(pages / "chapters" / f"{chapter}.html", banner(chapter, changed, evidence))


def pictures(folder: Path) -> list[Path]:
    """Return the pictures of the figures, as SVG, that the making of a page has left."""
    return sorted((folder / "figure-files").rglob("*.svg"))
