"""Used: the evidence that a chapter uses, as a run of it shows, and what belongs to it."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import yaml

from helpers import evidence
from helpers.book.execute import Run, execute_many, read_results
from helpers.chapter.role_text import sources_named
from helpers.chapter.sidecar import sidecar
from helpers.errors import YaluError
from helpers.evidence import agreements
from helpers.evidence.check import Evidence, read_evidence
from helpers.evidence.codebook import FILE as CODEBOOK
from helpers.evidence.codebook import Column
from helpers.evidence.corrections import FILE as CORRECTIONS
from helpers.evidence.corrections import Entry
from helpers.evidence.csv_tables import RawTable
from helpers.evidence.data_config import FILE as PLAN
from helpers.evidence.data_config import DataConfig
from helpers.evidence.outlets import edition_languages, named_in, without_edition
from helpers.evidence.rules import split_ids
from helpers.evidence.trace import read_trace

SHOWN, RESTS_ON, BESIDE = "shown", "rests on", "beside"
# clean tables that every book has
COMMON = {"claims", "sources", "indicators", "places", "units", "themes", "pers", "corrections",
          "known_differences"}  # fmt: skip


@dataclass(frozen=True)
class Used:
    """What a chapter uses: claims with the reason why, documents, clean tables.

    Reasons: "shown" (printed, computed with or drawn), "rests on" (a shown claim repeats it or is
    derived from it), "beside" (the page says of a shown claim that it agrees, disagrees or
    repeats). `tables` leaves out those that every book has. `said` is what the
    run showed.
    """

    claims: dict[str, str]
    sources: list[str]
    tables: list[str]
    said: list[Any]


@contextmanager
def in_book(root: Path) -> Iterator[None]:
    """Run what follows as in the book at `root`, whatever folder this is."""
    before = os.environ.get("YALU_BOOK")
    os.environ["YALU_BOOK"] = str(root)
    try:
        yield
    finally:
        if before is None:
            del os.environ["YALU_BOOK"]
        else:
            os.environ["YALU_BOOK"] = before


def used(root: Path, chapter: str) -> Used:
    """Run a chapter of the book at `root` and return what it uses.

    Raises YaluError where the chapter fails.
    """
    source = root / "chapters" / f"{chapter}.ipynb"
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder, in_book(root):
        run = Run(source, Path(folder) / "executed.ipynb", reads=Path(folder) / "reads")
        [(_, error)] = execute_many([run])
        if error:
            raise error
        cited, read = read_results(run.target)["used"], read_trace(Path(folder) / "reads")
        outputs = said(run.target)
    shown = {*cited["claims"], *read.claims, *read.looked_up, *_declared(chapter)}
    sources = {*cited["sources"], *_sources_named(root, chapter)}
    return Used(_with_reasons(shown), sorted(sources), sorted(read.tables - COMMON), outputs)


def _declared(chapter: str) -> set[str]:
    """Return the claims that the sidecar names, wherever in it."""
    text = sidecar(chapter).model_dump_json()
    known = set(evidence.load("claims")["claim_id"])
    return known & set(re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", text))


def _sources_named(root: Path, chapter: str) -> set[str]:
    """Return the documents that the chapter's own text names, in prose that no cell runs too."""
    cells = nbformat.read(root / "chapters" / f"{chapter}.ipynb", as_version=4).cells
    text = "\n".join([*(cell.source for cell in cells), sidecar(chapter).model_dump_json()])
    return sources_named(text)


def with_what_it_rests_on(claim_ids: Iterable[str]) -> set[str]:
    """Return claims and those that they repeat or are derived from, to the end."""
    table = evidence.load("claims")[["claim_id", "repeats", "derived_from"]].fillna("")
    linked = table["repeats"] + ";" + table["derived_from"]
    links = dict(zip(table["claim_id"], linked, strict=True))
    found: set[str] = set()
    ahead = list(claim_ids)
    while ahead:
        at = ahead.pop()
        if at and at not in found:
            found.add(at)
            ahead += [part.strip() for part in links[at].split(";")]
    return found


def _beside(claim_ids: set[str]) -> set[str]:
    return {
        other
        for claim_id in claim_ids
        for find in (evidence.agreeing, evidence.disagreeing, evidence.repeats_of)
        for other in find(claim_id)
    }


def _with_reasons(shown: set[str]) -> dict[str, str]:
    rests = with_what_it_rests_on(shown)
    whole = with_what_it_rests_on(rests | _beside(shown))
    reasons: dict[str, str] = {}
    for claim_id in sorted(whole):
        reasons[claim_id] = SHOWN if claim_id in shown else RESTS_ON
        if claim_id not in rests:
            reasons[claim_id] = BESIDE
    return reasons


