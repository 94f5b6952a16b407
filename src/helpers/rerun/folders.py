"""Folders of runs: written aside, then put in place whole."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.errors import YaluError

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
