"""Editions: copies of the site that stay readable at /v/NAME/ when the book goes on."""

import json
import posixpath
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers.config import base_address
from helpers.errors import YaluError
from helpers.files import aside, put_in_place, write_file, write_json
from helpers.paths import SITE

FOLDER = Path("_build/editions")
# where a site holds its editions, and what tells of one
PLACE, ABOUT = "v", "edition.json"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
# what a server looks for at the start of a site only, and the editions themselves
_OF_SITE = (PLACE, "404.html", "robots.txt", ".nojekyll")
# files that may name the address of the book
_TEXTS = (".html", ".xml", ".txt", ".js", ".json", ".csv", ".svg", ".bib", ".ris")
# where the template puts the head of a page, behind the link that skips it
_HEADER = '<header class="page-head"'


@dataclass(frozen=True)
class Edition:
    """A kept edition: its name, the version of the book, the last day of its evidence."""

    name: str
    version: str
    evidence_to: str
    claims: int


def check_name(root: Path, name: str) -> None:
    """Raise YaluError where an edition cannot have that name."""
    if not _NAME.fullmatch(name) or ".." in name or name.endswith("."):
        allowed = "letters, digits, dots and hyphens, such as 2026.1"
        raise YaluError(f'--edition: found "{name[:40]}"; allowed: {allowed}', exit_code=2)
    if (root / FOLDER / name).exists():
        hint = f"choose another name, or delete {(FOLDER / name).as_posix()}"
        raise YaluError(f"--edition: {name} is kept already: {hint}", exit_code=2)


def read_editions(root: Path) -> list[Edition]:
    """Return the kept editions, the oldest evidence first, then by name (2026.2 before 2026.10).

    Raises YaluError where a folder among them tells of none.
    """
    found = []
    for folder in sorted(p for p in (root / FOLDER).glob("[!.]*") if p.is_dir()):
        about = folder / ABOUT
        try:
            found.append(Edition(**json.loads(about.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError):
            name = about.relative_to(root).as_posix()
            hint = "delete the folder, or keep it anew"
            raise YaluError(f"{name}: tells of no edition: {hint}") from None

    def order(edition: Edition) -> tuple[str, list[tuple[int, str]]]:
        parts = re.split(r"[._-]", edition.name)
        numbers = [(int(part), "") if part.isdigit() else (0, part) for part in parts]
        return edition.evidence_to, numbers

    return sorted(found, key=order)


def keep(root: Path, name: str) -> Path:
    """Keep the site, without the editions beside it; its pages say so and lead to the newest."""
    from helpers import evidence  # imports pandas
    from helpers.evidence.data_config import read_data_config

    version, latest = read_data_config(root).package.version, str(evidence.last_recorded())
    edition = Edition(name, version, latest, len(evidence.load("claims")))
    site, target, base = root / SITE, root / FOLDER / name, base_address(root).rstrip("/")
    with aside(target) as folder:
        shutil.copytree(site, folder, ignore=lambda at, _: _OF_SITE if Path(at) == site else [],
                        dirs_exist_ok=True)  # fmt: skip
        for path in [p for p in folder.rglob("*") if p.suffix in _TEXTS]:
            text = path.read_bytes().decode()
            if path.suffix == ".html":
                text = _as_kept(text, name, len(path.relative_to(folder).parts) - 1)
            if base:  # in links, sitemap and feed, and where a page or a file says how to cite it
                text = text.replace(f"{base}/", f"{base}/{PLACE}/{name}/")
            path.write_bytes(text.encode())
        _index_again(folder)
        write_json(folder / ABOUT, asdict(edition))
        put_in_place(folder, target)
    return target


def _index_again(folder: Path) -> None:
    """Write the index of an edition's data anew: addresses in its files have changed."""
    from helpers.book.sphinx.site.addresses import INDEX, index_text  # imports all of Sphinx

    if (path := folder / INDEX).is_file():
        write_file(path, index_text(folder, json.loads(path.read_text(encoding="utf-8"))))


def _as_kept(text: str, name: str, depth: int) -> str:
    """Return a page as it is `depth` folders below the start of an edition."""
    from helpers.book.sphinx.html import rendered  # imports all of Sphinx

    up = "../" * (depth + 2)
    banner = rendered("edition_banner.html.j2", name=name, up=up)
    text = text.replace("</head>", '<meta name="robots" content="noindex">\n</head>', 1)
    text = text.replace(_HEADER, f"{banner}\n{_HEADER}", 1)
    # to the editions beside this one, from the page that lists them
    return text.replace(f'"{"../" * depth}{PLACE}/', f'"{up}{PLACE}/')


def add_editions(root: Path, pages: Path) -> None:
    """Put the kept editions below the rendered pages."""
    shutil.rmtree(pages / PLACE, ignore_errors=True)
    for edition in read_editions(root):
        shutil.copytree(root / FOLDER / edition.name, pages / PLACE / edition.name)


def edition_uri(docname: str, name: str) -> str:
    """Return the link from a page of the site to the start of an edition."""
    up = posixpath.relpath(".", posixpath.dirname(docname) or ".")
    return f"{up}/{PLACE}/{name}/index.html"
