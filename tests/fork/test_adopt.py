"""`yalu adopt` makes chapters of notebooks in other habits, and refuses what it cannot."""

import itertools
import json
import re

import nbformat
import pytest

from helpers.chapter.sidecar import sidecar
from helpers.fork import foreign_notebook
from helpers.fork.adopt import chapter_name

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
            "cell 1: left out, as it is no Python: !pip install pandas",
            "cell 2: numbers without sources: 3, 5, 67, percent",
            "cell 4: the link to other.ipynb leads nowhere in the book: its words are left",
            "cell 5: prints: say it in a Markdown cell",
            "cell 6: the tag <img",
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
        assert (folder / "rakers.csv").read_bytes() == (NOTEBOOKS / "data/rakers.csv").read_bytes()
        source = (grown / "salt/chapters/rakers.ipynb").read_text()
        assert "data/rakers.csv" not in source
        assert source.count('outside(\\"rakers\\", \\"rakers.csv\\")') == 2

    def test_its_tables_show_without_style_sheets(self, grown):
        text = page(grown, "rakers")
        assert "<td>2660.0</td>" in text and "<style" not in text

    def test_that_its_rows_name_no_source_is_told(self, grown):
        assert "cell 2: reads rakers.csv, whose rows name no source" in said(grown, 2)


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
        assert "cell 4: a chart: show it with ch.figure(...)" in told

    def test_its_tagged_parameters_stay_parameters(self, grown):
        notebook = nbformat.read(grown / "salt/chapters/altair_plots.ipynb", as_version=4)
        tagged = [c.source for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
        assert tagged == ["year = 2023\nscale = 1000"]


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
        assert "cell 2 is no Python" in self.refused(salt, path)

    def test_a_cell_that_fails(self, salt, tmp_path):
        path = write(tmp_path / "fails.ipynb", ["import nosuchmodule"])
        assert "ModuleNotFoundError" in self.refused(salt, path, code=1)

    def test_no_code(self, salt, tmp_path):
        assert "has no cell of code" in self.refused(salt, write(tmp_path / "none.ipynb", [" "]))

    def test_data_that_are_missing(self, salt, tmp_path):
        path = write(tmp_path / "data.ipynb", ["open('sales.csv')"])
        assert "give it with --data sales.csv" in self.refused(salt, path)
        assert "no such file" in self.refused(salt, path, "--data", tmp_path / "sales.csv")

    def test_two_files_of_one_name(self, salt, tmp_path):
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "x.csv").write_text(folder)
        path = write(tmp_path / "two.ipynb", ["open('a/x.csv')\nopen('b/x.csv')"])
        assert "two files of this name" in self.refused(salt, path)

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
        "a = 1; b = 2\nc = 3\nd = 4\n_e = 5\nf = True\ng = 'word'",
        "d = 5\nfor c in [1]: pass",
    ]
    run = yalu("adopt", write(tmp_path / "mine.ipynb", cells), "--yes")
    assert run.exit_code == 0, run.output
    assert "parameters: none\n" in run.output
    notebook = json.loads((salt / "chapters/mine.ipynb").read_text())
    assert "a = 1; b = 2" in "".join(notebook["cells"][3]["source"])


def test_only_lines_for_ipython_are_left_out():
    code = "x = !ls\ndf.head?\n%matplotlib inline\ny = 7"
    plain, left_out = foreign_notebook.plain_python(code)
    assert left_out == ["x = !ls", "df.head?", "%matplotlib inline"]
    assert plain.splitlines()[3] == "y = 7" and plain.count("# left out") == 3
    assert foreign_notebook.plain_python('s = ("%s"\n     % y)')[1] == []


def test_headings_start_below_the_title_and_skip_no_level():
    texts = ["# The pans\n\n### Salt\n\n```\n# code\n```", "Rakers\n======\n\ntext"]
    assert foreign_notebook.title_of(texts, "none") == "The pans"
    assert foreign_notebook.with_even_headings(texts, "The pans") == [
        "## Salt\n\n```\n# code\n```", "## Rakers\n\ntext",
    ]  # fmt: skip


def test_a_file_that_it_writes_is_told(salt, tmp_path):
    cells = ["import pandas as pd\nif False:\n    pd.DataFrame().to_csv('out.csv')"]
    run = yalu("adopt", write(tmp_path / "mine.ipynb", cells), "--yes")
    assert "cell 1: writes out.csv: a chapter writes no files" in run.output


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
