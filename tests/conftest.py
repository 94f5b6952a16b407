"""Shared fixtures: the book's root, a copy of it to spoil, a small book that is quick to build.

Tests get their marks here: `browser` where they use Chromium, `book` where they use a built book.
"""

import functools
import inspect
import os
import posixpath
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import nbformat
import pandas as pd
import pytest
from playwright.sync_api import sync_playwright

from helpers.book import chart_cache
from helpers.book.build import build
from helpers.book.stage import chapter_files
from helpers.book.stale import LICENCES, LOCKED
from helpers.chapter.sidecar import sidecar

ROOT = Path(__file__).resolve().parent.parent
# begins a command for which permissions count also where the tests run as root
UNPRIVILEGED = (
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if sys.platform == "linux" and os.geteuid() == 0
    else []
)

TOC = """format: jb-book
root: chapters/index
parts:
  - caption: Chapters
    numbered: 1
    chapters:
      - file: chapters/luggage
  - caption: The evidence
    chapters:
      - file: chapters/evidence
"""
INDEX = """# A small book

The fee is {claim}`smuggling-fee-2024-daily-nk-cny`, which makes
{result}`luggage:fee_income_year` from {result}`luggage:workers_per_week`; see
{numref}`luggage-fee-income`.
"""
# the figure of the short chapter, whose title needs none of the results that the chapter lacks
PLAIN_FIGURE = (
    r"(?m)^  fee-income:\n    title: .*\n",
    "  fee-income:\n    title: What the fees come to\n    claims: [lug-2023-5yuan]\n",
)
CELLS = [
    ("markdown", "# A short chapter"),
    ("parameters", None),
    (
        "code",
        "import altair as alt\nimport pandas as pd\n\n"
        'from helpers.chapter import Chapter\n\nch = Chapter("luggage")',
    ),
    (
        "code",
        "@ch.evidence\ndef fees(p):\n"
        '    return {"fee_income_year": (p.workers_per_week * 52 * p.fee_low, 4e7)}',
    ),
    ("markdown", "## The model and its assumptions"),
    ("markdown", "It is {result}`fee_income_year`, says {claim}`lug-2023-5yuan source`."),
    (
        "code",
        'chart = alt.Chart(pd.DataFrame({"x": [1, 2]})).mark_point().encode(x="x:Q")\n'
        'ch.figure("fee-income", chart)',
    ),
    ("code", 'ch.appendix("results")'),
    ("markdown", "## Who says so, who disagrees"),
    ("code", 'ch.appendix("sources")'),
]


def dead_links(site: Path) -> list[str]:
    """Return the links from a page to a place that no page of a site has."""
    pages = {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8")
             for path in site.rglob("*.html")}  # fmt: skip
    places = {name: {*re.findall(r'\s(?:id|name)="([^"]+)"', text)} for name, text in pages.items()}
    found = []
    for name, text in pages.items():
        for path, place in re.findall(r'href="([^"#:]*)#([^"?][^"]*)"', text):
            to = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if to[:2] != ".." and unquote(place) not in places.get(to, ()):
                found.append(f"{name}: {path}#{place}")
    return found


def raw(table):
    """Return a clean table as it is written: every cell a text."""
    return pd.read_csv(ROOT / "data" / "clean" / f"{table}.csv", dtype=str, keep_default_na=False)


def answering() -> list[str]:
    """Return the chapters that answer a question, not the story: with parameters and a panel."""
    names = (path.stem for path in chapter_files(ROOT))
    return [name for name in names if sidecar(name).kind == "answer"]


def each(cases: Sequence) -> Callable:
    """Run a test for each case, as its first arguments; it fails with a list of all that fail."""
    sets = [case if isinstance(case, tuple) else (case,) for case in cases]

    def decorate(test):
        @functools.wraps(test)
        def every(**fixtures):
            failed = []
            for case in sets:
                try:
                    test(*case, **fixtures)
                except AssertionError as error:
                    failed.append(f"{', '.join(map(str, case))}: {error}")
            assert not failed, "\n\n".join(failed)

        signature = inspect.signature(test)
        fixtures = list(signature.parameters.values())[len(sets[0]) :]
        every.__signature__ = signature.replace(parameters=fixtures)
        return every

    return decorate


# what needs a built book, or builds, renders or runs one
BUILT = {
    "built_site", "small_site", "module_book", "environment", "grown", "hostile_site", "published",
}  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use."""
    for item in items:
        definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
        if "chromium" in definitions or ("site" in definitions and "browser" in item.nodeid):
            item.add_marker("browser")
        if BUILT & definitions.keys():
            item.add_marker("book")


def pytest_terminal_summary(terminalreporter) -> None:
    """Print what the tests of faults have counted."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, text in getattr(report, "user_properties", ()):
                if name == "counts" and report.when == "teardown":
                    terminalreporter.write_line(text)


