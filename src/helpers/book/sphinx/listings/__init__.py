"""Listings: directives that print data, code and sidecars, each by a template; the data page."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from helpers import evidence
from helpers.book.sphinx.gaps import line, part_of
from helpers.book.sphinx.html import (
    MYST,
    REGISTER,
    page_uri,
    raw_html,
    rendered,
    static_uri,
    warn,
)
from helpers.errors import YaluError
from helpers.evidence.csv_tables import clean_tables, for_readers, read_codebook
from helpers.paths import book_root

DATA_PAGE = "chapters/data"
# on a page, where the links to PDF and EPUB go: they are made after the pages, and from them
PDF_EPUB_MARK = "<!-- PDF and EPUB -->"
# listings of what became of our own ledger, which a book on a part of the evidence leaves out
_OF_LEDGER = {"changes", "edition-list", "ledger-log", "spot-checks"}

Data = Callable[[BuildEnvironment, str], dict[str, Any]]


def add_listing(app: Sphinx, name: str, template: str, data: Data) -> None:
    """Register the directive {name}: `template` filled with what `data` returns.

    `data` takes the environment of Sphinx and the argument of the directive, and may raise
    YaluError, which becomes a warning with page and line. Templates know `evidence_page`, the
    address of that page, besides. What a template of MyST gives is parsed as part of the page.
    """

    class Listing(SphinxDirective):
        optional_arguments = 1

        def run(self) -> list[nodes.Node]:
            argument, part = self.arguments[0].strip() if self.arguments else "", part_of(self.env)
            if part and name in _OF_LEDGER:
                return [line(part, "Only the present book has this list, not the book")]
            try:
                values = data(self.env, argument)
                register = page_uri(self.env, REGISTER)
                text = rendered(template, evidence_page=register, **values)
            except YaluError as error:
                if part:
                    return [line(part, "No answer")]
                warn(name, argument, error, self.get_location())
                return []
            if not template.endswith(MYST):
                return [raw_html(text)]
            holder = nodes.container()
            self.state.nested_parse(StringList(text.splitlines()), self.content_offset, holder)
            return holder.children

    app.add_directive(name, Listing)


# The data page ------------------------------------------------------------------------------


def _codebook(env: BuildEnvironment, argument: str) -> dict[str, Any]:
    """Return the clean tables, or the one that the argument names, with their columns."""
    book, faults = read_codebook(book_root())
    if faults:
        raise YaluError(*(str(fault) for fault in faults))
    known = clean_tables(book)
    if argument and argument not in known:
        raise YaluError(f"no such table; there are {', '.join(known)}")
    package = json.loads((book_root() / "data/datapackage.json").read_text(encoding="utf-8"))
    titles = {r["path"].removesuffix(".csv"): r["title"] for r in package["resources"]}
    tables = [
        {
            "name": table.removeprefix("clean/"),
            "title": titles[table],
            "rows": len(evidence.load(table.removeprefix("clean/"))),
            "uri": static_uri(env.docname, f"data/{table}"),
            "columns": book[table],
        }
        for table in ([argument] if argument else known)
    ]
    return {"tables": tables, "site": "../" * env.docname.count("/"), "whole": not argument,
            "example": evidence.load("claims")["claim_id"].iloc[0]}  # fmt: skip


def data_files(root: Path) -> list[Path]:
    """Return the files that readers may take: clean tables, codebook, package, the ledger's log."""
    data = root / "data"
    about = [data / name for name in ("datapackage.json", "codebook.csv", "ledger_log.csv")]
    return [path for path in [*about, *sorted(data.glob("clean/*.csv"))] if path.is_file()]


def records_json(table: str) -> str:
    """Return a clean table as a list of objects, an empty cell as null, days as YYYY-MM-DD."""
    frame = evidence.load(table)
    for name in frame.select_dtypes("datetime").columns:
        frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    return records_text(frame)


def records_text(frame: pd.DataFrame) -> str:
    """Return a table as JSON, a list of objects."""
    return frame.to_json(orient="records", force_ascii=False, double_precision=15) + "\n"


def copy_data(root: Path, folder: Path) -> None:
    """Copy the data files into `folder`/data, laid out as the data package names them."""
    for path in data_files(root):
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes()
        target.write_bytes(for_readers(data) if path.suffix == ".csv" else data)
        if path.parent.name == "clean":
            target.with_suffix(".json").write_text(records_json(path.stem), encoding="utf-8")


def _add_data(app: Sphinx) -> None:
    folder = Path(app.srcdir).parent / "downloads"
    shutil.rmtree(folder, ignore_errors=True)
    copy_data(book_root(), folder)
    app.config.html_static_path += [str(folder)]


class PdfEpubDirective(SphinxDirective):
    """```{wholebook}```: a mark, in whose place links to PDF and EPUB come."""

    def run(self) -> list[nodes.Node]:
        """Return the mark."""
        return [raw_html(PDF_EPUB_MARK)]


def setup(app: Sphinx) -> None:
    """Register the directives, and put the data files into the built book."""
    add_listing(app, "codebook", "codebook.html.j2", _codebook)
    app.add_directive("wholebook", PdfEpubDirective)
    app.connect("builder-inited", _add_data)
