"""Writing: several files at once, all of them or none."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from helpers.errors import YaluError


def write_all(root: Path, files: Mapping[Path, bytes]) -> None:
    """Write `files` (path relative to `root`, content); where one cannot be written, none is.

    Raises YaluError in one line then, and puts back what stood there before.
    """
    before = {path: _read(root / path) for path in files}
    folders: list[Path] = []
    try:
        for path, content in files.items():
            folders += _make_folders((root / path).parent)
            _replace(root / path, content)
    except OSError as error:
        for path, old in before.items():
            _put_back(root / path, old)
        for folder in reversed(folders):
            _drop_folder(folder)
        named = Path(str(error.filename)).name if error.filename else "a file"
        raise YaluError(
            f"{named}: could not be written ({error.strerror}); nothing was changed"
        ) from error


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; return those that were not there."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        os.chmod(name, mode)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _put_back(path: Path, old: bytes | None) -> None:
    if old is None:
        path.unlink(missing_ok=True)
    elif _read(path) != old:
        path.write_bytes(old)


def _drop_folder(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
