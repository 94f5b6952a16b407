"""Published: the chapters as the book has them, to hold a run against."""

from pathlib import Path

from helpers.book.execute import execute
from helpers.paths import PUBLISHED, SITE
from helpers.rerun.identity import fingerprint, short_hash
from helpers.rerun.reading import Reading, read_run
from helpers.rerun.values import run_values

BOOK = "book"
DEFAULTS = Path("_build/defaults")


def published_notebook(root: Path, chapter: str) -> Path | None:
    """Return the executed notebook behind the chapter's published page, if there is one."""
    path = root / PUBLISHED / f"{chapter}.ipynb"
    return path if (root / SITE).is_dir() and path.is_file() else None


def read_published(root: Path, chapter: str) -> Reading:
    """Return what the published chapter says; without a built book, what its defaults give."""
    path = published_notebook(root, chapter)
    if path:
        return read_run(BOOK, path)
    name = short_hash(chapter, run_values(chapter), fingerprint(root, chapter))
    target = root / DEFAULTS / f"{chapter}-{name}.ipynb"
    if not target.is_file():
        execute(root / "chapters" / f"{chapter}.ipynb", target)
    return read_run("defaults", target)
