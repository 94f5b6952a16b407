"""The numbers that the book prints, from its chapters run once in this process."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from helpers.book.sphinx.roles import fact
from helpers.book.stage import chapter_files
from helpers.chapter.running import running
from helpers.chapter.tables import count_evidence
from helpers.chapter.wording import claims_named

from .running import code_cells, run_cell

ROOT = Path(__file__).resolve().parents[2]
FACT = re.compile(r"\{fact\}`([^`]+)`")


def published_numbers() -> SimpleNamespace:
    """Return what the book prints at its defaults.

    `numbers` are results (a number, two ends or words), facts of pages in words and the table of
    evidence of the front page, by their keys; `claims` and `sources` are the ids of the claims
    that pages use and of the documents that they cite.
    """
    numbers: dict[str, Any] = {}
    claims: set[str] = set()
    sources: set[str] = set()
    for path in chapter_files(ROOT):
        space: dict = {"display": lambda *_: None}
        for cell, code in code_cells(path.stem):
            run_cell(path.stem, cell, code, space)
        for key, one in running().results.items():
            number = one.words or ((one.low, one.high) if one.value is None else one.value)
            numbers[f"{path.stem}:{key}"] = number
        claims |= running().used_claims
        sources |= running().used_sources
    for path in sorted((ROOT / "chapters").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        claims |= claims_named(text)
        numbers |= {f"fact:{told}": fact(told) for told in FACT.findall(text)}
    numbers |= {f"table:{what}": count for what, count in count_evidence(claims, sources).items()}
    for name, told in (
        ("houses", "distinct sources outlet_family"),
        ("documents of Daily NK", "count sources outlet_family=daily-nk"),
        ("claims of Daily NK", "count claims outlet_family=daily-nk"),
    ):
        numbers[f"names:{name}"] = int(fact(told).replace(",", ""))
    return SimpleNamespace(numbers=numbers, claims=sorted(claims), sources=sorted(sources))
