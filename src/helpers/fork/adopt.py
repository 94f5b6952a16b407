"""Adopt: a foreign notebook becomes a chapter that builds, with a list of what it lacks."""

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import yaml

from helpers import evidence
from helpers.book.build import check
from helpers.book.execute import Execution, as_written, execute_many
from helpers.book.imports import visible
from helpers.book.number_lint import quantities
from helpers.book.stage import lives_by_scripts
from helpers.book.stale import EXECUTED
from helpers.chapter.chapter import OUTSIDE
from helpers.config import CONFIG, TOC
from helpers.errors import YaluError, shown_path
from helpers.evidence.trace import Trace, read_trace
from helpers.files import is_file, write_all
from helpers.fork import foreign_notebook as foreign
from helpers.fork.foreign_markdown import Page, title_of
from helpers.fork.new import check_free, new_notebook, notebook_bytes, toc_with
from helpers.paths import in_book

# bytes of a file that comes along, and of the folders that the notebook is tried in
MOST_DATA, MOST_FOLDER = 50_000_000, 1_000_000_000
READS = "reads.txt"
# a time by which copies are told from what the notebook writes
_COPIED = 1_000_000_000
_LONGEST_CELL = 12
_NOTICE = (
    "*Taken over from the notebook* `{file}`*. Its numbers name no sources yet and have not been "
    "checked.*"
)
# what code cells do that the house rules want otherwise
_UNWANTED = (
    (r"\bprint\(", "prints: say it in a Markdown cell, so that numbers carry their sources"),
    (r"\balt\.Chart\(|\baltair\.Chart\(",
     "a chart: show it with ch.figure(...), so that it has a title, a description and sources"),
    (r"\bread_html\(|\brequests\b|\burllib\b|\bsocket\b", "reads from the network"),
)  # fmt: skip

Asked = Callable[[foreign.Constant], bool]
Cells = list[tuple[str, nbformat.NotebookNode]]


@dataclass
class Adopted:
    """A notebook made a chapter: its files by path from the root, and what it lacks.

    `lacks` holds cells of the notebook, code cells and Markdown cells each counted, and words.
    """

    name: str
    title: str
    files: dict[Path, bytes] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    lacks: list[tuple[str, str]] = field(default_factory=list)

    def lack(self, place: str, words: str) -> None:
        """Note what the house rules want of a cell."""
        if (place, words) not in self.lacks:
            self.lacks.append((place, words))

    def keep(self, path: Path, content: bytes) -> None:
        """Keep a file. Raises YaluError where it is too large or another one has its place."""
        fault = ""
        if len(content) > MOST_DATA:
            fault = f"more than {MOST_DATA / 1e6:,.0f} MB; cut it down first"
        elif self.files.setdefault(path, content) != content:
            fault = "the notebook reads two files of this name; rename one"
        if fault:
            raise YaluError(f"{path.name}: {fault}", exit_code=2)


def chapter_name(path: Path) -> str:
    """Return the name that a notebook's file suggests for its chapter."""
    plain = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    return f"n_{plain}" if plain[:1].isdigit() else plain


