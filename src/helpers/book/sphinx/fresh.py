"""Fresh: which pages Sphinx must read again when it builds on what it kept of the last build.

What all pages rest on (data, configuration, code) is compared before Sphinx starts, and where
it changed nothing is kept. Here each page is held against what it alone rests on: its own
source; results and sidecars of the chapters that it names; and, where it has a directive, what
a directive may look at: which page uses which claim, the titles of the pages, all sidecars.
Every page is written again, only the reading is spared.
"""

import json
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers.book.inputs import digest, file_digest
from helpers.book.sphinx.evidence_page.ledger import first_heading
from helpers.paths import book_root

_DIRECTIVE = re.compile(r"(?:`{3,}|:{3,}|~{3,})\s*\{")


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


class _Staged:
    """What lies in the staged book, hashed once for all pages."""

    def __init__(self, env: BuildEnvironment) -> None:
        self.paths = {name: Path(env.doc2path(name)) for name in sorted(env.found_docs)}
        folder = Path(env.srcdir)
        sidecars = book_root() / "chapters"
        runs = sorted((folder / "results").glob("*.json"))
        self.chapters = {
            run.stem: file_digest(run) + file_digest(sidecars / f"{run.stem}.yml") for run in runs
        }
        titles = {name: first_heading(path) for name, path in self.paths.items()}
        used = [json.loads(run.read_text(encoding="utf-8"))["used"] for run in runs]
        others = [file_digest(path) for path in sorted(sidecars.glob("*.yml"))]
        noted = [titles, used, others, file_digest(folder / "usage.json")]
        self.around = digest(json.dumps(noted, sort_keys=True))

    def rests(self, docname: str) -> str:
        """Return the hash of what a page rests on beside what all pages rest on."""
        text = self.paths[docname].read_text(encoding="utf-8")
        own = docname.rpartition("/")[2]
        named = [found for name, found in self.chapters.items() if name == own or name in text]
        return digest("\n".join([text, *named, self.around * bool(_DIRECTIVE.search(text))]))


def _outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages that rest on something that has changed since they were read."""
    staged = _Staged(env)
    now = {name: staged.rests(name) for name in env.found_docs}
    before: dict[str, str] = env.__dict__.get("yalu_rests", {})
    env.__dict__["yalu_rests"] = now
    return [name for name in now if before.get(name) != now[name] and name not in added]


def setup(app: Sphinx) -> None:
    """Have Sphinx ask us which pages are outdated."""
    app.connect("env-get-outdated", _outdated)
    app.connect("env-purge-doc", _purge)
