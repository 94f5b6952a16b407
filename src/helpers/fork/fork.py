"""Take: one chapter of a book into a small book of its own, complete and checked."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import yaml

import helpers
from helpers.book.execute import execute
from helpers.book.fingerprints import notebook_modules
from helpers.book.number_lint import quantities
from helpers.chapter.role_text import ROLES
from helpers.chapter.sidecar import sidecar
from helpers.config import base_address, read_config
from helpers.errors import YaluError
from helpers.evidence.data_config import read_data_config
from helpers.evidence.outside import FOLDER
from helpers.evidence.published import ledger_of_book
from helpers.evidence.rebuild import rebuild
from helpers.files import aside, put_in_place
from helpers.fork.cut_data import Subset, Used, data_files, in_book, said, subset, used
from helpers.fork.foreign_notebook import without_links
from helpers.fork.lineage import FILE as LINEAGE
from helpers.fork.lineage import FORMAT, Lineage, lineage_json
from helpers.fork.templates import filled, notebook_bytes
from helpers.rerun.folders import commit
from helpers.rerun.parameters import known_chapter

_TEMPLATES = {
    "chapters/index.md": "index.md.j2",
    "chapters/evidence.md": "evidence.md.j2",
    "chapters/data.md": "data.md.j2",
    "chapters/corrections.md": "corrections.md.j2",
    "_toc.yml": "_toc.yml.j2",
    "README.md": "README.md.j2",
    "Makefile": "Makefile.j2",
    ".github/workflows/book.yml": "workflow.yml.j2",
    "tests/test_book.py": "tests/test_book.py.j2",
}
# taken over as they are
_COPIED = ("pyproject.toml", "requirements.txt", "LICENSE", "LICENSE-DATA", ".gitignore")
_TESTED_WITH = ("tests/models/__init__.py", "tests/models/vega.py")


@dataclass(frozen=True)
class Origin:
    """The book that a chapter is taken from: its title, version and address, if it has one."""

    title: str
    version: str
    address: str


def _origin(root: Path) -> Origin:
    title = str(read_config(root)["title"])
    return Origin(title, read_data_config(root).package.version, base_address(root))


def checked_folder(root: Path, dest: Path) -> Path:
    """Return the folder for a new book. Raises YaluError (exit code 2) where it cannot be one."""
    target = dest.expanduser().absolute()
    if target.exists() and not target.is_dir():
        reason = "is a file; allowed: a new or an empty folder"
    elif target.is_dir() and any(target.iterdir()):
        reason = "is not empty; allowed: a new or an empty folder"
    elif target.resolve().is_relative_to(root.resolve()):
        reason = "lies in the book itself; choose a folder outside it"
    elif not target.parent.is_dir():
        reason = "lies in a folder that does not exist; make that one first"
    else:
        return target
    raise YaluError(f"{dest}: {reason}", exit_code=2)


def fork(root: Path, chapter: str, dest: Path, report: Callable[[str], None]) -> Path:
    """Write a complete book of one chapter into `dest` and return it.

    It holds the claims, documents and tables that the chapter uses, the helpers, tests and
    LINEAGE.json. Raises YaluError where the chapter is unknown, the folder is not free, or
    what was written fails a check or comes out otherwise than here; then `dest` is as before.
    """
    known_chapter(root, chapter)
    target = checked_folder(root, dest)
    report(f"{chapter}: running it to see what it uses")
    of = used(root, chapter)
    if not of.claims:
        raise YaluError(f"{chapter}: uses no claim of the ledger; a book rests on at least one")
    with aside(target) as work:
        with in_book(root):
            kept = subset(root, chapter, of)
            _write(root, work, chapter, kept)
        rebuild(work)
        report(f"{chapter}: running it there to see that it comes out the same")
        _same_there(work, chapter, of.said)
        shutil.rmtree(work / "_build", ignore_errors=True)
        put_in_place(work, target)
    for line in _summary(kept, of):
        report(line)
    return target


def _summary(kept: Subset, of: Used) -> list[str]:
    reasons = list(kept.claims.values())
    counts = ", ".join(f"{reasons.count(r)} {r}" for r in ("shown", "rests on", "beside"))
    return [
        f"claims: {len(reasons)} ({counts})",
        f"documents: {len(kept.frames['ledger/sources'])}",
        f"tables: {', '.join(of.tables) or 'none'}",
    ]


def _write(root: Path, work: Path, chapter: str, kept: Subset) -> None:
    origin, declared = _origin(root), sidecar(chapter)
    slots: dict[str, Any] = {
        "title": declared.title, "chapter": chapter, "chapter_title": declared.title,
        "origin": origin.title, "origin_version": origin.version, "address": origin.address,
        "results": [(key, r.label) for key, r in declared.results.items() if r.headline],
    }  # fmt: skip
    texts = {name: filled(f"book/{template}", **slots) for name, template in _TEMPLATES.items()}
    names = [declared.title, origin.title, *(label for _, label in slots["results"])]
    texts["_config.yml"] = _new_config(root, declared.title, names)
    files = data_files(root, kept, _package(root, chapter, declared.title, origin))
    files |= {Path(name): text.encode() for name, text in texts.items()}
    for path, content in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(content)
    _copy(root, work, chapter)
    _unlink(work, chapter)
    (work / LINEAGE).write_bytes(lineage_json(_lineage(root, chapter, kept, origin)))


def _new_config(root: Path, title: str, names: list[str]) -> str:
    """Return `_config.yml` under the new book's title, without the original's address.

    Those of `names` that hold a number are declared as names, which the pages of the book say.
    """
    config = read_config(root) | {"title": title, "author": f"the editors of {title}"}
    config["html"] = {k: v for k, v in config["html"].items() if k != "baseurl"}
    config.pop("repository", None)
    settings = config["sphinx"]["config"]
    new = [name for name in names if any(not is_name for _, _, is_name in quantities(name))]
    settings["yalu_names"] = list(dict.fromkeys([*settings.get("yalu_names", []), *new]))
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True)


def _package(root: Path, chapter: str, title: str, origin: Origin) -> dict[str, Any]:
    before = read_data_config(root).package
    return {
        "name": chapter.replace("_", "-"),
        "title": f"{title}: evidence",
        "version": "1.0",
        "description": (
            f"The evidence that one chapter uses, from {origin.title}, version {origin.version}."
        ),
        "licenses": before.model_dump()["licenses"],
    }


def _copy(root: Path, work: Path, chapter: str) -> None:
    own = [
        f"chapters/{chapter}.ipynb",
        f"chapters/{chapter}.yml",
        f"tests/models/test_{chapter}.py",
    ]
    for name in (*_COPIED, *_TESTED_WITH, *own, *_brought(root, chapter)):
        if (root / name).is_file():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, work / name)
    code = Path(helpers.__file__).resolve().parent
    modules = set(notebook_modules(root / "chapters" / f"{chapter}.ipynb", code))

    def left_out(folder: str, names: list[str]) -> set[str]:
        models = names if Path(folder).name == "models" else []
        return {"__pycache__"} | {n for n in models if f"helpers/models/{n}" not in modules}

    shutil.copytree(code, work / "src" / "helpers", ignore=left_out)


def _unlink(work: Path, chapter: str) -> None:
    """Turn links to pages that the new book does not have into words.

    Raises YaluError where the chapter prints a result of another one, which it cannot have.
    """
    path = work / "chapters" / f"{chapter}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        _own_results_only(chapter, cell.source)
        cell.source = without_links(cell.source, _pages(chapter))
    path.write_bytes(notebook_bytes(notebook))
    declared = work / "chapters" / f"{chapter}.yml"
    text = declared.read_text(encoding="utf-8")
    declared.write_text(without_links(text, _pages(chapter)), encoding="utf-8")


def _pages(chapter: str) -> set[str]:
    written = {Path(name).stem for name in _TEMPLATES if name.startswith("chapters/")}
    return written | {chapter}


def _own_results_only(chapter: str, text: str) -> None:
    for role, inner in ROLES.findall(text):
        other, sign, _ = inner.strip().split(" ")[0].partition(":")
        if role == "result" and sign and other != chapter:
            raise YaluError(
                f"{chapter}: prints {{result}}`{inner.strip()}` of another chapter; a book of one "
                "chapter cannot have it: take it out first"
            )


def _brought(root: Path, chapter: str) -> list[str]:
    """Return the pictures and the JSON of data/ that the notebook names, and what came with it."""
    text = (root / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8")
    pictures = (path for path in (root / "chapters/images").glob("*") if path.name in text)
    outlines = (path for path in (root / "data").glob("*.json") if path.name in text)
    files = [*pictures, *outlines, *(root / FOLDER / chapter).rglob("*")]
    return [path.relative_to(root).as_posix() for path in files if path.is_file()]


def _lineage(root: Path, chapter: str, kept: Subset, origin: Origin) -> Lineage:
    claims = ledger_of_book(root).claims
    return Lineage(
        format=FORMAT,
        book={
            "title": origin.title,
            "name": read_data_config(root).package.name,
            "version": origin.version,
            "address": origin.address,
            "commit": commit(root),
        },
        chapter=chapter,
        forked_on=date.today().isoformat(),
        claims={
            claim_id: {"sha256": claims[claim_id].sha256, "why": why}
            for claim_id, why in sorted(kept.claims.items())
        },
    )


def _same_there(work: Path, chapter: str, here: list[Any]) -> None:
    """Run the chapter in its new book. Raises YaluError where it says something else there."""
    out = work / "_build" / f"{chapter}.ipynb"
    with in_book(work):
        execute(work / "chapters" / f"{chapter}.ipynb", out)
    pages = _pages(chapter)
    told, there = ([without_links(_text(one), pages) for one in outputs]
                   for outputs in (here, said(out)))  # fmt: skip
    if told != there:
        differ = next((a for a, b in zip(told, there, strict=False) if a != b), "how much it shows")
        raise YaluError(
            f"{chapter}: does not say the same with only the evidence that it uses; "
            f"the first difference is in {' '.join(differ.split())[:160]}"
        )


def _text(output: Any) -> str:
    return json.dumps(output, ensure_ascii=False, default=str)
