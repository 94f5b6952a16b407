"""Error lists: what sources printed wrongly, what does not add up, what we changed."""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from helpers import evidence
from helpers.analysis.chapter import claim_words, source_words
from helpers.analysis.wording import number_words, unit_words
from helpers.book.sphinx.html import REGISTER, Block, group, number_of, raw_html, tag
from helpers.evidence.codebook import read_codebook
from helpers.paths import book_root

_ACTIONS = {
    "set": "used as {used}",
    "relabel": "used as {used}",
    "exclude": "not used",
    "flag": "used as printed, with this remark",
}


def _pairs(cell: str) -> dict[str, str]:
    """Return "a=1|b=2" as a dictionary."""
    return dict(part.split("=", 1) for part in cell.split("|")) if cell else {}


def _amounts_words(table: str, cell: str) -> str:
    """Return the figures of a cell like "value_usd_million=3|note=x", with their units."""
    columns = read_codebook(book_root())[0][table]
    units = {c.column: c.unit for c in columns if c.type == "number" and c.unit}
    amounts = {name: figure for name, figure in _pairs(cell).items() if name in units}
    return ", ".join(
        f"{number_words(float(figure))} {unit_words(units[name])}"
        for name, figure in amounts.items()
    )


def correction_words(row: dict[str, str]) -> tuple[str, str]:
    """Return what was printed and what we use, in words."""
    claim_id = _pairs(row["row_key"]).get("claim_id")
    if claim_id:
        printed, used = claim_words(claim_id, "printed"), claim_words(claim_id, "unit")
    else:
        printed, used = (_amounts_words(row["table"], row[end]) for end in ("printed", "corrected"))
    return printed, _ACTIONS[row["action"]].format(used=used)


def _number(found: re.Match[str]) -> str:
    return number_words(float(found[0]))


def _rows(table: str) -> list[dict[str, str]]:
    return [
        {str(k): str(v) for k, v in row.items()}
        for row in evidence.load(table).fillna("").to_dict("records")
    ]


class _Errors(Block):
    """What the lists of errors share: links to claims and documents."""

    def _source(self, source_id: str) -> str:
        if not source_id:
            return ""
        words = escape(source_words(source_id))
        return " Source: " + tag("a", words, href=f"{self.page(REGISTER)}#source-{source_id}") + "."

    def _place(self, table: str, key: str) -> str:
        """Return the row meant: a link where it is a claim."""
        claim_id = key.removeprefix("claim_id=").partition("|")[0]
        if "claim" in table and claim_id in set(evidence.load("claims")["claim_id"]):
            return tag("a", escape(claim_id), href=f"{self.page(REGISTER)}#claim-{claim_id}")
        return escape(", ".join(filter(None, (part.partition("=")[2] for part in key.split("|")))))


class CorrectionsDirective(_Errors):
    """```{corrections}```: what a source printed wrongly, what we use instead, and why."""

    def build(self) -> list[nodes.Node]:
        """Return the list."""
        return raw_html(
            tag("dl", "".join(map(self._entry, _rows("corrections"))), class_="reg-list")
        )

    def _entry(self, row: dict[str, str]) -> str:
        printed, used = correction_words(row)
        head = tag("b", escape(f"Printed: {printed}; {used}"))
        where = f" ({self._place(row['table'], row['row_key'])})"
        about = escape(row["reason"]) + self._source(row["source_id"]) + " "
        about += tag("code", escape(row["correction_id"]))
        key = f"correction-{row['correction_id']}"
        return tag("dt", head + where, id=key) + tag("dd", about)


class DifferencesDirective(_Errors):
    """```{known-differences}```: figures that ought to agree and do not."""

    def build(self) -> list[nodes.Node]:
        """Return the list."""
        rows = _rows("known_differences")
        return raw_html(tag("dl", "".join(map(self._entry, rows)), class_="reg-list"))

    def _entry(self, row: dict[str, str]) -> str:
        table = row["table"].partition("/")[2].replace("_", " ")
        head = tag("b", escape(f"{table}: ")) + self._place(row["table"], row["row_key"])
        difference = re.sub(r"-?\d[\d.]*", _number, row["difference"])
        words = f"Difference: {difference} ({row['check']}). {row['reason']}"
        return tag("dt", head) + tag("dd", escape(words))


class ChangesDirective(_Errors):
    """```{changes}```: what the checks changed in the ledger, folded by table."""

    def build(self) -> list[nodes.Node]:
        """Return one folded block a table."""
        tables: dict[str, list[str]] = {}
        for row in _rows("changes"):
            tables.setdefault(row["table"], []).append(self._entry(row))
        return raw_html("".join(self._table(name, items) for name, items in sorted(tables.items())))

    def _table(self, name: str, items: list[str]) -> str:
        content = tag("dl", "".join(items), class_="reg-list")
        count = f"changed {number_of(len(items), 'time')}"
        return group(name.replace("_", " ").capitalize(), count, content, id=f"changes-{name}")

    def _entry(self, row: dict[str, str]) -> str:
        head = self._place(row["table"], row["row_key"])
        if row["column"] == "row":
            words = "row added" if row["new"] else "row removed"
        else:
            words = f"{row['column']}: {row['old'] or 'empty'} → {row['new'] or 'empty'}"
        about = escape(f"{words.rstrip('.')}. Reason: {row['reason'].rstrip('.')}.")
        about += self._source(row["source_id"])
        return tag("dt", head) + tag("dd", about)


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("corrections", CorrectionsDirective)
    app.add_directive("known-differences", DifferencesDirective)
    app.add_directive("changes", ChangesDirective)
