"""A small book of one short chapter, quick to build, for tests that break it."""

from pathlib import Path

import nbformat
import pytest
import yaml

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
CELLS = [
    ("markdown", "# A short chapter"),
    ("parameters", None),
    (
        "code",
        "import altair as alt\nimport pandas as pd\n\n"
        "from helpers.analysis import begin, figure, record, say, result_table, source_list\n\n"
        'begin("luggage", globals())',
    ),
    ("code", 'record("fee_income_year", (workers_per_week * 52 * fee_low, 1e7))'),
    ("markdown", "## The model and its assumptions"),
    ("code", 'say("It is {result}`fee_income_year`, says {claim}`lug-2023-5yuan source`.")'),
    (
        "code",
        'chart = alt.Chart(pd.DataFrame({"x": [1, 2]})).mark_point().encode(x="x:Q")\n'
        'figure("fee-income", chart)',
    ),
    ("code", "result_table()"),
    ("markdown", "## Sources"),
    ("code", "source_list()"),
]


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


@pytest.fixture
def small_book(book_copy: Path) -> Path:
    (book_copy / "_toc.yml").write_text(TOC, encoding="utf-8")
    chapters = book_copy / "chapters"
    original = nbformat.read(chapters / "luggage.ipynb", as_version=4)
    tagged = [c for c in original.cells if "parameters" in c.metadata.get("tags", [])]
    (chapters / "index.md").write_text(INDEX, encoding="utf-8")
    nbformat.write(short_chapter(tagged[0].source), chapters / "luggage.ipynb")
    return book_copy


def spoil_cell(book: Path, number: int, source: str) -> None:
    """Replace the source of a code cell (counted from 1) of the short chapter."""
    path = book / "chapters" / "luggage.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [c for c in notebook.cells if c.cell_type == "code"][number - 1].source = source
    nbformat.write(notebook, path)


def set_config(book: Path, **values: object) -> None:
    path = book / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(config | values), encoding="utf-8")
