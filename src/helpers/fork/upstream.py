"""Upstream: what became of a fork's claims in the book that it was made from, and taking them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.book.stage import chapter_files
from helpers.chapter.role_text import ROLES
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.evidence.check import failures_with
from helpers.evidence.commands import pages_of_claims
from helpers.evidence.corrections import FILE as CORRECTIONS
from helpers.evidence.corrections import SECTIONS, read_entries
from helpers.evidence.csv_tables import read_table
from helpers.evidence.lookup import printable
from helpers.evidence.published import (
    CLAIMS,
    PUBLISHED,
    SOURCES,
    Content,
    PublishedLedger,
    columns,
    ledger_from_file,
    ledger_of_book,
)
from helpers.files import write_all
from helpers.fork.cut_data import csv_bytes, head_of, in_book, yaml_text
from helpers.fork.lineage import FILE as LINEAGE
from helpers.fork.lineage import lineage_json, read_lineage

CORRECTED, WITHDRAWN = "corrected", "withdrawn"


@dataclass(frozen=True)
class Upstream:
    """One claim that is not upstream as it was when the fork was made.

    `cells` are (what, here, upstream) for each cell that differs, none for a withdrawn claim;
    `pages` are those of the fork that use it, None where no build has noted them.
    """

    claim_id: str
    kind: str
    cells: tuple[tuple[str, str, str], ...]
    pages: list[str] | None


def read_upstream(place: Path) -> PublishedLedger:
    """Return the ledger of a checkout, of a book's published pages, or of their ledger.json.

    Raises YaluError (exit code 2) where there is none.
    """
    if place.is_file():
        return ledger_from_file(place)
    if (place / "data" / f"{CLAIMS}.csv").is_file():
        return ledger_of_book(place)
    if (place / PUBLISHED).is_file():
        return ledger_from_file(place / PUBLISHED)
    raise YaluError(
        f"{place}: no book there; allowed: a checkout with data/{CLAIMS}.csv, or published pages "
        f"with {PUBLISHED}",
        exit_code=2,
    )


def _cells(content: Content) -> dict[str, str]:
    """Return all that makes a claim as one row: its cells, its document's, its correction."""
    correction = content.correction or {}
    return {
        **content.claim,
        **{f"source.{name}": cell for name, cell in content.source.items()},
        **{f"correction.{name}": _text(value) for name, value in correction.items() if name},
    }


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={cell}" for name, cell in value.items() if name)
    return str(value)


def _differing(root: Path, here: Content, there: Content) -> tuple[tuple[str, str, str], ...]:
    """Return the cells that differ, in columns that the fork has."""
    known = {*columns(root, CLAIMS), *(f"source.{name}" for name in columns(root, SOURCES))}
    known |= {f"correction.{name}" for name in SECTIONS["corrections"]}
    ours, theirs = _cells(here), _cells(there)
    names = [name for name in dict.fromkeys([*ours, *theirs]) if name in known]
    differ = [name for name in names if ours.get(name, "") != theirs.get(name, "")]
    return tuple((name, ours.get(name, ""), theirs.get(name, "")) for name in differ)


def compare(root: Path, upstream: PublishedLedger) -> list[Upstream]:
    """Return the claims of the fork at `root` that were corrected or withdrawn since it was made.

    A claim that was taken over meanwhile, or that the fork has dropped, is not among them.
    Raises YaluError where `root` is no fork, or `upstream` is another book.
    """
    lineage, ours = read_lineage(root), ledger_of_book(root).claims
    if upstream.name != lineage.book["name"]:
        raise YaluError(
            f"this book was made from {lineage.book['name']}, not from {upstream.name}", exit_code=2
        )
    pages = _pages(root)
    found = []
    for claim_id in lineage.claims:
        if claim_id not in ours:
            continue
        used = None if pages is None else pages.get(claim_id, [])
        there = upstream.claims.get(claim_id)
        if there is None:
            found.append(Upstream(claim_id, WITHDRAWN, (), used))
        elif there.sha256 != lineage.claims[claim_id]["sha256"]:
            cells = _differing(root, ours[claim_id], there)
            found += [Upstream(claim_id, CORRECTED, cells, used)] if cells else []
    return found


