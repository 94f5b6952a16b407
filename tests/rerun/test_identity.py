"""What tells one run from another: what it uses and nothing else, with false packages on a path."""

import re
import shutil
import sys

import nbformat
import pytest

from helpers.book import packages, stale
from helpers.book.imports import notebook_packages
from helpers.rerun.folders import made_with
from helpers.rerun.run import planned

from ..conftest import ROOT
from .conftest import spoil_cell

pytestmark = pytest.mark.book


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that puts a package, which nobody can import, before all others on the path."""

    def put(name, version, module="", requires=()):
        folder = tmp_path / f"{name}-{version}"
        about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        about.mkdir(parents=True)
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
        (about / "METADATA").write_text("Metadata-Version: 2.4\n" + "\n".join(lines) + "\n")
        (about / "RECORD").write_text(f"{module or name}/__init__.py,,\n")
        monkeypatch.syspath_prepend(folder)

    return put


def identity(book):
    return planned(book, "luggage").hash, made_with(book, "luggage")["fingerprint"]


def differs(before, after):
    return [part for part in before[1] if before[1][part] != after[1][part]]


def test_a_package_that_a_run_does_not_use_does_not_change_it(small_book, install):
    before = identity(small_book)
    install("unrelated", "1.0")
    for name in ("pytest", "playwright", "dask", "distributed", "papermill", "SALib", "jupyter"):
        install(name, "999.0")
    (small_book / "requirements.txt").write_text("unrelated==1.0\n")
    assert identity(small_book) == before
    assert "unrelated" in packages.installed() and packages.installed()["dask"] == "999.0"


@pytest.mark.parametrize(
    ("name", "module"),
    [("pandas", ""), ("numpy", ""), ("altair", ""), ("PyYAML", "yaml"), ("pillow", "PIL"),
     ("vl-convert-python", "vl_convert"), ("narwhals", "")],
)  # fmt: skip
def test_another_version_of_a_package_that_it_uses_changes_it(small_book, install, name, module):
    before = identity(small_book)
    install(name, "999.0", module, requires=["numpy>=2"])
    after = identity(small_book)
    assert after[0] != before[0] and differs(before, after) == ["packages"]
    assert made_with(small_book, "luggage")["versions"][name.lower()] == "999.0"


def test_what_a_chapter_imports_itself_counts_with_what_that_requires(small_book, install):
    install(
        "mine", "1.0", "mine", ["Its_Own[fast]>=2 ; python_version > '3'", "never; extra == 'x'"]
    )
    install("its-own", "2.0", "its_own")
    install("never", "3.0")
    source = small_book / "chapters" / "luggage.ipynb"
    assert "mine" not in notebook_packages(source)
    spoil_cell(small_book, 2, "from mine.part import it\n" + cell_of(source, 2))
    found = notebook_packages(source)
    assert (found["mine"], found["its-own"]) == ("1.0", "2.0") and "never" not in found
    before = identity(small_book)
    install("its-own", "2.1", "its_own")
    assert differs(before, identity(small_book)) == ["packages"]


def cell_of(path, number):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"][number - 1].source


def test_a_chapter_whose_imports_cannot_be_told_depends_on_all_packages(small_book, install):
    source = small_book / "chapters" / "luggage.ipynb"
    spoil_cell(small_book, 2, "import importlib\n" + cell_of(source, 2) +
               "\nimportlib.import_module('json')")  # fmt: skip
    before = identity(small_book)
    install("unrelated", "1.0")
    assert differs(before, identity(small_book)) == ["packages"]


def test_packages_are_those_of_names_that_are_imported_and_what_they_require():
    assert packages.used_by([]) == packages.used_by(["no_such_module"]) == {}
    found = packages.used_by(["yaml"])
    assert list(found) == ["pyyaml"] and re.match(r"\d", found["pyyaml"])
    assert {"pandas", "numpy", "python-dateutil"} <= packages.used_by(["pandas"]).keys()
    assert list(packages.used_by(["IPython"])) == ["ipython"], "it shows, and computes nothing"


def test_modules_of_ours_that_a_run_cannot_use_do_not_change_it(small_book, tmp_path, monkeypatch):
    code = tmp_path / "helpers"
    shutil.copytree(ROOT / "src" / "helpers", code, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(stale, "CODE", code)
    before = identity(small_book)
    unused = ["cli.py", "fork/fork.py", "book/pdf_epub/epub.py", "book/build.py", "rerun/run.py",
              "rerun/sensitivity.py", "models/visas.py", "book/assets/yalu.css"]  # fmt: skip
    for name in unused:
        (code / name).write_text((code / name).read_text(encoding="utf-8") + "\n", "utf-8")
    assert identity(small_book) == before
    wording = code / "chapter" / "wording.py"
    wording.write_text(wording.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert differs(before, identity(small_book)) == ["helpers"]


def test_names_that_the_root_of_helpers_gives_count_where_they_are_asked_for(tmp_path):
    """`from helpers import run` imports what the function behind it does; a chapter does not."""
    code = tmp_path / "helpers"
    files = {
        "__init__.py": "def run():\n    from helpers.rerun import go\n    return go()\n",
        "chapter/__init__.py": "", "rerun/__init__.py": "", "rerun/go.py": "import yaml\n",
    }  # fmt: skip
    for name, text in files.items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text(text)

    def found(cell):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        nbformat.write(notebook, tmp_path / "n.ipynb")
        modules = stale.notebook_modules(tmp_path / "n.ipynb", code)
        return modules, list(notebook_packages(tmp_path / "n.ipynb", code))

    root = "helpers/__init__.py"
    assert found("import helpers.chapter") == ([root, "helpers/chapter/__init__.py"], [])
    assert found("from helpers import run") == (
        [root, "helpers/rerun/__init__.py", "helpers/rerun/go.py"], ["pyyaml"]
    )  # fmt: skip
    assert sys.modules["helpers"].__file__ != str(code / "__init__.py"), "nothing is imported"
