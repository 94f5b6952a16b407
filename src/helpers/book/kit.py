"""Kits: a chapter to take home as one file, a small book that runs with Python alone.

A kit holds the notebook, the tables that it reads, the package as a wheel and the versions that
it ran with. The same book gives the same bytes.
"""

import hashlib
import io
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import nbformat
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import helpers
from helpers import evidence, package_version
from helpers.book.execute import results_in, with_words
from helpers.book.sphinx.html import rendered, tag
from helpers.book.stage import chapter_files
from helpers.book.stale import EXECUTED, LICENCES, LOCKED, OF_ONE_PAGE, Inputs, Manifest, digest_of
from helpers.chapter.chapter import OUTSIDE
from helpers.chapter.figure import VEGALITE
from helpers.chapter.running import METADATA, authored
from helpers.chapter.sidecar import sidecar
from helpers.config import CONFIG, TOC, base_address, read_config
from helpers.errors import YaluError
from helpers.evidence.csv_tables import CODEBOOK, for_readers
from helpers.evidence.data_config import FILE as PLAN
from helpers.evidence.data_config import read_data_config
from helpers.evidence.exclusion import process_exclusion
from helpers.evidence.lineage import FORMAT, LINEAGE, Lineage
from helpers.evidence.published import ledger_of_book
from helpers.files import write_file

FOLDER = "kits"
MOST_BYTES = 2_000_000
# what cards, look-ups and a run on a part of the evidence read besides the published run
_TABLES = {
    "claims", "corrections", "indicators", "pers", "places", "sources", "statements", "themes",
    "units",
}  # fmt: skip
DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip can tell
_FIGURES = "_static/figures"
_LINK = re.compile(
    r"\{page\}`(?P<page>\w+) (?P<words>[^`]+)`"
    r"|\[(?P<text>[^\[\]]+)\]\((?:\./)?(?P<file>\w+)\.(?:md|ipynb)(?P<place>#[^)\s]*)?\)"
)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as a zip whose bytes follow from them alone."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = ZipInfo(name, DAY)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, ZIP_DEFLATED, 9)
    return made.getvalue()


def _package() -> Distribution:
    """Return the installed package that has the command `yalu`."""
    return distribution(next(iter(package_version())))


def wheel() -> tuple[str, bytes]:
    """Return the name and content of a wheel of this very package, however it is installed.

    Without its long description, which tells of a checkout.
    """
    package, code = _package(), Path(helpers.__file__).parent
    name = f"{canonicalize_name(package.name).replace('-', '_')}-{package.version}"
    about, head = f"{name}.dist-info", (package.read_text("METADATA") or "").partition("\n\n")[0]
    told = {
        "METADATA": f"{head}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: yalu\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": package.read_text("entry_points.txt") or "",
    }
    told |= {f"licenses/{n}": package.read_text(f"licenses/{n}") or "" for n in LICENCES}
    files = {f"{about}/{n}": text.encode() for n, text in told.items() if text}
    for path in code.rglob("*"):
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith("."):
            files[f"helpers/{path.relative_to(code).as_posix()}"] = path.read_bytes()
    record = [f"{n},sha256={_hash(content)},{len(content)}" for n, content in sorted(files.items())]
    record.append(f"{about}/RECORD,,")
    files[f"{about}/RECORD"] = "\n".join([*record, ""]).encode()
    return f"{name}-py3-none-any.whl", zipped(files)


def _hash(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def pinned(root: Path) -> tuple[list[str], list[str]]:
    """Return the versions that a run needs, and those of them that the package itself names.

    Lines as in the book's requirements.txt, where it has one: these are for every system.
    Otherwise those that are installed here.
    """
    direct = _required(_package())
    found, waiting = dict[str, str](), set(direct)
    while waiting:
        name = waiting.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:  # of another system
            found[name] = ""
        else:
            found[name] = f"{name}=={package.version}"
            waiting |= _required(package) - found.keys()
    lines = [line for _, line in sorted(found.items()) if line]
    if (root / LOCKED).is_file():
        text = (root / LOCKED).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if _name(line) in found]
    return lines, [line for line in lines if _name(line) in direct]


def _name(line: str) -> str:
    return canonicalize_name(re.split(r"[=\s;#]", line, maxsplit=1)[0])


