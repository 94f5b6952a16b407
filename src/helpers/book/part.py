"""Part: a whole book on a part of the evidence or with other parameters, in a folder of its own.

Chapters run on the evidence that remains and go on where some is missing (`chapter/no_answer`).
The pages are rendered from a copy of the book whose tables hold the remaining rows alone, so that
roles, cards, listings and searches know of nothing else; what then cannot be filled is a gap
(`sphinx/gaps`).
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import yaml

from helpers import evidence
from helpers.book import chart_cache, process_pool
from helpers.book.execute import Execution, execute_many, read_results
from helpers.book.part_page import LEFT_OUT_HERE, differences, left_out_html, today_address
from helpers.book.render import render
from helpers.book.stage import USAGE, chapter_files, scenario_pages, stage
from helpers.book.stale import EXECUTED, Inputs, Manifest, data_inputs, why_stale
from helpers.chapter import no_answer, wording
from helpers.chapter.figure import VEGALITE
from helpers.chapter.parameters import Value, nearest
from helpers.chapter.running import FORGIVES, METADATA, Result
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.config import CONFIG, TOC, read_config, read_plain
from helpers.errors import YaluError
from helpers.evidence.clean_tables import MORE_SOURCES, Rows, all_rows
from helpers.evidence.csv_tables import clean_tables, read_codebook
from helpers.evidence.exclusion import (
    Subset,
    as_data,
    checked_subset,
    counting,
    exclusion_of,
    in_environment,
    name_words,
    remaining,
    subset_words,
)
from helpers.evidence.rebuild import rebuild
from helpers.files import aside, check_folder, put_in_place, write_file, write_json
from helpers.inputs import read_mapping
from helpers.paths import in_book

FOLDER = Path("_build/books")
HTML, ABOUT = "html", "book.json"
# a semicolon outside of roles
_CLAUSES = re.compile(r";\s+(?=(?:[^`]*`[^`]*`)*[^`]*$)")
_EVIDENCE_KEYS = ("known_by", "without")
# what the copy of a book does not need: the log of its ledger tells of what is left out
_NOT_COPIED = ("clean", "ledger", "series", "ledger_log.csv", "outside")
_LEDGER = {"claims": "claim_id", "sources": "source_id", "statements": "statement_id"}


@dataclass(frozen=True)
class Choice:
    """What a book is built on: evidence, parameters by chapter; its folder and its words."""

    subset: Subset
    parameters: Mapping[str, Mapping[str, Value]]
    target: Path

    @property
    def pages(self) -> Path:
        """The folder of its pages."""
        return self.target / HTML

    @property
    def words(self) -> str:
        """What the book is, in words: "as known by 22 December 2017, with other parameters"."""
        told = [subset_words(self.subset)] if self.subset else []
        told += ["with other parameters"] if self.parameters else []
        day = self.subset.known_by
        return ", ".join(told).replace(day, wording.date_words(day)) if day else ", ".join(told)

    @property
    def rest(self) -> str:
        """What sentences without answer rest on."""
        if self.subset.known_by and not self.subset.without and not self.parameters:
            return "later documents"
        parts = ["is left out"] * bool(self.subset) + ["is set otherwise"] * bool(self.parameters)
        return f"what {' or '.join(parts)}"


def chosen(
    root: Path, known_by: str = "", without: tuple[str, ...] = (),
    book: Path | None = None, out: Path | None = None,
) -> Choice:  # fmt: skip
    """Return what is asked for, by options over those of the file `book`.

    Raises YaluError (exit code 2), one line a fault, for what cannot be, for a folder `out` that
    holds something else, and where nothing is left of the evidence.
    """
    told = _read_book(root, book) if book else {}
    known_by = known_by or told.get("known_by", "")
    subset = checked_subset((*without, *told.get("without", ())), known_by=known_by)
    parameters = told.get("parameters", {})
    if not subset and not parameters:
        raise YaluError("a book on a part: name --known-by, --without or --set", exit_code=2)
    if len(exclusion_of(subset).claims) == len(all_rows("claims", root).frame):
        raise YaluError(f"{subset_words(subset)}: no claim is left", exit_code=2)
    parts = [f"known-by-{known_by}"] if known_by else []
    parts += [f"without-{name}" for name in sorted(subset.without)]
    parts += [f"with-{book.stem}"] if book and parameters else []
    name = re.sub(r"[^\w.-]+", "-", "-".join(parts))[:120]
    target = check_folder(root, out or root / FOLDER / name)
    if target.exists() and not (target / ABOUT).is_file():
        hint = "name another folder, or one that does not exist"
        raise YaluError(f"{target}: holds something else than such a book; {hint}", exit_code=2)
    return Choice(subset, parameters, target)


def _read_book(root: Path, path: Path) -> dict[str, Any]:
    """Return `known_by`, `without` and `parameters` by chapter of a file, checked."""

    def fault(said: str) -> YaluError:
        return YaluError(f"book {path}: {said}", exit_code=2)

    content = read_plain("book", path)
    told = {key: content.pop(key) for key in _EVIDENCE_KEYS if key in content}
    told |= {"known_by": str(told["known_by"])} if "known_by" in told else {}
    if isinstance(told.get("without"), str):
        told["without"] = [told["without"]]
    without = told.get("without", [])
    if not isinstance(without, list) or not all(isinstance(one, str) for one in without):
        raise fault("without: write a name, or a list of names")
    chapters, parameters = [one.stem for one in chapter_files(root)], {}
    for chapter, values in content.items():
        if chapter not in chapters:
            raise fault(f"no chapter {str(chapter)[:40]!r}{nearest(chapter, chapters)}")
        if not isinstance(values, dict) or not values:
            raise fault(f"{chapter}: write name: value, one or more")
        try:
            checked = checked_values(sidecar(chapter), values)
        except YaluError as error:
            raise fault(f"{chapter}: {'; '.join(error.lines)}") from None
        parameters[chapter] = {name: checked[name] for name in values}
    return told | {"parameters": parameters}


# The build ------------------------------------------------------------------------------------


def make_part(
    root: Path, choice: Choice, report: Callable[[str], None], manifest: Manifest, inputs: Inputs
) -> Path:
    """Make the book of a choice and return the folder of its pages.

    Nothing of the published book changes. Raises YaluError as `build.check` does.
    """
    process_pool.start_preload()
    if manifest.data != data_inputs(inputs):
        report("data: checking")
        rebuild(root)
    gone = exclusion_of(choice.subset)
    with aside(choice.target) as folder:
        copy = folder / "copy"
        report(f"{choice.words or 'this book'}: executing the chapters twice, for today and here")
        today = _todays(root, folder / "today", manifest, inputs)
        runs = _run_here(root, folder / "here", choice)
        here = {path.stem: read_results(path) for path in runs}
        _true_titles(runs, today, choice)
        before = {name: read_results(path) for name, path in today.items()}
        changed = {name: _changed(run) for name, run in here.items()}
        differs = {name: _differs(run, here[name], changed[name]) for name, run in before.items()}
        with counting(choice.subset):
            _copy_book(root, copy, choice, {"changed": changed, "differs": differs})
        page = differences(root, choice, before, here)
        write_file(copy / "chapters" / "differences.md", page)
        with in_book(copy):
            stage(copy, folder / "here", folder / "stage")
            _only_known(copy, folder / "stage" / USAGE)
            report("pages: rendering")
            pages = render(folder / "stage", folder / "rendered")
        left_out = json.loads((folder / "stage" / "left_out.json").read_text(encoding="utf-8"))
        _finish(root, pages, choice, left_out, len(gone.sources))
        made = folder / "made"
        made.mkdir()
        pages.rename(made / HTML)
        write_json(made / ABOUT, as_data(choice.subset) | {"parameters": choice.parameters})
        put_in_place(made, choice.target)
    total = sum(one["sentences"] for one in left_out.values())
    report(f"without answer: {total:,} sentences, on {len(left_out)} pages")
    return choice.pages


def _todays(root: Path, folder: Path, manifest: Manifest, inputs: Inputs) -> dict[str, Path]:
    """Return the chapters of the present book, executed, by name; those of its last build do."""
    found, missing = {}, []
    for path in chapter_files(root):
        kept = root / EXECUTED / path.name
        is_fresh = not why_stale(manifest, inputs, path, kept)
        found[path.stem] = kept if is_fresh else folder / path.name
        missing += [] if is_fresh else [Execution(path, folder / path.name, pictures=False)]
    folder.mkdir()
    _execute(missing)
    return found


def _run_here(root: Path, folder: Path, choice: Choice) -> list[Path]:
    """Execute the chapters and the published scenarios as the choice has them."""
    chapters = chapter_files(root)
    runs = [Execution(path, folder / path.name, choice.parameters.get(path.stem), pictures=False)
            for path in chapters]  # fmt: skip
    runs += [
        Execution(root / f"chapters/{page.chapter}.ipynb", folder / f"{page.name}.ipynb",
                  {**choice.parameters.get(page.chapter, {}), **page.scenario.parameters},
                  pictures=False)
        for page in scenario_pages(chapters)
    ]  # fmt: skip
    folder.mkdir()
    os.environ[FORGIVES] = "1"
    try:
        with in_environment(choice.subset):
            _execute(runs)
    finally:
        del os.environ[FORGIVES]
    return [one.target for one in runs]


def _execute(executions: list[Execution]) -> None:
    failed = [error for _, error in execute_many(executions, os.cpu_count() or 1) if error]
    if failed:
        raise YaluError(*(line for error in failed for line in error.lines))


def _changed(run: Mapping[str, Any]) -> list[str]:
    """Return the parameters of a run that are set, have fallen back or have nothing left."""
    declared = sidecar(run["chapter"]).parameters
    moved = {key for key, value in run["parameters"].items() if value != declared[key].default}
    return sorted(moved | (run.get("lost", {}).keys() & declared.keys()))


def _differs(before: Any, here: Any, changed: list[str]) -> list[str]:
    """Return the results and parameters that come out otherwise than in the present book."""
    told = {key: Result(**result).text() for key, result in before["results"].items()}
    moved = [key for key, result in here["results"].items()
             if Result(**result).text() != told.get(key)]  # fmt: skip
    return sorted({*moved, *changed})


def _true_titles(runs: list[Path], today: Mapping[str, Path], choice: Choice) -> None:
    """Leave of what stands around a figure that lost something what can be checked.

    Of the title, the clauses with claims or numbers that were worked out here; of the note, the
    sentences with a role; the description speaks of the whole figure.
    """
    if not choice.subset:
        return
    shown = dict(figure for path in today.values() for figure in _figures(path))
    for path in runs:
        notebook = nbformat.read(path, as_version=4)
        words = read_results(path)["words"]
        for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
            about = output.get("metadata", {}).get(METADATA, {}).get("figure")
            if not about or _rows(output) == shown.get(about["name"]):
                continue
            plain = output["data"][VEGALITE]["title"]
            clauses = [one for one in _CLAUSES.split(about["title"]) if _is_worked_out(one, words)]
            if clauses != _CLAUSES.split(about["title"]):
                neutral = f"No finding {choice.words}: what remains of this figure"
                about["title"] = "; ".join(clauses) or neutral
                about["title"] = about["title"][:1].upper() + about["title"][1:]
                plain = [about["plain"]["title"].split("; ")[-1] if clauses else neutral]
                about["plain"]["title"] = plain[0]
                output["data"][VEGALITE]["title"] = plain
            about["note"] = " ".join(no_answer.with_roles(about["note"]))
            about["description"] = "A part of what the present book shows; its data stand below."
        write_file(path, nbformat.writes(notebook) + "\n")


def _is_worked_out(clause: str, words: Mapping[str, str]) -> bool:
    """Return whether a clause names a claim or a number, and no phrase of ours."""
    named = wording.ROLES.findall(clause)
    return any(role in ("claim", "result") for role, _ in named) and not any(
        inner.split()[0] in words for _, inner in named
    )


def _figures(path: Path) -> Iterator[tuple[str, str]]:
    notebook = nbformat.read(path, as_version=4)
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        if about := output.get("metadata", {}).get(METADATA, {}).get("figure"):
            yield about["name"], _rows(output)


def _rows(output: Any) -> str:
    return json.dumps(list(output["data"][VEGALITE].get("datasets", {}).values()), sort_keys=True)


# The copy of the book -------------------------------------------------------------------------


def _copy_book(root: Path, copy: Path, choice: Choice, about: Mapping[str, Any]) -> None:
    """Lay out the book with the rows that remain; the evidence that counts is the choice's."""
    shutil.copytree(root / "chapters", copy / "chapters")
    shutil.copytree(root / "data", copy / "data", ignore=lambda at, names: (
        set(_NOT_COPIED) & set(names) if Path(at) == root / "data" else set()))  # fmt: skip
    (copy / "_build").mkdir()
    (root / chart_cache.FOLDER).mkdir(parents=True, exist_ok=True)
    (copy / chart_cache.FOLDER).symlink_to((root / chart_cache.FOLDER).resolve())
    book, _ = read_codebook(root)
    for table in (name.removeprefix("clean/") for name in clean_tables(book)):
        write_file(
            copy / "data" / "clean" / f"{table}.csv", _cut(root, table, choice.subset.known_by)
        )
    for table, key in _LEDGER.items():
        if (path := root / "data" / "ledger" / f"{table}.csv").is_file():
            frame = _text(path)
            if table in ("claims", "sources"):
                frame = frame[frame[key].isin(set(_text(copy / f"data/clean/{table}.csv")[key]))]
            write_file(copy / "data" / "ledger" / f"{table}.csv", frame.to_csv(index=False))
    for path in chapter_files(root):
        _copy_sidecar(path.stem, copy, choice, about["changed"][path.stem])
    config = read_config(root)
    config["title"] = f"{config['title']}, {choice.words}"
    config["html"].pop("baseurl", None)
    config["sphinx"]["config"] |= {
        "yalu_number_lint": False,
        "yalu_part": {"words": choice.words, "after": choice.subset.known_by, "rest": choice.rest,
                      "names": sorted(map(name_words, choice.subset.without)),
                      **about},
    }  # fmt: skip
    write_file(copy / CONFIG, yaml.safe_dump(config, sort_keys=False))
    toc, entry = read_mapping(root / TOC, TOC), {"file": "chapters/differences"}
    if "parts" in toc:
        toc["parts"] = [{"caption": "This book", "chapters": [entry]}, *toc["parts"]]
    else:
        pages = next((key for key in ("chapters", "sections", "entries") if key in toc), "chapters")
        toc[pages] = [entry, *toc.get(pages, [])]
    write_file(copy / TOC, yaml.safe_dump(toc, sort_keys=False))


