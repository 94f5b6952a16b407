"""`yalu adopt` makes chapters of notebooks in other habits, and refuses what it cannot."""

import base64
import itertools
import json
import re

import nbformat
import pytest

from helpers.chapter.sidecar import sidecar
from helpers.fork import adopt, foreign_notebook
from helpers.fork.adopt import chapter_name
from helpers.fork.foreign_markdown import Page, title_of

from .conftest import NOTEBOOKS, git, yalu

pytestmark = pytest.mark.book


def page(grown, name):
    return (grown / f"salt/_build/html/chapters/{name}.html").read_text(encoding="utf-8")


def said(grown, number):
    return (grown / f"said-{number}.txt").read_text()


class TestPrintsInsteadOfDisplays:
    NAME = "n_2024_salt_prices"

    def test_it_is_a_page_with_what_it_printed(self, grown):
        text = page(grown, self.NAME)
        assert "total 156.0" in text and "12.49 since 2024-01-01" in text
        assert "Its numbers name no sources yet" in text

    def test_its_constants_are_parameters(self, grown, monkeypatch):
        monkeypatch.setenv("YALU_BOOK", str(grown / "salt"))
        declared = sidecar(self.NAME).parameters
        assert {name: p.default for name, p in declared.items()} == {
            "PRICE": 3.0, "WEEKS": 52, "start": "2024-01-01",
        }  # fmt: skip
        assert declared["start"].type == "date" and declared["WEEKS"].max == 1000

    def test_outputs_are_stripped_and_shell_commands_left_out(self, grown):
        path = grown / f"salt/chapters/{self.NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        assert not [o for c in notebook.cells for o in c.get("outputs", [])]
        assert "12345" not in path.read_text()
        assert "\n# left out, it is no Python: %load_ext autoreload\n" in notebook.cells[
            2
        ].source + (notebook.cells[3].source)

    def test_what_the_rules_want_is_told(self, grown):
        told = said(grown, 1)
        for line in (
            "code cell 1: left out, as it is no Python: !pip install pandas",
            "Markdown cell 1: numbers without sources: 3, 5, 67, percent",
            "Markdown cell 2: the link to other.ipynb leads nowhere in the book",
            "code cell 3: prints: say it in a Markdown cell",
            "Markdown cell 3: the picture https://example.invalid/p.png is on another host",
        ):  # fmt: skip
            assert f"  {line}" in told

    def test_one_title_and_no_skipped_level(self, grown):
        text = page(grown, self.NAME)
        text = text[text.index("<h1") :]
        levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
        assert levels.count(1) == 1
        assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


class TestDataByARelativePath:
    def test_the_file_comes_along_and_is_read_in_its_new_place(self, grown):
        folder = grown / "salt/data/outside/rakers"
        assert (folder / "data/rakers.csv").read_bytes() == (
            NOTEBOOKS / "data/rakers.csv"
        ).read_bytes()
        source = (grown / "salt/chapters/rakers.ipynb").read_text()
        assert source.count("data/rakers.csv") == 2
        assert 'outside(\\"rakers\\")' in source

    def test_its_tables_show_without_style_sheets(self, grown):
        text = page(grown, "rakers")
        assert "<td>2660.0</td>" in text and "<style" not in text

    def test_that_its_rows_name_no_source_is_told(self, grown):
        assert "code cell 1: reads rakers.csv, whose rows name no source" in said(grown, 2)