def adopt_notebook(
    root: Path, path: Path, data: Iterable[Path] = (), *, name: str | None = None, asked: Asked
) -> Adopted:
    """Make the notebook at `path` a chapter of the book at `root`, and return what was made.

    It is run in a copy of the folders that its code names, to find what it reads of them; `data`
    are files from elsewhere. `asked` says of each constant whether it becomes a parameter. The
    chapter is built in a book of its own before anything is written. Raises YaluError, one line,
    for a notebook that is broken, too large or not in Python, a name that is taken or unsafe, data
    that are missing or too large, or a cell that fails or cannot be rendered.
    """
    notebook, data = as_written(foreign.read_notebook(path)), list(data)
    made = Adopted(name or chapter_name(path), "")
    check_free(root, made.name, [Path(OUTSIDE) / made.name])
    if missing := next((file for file in data if not is_file(file)), None):
        raise YaluError(f"--data {shown_path(missing)}: no such file", exit_code=2)
    cells, counts = [], Counter[str]()
    for cell in notebook.cells:
        counts[cell.cell_type] += 1
        word = cell.cell_type.replace("markdown", "Markdown")
        cells.append((f"{word} cell {counts[cell.cell_type]}", cell))
    codes = [(place, cell) for place, cell in cells if cell.cell_type == "code"]
    prose = [(place, cell) for place, cell in cells if cell.cell_type == "markdown"]
    otherwise = path.stem.replace("_", " ").capitalize()
    made.title = title_of((cell.source for _, cell in prose), otherwise)
    for place, cell in codes:
        cell.source = _python(made, path, place, cell.source)
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        tree, book = Path(folder).resolve() / "tree", Path(folder) / "book"
        files, within = _copy(made, path, data, codes, tree)
        _take_parameters(made, [cell for _, cell in codes], asked)
        _take_prose(made, path.parent, prose)
        kept = [one for one in cells if one[1].cell_type != "raw" and one[1].source.strip()]
        shutil.copytree(root / "data", book / "data")
        shutil.copyfile(root / CONFIG, book / CONFIG)
        with in_book(book):
            _run(book, made, path, kept, tree / within)
            _keep(made, codes, files, tree, read_trace(tree.parent / READS))
            _build(book, made, path, kept, within)
    write_all(root, made.files | {Path(TOC): toc_with(root, made.name).encode()})
    return made


def _copy(made: Adopted, path: Path, given: list[Path], codes: Cells, tree: Path) -> tuple[
    dict[Path, Path], Path]:  # fmt: skip
    """Copy the folders that the code names; return the files, by copy, and the notebook's folder.

    What is given, or named by an absolute path, is put where the code looks for it, else beside
    the notebook.
    """
    here, code = path.resolve().parent, "\n".join(cell.source for _, cell in codes)
    top = [here, *here.parents][: foreign.levels_above(code) + 1][-1]
    files = {tree / file.relative_to(top): file for file in visible(top) if is_file(file)}
    if sum(file.stat().st_size for file in files.values()) > MOST_FOLDER:
        files = {to: file for to, file in files.items() if file.name in code}
    beside, by_name = tree / here.relative_to(top), {file.name: file for file in given}
    for name, file in by_name.items():
        folders = re.findall(rf"""["']([^"':{{}}\n]*/|){re.escape(name)}["']""", code)
        below = {folder for folder in folders if not folder.startswith(("/", "~"))} or {""}
        files |= {Path(os.path.normpath(beside / folder / name)): file for folder in below}

    def brought(match: re.Match[str], place: str) -> str:
        quote, text, name = match.groups()
        if "://" in text:
            made.lack(place, f"reads {text[:60]} from the network: bring the file into data/")
            if name not in by_name:
                return match[0]
        else:
            made.lack(place, f"names a path of one machine: {text[:60]}")
        if name in by_name or is_file(Path(text)):
            files[beside / name] = by_name.get(name, Path(text))
        return f"{quote}{name}{quote}"

    for place, cell in codes:
        cell.source = foreign.ELSEWHERE.sub(partial(brought, place=place), cell.source)
    beside.mkdir(parents=True)
    for to, file in files.items():
        to.parent.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):
            shutil.copyfile(file, to)
            os.utime(to, (_COPIED, _COPIED))
    return files, beside.relative_to(tree)


def _run(book: Path, made: Adopted, path: Path, kept: Cells, folder: Path) -> None:
    """Run the notebook in a folder, with a record of what it reads. Raises YaluError, one line."""
    _write(book, made, path, kept, f'__import__("os").chdir({str(folder)!r})')
    source = book / f"chapters/{made.name}.ipynb"
    run = Execution(source, book.parent / "ran.ipynb", reads=book.parent / READS)
    [(_, error)] = execute_many([run])
    if error:
        raise _refusal(path, kept, error)


