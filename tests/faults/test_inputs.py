"""Spoilt input files: each command that reads one tells it in lines, and never breaks.

Of the salt book each file that people edit is spoilt in each of the ways of `AS_BYTES`, and with
each text of `CHANGES`. A command either ends with lines of its own, or reaches the point where it
would execute a chapter. A fixed sample runs in `make test`, all of it with `-m faults`.
"""

import contextlib
import importlib
import os
import random
import re
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.cli import main
from helpers.evidence.rebuild import rebuild
from helpers.paths import in_book

from ..fork.conftest import HERE

SCENARIO = "scenario.yml"
MADE = {
    "data/synonyms.yml": "same:\n  - [salt, brine]\nignored: [the]\n",
    "data/ledger_log.csv": "date,commit,kind,claim_id,field,old,new\n"
    "2026-11-20,0123456789ab,changed,harvest-2019,note,a,b\n",
    SCENARIO: "title: A wet year\nparameters:\n  share_lost: 0.3\n",
}
OPTIONAL = {"data/synonyms.yml", "data/ledger_log.csv"}
FOLDER, MISSING = b"\0folder", b"\0missing"
LATIN, BOMB = (
    "Zö".encode("latin-1"),
    b"x: &a [1]\n"
    + b"".join(b"x%d: &a [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n" % n for n in range(12)),
)

AS_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "missing": lambda data: MISSING,
    "a folder": lambda data: FOLDER,
    "empty": lambda data: b"",
    "blank": lambda data: b" \n\n",
    "binary": lambda data: random.Random(1).randbytes(4000),
    "Latin-1": lambda data: data.replace(b"e", LATIN, 3),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "NUL": lambda data: data[:60] + b"\0" + data[60:],
    "cut off": lambda data: data[: len(data) * 2 // 3],
    "deep": lambda data: b"x: " + b"[" * 20_000,
    "deep JSON": lambda data: b"[" * 200_000,
    "an alias bomb": lambda data: BOMB,
    "a list": lambda data: b"- a\n- b\n",
    "one word": lambda data: b"salt\n",
    "another format": lambda data: b"<html><body>404</body></html>\n",
    # no fault: what editors and spreadsheets leave
    "a BOM": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
}
HARMLESS = {"a BOM", "CRLF"}
# ways that YAML, CSV and Markdown may well be, though they are no book's
MAY_PASS = HARMLESS | {"cut off", "one word", "another format", "a list", "deep", "deep JSON",
                       "an alias bomb", "binary"}  # fmt: skip

