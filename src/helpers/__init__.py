"""Helpers of a book of parametrised chapters, each number with its source.

From Python: `from helpers import run, sweep, compare`, see `helpers.rerun.api`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.rerun.api import compare, run, sweep

__all__ = ["compare", "package_version", "run", "sweep"]


def __getattr__(name: str) -> Any:
    """Import what reruns chapters when it is first asked for: a notebook does without."""
    if name in ("compare", "run", "sweep"):
        from helpers.rerun import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def package_version() -> dict[str, str]:
    """Return name and version of the installed package that has the command `yalu`, if any."""
    from importlib.metadata import entry_points

    found = entry_points(group="console_scripts", name="yalu")
    return {entry.dist.name: entry.dist.version for entry in found if entry.dist}
