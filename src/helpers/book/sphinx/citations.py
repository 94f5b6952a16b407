"""Citations of pages and claims: as words, in a head, and for programs that keep references.

An item is one of CSL, the Citation Style Language, as JSON has it; BibTeX and RIS are made from it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from helpers.chapter.wording import date_words, period_words, quantity_words
from helpers.evidence import Claim

LANGUAGE = "en-GB"
# how the files of a citation end, and what they are called
FORMS = {"bib": "BibTeX", "ris": "RIS", "csl.json": "CSL-JSON"}
Item = dict[str, Any]
# types of CSL: those of BibTeX and RIS
_TYPES = {
    "article-journal": ("article", "JOUR"), "article-newspaper": ("article", "NEWS"),
    "book": ("book", "BOOK"), "chapter": ("incollection", "CHAP"), "dataset": ("misc", "DATA"),
    "legislation": ("misc", "STAT"), "report": ("techreport", "RPRT"), "webpage": ("misc", "ELEC"),
}  # fmt: skip
_OF_KINDS = {
    "academic": "article-journal", "dataset": "dataset", "law": "legislation",
    "news": "article-newspaper", "ngo": "report", "official": "report", "un-report": "report",
}  # fmt: skip
_CONTAINERS = {"article": "journal", "incollection": "booktitle", "techreport": "institution"}
_SPECIAL = {sign: f"\\{sign}" for sign in "&%$#_"} | {
    sign: f"\\text{name}{{}}"
    for sign, name in zip(
        "{}\\~^", ("braceleft", "braceright", "backslash", "asciitilde", "asciicircum"), strict=True
    )
}


class Citation(NamedTuple):
    """What names a page of the book.

    `day` is the last one of the evidence; `address` is empty where the book has none yet.
    """

    authors: str
    page: str
    book: str
    version: str
    day: str
    licence: str
    address: str

    @property
    def words(self) -> str:
        """The citation as a sentence."""
        name = f"“{self.page}”, in " if self.page != self.book else ""
        where = f" {self.address}" if self.address else ""
        authors = self.authors[:1].upper() + self.authors[1:]
        day = date_words(self.day)
        return f"{authors}: {name}{self.book}. Version {self.version}, evidence of {day}.{where}"

    def tags(self) -> list[tuple[str, str]]:
        """Return the tags of Dublin Core and of Highwire Press, by their names in a head."""
        book = self.book if self.page != self.book else ""
        elements = [
            ("DC.title", self.page),
            ("DC.creator", self.authors),
            ("DC.date", self.day),
            ("DC.language", LANGUAGE),
            ("DC.type", "Text"),
            ("DC.rights", self.licence),
            ("DC.relation.isPartOf", book),
            ("DC.identifier", self.address),
            ("DCTERMS.bibliographicCitation", self.words),
            ("citation_title", self.page),
            ("citation_author", self.authors),
            ("citation_publication_date", self.day.replace("-", "/")),
            ("citation_language", LANGUAGE),
            ("citation_inbook_title", book),
            ("citation_fulltext_html_url", self.address),
        ]
        return [(name, content) for name, content in elements if content]

    def item(self, key: str, kind: str = "chapter") -> Item:
        """Return the page, or the whole book, as an item."""
        part = self.page != self.book
        return _item(
            id=key, type=kind if part else "book", title=self.page,
            author=[{"literal": self.authors}], issued=_date(self.day),
            version=self.version, language=LANGUAGE, URL=self.address,
            note=f"Version {self.version}, evidence of {date_words(self.day)}",
            **{"container-title": self.book if part else ""},
        )  # fmt: skip


def _item(**fields: Any) -> Item:
    return {name: value for name, value in fields.items() if value}


def _date(iso: str | None) -> dict[str, Any] | None:
    return {"date-parts": [[int(part) for part in iso.split("-")]]} if iso else None


def _day(item: Item, field: str, sign: str) -> str:
    parts = item.get(field, {}).get("date-parts", [[]])[0]
    return sign.join(f"{part:02}" for part in parts)


def claim_about(claim: Claim, label: str) -> str:
    """Return what a claim is of: its indicator by `label`, population, place and time."""
    period = period_words(claim.period_start, claim.period_end)
    return f"{label}; {claim.population}; {claim.place}, {period}."


def claim_items(claim: Claim, label: str, source: Mapping[str, Any], book: Citation) -> list[Item]:
    """Return a claim as two items: the document that it is from, and its entry in the register.

    `book` has the address of that entry. A title that the document does not bear stands in
    square brackets.
    """
    supplied = source["title_status"] in ("descriptive", "not-seen")
    names = re.split(r"; ?", source["author"] or "")
    place = f"{claim.locator}; " if claim.locator else ""
    document = _item(
        id=f"{claim.source_id}-document", type=_OF_KINDS.get(source["kind"], "webpage"),
        title=f"[{source['title']}]" if supplied else source["title"],
        author=[{"literal": name} for name in names if name], issued=_date(source["published"]),
        publisher=source["outlet"], URL=source["url"], accessed=_date(source["accessed"]),
        language=source["language"], note=f"{place}cited for {claim.claim_id}",
        **{"container-title": source["outlet"]},
    )  # fmt: skip
    about = f"{claim_about(claim, label).rstrip('.')}: {quantity_words(claim)}"
    entry = book._replace(page=about).item(claim.claim_id, "dataset")
    entry["note"] += f". Said by: {claim.attribution}. From: {source['outlet']}"
    return [document, entry]


def csl_json(items: list[Item]) -> str:
    """Return items as a file of CSL-JSON."""
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def bibtex(items: list[Item]) -> str:
    """Return items as a file of BibTeX, in UTF-8."""
    return "\n".join(map(_bibtex_entry, items))


def _bibtex_entry(item: Item) -> str:
    kind = _TYPES[item["type"]][0]
    year, _, _ = (day := _day(item, "issued", "-")).partition("-")
    fields = {
        # a name of more than one word that is no person's, and capitals as they are
        "author": " and ".join(f"{{{_tex(one['literal'])}}}" for one in item.get("author", ())),
        "title": f"{{{_tex(item['title'])}}}",
        _CONTAINERS.get(kind, "howpublished"): _tex(item.get("container-title", "")),
        "publisher": _tex(item.get("publisher", "")) if kind == "misc" else "",
        "year": year, "date": day, "version": item.get("version", ""),
        "url": item.get("URL", "").translate({ord(sign): f"%{ord(sign):X}" for sign in "{}\\"}),
        "urldate": _day(item, "accessed", "-"), "langid": item.get("language", ""),
        "note": _tex(item.get("note", "")),
    }  # fmt: skip
    lines = "".join(f",\n  {name} = {{{words}}}" for name, words in fields.items() if words)
    return f"@{kind}{{{item['id']}{lines}\n}}\n"


def _tex(words: str) -> str:
    return "".join(_SPECIAL.get(sign, sign) for sign in words)


def ris(items: list[Item]) -> str:
    """Return items as a file of RIS."""
    return "\n".join(map(_ris_record, items))


def _ris_record(item: Item) -> str:
    day = _day(item, "issued", "/")
    told = [
        ("ID", item["id"]), ("TI", item["title"]),
        *(("AU", one["literal"]) for one in item.get("author", ())),
        ("T2", item.get("container-title")), ("PB", item.get("publisher")),
        ("PY", day[:4]), ("DA", day), ("ET", item.get("version")), ("UR", item.get("URL")),
        ("Y2", _day(item, "accessed", "/")), ("LA", item.get("language")), ("N1", item.get("note")),
    ]  # fmt: skip
    lines = [f"{tag}  - {' '.join(str(words).split())}" for tag, words in told if words]
    return "\r\n".join([f"TY  - {_TYPES[item['type']][1]}", *lines, "ER  - ", ""])


def exports(items: list[Item]) -> dict[str, str]:
    """Return a citation in each of `FORMS`, by how its file ends."""
    return {"bib": bibtex(items), "ris": ris(items), "csl.json": csl_json(items)}