def said(executed: Path) -> list[Any]:
    """Return what an executed notebook shows, output by output, for a comparison."""
    cells = nbformat.read(executed, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    # what a process warns of names the process, and is none of the chapter's words
    shown = [output for output in outputs if output.get("name") != "stderr"]
    return [(output.get("data"), output.get("text")) for output in shown]


# raw tables behind the clean ones that every book has
_LEDGER = ("claims", "sources", "indicators", "places", "units", "themes", "pers", "outlets")


@dataclass
class Subset:
    """The tables that a chapter's book keeps: raw table to its rows, and what is declared."""

    evidence: Evidence
    claims: dict[str, str]
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    clean: list[str] = field(default_factory=list)

    def targets(self, target: str) -> set[str]:
        """Return the keys of a table that the kept rows of the others name."""
        found: set[str] = set()
        for name, frame in self.frames.items():
            for column in self.evidence.book[name]:
                if column.target == target and name != target:
                    found |= set(split_ids(frame[column.column]))
        return found

    def keep(self, name: str, keys: Iterable[str]) -> None:
        """Keep the rows of a table whose first cell is one of `keys`; none of them: no table."""
        if name in self.evidence.tables:
            frame = self.evidence.tables[name].frame
            rows = frame[frame.iloc[:, 0].isin(set(keys))]
            if len(rows):
                self.frames[name] = rows


def subset(root: Path, chapter: str, of: Used) -> Subset:
    """Return the tables of the book at `root` cut down to what a chapter uses.

    Raises YaluError where the book's own evidence fails a check.
    """
    whole = read_evidence(root)
    if whole.failures:
        raise YaluError(*map(str, whole.failures))
    kept = Subset(whole, dict(of.claims))
    _keep_series(kept, of.tables)
    named = with_what_it_rests_on([*of.claims, *kept.targets("ledger/claims")])
    kept.claims |= dict.fromkeys(named - set(of.claims), "rests on")
    kept.keep("ledger/claims", kept.claims)
    corrected = [entry.text("source_id") for entry in _corrections(kept)]
    kept.keep("ledger/sources", kept.targets("ledger/sources") | {*of.sources, *corrected})
    for table in ("indicators", "places"):
        kept.keep(f"ledger/{table}", kept.targets(f"ledger/{table}"))
    kept.keep("ledger/themes", kept.targets("ledger/themes") | {sidecar(chapter).theme})
    _keep_words(kept, chapter)
    kept.clean = [
        f"clean/{name}" for name in (*sorted(COMMON), *of.tables) if f"clean/{name}" in whole.book
    ]
    kept.clean = [name for name in whole.book if name in kept.clean and _is_made(kept, name)]
    return kept


def _raw_behind(config: DataConfig, clean: str) -> list[str]:
    """Return the raw tables that a clean table is made from."""
    made = config.tables.get(clean)
    if made is None:
        return [f"ledger/{clean.partition('/')[2]}"]
    return [made.raw(clean), *([made.months_from] if made.months_from else [])]


def _is_made(kept: Subset, clean: str) -> bool:
    declared = clean in ("clean/corrections", "clean/known_differences")
    return declared or all(raw in kept.frames for raw in _raw_behind(kept.evidence.config, clean))


def _keep_series(kept: Subset, tables: Iterable[str]) -> None:
    """Keep the whole of each series behind a clean table; those of the ledger go by rows."""
    for table in tables:
        for raw in _raw_behind(kept.evidence.config, f"clean/{table}"):
            if raw.removeprefix("ledger/") not in _LEDGER and raw in kept.evidence.tables:
                kept.frames[raw] = kept.evidence.tables[raw].frame


def _corrections(kept: Subset) -> list[Entry]:
    """Return the declared corrections whose row is kept."""
    return [
        entry
        for entry in kept.evidence.entries
        if entry.section == "corrections"
        and entry.text("table") in kept.frames
        and (
            entry.text("table") != "ledger/claims"
            or entry.cells("match").get("claim_id") in kept.claims
        )
    ]


def _keep_words(kept: Subset, chapter: str) -> None:
    """Keep the words of units, of pers and of outlets that kept rows and the sidecar use."""
    declared = sidecar(chapter)
    said: list[Any] = [*declared.parameters.values(), *declared.results.values()]
    claims = kept.frames["ledger/claims"]
    new = {e.cells("new").get("unit", "") for e in _corrections(kept)}
    columns = {c.unit for name in kept.frames for c in kept.evidence.book[name]}
    units = {part for one in said for part in (one.unit, one.unit.partition("/")[0])}
    pers = {getattr(one, "per", "") for one in said} | {o.unit.partition("/")[2] for o in said}
    # shares are written in percent, and a rate converts from the one of its units to the other
    rates = {part for unit in claims["unit"] for part in unit.split("/")}
    kept.keep("ledger/units", {"percent", *claims["unit"], *rates, *units, *columns, *new})
    kept.keep("ledger/pers", {*claims["per"], *pers})
    languages = edition_languages(kept.evidence.book)
    outlets = set(kept.frames["ledger/sources"]["outlet"])
    names = outlets | {without_edition(outlet, languages) for outlet in outlets}
    others = dict.fromkeys(kept.evidence.tables["ledger/outlets"].frame["outlet"], "")
    quoted = {name for text in claims["attribution"] for name in named_in(text, others)}
    kept.keep("ledger/outlets", names | quoted)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table of text as its CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(frame.itertuples(index=False, name=None))
    return text.getvalue().encode()


def _codebook(kept: Subset) -> bytes:
    names = {*kept.frames, *kept.clean}
    rows = [
        _without_lost_target(column, names)
        for name, columns in kept.evidence.book.items()
        if name in names
        for column in columns
    ]
    return csv_bytes(pd.DataFrame([vars(row) for row in rows]))


def _without_lost_target(column: Column, names: set[str]) -> Column:
    """Return a column without its reference where no kept row fills the table it points to."""
    lost = column.target and column.target not in names
    return Column(**(vars(column) | {"allowed": ""})) if lost else column


def head_of(root: Path, file: str) -> str:
    """Return the comment that a file begins with."""
    text = (root / file).read_text(encoding="utf-8")
    head = re.match(r"(?:#.*\n|\n)*", text)
    return head[0] if head else ""


def yaml_text(content: Any) -> str:
    """Return content as YAML, in the order given."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _entry(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.fields.items() if name}


def _subset_declared(kept: Subset) -> dict[str, list[dict[str, Any]]]:
    """Return the corrections of kept rows, and the differences that still arise."""
    tables = {n: RawTable(n, f"data/{n}.csv", frame) for n, frame in kept.frames.items()}
    gaps = agreements.all_differences(tables, kept.evidence.config)
    still = {(gap.check, gap.table, frozenset(gap.key)) for gap in gaps}
    differences = [
        entry
        for entry in kept.evidence.entries
        if (entry.text("check"), entry.text("table"), frozenset(entry.cells("match").items()))
        in still
    ]
    return {
        "corrections": [_entry(entry) for entry in _corrections(kept)],
        "known_differences": [_entry(entry) for entry in differences],
    }


def _plan(kept: Subset, package: Mapping[str, Any]) -> dict[str, Any]:
    """Return data/tables.yml for the kept tables."""
    config, names = kept.evidence.config, {*kept.frames, *kept.clean}
    rules = {n: r for n, r in config.rules.items() if n in names}
    kept_agreements = {
        kind: [one for one in found if set(_tables_of(one)) <= names]
        for kind, found in config.agreements.model_dump(exclude_defaults=True).items()
    }
    return {
        "package": dict(package),
        "flows": config.flows and config.flows.model_dump(mode="json"),
        "rules": {n: r.model_dump(mode="json", exclude_defaults=True) for n, r in rules.items()},
        "agreements": {kind: found for kind, found in kept_agreements.items() if found},
        "tables": {
            name: config.tables[name].model_dump(mode="json", exclude_defaults=True)
            for name in kept.clean
            if name in config.tables
        },
    }


def _tables_of(agreement: Mapping[str, str]) -> list[str]:
    return [value for value in agreement.values() if "/" in value]


def data_files(root: Path, kept: Subset, package: Mapping[str, Any]) -> dict[Path, bytes]:
    """Return the files of data/ for the kept tables: path relative to a book's root, content.

    `package` is what the new data are called; see the head of data/tables.yml.
    """
    files = {f"data/{name}.csv": csv_bytes(frame) for name, frame in kept.frames.items()}
    files[CODEBOOK] = _codebook(kept)
    files[CORRECTIONS] = (head_of(root, CORRECTIONS) + yaml_text(_subset_declared(kept))).encode()
    files[PLAN] = (head_of(root, PLAN) + yaml_text(_plan(kept, package))).encode()
    return {Path(name): content for name, content in files.items()}
