"""The kit of a chapter: what it holds, that it runs alone, and what lets it open elsewhere."""

import io
import json
import os
import subprocess
import sys
import threading
import types
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from helpers.book import sphinx
from helpers.book.build import build
from helpers.book.commands import server
from helpers.book.execute import as_written, with_words
from helpers.book.kit import MOST_BYTES, pinned, wheel
from helpers.chapter.running import METADATA, markdown_cells
from helpers.paths import SITE

from ..conftest import ROOT

KIT, CHAPTER = "across-the-yalu-luggage", "chapters/luggage.ipynb"
ROLE = "It is {result}`fee_income_year`, says {claim}`lug-2023-5yuan source`."


@pytest.fixture(scope="module")
def kit(small_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit")
    with zipfile.ZipFile(small_site / SITE / "kits/luggage.zip") as archive:
        archive.extractall(folder)
    return folder / KIT


def text_of(path):
    return path.read_text(encoding="utf-8")


def cell(kit, name):
    notebook = nbformat.read(kit / CHAPTER, as_version=4)
    return next(one for one in notebook.cells if one["id"] == name)


def test_it_runs_without_the_repository_and_gives_the_results_of_the_site(kit, small_site):
    [file] = kit.glob("*.whl")
    package = kit.parent / "package"
    zipfile.ZipFile(file).extractall(package)
    # without the hooks of site-packages, one of which leads to the repository
    others = [path for path in sys.path if path.endswith("-packages")]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("YALU_")}
    variables |= {"PYTHONPATH": os.pathsep.join([str(package), *others])}

    def python(*arguments):
        command = [sys.executable, "-S", *arguments]
        ran = subprocess.run(command, cwd=kit, env=variables, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    assert python("-c", "import helpers; print(helpers.__file__)").startswith(str(package))
    python("-c", "from helpers.cli import main; main()", "run", "luggage", "--out", "ran")
    ran = json.loads(text_of(kit / "ran/results.json"))
    site = json.loads(text_of(small_site / "_build/work/stage/results/luggage.json"))
    assert site["results"] and ran["parameters"] == site["parameters"]
    for part in ("results", "words"):
        assert {key: ran[part].get(key) for key in site[part]} == site[part]


def test_it_is_small_and_names_nothing_of_the_machine_that_made_it(kit, small_site):
    file = small_site / SITE / "kits/luggage.zip"
    assert file.stat().st_size < MOST_BYTES
    home = str(Path.home()).encode()
    for path in kit.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert str(small_site).encode() not in content and str(ROOT).encode() not in content
        assert home == b"/" or path.suffix == ".whl" or home + b"/" not in content, path
    with zipfile.ZipFile(file) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    assert len([line for line in text_of(kit / "README.md").splitlines() if line]) <= 10


def test_the_wheel_is_this_source_and_needs_nothing_that_only_pages_need():
    name, content = wheel()
    assert wheel() == (name, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names, about = archive.namelist(), name.rsplit("-py3", 1)[0]
        code = ROOT / "src/helpers"
        files = [p for p in code.rglob("*") if p.is_file() and p.suffix != ".pyc"]
        here = {f"helpers/{p.relative_to(code).as_posix()}": p.read_bytes() for p in files}
        assert here == {n: archive.read(n) for n in names if n.startswith("helpers/")}
        needs = archive.read(f"{about}.dist-info/METADATA").decode()
    needed = [line for line in needs.splitlines() if line.startswith("Requires-Dist") and
              "extra ==" not in line]  # fmt: skip
    assert any("pandas" in line for line in needed)
    assert not [line for line in needed if "sphinx" in line or "jupyter-book" in line]


def test_binder_installs_what_a_run_needs():
    lines = [line for line in text_of(ROOT / ".binder/requirements.txt").splitlines()
             if not line.startswith("#")]  # fmt: skip
    needed = pinned(ROOT)[0]
    # a package that only another Python wants has needs of its own there
    same = (
        text_of(ROOT / ".binder/runtime.txt").strip()
        == f"python-{sys.version_info[0]}.{sys.version_info[1]}"
    )
    assert lines == needed if same else set(lines) <= set(needed)


def test_the_notebook_reads_as_words_and_keeps_the_roles(kit, monkeypatch):
    monkeypatch.setenv("YALU_BOOK", str(kit))
    shown = cell(kit, "cell-5").source
    assert "{" not in shown and "million yuan a year" in shown
    assert markdown_cells("luggage")["cell-5"] == ROLE
    notebook = as_written(nbformat.read(kit / CHAPTER, as_version=4))
    assert ROLE in [one.source for one in notebook.cells]
    assert not any(one.metadata.get(METADATA) for one in notebook.cells)


def test_a_rerun_has_new_words_and_an_edited_cell_is_the_readers():
    kept = {METADATA: {"source": "{result}`x`", "words": "5 bags"}}
    cells = [nbformat.v4.new_markdown_cell(text, metadata=dict(kept), id=name)
             for text, name in (("5 bags", "same"), ("5 bags, I think", "edited"))]  # fmt: skip
    prose = {"same": "7 bags"}
    output = nbformat.v4.new_output("display_data", metadata={METADATA: {"prose": prose}})
    notebook = nbformat.v4.new_notebook(
        cells=[*cells, nbformat.v4.new_code_cell("x", outputs=[output])]
    )
    assert [one.source for one in with_words(notebook).cells[:2]] == ["7 bags", "5 bags, I think"]
    written = [one.source for one in as_written(notebook).cells[:2]]
    assert written == ["{result}`x`", "5 bags, I think"]


@pytest.mark.book
def test_it_is_made_again_only_where_something_that_it_holds_changed(built_book):
    made = built_book / "_build/work/kits/luggage.zip"
    before, site = made.stat().st_mtime_ns, built_book / SITE
    page = built_book / "chapters/index.md"
    page.write_text(f"{text_of(page)}\nMore.\n")
    build(built_book, lambda _: None)
    assert made.stat().st_mtime_ns == before
    assert (site / "kits/luggage.zip").read_bytes() == made.read_bytes()
    assert text_of(site / "chapters/luggage.html").count("Take this chapter") == 1
    (built_book / "chapters/luggage.yml").open("a").write("# more\n")
    build(built_book, lambda _: None)
    assert made.stat().st_mtime_ns > before


def test_a_link_under_the_title_leads_to_it_wherever_the_site_lies(small_site):
    text = text_of(small_site / SITE / "chapters/luggage.html")
    heading = text.index("</h1>")
    assert 0 < text.index('<a href="../kits/luggage.zip" download') - heading < 100
    assert "Take this chapter" not in text_of(small_site / SITE / "chapters/index.html")


def run_first_cell(kit, base=""):
    source = cell(kit, "kit").source.replace('resolve(), ""', f'resolve(), "{base}"')
    exec(compile(source, "cell", "exec"), {})


def test_its_first_cell_does_nothing_at_home(kit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_first_cell(kit)
    assert not list(tmp_path.iterdir())


def test_its_first_cell_fetches_the_rest_where_colab_has_the_notebook_alone(
    kit, small_site, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YALU_BOOK", "")
    calls = []
    monkeypatch.setattr(subprocess, "run", lambda command, **about: calls.append((command, about)))
    with pytest.raises(SystemExit, match=r"Upload luggage.zip .* and run this cell again"):
        run_first_cell(kit)
    with server(small_site, 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{running.server_port}/"
        with pytest.raises(SystemExit, match="Restart session"):  # numpy is there already
            run_first_cell(kit, base)
        running.shutdown()
    [(command, about)] = calls
    assert command[1:] == ["-m", "pip", "install", "-q", "-r", "requirements.txt"]
    assert about["cwd"] == tmp_path / KIT and (tmp_path / KIT / "_toc.yml").is_file()
    run_first_cell(kit)  # after the restart
    assert len(calls) == 1 and os.environ["YALU_BOOK"] == str(tmp_path / KIT)


def test_no_page_names_a_repository_that_the_book_has_not(small_site):
    for page in (small_site / SITE).rglob("*.html"):
        assert "executablebooks" not in text_of(page), page


def test_a_book_that_no_build_has_staged_ends_in_a_line(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        sphinx.setup(SimpleNamespace(srcdir=tmp_path))
    assert capsys.readouterr().err.endswith("use yalu build\n")
