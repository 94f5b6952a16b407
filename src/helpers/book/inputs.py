"""Inputs: content hashes of all that the book is made of, without importing anything heavy."""

import csv
import hashlib
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CLAIMS = "data/clean/claims.csv"
_FOLDERS = ("chapters", "data")
_FILES = ("_config.yml", "_toc.yml", "requirements.txt")
_CODE = Path(__file__).resolve().parent.parent
_OURS = "helpers"
# what besides files can change a page
_VARIABLES = ("LANG", "LC_ALL", "SOURCE_DATE_EPOCH")
# where Linux, macOS and Windows keep fonts
_FONTS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts",
    "/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip


def digest(data: bytes | str) -> str:
    """Return a short hash of content."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:20]


def file_digest(path: Path) -> str:
    """Return the hash of a file's content, empty where there is no such file."""
    try:
        return digest(path.read_bytes())
    except OSError:
        return ""


def _visible(folder: Path) -> Iterable[Path]:
    """Return the files below a folder, without what is hidden, cached or half written."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n != "__pycache__")
        yield from (Path(place) / n for n in sorted(names) if not n.startswith("."))


def book_files(root: Path) -> dict[str, str]:
    """Return name to hash of the book's files: configuration, chapters, data."""
    files = [path for name in _FOLDERS for path in _visible(root / name)]
    found = {path.relative_to(root).as_posix(): file_digest(path) for path in files}
    return found | {name: file_digest(root / name) for name in _FILES}


def kept_editions(root: Path) -> dict[str, str]:
    """Return a name to hash of each kept edition: what tells of it, and its ledger."""
    files = sorted((root / "_build" / "editions").glob("[!.]*/edition.json"))
    return {
        f"the edition {path.parent.name}": digest(
            file_digest(path) + file_digest(path.parent / "data" / "ledger.json")
        )
        for path in files
    }


def code_files() -> dict[str, str]:
    """Return name to hash of the files of this package, data files and assets among them."""
    files = (path for path in _visible(_CODE) if path.suffix != ".pyc")
    return {f"{_OURS}/{path.relative_to(_CODE).as_posix()}": file_digest(path) for path in files}


def environment() -> dict[str, str]:
    """Return what the book runs in: Python, the installed packages, settings of the shell."""
    folders = dict.fromkeys(os.path.realpath(entry) for entry in sys.path if entry)
    packages = sorted(
        name
        for folder in folders
        if os.path.isdir(folder)
        for name in os.listdir(folder)
        if name.endswith((".dist-info", ".egg-info"))
    )
    settings = [f"{name}={os.environ.get(name, '')}" for name in _VARIABLES]
    return {
        "Python": digest(sys.version + sys.platform),
        "the installed packages": digest("\n".join(packages)),
        "the installed fonts": fonts(),
        "the settings of language and date": digest("\n".join(settings)),
    }


def fonts() -> str:
    """Return the hash of the names of the fonts that a picture may be drawn with."""
    places = (Path(os.path.expanduser(name)) for name in _FONTS)
    names = sorted({path.name for place in places for path in _visible(place)})
    return digest("\n".join(names))


def all_inputs(root: Path) -> dict[str, str]:
    """Return name to hash of everything that the site is made of."""
    return book_files(root) | kept_editions(root) | code_files() | environment()


def claim_digests(root: Path) -> dict[str, str]:
    """Return claim id to hash of its row in the clean claims, the header with it."""
    try:
        text = (root / CLAIMS).read_text(encoding="utf-8")
    except OSError:
        return {}
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return {row[0]: digest("\0".join([*header, *row])) for row in rows if row}


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return the names whose content differs, is new or is gone, sorted."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
