"""Sweep: one chapter at many points, resumed where it was left, gathered in one table."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.chapter.parameters import Value
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.files import held, write_json
from helpers.rerun import folders
from helpers.rerun.grid import fault
from helpers.rerun.identity import canonical, commit, fingerprint, package_versions, short_hash
from helpers.rerun.pool import Runs, Task, outcomes

ENDS = ("value", "low", "high", "words")
POINTS = "points"
TABLE = "sweep"


@dataclass(frozen=True)
class Sweep:
    """A sweep that is asked for: its points by their short names, and where it lies."""

    root: Path
    chapter: str
    points: Mapping[str, Mapping[str, Value]]
    rests_on: Mapping[str, str]
    target: Path

    @property
    def swept(self) -> list[str]:
        """The names of the parameters that differ between points."""
        return list(next(iter(self.points.values())))

    def file(self, name: str) -> Path:
        """Return where the outcome of a point is kept."""
        return self.target / POINTS / f"{name}.json"


def planned_sweep(
    root: Path, chapter: str, points: list[dict[str, Value]], out: Path | None = None
) -> Sweep:
    """Return the sweep over `points`; a point that comes twice is one."""
    rests_on = fingerprint(root, chapter)
    named = {short_hash(chapter, point, rests_on): point for point in points}
    whole = hashlib.sha256(" ".join(sorted(named)).encode()).hexdigest()[:10]
    target = out or root / folders.RUNS / f"{chapter}-sweep-{whole}"
    folders.check_target(target, whole, force=False)
    return Sweep(root, chapter, named, rests_on, target)


def _write_whole(path: Path, content: Any) -> None:
    """Write JSON so that a file is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def at_work(sweep: Sweep, report: Callable[[str], None]) -> AbstractContextManager[bool]:
    """Hold the lock of a sweep, so that no other process runs its points meanwhile."""
    place = hashlib.sha256(str(sweep.target.resolve()).encode()).hexdigest()[:10]
    file = sweep.root / "_build" / f".sweep-{place}.lock"
    return held(file, f"{sweep.chapter}: another process is at this sweep", report)


def to_run(sweep: Sweep) -> list[str]:
    """Return the points without results, those that failed before among them."""
    return [name for name in sweep.points if "results" not in (_read(sweep.file(name)) or {})]


def _kept(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a point's outcome what the table needs."""
    if "error" in found:
        return {"error": found["error"]}
    return {
        "results": {
            key: {part: result[part] for part in (*ENDS, "unit", "per")}
            for key, result in found["results"].items()
        }
    }


def _task(sweep: Sweep, name: str) -> Task:
    values = checked_values(sidecar(sweep.chapter), sweep.points[name])
    source = sweep.root / "chapters" / f"{sweep.chapter}.ipynb"
    return Task(name, source, canonical(values))


def _outcomes(
    sweep: Sweep, names: list[str], jobs: int, elsewhere: Runs | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the outcome of each point; what breaks a rule fails without being run."""
    faults = {name: fault(sweep.chapter, dict(sweep.points[name])) for name in names}
    yield from ((name, {"error": said}) for name, said in faults.items() if said)
    tasks = [_task(sweep, name) for name in names if not faults[name]]
    yield from ((task.name, found) for task, found in outcomes(tasks, jobs, elsewhere))


def about(sweep: Sweep) -> dict[str, Any]:
    """Return what a sweep was made with; no path, user or host."""
    return {
        "hash": hashlib.sha256(" ".join(sorted(sweep.points)).encode()).hexdigest()[:10],
        "chapter": sweep.chapter,
        "swept": sweep.swept,
        "points": len(sweep.points),
        "commit": commit(sweep.root),
        "fingerprint": dict(sweep.rests_on),
        "versions": package_versions(),
    }


def run_points(
    sweep: Sweep, jobs: int, step: Callable[[int], Any], elsewhere: Runs | None = None
) -> None:
    """Run what has no results yet; each point is on disk as soon as it is done.

    `elsewhere` runs points in the place of this machine, see `pool.outcomes`.
    """
    write_json(sweep.target / folders.ABOUT, about(sweep))
    for name, found in _outcomes(sweep, to_run(sweep), jobs, elsewhere):
        _write_whole(sweep.file(name), _kept(found))
        step(1)


def _rows(sweep: Sweep) -> Iterator[dict[str, Any]]:
    for name, point in sweep.points.items():
        found = _read(sweep.file(name)) or {"error": "not run"}
        first = {"point": name, **point}
        if "error" in found:
            yield {**first, "error": found["error"]}
        for key, result in found.get("results", {}).items():
            yield {**first, "result": key, **result}


def table(sweep: Sweep) -> pd.DataFrame:
    """Return the sweep as a tidy table: a row for each point and result, one for a failure.

    Columns: point, the swept parameters, result, value, low, high, words, unit, per, error.
    """
    columns = ["point", *sweep.swept, "result", *ENDS, "unit", "per", "error"]
    frame = pd.DataFrame(_rows(sweep), columns=columns)
    numbers = ["value", "low", "high"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def write_table(sweep: Sweep) -> pd.DataFrame:
    """Write the sweep's table as CSV and Parquet and return it."""
    import fastparquet

    frame = table(sweep)
    frame.to_csv(sweep.target / f"{TABLE}.csv", index=False, lineterminator="\n")
    texts = frame.select_dtypes(exclude="number").columns
    plain = frame.astype(dict.fromkeys(texts, "object")).where(frame.notna(), None)
    part = sweep.target / f".{TABLE}.parquet"
    fastparquet.write(str(part), plain, write_index=False, object_encoding="infer")
    part.replace(sweep.target / f"{TABLE}.parquet")
    return frame
