"""Downloads: the data files that readers may take, in the built book."""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from helpers import evidence
from helpers.book.sphinx.html import warn
from helpers.errors import YaluError
from helpers.paths import book_root

DATA_PAGE = "chapters/data"


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


def setup(app: Sphinx) -> None:
    """Register the role, and put the data files into the built book."""
    app.add_role("datafile", DataFileRole())
    app.connect("builder-inited", _add_data)
