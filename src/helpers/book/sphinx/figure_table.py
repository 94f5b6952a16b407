"""Table of a figure: its data for those who do not see the picture, and for all others."""

from collections.abc import Iterable
from html import escape

from helpers.book.sphinx.figure_data import ANNOTATION, Column, Part, Row
from helpers.book.sphinx.markup import number_of, tag

# Longer tables are summed up in a sentence: the file has them.
LONGEST = 60
# Cells with more letters than this are notes, which the file has.
_WORDY = 90


def data_details(parts: list[Part], csv_uri: str) -> str:
    """Return the data of a figure, folded: a table for each panel, or what they come to."""
    shown = [part for part in parts if part.name != ANNOTATION] or parts
    if sum(len(part.rows) for part in shown) > LONGEST:
        link = tag("a", "the CSV file", href=csv_uri, download="")
        summed = "".join(tag("li", _summed(part)) for part in shown)
        content = f"<ul>{summed}</ul><p>All rows are in {link}.</p>"
    else:
        content = "".join(_table(part) for part in shown)
    summary = tag("summary", "Data of this figure")
    return tag("details", summary + content, class_="yalu-data")


def _summed(part: Part) -> str:
    """Return what a long table holds: its rows, and from where to where each column runs."""
    spans = [_span(column, [row[n] for row in part.rows]) for n, column in enumerate(part.columns)]
    told = "; ".join(filter(None, spans))
    return escape(f"{_titled(part)}: {number_of(len(part.rows), 'row')}. {told}.")


def _span(column: Column, cells: list[str]) -> str:
    full = [cell for cell in cells if cell]
    if column.kind == "text":
        kinds = list(dict.fromkeys(full))
        return f"{column.name}: {', '.join(kinds)}" if len(kinds) <= 6 else ""
    ends = sorted(full, key=float if column.kind == "number" else str)
    return f"{column.name} from {_shown(column, ends[0])} to {_shown(column, ends[-1])}"


def _titled(part: Part) -> str:
    return "Data" if part.name == "data" else part.name[0].upper() + part.name[1:]


def _table(part: Part) -> str:
    kept = [n for n in range(len(part.columns)) if _brief(row[n] for row in part.rows)]
    columns = [part.columns[n] for n in kept]
    heads = "".join(tag("th", escape(column.name), scope="col") for column in columns)
    rows = "".join(_row(columns, [row[n] for n in kept]) for row in part.rows)
    caption = tag("caption", escape(_titled(part)))
    table = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return tag(
        "div", table, class_="yalu-data-table", tabindex="0", role="region",
        aria_label=f"Table: {_titled(part)}",
    )  # fmt: skip


def _brief(cells: Iterable[str]) -> bool:
    return all(len(cell) <= _WORDY for cell in cells)


def _row(columns: list[Column], row: Row) -> str:
    cells = [escape(_shown(column, cell)) for column, cell in zip(columns, row, strict=True)]
    first, *rest = cells
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'


def _shown(column: Column, cell: str) -> str:
    """Return a cell as a reader likes it: numbers with commas, and no more digits than help."""
    if column.kind != "number" or not cell:
        return cell
    number = float(cell)
    if abs(number) < 10:
        return f"{number:.4g}"
    return f"{number:,.2f}".rstrip("0").rstrip(".")
