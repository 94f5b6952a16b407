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
from docutils import nodes
from markupsafe import escape
from nbformat.v4 import new_markdown_cell, new_output

from helpers.book import chart_cache
from helpers.book.build import LOCK, WAITING, build
from helpers.book.execute import as_written
from helpers.book.markdown import markdown_of
from helpers.book.pdf_epub.articles import read_article, words_of
from helpers.book.sphinx.figures import FOLDER
from helpers.book.sphinx.html import REGISTER, number_of
from helpers.book.stage import scenario_pages, staged_notebook, toc_files
from helpers.config import base_address, read_config
from helpers.errors import YaluError, did_you_mean, shown
from helpers.files import aside, check_folder, held, put_in_place
from helpers.paths import PUBLISHED, SITE

OUT = Path("_build/export")
# names what an export wrote: a folder with anything else is not replaced
LIST = ".yalu-export"
# what Quarto, mystmd and JupyterLab leave in a folder
_MADE_FROM_IT = {"_build", "_site", ".quarto", ".ipynb_checkpoints"}
_LEFT_OUT = ".yalu-data, .reg-count, .reg-contests, #contested, .toctree-wrapper"
_README = (
    "Pages and chapters as Markdown, chapters as executed notebooks too. Numbers link to what \
they are from. Quarto and mystmd read this folder as a project."
)
# what Quarto copies besides pages and pictures
_RESOURCES = ["*.ipynb", "*.xml", "**/*.csv", "**/*.json"]
# around what a cell shows
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKS = re.compile(r"[\ue000\ue001]\n*")
_PICTURE = re.compile(r"^!\[(.*)\]\((?!\w+:)(.*\.png)\)$", re.MULTILINE)


@dataclass
class _Export:
    """What is exported: the trees of pages by name, and other files by where they go.

    `places` has for each page its ids, and what those that links lead to are in the export.
    """

    root: Path
    pages: dict[str, Tag] = field(default_factory=dict)
    files: dict[str, bytes | str] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)


def export(root: Path, names: tuple[str, ...], out: Path, report: Callable[[str], None]) -> Path:
    """Write pages of the book, without names all, into a folder for plain tools; return it.

    The book is built first where it is not, or is stale. Raises YaluError as `build` does, and
    for an unknown page or a folder that holds other things or cannot be written (exit code 2).
    """
    chosen, target = _chosen(root, names), _checked_target(root, out)
    build(root, report)
    with held(root / LOCK, WAITING, report), aside(target) as folder:
        made = _read(root, chosen)
        _add_files(made)
        for name, content in made.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        put_in_place(folder, target)
    notebooks = number_of(sum(name.endswith(".ipynb") for name in made.files), "notebook")
    report(f"export: {number_of(len(made.pages), 'page')}, {notebooks} in {out}")
    return target


def _checked_target(root: Path, out: Path) -> Path:
    """Return the folder to write. Raises YaluError where it cannot be, or holds other things."""
    target = check_folder(root, out)  # before a build that may take minutes
    if fault := _not_ours(target):
        raise YaluError(f"{out}: {fault}; choose another folder", exit_code=2)
    return target


def _not_ours(target: Path) -> str:
    """Return why a folder is not to be replaced, or nothing."""
    listed = target / LIST
    ours = {LIST, *_MADE_FROM_IT} if listed.is_file() else set()
    ours |= {*listed.read_text("utf-8").splitlines()} if ours else set()
    files = (path.relative_to(target) for path in target.rglob("*") if not path.is_dir())
    other = next((p for p in files if not {p.as_posix(), p.parts[0]} & ours), None)
    return f"holds {other}, which no export wrote" if other else ""


def _chosen(root: Path, names: tuple[str, ...]) -> list[str]:
    """Return the named pages in the order of the book. Raises YaluError for an unknown one."""
    pages = []
    for path in toc_files(root):
        pages.append(path.relative_to(root).with_suffix("").as_posix())
        if path.suffix == ".ipynb":
            pages += [f"chapters/{page.name}" for page in scenario_pages([path])]
    stems = {_stem(page): page for page in pages}
    if unknown := [name for name in names if name not in stems]:
        there = did_you_mean(unknown[0], stems) or f"; there are {', '.join(stems)}"
        raise YaluError(f"no chapter or page {shown(unknown[0])} in _toc.yml{there}", exit_code=2)
    return [page for stem, page in stems.items() if stem in names or not names]


