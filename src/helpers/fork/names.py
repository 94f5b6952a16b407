"""Names: what a chapter may be called, so that it is a file, a module and an address anywhere."""

import keyword
import re
from pathlib import Path

from helpers.errors import YaluError

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
