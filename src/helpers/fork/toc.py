"""Contents: a chapter's entry in `_toc.yml`, put in and taken out, the rest left as it is."""

import re
from pathlib import Path

from helpers.book.stage import chapter_files, toc_files
from helpers.errors import YaluError

FILE = "_toc.yml"
_ENTRY = r"(?m)^([ \t]*)-[ \t]+file:[ \t]*['\"]?chapters/{}['\"]?[ \t]*(?:#.*)?$\n?"


def with_chapter(root: Path, name: str) -> str:
    """Return the table of contents with a chapter after the last one.

    Raises YaluError where there is no chapter to stand after, or it cannot be found in the file.
    """
    chapters = chapter_files(root)
    if not chapters:
        raise YaluError(f"{FILE}: lists no notebook for the new chapter to stand after; add one")
    text = (root / FILE).read_text(encoding="utf-8")
    last = re.search(_ENTRY.format(re.escape(chapters[-1].stem)), text)
    if last is None:
        raise YaluError(
            f"{FILE}: no line '- file: chapters/{chapters[-1].stem}' for the new chapter to stand "
            "after; write the entry so"
        )
    line = f"{last[1]}- file: chapters/{name}\n"
    before = text[: last.end()]
    return before + ("" if before.endswith("\n") else "\n") + line + text[last.end() :]


def without_chapter(root: Path, name: str) -> str:
    """Return the table of contents without a chapter. Raises YaluError where it has no entry."""
    text = (root / FILE).read_text(encoding="utf-8")
    shorter, count = re.subn(_ENTRY.format(re.escape(name)), "", text)
    if count != 1:
        raise YaluError(f"{FILE}: found {count} lines '- file: chapters/{name}'; allowed: one")
    return shorter


def listed(root: Path, name: str) -> bool:
    """Return whether the table of contents has a page of this name."""
    return name in {path.stem for path in toc_files(root)}
