"""What code asks for, told by reading it: the modules and packages that a notebook imports, and
what it may read without a trace.
"""

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpers.book import packages
from helpers.inputs import read_notebook

CODE = Path(__file__).resolve().parent.parent
OURS = "helpers"
# what imports modules whose names no import statement tells
_INDIRECT = re.compile(r"\b(import_module|__import__|runpy|exec|eval|spec_from_file_location)\b")
# names in code by which it may ask what neither its imports nor a trace of its reading show:
# variables of the system, whether a file is there and how large, readers in C, processes, the time
_HIDDEN = {
    "environ", "environb", "getenv", "expandvars", "expanduser", "getuser", "gethostname",
    "uname", "exists", "lexists", "is_file", "is_dir", "isfile", "isdir", "islink",
    "is_symlink", "ismount", "readlink", "samefile", "access", "stat", "lstat", "getsize",
    "getmtime", "getctime", "getatime", "dir_fd", "fwalk", "read_parquet", "read_feather",
    "read_orc", "read_hdf", "read_spss", "read_sql", "read_sql_query", "read_sql_table",
    "sqlite3", "dbm", "shelve", "duckdb", "ctypes", "cffi", "subprocess", "multiprocessing",
    "ProcessPoolExecutor", "joblib", "urlopen", "urllib", "requests", "socket", "exec", "eval",
    "runpy", "now", "today", "utcnow", "localtime", "time_ns",
}  # fmt: skip
_SYSTEM = ("/etc", "/usr", "/proc", "/sys", "/dev", "/lib", "/opt", sys.prefix)


def visible(folder: Path) -> Iterable[Path]:
    """Return the files below a folder, without what is hidden, cached or half written."""
    for place, folders, names in os.walk(folder, followlinks=True):
        here, found = Path(place), sorted(n for n in folders if not n.startswith("."))
        folders[:] = [n for n in found if n != "__pycache__" and not _leads_back(here / n)]
        yield from (Path(place) / n for n in sorted(names) if not n.startswith("."))


def _leads_back(folder: Path) -> bool:
    """Return whether a folder is a link to one of those above it."""
    return folder.is_symlink() and folder.resolve() in {path.resolve() for path in folder.parents}


def name_of(path: Path, code: Path | None = None) -> str:
    """Return the name of a file of this package: "helpers/book/build.py"."""
    return f"{OURS}/{path.relative_to(code or CODE).as_posix()}"


def _code_cells(notebook: Path) -> list[str]:
    """Return the code cells of a notebook without the lines that only IPython understands."""
    cells = read_notebook(notebook, f"chapters/{notebook.name}")["cells"]
    code = (cell["source"] for cell in cells if cell["cell_type"] == "code")
    return [re.sub(r"(?m)^\s*[%!].*$", "", text) for text in code]


def notebook_modules(
    notebook: Path, code: Path | None = None, own: Iterable[Path] = ()
) -> list[str]:
    """Return the files of our package that a notebook depends on, as "helpers/..." and sorted.

    Data files beside the modules among them; all files where the notebook or its `own` modules
    import what cannot be told by reading them.
    """
    code = code or CODE
    names = _notebook_imports(notebook, own)
    modules, hidden = reached(names or (), code), names is None
    folders = {path.parent for path in modules}
    files = {
        path
        for path in visible(code)
        if hidden or path in modules or (path.parent in folders and path.suffix != ".py")
    }
    return sorted(name_of(path, code) for path in files)


def notebook_packages(
    notebook: Path, code: Path | None = None, own: Iterable[Path] = ()
) -> dict[str, str]:
    """Return name to version of the packages that a run of a notebook uses.

    They are those that its cells, its `own` modules and the modules of ours that it reaches
    import, and what these require; all that are installed where this cannot be told by reading.
    """
    code, names = code or CODE, _notebook_imports(notebook, own)
    if names is None:
        return packages.installed()
    every = set(names).union(*(_imports_of(path, code) for path in reached(names, code)))
    top = {name.partition(".")[0] for name in every}
    return packages.used_by(top - {OURS, ""} - sys.stdlib_module_names)


def _texts(notebook: Path, own: Iterable[Path]) -> list[str]:
    """Return the code of a notebook's cells and of its own modules that are still there."""
    files = (path.read_text(encoding="utf-8", errors="replace") for path in own if path.is_file())
    return [*_code_cells(notebook), *files]


def _notebook_imports(notebook: Path, own: Iterable[Path] = ()) -> set[str] | None:
    """Return the dotted names that code imports, None where that cannot be told by reading."""
    texts = _texts(notebook, own)
    try:
        names = {name for text in texts for name in _imports(text, ())}
    except (SyntaxError, ValueError):
        return None
    return None if any(_INDIRECT.search(text) for text in texts) else names


def hidden_reading(notebook: Path, own: Iterable[Path] = ()) -> set[str]:
    """Return by which names code may read what no trace shows, and packages that do so in C."""
    found, modules = set[str](), set[str]()
    for text in _texts(notebook, own):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):  # other languages run in processes, which are traced
            continue
        modules |= {name.partition(".")[0] for name in _imports(text, ())}
        for node in ast.walk(tree):
            match node:
                # may be the name of anything: a moment is asked of a class, `datetime.now()`
                case ast.Name(id="now" | "today"):
                    pass
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                    found.add(name)
                case ast.alias(name=name):
                    found.update(name.split("."))
                case ast.Constant(value=str(name)) if name.startswith(_SYSTEM):
                    return {"a file of the system"}
    modules -= {OURS, "", *sys.stdlib_module_names}
    return (found & _HIDDEN) | packages.compiled(modules)


def reached(names: Iterable[str], code: Path | None = None) -> set[Path]:
    """Return the files of our package that importing dotted names executes, however far."""
    code, found = code or CODE, set[Path]()
    every = {path for path in visible(code) if path.suffix == ".py"}
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
    package = (OURS, *path.relative_to(code).parent.parts)
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
    if first != OURS:
        return set()
    place, files = code, {code / "__init__.py"}
    for part in parts:
        place /= part
        files |= {place.with_suffix(".py"), place / "__init__.py"}
    found = files & every
    if len(parts) == 1 and len(found) == 1:
        # not a module: perhaps one of the names that the root's functions import
        inner = _imports((code / "__init__.py").read_text(encoding="utf-8"), (OURS,))
        found |= {file for one in inner if one.count(".") > 1 for file in _files(one, code, every)}
    return found
