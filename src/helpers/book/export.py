"""Export: the pages of the site as plain Markdown and notebooks, with pictures and CSV files.

What a page says is taken from its HTML, so that it is what the site says, to the letter.
"""

import posixpath
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import yaml
from bs4 import BeautifulSoup, Tag

from helpers.book import chart_cache
from helpers.book.build import LOCK, WAITING, build
from helpers.book.execute import as_written
from helpers.book.markdown import markdown_of
from helpers.book.pdf_epub.articles import read_article, words_of
from helpers.book.sphinx.figures import CUT_PNG, FOLDER
from helpers.book.sphinx.html import REGISTER, number_of
from helpers.book.stage import scenario_pages, staged_notebook, toc_files
from helpers.config import base_address, read_config
from helpers.errors import YaluError, did_you_mean
from helpers.files import aside, held, put_in_place
from helpers.paths import PUBLISHED, SITE

OUT = Path("_build/export")
# lists what an export wrote: only a folder of which that is all is replaced
LIST = ".yalu-export"
# what Quarto and mystmd leave in a project
_MADE_FROM_IT = {"_build", "_site", ".quarto"}
_LEFT_OUT = ".yalu-data, .reg-count, .reg-help, .reg-contests, #contested, .toctree-wrapper"
# around what a cell shows
_OPEN, _CLOSE = "\ue000", "\ue001"
_PICTURE = re.compile(r"^!\[(.*)\]\((.*\.png)\)$", re.MULTILINE)


@dataclass
class _Export:
    """What is exported: the trees of the pages by name, and other files by where they go."""

    root: Path
    pages: dict[str, Tag] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, set[str]] = field(default_factory=dict)


def export(root: Path, names: tuple[str, ...], out: Path, report: Callable[[str], None]) -> Path:
    """Write pages of the book, or all, into a folder for plain tools, and return the folder.

    The book is built first where it is not, or is stale. Raises YaluError as `build` does, for
    an unknown page and for a folder that is no earlier export or cannot be written (exit code 2).
    """
    target = _checked_target(out)
    chosen = _chosen(root, names)
    build(root, report)
    with held(root / LOCK, WAITING, report), aside(target) as folder:
        made = _read(root, chosen)
        for name, content in _written(made).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        put_in_place(folder, target)
    chapters = sum(_run(root, name).is_file() for name in made.pages)
    told = f"{number_of(len(made.pages), 'page')}, {number_of(chapters, 'notebook')}"
    report(f"export: {told} in {out}")
    return target


def _checked_target(out: Path) -> Path:
    """Return the folder to write. Raises YaluError where it cannot be, or holds other things."""
    target, fault = out.expanduser().resolve(), ""
    if target.exists() and not target.is_dir():
        fault = "is no folder; choose another --out"
    elif target.is_dir() and any(target.iterdir()):
        ours = {LIST, *_MADE_FROM_IT}
        if (target / LIST).is_file():
            ours |= set((target / LIST).read_text(encoding="utf-8").splitlines())
        found = sorted(
            name
            for path in target.rglob("*")
            if not path.is_dir()
            and not {name := path.relative_to(target).as_posix(), name.partition("/")[0]} & ours
        )
        if found or not (target / LIST).is_file():
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            fault = f"holds what no export wrote ({found[0] if found else ''}{more})"
            fault += "; choose another --out"
    if fault:
        raise YaluError(f"{out}: {fault}", exit_code=2)
    try:  # before a build that may take minutes
        with aside(target):
            return target
    except YaluError as error:
        raise YaluError(*error.lines, exit_code=2) from None


def _chosen(root: Path, names: tuple[str, ...]) -> list[str]:
    """Return the named pages in the order of the book, without names all. Raises YaluError."""
    pages: dict[str, str] = {}
    for path in toc_files(root):
        name = path.relative_to(root).with_suffix("").as_posix()
        pages[_stem(name)] = name
        if path.suffix == ".ipynb":
            pages |= {page.name: f"chapters/{page.name}" for page in scenario_pages([path])}
    if unknown := [name for name in names if name not in pages]:
        there = did_you_mean(unknown[0], pages) or f"; there are {', '.join(pages)}"
        raise YaluError(f'no chapter or page "{unknown[0]}" in _toc.yml{there}', exit_code=2)
    return [page for stem, page in pages.items() if stem in names or not names]


def _stem(page: str) -> str:
    """Return the name of the files of a page."""
    return page.removeprefix("chapters/").replace("/", "-")


def _run(root: Path, page: str) -> Path:
    return root / PUBLISHED / f"{page.rpartition('/')[2]}.ipynb"


# Pages --------------------------------------------------------------------------------------


