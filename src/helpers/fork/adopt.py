"""Adopt: a foreign notebook becomes a chapter that builds, with a list of what it lacks."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import yaml

from helpers import evidence
from helpers.book.execute import as_written, execute
from helpers.book.number_lint import quantities
from helpers.chapter.chapter import OUTSIDE
from helpers.config import CONFIG, TOC
from helpers.errors import YaluError, shown_path
from helpers.files import is_file, write_all
from helpers.fork import foreign_notebook as foreign
from helpers.fork.new import check_free, new_notebook, notebook_bytes, toc_with
from helpers.paths import in_book

MOST_DATA = 50_000_000
MOST_SECONDS = 600
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


@dataclass
class Adopted:
    """A notebook made a chapter: its files by path from the root, and what it lacks.

    `lacks` holds the number of a cell, all cells of the notebook counted from 1, and words.
    """

    name: str
    title: str
    files: dict[Path, bytes] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    lacks: list[tuple[int, str]] = field(default_factory=list)

    def lack(self, place: int, words: str) -> None:
        """Note what the house rules want of a cell."""
        if (place, words) not in self.lacks:
            self.lacks.append((place, words))

    def copy(self, file: Path, path: Path) -> None:
        """Copy a file. Raises YaluError where it is too large or another one has its place."""
        if file.stat().st_size > MOST_DATA:
            fault = f"more than {MOST_DATA / 1e6:,.0f} MB; cut it down first"
            raise YaluError(f"{file.name}: {fault}", exit_code=2)
        content = file.read_bytes()
        if self.files.setdefault(path, content) != content:
            fault = "the notebook reads two files of this name; rename one"
            raise YaluError(f"{file.name}: {fault}", exit_code=2)


def chapter_name(path: Path) -> str:
    """Return the name that a notebook's file suggests for its chapter."""
    plain = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    return f"n_{plain}" if plain[:1].isdigit() else plain


def adopt_notebook(
    root: Path, path: Path, data: Iterable[Path] = (), *, name: str | None = None, asked: Asked
) -> Adopted:
    """Make the notebook at `path` a chapter of the book at `root`, and return what was made.

    `data` are files that it reads; those that lie where it says are found without. `asked`
    says of each constant whether it becomes a parameter. The chapter is run before anything
    is written. Raises YaluError, one line, for a notebook that is broken, too large or not in
    Python, a name that is taken or unsafe, data that are missing, or a cell that fails.
    """
    notebook, data = as_written(foreign.read_notebook(path)), list(data)
    chapter = name or chapter_name(path)
    check_free(root, chapter, [Path(OUTSIDE) / chapter])
    cells = list(enumerate(notebook.cells, 1))
    prose = [(place, cell) for place, cell in cells if cell.cell_type == "markdown"]
    codes = [(place, cell) for place, cell in cells if cell.cell_type == "code"]
    title = foreign.title_of(
        (cell.source for _, cell in prose), path.stem.replace("_", " ").capitalize()
    )
    made = Adopted(chapter, title)
    if missing := next((file for file in data if not is_file(file)), None):
        raise YaluError(f"--data {shown_path(missing)}: no such file", exit_code=2)
    for place, cell in codes:
        cell.source = _python(made, path, place, cell.source)
    uses_altair = any(re.search(r"\baltair\b", cell.source) for _, cell in codes)
    for place, cell in codes:
        cell.source = _with_copied_data(made, path, data, place, cell.source)
    for file in data:
        made.copy(file, Path(OUTSIDE) / chapter / file.name)
    _take_parameters(made, [cell for _, cell in codes], asked)
    even = foreign.with_even_headings((cell.source for _, cell in prose), title)
    for (place, cell), text in zip(prose, even, strict=True):
        cell.source = _own_prose(made, path.parent, place, text)
    contents = [(cell.cell_type, cell.source.strip("\n")) for cell in notebook.cells
                if cell.cell_type in ("code", "markdown") and cell.source.strip()]  # fmt: skip
    opening = ("markdown", f"# {title}\n\n{_NOTICE.format(file=path.name)}")
    parameters = ("parameters", "\n".join(made.parameters) or "# no parameters yet")
    imports = ["import altair  # its charts show as pictures\n"] if uses_altair else []
    uses_outside = any(path.is_relative_to(OUTSIDE) for path in made.files)
    imports.append(f"from helpers.chapter import Chapter{', outside' * uses_outside}")
    begin = ("code", "\n".join(imports) + f'\n\nch = Chapter("{chapter}")')
    chapter_notebook = new_notebook([opening, parameters, begin, *contents])
    for cell in chapter_notebook.cells:
        if cell.cell_type == "code" and re.search("altair|chart", cell.source, re.IGNORECASE):
            cell.metadata["mystnb"] = {"image": {"alt": "A chart without a description yet"}}
    made.files[Path("chapters") / f"{chapter}.ipynb"] = notebook_bytes(chapter_notebook)
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        # tried in a copy of the book
        copy = Path(folder) / "book"
        shutil.copytree(root / "data", copy / "data")
        for setting in (CONFIG, TOC):
            shutil.copyfile(root / setting, copy / setting)
        write_all(copy, made.files)
        with in_book(copy):
            source = copy / "chapters" / f"{chapter}.ipynb"
            execute(source, Path(folder) / "tried.ipynb", timeout=MOST_SECONDS)
    write_all(root, made.files | {Path(TOC): toc_with(root, chapter).encode()})
    return made


