"""New: a chapter made from the template, entered in the table of contents, and removed again."""

import json
import keyword
import math
import re
import textwrap
from collections.abc import Iterable
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from helpers import evidence
from helpers.book.stage import toc_files
from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import escaped, per_words, unit_words
from helpers.config import TOC
from helpers.errors import YaluError, shown, wrongly_called
from helpers.evidence import Claim
from helpers.evidence.load import vocabulary
from helpers.files import write_all

_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_LABEL = 40, 120, 26
_CELL = re.compile(r"(?m)^%% (markdown|code|parameters|remove-cell)\n")
_ENTRY = r"(?m)^([ \t]*)-[ \t]+file:[ \t]*['\"]?{}['\"]?[ \t]*(?:#.*)?$\n?"
# names that Windows keeps for devices, whatever ending a file has
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
# names of pages that Sphinx makes itself
_PAGES = {"index", "search", "genindex"}
_NEEDS = "claims with a value above zero, of one indicator, unit and per"


def new_chapter(
    root: Path, name: str, title: str, claims: tuple[str, str] | None = None
) -> list[Path]:
    """Write a new chapter into the book and return its files, relative to the root.

    It shows its forms on two claims, the first of the ledger that fit where none are named.
    Raises YaluError, one line, for an unsafe or a taken name, a title that is no line, or
    claims that do not fit; then nothing is written.
    """
    check_free(root, name, _files(name))
    line = " ".join(title.split())
    if not line or len(line) > _LONGEST_TITLE or not line.isprintable():
        found = f"{len(line)} characters" if line else "nothing"
        allowed = f"a line of 1 to {_LONGEST_TITLE} characters"
        raise YaluError(f"--title: found {found}; allowed: {allowed}", exit_code=2)
    made = _contents(name, line, *(_named_claims(claims) if claims else _example_claims()))
    write_all(root, made | {Path(TOC): toc_with(root, name).encode()})
    return [*made, Path(TOC)]


def remove_chapter(root: Path, name: str, force: bool = False) -> list[Path]:
    """Take a chapter that `new_chapter` made out of the book and return its files.

    Raises YaluError where the book has no such chapter, or where one of the files is not as
    the template made it, unless `force` is set.
    """
    files = _files(checked_name(name))
    listed = {path.stem for path in toc_files(root)}
    if not (root / files[0]).is_file() or name not in listed:
        raise YaluError(f"no chapter {name} here to remove", exit_code=2)
    if not force:
        try:
            declared = sidecar(name)
            first, second = declared.figures["claims"].claims
            made = _contents(name, declared.title, *_named_claims((first, second)))
            there = {path: (root / path).read_bytes() for path in made if (root / path).is_file()}
            changed = [path for path, content in made.items() if there.get(path) != content]
        except (YaluError, KeyError, ValueError):
            changed = [files[1]]
        if changed:
            said = "not as yalu new makes it, and would be lost; --force removes it all the same"
            raise YaluError(f"{changed[0].as_posix()}: {said}")
    text = (root / TOC).read_text(encoding="utf-8")
    shorter, count = re.subn(_ENTRY.format(f"chapters/{name}"), "", text)
    if count != 1:
        raise YaluError(f"{TOC}: found {count} lines '- file: chapters/{name}'; allowed: one")
    gone = [path for path in files if (root / path).is_file()]
    write_all(root, {Path(TOC): shorter.encode()} | dict.fromkeys(gone))
    return [*gone, Path(TOC)]


# Its name and its place ------------------------------------------------------------------------