def _read(root: Path, chosen: list[str]) -> _Export:
    """Return the chosen pages and the register's entries that they name, linked to each other."""
    made = _Export(root)
    site = root / SITE
    for page in [*(one for one in chosen if one != REGISTER), REGISTER]:
        if not (site / f"{page}.html").is_file():  # a book without a register
            continue
        tree = read_article((site / f"{page}.html").read_text(encoding="utf-8"), page)
        for element in tree.select(_LEFT_OUT):
            element.decompose()
        made.pages[page] = tree
        for cell in tree.select("div.cell"):
            cell.insert(0, _paragraph(_OPEN))
            cell.append(_paragraph(_CLOSE))
        _place_pictures(made, page, tree)
    if register := made.pages.get(REGISTER):
        _keep_named(register, {
            place for page, tree in made.pages.items() if page != REGISTER
            for *_, path, place in _links(page, tree) if path == f"{REGISTER}.html"
        })  # fmt: skip
    order = chosen if REGISTER in chosen else [*chosen, REGISTER]
    made.pages = {page: made.pages[page] for page in order if page in made.pages}
    made.places = {page: set() for page in made.pages}
    ids = {page: {str(e["id"]) for e in tree.select("[id]")} for page, tree in made.pages.items()}
    for page, tree in made.pages.items():
        for link, key, path, place in _links(page, tree):
            _relink(made, page, link, key, path, place, ids)
    return made


def _paragraph(words: str, **link: str) -> Tag:
    paragraph = Tag(name="p")
    paragraph.append(Tag(name="a", attrs=dict(link)) if link else words)
    if link:
        cast(Tag, paragraph.a).string = words
    return paragraph


def _links(page: str, tree: Tag) -> Iterator[tuple[Tag, str, str, str]]:
    """Yield each link and picture within the site: element, attribute, path in the site, place."""
    for link in tree.select("a[href], img[src]"):
        key = "href" if link.name == "a" else "src"
        to = urlsplit(str(link[key]))
        if not (to.scheme or to.netloc):
            path = posixpath.join(posixpath.dirname(page), unquote(to.path))
            # "#?place=Here" sets the filter of the register
            place = "" if to.fragment.startswith("?") else unquote(to.fragment)
            yield link, key, posixpath.normpath(path) if to.path else f"{page}.html", place


def _relink(
    made: _Export, page: str, link: Tag, key: str, path: str, place: str, ids: dict[str, set[str]]
) -> None:
    """Have a link lead to a file of the export, else to the published site, else be words."""
    other, file = path.removesuffix(".html"), made.root / SITE / path
    own = path.removeprefix("_static/")
    if own in made.files:
        link[key] = own
    elif other in made.pages and path.endswith(".html"):
        found = place in ids[other]
        made.places[other] |= {place} if found else set()
        name = "" if found and other == page else f"{_stem(other)}.md"
        link[key] = name + (f"#{place}" if found else "")
    elif file.is_file() and file.suffix != ".html":
        made.files[own] = file.read_bytes()
        link[key] = own
    elif base := base_address(made.root):
        link[key] = urljoin(base, path) + (f"#{place}" if place else "")
    else:
        link.unwrap()


def _keep_named(register: Tag, named: set[str]) -> None:
    """Leave of the register its title and the entries that are named, with their documents."""
    entries = register.select("li[id]")
    named = named | {f"source-{e.get('data-source')}" for e in entries if e["id"] in named}
    for entry in entries:
        # one that repeats another stands within it
        within = [] if entry.decomposed else [entry, *entry.select("[id]")]
        if not named & {str(element["id"]) for element in within}:
            entry.decompose()
    for group in register.select(".reg-group, .reg-repeats, section section"):
        if not group.decomposed and not group.select_one("li[id]"):
            group.decompose()
    for element in cast(Tag, register.section).find_all(True, recursive=False):
        if element.name not in ("h1", "section"):
            element.decompose()
    counts = [
        number_of(len(register.select(f"li.reg-{kind}")), noun)
        for kind, noun in (("claim", "claim"), ("statement", "statement"), ("source", "document"))
    ]
    words = f"What the exported pages name of the register: {counts[0]}, {counts[1]}, {counts[2]}."
    cast(Tag, register.h1).insert_after(_paragraph(words))


def _place_pictures(made: _Export, page: str, tree: Tag) -> None:
    """Put in place of each chart its picture, and under it a link to its data."""
    static = f"{'../' * page.count('/')}_static/{FOLDER}"
    for number, holder in enumerate(tree.select('[role="img"][aria-label]:has(svg)'), start=1):
        figure = holder.find_parent("figure")
        home = figure.select("a[href*='#']")[-1:] if figure and "id" not in figure.attrs else []
        name = str(figure.get("id", "")) if figure else ""
        name = str(home[0]["href"]).partition("#")[2] if home else name
        folder = made.root / SITE / "_static" / FOLDER
        file = next((f for f in (f"{name}.{CUT_PNG}", f"{name}.png") if (folder / f).is_file()), "")
        if not file:
            file = f"{_stem(page)}-{number}.png"
            made.files[f"{FOLDER}/{file}"] = _drawn(cast(Tag, holder.svg))
        picture = Tag(name="img", attrs={"src": f"{static}/{file}", "alt": holder["aria-label"]})
        paragraph = Tag(name="p")
        paragraph.append(picture)
        holder.replace_with(paragraph)
        if figure and not home and (folder / f"{name}.csv").is_file():
            figure.append(_paragraph("Data of this figure (CSV)", href=f"{static}/{name}.csv"))


