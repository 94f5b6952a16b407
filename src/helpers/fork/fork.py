"""Fork: extract one chapter into its own book, complete and checked."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import yaml

import helpers
from helpers.book.execute import as_written, execute
from helpers.book.imports import notebook_modules
from helpers.book.number_lint import quantities
from helpers.chapter.chapter import OUTSIDE
from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import ROLES
from helpers.config import CONFIG, base_address, read_config
from helpers.errors import YaluError
from helpers.evidence.data_config import read_data_config
from helpers.evidence.lineage import FORMAT, LINEAGE, Lineage, file_digests, read_lineage
from helpers.evidence.published import ledger_of_book
from helpers.evidence.rebuild import rebuild
from helpers.files import aside, check_folder, put_in_place, write_all
from helpers.fork import cut_data
from helpers.fork.new import from_template, notebook_bytes, quoted
from helpers.inputs import read_notebook, read_text
from helpers.paths import in_book
from helpers.rerun.folders import commit
from helpers.rerun.parameters import known_chapter

_PAGES = {"index", "evidence", "data", "corrections"}
_TEMPLATES = {
    **{f"chapters/{page}.md": f"{page}.md.j2" for page in _PAGES},
    "_toc.yml": "_toc.yml.j2",
    "README.md": "README.md.j2",
    "Makefile": "Makefile.j2",
    "CITATION.cff": "CITATION.cff.j2",
    "CONTRIBUTING.md": "CONTRIBUTING.md.j2",
    ".github/workflows/book.yml": "workflow.yml.j2",
    ".github/workflows/publish.yml": "publish.yml.j2",
    "tests/test_book.py": "tests/test_book.py.j2",
}
# copied as they are
_COPIED = ("requirements.txt", "LICENSE", "LICENSE-DATA", ".gitignore", ".gitattributes",
           "tests/models/__init__.py", "tests/models/vega.py")  # fmt: skip
_PAGE_LINK = re.compile(r"\[([^\[\]]+)\]\((?:\./)?([A-Za-z0-9_]+)\.(?:md|ipynb)(?:#[^)\s]*)?\)")


def fork_chapter(root: Path, chapter: str, dest: Path, report: Callable[[str], None]) -> Path:
    """Write a complete book of one chapter into `dest` and return it.

    It holds the claims, documents and tables that the chapter uses, the helpers, tests and
    LINEAGE.json. Raises YaluError where the chapter is unknown, the folder is not free, or
    what was written fails a check or comes out otherwise than here; then `dest` is as before.
    """
    known_chapter(root, chapter)
    target = _checked_folder(root, dest)
    own = _chapter_files(root, chapter)
    with aside(target) as work:
        report(f"{chapter}: running it to see what it uses")
        used = cut_data.used_evidence(root, chapter)
        if not used.claims:
            raise YaluError(f"{chapter}: uses no claim of the ledger; a book rests on at least one")
        with in_book(root):
            cut = cut_data.cut_to(root, chapter, used)
            _write(root, work, chapter, cut, own)
        rebuild(work)
        report(f"{chapter}: running it there to see that it comes out the same")
        _check_same(work, chapter, used.outputs)
        shutil.rmtree(work / "_build", ignore_errors=True)
        put_in_place(work, target)
    reasons = list(cut.claims.values())
    counts = ", ".join(f"{reasons.count(r)} {r}" for r in cut_data.REASONS)
    report(f"claims: {len(reasons)} ({counts})")
    report(f"documents: {len(cut.frames['ledger/sources'])}")
    report(f"tables: {', '.join(used.tables) or 'none'}")
    return target


def _checked_folder(root: Path, dest: Path) -> Path:
    """Return the folder for a new book. Raises YaluError (exit code 2) where it cannot be one."""
    target = check_folder(root, dest)
    if target.is_dir() and any(target.iterdir()):
        reason = "is not empty; allowed: a new or an empty folder"
    elif target.is_relative_to(root.resolve()):
        reason = "lies in the book itself; choose a folder outside it"
    elif not target.parent.is_dir():
        reason = "lies in a folder that does not exist; make that one first"
    else:
        return target
    raise YaluError(f"{dest}: {reason}", exit_code=2)


def _write(
    root: Path, work: Path, chapter: str, cut: cut_data.CutData, own: dict[Path, bytes | str]
) -> None:
    """Write the new book: its data, pages from templates, `own` files of the chapter, code."""
    config, package, declared = read_config(root), read_data_config(root).package, sidecar(chapter)
    title, origin = declared.title, str(config["title"])
    headlines = [(key, result.label) for key, result in declared.results.items() if result.headline]
    book: dict[str, Any] = {"title": origin, "name": package.name, "version": package.version,
            "address": base_address(root), "commit": commit(root)}  # fmt: skip
    if (root / LINEAGE).is_file():  # a fork of a fork names the first book too
        before = dict(read_lineage(root).book)
        book["made_from"] = [{k: v for k, v in before.items() if k != "made_from"},
                             *before.get("made_from", [])]  # fmt: skip
    books = [book, *book.get("made_from", [])]
    slots = {
        "books": books, "title": title, "chapter": chapter, "chapter_title": title,
        "origin": origin, "origin_version": package.version, "address": base_address(root),
        "results": headlines,
    }  # fmt: skip
    new_package = package.model_dump(exclude={"published"}) | {
        "name": chapter.replace("_", "-"), "title": f"{title}: evidence", "version": "1.0",
        "description": f"The evidence that one chapter uses, from {origin}, version "
                       f"{package.version}.",
    }  # fmt: skip
    published = ledger_of_book(root).claims
    lineage = Lineage(
        format=FORMAT,
        book=book,
        chapter=chapter,
        forked_on=date.today().isoformat(),
        claims={claim_id: {"sha256": published[claim_id].sha256, "why": why}
                for claim_id, why in sorted(cut.claims.items())},
        files=file_digests(root, _behind(root, chapter, cut)),
    )  # fmt: skip
    # its pages have these names, whose numbers need no sources
    names = [title, *(one["title"] for one in books), *(label for _, label in headlines)]
    names = [name for name in names if any(not is_name for _, _, is_name in quantities(name))]
    settings = config["sphinx"]["config"]
    settings["yalu_names"] = list(dict.fromkeys([*settings.get("yalu_names", []), *names]))
    config["html"] = {k: v for k, v in config["html"].items() if k != "baseurl"}
    config |= {"title": title, "author": f"the editors of {title}"}
    config.pop("repository", None)
    files: dict[Path, bytes | str] = {**cut_data.cut_files(root, cut, new_package)}
    for name, template in _TEMPLATES.items():
        files[Path(name)] = from_template(f"book/{template}", **slots)
    files[Path(CONFIG)] = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    files[Path(LINEAGE)] = lineage.to_json()
    if (root / "pyproject.toml").is_file():
        files[Path("pyproject.toml")] = _project(root, str(new_package["name"]), title)
    write_all(work, files | own)
    _copy(root, work, chapter)


def _behind(root: Path, chapter: str, cut: cut_data.CutData) -> list[str]:
    """Return what of a book its fork has besides claims: series, models, the helpers as a whole."""
    code = Path(helpers.__file__).resolve().parent
    models = notebook_modules(root / "chapters" / f"{chapter}.ipynb", code)
    series = [f"data/{name}.csv" for name in cut.frames if name.startswith("series/")]
    parts = [path for path in (root / "src/helpers").glob("*/") if path.name != "models"]
    folders = [p.relative_to(root).as_posix() for p in parts if any(p.glob("*.py"))]
    return sorted({*series, *folders, *(f"src/{name}" for name in models if "/models/" in name)})


def _project(root: Path, name: str, title: str) -> str:
    """Return pyproject.toml under the new book's own name, version and description."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'(?m)^name = "([^"]+)"', text)
    own = {"name": name, "version": "1.0", "description": f"{title}: a book and its helpers."}
    for key, value in own.items():
        line = f"{key} = {quoted(value)}".replace("\\", r"\\")
        text = re.sub(rf"(?m)^{key} = .*$", line, text, count=1)
    return text.replace(f'"{found[1]}[', f'"{name}[') if found else text


