"""Whatever a chapter reads, and however: a change of it is on the page after the next build.

Each case is a chapter of its own with one way to read. All are built once, changed, built again,
and held against a cold build byte for byte.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import nbformat
import pytest
import yaml

from helpers.book.stale import Inputs, read_manifest, record_site, site_is_fresh

from .conftest import differing, halves, put, said, site_of

pytestmark = pytest.mark.book

# a library in C, which reads past Python
IN_C = """import ctypes
def read(name):
    libc, text = ctypes.CDLL(None), ctypes.create_string_buffer(99)
    libc.fopen.restype = ctypes.c_void_p
    file = ctypes.c_void_p(libc.fopen(name.encode(), b"r"))
    libc.fread(text, 1, 98, file), libc.fclose(file)
    return text.value
"""
DATABASE = """import sqlite3
with sqlite3.connect(OUT / "{0}.db") as base:
    print(base.execute("select * from t").fetchall())
"""


# what gives the same text
SAME = {"picture", "size"}
# what the first page shows in a case
SHOWN = {
    "include": "\n```{include} images/p.md\n```\n", "picture": "\n![A picture](images/i.svg)\n"
}  # fmt: skip
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>\n"


class Case(NamedTuple):
    """A way to read: code, the files that are there before, what changes in them."""

    name: str
    code: str
    before: Mapping[str, Any] = MappingProxyType({})
    after: Mapping[str, Any] = MappingProxyType({})


def reads(name: str, code: str, file: str | None = None) -> Case:
    """Return a case whose code reads one file outside the book."""
    file = file or f"../out/{name}.txt"
    return Case(name, code, {file: "1\n"}, {file: "2\n"})


def module(name: str, code: str, file: str, text: str, more: dict | None = None) -> Case:
    """Return a case whose code imports a module, of which a number changes."""
    return Case(name, code, {file: text.replace("ONE", "1"), **(more or {})},
                {file: text.replace("ONE", "2")})  # fmt: skip


def exists(name: str, code: str) -> Case:
    """Return a case whose code asks whether a file is there that comes later."""
    return Case(name, code, {}, {f"../out/{name}.txt": "now\n"})


def folder(name: str, code: str, new: str = "b.txt") -> Case:
    """Return a case whose code lists a folder, which gets a new file."""
    return Case(name, code, {f"../out/{name}/a.txt": ""}, {f"../out/{name}/{new}": "1"})


SRC = "sys.path.insert(0, str(ROOT / 'src'))\n"
CASES = [
    # modules beside helpers
    module("mod-src", SRC + "import m_src; print(m_src.x)", "src/m_src.py", "x = ONE\n"),
    module("mod-beside", "import m_beside; print(m_beside.x)", "chapters/m_beside.py", "x = ONE"),
    module("mod-package", SRC + "from m_pack.inner import x; print(x)", "src/m_pack/inner.py",
           "x = ONE", {"src/m_pack/__init__.py": ""}),
    module("mod-far", SRC + "import m_far1; print(m_far1.x)", "src/m_far2.py", "x = ONE",
           {"src/m_far1.py": "from m_far2 import x"}),
    module("mod-path", "sys.path.append(str(OUT)); import m_path; print(m_path.x)",
           "../out/m_path.py", "x = ONE"),
    module("mod-pythonpath", "import m_env; print(m_env.x)", "../path/m_env.py", "x = ONE"),
    module("mod-by-name", SRC + "import importlib\nprint(importlib.import_module('m_name').x)",
           "src/m_name.py", "x = ONE"),
    module("mod-runpy", "import runpy; print(runpy.run_path(str(OUT / 'r.py'))['x'])",
           "../out/r.py", "x = ONE"),
    module("mod-exec", "exec((OUT / 'e.py').read_text())", "../out/e.py", "print(ONE)"),
    module("mod-run", "%run ../../out/s.py", "../out/s.py", "print(ONE)"),
    module("mod-data", SRC + "import m_data; print(m_data.x)", "src/m_data.txt", "ONE", {
        "src/m_data.py": "import pathlib\nx = pathlib.Path(__file__).with_suffix('.txt')"
        ".read_text()"}),
    Case("mod-shadow", SRC + "import m_shadow; print(m_shadow.x)", {"src/m_shadow.py": "x = 1"},
         {"src/m_shadow/__init__.py": "x = 2"}),
    Case("mod-earlier", SRC + "sys.path.insert(0, str(OUT / 'early'))\nimport m_early\n"
         "print(m_early.x)", {"src/m_early.py": "x = 1"}, {"../out/early/m_early.py": "x = 2"}),
    Case("mod-missing", "sys.path.append(str(OUT))\ntry:\n    import m_none; print(m_none.x)\n"
         "except ImportError:\n    print('none')", {}, {"../out/m_none.py": "x = 2"}),
    Case("mod-environ", SRC + "import m_environ; print(m_environ.x)",
         {"src/m_environ.py": "import os\nx = os.environ.get('SALT_M')"}, {"$SALT_M": "2"}),
    Case("mod-exists", SRC + "import m_exists; print(m_exists.x)",
         {"src/m_exists.py": "import os\nx = os.path.exists('../../out/m_exists.txt')"},
         {"../out/m_exists.txt": ""}),
    module("mod-c", SRC + "import m_c; print(m_c.read(str(OUT / 'm_c.txt')))", "../out/m_c.txt",
           "ONE", {"src/m_c.py": IN_C}),
    # files, by their absolute names
    reads("open", "print(open(F).read())"),
    reads("pandas", "import pandas as pd; print(pd.read_csv(F))"),
    reads("numpy", "import numpy as np; print(np.loadtxt(F))"),
    reads("fromfile", "import numpy as np; print(np.fromfile(F, 'u1'))"),
    reads("memmap", "import numpy as np; print(np.memmap(F, 'u1'))"),
    reads("fileio", "import io; print(io.FileIO(F).readall())"),
    reads("os-open", "print(os.read(os.open(F, os.O_RDONLY), 9))"),
    reads("at-folder", "at = os.open(OUT, os.O_RDONLY)\n"
          "print(os.read(os.open('at-folder.txt', os.O_RDONLY, dir_fd=at), 9))"),
    reads("linecache", "import linecache; print(linecache.getline(F, 1))"),
    reads("copy", "import shutil, tempfile\nwith tempfile.TemporaryDirectory() as at:\n"
          "    print(open(shutil.copy(F, at)).read())"),
    reads("thread", "from concurrent.futures import ThreadPoolExecutor as T\n"
          "print([f.read() for f in T().map(open, [F])])"),
    reads("task", "import asyncio\nprint((await asyncio.to_thread(open, F)).read())"),
    reads("in-c", IN_C + "print(read(F))"),
    reads("mmap", "import mmap\nf = open(F)\nprint(mmap.mmap(f.fileno(), 0, prot=1)[:])"),
    reads("size", "print(os.path.getsize(F))"),
    Case("size-longer", "print(os.stat(OUT / 'longer.txt').st_size)", {"../out/longer.txt": "1"},
         {"../out/longer.txt": "22"}),
    Case("size-entry", "print([e.stat().st_size for e in os.scandir(OUT / 'entry')])",
         {"../out/entry/a.txt": "1"}, {"../out/entry/a.txt": "22"}),
    Case("sqlite", DATABASE.format("b1"), {"../out/b1.db": "base 1"}, {"../out/b1.db": "base 2"}),
    Case("pandas-sql", "import sqlite3, pandas as pd\nprint(pd.read_sql('select * from t', "
         "sqlite3.connect(OUT / 'b2.db')))", {"../out/b2.db": "base 1"},
         {"../out/b2.db": "base 2"}),
    reads("in-book", "print(open('../notes/n.txt').read())", "notes/n.txt"),
    reads("in-data", "print(open('../data/extra.txt').read())", "data/extra.txt"),
    reads("in-runs", "print(open('../runs/r/results.json').read())", "runs/r/results.json"),
    reads("in-build", "print(open('../_build/kept.txt').read())", "_build/kept.txt"),
    reads("in-git", "print(open('../.git/DESCRIPTION').read())", ".git/DESCRIPTION"),
    # folders
    folder("listdir", "print(os.listdir(OUT / 'listdir'))"),
    folder("glob", "import glob; print(sorted(glob.glob(str(OUT / 'glob/*.txt'))))"),
    folder("path-glob", "print(len(list((OUT / 'path-glob').glob('*'))))"),
    folder("rglob", "print(len(list((OUT / 'rglob').rglob('*'))))", "inner/b.txt"),
    folder("iterdir", "print(len(list((OUT / 'iterdir').iterdir())))"),
    folder("walk", "print(len(list(os.walk(OUT / 'walk'))))", "inner/b.txt"),
    folder("hidden", "print(len(os.listdir(OUT / 'hidden')))", ".b.txt"),
    folder("underscore", "print(len(os.listdir(OUT / 'underscore')))", "_b.txt"),
    Case("glob-book", "print(len(list(ROOT.joinpath('chapters').glob('*.txt'))))", {},
         {"chapters/new.txt": ""}),
    Case("glob-empty", "print(len(list((OUT / 'no').glob('*'))))", {}, {"../out/no/a.txt": ""}),
    # whether something is there
    exists("exists", "print(os.path.exists(F))"),
    exists("path-exists", "print(Path(F).exists())"),
    exists("is-file", "print(Path(F).is_file())"),
    exists("isfile", "from os.path import isfile as there\nprint(there(F))"),
    exists("access", "print(os.access(F, os.R_OK))"),
    exists("stat", "try:\n    print(bool(os.stat(F)))\nexcept OSError:\n    print('none')"),
    exists("path-stat", "try:\n    print(bool(Path(F).stat()))\nexcept OSError:\n    print(0)"),
    exists("try-open", "try:\n    print(open(F).read())\nexcept OSError:\n    print('none')"),
    exists("glob-one", "import glob; print(glob.glob(F))"),
    exists("zipfile", "import zipfile\ntry:\n    zipfile.ZipFile(F)\nexcept Exception as e:\n"
           "    print(type(e).__name__)"),
    exists("lexists", "print(os.path.lexists(F))"),
    Case("gone", "print(os.path.exists(OUT / 'gone.txt'))", {"../out/gone.txt": ""},
         {"../out/gone.txt": None}),
    # links: their target, where they lead, folders, links into nothing
    Case("link", "print((ROOT / 'data/l.txt').read_text())",
         {"../out/l.txt": "1", "data/l.txt": Path("../../out/l.txt")}, {"../out/l.txt": "2"}),
    Case("link-moved", "print((ROOT / 'data/lm.txt').read_text())",
         {"../out/lm1.txt": "1", "../out/lm2.txt": "2", "data/lm.txt": Path("../../out/lm1.txt")},
         {"data/lm.txt": Path("../../out/lm2.txt")}),
    Case("link-folder", "print((ROOT / 'data/lf/a.txt').read_text())",
         {"../out/lf/a.txt": "1", "data/lf": Path("../../out/lf")}, {"../out/lf/a.txt": "2"}),
    Case("link-new", "print(os.listdir(ROOT / 'data/ln'))",
         {"../out/ln/a.txt": "1", "data/ln": Path("../../out/ln")}, {"../out/ln/b.txt": "2"}),
    Case("link-none", "try:\n    print(open(OUT / 'lnone').read())\nexcept OSError:\n    print(0)",
         {"../out/lnone": Path("lnone.txt")}, {"../out/lnone.txt": "2"}),
    Case("readlink", "print(os.readlink(OUT / 'rl'))", {"../out/rl": Path("a")},
         {"../out/rl": Path("b")}),
    # variables of the environment
    Case("environ", "print(os.environ.get('SALT_1'))", {}, {"$SALT_1": "2"}),
    Case("getenv", "print(os.getenv('SALT_2'))", {}, {"$SALT_2": "2"}),
    Case("expandvars", "print(os.path.expandvars('$SALT_3'))", {}, {"$SALT_3": "2"}),
    Case("environ-b", "print(os.environb.get(b'SALT_4'))", {}, {"$SALT_4": "2"}),
    # child processes
    reads("subprocess", "import subprocess; print(subprocess.check_output(['cat', F]))"),
    reads("popen", "print(os.popen(f'cat {F}').read())"),
    reads("shell", "!cat {F}"),
    reads("shell-value", "x = !cat {F}\nprint(x)"),
    reads("bash", "%%bash\ncat ../../out/bash.txt"),
    reads("fork", "r, w = os.pipe()\nif not os.fork():\n    os.write(w, open(F, 'rb').read())\n"
          "    os._exit(0)\nprint(os.read(r, 9))"),
    reads("async-child", "import asyncio\nasync def f():\n"
          "    p = await asyncio.create_subprocess_exec('cat', F, stdout=-1)\n"
          "    return await p.communicate()\nprint(await asyncio.gather(f()))"),
    # images and included parts of pages
    Case("include", "'page'", {"chapters/images/p.md": "old"}, {"chapters/images/p.md": "new"}),
    Case("picture", "'page'", {"chapters/images/i.svg": SVG}, {"chapters/images/i.svg": SVG * 2}),
]  # fmt: skip


def database(text: str) -> bytes:
    """Return a database of sqlite with the text."""
    import sqlite3

    with sqlite3.connect(":memory:") as base:
        base.execute("create table t (x)")
        base.execute("insert into t values (?)", [text])
        base.commit()
        return base.serialize()


def written(book: Path, files: dict, patch: pytest.MonkeyPatch) -> None:
    """Put the files of a case, its databases and its variables."""
    for name, content in files.items():
        if name.startswith("$"):
            patch.setenv(name[1:], content)
        else:
            put(book, {name: database(content) if name.endswith(".db") else content})


def add_chapter(book: Path, case: Case) -> None:
    cell = "import os, sys\nfrom pathlib import Path\nfrom helpers.chapter import Chapter\n"
    cell += f"ch = Chapter({case.name!r})\nROOT = Path('..').resolve()\nOUT = ROOT.parent / 'out'\n"
    cell += f"F = str(OUT / '{case.name}.txt')"
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            nbformat.v4.new_markdown_cell(f"# Case {case.name}", id="a"),
            nbformat.v4.new_code_cell("# none", id="b", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(cell, id="c"), nbformat.v4.new_code_cell(case.code, id="d"),
        ],
    )  # fmt: skip
    nbformat.write(notebook, book / "chapters" / f"{case.name}.ipynb")
    about = {"title": f"Case {case.name}", "theme": "pans", "question": "Which?", "adopted": True}
    put(book, {f"chapters/{case.name}.yml": yaml.safe_dump(about | {"parameters": {}})})


@halves(CASES, 8)
def test_a_change_is_on_the_page(cases, salt, tally, monkeypatch):
    out = salt.parent / "out"
    out.mkdir()
    toc = yaml.safe_load((salt / "_toc.yml").read_text())
    toc["parts"][0]["chapters"] = [{"file": f"chapters/{case.name}"} for case in cases]
    put(salt, {"_toc.yml": yaml.safe_dump(toc), "chapters/index.md": "# Cases\n"})
    with (salt / "chapters/index.md").open("a") as page:
        for case in cases:
            page.write(SHOWN.get(case.name, ""))
    for case in cases:
        add_chapter(salt, case)
        written(salt, case.before, monkeypatch)
    path = os.environ.get("PYTHONPATH", "")
    more = {"environment": {"PYTHONPATH": f"{Path(__file__).parents[2] / 'src'}:"
                                          f"{salt.parent / 'path'}:{path}"}}  # fmt: skip
    code, text = said(salt, "build", **more)
    assert code == 0, text
    first = site_of(salt)
    monkeypatch.setattr("sys.path", [*os.sys.path, str(salt.parent / "path")])
    for case in cases:
        written(salt, case.after, monkeypatch)
    code, text = said(salt, "build", **more)
    assert code == 0, text
    warm = site_of(salt)
    # in its place: pages may tell where the book lies
    for old in ("work", "published", "html", "charts", "manifest.json"):
        path = salt / "_build" / old
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, text = said(salt, "build", **more)
    assert code == 0, text
    cold = site_of(salt)
    stale = differing(warm, cold)
    changed = differing(first, cold)
    for case in cases:
        page = f"chapters/{'index' if case.name in SHOWN else case.name}.html"
        wrong = "" if page in changed or case.name in SAME else "is no case: nothing changed"
        tally[case.name] = "stale" if page in stale else wrong
    rest = [name for name in stale if not any(case.name in name for case in cases)]
    tally["all else"] = f"differs: {rest}" if rest else ""


def replaced(name, old, new):
    """Return a change of a text in a file of the book."""
    return lambda book: put(book, {name: (book / name).read_text().replace(old, new, 1)})


def by_hand(book):
    """Change a page of the site by hand, its size and time kept."""
    page = book / "_build/html/chapters/pans.html"
    kept = page.stat()
    page.write_bytes(page.read_bytes().replace(b"Salt", b"Silt", 1))
    os.utime(page, ns=(kept.st_atime_ns, kept.st_mtime_ns))


# what a site is made of, and the site itself
OF_SITES = {
    "a page": replaced("chapters/index.md", "gave less", "gave much less"),
    "a chapter": replaced("chapters/pans.ipynb", "The harvest", "The whole harvest"),
    "a sidecar": replaced("chapters/quay.yml", "title: ", "title: New "),
    "the title": replaced("_config.yml", "Lagonia", "Lagunia"),
    "the contents": replaced("_toc.yml", "caption: Chapters", "caption: All chapters"),
    "a claim": replaced("data/ledger/claims.csv", "exact,t,year,Lagonia", "about,t,year,Lagonia"),
    "a document": replaced("data/ledger/sources.csv", ",", ",x"),
    "a series": replaced("data/series/rainfall.csv", ",", ",1"),
    "the codebook": replaced("data/codebook.csv", ",", ",x"),
    "a licence": replaced("LICENSE", "MIT", "The MIT"),
    "the lock": replaced("requirements.txt", "altair", "# none\naltair"),
    "a new file of data": lambda book: put(book, {"data/ledger/new.csv": "a,b\n1,2\n"}),
    "a file in a linked folder": lambda book: put(book.parent, {"out/images/a.svg": SVG * 3}),
    "a page by hand": by_hand,
    "a page that is gone": lambda book: (book / "_build/html/chapters/quay.html").unlink(),
    "a page too many": lambda book: put(book, {"_build/html/chapters/x.html": "x"}),
    "a picture": lambda book: put(book, {"_build/html/_static/figures/pans-rain.png": b"x"}),
    "what runs are held against": lambda book: put(book, {"_build/published/pans.json": "{}"}),
    "the part of the evidence": lambda book: {"YALU_EVIDENCE": '{"without": ["gazette"]}'},
    "the language": lambda book: {"LANG": "ko_KR.UTF-8"},
    "the day": lambda book: {"SOURCE_DATE_EPOCH": "86400"},
}


def test_a_site_knows_all_that_it_is_made_of(built, tmp_path, tally, monkeypatch):
    """Each change is made alone and taken back; the site is then fresh again."""
    book = shutil.copytree(built, tmp_path / "salt")
    put(tmp_path, {"out/images/a.svg": SVG})
    (book / "chapters/images").symlink_to(tmp_path / "out/images")
    monkeypatch.setenv("YALU_BOOK", str(book))
    record_site(read_manifest(book), Inputs(book))

    def fresh():
        return site_is_fresh(read_manifest(book), Inputs(book))

    for name, change in OF_SITES.items():
        shutil.copytree(book, tmp_path / "kept", symlinks=True)
        assert fresh(), name
        with monkeypatch.context() as patch:
            for variable, value in (change(book) or {}).items():
                patch.setenv(variable, value)
            tally[name] = "stale" if fresh() else ""
        shutil.rmtree(book)
        (tmp_path / "kept").rename(book)
        put(tmp_path, {"out/images/a.svg": SVG})


def test_files_of_pages_are_tracked_or_refused_in_a_line(built, tmp_path):
    """What a page includes or shows lies in chapters/images, whose changes a build sees."""
    book = shutil.copytree(built, tmp_path / "salt")
    page = "# Files\n\n```{include} images/n.md\n```\n\n![a](images/a.svg)\n"
    index = (book / "chapters/index.md").read_text(encoding="utf-8")
    wrong = ("```{include} note.md\n```", "```{include} ../../../../pics/n.md\n```",
             "![b](../pics/b.svg)", "![c](../../../../pics/c.svg)",
             '<img src="../pics/d.svg" alt="d">')  # fmt: skip
    pics = {f"pics/{name}.svg": SVG for name in "bcd"}
    put(book, pics | {"pics/n.md": "Some.", "chapters/note.md": "Some.",
                      "chapters/images/a.svg": SVG, "chapters/images/n.md": "Some words.",
                      "chapters/index.md": index + "\n\n".join(["", *wrong]) + "\n"})  # fmt: skip
    code, text = said(book, "check")
    allowed = "allowed: ![words](images/NAME) or {include} images/NAME"
    assert code == 1
    for told in ("file not found: 'chapters/note.md'; put it into chapters/images",
                 "image file not readable: pics/b.svg; put it into chapters/images",
                 f"found HTML that shows ../pics/d.svg; {allowed}",
                 f"found the file n.md, outside the book; {allowed}",
                 f"found the file c.svg, outside the book; {allowed}"):  # fmt: skip
        assert [line.startswith("chapters/index.md") for line in text.splitlines() if told in line
                ] == [True], (told, text)  # fmt: skip
    put(book, {"chapters/index.md": page + index.partition("\n")[2]})
    assert said(book, "build")[0] == 0
    put(book, {"chapters/images/n.md": "Other words."})
    assert said(book, "build")[0] == 0
    assert b"Other words." in (book / "_build/html/chapters/index.html").read_bytes()
