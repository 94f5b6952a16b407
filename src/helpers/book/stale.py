"""What is stale: chapters and the site whose inputs differ from those in the manifest.

Inputs are hashes of content: what a book is made of, the modules that a notebook imports.
"""

import csv
import hashlib
import io
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.book import editions, packages
from helpers.book.imports import (
    CODE,
    OURS,
    hidden_reading,
    name_of,
    notebook_modules,
    notebook_packages,
    reached,
    visible,
)
from helpers.config import CONFIG, TOC
from helpers.files import PART, remove, write_json
from helpers.paths import PUBLISHED, SITE, USAGE

FILE = "_build/manifest.json"
WORK = Path("_build/work")
EXECUTED = WORK / "executed"
_MOST_REASONS = 4
CLAIMS = "data/clean/claims.csv"
LOCKED = "requirements.txt"
_PACKAGES = "the installed packages"
LICENCES = ("LICENSE", "LICENSE-DATA")
PARAMETERS = "its parameters"
_FOLDERS = ("chapters", "data")
# files that bear on the page of their name alone
OF_ONE_PAGE = re.compile(r"chapters/[^/]*\.(md|ipynb|yml)")
# names in folders that come and go
_PASSING = (PART, ".ipynb_checkpoints", "__pycache__", "_build", ".git")
_MODULES = (".py", ".so", ".pyd")
# what the names of inputs begin with, and in which part of what a run rests on they are
_PARTS = {"data": "data", "chapters": "chapter", OURS: "helpers"}
# what besides files can change a page
_VARIABLES = ("LANG", "LC_ALL", "SOURCE_DATE_EPOCH", "YALU_EVIDENCE")
# where Linux, macOS and Windows keep fonts
_FONTS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts",
    "/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip


