"""What is stale: chapters and the site whose inputs differ from those in the manifest.

Inputs are hashes of content: what a book is made of, the modules that a notebook imports.
"""

import ast
import csv
import hashlib
import io
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpers.book import packages
from helpers.config import CONFIG, TOC
from helpers.files import write_json
from helpers.inputs import read_notebook
from helpers.paths import SITE

FILE = "_build/manifest.json"
WORK = Path("_build/work")
EXECUTED = WORK / "executed"
_MOST_REASONS = 4
CLAIMS = "data/clean/claims.csv"
LOCKED = "requirements.txt"
_PACKAGES = "the installed packages"
LICENCES = ("LICENSE", "LICENSE-DATA")
PARAMETERS = "its parameters"
_FOLDERS = ("chapters", "data")
_CODE = Path(__file__).resolve().parent.parent
_OURS = "helpers"
# what the names of inputs begin with, and in which part of what a run rests on they are
_PARTS = {"data": "data", "chapters": "chapter", _OURS: "helpers"}
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

    def __init__(self, root: Path, code: Path | None = None) -> None:
        """Hash everything; `code` is the folder of the package, if it is not the running one."""
        self.root, self._code = root, code or _CODE
        self._claims: dict[str, str] = {}
        self._uses: dict[Path, tuple[list[str], dict[str, str]]] = {}
        # data files and assets among them
        self.code = {
            _name(p, self._code): file_digest(p) for p in _visible(self._code) if p.suffix != ".pyc"
        }
        self.environment = _environment() | {LOCKED: file_digest(root / LOCKED)}
        self.editions = {
            f"the edition {path.parent.name}": digest(
                file_digest(path) + file_digest(path.parent / "data" / "ledger.json")
            )
            for path in sorted((root / "_build" / "editions").glob("[!.]*/edition.json"))
        }
        files = [path for name in _FOLDERS for path in _visible(root / name)]
        self.files: dict[str, str] = {}
        files += [root / name for name in (CONFIG, TOC, *LICENCES)]
        self.update(path.relative_to(root) for path in files)

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
        """Return name to hash of the modules that dotted names import, and of their data files."""
        names = {_name(path) for path in reached(modules)}
        folders = tuple({f"{_OURS}/{name.split('/')[1]}/" for name in names})
        return {
            name: content
            for name, content in self.code.items()
            if name in names or (name.startswith(folders) and not name.endswith(".py"))
        }

    def of_run(
        self, source: Path, parameters: Mapping[str, Any] | None, read: Mapping[str, Iterable[str]]
    ) -> dict[str, str]:
        """Return name to hash of what a run of a notebook depends on; `read` is as in its trace."""
        own = source.relative_to(self.root).as_posix()
        tables = [f"data/clean/{name}.csv" for name in read.get("tables", ())]
        files = {
            name: self.files[name] if name in self.files else file_digest(self.root / name)
            for name in (own, *tables, *read.get("files", ()), *read.get("folders", ()))
        }
        ids = {*read.get("claims", ()), *read.get("looked_up", ())}
        claims = {f"claim {i}": self._claims.get(i, "") for i in ids}
        given = {PARAMETERS: digest_of(dict(parameters or {}))}
        names, used = self.uses(source)
        modules = {name: self.code.get(name, "") for name in names}
        # what is installed beside the packages that it uses does not count, nor what is locked
        around = {n: v for n, v in self.environment.items() if n not in (_PACKAGES, LOCKED)}
        return around | used | modules | files | claims | given

    def uses(self, source: Path) -> tuple[list[str], dict[str, str]]:
        """Return what a notebook uses, see `notebook_modules` and `notebook_packages`."""
        if source not in self._uses:
            self._uses[source] = (notebook_modules(source, self._code),
                                  notebook_packages(source, self._code))  # fmt: skip
        return self._uses[source]

    def made_with(self, source: Path) -> dict[str, Any]:
        """Return what a run of a notebook rests on: `fingerprint` in parts, `versions` of packages.

        Which rows a run will read is not known before it: all clean tables count.
        """
        tables = {path.stem for path in (self.root / "data" / "clean").glob("*.csv")}
        own = source.relative_to(self.root).with_suffix(".yml").as_posix()
        found = self.of_run(source, None, {"tables": tables, "files": {own, "data/codebook.csv"}})
        _, versions = self.uses(source)
        parts: dict[str, dict[str, str]] = {
            name: {} for name in (*_PARTS.values(), "packages", "settings")
        }
        for name, content in found.items():
            rest = "packages" if name in versions or name == "Python" else "settings"
            parts[_PARTS.get(name.partition("/")[0], rest)][name] = content
        return {
            "fingerprint": {name: digest_of(part) for name, part in parts.items()},
            "versions": {"python": platform.python_version()} | versions,
        }


