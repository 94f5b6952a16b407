"""Preload what renders pages, after what executes chapters."""

from helpers.book import preload

preload.load(
    (
        "bs4", "jupyter_book.cli.main", "jupyter_book.sphinx", "myst_nb.sphinx_",
        "sphinx.builders.html",
        "sphinx_book_theme", "sphinx_comments", "sphinx_copybutton", "sphinx_design",
        "sphinx_external_toc", "sphinx_jupyterbook_latex", "sphinx_multitoc_numbering",
        "sphinx_thebe", "sphinx_togglebutton", "helpers.book.sphinx",
    )
)  # fmt: skip
