"""Files of a figure: its data, its pictures to post elsewhere, its specification, its script."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers.book import chart_cache
from helpers.book.sphinx.figures.data import Part, csv_text, tables
from helpers.book.sphinx.figures.pictures import metadata, poster
from helpers.book.sphinx.figures.provenance import ADDED, MOST_ADDRESSES, Provenance, provenance
from helpers.book.sphinx.figures.svg import NARROW_LEGEND, WIDTHS, fitted, inner_width, sized
from helpers.chapter.figure import IDS, VEGALITE
from helpers.chapter.running import METADATA
from helpers.chapter.wording import source_words
from helpers.evidence.csv_tables import for_readers

FOLDER = "figures"
SHOWN_SOURCES = 6
KINDS = {"csv": "CSV", "svg": "SVG", "png": "PNG", "json": "Spec"}
# pixels of a PNG to the unit: wide enough for a post
_SCALE = 1.7


def files_folder(env: BuildEnvironment) -> Path:
    """Return where the files of figures lie until Sphinx copies them into the book."""
    return Path(env.srcdir).parent / "figure-files" / FOLDER


def write_files(
    folder: Path, spec: dict[str, Any], about: dict[str, Any], parts: list[Part], book: str
) -> list[Path]:
    """Write the files of a figure into `folder`, named after it; return them and its PNG.

    `book` is the book's title, which the picture gives. The PNG, which is in no page's way, is
    rendered at the end; that of an earlier build is dropped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    origins = provenance(spec, about, book)
    title, foot = about["plain"]["title"], _foot_lines(about, origins)
    papers = origins.papers | {"licence address": origins.licence_address}
    # the specification as readers may take it: fitted, described, with its papers
    published = sized(spec, "wide", inner_width(spec, "wide")) | {
        "title": spec["title"],
        "description": about["description"],
        "usermeta": {"yalu": {"name": about["name"], "note": foot} | papers},
    }
    content = {
        "spec": {key: value for key, value in spec.items() if key != "title"},
        "widths": {kind: inner_width(spec, kind) for kind in WIDTHS},
        "legend": NARROW_LEGEND,
        # what the page needs to read the same tables from the live chart
        "tables": [{k: v for k, v in asdict(part).items() if k != "rows"} for part in parts],
        "origins": _origins(origins),
        "title": title,
        "foot": foot,
        "metadata": metadata(origins),
    }
    live = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    texts = {
        "csv": csv_text(parts, origins),
        "json": json.dumps(published, indent=1) + "\n",
        "svg": _poster(spec, about, origins),
        # the page cannot fetch a file from a disk, but load a script
        "js": f"window.yalu.chart({json.dumps(about['name'])}, {live});\n",
    }
    files = {kind: folder / f"{about['name']}.{kind}" for kind in (*texts, "png")}
    for kind, text in texts.items():
        data = text.encode()
        files[kind].write_bytes(for_readers(data) if kind == "csv" else data)
    files["png"].unlink(missing_ok=True)
    return list(files.values())


def _poster(spec: dict[str, Any], about: dict[str, Any], origins: Provenance) -> str:
    """Return the picture of a figure as SVG."""
    chart, title, papers = fitted(spec, "wide"), about["plain"]["title"], metadata(origins)
    return poster(chart, title, _foot_lines(about, origins), papers)


def _origins(origins: Provenance) -> dict[str, Any]:
    """Return what figures.js needs to add the same columns as `Provenance.cells`."""
    shared = ("claims", "sources", "address", "register", "documents", "outlets")
    papers = list(origins.papers.items())
    more = {"ids": IDS, "added": ADDED, "most": MOST_ADDRESSES, "papers": papers}
    return {name: getattr(origins, name) for name in shared} | more


def notebook_figures(
    notebook: nbformat.NotebookNode,
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the specification of each figure of an executed notebook, and what it is about."""
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        if about := output.get("metadata", {}).get(METADATA, {}).get("figure"):
            yield output.data[VEGALITE], about


def write_notebook_files(notebook: nbformat.NotebookNode, folder: Path, book: str) -> None:
    """Write the files of the figures of an executed notebook, those of the site without scripts."""
    for spec, about in notebook_figures(notebook):
        write_files(folder, spec, about, tables(spec), book)
        (folder / f"{about['name']}.js").unlink()


def _foot_lines(about: dict[str, Any], origins: Provenance) -> list[str]:
    """Return the lines under a figure that leaves the book: note, sources, credit."""
    shown = [source_words(source_id) for source_id in about["sources"]]
    rest = len(shown) - SHOWN_SOURCES
    more = [f"{rest} more, listed in the chapter"] if rest > 0 else []
    sources = f"Sources: {'; '.join([*shown[:SHOWN_SOURCES], *more])}."
    return [line for line in (about["plain"]["note"], sources, origins.credit) if line]


def note_files(env: BuildEnvironment, paths: list[Path]) -> None:
    """Note the files of a figure of the page that is being read: they go when it is read again."""
    noted: dict[str, list[Path]] = env.__dict__.setdefault("yalu_figure_files", {})
    noted.setdefault(env.docname, []).extend(paths)


def _drop_files(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for path in getattr(env, "yalu_figure_files", {}).pop(docname, ()):
        path.unlink(missing_ok=True)


def _add_files(app: Sphinx) -> None:
    """Have the files copied into the built book, those of the last time too; not into an e-book."""
    folder = files_folder(app.env)
    if app.builder.name == "html":
        if not app.env.all_docs:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        app.config.html_static_path += [str(folder.parent)]


def _add_pixels(app: Sphinx, error: Exception | None) -> None:
    """Render each PNG that is missing, and put it beside the other files in the built book."""
    if error or app.builder.name != "html" or not app.config.yalu_figure_png:
        return
    folder, pages = files_folder(app.env), Path(app.outdir) / "_static" / FOLDER
    for svg in sorted(folder.glob("*.svg")):
        png = svg.with_suffix(".png")
        if not png.exists():
            png.write_bytes(chart_cache.png(svg.read_text(encoding="utf-8"), _SCALE))
            shutil.copyfile(png, pages / png.name)


def setup(app: Sphinx) -> None:
    """Put the files of figures into the built book."""
    app.add_config_value("yalu_figure_png", True, "env")
    app.connect("builder-inited", _add_files)
    app.connect("env-purge-doc", _drop_files)
    app.connect("build-finished", _add_pixels)