def _environment() -> dict[str, str]:
    """Return what the book runs in: Python, the installed packages, settings of the shell."""
    settings = [f"{name}={os.environ.get(name, '')}" for name in _VARIABLES]
    return {
        "Python": digest(sys.version + sys.platform),
        _PACKAGES: digest_of(packages.installed()),
        "the installed fonts": fonts(),
        "the settings of language, date and evidence": digest("\n".join(settings)),
    }


def _code_cells(notebook: Path) -> list[str]:
    """Return the code cells of a notebook without the lines that only IPython understands."""
    cells = read_notebook(notebook, f"chapters/{notebook.name}")["cells"]
    code = (cell["source"] for cell in cells if cell["cell_type"] == "code")
    return [re.sub(r"(?m)^\s*[%!].*$", "", text) for text in code]


def notebook_modules(notebook: Path, code: Path | None = None) -> list[str]:
    """Return the files of our package that a notebook depends on, as "helpers/..." and sorted.

    Data files beside the modules among them; all files where the notebook imports what cannot
    be told by reading it.
    """
    code = code or _CODE
    names = _notebook_imports(notebook)
    modules, hidden = reached(names or (), code), names is None
    folders = {path.parent for path in modules}
    files = {
        path
        for path in _visible(code)
        if hidden or path in modules or (path.parent in folders and path.suffix != ".py")
    }
    return sorted(_name(path, code) for path in files)


def notebook_packages(notebook: Path, code: Path | None = None) -> dict[str, str]:
    """Return name to version of the packages that a run of a notebook uses.

    They are those that its cells and the modules of ours that it reaches import, and what these
    require; all that are installed where the notebook imports what cannot be told by reading it.
    """
    code, names = code or _CODE, _notebook_imports(notebook)
    if names is None:
        return packages.installed()
    every = set(names).union(*(_imports_of(path, code) for path in reached(names, code)))
    top = {name.partition(".")[0] for name in every}
    return packages.used_by(top - {_OURS, ""} - sys.stdlib_module_names)


def _notebook_imports(notebook: Path) -> set[str] | None:
    """Return the dotted names that cells import, None where that cannot be told by reading."""
    texts = _code_cells(notebook)
    try:
        names = {name for text in texts for name in _imports(text, ())}
    except SyntaxError:
        return None
    return None if any(_INDIRECT.search(text) for text in texts) else names


def reached(names: Iterable[str], code: Path | None = None) -> set[Path]:
    """Return the files of our package that importing dotted names executes, however far."""
    code, found = code or _CODE, set[Path]()
    every = {path for path in _visible(code) if path.suffix == ".py"}
    waiting = {path for name in names for path in _files(name, code, every)}
    while waiting:
        found.add(path := waiting.pop())
        inner = _imports_of(path, code)
        waiting |= {file for name in inner for file in _files(name, code, every)} - found
    return found


def _imports_of(path: Path, code: Path) -> frozenset[str]:
    """Return the dotted names that a module of ours imports.

    The root of the package gives names that its functions import to those who ask for them; only
    a notebook that does so depends on them, see `_files`.
    """
    package = (_OURS, *path.relative_to(code).parent.parts)
    text = path.read_text(encoding="utf-8")
    return _imports(text, package, within=path != code / "__init__.py")