def _drawn(svg: Tag) -> bytes:
    for key in svg.attrs.keys() & {"class", "role", "aria-label", "aria-hidden", "focusable"}:
        del svg[key]
    svg["xmlns"] = "http://www.w3.org/2000/svg"
    return chart_cache.png(svg.decode(), 2)


# Files --------------------------------------------------------------------------------------


def _written(made: _Export) -> dict[str, bytes]:
    """Return all files of the export by their names."""
    title = str(read_config(made.root)["title"])
    files: dict[str, bytes | str] = dict(made.files)
    titles = {_stem(p): words_of(cast(Tag, tree.h1)) for p, tree in made.pages.items()}
    for page, tree in made.pages.items():
        stem, run = _stem(page), _run(made.root, page)
        text = markdown_of(tree, made.places[page])
        if run.is_file():
            notebook = _notebook(run, text, files)
            files[f"{stem}.ipynb"] = nbformat.writes(notebook) + "\n"
        plain = re.sub(f"[{_OPEN}{_CLOSE}]\n*", "", text)
        front = yaml.safe_dump({"title": titles[stem]}, allow_unicode=True, width=1000)
        files[f"{stem}.md"] = f"---\n{front}---\n\n{plain}"
    names = [f"{stem}.md" for stem in titles]
    files["README.md"] = _readme(title, titles, files)
    files["_quarto.yml"] = _yaml({
        "project": {"type": "website", "render": names, "resources": ["*.ipynb", "*/*"]},
        "website": {"title": title, "sidebar": {"contents": names}},
        "format": {"html": {"title-block-style": "none"}},
    })  # fmt: skip
    toc = [{"file": name} for name in names]
    files["myst.yml"] = _yaml({
        "version": 1, "project": {"title": title, "toc": toc}, "site": {"template": "book-theme"},
    })  # fmt: skip
    files[LIST] = "\n".join(sorted(files)) + "\n"
    return {name: c.encode() if isinstance(c, str) else c for name, c in files.items()}


def _yaml(content: dict[str, Any]) -> str:
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def _readme(title: str, titles: dict[str, str], files: dict[str, Any]) -> str:
    soup = BeautifulSoup("", "html.parser")
    tree, contents = soup.new_tag("div"), soup.new_tag("ul")
    tree.append(soup.new_tag("h1", string=title))
    tree.append(_paragraph(
        "Pages and chapters as plain Markdown, chapters as executed notebooks too. Numbers link to "
        "what they are from. Quarto and mystmd read this folder as a project."
    ))  # fmt: skip
    for stem, words in titles.items():
        item = soup.new_tag("li")
        item.append(soup.new_tag("a", href=f"{stem}.md", string=words))
        if f"{stem}.ipynb" in files:
            item.append(" (")
            item.append(soup.new_tag("a", href=f"{stem}.ipynb", string="notebook"))
            item.append(")")
        contents.append(item)
    tree.append(contents)
    return markdown_of(tree, set())


def _notebook(run: Path, text: str, files: dict[str, Any]) -> nbformat.NotebookNode:
    """Return an executed chapter with its prose and what its cells show as plain Markdown."""
    notebook = as_written(nbformat.read(run, as_version=4))
    code = iter([cell for cell in notebook.cells if cell.cell_type == "code"])
    shown = [cell.source for cell in staged_notebook(run).cells if _is_shown(cell)]
    pieces = re.split(f"[{_OPEN}{_CLOSE}]", text)
    cells = []
    for number, piece in enumerate(map(str.strip, pieces)):
        if number % 2:
            group = list(_behind(shown[number // 2], code))
            group[-1].outputs = list(_outputs(piece, files))
            cells += group
        elif piece:
            cells.append(nbformat.v4.new_markdown_cell(piece, id=f"text-{number // 2}"))
    notebook.cells = [*cells, *code]
    return notebook


def _is_shown(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", [])


def _behind(shown: str, code: Iterator[nbformat.NotebookNode]) -> Iterator[nbformat.NotebookNode]:
    """Yield the next cells, without outputs, whose code the page shows as that of one cell."""
    joined: list[str] = []
    for cell in code:
        cell.outputs = []
        yield cell
        joined += [cell.source] if _is_shown(cell) else []
        if "\n\n".join(joined) == shown:
            return


def _outputs(text: str, files: dict[str, Any]) -> Iterator[nbformat.NotebookNode]:
    """Yield what a cell shows as outputs: text as Markdown, pictures within the notebook."""
    parts = _PICTURE.split(text)
    for before, words, picture in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True):
        if before.strip():
            data = {"text/markdown": before.strip(), "text/plain": before.strip()}
            yield nbformat.v4.new_output("display_data", data)
        if picture:
            data = {"image/png": b64encode(files[picture]).decode(), "text/plain": words}
            yield nbformat.v4.new_output("display_data", data)
