"""Upstream: the book that a fork was made from, and which of its claims changed there since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.book.stage import chapter_files
from helpers.chapter.sidecar import Sidecar, sidecar
from helpers.chapter.wording import ROLES
from helpers.errors import YaluError, shown_path, wrongly_called
from helpers.evidence import published
from helpers.evidence.check import failures_with
from helpers.evidence.commands import pages_of_claims
from helpers.evidence.corrections import FILE as CORRECTIONS
from helpers.evidence.corrections import SECTIONS, read_entries
from helpers.evidence.csv_tables import csv_bytes, read_table
from helpers.evidence.lineage import LINEAGE, file_digests, read_lineage
from helpers.evidence.lookup import printable
from helpers.evidence.published import CLAIMS, SOURCES, Content, PublishedLedger
from helpers.files import is_file, write_all
from helpers.fork.cut_data import BEHIND, with_bases, yaml_like
from helpers.paths import in_book

CORRECTED, WITHDRAWN = "corrected", "withdrawn"


@dataclass(frozen=True)
class ChangedClaim:
    """A claim that is not upstream as it was when the fork was made.

    `cells` are (here, upstream) for each cell that differs, none for a withdrawn claim;
    `pages` are those of the fork that use it, None where no build has noted them.
    """

    claim_id: str
    kind: str
    cells: dict[str, tuple[str, str]]
    pages: list[str] | None

    def lines(self) -> list[str]:
        """Return the change in words."""
        used = f"used on: {', '.join(self.pages)}" if self.pages else "used on no page"
        used = "pages not known: build the book first" if self.pages is None else used
        cells = [f"  {name}: {here or 'empty'} -> {there or 'empty'}"
                 for name, (here, there) in self.cells.items()]  # fmt: skip
        return [*map(printable, [f"{self.claim_id}: {self.kind} upstream; {used}", *cells])]

    def data(self) -> dict[str, Any]:
        """Return the change as plain data."""
        cells = {name: {"here": a, "upstream": b} for name, (a, b) in self.cells.items()}
        return vars(self) | {"cells": cells}


def read_upstream(place: Path) -> PublishedLedger:
    """Return the ledger of a checkout, of a book's published pages, or of their ledger.json.

    Raises YaluError (exit code 2) where there is none.
    """
    if is_file(place / "data" / f"{CLAIMS}.csv"):
        return published.ledger_of_book(place)
    file = place if is_file(place) else place / published.PUBLISHED
    if is_file(file):
        with wrongly_called():
            return published.ledger_from_file(file)
    allowed = f"a checkout with data/{CLAIMS}.csv, or published pages with {published.PUBLISHED}"
    raise YaluError(f"{shown_path(place)}: no book there; allowed: {allowed}", exit_code=2)


def changed_claims(root: Path, upstream: PublishedLedger) -> list[ChangedClaim]:
    """Return the claims of the fork at `root` that were corrected or withdrawn since it was made.

    Of a kit, which has no ledger, without their cells. A claim that was taken over meanwhile, or
    that the fork has dropped, is not among them.
    Raises YaluError where `root` is no fork, or `upstream` is another book.
    """
    lineage, has_ledger = read_lineage(root), (root / f"data/{CLAIMS}.csv").is_file()
    ours = published.ledger_of_book(root).claims if has_ledger else {}
    if upstream.name != lineage.book["name"]:
        fault = f"this book was made from {lineage.book['name']}, not from {upstream.name}"
        raise YaluError(fault, exit_code=2)
    # only columns that the fork has
    known = {
        *published.columns(root, CLAIMS),
        *(f"source.{name}" for name in published.columns(root, SOURCES)),
    }
    known |= {f"correction.{name}" for name in SECTIONS["corrections"]}
    in_kit = {claim_id: {lineage.chapter} for claim_id in lineage.claims}
    pages = _pages(root) if has_ledger else in_kit
    found = []
    for claim_id, noted in lineage.claims.items():
        if has_ledger and claim_id not in ours:
            continue
        used = None if pages is None else sorted(pages.get(claim_id, []))
        there = upstream.claims.get(claim_id)
        if there is None:
            found.append(ChangedClaim(claim_id, WITHDRAWN, {}, used))
        elif there.sha256 != noted["sha256"] and not has_ledger:
            found.append(ChangedClaim(claim_id, CORRECTED, {}, used))
        elif there.sha256 != noted["sha256"]:
            before, after = _cells(ours[claim_id]), _cells(there)
            pairs = {name: (before.get(name, ""), after.get(name, ""))
                     for name in {**before, **after} if name in known}  # fmt: skip
            differ = {name: (a, b) for name, (a, b) in pairs.items() if a != b}
            found += [ChangedClaim(claim_id, CORRECTED, differ, used)] if differ else []
    return found


def _cells(content: Content) -> dict[str, str]:
    """Return all that makes a claim as one row: its cells, its document's, its correction's."""
    row = {**content.claim, **{f"source.{name}": cell for name, cell in content.source.items()}}
    for name, value in (content.correction or {}).items():
        pairs = value.items() if isinstance(value, Mapping) else []
        row[f"correction.{name}"] = ", ".join(f"{k}={v}" for k, v in pairs) or str(value)
    return row


def _pages(root: Path) -> dict[str, set[str]] | None:
    """Return claim id to the pages that show it, or a result that rests on it.

    None where no build has noted which page shows which claim.
    """
    noted = pages_of_claims(root)
    if noted is None:
        return None
    pages = defaultdict(set, {claim_id: set(names) for claim_id, names in noted.items()})
    with in_book(root):
        for path in (root / "chapters").glob("*.md"):
            for role, text in ROLES.findall(path.read_text(encoding="utf-8")):
                chapter, sign, rest = text.strip().partition(":")
                if role == "result" and sign:
                    for claim_id in _claims_behind(sidecar(chapter), rest.split(" ")[0]):
                        pages[claim_id].add(path.stem)
    return pages


def _claims_behind(declared: Sidecar, key: str) -> set[str]:
    result = declared.results.get(key)
    names = result.parameters if result else [key]
    parameters = (declared.parameters.get(name) for name in names)
    behind = {one.claim for one in parameters if one and one.claim}
    return behind | set(result.claims if result else [])


def other_news(root: Path, place: Path, upstream: PublishedLedger) -> list[str]:
    """Return a line for each new claim on what the fork is about, and each file that changed.

    Files are the series, models and helpers of a checkout, as `LINEAGE.json` notes them.
    """
    lineage, ours = read_lineage(root), published.ledger_of_book(root).claims
    about = {content.claim.get("indicator") for content in ours.values()}
    lines = [
        f"{claim_id}: new upstream, recorded {content.claim.get('recorded_on')}"
        for claim_id, content in upstream.claims.items()
        if claim_id not in {*lineage.claims, *ours} and content.claim.get("indicator") in about
        and content.claim.get("recorded_on", "") >= lineage.forked_on
    ]  # fmt: skip
    for name, noted in lineage.files.items() if (place / "data").is_dir() else ():
        there = file_digests(place, [name]).get(name)
        if there and there != noted:
            lines.append(f"{name}: changed upstream since the fork")
    return lines


def take_claims(
    root: Path, upstream: PublishedLedger, claim_ids: Iterable[str], place: Path,
    force: bool = False,
) -> list[str]:  # fmt: skip
    """Take claims over as they stand upstream; return all that were taken.

    Those that a taken claim rests on and the fork lacks come with it, and from a checkout at
    `place` the places, outlets and units that they name. Raises YaluError, and then nothing is
    written, for a claim that is as it was, was withdrawn or, save with `force`, was edited in the
    fork, and where the evidence would fail its checks with them.
    """
    kinds = {one.claim_id: one.kind for one in changed_claims(root, upstream)}
    wanted = list(dict.fromkeys(claim_ids))
    for claim_id in wanted:
        if claim_id not in kinds:
            fault = "nothing to take: unchanged upstream, or no claim that this fork took from it"
            raise YaluError(f"{claim_id}: {fault}", exit_code=2)
        if kinds[claim_id] == WITHDRAWN:
            fault = "withdrawn upstream, so there is nothing to take; take it out of the pages that"
            raise YaluError(
                f"{claim_id}: {fault} use it, then out of data/{CLAIMS}.csv", exit_code=2
            )
    ours, lineage = published.ledger_of_book(root).claims, read_lineage(root)
    edited = [one for one in wanted if ours[one].sha256 != lineage.claims[one]["sha256"]]
    if edited and not force:
        raise YaluError(f"{edited[0]}: edited here since the fork, and taking it would lose that; "
                        "--force takes it all the same", exit_code=2)  # fmt: skip
    links = {
        claim_id: f"{one.claim.get('repeats', '')};{one.claim.get('derived_from', '')}"
        for claim_id, one in upstream.claims.items() if claim_id in wanted or claim_id not in ours
    }  # fmt: skip
    taken = {claim_id: upstream.claims[claim_id] for claim_id in with_bases(wanted, links)}
    # the corrections of taken claims are those that upstream has
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    for entry in read_entries(root)[0]:
        of_taken = entry.text("table") == CLAIMS and entry.cells("match").get("claim_id") in taken
        if entry.section != "corrections" or not of_taken:
            sections[entry.section].append(entry.fields)
    sections["corrections"] += [dict(c.correction) for c in taken.values() if c.correction]
    files = {
        Path(f"data/{CLAIMS}.csv"): _with_rows(root, CLAIMS, [c.claim for c in taken.values()]),
        Path(f"data/{SOURCES}.csv"): _with_rows(root, SOURCES, [c.source for c in taken.values()]),
        Path(CORRECTIONS): yaml_like(root, CORRECTIONS, sections),
    }
    named = {cell for c in taken.values() for row in (c.claim, c.source) for cell in row.values()}
    for path in sorted((place / "data/ledger").glob("*.csv")):
        table = f"ledger/{path.stem}"
        if table in (CLAIMS, SOURCES) or not (root / f"data/{table}.csv").is_file():
            continue
        there, here = (read_table(book, table).frame for book in (place, root))
        key, known = there.columns[0], set(here[here.columns[0]])
        rows: list[Any] = [row for row in there[here.columns].to_dict("records")
                           if row[key] in named and row[key] not in known]  # fmt: skip
        if rows:
            files[Path(f"data/{table}.csv")] = _with_rows(root, table, rows)
    if failures := failures_with(root, {path.as_posix(): files[path] for path in files}):
        raise YaluError("not taken, the evidence would no longer pass its checks:",
                        *map(str, failures))  # fmt: skip
    for claim_id, content in taken.items():
        why = lineage.claims.get(claim_id, {"why": BEHIND})["why"]
        lineage.claims[claim_id] = {"sha256": content.sha256, "why": why}
    write_all(root, files | {Path(LINEAGE): lineage.to_json()})
    return list(taken)


def _with_rows(root: Path, table: str, rows: list[dict[str, str]]) -> bytes:
    """Return a table with `rows` in the place of those of the same key, new ones at the end."""
    frame = read_table(root, table).frame
    key = frame.columns[0]
    by_key: dict[str, Mapping[Any, str]] = {row[key]: row for row in frame.to_dict("records")}
    by_key |= {row[key]: row for row in rows}
    return csv_bytes(pd.DataFrame([*by_key.values()], columns=frame.columns).fillna(""))


def parameters_from(root: Path, claim_ids: Iterable[str]) -> list[str]:
    """Return the parameters whose default is one of the claims, a line each, with what to do."""
    named = set(claim_ids)
    with in_book(root):
        return [
            f"chapters/{path.name}: the parameter {name} is from {parameter.claim}: set it to the "
            "claim’s figure in the parameters cell"
            for path in chapter_files(root)
            for name, parameter in sidecar(path.stem).parameters.items()
            if parameter.claim in named
        ]
