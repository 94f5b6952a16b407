"""Identity: what tells one run from another, and what a run was made with."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import helpers
from helpers.analysis.parameters import Value
from helpers.analysis.sidecar import sidecar_path

PACKAGES = ("across-the-yalu", "altair", "numpy", "pandas", "papermill", "vl-convert-python")
_CODE = ("analysis", "evidence", "models")


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    whole = hashlib.sha256()
    for name, path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{name} {content}\n".encode())
    return whole.hexdigest()


def data_fingerprint(root: Path) -> str:
    """Return a digest of the clean tables."""
    tables = sorted((root / "data" / "clean").glob("*.csv"))
    return _digest((path.name, path) for path in [*tables, root / "data" / "codebook.csv"])


@cache
def _code_fingerprint() -> str:
    source = Path(helpers.__file__).parent
    files = sorted(path for part in _CODE for path in (source / part).rglob("*.py"))
    return _digest((path.relative_to(source).as_posix(), path) for path in files)


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a chapter computes with."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def fingerprint(root: Path, chapter: str) -> dict[str, str]:
    """Return digests of what a run of a chapter rests on: data, chapter, helpers, packages."""
    own = [root / "chapters" / f"{chapter}.ipynb", sidecar_path(chapter)]
    versions = json.dumps(package_versions(), sort_keys=True)
    return {
        "data": data_fingerprint(root),
        "chapter": _digest((path.name, path) for path in own),
        "helpers": _code_fingerprint(),
        "packages": hashlib.sha256(versions.encode()).hexdigest(),
    }


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