def _stem(page: str) -> str:
    """Return the name of the files of a page."""
    return page.removeprefix("chapters/").replace("/", "-")


# Pages --------------------------------------------------------------------------------------


def _read(root: Path, chosen: list[str]) -> _Export:
    """Return the chosen pages and the register's entries that they name, linked to each other."""
    made = _Export(root)
    for page in chosen if REGISTER in chosen else [*chosen, REGISTER]:
        if (file := root / SITE / f"{page}.html").is_file():
            # the register is long, and none of its pictures is exported
            parser = "html.parser" if page == REGISTER else "html5lib"
            made.pages[page] = tree = read_article(file.read_text("utf-8"), page, parser)
            for element in tree.select(_LEFT_OUT):
                element.decompose()
            for cell in tree.select("div.cell"):
                cell.insert(0, _paragraph(_OPEN))
                cell.append(_paragraph(_CLOSE))
            _place_pictures(made, page)
    if REGISTER in made.pages:
        _keep_named(made)
    for page, tree in made.pages.items():
        made.places[page] = {str(element["id"]): "" for element in tree.select("[id]")}
    for page in made.pages:
        for link in _links(made, page):
            _relink(made, page, *link)
    return made


def _paragraph(words: str | Tag) -> Tag:
    paragraph = Tag(name="p")
    paragraph.append(words)
    return paragraph


def _links(made: _Export, page: str) -> Iterator[tuple[Tag, str, str, str]]:
    """Yield each link and picture within the site: element, attribute, path in the site, place."""
    for link in made.pages[page].select("a[href], img[src]"):
        key = "href" if link.name == "a" else "src"
        to = urlsplit(str(link[key]))
        if not (to.scheme or to.netloc or link[key] in made.files):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(to.path)))
            yield link, key, path if to.path else f"{page}.html", unquote(to.fragment)


def _relink(made: _Export, page: str, link: Tag, key: str, path: str, place: str) -> None:
    """Have a link lead to a file of the export, else to the published site, else be words."""
    other, file = path.removesuffix(".html"), made.root / SITE / path
    if other in made.pages and path.endswith(".html"):
        if place in made.places[other]:
            made.places[other][place] = found = _place(other, place)
            link[key] = (f"{_stem(other)}.md" if other != page else "") + f"#{found}"
        else:  # "#?place=Here" sets the filter of the register
            link[key] = f"{_stem(other)}.md"
    elif file.is_file() and file.suffix != ".html":
        link[key] = path.removeprefix("_static/")
        made.files[str(link[key])] = file.read_bytes()
    elif base := base_address(made.root):
        link[key] = urljoin(base, path) + (f"#{place}" if place else "")
    else:
        link.unwrap()


def _place(page: str, place: str) -> str:
    """Return the id of a place in the export: for mystmd no other page, no heading has it."""
    own = page == REGISTER or place.startswith(f"{nodes.make_id(_stem(page))}-")
    return place if own else f"{_stem(page)}-{place}"


def _keep_named(made: _Export) -> None:
    """Leave of the register its title and the entries that other pages name, with documents."""
    pages = [page for page in made.pages if page != REGISTER]
    links = [link for page in pages for link in _links(made, page)]
    named = {place for _, _, path, place in links if path == f"{REGISTER}.html"}
    register = made.pages[REGISTER]
    entries = register.select("li[id]")
    named |= {f"source-{entry.get('data-source')}" for entry in entries if entry["id"] in named}
    for entry in entries:
        # one that repeats another stands within it
        within = [] if entry.decomposed else [entry, *entry.select("[id]")]
        if not named & {str(element["id"]) for element in within}:
            entry.decompose()
    title = cast(Tag, register.h1)
    for element in [
        *title.find_next_siblings(lambda other: other.name != "section"),
        *register.select(".reg-group, .reg-repeats, section section"),
    ]:
        if not element.decomposed and not element.select_one("li[id]"):
            element.decompose()
    title.insert_after(_paragraph("All of the register that the exported pages name."))


