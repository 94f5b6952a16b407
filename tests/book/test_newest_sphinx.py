"""The lane that renders without jupyter-book: the same settings, and pages that differ are told."""

from pathlib import Path

from jupyter_book.config import get_final_config

from ..conftest import ROOT
from ..newest_sphinx import compared, settings


def test_the_settings_are_those_that_jupyter_book_comes_to():
    told, _ = get_final_config(
        user_yaml=ROOT / "_config.yml", sourcedir=ROOT, cli_config={"latex_individualpages": False}
    )
    ours = settings(ROOT)
    told["extensions"].remove("jupyter_book")
    told["exclude_patterns"], ours["exclude_patterns"] = (
        {*one["exclude_patterns"]} for one in (told, ours)
    )
    assert {name: told.get(name, ours[name]) for name in ours} == ours
    # of its theme, which the book does not use, and of what it does not do
    others = {"html_theme", "html_theme_options", "html_favicon", "html_logo", "comments_config",
              "pygments_style", "use_jupyterbook_latex", "use_multitoc_numbering"}  # fmt: skip
    rest = told.keys() - ours.keys() - others
    assert {name for name in rest if not name.startswith(("latex_", "nb_execution_"))} == set()


def test_pages_that_differ_or_are_missing_are_told(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, pages in ((one, "ab"), (other, "ac")):
        folder.mkdir()
        for name in pages:
            Path(folder, f"{name}.html").write_text(name)
    (one / "same.html").write_text("x")
    (other / "same.html").write_text("y")
    assert compared(one, other) == (
        ["a.html", "b.html", "c.html", "same.html"], ["b.html", "c.html", "same.html"]
    )  # fmt: skip
