"""The data page: the codebook, the files that readers may take, the place of PDF and EPUB."""

import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from helpers import evidence
from helpers.book.pdf_epub import MARK
from helpers.book.sphinx.html import warn
from helpers.book.sphinx.listings import add_listing
from helpers.errors import YaluError
from helpers.evidence.codebook import clean_tables, read_codebook
from helpers.paths import book_root

DATA_PAGE = "chapters/data"


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
            "uri": data_uri(env.docname, table),
            "columns": book[table],
        }
        for table in ([argument] if argument else known)
    ]
    return {"tables": tables}


def data_files(root: Path) -> list[Path]:
    """Return the files that readers may take: clean tables, codebook, package, the ledger's log."""
    data = root / "data"
    whole = [data / name for name in ("datapackage.json", "codebook.csv", "ledger_log.csv")]
    files = [*whole, *sorted(data.glob("clean/*.csv"))]
    return [path for path in files if path.is_file()]


def copy_data(root: Path, folder: Path) -> None:
    """Copy the data files into `folder`/data, laid out as the data package names them."""
    for path in data_files(root):
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        if path.parent.name == "clean":
            target.with_suffix(".json").write_text(records_json(path.stem), encoding="utf-8")


def records_json(table: str) -> str:
    """Return a clean table as a list of objects, an empty cell as null, days as YYYY-MM-DD."""
    frame = evidence.load(table)
    for name in frame.select_dtypes("datetime").columns:
        frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    text = frame.to_json(orient="records", force_ascii=False, double_precision=15)
    return f"{text}\n"


def _add_data(app: Sphinx) -> None:
    folder = Path(app.srcdir).parent / "downloads"
    shutil.rmtree(folder, ignore_errors=True)
    copy_data(book_root(), folder)
    app.config.html_static_path += [str(folder)]


def data_uri(docname: str, name: str) -> str:
    """Return the address of a data file relative to a page."""
    return f"{'../' * docname.count('/')}_static/data/{name}"


class DataFileRole(SphinxRole):
    """{datafile}`clean/claims.csv`: a link to a file of data/ in the built book."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or a warning."""
        known = [str(p.relative_to(book_root() / "data")) for p in data_files(book_root())]
        if self.text not in known:
            error = YaluError(f"no such file to download; there are {', '.join(known)}")
            warn("datafile", self.text, error, self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        uri = data_uri(self.env.docname, self.text)
        return [nodes.reference("", self.text, refuri=uri, internal=True)], []


class WholeBookDirective(SphinxDirective):
    """```{wholebook}```: links to the book's PDF and EPUB, where they are built."""

    def run(self) -> list[nodes.Node]:
        """Return the mark that the links replace."""
        return [nodes.raw("", MARK, format="html")]


def setup(app: Sphinx) -> None:
    """Register directives and role, and put the data files into the built book."""
    add_listing(app, "codebook", "codebook.html.j2", _codebook)
    app.add_directive("wholebook", WholeBookDirective)
    app.add_role("datafile", DataFileRole())
    app.connect("builder-inited", _add_data)