def _keep(made: Adopted, codes: Cells, files: dict[Path, Path], tree: Path, read: Trace) -> None:
    """Keep what the notebook has read, and the folders into which it has written."""
    seen, home = read.files | read.asked, Path(OUTSIDE) / made.name
    for file in [file for file in visible(tree) if is_file(file)]:
        name, to = file.name, home / file.relative_to(tree)
        named = [place for place, cell in codes if name in cell.source and file.suffix]
        place = named[0] if named else "the notebook"
        is_read = str(file) in seen or str(file.parent) in read.folders
        if is_written := file.stat().st_mtime != _COPIED:
            made.lack(place, f"writes {name}: it goes to _build/outside")
            made.keep(to.with_name(".folder"), b"")
        is_read |= bool(named) and not is_written  # perhaps in a way that leaves no trace
        if file in files and is_read and file.suffix != ".ipynb":
            made.keep(to, files[file].read_bytes())
            if file.suffix != ".py":
                made.lack(place, f"reads {name}, whose rows name no source: make it a series")


def _build(book: Path, made: Adopted, path: Path, kept: Cells, within: Path) -> None:
    """Build the chapter in a book of its own, noting what its page cannot show."""
    has_files = any(file.is_relative_to(OUTSIDE) for file in made.files)
    folder = f', "{within.as_posix()}"' if within != Path() else ""
    _write(book, made, path, kept, f'outside("{made.name}"{folder})' if has_files else "")
    try:
        check(book, lambda _: None)
    except YaluError as error:
        raise _refusal(path, kept, error) from None
    ran = nbformat.read(book / EXECUTED / f"{made.name}.ipynb", as_version=4)
    codes = [place for place, cell in kept if cell.cell_type == "code"]
    outputs = [cell.outputs for cell in ran.cells if cell.cell_type == "code"]
    for place, shown in zip(codes, outputs[2:], strict=True):
        if any(map(lives_by_scripts, shown)):
            words = "shows what lives by scripts: on the page stands a link to the notebook"
            made.lack(place, words)
        if said := [one.text for one in shown if one.get("name") == "stderr"]:
            first = said[0].partition("\n")[0][:80]
            made.lack(place, f"warns, which the page leaves out: {first}")
    order = [place for place, _ in kept]
    made.lacks.sort(key=lambda lack: order.index(lack[0]) if lack[0] in order else len(order))


def _write(book: Path, made: Adopted, path: Path, kept: Cells, begin: str) -> None:
    """Write the chapter into a book, with code that goes to its files."""
    uses_altair = any(re.search(r"\baltair\b", cell.source) for _, cell in kept)
    first = ["import altair  # its charts show as pictures\n"] if uses_altair else []
    first.append(f"from helpers.chapter import Chapter{', outside' * begin.startswith('outside')}")
    first += ["", f'ch = Chapter("{made.name}")', *[begin] * bool(begin)]
    notebook = new_notebook([
        ("markdown", f"# {made.title}\n\n{_NOTICE.format(file=path.name)}"),
        ("parameters", "\n".join(made.parameters) or "# no parameters yet"),
        ("code", "\n".join(first)),
        *((cell.cell_type, cell.source.strip("\n")) for _, cell in kept),
    ])  # fmt: skip
    for cell in notebook.cells:
        if cell.cell_type == "code" and re.search("altair|chart", cell.source, re.IGNORECASE):
            cell.metadata["mystnb"] = {"image": {"alt": "A chart without a description yet"}}
    made.files[Path("chapters") / f"{made.name}.ipynb"] = notebook_bytes(notebook)
    toc = f"format: jb-book\nroot: chapters/{made.name}\n"
    write_all(book, made.files | {Path(TOC): toc.encode()})


