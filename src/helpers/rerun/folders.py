"""Folders: what tells one run from another, what it was made with, and where it lies."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers import package_version
from helpers.book.stale import Inputs
from helpers.chapter.parameters import Value
from helpers.errors import YaluError
from helpers.files import check_folder
from helpers.git import git_line
from helpers.paths import book_root


def made_with(root: Path, chapter: str, inputs: Inputs | None = None) -> dict[str, Any]:
    """Return what a run of a chapter rests on, with the version of this package too."""
    made = (inputs or Inputs(root)).made_with(root / "chapters" / f"{chapter}.ipynb")
    return made | {"versions": made["versions"] | package_version()}


def canonical(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return values in one form: 700 and 700.0 are the same parameter."""
    return {
        name: int(value) if isinstance(value, float) and value == int(value) else value
        for name, value in sorted(values.items())
    }


def short_hash(chapter: str, values: Mapping[str, Value], rests_on: Mapping[str, str]) -> str:
    """Return the short name of one set of parameters over one state of the book."""
    text = json.dumps([chapter, canonical(values), dict(rests_on)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def commit(root: Path) -> dict[str, Any] | None:
    """Return the commit of the book and whether files differ from it, None without git."""
    try:
        top = git_line(root, "rev-parse", "--show-toplevel")
        head = git_line(root, "rev-parse", "HEAD")
        changed = bool(git_line(root, "status", "--porcelain", "--untracked-files=no"))
    except YaluError:
        return None
    is_book = top and head and Path(top).resolve() == root.resolve()
    return {"id": head, "files_differ": changed} if is_book else None


RUNS = Path("runs")
ABOUT = "run.json"


def read_about(folder: Path) -> dict[str, Any] | None:
    """Return what a run's folder says of itself, None where it holds no run."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about if isinstance(about, dict) and "hash" in about else None


def check_target(target: Path, name: str, force: bool) -> None:
    """Refuse a folder that holds something else, see also `check_folder`.

    Raises YaluError (exit code 2).
    """
    check_folder(book_root(), target)
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    about = read_about(target) if target.is_dir() else None
    if about is None:
        raise YaluError(f"{target}: exists and holds no run; choose another folder", exit_code=2)
    if about["hash"] != name and not force:
        said = "holds a run with other parameters or data"
        raise YaluError(f"{target}: {said}; --force replaces it", exit_code=2)