def _chapter_files(root: Path, chapter: str) -> dict[Path, bytes | str]:
    """Return notebook and sidecar, with links to pages that the new book lacks as plain words.

    Raises YaluError where the chapter prints a result of another one, which the book lacks.
    """
    path, declared = (Path("chapters") / f"{chapter}{end}" for end in (".ipynb", ".yml"))
    content = read_notebook(root / path, path.as_posix())
    notebook = as_written(nbformat.from_dict(content))
    for cell in notebook.cells:
        for role, inner in ROLES.findall(cell.source):
            other, sign, _ = inner.strip().split(" ")[0].partition(":")
            if role == "result" and sign and other != chapter:
                raise YaluError(
                    f"{chapter}: prints {{result}}`{inner.strip()}` of another chapter; a book of "
                    "one chapter cannot have it: take it out first"
                )
        cell.source = _without_links(cell.source, chapter)
    text = read_text(root / declared, declared.as_posix())
    return {path: notebook_bytes(notebook), declared: _without_links(text, chapter)}


def _without_links(text: str, chapter: str) -> str:
    """Return text with links to pages that the new book lacks as plain words."""
    pages = _PAGES | {chapter}
    return _PAGE_LINK.sub(lambda match: match[0] if match[2] in pages else match[1], text)


def _copy(root: Path, work: Path, chapter: str) -> None:
    """Copy the helpers, with the models that the chapter imports, and the files that it names."""
    notebook = root / "chapters" / f"{chapter}.ipynb"
    text = notebook.read_text(encoding="utf-8")
    named = [*(root / "chapters/images").glob("*"), *(root / "data").glob("*.json")]
    files = [root / name for name in (*_COPIED, f"tests/models/test_{chapter}.py")]
    files += [path for path in named if path.name in text]
    files += (root / OUTSIDE / chapter).rglob("*")
    for file in (file for file in files if file.is_file()):
        target = work / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    code = Path(helpers.__file__).resolve().parent
    modules = set(notebook_modules(notebook, code))

    def left_out(folder: str, names: list[str]) -> set[str]:
        models = names if Path(folder).name == "models" else []
        return {"__pycache__"} | {n for n in models if f"helpers/models/{n}" not in modules}

    shutil.copytree(code, work / "src" / "helpers", ignore=left_out)


def _check_same(work: Path, chapter: str, here: list[Any]) -> None:
    """Run the chapter in its new book. Raises YaluError where it shows something else there."""
    executed = work / "_build" / f"{chapter}.ipynb"
    with in_book(work):
        execute(work / "chapters" / f"{chapter}.ipynb", executed)
    before, after = (
        [_without_links(json.dumps(one, ensure_ascii=False, default=str), chapter) for one in shown]
        for shown in (here, cut_data.shown_outputs(executed))
    )
    if before != after:
        pairs = zip(before, after, strict=False)
        differ = next((a for a, b in pairs if a != b), "how much it shows")
        raise YaluError(
            f"{chapter}: does not say the same with only the evidence that it uses; "
            f"the first difference is in {' '.join(differ.split())[:160]}"
        )