def _python(made: Adopted, path: Path, place: int, source: str) -> str:
    """Return a cell as plain Python, noting what it lacks. Raises YaluError where it is none."""
    try:
        code, left_out = foreign.plain_python(source)
    except (SyntaxError, ValueError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise YaluError(f"{path.name}: cell {place} is no Python ({reason})",
                        exit_code=2) from None  # fmt: skip
    for line in left_out:
        made.lack(place, f"left out, as it is no Python: {line[:60]}")
    for pattern, words in _UNWANTED:
        if re.search(pattern, code):
            made.lack(place, words)
    length = len(code.strip().splitlines())
    if length > _LONGEST_CELL:
        made.lack(place, f"{length} lines of code; allowed: {_LONGEST_CELL}")
    return code


def _with_copied_data(made: Adopted, path: Path, given: list[Path], place: int, code: str) -> str:
    """Copy the files that a cell reads, and return its code with their new places."""
    by_name = {file.name: file for file in given}
    new: dict[str, str] = {}
    paths = foreign.data_paths(code)
    for one in paths:
        if one.is_written:
            made.lack(place, f"writes {one.text[:60]}: a chapter writes no files")
        elif one.is_address:
            made.lack(place, f"reads {one.text[:60]} from the network: bring the file into data/")
        else:
            made.lack(place, f"reads {one.file}, whose rows name no source: make it a series")
        if one.is_absolute and not one.is_address:
            made.lack(place, f"names a path of one machine: {one.text[:60]}")
        if one.is_written or (one.is_address and one.file not in by_name):
            continue
        found = by_name.get(one.file, path.parent / one.text)
        if not found.is_file():
            said = f"which is not there; give it with --data {one.file}"
            raise YaluError(f"{path.name}: cell {place} reads {one.text[:80]}, {said}", exit_code=2)
        made.copy(found, Path(OUTSIDE) / made.name / found.name)
        new[one.text] = f'outside("{made.name}", "{found.name}")'
    return foreign.with_new_paths(code, paths, new)


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


def _own_prose(made: Adopted, folder: Path, place: int, text: str) -> str:
    """Return Markdown without what is foreign, noting what it lacks; pictures are copied."""
    text, changes, pictures = foreign.without_foreign(text, folder, made.name)
    for words in changes:
        made.lack(place, words)
    for picture in pictures:
        made.copy(picture, Path("chapters/images") / f"{made.name}-{picture.name}")
    found = [words for words, _, is_name in quantities(re.sub(r"`[^`]*`", "", text)) if not is_name]
    if found:
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        made.lack(place, f"numbers without sources: {', '.join(found[:4])}{more}")
    return text
