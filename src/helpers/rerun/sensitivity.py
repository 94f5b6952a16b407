"""Sensitivity of a chapter's answers as tables, printed and written."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tabulate import tabulate

from helpers.chapter.answers import WITHIN, draw_of, draw_within, result_at, sampled_parameters
from helpers.chapter.parameters import Value, nearest
from helpers.chapter.running import both_ends, running
from helpers.chapter.sensitivity.leave_out import part_views
from helpers.chapter.sensitivity.one_at_a_time import headlines
from helpers.chapter.sensitivity.section import ranges_of
from helpers.chapter.sensitivity.summary import Summary, summaries
from helpers.chapter.sensitivity.what_would_change import answer_words, turn_words, value_words
from helpers.chapter.wording import number_words
from helpers.errors import YaluError
from helpers.evidence.csv_tables import csv_bytes
from helpers.evidence.exclusion import name_words
from helpers.files import aside, check_folder, put_in_place
from helpers.rerun.evaluate import run_here

# base samples of Sobol's shares; each needs as many runs as there are inputs, and two
BASE, SEED = 4096, 1


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
# what is printed of a table: words, as the chapter's page has them, where files have numbers
_PRINTED = {
    "ranges": ["result", "now", "plausible", "widest", "over"],
    "swings": ["result", "parameter", "goes_from", "goes_to", "range_by", "answer_from",
               "answer_to"],
    "turns": ["result", "parameter", "in_words", "then", "within_a_range"],
}  # fmt: skip


def _rows(account: Summary) -> Iterable[tuple[str, dict[str, Any]]]:
    """Give the rows of one result, each with the table that it is in."""
    low, high = account.span or (None, None)
    draws = account.draws or (None, None)
    widest, plausible = ranges_of(account)
    yield "ranges", {
        "now": account.result.text(), "plausible": plausible.text() if plausible else "",
        "widest": widest.text() if widest else "", "low": low, "high": high,
        "over": "what is left without each outlet" if account.by_evidence else "all ends of ranges",
        "draws_low": draws[0], "draws_high": draws[1],
    }  # fmt: skip
    for swing in account.swings:
        at_low, at_high, move = both_ends(swing.at_low), both_ends(swing.at_high), swing.move
        yield "swings", {
            "parameter": move.parameter.name, "from": move.low, "to": move.high,
            "range_by": move.by, "at_from_low": at_low[0], "at_from_high": at_low[1],
            "at_to_low": at_high[0], "at_to_high": at_high[1],
            "goes_from": value_words(move.parameter, move.low),
            "goes_to": value_words(move.parameter, move.high),
            "answer_from": answer_words(account, swing.at_low),
            "answer_to": answer_words(account, swing.at_high),
        }  # fmt: skip
    for turn in account.turns:
        yield "turns", {
            "parameter": turn.parameter.name, "at": turn.at,
            "in_words": turn_words(turn), "then": turn.words,
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
            frame = frame[_PRINTED.get(name, list(frame.columns))]
            shown = frame.astype(object).where(frame.notna(), "").map(words)
            table = tabulate(shown, frame.columns, showindex=False, disable_numparse=True)
            lines += [name, table, ""]
    return lines[:-1]


def check_report_folder(root: Path, target: Path) -> None:
    """Raise YaluError (exit code 2) where a folder holds something else, see `check_folder`."""
    check_folder(root, target)
    if target.exists() and any(target.iterdir()) and not (target / "ranges.csv").is_file():
        said = "exists and holds no report of sensitivity"
        raise YaluError(f"{target}: {said}; choose another folder", exit_code=2)


def write_report(found: Report, target: Path) -> None:
    """Write the tables as CSV into a folder, which appears whole."""
    with aside(target) as folder:
        for name, frame in found.tables.items():
            (folder / f"{name}.csv").write_bytes(csv_bytes(frame))
        put_in_place(folder, target)


# Shares of variance ---------------------------------------------------------------------------


def variance_shares(keys: Iterable[str], base: int = BASE) -> Iterator[dict[str, Any]]:
    """Yield for each result and sampled parameter its share of the result's variance.

    `first` is the share of the parameter alone, `total` with all that it does together with
    others (Saltelli and others, Computer Physics Communications 181, 2010), each with the
    half-width of its 95 per cent interval. Parameters are sampled as in the panel; a result of
    two ends is sampled between them, which is an input of its own. `base` is a power of two.
    Raises YaluError where SALib is not installed.
    """
    try:
        from SALib.analyze.sobol import analyze
        from SALib.sample.sobol import sample
    except ModuleNotFoundError:
        raise YaluError("variance shares need SALib: pip install SALib", exit_code=2) from None
    chapter = running()
    values, every = chapter.parameters, sampled_parameters(chapter.name, chapter.parameters)
    for key in keys:
        sampled = [p for p in every if p.name in chapter.results[key].parameters]
        inputs = [p.name for p in sampled] + [WITHIN] * isinstance(chapter.values.get(key), tuple)
        if not inputs or chapter.function_of(key) is None:
            continue
        problem = {"num_vars": len(inputs), "names": inputs, "bounds": [[0.0, 1.0]] * len(inputs)}
        u = sample(problem, base, calc_second_order=False, seed=SEED)
        of = dict(zip(inputs, u.T, strict=True))
        draws = {p.name: draw_of(p, of[p.name], values[p.name]) for p in sampled}
        y = draw_within(result_at(key, draws), of.get(WITHIN))
        y = np.broadcast_to(np.asarray(y, float), len(u))
        if not np.isfinite(y).all() or np.ptp(y) == 0:
            continue
        found = analyze(problem, y, calc_second_order=False, seed=SEED)
        for place, name in enumerate(inputs):
            yield {"result": key, "input": name.strip("_"), "first": float(found["S1"][place]),
                   "first_interval": float(found["S1_conf"][place]),
                   "total": float(found["ST"][place]),
                   "total_interval": float(found["ST_conf"][place])}  # fmt: skip
