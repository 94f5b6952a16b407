"""Adopt: a foreign notebook becomes a chapter that builds, with a list of what it lacks."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Any

import nbformat
import yaml

from helpers import evidence
from helpers.book.build import check
from helpers.book.execute import as_written
from helpers.book.number_lint import quantities
from helpers.book.stage import lives_by_scripts
from helpers.book.stale import EXECUTED
from helpers.chapter.chapter import OUTSIDE
from helpers.config import CONFIG, TOC
from helpers.errors import YaluError, shown_path
from helpers.files import is_file, write_all
from helpers.fork import foreign_notebook as foreign
from helpers.fork.foreign_markdown import Page, title_of
from helpers.fork.new import check_free, new_notebook, notebook_bytes, toc_with
from helpers.paths import in_book

MOST_DATA = 50_000_000
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

    `data` are files that it reads; those that lie where it says are found without. `asked`
    says of each constant whether it becomes a parameter. The chapter is built in a book of its
    own before anything is written. Raises YaluError, one line, for a notebook that is broken, too
    large or not in Python, a name that is taken or unsafe, data that are missing, or a cell that
    fails or cannot be rendered.
    """
    notebook, data = as_written(foreign.read_notebook(path)), list(data)
    chapter = name or chapter_name(path)
    check_free(root, chapter, [Path(OUTSIDE) / chapter])
    if missing := next((file for file in data if not is_file(file)), None):
        raise YaluError(f"--data {shown_path(missing)}: no such file", exit_code=2)
    cells = []
    for kind, word in (("code", "code"), ("markdown", "Markdown")):
        of_kind = (cell for cell in notebook.cells if cell.cell_type == kind)
        cells += [(f"{word} cell {n}", cell) for n, cell in enumerate(of_kind, 1)]
    codes = [(place, cell) for place, cell in cells if cell.cell_type == "code"]
    prose = cells[len(codes) :]
    title = title_of((cell.source for _, cell in prose), path.stem.replace("_", " ").capitalize())
    made = Adopted(chapter, title)
    for place, cell in codes:
        cell.source = _python(made, path, place, cell.source)
    uses_altair = any(re.search(r"\baltair\b", cell.source) for _, cell in codes)
    paths = [foreign.data_paths(cell.source) for _, cell in codes]
    written = {one.text for found in paths for one in found if one.is_written}
    for (place, cell), found in zip(codes, paths, strict=True):
        new = [(one.node, _place_of(made, path, data, place, one, one.text in written))
               for one in found]  # fmt: skip
        cell.source = foreign.with_new_paths(cell.source, ((n, text) for n, text in new if text))
    for file in data:
        made.keep(Path(OUTSIDE) / chapter / file.name, file.read_bytes())
    _take_parameters(made, [cell for _, cell in codes], asked)
    _take_prose(made, path.parent, prose)
    order = [id(cell) for cell in notebook.cells if cell.source.strip("\n ")]
    kept = sorted(
        (one for one in cells if id(one[1]) in order), key=lambda p: order.index(id(p[1]))
    )
    opening = ("markdown", f"# {title}\n\n{_NOTICE.format(file=path.name)}")
    parameters = ("parameters", "\n".join(made.parameters) or "# no parameters yet")
    imports = ["import altair  # its charts show as pictures\n"] if uses_altair else []
    uses_outside = any("outside(" in cell.source for _, cell in codes)
    imports.append(f"from helpers.chapter import Chapter{', outside' * uses_outside}")
    begin = ("code", "\n".join(imports) + f'\n\nch = Chapter("{chapter}")')
    contents = [(cell.cell_type, cell.source.strip("\n")) for _, cell in kept]
    chapter_notebook = new_notebook([opening, parameters, begin, *contents])
    for cell in chapter_notebook.cells:
        if cell.cell_type == "code" and re.search("altair|chart", cell.source, re.IGNORECASE):
            cell.metadata["mystnb"] = {"image": {"alt": "A chart without a description yet"}}
    made.files[Path("chapters") / f"{chapter}.ipynb"] = notebook_bytes(chapter_notebook)
    places = [place for place, _ in kept]
    of_code = ["", "", *(place for place in places if place.startswith("code"))]
    of_prose = ["", *(place for place in places if place.startswith("Markdown"))]
    _try(
        root,
        made,
        path,
        {f"code cell {n}": place for n, place in enumerate(of_code, 1)}
        | {f"Markdown cell {n}": place for n, place in enumerate(of_prose, 1)},
    )
    write_all(root, made.files | {Path(TOC): toc_with(root, chapter).encode()})
    return made