# files of long tests that share nothing, and files that share what is made once for a process:
# the book on salt, the accounts of the headlines
APART = ("test_pages", "test_panel", "test_build", "test_incremental", "test_engine")
TOGETHER = (r"/fork/(?!test_contributing)", r"/chapters/test_(sensitivity|marks|headline_rules)")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Give all tests of a file to one process: they share what one of them makes.

    With `--dist loadfile` alone; the files of `APART` are split, those of `TOGETHER` are one.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            if Path(file).stem in APART:
                return nodeid
            return next((part for part in TOGETHER if re.search(part, file)), file)

    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make) -> Path:
    """Make a folder once, however many processes run the tests; `make(folder)` fills it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = base / name, base / f"{name}.done"
    try:
        folder.mkdir()
    except FileExistsError:
        for _ in range(3000):
            if done.exists():
                break
            time.sleep(0.1)
        assert done.exists() and not done.read_text(), f"{name}: {done.read_text()}"
        return folder
    try:
        make(folder)
    except BaseException as error:
        done.write_text(repr(error))
        raise
    done.write_text("")
    return folder


@pytest.fixture
def root() -> Path:
    return ROOT


def copy_book(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy.mkdir()
    for name in ("_config.yml", "_toc.yml", LOCKED, *LICENCES):
        shutil.copyfile(ROOT / name, copy / name)
    for name in ("chapters", "data"):
        shutil.copytree(ROOT / name, copy / name)
    monkeypatch.setenv("YALU_BOOK", str(copy))
    return copy


@pytest.fixture
def book_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of configuration, chapters and data that a test may change."""
    return copy_book(tmp_path / "book", monkeypatch)


def short_chapter(defaults: str) -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    for number, (kind, text) in enumerate(CELLS):
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = make(text or defaults)
        cell["id"] = f"cell-{number}"
        if kind == "parameters":
            cell.metadata["tags"] = ["parameters"]
        notebook.cells.append(cell)
    return notebook


def with_pictures(book: Path) -> None:
    """Give a book the pictures that `make book` has drawn, as most of its contests are the same."""
    drawn, here = ROOT / chart_cache.FOLDER, book / chart_cache.FOLDER
    if drawn.is_dir() and not here.exists():
        leave = shutil.ignore_patterns(".*")
        shutil.copytree(drawn, here, copy_function=shutil.copyfile, ignore=leave)


def shorten(book: Path) -> Path:
    """Make a copy of the book a small one: a short chapter and the evidence."""
    (book / "_toc.yml").write_text(TOC, encoding="utf-8")
    chapters = book / "chapters"
    original = nbformat.read(chapters / "luggage.ipynb", as_version=4)
    tagged = [c for c in original.cells if "parameters" in c.metadata.get("tags", [])]
    (chapters / "index.md").write_text(INDEX, encoding="utf-8")
    path = chapters / "luggage.yml"
    declared = path.read_text(encoding="utf-8")
    path.write_text(re.sub(*PLAIN_FIGURE, declared, count=1), encoding="utf-8")
    with_pictures(book)
    nbformat.write(short_chapter(tagged[0].source), chapters / "luggage.ipynb")
    return book


@pytest.fixture
def small_book(book_copy: Path) -> Path:
    return shorten(book_copy)


@pytest.fixture(scope="session")
def make_small_book() -> Callable[[Path, pytest.MonkeyPatch], Path]:
    """For tests that share one small book: make it in a folder."""
    return lambda folder, monkeypatch: shorten(copy_book(folder, monkeypatch))


@pytest.fixture(scope="session")
def small_site(tmp_path_factory) -> Path:
    """The small book, built once for all tests: to read and to copy, not to change."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            build(shorten(copy_book(folder / "book", patch)), lambda _: None)

    return made_once(tmp_path_factory, "small", make) / "book"


@pytest.fixture
def built_book(small_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the built small book, with all that a next build starts from."""
    monkeypatch.setenv("YALU_BOOK", str(tmp_path / "book"))
    return shutil.copytree(small_site, tmp_path / "book")


@pytest.fixture(scope="session")
def published() -> SimpleNamespace:
    """What the book prints at its defaults, see `tests.chapters.published`."""
    from .chapters.published import published_numbers

    return published_numbers()


FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium():
    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium found: install it or set CHROMIUM to its path")
        pytest.skip("no Chromium found: install it or set CHROMIUM to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
