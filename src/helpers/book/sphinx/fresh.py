"""Files that reading a page has made: they go when Sphinx reads the page again."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def note_made(env: BuildEnvironment, docname: str, path: Path) -> None:
    """Note a file that reading a page has made: it goes when the page is read again."""
    _made(env).setdefault(docname, set()).add(str(path))


def reads_all(app: Sphinx) -> bool:
    """Return whether every page is read, so that nothing made by an earlier reading counts."""
    return not app.env.all_docs


def _made(env: BuildEnvironment) -> dict[str, set[str]]:
    made: dict[str, set[str]] = env.__dict__.setdefault("yalu_made", {})
    return made


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for path in _made(env).pop(docname, ()):
        Path(path).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Have Sphinx drop the files of a page that it reads again."""
    app.connect("env-purge-doc", _purge)
