"""Preload what renders pages, after what executes chapters."""

from helpers.book import preload

preload.load(
    (
        "bs4", "jupyter_book.cli.main", "jupyter_book.sphinx", "myst_nb.sphinx_",
        "sphinx.builders.html", "sphinx_external_toc", "sphinx_multitoc_numbering",
        "helpers.book.sphinx",
    )
)  # fmt: skip
