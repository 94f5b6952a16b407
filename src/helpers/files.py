"""Files and folders written completely or not at all, and a lock between processes."""

import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any
from zlib import crc32

from filelock import FileLock, Timeout

from helpers.errors import YaluError, hidden, shown_path

# begins the names of files and folders that are not finished yet, and of temporary folders; the
# number of the process that makes them follows, and in a folder that several machines may share,
# as the workers of a cluster do, before it that of this machine
PART = ".part-"
_TEMPORARY = "yalu-"
_HERE = f"{PART}{crc32(platform.node().encode()):08x}-"
_LEFT = re.compile(rf"{re.escape(_HERE)}(\d+)-(?:(.+)-old$)?")
_LEFT_TEMPORARY = re.compile(rf"{_TEMPORARY}(\d+)-\w{{8}}$")
_LONGEST = 50
_ELSEWHERE = {".git", ".venv", "node_modules", "html"}


def json_text(content: Any) -> str:
    """Return canonical JSON: sorted keys, two-space indent, a newline at the end."""
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def is_file(path: Path) -> bool:
    """Return whether a path is that of a file; one that cannot be looked up is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, a folder that may not be read
        return False


def write_json(path: Path, content: Any) -> None:
    """Write canonical JSON, see `json_text`. Raises YaluError as `write_file` does."""
    write_file(path, json_text(content))


def write_file(path: Path, content: bytes | str) -> None:
    """Write one file atomically, with the folders above it; an existing file keeps its mode.

    Raises YaluError in one line where it cannot be written; the old file is then left.
    """
    write_all(Path(), {path: content})


def write_all(root: Path, contents: Mapping[Path, bytes | str | None]) -> None:
    """Write several files, each atomically; `contents` by path relative to `root`, None deletes.

    Raises YaluError in one line where one cannot be written, and then puts all back.
    """
    parts: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    made: list[Path] = []
    name = Path()
    try:
        # a full disk refuses before any file is replaced
        for name, content in contents.items():
            if content is not None:
                parent = (root / name).resolve().parent
                made += [p for p in (parent, *parent.parents) if not p.exists()][::-1]
                parent.mkdir(parents=True, exist_ok=True)
                parts[name] = _part((root / name).resolve(), content)
        for name in contents:
            old = (root / name).read_bytes() if (root / name).is_file() else None
            if name in parts:
                os.replace(parts[name], (root / name).resolve())
            else:
                (root / name).unlink(missing_ok=True)
            before[name] = old
    except OSError as error:
        for done, old in before.items():
            (root / done).unlink(missing_ok=True) if old is None else (root / done).write_bytes(old)
        for part in parts.values():
            part.unlink(missing_ok=True)
        for folder in reversed(made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        said = f"could not be written ({error.strerror or error}); nothing was changed"
        raise YaluError(f"{name.as_posix()}: {said}") from error


def _part(path: Path, content: bytes | str) -> Path:
    """Write the new content next to a file, with its mode."""
    handle, name = tempfile.mkstemp(prefix=f"{_HERE}{os.getpid()}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_bytes(content))
        os.chmod(name, path.stat().st_mode if path.exists() else 0o666 & ~_umask())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def mirror(contents: Mapping[Path, bytes | str], folder: Path) -> None:
    """Make a folder hold the files `contents` and no other; what is the same keeps its time."""
    wanted = {folder / name: _bytes(content) for name, content in contents.items()}
    above = {parent for path in wanted for parent in path.parents}
    for path in [path for path in folder.rglob("*") if path not in above]:
        if path.is_file() != (path in wanted):
            remove(path)
    for path, data in wanted.items():
        if not path.is_file() or path.read_bytes() != data:
            write_file(path, data)


# in a book, what only its editors change
_EDITED = ("chapters", "data", "src", "tests", ".git", ".github")
# bytes of the longest name that leaves room for `PART` and more
_LONGEST_NAME = 200


def check_folder(root: Path, folder: Path) -> Path:
    """Return the full path of a folder that a command may make, or fill, beside a book.

    Raises YaluError (exit code 2) where it is a file, the book itself, above it or among what its
    editors keep, or where nothing can be written.
    """
    try:
        full, book = folder.expanduser().resolve(), root.resolve()
        within = full.relative_to(book).parts if full.is_relative_to(book) else ("",)
        below = next(path for path in full.parents if path.exists())
        if len(os.fsencode(full.name)) > _LONGEST_NAME:  # which Python 3.14 takes for no file
            fault = f"has a name of more than {_LONGEST_NAME} bytes"
        elif full.exists() and not full.is_dir():
            fault = "is a file"
        elif book.is_relative_to(full):
            fault = "is the book itself, or holds it"
        elif within[0] in _EDITED:
            fault = f"lies in the book, in {within[0]}/, where editors alone write"
        elif said := hidden(str(folder)):
            fault = f"holds {said}"
        else:
            Path(tempfile.mkdtemp(prefix=PART, dir=below)).rmdir()
            return full
    except (OSError, ValueError, RuntimeError) as error:
        fault = f"cannot be written ({getattr(error, 'strerror', None) or error})"
    raise YaluError(f"{shown_path(folder)}: {fault}; choose another folder", exit_code=2)


@contextmanager
def aside(target: Path) -> Iterator[Path]:
    """Give an empty folder next to `target` to fill; deleted afterwards unless put in place.

    Raises YaluError in one line where a file in it or the folder itself cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        drop_leftovers(target.parent, deep=False)
        prefix = f"{_HERE}{os.getpid()}-{target.name}-"
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield folder
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(folder: Path, target: Path) -> None:
    """Move a finished folder to `target`, in the place of what is there.

    Raises YaluError in one line where it cannot be, and then leaves what was there.
    """
    old = target.with_name(f"{_HERE}{os.getpid()}-{target.name}-old")
    try:
        remove(old)
        folder.chmod(0o777 & ~_umask())
        if target.exists():
            target.rename(old)
        try:
            folder.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise _unwritable(target, error) from error
    remove(old)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there and as far as that is allowed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def own_temporary_folder() -> None:
    """Give this process and its children a temporary folder of their own, removed at its end."""
    number, before = os.getpid(), tempfile.gettempdir()
    # the name of a socket in it has its limit of some hundred bytes
    if len(before) < _LONGEST and not Path(before).name.startswith(f"{_TEMPORARY}{number}-"):
        tempfile.tempdir = tempfile.mkdtemp(prefix=f"{_TEMPORARY}{number}-")
        os.environ["TMPDIR"] = tempfile.tempdir
        # after what multiprocessing removes of its own; not by children
        Finalize(None, remove, args=[Path(tempfile.tempdir)], exitpriority=-1000)
        for path in Path(before).glob(f"{_TEMPORARY}*-*"):
            found = _LEFT_TEMPORARY.match(path.name)
            if found and path.is_dir() and not _is_running(int(found[1])):
                remove(path)