def _required(package: Distribution) -> set[str]:
    """Return the names of the packages that one needs on any system, without extras."""
    wanted = map(Requirement, package.requires or ())
    return {canonicalize_name(one.name) for one in wanted if "extra ==" not in str(one.marker)}


# What a kit holds ---------------------------------------------------------------------------


def kit_files(
    root: Path, chapter: str, read: Mapping[str, list[str]], executed: nbformat.NotebookNode,
    package: tuple[str, bytes], versions: tuple[list[str], list[str]],
) -> dict[str, bytes]:  # fmt: skip
    """Return the files of a kit by their names in it.

    `read` is what the published run has read, as in the manifest; `executed` is its notebook,
    with the words of its roles and its pictures; `package` is the wheel, `versions` are `pinned`.
    """
    notebook = f"chapters/{chapter}.ipynb"
    text = (root / notebook).read_text(encoding="utf-8")
    tables = (f"data/clean/{table}.csv" for table in _TABLES.union(read.get("tables", ())))
    images = (p.relative_to(root).as_posix() for p in (root / "chapters/images").glob("*"))
    names = {CONFIG, CODEBOOK, PLAN, *LICENCES, *tables, *read.get("files", ())}
    names |= {name for name in images if Path(name).name in text}
    names |= {p.relative_to(root).as_posix() for p in (root / OUTSIDE / chapter).rglob("*")}
    files = {name: (root / name).read_bytes() for name in names - {notebook}
             if not Path(name).is_absolute() and (root / name).is_file()}  # fmt: skip
    files |= {name: for_readers(data) for name, data in files.items()
              if name.endswith(".csv") and not name.startswith(f"{OUTSIDE}/")}  # fmt: skip
    lines, direct = versions
    slots = {
        "chapter": chapter, "title": sidecar(chapter).title, "book": read_config(root)["title"],
        "version": read_data_config(root).package.version, "latest": evidence.last_recorded(),
        "package": _package().name,
        "wheel": package[0], "direct": direct, "python": _package().metadata["Requires-Python"],
        "licensed": all(name in files for name in LICENCES),
        "allowed": _package().metadata["Requires-Python"].replace(">=", "from "),
        "base": base_address(root), "folder": folder_name(root, chapter),
    }  # fmt: skip
    toc = {"format": "jb-book", "root": f"chapters/{chapter}"}
    clean = _clean(executed, rendered("kit_first_cell.py.j2", **slots))
    texts = {
        TOC: yaml.safe_dump(toc, sort_keys=False),
        LOCKED: "\n".join([f"./{package[0]}", *lines, ""]),
        "README.md": rendered("kit_readme.md.j2", **slots),
        f"{chapter}-executed.ipynb": nbformat.writes(executed) + "\n",
        notebook: nbformat.writes(clean) + "\n",
        LINEAGE: _lineage(root, chapter, executed, read).to_json().decode(),
    }  # fmt: skip
    return {**files, **{n: text.encode() for n, text in texts.items()}, package[0]: package[1]}


def folder_name(root: Path, chapter: str) -> str:
    """Return the name of the folder in a kit."""
    return f"{read_data_config(root).package.name}-{chapter}"


def _clean(executed: nbformat.NotebookNode, first: str) -> nbformat.NotebookNode:
    """Return a notebook with words in place of roles and no outputs, after a cell that sets up."""
    notebook = nbformat.from_dict(executed)
    cell = nbformat.v4.new_code_cell(first.strip(), id="kit")
    cell.metadata = nbformat.from_dict(
        {"jupyter": {"source_hidden": True}, "tags": ["remove-cell"]}
    )
    for code in (cell for cell in notebook.cells if cell.cell_type == "code"):
        code.outputs, code.execution_count = [], None
    notebook.cells.insert(0, cell)
    return notebook


def _lineage(
    root: Path, chapter: str, executed: nbformat.NotebookNode, read: Mapping[str, list[str]]
) -> Lineage:
    """Return where a kit comes from; its day is that of the latest evidence."""
    package, ledger = read_data_config(root).package, ledger_of_book(root).claims
    used = {*results_in(executed, chapter)["used"]["claims"], *read.get("claims", ())}
    book = {"title": read_config(root)["title"], "name": package.name, "version": package.version,
            "address": base_address(root), "commit": None}  # fmt: skip
    claims = {one: {"sha256": ledger[one].sha256, "why": "shown"} for one in sorted(used)}
    return Lineage(FORMAT, book, chapter, str(evidence.last_recorded()), claims)


