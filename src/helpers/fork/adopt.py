"""Adopt: somebody else's notebook becomes a chapter that builds, with a list of what it lacks."""

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
from helpers.book.execute import execute
from helpers.book.number_lint import quantities
from helpers.errors import YaluError
from helpers.evidence.outside import FOLDER
from helpers.files import write_all
from helpers.fork import toc
from helpers.fork.cut_data import in_book
from helpers.fork.foreign_notebook import (
    Constant,
    Headings,
    Named,
    alone,
    constants,
    named,
    plain_python,
    read_notebook,
    replaced,
    title_of,
    without,
    without_foreign,
)
from helpers.fork.new import free_name
from helpers.fork.templates import notebook_bytes

MOST_DATA = 50_000_000
MOST_SECONDS = 600
_LONGEST_CELL = 12
_NOTICE = (
    "*Taken over from the notebook* `{file}`*. Its numbers name no sources yet and have not been "
    "checked.*"
)
Asked = Callable[[Constant], bool]


@dataclass
class Adopted:
    """A notebook made a chapter: its files by path from the root, and what it lacks, in lines."""

    name: str
    title: str
    files: dict[Path, bytes] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)

    def lack(self, cell: int | None, words: str) -> None:
        """Note what the house rules would want; cells are counted from 1, all of them."""
        line = words if cell is None else f"cell {cell}: {words}"
        if line not in self.lacks:
            self.lacks.append(line)


@dataclass(frozen=True)
class _Code:
    """A cell of code: its place among all cells, counted from 1, and its Python."""

    place: int
    source: str


def chapter_name(path: Path) -> str:
    """Return the name that a notebook's file suggests for its chapter."""
    plain = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    return f"n_{plain}" if plain[:1].isdigit() else plain


def adopt(
    root: Path, path: Path, data: Iterable[Path] = (), *, name: str | None = None, asked: Asked
) -> Adopted:
    """Make the notebook at `path` a chapter of the book at `root`, and return what was made.

    `data` are files that it reads; those that lie where it says are found without. `asked`
    says of each constant whether it becomes a parameter. The chapter is run before anything
    is written. Raises YaluError, one line, for a notebook that is broken, too large or not in
    Python, a name that is taken or unsafe, data that are missing, or a cell that fails.
    """
    notebook = read_notebook(path)
    chapter = name or chapter_name(path)
    free_name(root, chapter, [Path(FOLDER) / chapter])
    prose = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    made = Adopted(chapter, title_of(prose, path.stem.replace("_", " ").capitalize()))
    codes = _codes(notebook, made, path)
    names = named([code.source for code in codes])
    by = _bring_data(made, path, [*data], names, codes)
    new = _new_sources(made, codes, names, by, asked)
    _finish(made, notebook, path, codes, new)
    _try(root, made)
    contents = toc.with_chapter(root, chapter).encode()
    write_all(root, made.files | {Path(toc.FILE): contents})
    return made


def _codes(notebook: nbformat.NotebookNode, made: Adopted, path: Path) -> list[_Code]:
    """Return the cells of code as plain Python. Raises YaluError where one is none."""
    codes = []
    for place, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        source, left_out = plain_python(cell.source)
        for line in left_out:
            made.lack(place, f"left out, as it is no Python: {line[:60]}")
        try:
            compile(source, "cell", "exec", flags=0x2000)  # top-level await is allowed
        except (SyntaxError, ValueError) as error:
            said = getattr(error, "msg", None) or str(error)
            raise YaluError(f"{path.name}: cell {place} is no Python ({said})",
                            exit_code=2) from None  # fmt: skip
        codes.append(_Code(place, source))
    return codes


def _bring_data(
    made: Adopted, path: Path, given: list[Path], names: list[Named], codes: list[_Code]
) -> dict[str, str]:
    """Bring the files along that the code reads; return text in the code to expression."""
    known = {file.name: file for file in given}
    if missing := next((file for file in given if not file.is_file()), None):
        raise YaluError(f"--data {missing}: no such file", exit_code=2)
    by: dict[str, str] = {}
    for one in names:
        place = codes[one.cell].place
        _tell_of(made, one, place)
        beside = path.parent / one.text
        found = known.get(one.file) or (None if one.is_address else beside)
        if one.writes or (one.is_address and one.file not in known):
            continue
        if found is None or not found.is_file():
            raise YaluError(
                f"{path.name}: cell {place} reads {one.text[:80]}, which is not there; "
                f"give it with --data {one.file}",
                exit_code=2,
            )
        _keep(made, Path(FOLDER) / made.name / found.name, found)
        by[one.text] = f'outside("{made.name}", "{found.name}")'
    for file in given:
        _keep(made, Path(FOLDER) / made.name / file.name, file)
    return by


def _keep(made: Adopted, path: Path, file: Path) -> None:
    """Bring a file along. Raises YaluError where another one has its name."""
    content = _content(file)
    if made.files.get(path, content) != content:
        raise YaluError(f"{file.name}: the notebook reads two files of this name; rename one",
                        exit_code=2)  # fmt: skip
    made.files[path] = content


def _content(file: Path) -> bytes:
    if file.stat().st_size > MOST_DATA:
        raise YaluError(f"{file.name}: more than {MOST_DATA / 1e6:,.0f} MB; cut it down first",
                        exit_code=2)  # fmt: skip
    return file.read_bytes()