def drop_leftovers(folder: Path, deep: bool = True) -> None:
    """Remove what commands that were killed have left in a folder, and put back what they moved."""
    for place, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            if (found := _LEFT.match(name)) and not _is_running(int(found[1])):
                path = Path(place, name)
                if found[2] and not (target := path.with_name(found[2])).exists():
                    path.rename(target)
                remove(path)
        folders[:] = [n for n in folders if deep and n not in _ELSEWHERE and not _LEFT.match(n)]


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # of another user, or of a system that does not tell
        return True
    return True


def _unwritable(target: Path, error: OSError) -> YaluError:
    return YaluError(f"{target}: could not be written ({error.strerror or error}); left as it was")


@contextmanager
def held(file: Path, waiting: str, report: Callable[[str], None]) -> Iterator[bool]:
    """Hold a lock file; yields whether another process had to be waited for.

    `waiting` is then reported, with its number. The system frees the lock of an ended process.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    holder = file.with_name(f"{file.name}.holder")
    lock, waited = FileLock(file), False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        number = holder.read_text("ascii", "replace") if holder.is_file() else ""
        report(f"{waiting}{f' (process {number})' if number else ''}; waiting for it")
        lock.acquire()
        waited = True
    try:
        holder.write_text(str(os.getpid()), "ascii")
        yield waited
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