def digest(data: bytes | str) -> str:
    """Return a short hash of content."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:20]


def digest_of(content: Any) -> str:
    """Return a short hash of what JSON can hold; the order of keys does not count."""
    return digest(json.dumps(content, sort_keys=True))


def file_digest(path: Path) -> str:
    """Return the hash of a file's content, of a folder's names, "" where there is none."""
    try:
        if path.is_dir():
            names = (
                (p.name, p.is_dir()) for p in path.iterdir() if not p.name.startswith(_PASSING)
            )
            return digest_of(sorted(names))
        return digest(path.read_bytes())
    except OSError:
        return ""


def fonts() -> str:
    """Return the hash of the names of the fonts that a picture may be drawn with."""
    places = (Path(os.path.expanduser(name)) for name in _FONTS)
    return digest("\n".join(sorted({path.name for place in places for path in visible(place)})))


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names whose content differs, is new or is gone, sorted."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


class Inputs:
    """The content hashes of a book, its code and what it runs in, each read once.

    `files` (configuration, chapters, data), `editions`, `code` (of this package) and
    `environment` map names to hashes.
    """

    def __init__(self, root: Path, code: Path | None = None) -> None:
        """Hash everything; `code` is the folder of the package, if it is not the running one."""
        self.root, self._code = root, code or CODE
        self._claims: dict[str, str] = {}
        self._columns: dict[str, str] = {}
        self._uses: dict[Any, tuple[list[str], dict[str, str]]] = {}
        # data files and assets among them
        self.code = {
            name_of(p, self._code): file_digest(p)
            for p in visible(self._code)
            if p.suffix != ".pyc"
        }
        self.environment = _environment() | {LOCKED: file_digest(root / LOCKED)}
        self.editions = {
            f"the edition {path.parent.name}": digest(
                file_digest(path) + file_digest(path.parent / "data" / "ledger.json")
            )
            for path in sorted((root / editions.FOLDER).glob(f"[!.]*/{editions.ABOUT}"))
        }
        files = [path for name in _FOLDERS for path in visible(root / name)]
        self.files: dict[str, str] = {}
        files += [root / name for name in (CONFIG, TOC, *LICENCES)]
        self.update(path.relative_to(root) for path in files)

    def update(self, files: Iterable[Path]) -> None:
        """Hash files of the book again that a step of the build has written."""
        for path in files:
            self.files[path.as_posix()] = file_digest(self.root / path)
        self.files = {name: content for name, content in self.files.items() if content}
        self._claims, self._columns = {}, {}
        if (claims := self.root / CLAIMS).is_file():
            text = claims.read_text(encoding="utf-8")
            header, *rows = csv.reader(io.StringIO(text, newline=""))
            self._claims = {row[0]: digest("\0".join([*header, *row])) for row in rows if row}
            cells = zip(*(row for row in rows if len(row) == len(header)), strict=True)
            self._columns = {name: digest_of(column) for name, column in
                             zip(header, cells, strict=False)}  # fmt: skip

    def imported(self, *modules: str) -> dict[str, str]:
        """Return name to hash of the modules that dotted names import, and of their data files."""
        names = {name_of(path) for path in reached(modules)}
        folders = tuple({f"{OURS}/{name.split('/')[1]}/" for name in names})
        return {
            name: content
            for name, content in self.code.items()
            if name in names or (name.startswith(folders) and not name.endswith(".py"))
        }

    def of_run(
        self, source: Path, parameters: Mapping[str, Any] | None, read: Mapping[str, Iterable[str]]
    ) -> dict[str, str]:
        """Return name to hash of what a run of a notebook depends on; `read` is as in its trace."""
        own = source.relative_to(self.root).as_posix()
        tables = [f"data/clean/{name}.csv" for name in read.get("tables", ())]
        files = {
            name: self.files[name] if name in self.files else file_digest(self.root / name)
            for name in (own, *tables, *read.get("files", ()), *read.get("folders", ()))
        }
        ids = {*read.get("claims", ()), *read.get("looked_up", ())}
        claims = {f"claim {i}": self._claims.get(i, "") for i in ids}
        claims |= {f"{name} of claims": self._columns.get(name, "")
                   for name in read.get("columns", ())}  # fmt: skip
        given = {PARAMETERS: digest_of(dict(parameters or {}))}
        names, used = self.uses(source, own_modules(self.root, read))
        modules = {name: self.code.get(name, "") for name in names}
        asked = {f"whether {n} is there": _kind(self.root / n) for n in read.get("asked", ())}
        looked = {f"modules in {n}": _modules_in(self.root / n) for n in read.get("paths", ())}
        # what is installed beside the packages that it uses does not count, nor what is locked
        around = {n: v for n, v in self.environment.items() if n not in (_PACKAGES, LOCKED)}
        return around | used | modules | looked | asked | files | claims | given

    def uses(self, source: Path, own: tuple[Path, ...] = ()) -> tuple[list[str], dict[str, str]]:
        """Return what a notebook and its `own` modules use.

        See `notebook_modules` and `notebook_packages`.
        """
        if (source, own) not in self._uses:
            self._uses[source, own] = (notebook_modules(source, self._code, own),
                                       notebook_packages(source, self._code, own))  # fmt: skip
        return self._uses[source, own]

    def made_with(self, source: Path) -> dict[str, Any]:
        """Return what a run of a notebook rests on: `fingerprint` in parts, `versions` of packages.

        Which rows a run will read is not known before it: all clean tables count.
        """
        tables = {path.stem for path in (self.root / "data" / "clean").glob("*.csv")}
        own = source.relative_to(self.root).with_suffix(".yml").as_posix()
        found = self.of_run(source, None, {"tables": tables, "files": {own, "data/codebook.csv"}})
        _, versions = self.uses(source)
        parts: dict[str, dict[str, str]] = {
            name: {} for name in (*_PARTS.values(), "packages", "settings")
        }
        for name, content in found.items():
            rest = "packages" if name in versions or name == "Python" else "settings"
            parts[_PARTS.get(name.partition("/")[0], rest)][name] = content
        return {
            "fingerprint": {name: digest_of(part) for name, part in parts.items()},
            "versions": {"python": platform.python_version()} | versions,
        }


def _environment() -> dict[str, str]:
    """Return what the book runs in: Python, the installed packages, settings of the shell."""
    settings = [f"{name}={os.environ.get(name, '')}" for name in _VARIABLES]
    return {
        "Python": digest(sys.version + sys.platform),
        _PACKAGES: digest_of(packages.installed()),
        "the installed fonts": fonts(),
        "the settings of language, date and evidence": digest("\n".join(settings)),
    }


def own_modules(root: Path, read: Mapping[str, Iterable[str]]) -> tuple[Path, ...]:
    """Return the files of Python, not of a package, among what a run has read."""
    return tuple(sorted(root / name for name in read.get("files", ()) if name.endswith(".py")))


def _kind(path: Path) -> str:
    """Return what a path is: none, a file, a folder; a link also leads somewhere."""
    return f"{path.is_file()} {path.is_dir()} {path.is_symlink()}"


def _modules_in(folder: Path) -> str:
    """Return the hash of the names of the modules and packages in a folder."""
    try:
        names = {path.name for path in folder.iterdir() if path.stem.isidentifier()
                 and (path.suffix in _MODULES or any(path.glob("*.py")))}  # fmt: skip
    except OSError:
        return ""
    return digest_of(sorted(names - {"__pycache__"}))


# The manifest -------------------------------------------------------------------------------


@dataclass
class Manifest:
    """What the last builds made and the hashes of its inputs; one file for all of it.

    `data`: hash of the evidence that passed every check. `chapters`: by name, source and
    parameters, the trace of the run, the hashes of its inputs and of its executed notebook, and
    what it was made with.
    `pages`: the hash that all pages share and one for each page. `site`: its chapters, the
    hashes of its inputs and of its files.
    """

    root: Path
    data: str = ""
    chapters: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    site: dict[str, Any] = field(default_factory=dict)

    def save(self) -> None:
        """Write the manifest."""
        content = {name: value for name, value in vars(self).items() if name != "root"}
        write_json(self.root / FILE, content | {"hash": digest_of(content)})


def read_manifest(root: Path, report: Callable[[str], None] = lambda _: None) -> Manifest:
    """Return the manifest of the book at `root`, an empty one where it is missing or damaged."""
    try:
        told = json.loads((root / FILE).read_text(encoding="utf-8"))
        if told.pop("hash") == digest_of(told):
            return Manifest(root, **told)
    except FileNotFoundError:
        return Manifest(root)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    report(f"{FILE}: damaged; all is made again")
    remove(root / FILE)
    return Manifest(root)


def data_inputs(inputs: Inputs) -> str:
    """Return the hash of what checking the evidence and making the clean tables depends on."""
    data = {name: content for name, content in inputs.files.items() if name.startswith("data/")}
    return digest_of(data | inputs.environment | inputs.imported("helpers.evidence.rebuild"))


def why_stale(
    manifest: Manifest, inputs: Inputs, source: Path, target: Path,
    parameters: Mapping[str, Any] | None = None,
) -> list[str]:  # fmt: skip
    """Return why the notebook `source` must be executed into `target` again, or an empty list."""
    record = manifest.chapters.get(target.stem)
    if record is None or not target.is_file():
        return ["not run yet"]
    if record["output"] != file_digest(target):
        return ["its executed notebook changed"]
    told = hidden_reading(source, own_modules(inputs.root, record["read"]))
    if hidden := told.union(record["read"].get("hidden", ())):
        return [f"reads what cannot be traced ({', '.join(sorted(hidden))})"]
    now = inputs.of_run(source, parameters, record["read"])
    return [f"{name.removesuffix('.csv')} changed" for name in changed(record["inputs"], now)]


def in_a_line(reasons: list[str]) -> str:
    """Return reasons in one line: the first few, and how many more there are."""
    names = [reason.removesuffix(" changed") for reason in reasons]
    if names == reasons:
        return ", ".join(reasons)
    more = f" and {len(names) - _MOST_REASONS} more" if len(names) > _MOST_REASONS else ""
    return f"{', '.join(names[:_MOST_REASONS])}{more} changed"


def record_chapter(
    manifest: Manifest, inputs: Inputs, source: Path, target: Path,
    parameters: Mapping[str, Any] | None, read: Mapping[str, Iterable[str]],
) -> None:  # fmt: skip
    """Enter a notebook that was just executed, with what it read, as `trace.Trace` has it."""
    manifest.chapters[target.stem] = {
        "source": source.relative_to(inputs.root).as_posix(),
        "parameters": dict(parameters or {}),
        "read": {kind: sorted(names) for kind, names in read.items() if names},
        "inputs": inputs.of_run(source, parameters, read),
        "output": file_digest(target),
        "made_with": inputs.made_with(source),
    }
    manifest.save()


def _site_record(manifest: Manifest, inputs: Inputs) -> dict[str, Any]:
    """Return what is recorded of a site: its chapters, what it is made of, its files.

    What chapters read elsewhere is recorded with them. All code counts, as kits hold all of it.
    """
    return {
        "chapters": sorted(manifest.chapters),
        "inputs": inputs.files | inputs.editions | inputs.environment | inputs.code,
        "files": tree(inputs.root / SITE),
        # what is compared with runs, and looked up
        "beside": [tree(inputs.root / PUBLISHED), file_digest(inputs.root / USAGE)],
    }


def tree(folder: Path) -> dict[str, str]:
    """Return name to hash of all files below a folder."""
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(files)}


def faults_of_site(root: Path) -> list[str]:
    """Return a line for each file of the site or a kept edition that is not as it was built."""
    manifest = read_manifest(root)
    told = manifest.site.get("files")
    if told is None:
        return [f"{SITE.as_posix()}: no book built yet, or its manifest is gone; run yalu build"]
    return _faults(SITE, told, tree(root / SITE)) + faults_of_editions(manifest)


def faults_of_editions(manifest: Manifest) -> list[str]:
    """Return a line for each file of a kept edition that is no more as the last site had it."""
    files, faults = manifest.site.get("files", {}), list[str]()
    for folder in sorted((manifest.root / editions.FOLDER).glob("[!.]*")):
        start = f"{editions.PLACE}/{folder.name}/"
        told = {name.removeprefix(start): found for name, found in files.items()
                if name.startswith(start)}  # fmt: skip
        if told:
            faults += _faults(editions.FOLDER / folder.name, told, tree(folder))
    return faults


def _faults(folder: Path, told: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        f"{folder.as_posix()}/{name}: "
        + ("not of the book" if name not in told else "differs" if name in now else "missing")
        for name in changed(told, now)
    ]


def record_site(manifest: Manifest, inputs: Inputs) -> None:
    """Enter the site that was just published in the manifest."""
    manifest.site = _site_record(manifest, inputs)
    manifest.save()


def site_is_fresh(manifest: Manifest, inputs: Inputs, suffixes: Iterable[str] = ()) -> bool:
    """Return whether the site is what a build would make, with files of all `suffixes` (".pdf")."""
    root = inputs.root
    return (
        bool(manifest.site)
        and all(any((root / SITE).glob(f"*{suffix}")) for suffix in suffixes)
        and manifest.site == _site_record(manifest, inputs)
        and not any(
            why_stale(manifest, inputs, root / one["source"], root / EXECUTED / f"{name}.ipynb",
                      one["parameters"])
            for name, one in manifest.chapters.items()
        )
    )  # fmt: skip
