"""Archive: what a chapter needs to run, as one file for a machine that has no copy of the book."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from helpers.book.fingerprints import digest

# the first moment that a ZIP file can tell: the same files make the same archive
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def _needed(root: Path, chapter: str) -> Iterator[Path]:
    """Yield what makes a folder a book, what `identity.fingerprint` counts, in a fixed order."""
    yield from (root / "_config.yml", root / "_toc.yml")
    yield from (root / "chapters" / f"{chapter}{kind}" for kind in (".ipynb", ".yml"))
    yield root / "data" / "codebook.csv"
    yield from sorted((root / "data" / "clean").glob("*.csv"))


def packed(root: Path, chapter: str) -> bytes:
    """Return the archive of a chapter: notebook, sidecar, clean tables, configuration."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path in _needed(root, chapter):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _NO_TIME)
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def archive_name(archive: bytes) -> str:
    """Return the name of an archive, which follows its content."""
    return f"yalu-{digest(archive)}"


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack an archive into `folder`, which is then a book of one chapter."""
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        content.extractall(folder)