def _refusal(path: Path, kept: Cells, error: YaluError) -> YaluError:
    """Return an error of the chapter as one of the notebook: a line that names its own cell."""
    said = error.lines[-1] if "render" not in error.lines[0] else error.lines[1]
    said = said.partition("; what it had shown")[0]
    said = re.sub(r"^chapter \w+: |^chapters/\w+\.ipynb[,:] ", "", said)
    codes = ["", "", *(place for place, cell in kept if cell.cell_type == "code")]
    prose = ["", *(place for place, cell in kept if cell.cell_type == "markdown")]
    places = {f"code cell {n}": place for n, place in enumerate(codes, 1)}
    places |= {f"Markdown cell {n}": place for n, place in enumerate(prose, 1)}
    said = re.sub(r"(code|Markdown) cell \d+", lambda m: places.get(m[0]) or m[0], said)
    if missing := re.search(r"FileNotFoundError: .*'([^']+)'$", said):
        said += f"; give it with --data {Path(missing[1]).name}"
    elif missing := re.search(r"ModuleNotFoundError: .*'([^']+)'$", said):
        said += f"; install {missing[1].partition('.')[0]}, or put it beside the notebook"
    return YaluError(f"{path.name}: {said}")


def _python(made: Adopted, path: Path, place: str, source: str) -> str:
    """Return a cell as plain Python, noting what it lacks. Raises YaluError where it is none."""
    try:
        code, left_out = foreign.plain_python(source)
    except (SyntaxError, ValueError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise YaluError(f"{path.name}: {place} is no Python ({reason})", exit_code=2) from None
    for line in left_out:
        made.lack(place, f"left out, as it is no Python: {line[:60]}")
    for pattern, words in _UNWANTED:
        if re.search(pattern, code):
            made.lack(place, words)
    if (length := len(code.strip().split("\n"))) > _LONGEST_CELL:
        made.lack(place, f"{length} lines of code; allowed: {_LONGEST_CELL}")
    return code


def _take_parameters(made: Adopted, codes: list[nbformat.NotebookNode], asked: Asked) -> None:
    """Move constants out of the code into parameters, and write the sidecar."""
    taken = [one for one in foreign.constants([cell.source for cell in codes]) if asked(one)]
    for number, cell in enumerate(codes):
        cell.source = foreign.without_constants(cell.source, [c for c in taken if c.cell == number])
    made.parameters = [f"{one.name} = {one.value!r}" for one in taken]
    content: dict[str, Any] = {
        "title": made.title,
        "theme": str(evidence.load("claims")["theme"].mode()[0]),
        "question": "Say here what the chapter asks.",
        "adopted": True,
        "parameters": {
            one.name: {
                "label": one.name.replace("_", " ").strip().capitalize(),
                "type": one.type,
                "default": one.value,
                **one.bounds(),
                "assumption": "taken over with the notebook; name the claim or say why",
            }
            for one in taken
        },
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    made.files[Path("chapters") / f"{made.name}.yml"] = text.encode()


def _take_prose(
    made: Adopted, folder: Path, prose: list[tuple[str, nbformat.NotebookNode]]
) -> None:
    """Have the Markdown cells in a form that the book renders, noting what they lack."""

    def picture(name: str, content: bytes) -> str:
        stem = re.sub(r"[^\w.-]+", "-", f"{made.name}-{name}")
        named = (f"{made.name}-{n}-{name}" if n else stem for n in range(1000))
        path = next(p for p in (Path("chapters/images") / one for one in named)
                    if made.files.get(p, content) == content)  # fmt: skip
        made.keep(path, content)
        return f"images/{path.name}"

    page = Page(made.title, folder, picture)
    for place, cell in prose:
        cell.source = page.settled(cell.source, cell.get("attachments", {}))
        for words in page.told:
            made.lack(place, words)
        plain = re.sub(r"`[^`]*`", "", cell.source)
        found = [words for words, _, is_name in quantities(plain) if not is_name]
        if found:
            more = f" and {len(found) - 4} more" if len(found) > 4 else ""
            made.lack(place, f"numbers without sources: {', '.join(found[:4])}{more}")
