"""Codebook list: the clean tables and their columns."""

import json
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence
from helpers.book.sphinx.downloads import data_uri
from helpers.book.sphinx.html import Block, group, number_of, raw_html, tag
from helpers.errors import YaluError
from helpers.evidence.codebook import Codebook, Column, clean_tables, read_codebook
from helpers.paths import book_root


def _titles() -> dict[str, str]:
    """Return the titles of the clean tables as the data package gives them."""
    package = json.loads((book_root() / "data/datapackage.json").read_text(encoding="utf-8"))
    return {r["path"].removesuffix(".csv"): r["title"] for r in package["resources"]}


def _allowed_words(column: Column) -> str:
    if column.target:
        return f"a key of {column.target.removeprefix('clean/')}"
    return ", ".join(column.words) or column.allowed


def _column_html(column: Column) -> str:
    kind = ", ".join(filter(None, [column.type, column.unit]))
    words = [column.meaning.rstrip(".")]
    words += [f"Allowed: {_allowed_words(column)}"] if column.allowed else []
    words += [] if column.required else [f"Empty: {column.missing_means}"]
    head = tag("code", escape(column.column)) + escape(f" ({kind})")
    return tag("dt", head) + tag("dd", escape(". ".join(words) + "."))


def table_html(book: Codebook, table: str, title: str, uri: str) -> str:
    """Return one table of the codebook, folded: title, rows, download and columns."""
    name = table.removeprefix("clean/")
    rows = number_of(len(evidence.load(name)), "row")
    files = (f"{name}.csv", f"{name}.json")
    links = [
        tag("a", escape(file), href=uri.removesuffix(".csv") + file[len(name) :], download=file)
        for file in files
    ]
    columns = "".join(_column_html(column) for column in book[table])
    content = tag(
        "p", f"{', '.join(links)}, {number_of(len(book[table]), 'column')}", class_="reg-definition"
    )
    content += tag("dl", columns, class_="reg-list")
    return group(title, rows, content, id=f"table-{name}")


class CodebookDirective(Block):
    """```{codebook}``` or ```{codebook} clean/claims```: the clean tables and their columns."""

    def build(self) -> list[nodes.Node]:
        """Return one folded block a table."""
        book, faults = read_codebook(book_root())
        if faults:
            raise YaluError(*(str(fault) for fault in faults))
        known = clean_tables(book)
        if self.argument and self.argument not in known:
            raise YaluError(f"no such table; there are {', '.join(known)}")
        titles = _titles()
        return raw_html(
            "".join(
                table_html(book, t, titles[t], data_uri(self.env.docname, f"{t}.csv"))
                for t in ([self.argument] if self.argument else known)
            )
        )


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("codebook", CodebookDirective)
