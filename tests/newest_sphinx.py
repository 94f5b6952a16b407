"""Render the staged book with Sphinx alone, whatever its version, and hold the pages to the site.

`make book-sphinx` runs it in an environment of the newest Sphinx and MyST without jupyter-book: the
promise that the book outlives the tool that renders it. Exit code 1 where a page differs.
"""

import filecmp
import shutil
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

from helpers.book.editions import PLACE
from helpers.book.kit import add_kits
from helpers.book.stale import WORK, Inputs, read_manifest
from helpers.config import read_config
from helpers.paths import SITE, in_book

OUT = Path("_build/book-sphinx")
# what jupyter-book sets where a book does not
SETTINGS = {
    "external_toc_exclude_missing": True, "external_toc_path": "_toc.yml",
    "html_sourcelink_suffix": "",
    "myst_url_schemes": ["mailto", "http", "https"], "nb_output_stderr": "show",
}  # fmt: skip
PASSED_OVER = ("**.ipynb_checkpoints", ".DS_Store", "Thumbs.db")


def settings(root: Path) -> dict[str, object]:
    """Return the configuration of Sphinx that `_config.yml` comes to."""
    config = read_config(root)
    own = dict(config["sphinx"]["config"])
    extensions = [name for name in own.pop("extensions") if name != "jupyter_book"]
    return SETTINGS | {
        "project": config["title"], "html_title": config["title"], "author": config["author"],
        "copyright": config["copyright"], "html_baseurl": config["html"].get("baseurl") or "",
        "exclude_patterns": [*config["exclude_patterns"], *PASSED_OVER],
        "myst_enable_extensions": config["parse"]["myst_enable_extensions"],
        "nb_execution_mode": "off",
        "extensions": [*extensions, "sphinx_multitoc_numbering"],
    } | own  # fmt: skip


def render(root: Path) -> Path:
    """Render a copy of the staged book, every warning an error; return the folder of the pages."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    shutil.rmtree(root / OUT / "work", ignore_errors=True)
    staged = shutil.copytree(root / WORK / "stage", root / OUT / "work" / "stage")
    (staged / "_config.yml").unlink()
    pages = root / OUT / "work" / "html"
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            str(staged), None, str(pages), str(pages.with_name("doctrees")), "html",
            confoverrides=settings(root), status=None, freshenv=True, warningiserror=True,
        )  # fmt: skip
        app.build()
    if app.statuscode:
        sys.exit(app.statuscode)
    add_kits(root, read_manifest(root), Inputs(root), root / OUT / "work", pages)
    return pages


def compared(published: Path, pages: Path) -> tuple[list[str], list[str]]:
    """Return the names of all pages of either, and of those that are not the same in both."""
    found = (p.relative_to(one) for one in (published, pages) for p in one.rglob("*.html"))
    names = {path.as_posix() for path in found if path.parts[0] != PLACE}
    return sorted(names), sorted(
        name for name in names
        if not ((published / name).is_file() and (pages / name).is_file()
                and filecmp.cmp(published / name, pages / name, shallow=False))
    )  # fmt: skip


def main(root: Path) -> int:
    """Render, compare, print; return the exit code."""
    for kind in (DeprecationWarning, PendingDeprecationWarning):
        warnings.filterwarnings("error", category=kind, module=r"helpers\.")
    names = ("sphinx", "docutils", "myst-parser", "myst-nb", "sphinx-external-toc")
    told = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"Python {sys.version.split()[0]}, {told}")
    with in_book(root):
        all_pages, differ = compared(root / SITE, render(root))
    for name in differ:
        print(f"{name}: differs from {SITE.as_posix()}/{name}")
    print(f"pages compared: {len(all_pages)}, different: {len(differ)}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