class TestPlotsByAltair:
    def test_charts_are_pictures_and_no_page_asks_another_host(self, grown):
        text = page(grown, "altair_plots")
        pictures = re.findall(r'<img[^>]+src="([^"]+)"', text)
        assert len(pictures) == 2 and all(p.startswith("../_images/") for p in pictures)
        assert "A chart without a description yet" in text
        assert not re.search(r'(src|srcset)="https?:', text) and "jsdelivr" not in text

    def test_the_path_of_one_machine_and_the_address_read_the_given_file(self, grown):
        source = (grown / "salt/chapters/altair_plots.ipynb").read_text()
        assert "Desktop" not in source and "example.invalid/rain.csv" not in source
        told = said(grown, 3)
        assert "names a path of one machine: C:\\Users\\somebody" in told
        assert "reads https://example.invalid/rain.csv from the network" in told
        assert "code cell 3: a chart: show it with ch.figure(...)" in told

    def test_its_tagged_parameters_stay_parameters(self, grown):
        notebook = nbformat.read(grown / "salt/chapters/altair_plots.ipynb", as_version=4)
        tagged = [c.source for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
        assert tagged == ["year = 2023\nplace = 'Lagonia'\nscale = 1000"]


def write(path, cells, metadata=None):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata=metadata or {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)
    return path


class TestRefusals:
    def refused(self, salt, path, *more, code=2):
        run = yalu("adopt", path, "--yes", *more)
        assert run.exit_code == code and len(run.output.splitlines()) == 1, run.output
        assert git(salt, "status", "--porcelain") == ""
        return run.output

    def test_broken_ones(self, salt, tmp_path):
        cell = '{"cells": [{"cell_type": "code"}], "nbformat": 4, "nbformat_minor": 4}'
        cells = '{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}'
        broken = {
            "": "no notebook: it is not JSON",
            "hello": "no notebook: it is not JSON",
            "[1, 2]": "no notebook that can be read",
            '{"a": 1}': "no notebook that can be read",
            cell: "no notebook",
            cells: "no notebook",
            "[" * 200_000: "no notebook",
        }
        path = tmp_path / "broken.ipynb"
        for text, reason in broken.items():
            path.write_text(text)
            assert reason in self.refused(salt, path), text[:40]

    def test_bytes_that_are_no_text(self, salt, tmp_path):
        path = tmp_path / "broken.ipynb"
        path.write_bytes(b"\xff\xfe\x00{")
        assert "not JSON in UTF-8" in self.refused(salt, path)

    def test_one_that_is_not_there(self, salt, tmp_path):
        assert "no such file" in self.refused(salt, tmp_path / "none.ipynb")

    def test_a_huge_one(self, salt, tmp_path, monkeypatch):
        path = write(tmp_path / "huge.ipynb", ["x = 1"])
        monkeypatch.setattr(foreign_notebook, "MOST_BYTES", 100)
        assert "clear its outputs first" in self.refused(salt, path)

    def test_another_language(self, salt, tmp_path):
        for metadata in (
            {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
            {"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}},
            {"language_info": {"name": "scala"}},
        ):
            path = write(tmp_path / "other.ipynb", ["x <- 1"], metadata)
            assert "allowed: Python" in self.refused(salt, path), metadata

    def test_a_cell_that_is_no_python(self, salt, tmp_path):
        path = write(tmp_path / "old.ipynb", ["x = 1", "print 'hello'"])
        assert "code cell 2 is no Python" in self.refused(salt, path)

    def test_a_cell_that_fails(self, salt, tmp_path):
        path = write(tmp_path / "fails.ipynb", ["import nosuchmodule"])
        said = self.refused(salt, path, code=1)
        assert 'code cell 1 ("import nosuchmodule"): ModuleNotFoundError' in said
        assert said.endswith("; install nosuchmodule, or put it beside the notebook\n")

    def test_no_code(self, salt, tmp_path):
        assert "has no cell of code" in self.refused(salt, write(tmp_path / "none.ipynb", [" "]))

    def test_data_that_are_missing(self, salt, tmp_path):
        path = write(tmp_path / "data.ipynb", ["x = 1", "open('../in/' + 'sales.csv')"])
        said = self.refused(salt, path, code=1)
        assert said.startswith('data.ipynb: code cell 2 ("open(')
        assert said.endswith("'../in/sales.csv'; give it with --data sales.csv\n")
        assert "no such file" in self.refused(salt, path, "--data", tmp_path / "sales.csv")

    def test_names_that_are_taken_or_unsafe(self, salt, tmp_path):
        assert "chapters/pans.ipynb is there" in self.refused(
            salt, write(tmp_path / "Pans.ipynb", ["x = 1"])
        )
        path = write(tmp_path / "소금.ipynb", ["x = 1"])
        assert "chapter name" in self.refused(salt, path)
        assert "chapter name" in self.refused(salt, path, "--name", "../x")

    def test_without_a_terminal_it_needs_yes(self, salt, tmp_path):
        run = yalu("adopt", write(tmp_path / "mine.ipynb", ["x = 1"]))
        assert run.exit_code == 2 and run.output.startswith("--yes is required")
        assert git(salt, "status", "--porcelain") == ""


def test_a_name_that_is_set_twice_or_in_a_line_with_others_is_no_parameter(salt, tmp_path):
    cells = [
        "a = 1; b = 2\nc = 3\nd = 4\n_e = 5\nf = True\ng = 'a.png'\nh = 6\nlen = 7\nch = 8",
        "d = 5\nfor c in [1]: pass\na, b, _e, f, g, len, ch",
    ]
    run = yalu("adopt", write(tmp_path / "mine.ipynb", cells), "--yes")
    assert run.exit_code == 0, run.output
    assert "parameters: none\n" in run.output
    notebook = json.loads((salt / "chapters/mine.ipynb").read_text())
    assert "a = 1; b = 2" in "".join(notebook["cells"][3]["source"])


def test_only_lines_for_ipython_are_left_out():
    code = "x = !ls\ndf.head?\n%matplotlib inline\ny = 7"
    plain, left_out = foreign_notebook.plain_python(code)
    assert left_out == ["x = !ls", "%pinfo df.head", "%matplotlib inline"]
    assert plain.splitlines()[3] == "y = 7" and plain.count("# left out") == 3
    assert foreign_notebook.plain_python('s = ("%s"\n     % y)')[1] == []


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("whole = 17\npart = (\n    whole\n    % 5\n)", None),
        ("differ = (\n    a\n    != b\n)", None),
        ("%%time\nx = 1\ny = 2", "x = 1\ny = 2"),
        ("%%capture out\n%time x = 1", "x = 1"),
        ("x = (1,\n 2)\\\n", "x = (1,\n 2)"),
        ("if x:\n    !pip install y\nz = 1",
         "if x:\n    pass  # left out, it is no Python: !pip install y\nz = 1"),
        ("text = 'one\u2028two\x85three'", None),
        ("text = 'one\u2028two'\n%time x = 1", "text = 'one\u2028two'\nx = 1"),
        ('text = """\n%%time\n!ls\n"""', None),
    ],
)  # fmt: skip
def test_magics_are_what_they_mean_and_operators_are_none(source, plain):
    assert foreign_notebook.plain_python(source)[0] == (plain or source)


def settled(*texts, title="T", folder=None, attachments=None, pictures=None):
    def picture(name, content):
        (pictures if pictures is not None else {})[name] = content
        return f"images/{name}"

    page = Page(title, folder or NOTEBOOKS, picture)
    return [page.settled(text, attachments or {}) for text in texts]


def test_headings_start_below_the_title_and_skip_no_level():
    texts = ["# The pans\n\n### Salt\n\n```python\n# code\n```", "Rakers\n======\n\ntext"]
    assert title_of(texts, "none") == "The pans"
    salt, rakers = settled(*texts, "<h3 align='left'>A <b>third</b></h3>", title="The pans")[:2]
    assert salt == "## Salt\n\n```python\n# code\n```"
    assert [line for line in rakers.splitlines() if line] == ["## Rakers", "text"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\n\n---\n\nb", "a\n\n\n\nb"),
        ("the set {a}`b`", "the set \\{a}`b`"),
        ("`x`{.k}", "`x`\\{.k}"),
        ("see [other][o]\n\n[o]: other.ipynb", "see other"),
        ("[x]()", "x"),
        ("[x](#far)", "x"),
        ("[x](https://a.example/b_c)", "[x](<https://a.example/b_c>)"),
        ("![pic][p]\n\n[p]: pic.png", "pic"),
        ("```{alert}\nx\n```", "```text\nx\n```"),
        ("```foo\nx\n```", "```text\nx\n```"),
        ('```json\n{"a": 1, ...}\n```', '```text\n{"a": 1, ...}\n```'),
        ("```python\nx = [^a]\n```", "```python\nx = [^a]\n```"),
        (":::{note}\nx\n:::", "\\:::{note}\nx\n:::"),
        ("% no comment", "\\% no comment"),
        ("(label)=\n", "\\(label)="),
        ("a[^1]\n\n[^1]: foot", "a\\[^1]\n\n\\[^1]: foot"),
        ("2 \\* 3 and $a_1 *b$ and **c _d_**", "2 \\* 3 and $a_1 *b$ and **c _d_**"),
        ("| a |\n| --- |\n| [x](y.md) |", "| a |\n| --- |\n| x |"),
        ("> one {a}`b`\n> two [x](y.md)", "> one \\{a}`b`\n> two x"),
        ("a <iframe src='b'></iframe> c<br>", "a  c<br>"),
    ],
)
def test_forms_of_markdown_that_stop_a_book_are_settled(text, words):
    assert settled(text) == [words]


