"""The build publishes a whole site or leaves the last good one in place."""

import json
import re

import nbformat
import pytest
import yaml
from click.testing import CliRunner

from helpers.book.build import SITE, build
from helpers.book.stage import toc_files
from helpers.cli import main
from helpers.errors import YaluError

from ..conftest import copy_book, with_pictures
from .conftest import spoil_cell


def tree(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def silent(_line):
    pass


def page(book, name):
    return (book / SITE / f"{name}.html").read_text(encoding="utf-8")


def test_a_small_book_builds_with_numbers_figures_and_links(small_site):
    index, chapter = page(small_site, "chapters/index"), page(small_site, "chapters/luggage")
    assert "700–1,000 yuan a bag" in index
    assert 'href="luggage.html#result-fee-income-year"' in index
    assert "Figure 1.1" in index, "numref must follow the chapter's number"
    assert chapter.count("<svg") == 2, "one picture for desktops and one for phones"
    assert 'id="luggage-fee-income"' in chapter and 'id="result-fee-income-year"' in chapter
    assert re.search(r'role="img" aria-label="[^"]{40,}"', chapter)
    assert "problematic" not in chapter + index


def test_a_failing_cell_is_named_and_the_previous_site_stays(built_book):
    before = tree(built_book / SITE)
    spoil_cell(built_book, 4, 'raise ValueError("no such figure")')
    run = CliRunner().invoke(main, ["build"])
    assert run.exit_code == 1
    assert "chapter luggage: code cell 4" in run.output
    assert "ValueError: no such figure" in run.output
    assert "Traceback" not in run.output
    assert tree(built_book / SITE) == before


FAULTY_INDEX = """# Index

See {claim}`no-such-claim`.

See {result}`luggage:nothing`.

See {result}`nowhere:x`.

See {stated}`two`.

See [there](nowhere.md).

See {statement}`no-such-statement`.
"""


def test_spoiled_evidence_stops_the_build_before_any_chapter(small_book):
    path = small_book / "data" / "ledger" / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",CNY,", ",CYN,", 1), encoding="utf-8")
    run = CliRunner().invoke(main, ["build"])
    assert run.exit_code == 1
    assert "data/ledger/claims.csv:" in run.output and "CYN" in run.output
    assert "executing" not in run.output


@pytest.mark.book
def test_the_same_book_gives_the_same_bytes_wherever_it_lies(root, tmp_path, monkeypatch):
    """A second build, in another folder, against the one that `make book` has made.

    A picture is drawn again only where its specification is another.
    """
    copy = copy_book(tmp_path / "elsewhere", monkeypatch)
    with_pictures(copy)
    files = {suffix: any((root / SITE).glob(f"*.{suffix}")) for suffix in ("pdf", "epub")}
    build(copy, silent, **files)
    first, second = tree(root / SITE), tree(copy / SITE)
    assert sorted(first) == sorted(second)
    # the PDF says when it was printed
    differ = [str(name) for name in first if first[name] != second[name]]
    assert [name for name in differ if not name.endswith(".pdf")] == []


TOCS = {
    "format: jb-book\nroot: chapters/index\nchapters:\n- file: chapters/gone\n":
        "no file chapters/gone.ipynb",
    "root: [": "_toc.yml:2: found no node content; allowed: YAML",
    "": "_toc.yml",
}  # fmt: skip


def test_a_faulty_table_of_contents_is_one_clear_line(book_copy, monkeypatch):
    monkeypatch.setattr("helpers.book.pages.rebuild", lambda _root: [])
    for toc, said in TOCS.items():
        (book_copy / "_toc.yml").write_text(toc)
        run = CliRunner().invoke(main, ["build"])
        assert run.exit_code == 1 and said in run.output, toc
        assert "Traceback" not in run.output


def test_every_page_of_the_book_is_in_the_table_of_contents(root):
    listed = {path.name for path in toc_files(root)}
    there = {p.name for p in (root / "chapters").iterdir() if p.suffix in (".md", ".ipynb")}
    assert there == listed


def test_results_of_the_built_book_are_staged(built_site):
    staged = list((built_site.parent / "work" / "stage" / "results").glob("*.json"))
    assert staged
    for path in staged:
        run = json.loads(path.read_text(encoding="utf-8"))
        assert run["results"] and run["used"]["sources"]


def unsourced(number):
    return f"About {number} workers left."


def put_on_a_page(book, sentence):
    path = book / "chapters" / "index.md"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{sentence}\n", encoding="utf-8")


def put_in_a_notebook(book, sentence):
    path = book / "chapters" / "luggage.ipynb"
    notebook = nbformat.read(path, as_version=4)
    words = f'@ch.words\ndef told():\n    return {{"told": "{sentence}"}}'
    notebook.cells.insert(4, nbformat.v4.new_code_cell(words, id="told"))
    notebook.cells.insert(5, nbformat.v4.new_markdown_cell("{result}`told`", id="shown"))
    nbformat.write(notebook, path)


def put_in_a_chart_title(book, sentence):
    path = book / "chapters" / "luggage.yml"
    sidecar = yaml.safe_load(path.read_text(encoding="utf-8"))
    sidecar["figures"]["fee-income"]["title"] = sentence
    path.write_text(yaml.safe_dump(sidecar, allow_unicode=True), encoding="utf-8")


PLACES = {
    "4,321": (put_on_a_page, "index"),
    "4,322": (put_in_a_notebook, "luggage"),
    "4,323": (put_in_a_chart_title, r"chapters/luggage\.yml:\d+"),
}


def test_unknown_ids_links_and_numbers_without_a_source_fail_with_page_and_line(built_book):
    before = tree(built_book / SITE)
    (built_book / "chapters" / "index.md").write_text(FAULTY_INDEX, encoding="utf-8")
    for number, (put, _) in PLACES.items():
        put(built_book, unsourced(number))
    with pytest.raises(YaluError) as caught:
        build(built_book, silent)
    said = "\n".join(caught.value.lines)
    for line, fault in [
        (3, 'no claim "no-such-claim"'),
        (5, 'no result "nothing" in chapter luggage'),
        (7, 'no chapter "nowhere" with results'),
        (9, "give the words, a semicolon and the reason"),
        (11, "nowhere.md"),
        (13, 'no statement "no-such-statement"'),
    ]:
        assert re.search(rf"index\.md:{line}: WARNING: .*{re.escape(fault)}", said), fault
    for number, (_, page_name) in PLACES.items():
        told = re.escape(f'"{number}" has no source in: {unsourced(number)!r}')
        assert re.search(f"{page_name}: {told}", said)
        assert f"or mark it with {{stated}}`{number}; reason`" in said
    assert str(built_book) not in said
    assert tree(built_book / SITE) == before
