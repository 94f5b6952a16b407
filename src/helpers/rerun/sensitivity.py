"""Sensitivity of a chapter's answers as tables, printed and written."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from helpers.chapter.parameters import Value, nearest
from helpers.chapter.running import both_ends
from helpers.chapter.sensitivity.leave_out import part_views
from helpers.chapter.sensitivity.one_at_a_time import headlines, variance_shares
from helpers.chapter.sensitivity.summary import Summary, summaries
from helpers.chapter.sensitivity.what_would_change import value_words
from helpers.chapter.wording import number_words
from helpers.errors import YaluError
from helpers.evidence.exclusion import name_words
from helpers.files import aside, put_in_place
from helpers.rerun.evaluate import run_here


@dataclass(frozen=True)
class Report:
    """How sure the headline results of a chapter are: a table of each kind."""

    tables: Mapping[str, pd.DataFrame]


def report(
    root: Path, chapter: str, values: Mapping[str, Value], result: str | None, sobol: bool = False
) -> Report:
    """Run a chapter here and return how sure its headline results are, or one of them.

    `sobol` adds variance shares. Raises YaluError (exit code 2) for an unknown result.
    """
    known = headlines(chapter)
    if result and result not in known:
        raise YaluError(f"no headline result {result[:40]!r}{nearest(result, known)}", exit_code=2)
    run_here(root, chapter, values)
    told = summaries([result] if result else known)
    rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in _TABLES}
    for account in told:
        for name, found in _rows(account):
            rows[name].append({"result": account.result.key} | found)
    for name, on in part_views().items():
        for account in told:
            left = on.results.get(key := account.result.key)
            said = left.text() if left else "no answer"
            rows["parts"].append({"result": key, "on": name, "left": said})
    if sobol:
        rows["shares"] = list(variance_shares([account.result.key for account in told]))
    return Report({name: pd.DataFrame(found) for name, found in rows.items()})


_TABLES = ("ranges", "swings", "turns", "without", "parts")


def _rows(account: Summary) -> Iterable[tuple[str, dict[str, Any]]]:
    """Give the rows of one result, each with the table that it is in."""
    low, high = account.span or (None, None)
    draws = account.draws or (None, None)
    yield "ranges", {
        "now": account.result.text(), "low": low, "high": high,
        "over": "what is left without each outlet" if account.by_evidence else "all ends of ranges",
        "draws_low": draws[0], "draws_high": draws[1],
    }  # fmt: skip
    for swing in account.swings:
        at_low, at_high, move = both_ends(swing.at_low), both_ends(swing.at_high), swing.move
        yield "swings", {
            "parameter": move.parameter.name, "from": move.low, "to": move.high,
            "range_by": move.by, "at_from_low": at_low[0], "at_from_high": at_low[1],
            "at_to_low": at_high[0], "at_to_high": at_high[1],
        }  # fmt: skip
    for turn in account.turns:
        yield "turns", {
            "parameter": turn.parameter.name, "at": turn.at,
            "in_words": value_words(turn.parameter, turn.at), "then": turn.words,
            "within_a_range": turn.within,
        }  # fmt: skip
    lost = [(name, None) for name in account.lost_without]
    for name, left in [*lost, *account.changed_without]:
        said = left.text() if left else "no answer"
        yield "without", {"without": name, "named": name_words(name), "left": said}


def report_lines(found: Report) -> list[str]:
    """Return the tables as lines of text, a heading over each."""

    def words(cell: Any) -> Any:
        if not isinstance(cell, float):
            return cell
        return number_words(cell, 4) if math.isfinite(cell) else "no limit"

    lines = []
    for name, frame in found.tables.items():
        if not frame.empty:
            shown = frame.astype(object).where(frame.notna(), "").map(words)
            table = tabulate(shown, frame.columns, showindex=False, disable_numparse=True)
            lines += [name, table, ""]
    return lines[:-1]


def write_report(found: Report, target: Path) -> None:
    """Write the tables as CSV into a folder, which appears whole.

    Raises YaluError (exit code 2) where the folder holds something else.
    """
    if target.exists() and any(target.iterdir()) and not (target / "ranges.csv").is_file():
        said = "exists and holds no report of sensitivity"
        raise YaluError(f"{target}: {said}; choose another --out", exit_code=2)
    with aside(target) as folder:
        for name, frame in found.tables.items():
            frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        put_in_place(folder, target)