def test_pictures_in_the_notebook_come_along():
    pictures = {}
    dot = base64.b64encode(b"dot").decode()
    told = settled("![a](attachment:b.png)", f"![c](data:image/png;base64,{dot})",
                   attachments={"b.png": {"image/png": dot}}, pictures=pictures)  # fmt: skip
    assert told == ["![a](images/b.png)", "![c](images/pasted.png)"]
    assert pictures == {"b.png": b"dot", "pasted.png": b"dot"}


def adopted(path, *more):
    run = yalu("adopt", path, "--yes", *more)
    assert run.exit_code == 0, run.output
    return run.output


def in_folders(tmp_path, cells, files, **metadata):
    """A notebook in the folder `work` of a project with other files."""
    for name, text in files.items():
        (tmp_path / "theirs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "theirs" / name).write_text(text)
    (tmp_path / "theirs/work").mkdir(parents=True, exist_ok=True)
    return write(tmp_path / "theirs/work/mine.ipynb", cells, **metadata)


def kept(salt):
    folder = salt / "data/outside/mine"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_it_runs_in_its_folders_however_it_makes_its_paths(salt, tmp_path):
    files = {
        "data/rain_2023.csv": "mm\n7\n", "data/places.csv": "a\n", "data/unread.csv": "b\n",
        "more/a.txt": "1", "more/b.txt": "2", "work/tools.py": "def twice(x):\n    return 2 * x\n",
        "README.md": "not read", "work/beside.txt": "of an earlier run",
    }  # fmt: skip
    cells = [
        "import os, tools\nfrom glob import glob\nyear = 2023\nfolder = '../data/'",
        "rain = open(folder + 'rain_{}.csv'.format(year)).read()\n"
        "places = open(os.path.join('..', 'data', f'{\"places\"}.csv')).read()",
        "print('rain', tools.twice(int(rain.split()[1])), len(glob('../more/*.txt')))",
        "os.makedirs('../out', exist_ok=True)\nopen(f'../out/{year}.csv', 'w').write('new')\n"
        "open('beside.txt', 'w').write(places)\nprint(open('../out/2023.csv').read())",
    ]
    path = in_folders(tmp_path, cells, files)
    before = {one: one.read_bytes() for one in path.parent.parent.rglob("*") if one.is_file()}
    said = adopted(path)
    assert {one: one.read_bytes() for one in before} == before
    assert kept(salt) - {"out/.folder", "work/.folder"} == {
        "data/rain_2023.csv", "data/places.csv", "more/a.txt", "more/b.txt", "work/tools.py",
    }  # fmt: skip
    assert "parameters: year = 2023\n" in said
    assert "writes beside.txt: it goes to _build/outside" in said
    assert yalu("build").exit_code == 0
    text = (salt / "_build/html/chapters/mine.html").read_text()
    assert "rain 14 2" in text and "new\n" in text
    assert (salt / "_build/outside/mine/out/2023.csv").read_text() == "new"
    assert not (salt / "chapters/beside.txt").exists()
    assert yalu("build").output.startswith("book: nothing has changed")


def test_a_folder_that_is_too_large_is_not_copied_whole(salt, tmp_path, monkeypatch):
    monkeypatch.setattr(adopt, "MOST_FOLDER", 100)
    path = in_folders(tmp_path, ["open('small.txt').read()"],
                      {"work/small.txt": "x", "work/large.bin": "y" * 200})  # fmt: skip
    adopted(path)
    assert kept(salt) == {"small.txt"}


def test_a_file_that_is_too_large_is_refused(salt, tmp_path, monkeypatch):
    monkeypatch.setattr(adopt, "MOST_DATA", 100)
    path = in_folders(tmp_path, ["open('large.csv').read()"], {"work/large.csv": "y" * 200})
    run = yalu("adopt", path, "--yes")
    assert (run.exit_code, run.output) == (
        2, "large.csv: more than 0 MB; cut it down first\n"
    )  # fmt: skip


def test_a_given_file_is_put_where_the_code_looks_for_it(salt, tmp_path):
    (tmp_path / "given.csv").write_text("g")
    cells = ["open('../in/given.csv').read() + open('/nowhere/at/all/given.csv').read()"]
    said = adopted(in_folders(tmp_path, cells, {}), "--data", tmp_path / "given.csv")
    assert kept(salt) == {"in/given.csv", "work/given.csv"}
    assert "names a path of one machine: /nowhere/at/all/given.csv" in said


def test_pictures_of_matplotlib_and_outputs_that_live_by_scripts(salt, tmp_path):
    cells = [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "from IPython.display import HTML, display\ndisplay(HTML('<script>draw()</script>'))\n"
        "import warnings\nwarnings.warn('mind the gap')",
        "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}, 'text/plain': "
        "'IntSlider(value=3)'}, raw=True)",
    ]
    said = adopted(write(tmp_path / "mine.ipynb", cells))
    assert "code cell 2: warns, which the page leaves out: <cell>:4: UserWarning: mind" in said
    assert [n for n in (1, 2, 3) if f"code cell {n}: shows what lives by scripts" in said] == [2, 3]
    assert yalu("build").exit_code == 0
    text = (salt / "_build/html/chapters/mine.html").read_text()
    assert text.count("This output lives by scripts") == 2 and "IntSlider(value=3)" in text
    assert "UserWarning" not in text
    assert re.search(r'<img[^>]+src="\.\./_images/', text) and "<script>draw()" not in text


def test_a_chapter_that_cannot_be_rendered_is_refused_with_its_cell(salt, tmp_path, monkeypatch):
    path = write(tmp_path / "mine.ipynb", ["x = 1"])
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [nbformat.v4.new_markdown_cell(text) for text in ("fine", "{nosuch}`role`")]
    nbformat.write(notebook, path)
    monkeypatch.setattr(Page, "settled", lambda page, text, attachments: text)
    run = yalu("adopt", path, "--yes")
    assert run.exit_code == 1 and len(run.output.splitlines()) == 1
    assert run.output.startswith("mine.ipynb: Markdown cell 2, line 1: "), run.output
    assert git(salt, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("file", "name"),
    [("Sales 2023 (final).ipynb", "sales_2023_final"), ("01-intro.ipynb", "n_01_intro")],
)
def test_the_name_follows_the_file(tmp_path, file, name):
    assert chapter_name(tmp_path / file) == name


def test_a_picture_beside_the_notebook_comes_along(salt, tmp_path):
    (tmp_path / "map.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    path = write(tmp_path / "mine.ipynb", ["x = 1"])
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("![The pans](map.svg)"))
    nbformat.write(notebook, path)
    assert yalu("adopt", path, "--yes").exit_code == 0
    assert (salt / "chapters/images/mine-map.svg").is_file()
    assert "![The pans](images/mine-map.svg)" in (salt / "chapters/mine.ipynb").read_text()
