"""Content hashes of what a book is made of, and which modules a module or a notebook imports."""

import ast
import csv
import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpers.config import CONFIG, TOC

CLAIMS = "data/clean/claims.csv"
LOCKED = "requirements.txt"
PARAMETERS = "its parameters"
_FOLDERS = ("chapters", "data")
_CODE = Path(__file__).resolve().parent.parent
_OURS = "helpers"
# what besides files can change a page
_VARIABLES = ("LANG", "LC_ALL", "SOURCE_DATE_EPOCH", "YALU_EVIDENCE")
# where Linux, macOS and Windows keep fonts
_FONTS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts",
    "/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip
# what imports modules whose names no import statement tells
_INDIRECT = re.compile(r"\b(import_module|__import__|runpy|exec|eval|spec_from_file_location)\b")
# what a cell may ask that neither its imports nor a trace of its reading show
_HIDDEN = re.compile(
    r"\b(environ|getenv|(?:exists|is_file|is_dir|isfile|isdir|getmtime|stat)(?=\()|read_parquet"
    r"|read_feather|read_hdf|read_sql|duckdb|mmap|urlopen|requests|(?:now|today|utcnow)(?=\())"
)


def digest(data: bytes | str) -> str:
    """Return a short hash of content."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:20]


def digest_of(content: Any) -> str:
    """Return a short hash of what JSON can hold; the order of keys does not count."""
    return digest(json.dumps(content, sort_keys=True))


def file_digest(path: Path) -> str:
    """Return the hash of a file's content, of a folder's visible names, "" where there is none."""
    try:
        if path.is_dir():
            return digest("\n".join(sorted(n for n in os.listdir(path) if n[0] not in "._")))
        return digest(path.read_bytes())
    except OSError:
        return ""


def _visible(folder: Path) -> Iterable[Path]:
    """Return the files below a folder, without what is hidden, cached or half written."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n != "__pycache__")
        yield from (Path(place) / n for n in sorted(names) if not n.startswith("."))


def tree_digest(folder: Path) -> str:
    """Return the hash of all files below a folder, names and contents."""
    files = sorted(_visible(folder))
    return digest_of([[path.relative_to(folder).as_posix(), file_digest(path)] for path in files])


def fonts() -> str:
    """Return the hash of the names of the fonts that a picture may be drawn with."""
    places = (Path(os.path.expanduser(name)) for name in _FONTS)
    return digest("\n".join(sorted({path.name for place in places for path in _visible(place)})))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names whose content differs, is new or is gone, sorted."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _name(path: Path, code: Path | None = None) -> str:
    """Return the name of a file of this package: "helpers/book/build.py"."""
    return f"{_OURS}/{path.relative_to(code or _CODE).as_posix()}"


class Inputs:
    """The content hashes of a book, its code and what it runs in, each read once.

    `files` (configuration, chapters, data), `editions`, `code` (of this package) and
    `environment` map names to hashes.
    """

    def __init__(self, root: Path) -> None:
        """Hash everything."""
        self.root = root
        self._claims: dict[str, str] = {}
        # data files and assets among them
        self.code = {_name(p): file_digest(p) for p in _visible(_CODE) if p.suffix != ".pyc"}
        self.environment = _environment() | {LOCKED: file_digest(root / LOCKED)}
        self.editions = {
            f"the edition {path.parent.name}": digest(
                file_digest(path) + file_digest(path.parent / "data" / "ledger.json")
            )
            for path in sorted((root / "_build" / "editions").glob("[!.]*/edition.json"))
        }
        files = [path for name in _FOLDERS for path in _visible(root / name)]
        self.files: dict[str, str] = {}
        self.update(p.relative_to(root) for p in (*files, root / CONFIG, root / TOC))

    def update(self, files: Iterable[Path]) -> None:
        """Hash files of the book again that a step of the build has written."""
        for path in files:
            self.files[path.as_posix()] = file_digest(self.root / path)
        self.files = {name: content for name, content in self.files.items() if content}
        self._claims = {}
        if (claims := self.root / CLAIMS).is_file():
            text = claims.read_text(encoding="utf-8")
            header, *rows = csv.reader(io.StringIO(text, newline=""))
            self._claims = {row[0]: digest("\0".join([*header, *row])) for row in rows if row}

    def imported(self, *modules: str) -> dict[str, str]:
        """Return name to hash of the modules of ours that dotted names import, and their data.

        Data are the files without code in the packages that are reached, however deep.
        """
        names = {_name(path) for path in reached(modules)}
        folders = tuple({f"{_OURS}/{name.split('/')[1]}/" for name in names})
        return {
            name: content
            for name, content in self.code.items()
            if name in names or (name.startswith(folders) and not name.endswith(".py"))
        }

    def of_run(
        self,
        source: Path,
        parameters: Mapping[str, Any] | None,
        read: Mapping[str, Iterable[str]],
    ) -> dict[str, str]:
        """Return name to hash of all that a run of the notebook `source` depends on.

        `read` is what it read: names by field of `evidence.trace.Trace`.
        """
        own = source.relative_to(self.root).as_posix()
        tables = [f"data/clean/{name}.csv" for name in read.get("tables", ())]
        files = {
            name: self.files[name] if name in self.files else file_digest(self.root / name)
            for name in (own, *tables, *read.get("files", ()), *read.get("folders", ()))
        }
        ids = {*read.get("claims", ()), *read.get("looked_up", ())}
        claims = {f"claim {i}": self._claims.get(i, "") for i in ids}
        given = {PARAMETERS: digest_of(dict(parameters or {}))}
        modules = {name: self.code.get(name, "") for name in notebook_modules(source)}
        return self.environment | modules | files | claims | given


