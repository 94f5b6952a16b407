"""Last: what the published site was made of, so that nothing is built again for nothing."""

import json
import os
from pathlib import Path

from helpers.book.inputs import all_inputs, changed

FILE = "_build/built.json"
SITE = "_build/html"
UNCHANGED = f"book: nothing has changed since {SITE} was built"


def files(pdf: bool, epub: bool) -> list[str]:
    """Return the suffixes of the whole-book files that are asked for."""
    return [suffix for suffix, asked in ((".pdf", pdf), (".epub", epub)) if asked]


def site_state(site: Path) -> dict[str, list[int]]:
    """Return what tells whether a file of the site was touched since it was written."""
    found = {}
    for place, _, names in os.walk(site):
        for name in names:
            path = os.path.join(place, name)
            state = os.stat(path)
            found[os.path.relpath(path, site)] = [state.st_size, state.st_mtime_ns]
    return found


def remember(root: Path, inputs: dict[str, str]) -> None:
    """Note what the site that was just published was made of."""
    noted = {"inputs": inputs, "site": site_state(root / SITE)}
    path = root / FILE
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(noted, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(path)


def forget(root: Path) -> None:
    """Drop the note, before anything that it speaks of is replaced."""
    (root / FILE).unlink(missing_ok=True)


def _noted(root: Path) -> tuple[dict[str, str], dict[str, list[int]]]:
    try:
        noted = json.loads((root / FILE).read_text(encoding="utf-8"))
        return dict(noted["inputs"]), dict(noted["site"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


def up_to_date(root: Path, suffixes: list[str] | None = None) -> bool:
    """Return whether the site is untouched and all that it was made of is as it was.

    `suffixes` are those of the whole-book files that it must have besides.
    """
    inputs, state = _noted(root)
    has_all = all(any(name.endswith(suffix) for name in state) for suffix in suffixes or [])
    same = bool(inputs) and has_all and state == site_state(root / SITE)
    return same and not changed(inputs, all_inputs(root))
