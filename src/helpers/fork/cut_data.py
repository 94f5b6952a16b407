"""Cut data: the evidence that a chapter uses, as a run of it shows, and data/ cut down to it."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import yaml

from helpers import evidence
from helpers.book.execute import Execution, execute_many, read_results
from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import sources_named, statements_named
from helpers.errors import raise_failures
from helpers.evidence import agreements, corrections
from helpers.evidence.check import Evidence, read_evidence
from helpers.evidence.clean import edition_languages, named_in, without_edition
from helpers.evidence.corrections import Entry
from helpers.evidence.csv_tables import CODEBOOK, OPTIONAL, RawTable, csv_bytes
from helpers.evidence.data_config import FILE as PLAN
from helpers.evidence.rules import split_ids
from helpers.evidence.trace import read_trace
from helpers.paths import in_book

REASONS = SHOWN, BEHIND, RELATED = "shown", "behind", "related"
# clean tables that every book has
COMMON = {"claims", "sources", "indicators", "places", "units", "themes", "pers", "corrections",
          "known_differences"}  # fmt: skip
STATEMENTS = "ledger/statements"
# clean tables that are made from declared entries
_DECLARED = ("clean/corrections", "clean/known_differences")


@dataclass(frozen=True)
class UsedEvidence:
    """What a chapter uses: claims with the reason why, documents, statements, clean tables.

    Reasons: "shown" (the chapter prints, computes with or plots it), "behind" (a shown claim
    repeats it or is derived from it), "related" (it agrees or disagrees with a shown claim, or
    repeats it). `tables` leaves out those that every book has. `outputs` is what the run showed.
    """

    claims: dict[str, str]
    sources: list[str]
    statements: list[str]
    tables: list[str]
    outputs: list[Any]


def used_evidence(root: Path, chapter: str) -> UsedEvidence:
    """Run a chapter of the book at `root` and return what it uses.

    Raises YaluError where the chapter fails.
    """
    source = root / "chapters" / f"{chapter}.ipynb"
    with tempfile.TemporaryDirectory(prefix="yalu-") as folder, in_book(root):
        run = Execution(source, Path(folder) / "executed.ipynb", reads=Path(folder) / "reads")
        [(_, error)] = execute_many([run])
        if error:
            raise error
        cited, trace = read_results(run.target)["used"], read_trace(Path(folder) / "reads")
        outputs = shown_outputs(run.target)
    declared = sidecar(chapter).model_dump_json()
    named = set(re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", declared))
    shown = {*cited["claims"], *trace.claims, *trace.looked_up}
    shown |= named & set(evidence.load("claims")["claim_id"])
    # prose names documents too, which no cell runs
    cells = nbformat.read(source, as_version=4).cells
    prose = "\n".join([*(cell.source for cell in cells), declared])
    with in_book(root):
        sources = {*cited["sources"], *sources_named(prose)}
    statements = sorted({*cited["statements"], *statements_named(prose)})
    tables = sorted(trace.tables - COMMON)
    links = _links()
    bases = set(with_bases(shown, links))
    finders = (evidence.agreeing, evidence.disagreeing, evidence.repeats_of)
    related = {other for claim_id in shown for find in finders for other in find(claim_id)}
    claims = {
        claim_id: SHOWN if claim_id in shown else BEHIND if claim_id in bases else RELATED
        for claim_id in sorted(with_bases(bases | related, links))
    }
    return UsedEvidence(claims, sorted(sources), statements, tables, outputs)


def shown_outputs(executed: Path) -> list[Any]:
    """Return what an executed notebook shows, output by output, for a comparison."""
    cells = nbformat.read(executed, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    # warnings name the process, and are no words of the chapter
    outputs = [output for output in outputs if output.get("name") != "stderr"]
    return [(output.get("data"), output.get("text")) for output in outputs]


def with_bases(claim_ids: Iterable[str], links: Mapping[str, str]) -> list[str]:
    """Return claims and those that they rest on, to the end.

    `links` maps each claim to the ids that it repeats or is derived from, separated by
    semicolons; claims that it does not have are left out.
    """
    found: dict[str, None] = {}
    ahead = list(claim_ids)
    while ahead:
        claim_id = ahead.pop(0)
        if claim_id in links and claim_id not in found:
            found[claim_id] = None
            ahead += [part.strip() for part in links[claim_id].split(";")]
    return list(found)


def _links() -> dict[str, str]:
    table = evidence.load("claims")[["claim_id", "repeats", "derived_from"]].fillna("")
    return dict(zip(table["claim_id"], table["repeats"] + ";" + table["derived_from"], strict=True))


@dataclass
class CutData:
    """The evidence that a chapter's book has: raw table to its rows, and which clean tables.

    `evidence` is that of the book it is cut from, `claims` maps claim id to reason.
    """

    evidence: Evidence
    claims: dict[str, str]
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    clean: list[str] = field(default_factory=list)

    def targets(self, target: str) -> set[str]:
        """Return the keys of a table that the chosen rows of the others name."""
        columns = [frame[column.column] for name, frame in self.frames.items() if name != target
                   for column in self.evidence.book[name] if column.target == target]  # fmt: skip
        return {key for column in columns for key in split_ids(column)}

    def choose(self, name: str, keys: Iterable[str]) -> None:
        """Choose the rows of a table whose first cell is one of `keys`; none: no table."""
        if name in self.evidence.tables:
            frame = self.evidence.tables[name].frame
            rows = frame[frame.iloc[:, 0].isin(set(keys))]
            if len(rows):
                self.frames[name] = rows

    def raw_behind(self, clean: str) -> list[str]:
        """Return the raw tables that a clean table is made from."""
        made = self.evidence.config.tables.get(clean)
        if made is None:
            return [f"ledger/{clean.partition('/')[2]}"]
        return [made.raw(clean), *([made.months_from] if made.months_from else [])]

    def corrections(self) -> list[Entry]:
        """Return the declared corrections whose row is chosen."""
        entries = corrections.declared(self.evidence.entries)
        return [e for e in entries if e.text("table") in self.frames
                and (e.text("table") != "ledger/claims"
                     or e.cells("match").get("claim_id") in self.claims)]  # fmt: skip


def cut_to(root: Path, chapter: str, used: UsedEvidence) -> CutData:
    """Return the tables of the book at `root` cut down to what a chapter uses.

    Raises YaluError where the book's own evidence fails a check.
    """
    everything = read_evidence(root)
    raise_failures(everything.failures)
    cut = CutData(everything, dict(used.claims))
    # series are taken with all rows, the ledger row by row
    for table in used.tables:
        for raw in cut.raw_behind(f"clean/{table}"):
            if not raw.startswith("ledger/") and raw in everything.tables:
                cut.frames[raw] = everything.tables[raw].frame
    named = with_bases([*used.claims, *cut.targets("ledger/claims")], _links())
    cut.claims = dict.fromkeys(named, BEHIND) | cut.claims
    cut.choose("ledger/claims", cut.claims)
    cut.choose(STATEMENTS, used.statements)
    corrected = [entry.text("source_id") for entry in cut.corrections()]
    cut.choose("ledger/sources", {*cut.targets("ledger/sources"), *used.sources, *corrected})
    cut.choose("ledger/links", cut.frames["ledger/sources"]["source_id"])
    for table in ("indicators", "places"):
        cut.choose(f"ledger/{table}", cut.targets(f"ledger/{table}"))
    cut.choose("ledger/themes", {*cut.targets("ledger/themes"), sidecar(chapter).theme})
    _choose_words(cut, chapter)
    had = {f"clean/{table}" for table in (*COMMON, "statements", *used.tables)}
    cut.clean = [name for name in everything.book if name in had
                 if name in _DECLARED or cut.frames.keys() >= {*cut.raw_behind(name)}]  # fmt: skip
    return cut


def _choose_words(cut: CutData, chapter: str) -> None:
    """Choose the rows of units, pers and outlets that chosen rows and the sidecar name."""
    declared = sidecar(chapter)
    said: list[Any] = [*declared.parameters.values(), *declared.results.values()]
    claims = cut.frames["ledger/claims"]
    new = {entry.cells("new").get("unit", "") for entry in cut.corrections()}
    columns = {c.unit for name in cut.frames for c in cut.evidence.book[name]}
    units = {part for one in said for part in (one.unit, one.unit.partition("/")[0])}
    pers = {getattr(one, "per", "") for one in said} | {o.unit.partition("/")[2] for o in said}
    # shares are written in percent, and a rate converts from the one of its units to the other
    rates = {part for unit in claims["unit"] for part in unit.split("/")}
    cut.choose("ledger/units", {"percent", *claims["unit"], *rates, *units, *columns, *new})
    cut.choose("ledger/pers", {*claims["per"], *pers})
    languages = edition_languages(cut.evidence.book)
    outlets = set(cut.frames["ledger/sources"]["outlet"])
    names = outlets | {without_edition(outlet, languages) for outlet in outlets}
    others = cut.evidence.tables["ledger/outlets"].frame["outlet"].unique()
    quoted = {name for text in claims["attribution"] for name in named_in(text, others)}
    cut.choose("ledger/outlets", names | quoted)


def yaml_like(root: Path, file: str, content: Any) -> bytes:
    """Return content as YAML, below the comment that a file of the book at `root` begins with."""
    head = re.match(r"(?:#.*\n|\n)*", (root / file).read_text(encoding="utf-8"))
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return f"{head[0] if head else ''}{text}".encode()


def cut_files(root: Path, cut: CutData, package: Mapping[str, Any]) -> dict[Path, bytes]:
    """Return the files of data/ for a cut: path relative to a book's root, content.

    `package` is what the new data are called; see the head of data/tables.yml. Of the known
    differences those are declared that still arise.
    """
    names = {*cut.frames, *cut.clean, *OPTIONAL}
    columns = [c for name, columns in cut.evidence.book.items() if name in names for c in columns]
    # a column refers to no table that has no rows here
    columns = [replace(c, allowed="") if c.target and c.target not in names else c for c in columns]
    tables = {n: RawTable.of_frame(n, frame) for n, frame in cut.frames.items()}
    found = agreements.all_differences(tables, cut.evidence.config)
    still = {(one.check, one.table, frozenset(one.key)) for one in found}
    entries = {
        "corrections": [entry.fields for entry in cut.corrections()],
        "known_differences": [
            e.fields for e in cut.evidence.entries
            if (e.text("check"), e.text("table"), frozenset(e.cells("match").items())) in still
        ],
    }  # fmt: skip
    files = {f"data/{name}.csv": csv_bytes(frame) for name, frame in cut.frames.items()}
    files[CODEBOOK] = csv_bytes(pd.DataFrame([vars(column) for column in columns]))
    files[corrections.FILE] = yaml_like(root, corrections.FILE, entries)
    files[PLAN] = yaml_like(root, PLAN, {"package": dict(package), **_config(cut, names)})
    return {Path(name): content for name, content in files.items()}


def _config(cut: CutData, names: set[str]) -> dict[str, Any]:
    """Return data/tables.yml for the tables `names`, save the package."""
    config = cut.evidence.config
    declared = config.agreements.model_dump(exclude_defaults=True)
    agreeing = {
        kind: [one for one in found if {v for v in one.values() if "/" in v} <= names]
        for kind, found in declared.items()
    }
    return {
        "flows": config.flows and config.flows.model_dump(mode="json"),
        "rules": {name: rule.model_dump(mode="json", exclude_defaults=True)
                  for name, rule in config.rules.items() if name in names},
        "agreements": {kind: found for kind, found in agreeing.items() if found},
        "tables": {name: config.tables[name].model_dump(mode="json", exclude_defaults=True)
                   for name in cut.clean if name in config.tables},
    }  # fmt: skip
