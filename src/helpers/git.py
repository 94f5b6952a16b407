"""Git, run in a checkout."""

import subprocess
from pathlib import Path

from helpers.errors import YaluError, hidden

# seconds after which git is given up, as on a network drive that does not answer
_TIMEOUT = 60


def git(root: Path, *words: str) -> bytes | None:
    """Return what a git command prints in the folder `root`, None where git refuses.

    Raises YaluError (exit code 2) where git is not installed or does not answer.
    """
    try:
        run = subprocess.run(["git", "-C", str(root), *words], capture_output=True,
                             timeout=_TIMEOUT)  # fmt: skip
    except OSError:
        said = "git was not found: install it to compare with an earlier state of the book"
        raise YaluError(said, exit_code=2) from None
    except subprocess.TimeoutExpired:
        raise YaluError(f"git {words[0]}: no answer in {_TIMEOUT} seconds", exit_code=2) from None
    return run.stdout if run.returncode == 0 else None


def git_line(root: Path, *words: str) -> str:
    """Return what a git command prints as stripped text, "" where git refuses; see `git`."""
    return (git(root, *words) or b"").decode("utf-8", "replace").strip()


def commit_id(root: Path, name: str) -> str:
    """Return the full id of a commit, branch or tag, "" where there is none of that name."""
    if name.startswith("-") or hidden(name):
        return ""
    return git_line(root, "rev-parse", "--verify", "--quiet", "--end-of-options",
                    f"{name}^{{commit}}")  # fmt: skip