def _place_pictures(made: _Export, page: str) -> None:
    """Put in place of each chart its picture, and under it a link to its data."""
    static, site = f"{'../' * page.count('/')}_static/{FOLDER}", made.root / SITE / "_static"
    names = {nodes.make_id(file.stem): file.stem for file in (site / FOLDER).glob("*.csv")}
    holders = made.pages[page].select('[role="img"][aria-label]:has(svg)')
    for number, holder in enumerate(holders, start=1):
        figure = holder.find_parent("figure") or holder
        # one without an id is of another page, to which its last link leads
        home = [str(link["href"]) for link in figure.select("a[href*='#']")][-1:]
        own = str(figure.get("id", ""))
        if name := names.get(own or "".join(home).partition("#")[2]):
            address = f"{static}/{name}.png"
        else:
            address = f"{FOLDER}/{_stem(page)}-{number}.png"
            svg = cast(Tag, holder.svg)
            svg["xmlns"] = "http://www.w3.org/2000/svg"
            paper = {"width": "100%", "height": "100%", "fill": "white"}
            svg.insert(0, Tag(name="rect", attrs=paper))
            made.files[address] = chart_cache.png(svg.decode(), 2)
        picture = Tag(name="img", attrs={"src": address, "alt": holder["aria-label"]})
        holder.replace_with(_paragraph(picture))
        if name and own:
            link = Tag(name="a", attrs={"href": f"{static}/{name}.csv"})
            link.string = "Data of this figure (CSV)"
            figure.append(_paragraph(link))


# Files --------------------------------------------------------------------------------------


def _add_files(made: _Export) -> None:
    """Add the files of all pages to those of the export, and what tells tools how to read them."""
    title, files = str(read_config(made.root)["title"]), made.files
    titles = {_stem(p): words_of(cast(Tag, tree.h1)) for p, tree in made.pages.items()}
    contents = []
    for page, tree in made.pages.items():
        stem, run = _stem(page), made.root / PUBLISHED / f"{Path(page).name}.ipynb"
        text = markdown_of(tree, made.places[page])
        front = yaml.safe_dump({"title": titles[stem]}, allow_unicode=True, width=1000)
        files[f"{stem}.md"] = f"---\n{front}---\n\n{_MARKS.sub('', text)}"
        contents.append(f'<li><a href="{stem}.md">{escape(titles[stem])}</a>')
        if run.is_file():
            files[f"{stem}.ipynb"] = nbformat.writes(_notebook(run, text, files)) + "\n"
            contents.append(f' (<a href="{stem}.ipynb">notebook</a>)')
    readme = f"<h1>{escape(title)}</h1><p>{_README}</p><ul>{''.join(contents)}</ul>"
    names = [f"{stem}.md" for stem in titles]
    quarto = {
        "project": {"type": "website", "render": names, "resources": _RESOURCES},
        "website": {"title": title, "sidebar": {"contents": [*names]}},
        "format": {"html": {"title-block-style": "none"}},
    }
    myst = {
        "version": 1,
        "project": {"title": title, "toc": [{"file": name} for name in names]},
        "site": {"template": "book-theme"},
    }
    files["README.md"] = markdown_of(BeautifulSoup(readme, "html5lib"), {})
    files["_quarto.yml"] = yaml.safe_dump(quarto, sort_keys=False, allow_unicode=True)
    files["myst.yml"] = yaml.safe_dump(myst, sort_keys=False, allow_unicode=True)
    files[LIST] = "\n".join(sorted(files)) + "\n"


def _notebook(run: Path, text: str, files: dict[str, Any]) -> nbformat.NotebookNode:
    """Return an executed chapter with its prose and what its cells show as plain Markdown."""
    notebook = as_written(nbformat.read(run, as_version=4))
    code = iter([cell for cell in notebook.cells if cell.cell_type == "code"])
    sources = [cell.source for cell in staged_notebook(run).cells if _is_shown(cell)]
    cells: list[nbformat.NotebookNode] = []
    for number, piece in enumerate(map(str.strip, _MARKS.split(text))):
        if number % 2:
            cells += _behind(sources[number // 2], code)
            cells[-1].outputs = list(_outputs(piece, files))
        elif piece:
            cells.append(new_markdown_cell(piece, id=f"text-{number // 2}"))
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
    words, *rest = map(str.strip, _PICTURE.split(text))
    if words:
        yield new_output("display_data", {"text/markdown": words, "text/plain": words})
    for alt, picture, words in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        alt = re.sub(r"\\(.)", r"\1", alt)
        data = {"image/png": b64encode(files[unquote(picture)]).decode(), "text/plain": alt}
        yield new_output("display_data", data, metadata={"image/png": {"alt": alt}})
        if words:
            yield new_output("display_data", {"text/markdown": words, "text/plain": words})
