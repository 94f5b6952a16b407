"""Trial: the evidence checked as it would be with other files, before any is written."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from helpers.evidence.check import check
from helpers.evidence.failures import Failure

_INPUTS = ("ledger", "series", "codebook.csv", "corrections.yml", "tables.yml")


def failures_with(root: Path, files: Mapping[str, bytes]) -> list[Failure]:
    """Return what `check` finds in the book at `root` with `files` in the place of its own.

    `files` maps paths relative to the root to their content; nothing of the book is changed.
    """
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        for name in _INPUTS:
            _copy(root / "data" / name, Path(folder) / "data" / name)
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return check(Path(folder))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
