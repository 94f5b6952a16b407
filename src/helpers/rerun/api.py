"""Chapters from Python: `from helpers import run, sweep, compare`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from io import StringIO
from itertools import islice
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.chapter.parameters import Value, nearest
from helpers.chapter.running import METADATA, Output, Result, kept_running
from helpers.config import read_config
from helpers.errors import YaluError
from helpers.evidence.exclusion import checked_subset, excluded_throughout
from helpers.lazily import pandas as pd
from helpers.paths import book_root
from helpers.rerun import folders
from helpers.rerun import run as runs
from helpers.rerun.parameters import as_typed, known_chapter

if TYPE_CHECKING:
    import altair as alt

    from helpers.rerun.readings import Reading

_COLUMNS = ["label", "text", "value", "low", "high", "unit", "per", "words", "total", "headline",
            "parameters", "claims", "outlets"]  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure of a run, which a notebook shows as a chart. `output` is that of its cell."""

    output: Output

    @property
    def about(self) -> Mapping[str, Any]:
        """What it is about: `plain` title and note, description, ids of `claims` and `sources`."""
        found: Mapping[str, Any] = self.output["metadata"][METADATA]["figure"]
        return found

    @property
    def title(self) -> str:
        """The finding that it shows."""
        return str(self.about["plain"]["title"])

    @property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, with its data."""
        from helpers.chapter.figure import VEGALITE

        found: dict[str, Any] = self.output["data"][VEGALITE]
        return found

    @property
    def chart(self) -> alt.TopLevelMixin:
        """The chart, to be changed or saved by Altair."""
        import altair as alt

        # the theme's background is none, for which Altair's schema has a word
        config = self.spec["config"] | {"background": "transparent"}
        return alt.Chart.from_dict(self.spec | {"config": config})

    @property
    def data(self) -> pd.DataFrame:
        """What the marks show, with its evidence: the CSV that the site has of the figure."""
        from helpers.book.sphinx.figures.data import csv_text, tables
        from helpers.book.sphinx.figures.provenance import provenance

        origins = provenance(self.spec, dict(self.about), read_config(book_root())["title"])
        return pd.read_csv(StringIO(csv_text(tables(self.spec), origins)))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.output["data"]
        return found


@dataclass(frozen=True)
class ChapterRun:
    """A chapter at one set of parameters, with what it answers: `found` is as results.json."""

    plan: runs.Run
    found: Mapping[str, Any]

    def __getitem__(self, key: str) -> Result:
        """Return a result; it has value, low, high, unit, claims, and `.text()`."""
        if key not in self.answers:
            raise YaluError(f"chapter {self.plan.chapter}: no result {key}"
                            f"{nearest(key, self.answers)}")  # fmt: skip
        return self.answers[key]

    def __repr__(self) -> str:
        """Return the chapter and its headline answers."""
        lines = [f"{one.label}: {one.text()}" for one in self.answers.values() if one.headline]
        return "\n".join([f"{self.plan.chapter}, run with other parameters", *lines])

    @cached_property
    def answers(self) -> Mapping[str, Result]:
        """The results by their keys."""
        return {key: Result(**one) for key, one in self.found["results"].items()}

    @property
    def findings(self) -> Sequence[str]:
        """The sentences of the answer that stands under the title."""
        found: Sequence[str] = self.found["findings"]
        return found

    @property
    def parameters(self) -> Mapping[str, Value]:
        """All parameters of the run."""
        return self.plan.values

    @cached_property
    def results(self) -> pd.DataFrame:
        """A row for each result, by its key.

        Columns: label, text (in words), value, low, high (unrounded; missing where it has none),
        unit, per, words (of a verdict), total (what a count is of), headline, and parameters,
        claims, outlets, whose entries stand between semicolons.
        """
        rows = [asdict(one) | {"text": one.text()} for one in self.answers.values()]
        frame = pd.DataFrame(rows).set_index("key")[_COLUMNS]
        for name in ("parameters", "claims", "outlets"):
            frame[name] = frame[name].map("; ".join)
        numbers = ["value", "low", "high", "total"]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """The figures by their names, drawn when they are first asked for."""
        from helpers.rerun.evaluate import run_here

        plan, outputs = self.plan, list[Output]()
        with _alone(plan):
            run_here(plan.root, plan.chapter, plan.values, outputs)
        every = [Figure(one) for one in outputs if "figure" in one["metadata"][METADATA]]
        return {str(f.about["name"]).removeprefix(f"{plan.chapter}-"): f for f in every}

    def save(self, out: str | Path | None = None, page: bool = False, force: bool = False) -> Path:
        """Write the run to a folder and return it; `yalu diff` takes it.

        By default runs/NAME. With a page, the notebook is executed and its page, its figures and
        itself are there too. Raises YaluError where the folder holds something else and `force`
        is not set.
        """
        plan = replace(self.plan, target=Path(out)) if out else self.plan
        if page:
            runs.carry_out(plan, force=force)
        else:
            runs.write_results(plan, self.found, force)
        return plan.target


@contextmanager
def _alone(plan: runs.Run) -> Iterator[None]:
    """Run a chapter within the block on its evidence, leaving the one that is running be."""
    with kept_running(), excluded_throughout(plan.evidence):
        yield


def run(
    chapter: str,
    *,
    scenario: str | Path | None = None,
    without: Iterable[str] | str = (),
    known_by: str | date = "",
    **parameters: Any,
) -> ChapterRun:
    """Run a chapter: `run("luggage", workers_per_week=200)`.

    Parameters that are not given are as in the book, or as in `scenario`, a name of the sidecar
    or a YAML file. `without` leaves out documents, outlets or kinds of evidence, `known_by` what
    was published after a day. Raises YaluError, one line a fault, for what is unknown or not
    allowed and where the chapter has no answer on that evidence.
    """
    several = isinstance(without, Iterable) and not isinstance(without, str)
    names = [str(name) for name in (without if several else [without])]
    evidence = checked_subset(names, known_by=str(known_by or ""))
    named = None if scenario is None else str(scenario)
    return computed(runs.planned(book_root(), chapter, parameters, named, None, evidence))


def computed(plan: runs.Run) -> ChapterRun:
    """Return the run that is planned, computed in this process. Raises YaluError as `run` does."""
    with _alone(plan):
        return ChapterRun(plan, runs.compute(plan))


def write_run(plan: runs.Run, force: bool = False) -> bool:
    """Compute a run into its folder, if it is not there; return whether it was computed.

    Raises YaluError as `run` does, and where the folder holds something else.
    """
    folders.check_target(plan.target, plan.hash, force)
    return (force or not runs.has(plan)) and runs.write_results(plan, computed(plan).found, force)


def sweep(
    chapter: str,
    *,
    draws: int | None = None,
    method: str = "latin",
    seed: int | None = None,
    **parameters: Any,
) -> pd.DataFrame:
    """Return the results of a chapter at many points, a row for each point and result.

    A parameter is a list of values, a pair (low, high) to draw from, or a text as `yalu sweep`
    takes it: `sweep("luggage", workers_per_week=range(100, 900, 100))`,
    `sweep("luggage", fee_low=(350, 1000), draws=500)`. `method` is "latin" or "sobol". Columns:
    point, the parameters, result, value, low, high, words, unit, per, error. Raises YaluError
    for what is unknown or not allowed.
    """
    from helpers.rerun.evaluate import evaluate
    from helpers.rerun.sweep import METHODS, SEED, planned_sweep, points, table

    root = book_root()
    _check_integer("draws", draws, 1)
    _check_integer("seed", seed, 0)
    if method not in METHODS:
        raise YaluError(f"method: found {method!r}; allowed: {' or '.join(METHODS)}", exit_code=2)
    typed = [f"{name}={_typed(value)}" for name, value in parameters.items()]
    found = points(
        known_chapter(root, chapter), typed, draws, method, SEED if seed is None else seed
    )
    plan = planned_sweep(root, chapter, found)
    with kept_running():
        return table(plan, evaluate(root, chapter, list(plan.points.values())))


def _check_integer(name: str, number: Any, least: int) -> None:
    is_integer = isinstance(number, Integral) and not isinstance(number, bool)
    if number is not None and not (is_integer and number >= least):
        said = f"found {repr(number)[:40]}; allowed: a whole number from {least}"
        raise YaluError(f"{name}: {said}", exit_code=2)


def _typed(value: Any) -> str:
    """Return values of a parameter as one types them after -p, no more than can be typed."""
    from helpers.rerun.sweep import LONGEST

    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        return f"{_typed_one(value[0])}..{_typed_one(value[1])}"
    # an array without a dimension is one value
    several = value if isinstance(value, Iterable) and getattr(value, "ndim", True) else [value]
    return ",".join(map(_typed_one, islice(several, LONGEST)))


def _typed_one(value: Any) -> str:
    """Return a number as one types it, what is none as text, for the check to refuse."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return str(value)
    try:
        return as_typed(float(value))
    except OverflowError:
        return "inf"


