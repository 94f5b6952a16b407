"""Publish: the site and the executed notebooks behind it, each put in place whole."""

import shutil
from collections.abc import Iterable
from pathlib import Path

SITE = Path("_build/html")
# the executed notebooks behind the site, to hold reruns against
PUBLISHED = Path("_build/published")


def publish(pages: Path, site: Path) -> None:
    """Put `pages` in the place of `site`; the site is never half old, half new."""
    previous = site.with_name(f"{site.name}.previous")
    shutil.rmtree(previous, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        site.rename(previous)
    pages.rename(site)
    shutil.rmtree(previous, ignore_errors=True)


def keep_executed(root: Path, executed: Iterable[Path]) -> None:
    """Keep the executed notebooks behind the site, so that reruns can be held against them."""
    beside = root / "_build" / "work" / "published"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for path in executed:
        shutil.copyfile(path, beside / path.name)
    publish(beside, root / PUBLISHED)
