"""Last: what the published site was made of, so that nothing is built again for nothing."""

import json
import os
from pathlib import Path

from helpers.book.inputs import all_inputs, changed

FILE = "_build/built.json"
SITE = "_build/html"
UNCHANGED = f"book: nothing has changed since {SITE} was built"


def site_state(site: Path) -> dict[str, list[int]]:
    """Return what tells whether a file of the site was touched since it was written."""
    found = {}
    for place, _, names in os.walk(site):
        for name in names:
            path = os.path.join(place, name)
            state = os.stat(path)
            found[os.path.relpath(path, site)] = [state.st_size, state.st_mtime_ns]
    return found


def remember(root: Path, site: Path, inputs: dict[str, str]) -> None:
    """Note what the site that was just published was made of."""
    noted = {"inputs": inputs, "site": site_state(site)}
    path = root / FILE
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(noted, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(path)


def forget(root: Path) -> None:
    """Drop the note, before anything that it speaks of is replaced."""
    (root / FILE).unlink(missing_ok=True)


def noted_inputs(root: Path) -> dict[str, str]:
    """Return name to hash of what the last site was made of, empty where none is known."""
    return _noted(root)[0]


def _noted(root: Path) -> tuple[dict[str, str], dict[str, list[int]]]:
    try:
        noted = json.loads((root / FILE).read_text(encoding="utf-8"))
        return dict(noted["inputs"]), dict(noted["site"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


def up_to_date(root: Path, site: Path) -> bool:
    """Return whether the site is untouched and all that it was made of is as it was."""
    inputs, state = _noted(root)
    return bool(inputs) and state == site_state(site) and not changed(inputs, all_inputs(root))