def _pages(root: Path) -> dict[str, list[str]] | None:
    """Return claim id to the pages that show it, or a result that rests on it.

    None where no build has noted which page shows which claim.
    """
    noted = pages_of_claims(root)
    if noted is None:
        return None
    pages = {claim_id: set(names) for claim_id, names in noted.items()}
    with in_book(root):
        for path in sorted((root / "chapters").glob("*.md")):
            for claim_id in _behind_results(path.read_text(encoding="utf-8")):
                pages.setdefault(claim_id, set()).add(path.stem)
    return {claim_id: sorted(names) for claim_id, names in pages.items()}


def _behind_results(prose: str) -> set[str]:
    """Return the claims that the results rest on which a page takes from chapters."""
    found: set[str] = set()
    for role, text in ROLES.findall(prose):
        chapter, sign, rest = text.strip().partition(":")
        if role != "result" or not sign:
            continue
        declared, key = sidecar(chapter), rest.split(" ")[0]
        result, parameters = declared.results.get(key), [key]
        if result:
            found |= set(result.claims)
            parameters = list(result.parameters)
        known = (declared.parameters.get(name) for name in parameters)
        found |= {one.claim for one in known if one and one.claim}
    return found


def lines(found: list[Upstream], whole: int) -> list[str]:
    """Return what was found in words; `whole` is how many claims the fork was made with."""
    told = [line for one in found for line in _lines(one)]
    counts = {kind: sum(one.kind == kind for one in found) for kind in (CORRECTED, WITHDRAWN)}
    rest = whole - len(found)
    counted = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    return [*map(printable, told), f"claims: {counted}, {rest} as they were"]


def _lines(one: Upstream) -> list[str]:
    if one.pages is None:
        used = "pages not known: build the book first"
    else:
        used = f"used on: {', '.join(one.pages)}" if one.pages else "used on no page"
    cells = [
        f"  {name}: {here or 'empty'} -> {there or 'empty'}" for name, here, there in one.cells
    ]
    return [f"{one.claim_id}: {one.kind} upstream; {used}", *cells]


def take(root: Path, upstream: PublishedLedger, claim_ids: Iterable[str]) -> list[str]:
    """Take claims over as they stand upstream; return all that were taken.

    Those that a taken claim rests on and the fork lacks come with it. Raises YaluError, and
    then nothing is written, for a claim that is as it was or was withdrawn, and where the
    evidence would no longer pass its checks.
    """
    found = {one.claim_id: one for one in compare(root, upstream)}
    wanted = list(dict.fromkeys(claim_ids))
    for claim_id in wanted:
        if claim_id not in found:
            raise YaluError(f"{claim_id}: nothing to take; it is as upstream has it, or not from "
                            "there", exit_code=2)  # fmt: skip
        if found[claim_id].kind == WITHDRAWN:
            raise YaluError(
                f"{claim_id}: withdrawn upstream, so there is nothing to take; take it out of the "
                f"pages that use it, then out of data/{CLAIMS}.csv",
                exit_code=2,
            )
    taken = _with_missing(wanted, ledger_of_book(root).claims, upstream)
    files = _files(root, upstream, taken)
    _check(root, files)
    write_all(root, files | {Path(LINEAGE): _new_lineage(root, upstream, taken)})
    return taken


def _with_missing(
    wanted: list[str], ours: Mapping[str, Content], upstream: PublishedLedger
) -> list[str]:
    """Return the claims wanted and those that they rest on and the fork does not have."""
    taken: dict[str, None] = {}
    ahead = list(wanted)
    while ahead:
        at = ahead.pop(0)
        if at in taken or at not in upstream.claims:
            continue
        taken[at] = None
        cells = upstream.claims[at].claim
        linked = f"{cells.get('repeats', '')};{cells.get('derived_from', '')}".split(";")
        ahead += [i.strip() for i in linked if i.strip() and i.strip() not in ours]
    return list(taken)