PANS, NOTEBOOK, CLAIMS = "chapters/pans.yml", "chapters/pans.ipynb", "data/ledger/claims.csv"
TOC, CONFIG, TABLES = "_toc.yml", "_config.yml", "data/tables.yml"
HARVEST, CODEBOOK = "harvest-2019,pans,salt_harvest,8100,,,exact,t,year", "data/codebook.csv"
# file, what stands there, what is put there, what must be said of it ("" where it may pass)
CHANGES: list[tuple[str, str, str, str]] = [
    (CONFIG, "title: Salt of Lagonia", "", "_config.yml: no title"),
    (CONFIG, "title: Salt of Lagonia", "title: ", "no title"),
    (CONFIG, "title: Salt of Lagonia", "title: [a]", "no title"),
    (CONFIG, "author:", "title: other\nauthor:", 'the key "title" twice'),
    (CONFIG, "html:\n", "html: 3\nhtml2:\n", "html holds no lines"),
    (CONFIG, "sphinx:\n  config:\n", "sphinx:\n  config: 3\n  other:\n", "config holds no lines"),
    (CONFIG, "  use_issues_button", "\tuse_issues_button", "a tab"),
    (CONFIG, 'copyright: "2026"', "copyright: 0200", "0200"),
    (CONFIG, 'copyright: "2026"', "copyright: 2024-02-30", ""),
    (CONFIG, 'copyright: "2026"', "copyright: !!python/name:os.system", "constructor"),
    (CONFIG, 'copyright: "2026"', "? [a, b]\n: c", ""),
    (TOC, "root: chapters/index", "root: 3", "_toc.yml"),
    (TOC, "root: chapters/index", "root: chapters/nothing", "chapters/nothing"),
    (TOC, "root: chapters/index", "", "_toc.yml"),
    (TOC, "format: jb-book", "format: 12:30", "12:30"),
    (TOC, "chapters/quay", "chapters/pans", "_toc.yml"),
    (TOC, "chapters/quay", "../chapters/quay", ""),
    (TOC, "chapters/quay", "/etc/passwd", "_toc.yml"),
    (TOC, "      - file: chapters/quay\n", "      - chapters/quay\n", "_toc.yml"),
    (TOC, "      - file: chapters/quay\n", "      - file: [a]\n", "_toc.yml"),
    (TOC, "parts:", "parts: 3\nx:", "_toc.yml"),
    (PANS, "title: Salt from the pans", "", "title"),
    (PANS, "title: Salt from the pans", "title: 3", "title"),
    (PANS, "title: Salt from the pans", "title: 2024-02-30", ""),
    (PANS, "theme: pans", "theme: pans\nknown_by: 2024-02-30", "2024-02-30"),
    (PANS, "theme: pans", "theme: pans\nknown_by: 20240101", "20240101"),
    (PANS, "theme: pans", "theme: pans\nknown_by: 2024-W10-5", "2024-W10-5"),
    (PANS, "theme: pans", "theme: pans\nknown_by: 9999-12-31", "9999-12-31"),
    (PANS, "theme: pans", "theme: pans\nknown_by: .nan", "known_by"),
    (PANS, "theme: pans", "theme: pans\nrules: [[a, <, b]]", "rules"),
    (PANS, "theme: pans", "theme: pans\nrules: [[harvest, '=', share_lost]]", "rules"),
    (PANS, "theme: pans", "theme: pans\nkind: novel", "kind"),
    (PANS, "theme: pans", "theme: pans\ncolour: red", "colour"),
    (PANS, "theme: pans", "theme: pans\nscenarios: {wet: {title: x}}", "parameters"),
    (PANS, "theme: pans", "theme: pans\nscenarios: {Wet Year: {title: x, parameters: {}}}", "Wet"),
    (PANS, "theme: pans",
     "theme: pans\nscenarios: {wet: {title: x, parameters: {nothing: 1}}}", "nothing"),
    (PANS, "parameters:\n", "parameters: 3\nother:\n", "parameters"),
    (PANS, "parameters:\n", "parameters: []\nother:\n", "parameters"),
    (PANS, "  share_lost:\n", "  harvest:\n", "twice"),
    (PANS, "  share_lost:\n", "  share_lost: 3\n  x:\n", "share_lost"),
    (PANS, "    type: number\n    unit: share", "    type: word\n    unit: share", "type"),
    (PANS, "    unit: share", "    unit: [a]", "unit"),
    (PANS, "    default: 0.1", "    default: .nan", "default"),
    (PANS, "    default: 0.1", "    default: .inf", "default"),
    (PANS, "    default: 0.1", "    default: 0,1", "0,1"),
    (PANS, "    default: 0.1", "    default: yes", "True"),
    (PANS, "    default: 0.1", "    default: 010", "010"),
    (PANS, "    default: 0.1", "    default: 12:30", "12:30"),
    (PANS, "    default: 0.1", "    default: 7", "7"),
    (PANS, "    default: 0.1", f"    default: {'9' * 5000}", "no number"),
    (PANS, "    default: 0.1", f"    default: {'9' * 400}", "allowed"),
    (PANS, "    default: 0.1", "    default: {a: 1}", "default"),
    (PANS, "    default: 0.1", "    default: null", "default"),
    (PANS, "    min: 0\n    max: 1\n", "    min: a\n    max: b\n", "min and max"),
    (PANS, "    min: 0\n    max: 1\n", "    min: 1\n    max: 0\n", "share_lost"),
    (PANS, "    min: 0\n    max: 1\n", "    min: .nan\n    max: .nan\n", "min"),
    (PANS, "    min: 0\n    max: 1\n", "    max: 1\n", "min and max"),
    (PANS, "    step: 0.05", "    step: 0", "step"),
    (PANS, "    step: 0.05", "    step: -1", "step"),
    (PANS, "    step: 0.05", "    steps: 1", "steps"),
    (PANS, "    claim: harvest-2023\n    use", "    claim: nothing-here\n    use", "nothing-here"),
    (PANS, "    claim: harvest-2023\n    use", "    claim: [a]\n    use", "claim"),
    (PANS, "    claim: harvest-2023\n    use", "    claim: 3\n    use", "claim"),
    (PANS, "    use: value", "    use: middle", "use"),
    (PANS, "    use: value", "    use: low", ""),
    (PANS, "    low: 4100\n", "    range_claims: [harvest-2023]\n    low: 4100\n", "range_claims"),
    (PANS, "    low: 4100\n    high: 6000\n", "    range_claims: nothing\n", "range_claims"),
    (PANS, "    low: 4100\n    high: 6000\n", "    range_claims: [3]\n", "range_claims"),
    (PANS, "    low: 4100\n    high: 6000\n", "    range_claims: [nothing]\n", "nothing"),
    (PANS, "    low: 4100\n", "    low: 9999999\n", "above"),
    (PANS, "    claims: [harvest-2023]\n", "    claims: 3\n", "claims"),
    (PANS, "    headline: true", "    headline: perhaps", "headline"),
    (PANS, "    headline: true", "    digits: many", "digits"),
    (PANS, "    headline: true", "    digits: -3", "digits"),
    (PANS, "    unit: t\n", "    unit: nothing\n", ""),
    (PANS, "figures:\n", "figures: 3\nx:\n", "figures"),
    (PANS, "  rain:\n    title: Rain came and went\n", "  rain:\n", "title"),
    (SCENARIO, "share_lost: 0.3", "share_lost: 3", "share_lost"),
    (SCENARIO, "share_lost: 0.3", "share_lots: 0.3", "share_lost"),
    (SCENARIO, "share_lost: 0.3", "share_lost: 0,3", "0,3"),
    (SCENARIO, "share_lost: 0.3", "share_lost: 0.3\n  share_lost: 0.4", "twice"),
    (SCENARIO, "title: A wet year", "title: 3", "title"),
    (SCENARIO, "title: A wet year", "colour: red", "colour"),
    (SCENARIO, "parameters:\n  share_lost: 0.3\n", "parameters: 3\n", "parameters"),
    (SCENARIO, "parameters:\n  share_lost: 0.3\n", "parameters: {}\n", "parameters"),
    (TABLES, "  name: salt-of-lagonia", "  name: Salt of Lagonia", "name"),
    (TABLES, '  version: "2026.1"', "  version: [1]", "version"),
    (TABLES, '  version: "2026.1"', "  version: 2026-01-01", "version"),
    (TABLES, "  licenses:", "  licences:", "licen"),
    (TABLES, "package:\n", "package: 3\nx:\n", "package"),
    (TABLES, "  clean/rainfall:", "  clean/rain:", "rain"),
    (TABLES, "    sort: [year]", "    sort: [month]", "month"),
    (TABLES, "    sort: [year]", "    sort: year", "sort"),
    (TABLES, "    sort: [year]", "    rename: {year: month}", "year"),
    (TABLES, "    sort: [year]", "    shape: flow_months", "flows"),
    (TABLES, "    sort: [year]", "    made_from: series/nothing", "nothing"),
    (TABLES, "    sort: [year]", "    fill: {rain_mm: nothing}", "nothing"),
    (TABLES, "    sort: [year]", "    days: {day: nothing}", "nothing"),
    (TABLES, "    sort: [year]", "    bounds: true", ""),
    (TABLES, "    sort: [year]", "    claim: [note]", "claim"),
    (TABLES, "    sort: [year]", "    outlet: true", ""),
    (TABLES, "tables:\n", "rules: {series/rainfall: {ordered: [[rain_mm, nothing]]}}\ntables:\n",
     ""),
    (TABLES, "tables:\n", "rules: {series/nothing: {range: true}}\ntables:\n", ""),
    (TABLES, "tables:\n", "rules: {series/rainfall: {range: true}}\ntables:\n", ""),
    (TABLES, "tables:\n", "kept_apart: [[[a]]]\ntables:\n", ""),
    ("data/corrections.yml", "corrections: []", "corrections: 3", "corrections"),
    ("data/corrections.yml", "corrections: []", "corrections: [3]", "corrections"),
    ("data/corrections.yml", "corrections: []", "corrections: [{id: a}]", "of a"),
    ("data/corrections.yml", "corrections: []", "corrections: [{id: [a]}]", "corrections"),
    ("data/corrections.yml", "corrections: []", "corections: []", "corections"),
    ("data/corrections.yml", "corrections: []",
     "corrections: [{id: a, table: ledger/claims, match: {nothing: b}, action: set, "
     "expect: {value: 1}, new: {value: 2}, reason: x}]", "nothing"),
    ("data/corrections.yml", "corrections: []",
     "corrections: [{id: a, table: ledger/nothing, match: {a: b}, action: set, "
     "expect: {value: 1}, new: {value: 2}, reason: x}]", "nothing"),
    ("data/corrections.yml", "known_differences: []",
     "known_differences: [{id: a, check: x, table: y, match: {a: b}, difference: 1, reason: x}]",
     ""),
    ("data/synonyms.yml", "same:\n  - [salt, brine]", "same: 3", "same"),
    ("data/synonyms.yml", "same:\n  - [salt, brine]", "same: [[salt], [Salt]]", "salt"),
    ("data/synonyms.yml", "same:", "sane:", "sane"),
    *((CLAIMS, "", separator, words) for separator, words in [
        (";", "columns between semicolons; allowed: columns between commas; save"),
        ("\t", "columns between tabs"), ("|", "columns between upright strokes"),
        ("sep=;", "a first line sep=;"), ("sep=,", "a first line sep=,"),
    ]),
    *((CLAIMS, HARVEST, HARVEST.replace("8100", value), words) for value, words in [
        ("8.100,5", "22 fields"), ('"8100,5"', "decimals stand behind a point"),
        ("8 100", '"8 100"'), ("NaN", '"NaN"'), ("inf", '"inf"'),
        ("8e3", '"8e3"'), ("０", '"０"'), ("08100", '"08100"'),
        ("9" * 400, ""), ('"8100', "quot"), ("=8100", '"=8100"'), ("8100\n", "fields"),
    ]),
    *((CLAIMS, "2026-11-20,\nharvest-2020", f"{day},\nharvest-2020", f'"{day}"') for day in [
        "9999-12-31", "0026-11-20", "1600-01-01", "2024-02-30", "20240101", "2024-W10-5",
        "2024W105", "20.11.2026", "11/20/2026", "2026-11-20T00:00", "2026-1-2", "٢٠٢٦-11-20",
    ]),
    (CLAIMS, ",year,Lagonia,", ",year,Nowhere,", '"Nowhere"'),
    (CLAIMS, "claim_id,theme", "claim_id,claim_id", "column theme"),
    (CLAIMS, "claim_id,theme", "claim_id ,theme", "column claim_id"),
    (CLAIMS, ",note\n", ",note,more\n", "fields"),
    (CLAIMS, "harvest-2020,", "harvest-2019,", "each entry once"),
    (CLAIMS, "harvest-2020,", ",", "claim_id"),
    ("data/ledger/units.csv", "LGC,money", "LGC;money", "fields"),
    ("data/ledger/units.csv", "unit,family,meaning,singular,plural\n",
     "unit,family,meaning,singular\n", "plural"),
    ("data/ledger/themes.csv", "pans,The salt pans,1", "pans,The salt pans,first", '"first"'),
    ("data/ledger/places.csv", "12.50,3.25", "1250,3.25", '"1250"'),
    ("data/series/rainfall.csv", "2019,310", "201,310", '"201"'),
    ("data/series/rainfall.csv", "2019,310", "2019,310 mm", '"310 mm"'),
    (CODEBOOK, "table,column,type,unit,meaning,allowed,missing_means",
     "table,column,type,unit,meaning,allowed", "data/codebook.csv"),
    (CODEBOOK, "table,column,type,unit,meaning,allowed,missing_means",
     "table,column,type,unit,meaning,allowed,missing_means,more", "data/codebook.csv"),
    (CODEBOOK, "ledger/sources,source_id,id", "ledger/sources,source_id,key", '"key"'),
    (CODEBOOK, "ledger/claims,claim_id,id", "ledger/claim,claim_id,id", "claim"),
    (CODEBOOK, "ledger/claims,value,number,see unit,Central or only value,,",
     "ledger/claims,value,number,see unit,Central or only value,a..b,", '"a..b"'),
    (CODEBOOK, "ledger/claims,value,number", "ledger/claims,value,date", "value"),
    (CODEBOOK, "ledger/claims,theme,code,,Theme of the indicator,ledger/themes",
     "ledger/claims,theme,code,,Theme of the indicator,ledger/nothing", "nothing"),
    (CODEBOOK, "ledger/claims,note,", "ledger/claims,locator,", "locator"),
    (CODEBOOK, "clean/claims,value,", "clean/claims,values,", "value"),
    (CODEBOOK, "clean/rainfall,", "clean/rain,", "rain"),
    ("data/ledger_log.csv", "2026-11-20,0123456789ab", "2026-02-30,0123456789ab", "2026-02-30"),
    ("data/ledger_log.csv", "changed", "changes", "changes"),
    ("data/ledger_log.csv", "date,commit", "day,commit", "day"),
    ("data/ledger_log.csv", ",a,b\n", ",a\n", "fields"),
    ("chapters/index.md", "# Salt of Lagonia\n", "", "no heading"),
    ("chapters/index.md", "# Salt of Lagonia\n", "Salt of Lagonia\n", "no heading"),
    (NOTEBOOK, '"nbformat": 4,', '"nbformat": 3,', "nbformat 3"),
    (NOTEBOOK, '"nbformat": 4,', '"nbformat": "4",', "nbformat"),
    (NOTEBOOK, '"nbformat": 4,', "", "nbformat"),
    (NOTEBOOK, '"nbformat_minor": 5', '"nbformat_minor": NaN', "NaN"),
    (NOTEBOOK, '"nbformat_minor": 5', '"nbformat_minor": Infinity', "Infinity"),
    (NOTEBOOK, '"nbformat_minor": 5', '"nbformat_minor": null', "nbformat_minor"),
    (NOTEBOOK, '"nbformat_minor": 5', '"nbformat_minor": "5"', "nbformat_minor"),
    (NOTEBOOK, '"cells": [', '"cells": 3, "x": [', "cells"),
    (NOTEBOOK, '"cells": [', '"cells": [], "x": [', "no heading"),
    (NOTEBOOK, '"cells": [', '"cells": [3,', "cell 1"),
    (NOTEBOOK, '"cells": [', '"cells": [{"cell_type": "heading", "source": "x"},', "cell 1"),
    (NOTEBOOK, '"cells": [', '"cells": [{"cell_type": "raw"},', "source of cell 1"),
    (NOTEBOOK, '"cells": [', '"cells": [{"cell_type": "raw", "source": [1]},', "cell 1"),
    (NOTEBOOK, '"cells": [', '"cells": [{"cell_type": "raw", "source": "", "metadata": []},',
     "metadata of cell 1"),
    (NOTEBOOK, '"cells": [',
     '"cells": [{"cell_type": "code", "source": "", "metadata": {"tags": 3}},', "metadata"),
    (NOTEBOOK, '"cells": [', '"cells": [{"cell_type": "code", "source": "", "outputs": [3]},',
     "outputs of cell 1"),
    (NOTEBOOK, '"metadata": {\n  "kernelspec"', '"metadata": {\n  "kernel"', ""),
    (NOTEBOOK, '"id": "cell-01",', "", ""),
    (NOTEBOOK, '"tags": [\n     "parameters"', '"tags": [\n     "parameter"', "parameters"),
    (NOTEBOOK, "harvest: float = 5200", "harvest: float = 5300", "5300"),
    (NOTEBOOK, "harvest: float = 5200", "harvest: float = float('nan')", "harvest"),
    (NOTEBOOK, "harvest: float = 5200", "harvest: float = (", "no Python"),
    (NOTEBOOK, "harvest: float = 5200", "import os\\nharvest: float = 5200", "import os"),
    (NOTEBOOK, "harvest: float = 5200", "harvest: float = 5200 + x", "harvest"),
    (NOTEBOOK, "harvest: float = 5200", f"harvest: float = {'(' * 900}", "no Python"),
    (NOTEBOOK, "harvest: float = 5200", f"harvest: float = {'9' * 5000}", "parameters cell"),
    (NOTEBOOK, "harvest: float = 5200", "harvest: float = 5200\\u0000", "parameters cell"),
    (NOTEBOOK, '"# Salt from the pans\\n",', '"Salt\\n",', "no heading"),
]  # fmt: skip