# chapters share most of what they import
@lru_cache(maxsize=1024)
def _imports(text: str, package: tuple[str, ...], within: bool = True) -> frozenset[str]:
    """Return the dotted names that the code of a module imports, also `within` functions or not."""
    names: set[str] = set()
    tree = ast.parse(text)
    for node in _statements(tree.body) if within else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _statements(body: Iterable[Any]) -> Iterator[ast.AST]:
    """Yield statements and those within them; to walk all of a tree takes five times as long."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            if isinstance(inner := getattr(node, part, None), list):
                yield from _statements(inner)


def _files(name: str, code: Path, every: set[Path]) -> set[Path]:
    """Return those of our files that importing a dotted name executes, packages on the way too."""
    first, *parts = name.split(".")
    if first != _OURS:
        return set()
    place, files = code, {code / "__init__.py"}
    for part in parts:
        place /= part
        files |= {place.with_suffix(".py"), place / "__init__.py"}
    found = files & every
    if len(parts) == 1 and len(found) == 1:
        # not a module: perhaps one of the names that the root's functions import
        inner = _imports((code / "__init__.py").read_text(encoding="utf-8"), (_OURS,))
        found |= {file for one in inner if one.count(".") > 1 for file in _files(one, code, every)}
    return found


# The manifest -------------------------------------------------------------------------------


@dataclass
class Manifest:
    """What the last builds made and the hashes of its inputs; one file for all of it.

    `data`: hash of the evidence that passed every check. `chapters`: by name, source and
    parameters, the trace of the run, the hashes of its inputs and of its executed notebook, and
    what it was made with.
    `pages`: the hash that all pages share and one for each page. `site`: its chapters, the
    hashes of its inputs and of its files.
    """

    root: Path
    data: str = ""
    chapters: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    site: dict[str, Any] = field(default_factory=dict)

    def save(self) -> None:
        """Write the manifest."""
        content = {name: value for name, value in vars(self).items() if name != "root"}
        write_json(self.root / FILE, content | {"hash": digest_of(content)})


def read_manifest(root: Path) -> Manifest:
    """Return the manifest of the book at `root`, an empty one where it is missing or damaged."""
    try:
        told = json.loads((root / FILE).read_text(encoding="utf-8"))
        return Manifest(root, **told) if told.pop("hash") == digest_of(told) else Manifest(root)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Manifest(root)


def data_inputs(inputs: Inputs) -> str:
    """Return the hash of what checking the evidence and making the clean tables depends on."""
    data = {name: content for name, content in inputs.files.items() if name.startswith("data/")}
    return digest_of(data | inputs.environment | inputs.imported("helpers.evidence.rebuild"))


def why_stale(
    manifest: Manifest, inputs: Inputs, source: Path, target: Path,
    parameters: Mapping[str, Any] | None = None,
) -> list[str]:  # fmt: skip
    """Return why the notebook `source` must be executed into `target` again, or an empty list."""
    record = manifest.chapters.get(target.stem)
    if record is None or not target.is_file():
        return ["not run yet"]
    if record["output"] != file_digest(target):
        return ["its executed notebook changed"]
    told = {match[1] for text in _code_cells(source) for match in _HIDDEN.finditer(text)}
    if hidden := told.union(record["read"].get("hidden", ())):
        return [f"reads what cannot be traced ({', '.join(sorted(hidden))})"]
    now = inputs.of_run(source, parameters, record["read"])
    return [f"{name.removesuffix('.csv')} changed" for name in changed(record["inputs"], now)]


def in_a_line(reasons: list[str]) -> str:
    """Return reasons in one line: the first few, and how many more there are."""
    names = [reason.removesuffix(" changed") for reason in reasons]
    if names == reasons:
        return ", ".join(reasons)
    more = f" and {len(names) - _MOST_REASONS} more" if len(names) > _MOST_REASONS else ""
    return f"{', '.join(names[:_MOST_REASONS])}{more} changed"


def record_chapter(
    manifest: Manifest, inputs: Inputs, source: Path, target: Path,
    parameters: Mapping[str, Any] | None, read: Mapping[str, Iterable[str]],
) -> None:  # fmt: skip
    """Enter a notebook that was just executed, with what it read, as `trace.Trace` has it."""
    manifest.chapters[target.stem] = {
        "source": source.relative_to(inputs.root).as_posix(),
        "parameters": dict(parameters or {}),
        "read": {kind: sorted(names) for kind, names in read.items() if names},
        "inputs": inputs.of_run(source, parameters, read),
        "output": file_digest(target),
        "made_with": inputs.made_with(source),
    }
    manifest.save()


def _site_record(manifest: Manifest, inputs: Inputs) -> dict[str, Any]:
    """Return what is recorded of a site: its chapters, what it is made of, its files.

    What chapters read elsewhere is recorded with them. All code counts, as kits hold all of it.
    """
    files = _visible(inputs.root / SITE)
    return {
        "chapters": sorted(manifest.chapters),
        "inputs": inputs.files | inputs.editions | inputs.environment | inputs.code,
        "files": digest_of(
            {path.relative_to(inputs.root).as_posix(): file_digest(path) for path in files}
        ),
    }


def record_site(manifest: Manifest, inputs: Inputs) -> None:
    """Enter the site that was just published in the manifest."""
    manifest.site = _site_record(manifest, inputs)
    manifest.save()


def site_is_fresh(manifest: Manifest, inputs: Inputs, suffixes: Iterable[str] = ()) -> bool:
    """Return whether the site is what a build would make, with files of all `suffixes` (".pdf")."""
    root = inputs.root
    return (
        bool(manifest.site)
        and all(any((root / SITE).glob(f"*{suffix}")) for suffix in suffixes)
        and manifest.site == _site_record(manifest, inputs)
        and not any(
            why_stale(manifest, inputs, root / one["source"], root / EXECUTED / f"{name}.ipynb",
                      one["parameters"])
            for name, one in manifest.chapters.items()
        )
    )  # fmt: skip
