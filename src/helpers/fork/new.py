"""Examples: claims of the book's own ledger on which a new chapter shows its forms."""

import keyword
import math
import re
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from helpers import evidence
from helpers.chapter.sidecar import sidecar
from helpers.chapter.wording import per_words, unit_words
from helpers.errors import YaluError
from helpers.evidence import Claim
from helpers.evidence.load import vocabulary
from helpers.files import write_all
from helpers.fork import toc
from helpers.fork.templates import filled, notebook, notebook_bytes, quoted

_NEEDS = "claims with a value above nought, of one indicator, unit and per"


@dataclass(frozen=True)
class Example:
    """The claims that a new chapter begins with, and its theme."""

    first: Claim
    second: Claim

    @property
    def theme(self) -> str:
        """The theme of the first claim."""
        return self.first.theme

    @property
    def unit(self) -> str:
        """The unit of a parameter that is the first claim's value: "CNY/bag"."""
        return f"{self.first.unit}/{self.first.per}" if self.first.per else self.first.unit

    @property
    def step(self) -> str:
        """The place of the value's last digit, which a slider has to reach: 0.01, 10."""
        exponent = Decimal(repr(self._value)).normalize().as_tuple().exponent
        return f"{Decimal(1).scaleb(int(exponent)):f}"

    @property
    def highest(self) -> str:
        """A round number that is well above the value."""
        return f"{10 ** math.ceil(math.log10(self._value * 2)):g}"

    @property
    def default(self) -> str:
        """The value as the parameters cell has it."""
        return repr(int(self._value) if self._value == int(self._value) else self._value)

    @property
    def _value(self) -> float:
        return float(self.first.value or 1)


def example(named: tuple[str, str] | None = None) -> Example:
    """Return the claims named, or else the first pair of the ledger that fits.

    They are of one indicator, unit and per, have a value, may be used and repeat no other.
    Raises YaluError where a claim is unknown or does not fit, or where the ledger has no pair.
    """
    if named:
        first, second = (evidence.claim(claim_id) for claim_id in named)
        if not (_fits(first) and _fits(second) and _thing(first) == _thing(second)):
            raise YaluError(f"--claims {' '.join(named)}: needed are {_NEEDS}", exit_code=2)
        return Example(first, second)
    frame = evidence.claims(usable=True, repeats=False).sort_values("claim_id", kind="stable")
    claims = [evidence.claim(i) for i in _likely(frame)["claim_id"].head(200)]
    for at, first in enumerate(claims):
        for second in claims[at + 1 :]:
            if _fits(first) and _fits(second) and _apart(first, second):
                return Example(first, second)
    raise YaluError(f"the ledger has no two {_NEEDS}, from different documents: add them first")


def _likely(frame: pd.DataFrame) -> pd.DataFrame:
    """Return claims whose thing has a value in more than one document, sums of money first."""
    kept = frame[(frame["value"] > 0) & (frame["basis"] != "derived")]
    families = evidence.load("units").set_index("unit")["family"]
    kept = kept.assign(other=kept["unit"].map(families) != "money")
    things = kept.groupby(["indicator", "unit", "per"], dropna=False)["source_id"]
    return kept[things.transform("nunique") > 1].sort_values("other", kind="stable")


def _fits(claim: Claim) -> bool:
    unit = claim.unit
    plain = "/" not in unit and unit in vocabulary().units
    return plain and unit not in ("percent", "ratio") and bool(claim.value and claim.value > 0)


def _thing(claim: Claim) -> tuple[str, str, str | None]:
    return claim.indicator, claim.unit, claim.per


def _apart(first: Claim, second: Claim) -> bool:
    return _thing(first) == _thing(second) and first.source_id != second.source_id


_FORM = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 40
# names that Windows keeps for devices, whatever ending a file has
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
# names of pages that the book's builder makes itself
_PAGES = {"index", "search", "genindex"}


def _shown(name: str) -> str:
    text = "".join(c if c.isprintable() else "?" for c in name)
    return f'"{text[:_LONGEST]}..."' if len(text) > _LONGEST else f'"{text}"'


def checked_name(name: str) -> str:
    """Return the name of a new chapter. Raises YaluError (exit code 2) for an unsafe one."""
    allowed = f"allowed: small letters, digits and _, a letter first, {_LONGEST} at the most"
    if not _FORM.fullmatch(name) or len(name) > _LONGEST:
        raise YaluError(f"chapter name {_shown(name)}: {allowed}", exit_code=2)
    if name in _DEVICES:
        reason = "Windows keeps this name for a device; choose another"
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        reason = "this is a word of the Python language; choose another"
    elif name in _PAGES:
        reason = "the book has a page of this name; choose another"
    else:
        return name
    raise YaluError(f"chapter name {_shown(name)}: {reason}", exit_code=2)


def free_name(root: Path, name: str, files: list[Path]) -> str:
    """Return a checked name that no page of the book has, and none of `files`, what it would need.

    `files` are relative to the root. Raises YaluError (exit code 2) where it is taken.
    """
    checked_name(name)
    pages = [Path("chapters") / f"{name}{end}" for end in (".ipynb", ".md", ".yml", "")]
    taken = next((path for path in [*pages, *files] if (root / path).exists()), None)
    if taken is not None:
        hint = "choose another name"
        raise YaluError(f"chapter name {_shown(name)}: {taken.as_posix()} is there; {hint}",
                        exit_code=2)  # fmt: skip
    return name


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
    contents = toc.with_chapter(root, name).encode()
    write_all(root, files | {Path(toc.FILE): contents})
    return [*files, Path(toc.FILE)]


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
    if not (root / files["notebook"]).is_file() or not toc.listed(root, name):
        raise YaluError(f"no chapter {name} here to remove", exit_code=2)
    if not force and (changed := _changed(root, name)):
        raise YaluError(
            f"{changed.as_posix()}: not as yalu new makes it, and would be lost; "
            "--force removes it all the same"
        )
    contents = toc.without_chapter(root, name).encode()
    write_all(root, {Path(toc.FILE): contents})
    gone = [path for path in files.values() if (root / path).is_file()]
    for path in gone:
        (root / path).unlink()
    return [*gone, Path(toc.FILE)]


def _changed(root: Path, name: str) -> Path | None:
    """Return the first file that is not as the template made it, None where all are."""
    try:
        made = _as_made(root, name)
    except (YaluError, KeyError, ValueError):
        return _files(name)["sidecar"]
    return next((p for p, content in made.items() if _bytes(root / p) != content), None)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