def _files(root: Path, upstream: PublishedLedger, taken: list[str]) -> dict[Path, bytes]:
    contents = [upstream.claims[claim_id] for claim_id in taken]
    return {
        Path(f"data/{CLAIMS}.csv"): _with_rows(root, CLAIMS, [c.claim for c in contents]),
        Path(f"data/{SOURCES}.csv"): _with_rows(root, SOURCES, [c.source for c in contents]),
        Path(CORRECTIONS): _with_corrections(root, upstream, taken),
    }


def _with_rows(root: Path, table: str, rows: list[dict[str, str]]) -> bytes:
    """Return a table with `rows` in the place of those of the same key, new ones at the end."""
    frame = read_table(root, table).frame
    key = str(frame.columns[0])
    whole = [{str(column): row.get(str(column), "") for column in frame.columns} for row in rows]
    new = pd.DataFrame(whole, dtype="str").drop_duplicates(key)
    new = new.set_index(key, drop=False)
    kept = [new.loc[row[key]].to_dict() if row[key] in new.index else row
            for row in frame.to_dict("records")]  # fmt: skip
    added = new[~new[key].isin(frame[key])].to_dict("records")
    return csv_bytes(pd.DataFrame([*kept, *added], columns=frame.columns))


def _with_corrections(root: Path, upstream: PublishedLedger, taken: list[str]) -> bytes:
    """Return the declared corrections with those of the taken claims as upstream has them."""
    entries, _ = read_entries(root)
    sections: dict[str, list[dict[str, Any]]] = {name: [] for name in SECTIONS}
    for entry in entries:
        of_taken = entry.text("table") == CLAIMS and entry.cells("match").get("claim_id") in taken
        if entry.section != "corrections" or not of_taken:
            sections[entry.section].append(_plain(entry.fields))
    declared = (upstream.claims[claim_id].correction for claim_id in taken)
    sections["corrections"] += [_plain(fields) for fields in declared if fields]
    return (head_of(root, CORRECTIONS) + yaml_text(sections)).encode()


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name}


def _check(root: Path, files: Mapping[Path, bytes]) -> None:
    """Check the evidence as it would be. Raises YaluError, one line a fault."""
    if failures := failures_with(root, {path.as_posix(): files[path] for path in files}):
        raise YaluError("not taken, the evidence would no longer pass its checks:",
                        *map(str, failures))  # fmt: skip


def _new_lineage(root: Path, upstream: PublishedLedger, taken: list[str]) -> bytes:
    lineage = read_lineage(root)
    for claim_id in taken:
        why = lineage.claims.get(claim_id, {"why": "rests on"})["why"]
        lineage.claims[claim_id] = {"sha256": upstream.claims[claim_id].sha256, "why": why}
    return lineage_json(lineage)


def parameters_from(root: Path, taken: Iterable[str]) -> list[str]:
    """Return the parameters whose default is one of the claims, a line each, with what to do."""
    named = set(taken)
    with in_book(root):
        return [
            f"chapters/{path.name}: the parameter {name} is from {parameter.claim}: set it to the "
            "claim’s figure in the parameters cell"
            for path in chapter_files(root)
            for name, parameter in sidecar(path.stem).parameters.items()
            if parameter.claim in named
        ]


def as_json(found: list[Upstream]) -> str:
    """Return what was found as JSON."""
    told = [
        {
            "claim_id": one.claim_id,
            "kind": one.kind,
            "cells": {name: {"here": a, "upstream": b} for name, a, b in one.cells},
            "pages": one.pages,
        }
        for one in found
    ]
    return json.dumps(told, ensure_ascii=False, indent=2)
