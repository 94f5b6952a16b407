"""Packages: the versions of those that modules import, and of what these require."""

import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from helpers import package_version

_NAME = re.compile(r"[\w.-]+")
_KINDS = ("dist-info", "egg-info")
# shows what cells give and takes no part in results: what it requires does not count
_SHOWS = "ipython"
# packages with compiled code that read by way of Python, besides those that ours requires
_PLAIN = {
    "matplotlib", "contourpy", "kiwisolver", "fonttools", "scikit-learn", "statsmodels", "shapely",
}  # fmt: skip


def used_by(modules: Iterable[str]) -> dict[str, str]:
    """Return name to version of the packages that modules are of and of those that they require.

    `modules` are names that are imported, such as "yaml"; those of no package count for nothing,
    as do packages that only an extra requires.
    """
    return dict(_used_by(frozenset(modules), tuple(sys.path)))


def compiled(modules: Iterable[str]) -> set[str]:
    """Return those packages that modules use whose compiled code may read past Python."""
    ours = _closure(package_version()).keys() | _PLAIN
    return {
        name
        for name in used_by(modules).keys() - ours
        if re.search(r"(?m)\.(so|pyd|dylib)\b", _files(distribution(name)))
    }


def installed() -> dict[str, str]:
    """Return name to version of all packages that can be imported, the first found of a name."""
    found: dict[str, str] = {}
    for folder in filter(None, sys.path):
        for path in (p for kind in _KINDS for p in Path(folder).glob(f"*.{kind}")):
            name, _, version = path.stem.partition("-")
            found.setdefault(_canonical(name), version)
    return dict(sorted(found.items()))


# one process asks for the same modules often; tests change the path
@lru_cache
def _used_by(modules: frozenset[str], _path: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    names = "|".join(map(re.escape, sorted(modules)))
    has_one = re.compile(rf'(?m)^"?(?:{names})(?:[/.].*)?$')
    named = (one.name for one in distributions() if names and has_one.search(_files(one)))
    return tuple(sorted(_closure(named).items()))


def _closure(names: Iterable[str]) -> dict[str, str]:
    """Return name to version of packages and of those that they require."""
    waiting, found = set(names), dict[str, str]()
    while waiting:
        name = _canonical(waiting.pop())
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = package.version
        requires = () if name == _SHOWS else package.requires or ()
        required = (r for r in requires if not re.search(r"\bextra\s*==", r))
        told = {_canonical(match[0]) for one in required if (match := _NAME.match(one))}
        waiting |= told - found.keys()
    return found


def _files(package: Distribution) -> str:
    """Return the files of a package, a line each; asking for its `files` takes ten times longer."""
    return package.read_text("RECORD") or package.read_text("top_level.txt") or ""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
