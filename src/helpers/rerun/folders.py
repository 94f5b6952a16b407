"""Folders: what tells one run from another, what it was made with, and where it lies."""

import hashlib
import json
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from helpers.book.due import Contents
from helpers.book.inputs import digest
from helpers.chapter.parameters import Value
from helpers.errors import YaluError

PACKAGES = ("across-the-yalu", "altair", "numpy", "pandas", "papermill", "vl-convert-python")
# where the names of what a run rests on begin, and what a record of the run calls them
_GROUPS = {"data": "data", "chapters": "chapter", "helpers": "helpers", "": "packages"}


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a chapter computes with."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def fingerprint(root: Path, chapter: str) -> dict[str, str]:
    """Return digests of what a run of a chapter rests on: data, chapter, helpers, packages.

    Which rows a run will read is not known before it: all clean tables count.
    """
    own = (root / "chapters" / f"{chapter}.ipynb").relative_to(root)
    tables = sorted(path.stem for path in (root / "data" / "clean").glob("*.csv"))
    files = [own.with_suffix(".yml").as_posix(), "data/codebook.csv"]
    reads = [*(("table", name) for name in tables), *(("file", name) for name in files)]
    parts = Contents(root).parts(root / own, None, reads)
    groups: dict[str, dict[str, str]] = {name: {} for name in _GROUPS.values()}
    for name, content in parts.items():
        groups[_GROUPS.get(name.partition("/")[0], "packages")][name] = content
    return {name: digest(json.dumps(group, sort_keys=True)) for name, group in groups.items()}


def canonical(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return values in one form: 700 and 700.0 are the same parameter."""
    return {
        name: int(value) if isinstance(value, float) and value == int(value) else value
        for name, value in sorted(values.items())
    }


def short_hash(chapter: str, values: Mapping[str, Value], rests_on: Mapping[str, str]) -> str:
    """Return the short name of one set of parameters over one state of the book."""
    whole = json.dumps([chapter, canonical(values), dict(rests_on)], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:10]


def _git(root: Path, *words: str) -> str | None:
    try:
        run = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() if run.returncode == 0 else None


def commit(root: Path) -> dict[str, Any] | None:
    """Return the commit of the book and whether files differ from it, None without git."""
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return None
    head = _git(root, "rev-parse", "HEAD")
    changed = bool(_git(root, "status", "--porcelain", "--untracked-files=no"))
    return {"id": head, "files_differ": changed} if head else None


RUNS = Path("runs")
ABOUT = "run.json"


def read_about(folder: Path) -> dict[str, Any] | None:
    """Return what a run's folder says of itself, None where it holds no run."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about if isinstance(about, dict) and "hash" in about else None


@contextmanager
def aside(target: Path) -> Iterator[Path]:
    """Give a folder beside `target` to write in; it is gone afterwards unless put in place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(folder: Path, target: Path) -> None:
    """Move a finished folder to `target`, in the place of what is there."""
    folder.chmod(0o755)
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        if target.exists():
            target.rename(old / "old")
        folder.rename(target)
    except OSError as error:
        raise YaluError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(old, ignore_errors=True)


def check_target(target: Path, name: str, force: bool) -> None:
    """Refuse a folder that holds something else. Raises YaluError (exit code 2)."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    about = read_about(target) if target.is_dir() else None
    if about is None:
        raise YaluError(f"{target}: exists and holds no run; choose another --out", exit_code=2)
    if about["hash"] != name and not force:
        said = "holds a run with other parameters or data"
        raise YaluError(f"{target}: {said}; --force replaces it", exit_code=2)