def compare(old: ChapterRun | str | Path, new: ChapterRun | str | Path) -> pd.DataFrame:
    """Return the results that differ from `old` to `new`, a row each by their key.

    Each is a run, the folder of one, a notebook that papermill has executed, a commit, or "book"
    for the published book. The rows are by chapter and key. Columns: label, old and new in words,
    difference in words, and the numbers old_value, old_low, old_high, old_total and as many new
    ones. What else differs, such as parameters and sentences, stands by chapter in `attrs`. Raises
    YaluError for what is none of these, and where the two share no chapter.
    """
    from helpers.rerun.compare import diff, difference_words
    from helpers.rerun.readings import ENDS

    found = diff(book_root(), _side(old, "old"), _side(new, "new"))
    rows = [
        {"chapter": part["chapter"], "key": one["key"], "label": one["label"],
         "old": one["old_text"], "new": one["new_text"], "difference": difference_words(one)}
        | {f"{side}_{end}": (one[side] or {}).get(end) for side in ("old", "new") for end in ENDS}
        for part in found for one in part["results"]
    ]  # fmt: skip
    numbers = [f"{side}_{end}" for side in ("old", "new") for end in ENDS]
    words = ["chapter", "key", "label", "old", "new", "difference"]
    frame = pd.DataFrame(rows, columns=[*words, *numbers]).set_index(["chapter", "key"])
    frame.attrs = {part["chapter"]: part for part in found}
    return frame.astype(dict.fromkeys(numbers, "float64"))


def _side(one: ChapterRun | str | Path, name: str) -> str | Reading:
    from helpers.rerun.readings import reading

    if isinstance(one, ChapterRun):
        return reading(name, one.plan.target, one.found, runs.about_run(one.plan))
    return str(one)
