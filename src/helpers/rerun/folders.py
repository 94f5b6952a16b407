"""Folders of runs: what each says of itself, and whether one may be replaced."""

import json
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