def _try(root: Path, made: Adopted, path: Path, places: dict[str, str]) -> None:
    """Build the chapter in a book of its own. Raises YaluError in one line that names the cell."""
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder:
        book = Path(folder) / "book"
        shutil.copytree(root / "data", book / "data")
        shutil.copyfile(root / CONFIG, book / CONFIG)
        toc = f"format: jb-book\nroot: chapters/{made.name}\n"
        write_all(book, made.files | {Path(TOC): toc.encode()})
        before = {file for file in book.rglob("*") if "_build" not in file.parts}
        try:
            with in_book(book):
                check(book, lambda _: None)
        except YaluError as error:
            said = error.lines[-1] if "render" not in error.lines[0] else error.lines[1]
            said = said.partition("; what it had shown")[0]
            said = re.sub(r"^chapter \w+: |^chapters/\w+\.ipynb[,:] ", "", said)
            said = re.sub(r"(code|Markdown) cell \d+", lambda m: places.get(m[0]) or m[0], said)
            raise YaluError(f"{path.name}: {said}") from None
        after = {file for file in book.rglob("*") if "_build" not in file.parts and file.is_file()}
        if new := sorted(after - before):
            said = (
                "by a name that is made as it runs; have it write to a folder of its own, _build/…"
            )
            raise YaluError(f"{path.name}: writes {new[0].relative_to(book)} into the book, {said}")
        ran = nbformat.read(book / EXECUTED / f"{made.name}.ipynb", as_version=4)
        for n, cell in enumerate((c for c in ran.cells if c.cell_type == "code"), 1):
            if any(map(lives_by_scripts, cell.outputs)):
                words = "shows what lives by scripts: on the page stands a link to the notebook"
                made.lack(places[f"code cell {n}"], words)


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


def _place_of(made: Adopted, path: Path, given: list[Path], place: str, one: foreign.DataPath,
              is_written: bool) -> str:  # fmt: skip
    """Return the code that gives the new place of a file, "" where it has none; copy the file."""
    by_name = {file.name: file for file in given}
    if one.is_absolute and not one.is_address:
        made.lack(place, f"names a path of one machine: {one.text[:60]}")
    if is_written and not one.is_address:
        made.lack(place, f"writes {one.text[:60]}: it goes to _build/outside/{made.name}")
        return f'outside("{made.name}", "{one.file}", write=True)'
    if one.is_address:
        made.lack(place, f"reads {one.text[:60]} from the network: bring the file into data/")
        if one.file not in by_name:
            return ""
    else:
        made.lack(place, f"reads {one.file}, whose rows name no source: make it a series")
    many = [path.parent / name for name in sorted(glob(one.text, root_dir=path.parent))]
    if "*" in one.text and many:
        for file in many:
            made.keep(Path(OUTSIDE) / made.name / file.name, file.read_bytes())
        return f'str(outside("{made.name}", "{many[0].name}").with_name("{one.file}"))'
    found = by_name.get(one.file, path.parent / one.text)
    if not found.is_file():
        said = f"which is not there; give it with --data {one.file}"
        raise YaluError(f"{path.name}: {place} reads {one.text[:80]}, {said}", exit_code=2)
    made.keep(Path(OUTSIDE) / made.name / found.name, found.read_bytes())
    return f'outside("{made.name}", "{found.name}")'


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