class ReachedError(Exception):
    """A command has read all and would execute a chapter."""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The salt book with the files that it may have besides, in which no chapter is executed."""

    def reached(*_arguments, **_named):
        raise ReachedError

    # what is imported within would keep the false functions for the tests that follow
    for name in ("book.export", "book.pages", "book.part", "fork.adopt", "fork.cut_data",
                 "fork.fork", "rerun.readings", "rerun.run"):  # fmt: skip
        importlib.import_module(f"helpers.{name}")
    root = tmp_path_factory.mktemp("inputs") / "book"
    shutil.copytree(HERE / "salt", root)
    for name, text in MADE.items():
        (root / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, in_book(root):
        rebuild(root)
        for name in ("book.pages.drop_stale", "book.execute.execute", "book.execute.execute_many",
                     "fork.cut_data.execute_many"):  # fmt: skip
            patch.setattr(f"helpers.{name}", reached)
        patch.setattr("helpers.book.process_pool.start_preload", lambda: None)
        patch.chdir(root)
        yield root


def files_of(book: Path) -> list[str]:
    """Return the files that people edit."""
    folders = ("", "chapters", "data", "data/ledger", "data/series")
    found = (path for folder in folders for path in (book / folder).glob("*.*"))
    known = (".yml", ".md", ".ipynb", ".csv")
    return sorted(p.relative_to(book).as_posix() for p in found if p.suffix in known)


def commands(book: Path, file: str) -> dict[str, list[str]]:
    """Return the commands that read a file."""
    out = book.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    run = ["run", "pans", "--scenario", SCENARIO, "--out", str(out / "run")]
    sweep = ["sweep", "pans", "-p", "share_lost=0.1,0.2", "--no-page", "--out", f"{out}/sweep"]
    fork, change = ["fork", "pans", f"{out}-fork"], ["ledger", "change", "harvest-2019", "note=x"]
    claim, search = ["claim", "harvest-2019"], ["claim", "--search", "salt"]
    if file.startswith("data/") and file != "data/synonyms.yml":
        words = [["data"], claim, search, change, ["ledger", "log"], ["params", "pans"], fork]
    elif Path(file).name in (CONFIG, TOC):
        words = [claim, run, ["check"], ["build"], fork]
    elif file == SCENARIO:
        words = [run]
    else:
        words = [["params", "pans"], run, sweep, ["check"], fork]
    return {" ".join(one[:2]): one for one in words}


def broken(book: Path, file: str) -> tuple[dict[str, str], dict[str, str]]:
    """Run every command; return what each said, and how each broke that did."""
    said, faults = {}, {}
    for name, words in commands(book, file).items():
        found = CliRunner().invoke(main, words)
        said[name] = found.output
        lines = found.output.splitlines()
        if found.exception and not isinstance(found.exception, (SystemExit, ReachedError)):
            last = traceback.extract_tb(found.exc_info[2])[-1]
            where = f"{Path(last.filename).name}:{last.lineno}"
            faults[name] = f"{type(found.exception).__name__} {where}: {found.exception}"[:300]
        elif isinstance(found.exception, ReachedError):
            continue
        elif "Traceback" in found.output or (found.exit_code and not found.output):
            faults[name] = found.output[:300] or "failed and said nothing"
        elif found.exit_code and (len(lines) > 40 or max(map(len, lines)) > 1000):
            faults[name] = f"{len(lines)} lines, the longest of {max(map(len, lines))}"
    return said, faults


@contextlib.contextmanager
def spoilt(path: Path, data: bytes):
    """Put other bytes into a file, a folder in its place or nothing; put all back afterwards."""
    book = Path(os.environ["YALU_BOOK"])
    kept = {p: p.read_bytes() for p in book.rglob("*") if p.is_file() and "_build" not in p.parts}
    path.unlink()
    if data == FOLDER:
        path.mkdir()
    elif data != MISSING:
        path.write_bytes(data)
    try:
        yield
    finally:
        if path.is_dir():
            path.rmdir()
        for file, before in kept.items():
            if not file.is_file() or file.read_bytes() != before:
                file.write_bytes(before)


def changed(path: Path, old: str, new: str) -> bytes:
    text = path.read_text(encoding="utf-8")
    if not old:
        return (f"{new}\n{text}" if new.startswith("sep") else text.replace(",", new)).encode()
    assert old in text, f"{path.name}: no {old!r}"
    return text.replace(old, new, 1).encode()


def cases(book: Path) -> list[tuple[str, str, bytes, str]]:
    """Return file, name, bytes, and words that some command must say, "" where it may pass."""
    found = []
    for file in files_of(book):
        for name, spoil in AS_BYTES.items():
            must = name not in MAY_PASS and not (name == "missing" and file in OPTIONAL)
            words = Path(file).name if must else ""
            found.append((file, name, spoil((book / file).read_bytes()), words))
    for file, old, new, words in CHANGES:
        name = f"{old[:30]!r} -> {new[:40]!r}"
        found.append((file, name, changed(book / file, old, new), words))
    return found


def held(book: Path, chosen: list[tuple[str, str, bytes, str]], note: Callable[..., None]) -> None:
    """Spoil one file after the other; note the counts, and fail with a list of all faults."""
    failed = []
    for file, name, data, words in chosen:
        with spoilt(book / file, data):
            said, faults = broken(book, file)
        failed += [f"{file}, {name}: yalu {command}: {how}" for command, how in faults.items()]
        if words and not any(words in one for one in said.values()):
            heard = {command: one[:160] for command, one in said.items()}
            failed.append(f"{file}, {name}: nothing says {words!r}: {heard}")
        if (
            name in HARMLESS
            and not file.endswith(".ipynb")
            and any(re.search(r"found .*; allowed", one) for one in said.values())
        ):
            failed.append(f"{file}, {name}: refused: {said}")
    places = {line.partition(": ")[0] for line in failed}
    survived = len(chosen) - len(places)
    counts = f"{len(chosen)} tried, {survived} survived, {len(places)} failed"
    note("counts", f"inputs: {counts}")
    assert not failed, "\n".join(failed)


def test_a_sample_of_the_spoilt_files_is_told_in_lines(book, record_property):
    held(book, random.Random(18).sample(cases(book), 24), record_property)


@pytest.mark.faults
@pytest.mark.parametrize("part", range(8))
def test_every_spoilt_file_is_told_in_lines(book, part, record_property):
    every = cases(book)
    assert len(every) >= 400
    held(book, every[part::8], record_property)
