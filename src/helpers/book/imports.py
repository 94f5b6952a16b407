"""Imports: which of our modules a notebook or a module uses, through whatever others."""

import ast
import json
import re
from functools import lru_cache
from pathlib import Path

_CODE = Path(__file__).resolve().parent.parent
_OURS = "helpers"
# what imports modules whose names no import statement tells
_HIDDEN = re.compile(r"\b(import_module|__import__|runpy|exec|eval|spec_from_file_location)\b")


def notebook_modules(notebook: Path, code: Path | None = None) -> list[str]:
    """Return the files of our package that a notebook rests on, as "helpers/..." and sorted.

    All of them where the notebook imports what cannot be told by reading it.
    """
    code = code or _CODE
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = [_plain("".join(c["source"])) for c in cells if c["cell_type"] == "code"]
    try:
        names = set().union(*(_imported(ast.parse(text), ()) for text in texts))
    except SyntaxError:
        return _all(code)
    if any(_hidden_import(text) for text in texts):
        return _all(code)
    files = _reached(names, code)
    beside = {data for path in files for data in path.parent.iterdir() if _is_data(data)}
    return sorted(f"{_OURS}/{path.relative_to(code).as_posix()}" for path in files | beside)


def _plain(text: str) -> str:
    """Return the code of a cell without what only IPython understands."""
    kept = [line for line in text.splitlines() if not line.lstrip().startswith(("%", "!"))]
    return "\n".join(kept)


def _hidden_import(text: str) -> bool:
    return bool(_HIDDEN.search(text))


def _all(code: Path) -> list[str]:
    files = (path for path in code.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(f"{_OURS}/{path.relative_to(code).as_posix()}" for path in files)


def _is_data(path: Path) -> bool:
    return path.is_file() and path.suffix not in (".py", ".pyc") and path.name[0] != "."


def _reached(names: set[str], code: Path) -> set[Path]:
    """Return the files that importing `names` reads, and those that these import in turn."""
    found: set[Path] = set()
    waiting = {path for name in names for path in _files(name, code)}
    while waiting:
        path = waiting.pop()
        found.add(path)
        package = (_OURS, *path.relative_to(code).parent.parts)
        inner = _imported_by(path.read_text(encoding="utf-8"), package)
        waiting |= {file for name in inner for file in _files(name, code)} - found
    return found


# chapters share most of what they rest on
@lru_cache(maxsize=1024)
def _imported_by(text: str, package: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_imported(ast.parse(text), package))


def _imported(tree: ast.AST, package: tuple[str, ...]) -> set[str]:
    """Return the dotted names of ours that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] == _OURS}


def _files(name: str, code: Path) -> set[Path]:
    """Return the files that importing a dotted name executes: packages on the way, the module."""
    found, folder = {code / "__init__.py"}, code
    for part in name.split(".")[1:]:
        if (folder / f"{part}.py").is_file():
            found.add(folder / f"{part}.py")
            break
        folder = folder / part
        found.add(folder / "__init__.py")
        if part == "*" or not folder.is_dir():
            break
    return {path for path in found if path.is_file()}