def _text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def _cut(root: Path, table: str, day: str) -> str:
    """Return a clean table, as it is written, with the rows that remain, known by a day or ""."""
    frame, text = all_rows(table, root).frame, _text(root / f"data/clean/{table}.csv")
    numbered = frame.assign(row_=range(len(frame)))
    text = text.iloc[remaining(Rows(table, numbered))["row_"].to_list()]
    if table == "sources":
        text = text[_holds(text["source_id"], no_answer.is_cited)]
    elif table in ("corrections", "known_differences", "changes"):
        ids = text["row_key"].str.extract(r"claim_id=([^|]+)")[0].fillna("")
        stays = _holds(ids, _is_known)
        if "source_id" in text:  # of a row of a table only the document is known
            cited = _holds(text["source_id"], no_answer.is_cited)
            text = text.assign(source_id=text["source_id"].where(cited, ""))
            stays &= cited | ids.ne("")
        text = text[stays]
    if table == "claims":
        for column, else_ in (("repeats", ""), ("origin_id", text["claim_id"])):
            text = text.assign(
                **{column: text[column].where(_holds(text[column], _is_known), else_)}
            )
    elif table != "sources" and "source_id" in text and len(text):
        text = text.assign(source_id=text.apply(_first_cited, axis=1))
    for column in {"note", "reason"} & set(text.columns):
        late = _holds(text[column], lambda words: no_answer.is_later(words, day))
        text = text.assign(**{column: text[column].mask(late, "")})
    return text.to_csv(index=False)


