"""Compare the results of every chapter and scenario with those of an earlier commit.

    python benchmarks/same_results.py [REVISION [PYTHON]]

Both are executed afresh, each with its own code, data and notebooks; the earlier commit with the
interpreter PYTHON of an environment in which it is installed, since packages and entry points may
differ. Prints each difference that is not declared in EXPECTED and ends with 1 where there is one.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "5f3bd22"
FIELDS = ("value", "low", "high", "words", "unit", "per", "qualifier", "digits")
# (chapter, key): why it differs from BEFORE, or is new
EXPECTED: dict[tuple[str, str], str] = {}


def runs(root: Path) -> list[tuple[str, str | None]]:
    """Return chapter and scenario of every run, the published one (no scenario) first."""
    found: list[tuple[str, str | None]] = []
    for path in sorted((root / "chapters").glob("*.ipynb")):
        sidecar = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))
        found += [(path.stem, name) for name in (None, *sidecar.get("scenarios", {}))]
    return found


def results(
    python: str, root: Path, chapter: str, scenario: str | None, folder: Path
) -> dict[str, Any]:
    """Execute a chapter with the code at `root` and return its results by key."""
    out = folder / f"{chapter}-{scenario or 'book'}"
    command = [python, "-c", "from helpers.cli import main; main()", "run", chapter,
               "--no-page", "--force", "--out", str(out)]  # fmt: skip
    command += ["--scenario", scenario] if scenario else []
    environment = os.environ | {"YALU_BOOK": str(root), "YALU_ENGINE": "kernel",
                                "PYTHONPATH": str(root / "src")}  # fmt: skip
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True)
    if not (out / "results.json").is_file():
        sys.exit(f"{chapter}, {scenario or 'as published'}: {done.stderr.strip()}")
    return dict(json.loads((out / "results.json").read_text(encoding="utf-8"))["results"])


def differences(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """Return key to what differs, for keys that are gone, new, or hold another value."""
    found = {}
    for key in sorted({*old, *new}):
        if key not in new or key not in old:
            found[key] = "gone" if key not in new else "new"
        elif changed := [f for f in FIELDS if old[key].get(f) != new[key].get(f)]:
            found[key] = ", ".join(f"{f} {old[key].get(f)} -> {new[key].get(f)}" for f in changed)
    return found


def main() -> int:
    """Compare and print; return the exit code."""
    revision, python, *_ = [*sys.argv[1:], *[BEFORE, sys.executable][len(sys.argv) - 1 :]]
    unexpected, same = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", str(before), revision],
                       cwd=ROOT, check=True)  # fmt: skip
        try:
            for chapter, scenario in runs(before):
                old = results(python, before, chapter, scenario, Path(folder) / "old")
                new = results(sys.executable, ROOT, chapter, scenario, Path(folder) / "new")
                differ = differences(old, new)
                same += len(old) - sum(words != "new" for words in differ.values())
                for key, words in differ.items():
                    why = EXPECTED.get((chapter, key))
                    unexpected += why is None
                    print(f"{chapter} ({scenario or 'as published'}): {key}: {words}"
                          + (f" [declared: {why}]" if why else ""))  # fmt: skip
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(before)], cwd=ROOT)
    print(f"{same} results the same as at {revision}; {unexpected} differ and are not declared")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
