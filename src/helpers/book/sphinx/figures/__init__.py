"""Files of a figure: its data, its pictures to post elsewhere, its specification, its script."""

import json
import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers.book import chart_cache
from helpers.book.sphinx.figures.data import Part, csv_text, tables
from helpers.book.sphinx.figures.svg import NARROW_LEGEND, WIDTHS, fitted, inner_width, sized
from helpers.book.sphinx.html import rendered
from helpers.chapter.figure import VEGALITE, WIDE
from helpers.chapter.running import METADATA
from helpers.chapter.wording import source_words

FOLDER = "figures"
SHOWN_SOURCES = 6
KINDS = {"csv": "CSV", "svg": "SVG", "png": "PNG", "json": "Spec"}
_EDGE = 14
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')


def files_folder(env: BuildEnvironment) -> Path:
    """Return where the files of figures lie until Sphinx copies them into the book."""
    return Path(env.srcdir).parent / "figure-files" / FOLDER


def write_files(
    folder: Path, spec: dict[str, Any], about: dict[str, Any], parts: list[Part], book: str
) -> list[Path]:
    """Write the files of a figure into `folder`, named after it; return them and its PNG.

    `book` is the book's title, which the pictures give. The PNG, which takes long and is
    in no page's way, is rendered at the end; that of an earlier build is dropped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    title, foot = about["plain"]["title"], _foot_lines(about, book)
    # the specification as readers may take it: fitted, described, with its papers
    published = sized(spec, "wide", inner_width(spec, "wide")) | {
        "title": spec["title"],
        "description": about["description"],
        "usermeta": {"yalu": {"figure": about["name"], "note": foot}},
    }
    content = {
        "spec": {key: value for key, value in spec.items() if key != "title"},
        "widths": {kind: inner_width(spec, kind) for kind in WIDTHS},
        "legend": NARROW_LEGEND,
        # what the page needs to read the same tables from the live chart
        "tables": [{k: v for k, v in asdict(part).items() if k != "rows"} for part in parts],
        "title": title,
        "foot": foot,
    }
    live = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    texts = {
        "csv": csv_text(parts),
        "json": json.dumps(published, indent=1) + "\n",
        "svg": poster(fitted(spec, "wide"), title, foot),
        # the page cannot fetch a file from a disk, but load a script
        "js": f"window.yalu.chart({json.dumps(about['name'])}, {live});\n",
    }
    files = {kind: folder / f"{about['name']}.{kind}" for kind in (*texts, "png")}
    for kind, text in texts.items():
        files[kind].write_text(text, encoding="utf-8", newline="")
    files["png"].unlink(missing_ok=True)
    return list(files.values())


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


def render_svgs(spec: dict[str, Any]) -> None:
    """Render the SVGs and the tables of a figure into the chart cache."""
    for kind in WIDTHS:
        fitted(spec, kind)
    tables(spec)


def render_png(spec: dict[str, Any], about: dict[str, Any], book: str) -> None:
    """Render the PNG of a figure into the chart cache."""
    picture = poster(fitted(spec, "wide"), about["plain"]["title"], _foot_lines(about, book))
    chart_cache.png(picture, 2)


def _foot_lines(about: dict[str, Any], book: str) -> list[str]:
    """Return the lines under a figure that leaves the book: note, sources, where it is from."""
    shown = [source_words(source_id) for source_id in about["sources"]]
    rest = len(shown) - SHOWN_SOURCES
    more = [f"{rest} more, listed in the chapter"] if rest > 0 else []
    sources = f"Sources: {'; '.join([*shown[:SHOWN_SOURCES], *more])}."
    credit = f"Chart: {book}, chapter “{about['plain']['chapter']}”."
    return [line for line in (about["plain"]["note"], sources, credit) if line]


def poster(chart: str, title: str, foot: Iterable[str]) -> str:
    """Return an SVG of a chart with a title and lines under it, folded as figures.js does."""
    width, height = (float(x) for x in _SIZE.search(chart).groups())  # type: ignore[union-attr]
    heads = textwrap.wrap(title, 72)
    feet = [line for paragraph in foot for line in textwrap.wrap(paragraph, 118)]
    top, below = _EDGE + 21 * len(heads) + 8, _EDGE + 15 * len(feet)
    # without a clip path for the chart, which would take the PNG as long as all else
    body = chart.replace("<svg ", f'<svg x="{_EDGE}" y="{top}" overflow="visible" ', 1)
    return rendered(
        "poster.svg", width=f"{max(width, WIDE) + 2 * _EDGE:g}", edge=_EDGE, heads=heads, feet=feet,
        height=f"{top + height + 10 + below:g}", foot_top=top + height + 20,
        chart=Markup(body),
    )  # fmt: skip


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
    for svg in sorted(files_folder(app.env).glob("*.svg")):
        png = svg.with_suffix(".png")
        if not png.exists():
            png.write_bytes(chart_cache.png(svg.read_text(encoding="utf-8"), 2))
            shutil.copyfile(png, Path(app.outdir) / "_static" / FOLDER / png.name)


def setup(app: Sphinx) -> None:
    """Put the files of figures into the built book."""
    app.add_config_value("yalu_figure_png", True, "env")
    app.connect("builder-inited", _add_files)
    app.connect("env-purge-doc", _drop_files)
    app.connect("build-finished", _add_pixels)