def _holds(cells: pd.Series, test: Callable[[str], bool]) -> pd.Series:
    return pd.Series([test(cell) for cell in cells], index=cells.index, dtype=bool)


def _is_known(claim_id: str) -> bool:
    return not claim_id or evidence.is_included(claim_id)


def _first_cited(row: pd.Series) -> str:
    cells = ";".join(row[name] for name in ("source_id", *MORE_SOURCES) if name in row)
    every = [one.strip() for one in cells.split(";") if one.strip()]
    return next(filter(no_answer.is_cited, every), row["source_id"])


def _copy_sidecar(chapter: str, copy: Path, choice: Choice, changed: list[str]) -> None:
    """Write the sidecar of a chapter with defaults of this book, without what is left out."""
    path = copy / "chapters" / f"{chapter}.yml"
    raw, declared = read_mapping(path, f"chapters/{path.name}"), sidecar(chapter).parameters
    for name, entry in raw["parameters"].items():
        for key in ("range_claims", "low", "high"):
            entry.pop(key, None)
        entry["default"] = declared[name].default
        for key in ("help", "assumption"):
            if key in entry:
                entry[key] = no_answer.told(entry[key])
        is_cited = no_answer.is_cited(entry.get("source", ""))
        lost = not (_is_known(entry.get("claim", "")) and is_cited)
        if name in changed or lost:
            for key in ("claim", "use", "claim_said", "source"):
                entry.pop(key, None)
            entry["assumption"] = "nothing is left, set for this book, or the nearest that remains"
    raw["results"], raw["figures"], raw["scenarios"] = raw.get("results", {}), {}, {}
    write_file(path, yaml.safe_dump(raw, sort_keys=False, allow_unicode=True))


