"""Git, run in a checkout."""

import os
import shlex
import subprocess
from pathlib import Path

from helpers.errors import YaluError

# seconds after which git is given up, as on a network drive that does not answer
_TIMEOUT = 60


def _run(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in English; raise YaluError (exit code 2) where it is missing or silent."""
    try:
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True,
                              timeout=_TIMEOUT, env=os.environ | {"LC_ALL": "C"})  # fmt: skip
    except OSError:
        said = "git was not found: install it to compare with an earlier state of the book"
        raise YaluError(said, exit_code=2) from None
    except subprocess.TimeoutExpired:
        raise YaluError(f"git {words[0]}: no answer in {_TIMEOUT} seconds", exit_code=2) from None


def git(root: Path, *words: str) -> bytes | None:
    """Return what a git command prints in the folder `root`, None where git refuses.

    Raises YaluError (exit code 2) where git is not installed or does not answer.
    """
    run = _run(root, *words)
    return run.stdout if run.returncode == 0 else None


def git_line(root: Path, *words: str) -> str:
    """Return what a git command prints as stripped text, "" where git refuses; see `git`."""
    return (git(root, *words) or b"").decode("utf-8", "replace").strip()


def lacks_history(root: Path) -> str:
    """Return why git does not show the whole history of the folder `root`, "" where it does."""
    run = _run(root, "rev-parse", "--is-inside-work-tree", "--is-shallow-repository")
    if b"safe.directory" in run.stderr:
        return (
            "git does not read a checkout that belongs to another user: "
            f"git config --global --add safe.directory {shlex.quote(str(root.resolve()))}"
        )
    if not run.stdout.startswith(b"true"):
        return "the book is no git checkout, so there is no earlier state to compare with"
    is_shallow = run.stdout.split() != [b"true", b"false"]
    return "the history is cut off here: git fetch --unshallow --tags" if is_shallow else ""


def commit_id(root: Path, name: str) -> str:
    """Return the full id of a commit, branch or tag, "" where there is none of that name."""
    if name.startswith("-") or not name.isprintable():
        return ""
    return git_line(root, "rev-parse", "--verify", "--quiet", "--end-of-options",
                    f"{name}^{{commit}}")  # fmt: skip
