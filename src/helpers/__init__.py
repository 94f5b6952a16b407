"""Helpers of a book of parametrised chapters, each number with its source."""


def package_version() -> dict[str, str]:
    """Return name and version of the installed package that has the command `yalu`, if any."""
    from importlib.metadata import entry_points

    found = entry_points(group="console_scripts", name="yalu")
    return {entry.dist.name: entry.dist.version for entry in found if entry.dist}
