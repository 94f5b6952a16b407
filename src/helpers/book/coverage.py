"""Coverage: how many quantities of each page have a source, as the lint of numbers counts them."""

from collections.abc import Iterable, Mapping

FILE = "coverage.json"
KINDS = ("claims", "results", "names", "marked", "unsourced")


def coverage_lines(coverage: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
    """Yield the coverage of each page, how many of each of `KINDS`, as lines of a table."""
    width = max(map(len, coverage), default=4)
    yield f"{'page':{width}}  " + "  ".join(f"{kind:>9}" for kind in KINDS)
    for page, counts in coverage.items():
        yield f"{page:{width}}  " + "  ".join(f"{counts[kind]:>9}" for kind in KINDS)