def _with_pictures(notebook: nbformat.NotebookNode, figures: Path) -> nbformat.NotebookNode:
    """Return a notebook with the pictures of the site beside its charts."""
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        about: dict[str, Any] = output.get("metadata", {}).get(METADATA, {}).get("figure", {})
        picture = figures / f"{about.get('name')}.png"
        if VEGALITE in output.get("data", {}) and picture.is_file():
            output.data["image/png"] = b64encode(picture.read_bytes()).decode()
    return notebook


def _linked(notebook: nbformat.NotebookNode, base: str) -> nbformat.NotebookNode:
    """Return a notebook whose links to pages lead to the published ones, else are words."""

    def link(found: re.Match[str]) -> str:
        words, page = found["words"] or found["text"], found["page"] or found["file"]
        place = f"{page}.html{found['place'] or ''}"
        return f"[{words}]({base}chapters/{place})" if base else words

    for cell in (cell for cell in notebook.cells if cell.cell_type == "markdown"):
        if (text := _LINK.sub(link, cell.source)) != cell.source:
            cell.metadata[METADATA] = {"source": authored(cell), "words": text}
            cell.source = text
    return notebook


# The site -----------------------------------------------------------------------------------


def add_kits(root: Path, manifest: Manifest, inputs: Inputs, work: Path, pages: Path) -> None:
    """Put a kit of each chapter beside the rendered pages, and a link under its title.

    A kit is made again only where something that it holds has changed; it is kept in `work`.
    None is made where the package is not installed, or of a part of the evidence.
    Raises YaluError for one that is too large.
    """
    if not package_version() or process_exclusion():
        return
    files = {n: content for n, content in inputs.files.items() if not OF_ONE_PAGE.fullmatch(n)}
    shared, made_once = [files, inputs.code, inputs.environment], lru_cache(_of_package)
    for path in chapter_files(root):
        chapter, target = path.stem, pages / FOLDER / f"{path.stem}.zip"
        made, key = work / FOLDER / target.name, digest_of([shared, manifest.chapters[chapter]])
        told = made.with_suffix(".key")
        if not (made.is_file() and told.is_file() and told.read_text(encoding="utf-8") == key):
            executed = with_words(nbformat.read(root / EXECUTED / path.name, as_version=4))
            executed = _linked(_with_pictures(executed, pages / _FIGURES), base_address(root))
            read = manifest.chapters[chapter]["read"]
            within = f"{folder_name(root, chapter)}/"
            held = kit_files(root, chapter, read, executed, *made_once(root))
            write_file(made, zipped({within + n: data for n, data in held.items()}))
            write_file(told, key)
        content = made.read_bytes()
        beside = filter(Path.is_file, (root / OUTSIDE / chapter).rglob("*"))
        adopted = sum(path.stat().st_size for path in beside)
        if len(content) > MOST_BYTES + adopted:
            raise YaluError(f"{chapter}: its kit is {len(content) / 1e6:.1f} MB; allowed: "
                            f"{MOST_BYTES / 1e6:.0f} MB")  # fmt: skip
        write_file(target, content)
        _add_link(pages / "chapters" / f"{chapter}.html", chapter, len(content))


def _of_package(root: Path) -> tuple[tuple[str, bytes], tuple[list[str], list[str]]]:
    """Return the arguments of `kit_files` that are the same for each chapter."""
    return wheel(), pinned(root)


def _add_link(page: Path, chapter: str, size: int) -> None:
    """Put the link to a kit under the title of a rendered page."""
    link = tag("a", "Take this chapter", href=f"../{FOLDER}/{chapter}.zip", download="")
    about = f"a zip of {size / 1e6:.1f} MB: notebook, tables and code to run it at home"
    shown = tag("small", f"{link}, {about}", class_="page-take yalu-screen")
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("</h1>", f"</h1>\n{shown}", 1), encoding="utf-8")
