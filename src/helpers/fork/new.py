"""New: a chapter from the template, built and tested at once, and taken out without a trace."""

import textwrap
from pathlib import Path

from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import per_words, unit_words
from helpers.errors import YaluError
from helpers.evidence import Claim
from helpers.fork import contents
from helpers.fork.examples import Example, example
from helpers.fork.names import checked_name, free_name
from helpers.fork.templating import filled, notebook, notebook_bytes, quoted
from helpers.fork.writing import write_all

_LONGEST_TITLE, _LONGEST_LABEL = 120, 26


def _files(name: str) -> dict[str, Path]:
    return {
        "notebook": Path("chapters") / f"{name}.ipynb",
        "sidecar": Path("chapters") / f"{name}.yml",
        "model": Path("src/helpers/models") / f"{name}.py",
        "test": Path("tests/models") / f"test_{name}.py",
    }


def _labels(shown: Example) -> tuple[str, str]:
    """Return what stands above the row of each claim: outlet and year, short enough for a phone."""
    first, second = (_label(claim) for claim in (shown.first, shown.second))
    return first, second if second != first else f"{second} (the other)"


def _label(claim: Claim) -> str:
    year = f", {claim.period_start[:4]}" if claim.period_start else ""
    return textwrap.shorten(claim.outlet, _LONGEST_LABEL, placeholder=" …") + year


def chapter_files(name: str, title: str, shown: Example) -> dict[Path, bytes]:
    """Return the files of a new chapter: path relative to the book's root, and content."""
    words = f"{unit_words(shown.first.unit)} {per_words(shown.first.per)}".strip()
    labels = _labels(shown)
    slots = {
        "name": name, "title": title, "theme": shown.theme, "unit": quoted(shown.unit),
        "bare_unit": shown.unit,
        "plain_unit": quoted(shown.first.unit), "default": shown.default, "step": shown.step,
        "highest": shown.highest, "first": shown.first.claim_id, "second": shown.second.claim_id,
        "first_label": quoted(labels[0]), "second_label": quoted(labels[1]),
        "axis": quoted(words),
    }  # fmt: skip
    files = _files(name)
    cells = filled("chapter/chapter.cells.j2", **slots)
    return {
        files["notebook"]: notebook_bytes(notebook(cells)),
        files["sidecar"]: filled("chapter/chapter.yml.j2", **slots).encode(),
        files["model"]: filled("chapter/model.py.j2", **slots).encode(),
        files["test"]: filled("chapter/test_model.py.j2", **slots).encode(),
    }


def _checked_title(title: str) -> str:
    plain = " ".join(title.split())
    if not plain or len(plain) > _LONGEST_TITLE or not plain.isprintable():
        found = "nothing" if not plain else f"{len(plain)} characters"
        raise YaluError(
            f"--title: found {found}; allowed: a line of 1 to {_LONGEST_TITLE} characters",
            exit_code=2,
        )
    return plain


def new(root: Path, name: str, title: str, claims: tuple[str, str] | None = None) -> list[Path]:
    """Write a new chapter into the book and return its files, relative to the root.

    Raises YaluError, one line, for an unsafe or a taken name, a title that is no line, or
    claims that do not fit; then nothing is written.
    """
    free_name(root, name, list(_files(name).values()))
    files = chapter_files(name, _checked_title(title), example(claims))
    toc = contents.with_chapter(root, name).encode()
    write_all(root, files | {Path(contents.FILE): toc})
    return [*files, Path(contents.FILE)]


def _as_made(root: Path, name: str) -> dict[Path, bytes]:
    """Return the files as the template made them, as far as the sidecar still tells."""
    declared = sidecar(name)
    first, second = declared.figures["claims"].claims
    return chapter_files(name, declared.title, example((first, second)))


def remove(root: Path, name: str, force: bool = False) -> list[Path]:
    """Take a chapter that `new` made out of the book and return its files.

    Raises YaluError where the book has no such chapter, or where one of the files is no longer
    as the template made it, unless `force` says to remove it all the same.
    """
    files = _files(checked_name(name))
    if not (root / files["notebook"]).is_file() or not contents.listed(root, name):
        raise YaluError(f"no chapter {name} here to remove", exit_code=2)
    if not force and (changed := _changed(root, name)):
        raise YaluError(
            f"{changed.as_posix()}: not as yalu new makes it, and would be lost; "
            "--force removes it all the same"
        )
    toc = contents.without_chapter(root, name).encode()
    write_all(root, {Path(contents.FILE): toc})
    gone = [path for path in files.values() if (root / path).is_file()]
    for path in gone:
        (root / path).unlink()
    return [*gone, Path(contents.FILE)]


def _changed(root: Path, name: str) -> Path | None:
    """Return the first file that is not as the template made it, None where all are."""
    try:
        made = _as_made(root, name)
    except (YaluError, KeyError, ValueError):
        return _files(name)["sidecar"]
    return next((p for p, content in made.items() if _bytes(root / p) != content), None)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