def _only_known(copy: Path, path: Path) -> None:
    """Take out of the list of used claims and statements those that are left out."""
    known = {*evidence.load("claims", copy)["claim_id"], *evidence.statements(copy)}
    used = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {name: pages for name, pages in used.items() if name in known})


# The pages ------------------------------------------------------------------------------------


def _finish(
    root: Path, pages: Path, choice: Choice, left_out: dict[str, Any], documents: int
) -> None:
    """Put the banner on every page, keep searches away, and tell what pages leave out."""
    from helpers.book.sphinx.html import rendered

    every = len(evidence.load("sources", root))
    for path in pages.rglob("*.html"):
        depth = len(path.relative_to(pages).parts) - 1
        banner = rendered("part_banner.html.j2", words=choice.words, gone=documents, every=every,
                          here="../" * depth, today=today_address(root, choice, depth))  # fmt: skip
        text = path.read_text(encoding="utf-8")
        text = text.replace("</head>", '<meta name="robots" content="noindex">\n</head>', 1)
        text = text.replace('<header class="page-head"', f'{banner}\n<header class="page-head"', 1)
        if LEFT_OUT_HERE in text:
            text = text.replace(LEFT_OUT_HERE, left_out_html(left_out))
        path.write_text(text, encoding="utf-8")