def _tell_of(made: Adopted, one: Named, place: int) -> None:
    if one.writes:
        made.lack(place, f"writes {one.text[:60]}: a chapter writes no files")
    elif one.is_address:
        made.lack(place, f"reads {one.text[:60]} from the network: bring the file into data/")
    else:
        made.lack(place, f"reads {one.file}, whose rows name no source: make it a series")
    if one.is_absolute and not one.is_address:
        made.lack(place, f"names a path of one machine: {one.text[:60]}")


def _new_sources(
    made: Adopted, codes: list[_Code], names: list[Named], by: dict[str, str], asked: Asked
) -> list[str]:
    """Return the code of each cell with parameters taken out and data in their new place."""
    sources = [code.source for code in codes]
    candidates = [c for c in constants(sources) if alone(sources[c.cell], c)]
    taken = [one for one in candidates if asked(one)]
    made.parameters = [f"{one.name} = {one.value!r}" for one in taken]
    made.files[Path("chapters") / f"{made.name}.yml"] = _sidecar(made, taken)
    new = [replaced(source, number, names, by) for number, source in enumerate(sources)]
    return [
        without(source, [one for one in taken if one.cell == number])
        for number, source in enumerate(new)
    ]


def _sidecar(made: Adopted, taken: list[Constant]) -> bytes:
    theme = evidence.load("claims")["theme"].mode()[0]
    content: dict[str, Any] = {
        "title": made.title,
        "theme": str(theme),
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
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100).encode()


def _finish(
    made: Adopted, notebook: nbformat.NotebookNode, path: Path, codes: list[_Code], new: list[str]
) -> None:
    """Put the chapter's notebook together."""
    headings, order = Headings(made.title), iter(zip(codes, new, strict=True))
    cells = [_markdown(f"# {made.title}\n\n{_NOTICE.format(file=path.name)}"), *_head(made, codes)]
    for place, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown":
            text, told, pictures = without_foreign(
                headings.settled(cell.source), path.parent, made.name
            )
            for words in told:
                made.lack(place, words)
            for picture in pictures:
                _keep(made, Path("chapters/images") / f"{made.name}-{picture.name}", picture)
            _tell_numbers(made, place, text)
            cells += [_markdown(text)] if text.strip() else []
        elif cell.cell_type == "code":
            code, source = next(order)
            _tell_code(made, code)
            cells += [_code(source.strip("\n"))] if source.strip() else []
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number:02}"
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": python, "language_info": {"name": "python"}}
    )
    made.files[Path("chapters") / f"{made.name}.ipynb"] = notebook_bytes(whole)


def _head(made: Adopted, codes: list[_Code]) -> list[nbformat.NotebookNode]:
    """Return the cell of parameters, and the one that begins the chapter."""
    parameters = _code("\n".join(made.parameters) or "# no parameters yet")
    parameters.metadata["tags"] = ["parameters"]
    imports = ["from helpers.chapter import Chapter"]
    if any(path.is_relative_to(FOLDER) for path in made.files):
        imports.append("from helpers.evidence.outside import outside")
    if any(re.search(r"\baltair\b", code.source) for code in codes):
        imports.insert(0, "import altair  # its charts show as pictures\n")
    begun = f'\n\nch = Chapter("{made.name}")'
    return [parameters, _code("\n".join(imports) + begun)]


def _markdown(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text)


def _code(text: str) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(text)
    if "altair" in text or "chart" in text.lower():
        cell.metadata["mystnb"] = {"image": {"alt": "A chart that nobody has described yet"}}
    return cell


def _tell_numbers(made: Adopted, place: int, text: str) -> None:
    found = [words for words, _, is_name in quantities(re.sub(r"`[^`]*`", "", text)) if not is_name]
    if found:
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        made.lack(place, f"numbers without sources: {', '.join(found[:4])}{more}")


def _tell_code(made: Adopted, code: _Code) -> None:
    wanted = (
        (r"\bprint\(", "prints: say it in a Markdown cell, so that numbers carry their sources"),
        (r"\balt\.Chart\(|\baltair\.Chart\(", "a chart: show it with ch.figure(...), so that it "
         "has a title, a description and sources"),
        (r"\bread_html\(|\brequests\b|\burllib\b|\bsocket\b", "reaches for the network"),
    )  # fmt: skip
    for pattern, words in wanted:
        if re.search(pattern, code.source):
            made.lack(code.place, words)
    length = len(code.source.strip().splitlines())
    if length > _LONGEST_CELL:
        made.lack(code.place, f"{length} lines of code; allowed: {_LONGEST_CELL}")


def _try(root: Path, made: Adopted) -> None:
    """Run the chapter in a copy of the book. Raises YaluError where a cell fails."""
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        copy = Path(folder) / "book"
        shutil.copytree(root / "data", copy / "data")
        for name in ("_config.yml", "_toc.yml"):
            shutil.copyfile(root / name, copy / name)
        for path, content in made.files.items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(content)
        with in_book(copy):
            source, target = copy / "chapters" / f"{made.name}.ipynb", Path(folder) / "tried.ipynb"
            execute(source, target, timeout=MOST_SECONDS)