def checked_name(name: str) -> str:
    """Return the name of a new chapter. Raises YaluError (exit code 2) for an unsafe one."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > _LONGEST_NAME:
        most = f"{_LONGEST_NAME} at the most"
        reason = f"allowed: small letters, digits and _, a letter first, {most}"
    elif name in _DEVICES:
        reason = "Windows keeps this name for a device; choose another"
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        reason = "this is a word of the Python language; choose another"
    elif name in _PAGES:
        reason = "the book has a page of this name; choose another"
    else:
        return name
    raise YaluError(f"chapter name {shown(name)}: {reason}", exit_code=2)


def check_free(root: Path, name: str, files: list[Path]) -> None:
    """Raise YaluError (exit code 2) for a name that is unsafe or taken by a page or by `files`.

    `files` are what the chapter needs besides its page, relative to the root.
    """
    checked_name(name)
    pages = [Path("chapters") / f"{name}{end}" for end in (".ipynb", ".md", ".yml", "")]
    taken = next((path for path in [*pages, *files] if (root / path).exists()), None)
    if taken is not None:
        raise YaluError(f"chapter name {shown(name)}: {taken.as_posix()} is there; "
                        "choose another name", exit_code=2)  # fmt: skip


def toc_with(root: Path, name: str) -> str:
    """Return `_toc.yml` with a chapter after the last one, after the last page where none is.

    Raises YaluError where the entry that it follows cannot be found in the file.
    """
    pages = toc_files(root)
    last = [page for page in pages if page.suffix == ".ipynb"] or pages
    before = last[-1].relative_to(root).with_suffix("").as_posix()
    text = (root / TOC).read_text(encoding="utf-8")
    entry = re.search(_ENTRY.format(re.escape(before)), text)
    if entry is None and len(pages) == 1 and not re.search(r"(?m)^(chapters|parts):", text):
        return f"{text.rstrip()}\nchapters:\n  - file: chapters/{name}\n"
    if entry is None:
        raise YaluError(
            f"{TOC}: no line '- file: {before}' for the new chapter to follow; list a page so"
        )
    head = text[: entry.end()]
    head += "" if head.endswith("\n") else "\n"
    return f"{head}{entry[1]}- file: chapters/{name}\n{text[entry.end() :]}"


# Its files, and the claims that they show ------------------------------------------------------


def _files(name: str) -> list[Path]:
    """Return where notebook, sidecar, model and test of a chapter lie."""
    chapter = f"chapters/{name}.ipynb", f"chapters/{name}.yml"
    code = f"src/helpers/models/{name}.py", f"tests/models/test_{name}.py"
    return [Path(path) for path in (*chapter, *code)]


def _contents(name: str, title: str, first: Claim, second: Claim) -> dict[Path, bytes]:
    """Return the files of a new chapter: path relative to the book's root, and content."""
    value, unit = float(first.value or 1), f"{first.unit}/{first.per}" if first.per else first.unit
    # a slider has to reach the value's last digit: 0.01, 10
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    # outlet and year, short enough for a phone
    labels = [textwrap.shorten(c.outlet, _LONGEST_LABEL, placeholder=" …")
              + (f", {c.period_start[:4]}" if c.period_start else "")
              for c in (first, second)]  # fmt: skip
    slots = {
        "name": name, "title": title, "theme": first.theme, "unit": quoted(unit),
        "bare_unit": unit, "plain_unit": quoted(first.unit),
        "default": repr(int(value) if value == int(value) else value),
        "step": f"{Decimal(1).scaleb(int(exponent)):f}",
        "highest": f"{10 ** math.ceil(math.log10(value * 2)):g}",
        "first": first.claim_id, "second": second.claim_id, "first_label": quoted(labels[0]),
        "second_label": quoted(labels[1] + (" (the other)" if labels[0] == labels[1] else "")),
        "axis": quoted(f"{unit_words(first.unit)} {per_words(first.per)}".strip()),
    }  # fmt: skip
    parts = _CELL.split(from_template("chapter/chapter.cells.j2", **slots))
    sources = (source.strip("\n") for source in parts[2::2])
    templates = "chapter.yml.j2", "model.py.j2", "test_model.py.j2"
    others = [from_template(f"chapter/{template}", **slots).encode() for template in templates]
    chapter = notebook_bytes(new_notebook(zip(parts[1::2], sources, strict=True)))
    return dict(zip(_files(name), [chapter, *others], strict=True))


def _named_claims(named: tuple[str, str]) -> tuple[Claim, Claim]:
    """Return two claims by id. Raises YaluError where one is unknown or does not fit."""
    with wrongly_called():
        first, second = (evidence.claim(claim_id) for claim_id in named)
    if _thing(first) is None or _thing(first) != _thing(second):
        raise YaluError(f"--claims {' '.join(named)}: needed are {_NEEDS}", exit_code=2)
    return first, second


def _example_claims() -> tuple[Claim, Claim]:
    """Return the first two claims of one thing from different documents, money first.

    They are usable and repeat no other. Raises YaluError where the ledger has no two.
    """
    frame = evidence.claims(usable=True, repeats=False).sort_values("claim_id", kind="stable")
    frame = frame[(frame["value"] > 0) & (frame["basis"] != "derived")]
    families = evidence.load("units").set_index("unit")["family"]
    frame = frame.assign(other=frame["unit"].map(families) != "money")
    documents = frame.groupby(["indicator", "unit", "per"], dropna=False)["source_id"]
    likely: pd.DataFrame = frame[documents.transform("nunique") > 1]
    ids = likely.sort_values("other", kind="stable")["claim_id"].head(200)
    for first, second in combinations(filter(_thing, map(evidence.claim, ids)), 2):
        if _thing(first) == _thing(second) and first.source_id != second.source_id:
            return first, second
    raise YaluError(f"the ledger has no two {_NEEDS}, from different documents: add them first")


def _thing(claim: Claim) -> tuple[str, str, str | None] | None:
    """Return what a claim counts: indicator, unit and per; None where it does not fit."""
    plain = claim.unit in vocabulary().units and claim.unit not in ("percent", "ratio")
    fits = plain and "/" not in claim.unit and claim.value and claim.value > 0
    return (claim.indicator, claim.unit, claim.per) if fits else None


# Templates, and notebooks made from text -------------------------------------------------------

TEMPLATES = Path(__file__).resolve().parent / "templates"


def quoted(text: str) -> str:
    """Return a text as a quoted scalar, which YAML, JSON and Python read alike."""
    return json.dumps(text, ensure_ascii=False)


def from_template(template: str, **slots: Any) -> str:
    """Return a template (its path below the templates) with its slots filled."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters |= {"quoted": quoted, "markdown": escaped}
    return environment.get_template(template).render(**slots)


def new_notebook(cells: Iterable[tuple[str, str]]) -> nbformat.NotebookNode:
    """Return a notebook of cells: each a kind ("markdown", "code" or a tag) and its source."""
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(
        metadata={"kernelspec": python, "language_info": {"name": "python"}}
    )
    for number, (kind, source) in enumerate(cells, 1):
        make = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = make(source, id=f"cell-{number:02}")
        if kind not in ("markdown", "code"):
            cell.metadata["tags"] = [kind]
        made.cells.append(cell)
    return made


def notebook_bytes(notebook: nbformat.NotebookNode) -> bytes:
    """Return a notebook as its file holds it."""
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode()