def _environment() -> dict[str, str]:
    """Return what the book runs in: Python, the installed packages, settings of the shell."""
    folders = {os.path.realpath(entry) for entry in sys.path if entry}
    packages = sorted(
        path.name
        for folder in folders
        for kind in ("dist-info", "egg-info")
        for path in Path(folder).glob(f"*.{kind}")
    )
    settings = [f"{name}={os.environ.get(name, '')}" for name in _VARIABLES]
    return {
        "Python": digest(sys.version + sys.platform),
        "the installed packages": digest("\n".join(packages)),
        "the installed fonts": fonts(),
        "the settings of language, date and evidence": digest("\n".join(settings)),
    }


def _code_cells(notebook: Path) -> list[str]:
    """Return the code cells of a notebook without the lines that only IPython understands."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return [re.sub(r"(?m)^\s*[%!].*$", "", text) for text in code]


def hidden_in(notebook: Path) -> set[str]:
    """Return the words in a notebook's code that may read what cannot be traced."""
    return {match[1] for text in _code_cells(notebook) for match in _HIDDEN.finditer(text)}


def notebook_modules(notebook: Path, code: Path | None = None) -> list[str]:
    """Return the files of our package that a notebook depends on, as "helpers/..." and sorted.

    Data files beside the modules among them; all files where the notebook imports what cannot
    be told by reading it.
    """
    code, texts = code or _CODE, _code_cells(notebook)
    try:
        modules = reached({name for text in texts for name in _imported(text, ())}, code)
        hidden = any(_INDIRECT.search(text) for text in texts)
    except SyntaxError:
        modules, hidden = set(), True
    folders = {path.parent for path in modules}
    files = {
        path
        for path in _visible(code)
        if hidden or path in modules or (path.parent in folders and path.suffix != ".py")
    }
    return sorted(_name(path, code) for path in files)


def reached(names: Iterable[str], code: Path | None = None) -> set[Path]:
    """Return the files of our package that importing dotted names executes, however far."""
    code, found = code or _CODE, set[Path]()
    waiting = {path for name in names for path in _files(name, code)}
    while waiting:
        found.add(path := waiting.pop())
        package = (_OURS, *path.relative_to(code).parent.parts)
        inner = _imported(path.read_text(encoding="utf-8"), package)
        waiting |= {file for name in inner for file in _files(name, code)} - found
    return found


# chapters share most of what they import
@lru_cache(maxsize=1024)
def _imported(text: str, package: tuple[str, ...]) -> frozenset[str]:
    """Return the dotted names of ours that the code of a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(name for name in names if name.split(".")[0] == _OURS)


def _files(name: str, code: Path) -> set[Path]:
    """Return the files that importing a dotted name executes: packages on the way, the module."""
    parts = name.split(".")[1:]
    places = [code.joinpath(*parts[:length]) for length in range(len(parts) + 1)]
    files = {file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")}
    return {file for file in files if file.is_file() and file.is_relative_to(code)}
