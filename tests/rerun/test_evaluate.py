"""The answers at many points are those of a run at each of them."""

import random
from dataclasses import asdict

import nbformat
import pytest

from helpers.book.execute import Execution, execute_many, read_results
from helpers.chapter.running import is_summary, running
from helpers.chapter.sidecar import checked_values, sidecar
from helpers.errors import YaluError
from helpers.rerun.evaluate import evaluate, fault, run_here

from ..chapters.running import run_chapter
from ..conftest import answering
from .conftest import ROOT, spoil_cell

pytestmark = pytest.mark.book

CHAPTERS = answering()
NUMBERS = ("value", "low", "high")
BEGIN = """from helpers.chapter import Chapter
from helpers.models import ops

ch = Chapter("luggage")"""


def sample(chapter, count):
    """Points with each number at a bound, at its default or between, and texts of two kinds."""
    chosen, declared = random.Random(7), sidecar(chapter).parameters
    texts = {n: [p.default, *p.choices, p.max or p.default][:3] for n, p in declared.items()
             if p.type not in ("number", "integer")}  # fmt: skip
    texts = [{n: some[k % len(some)] for n, some in texts.items()} for k in range(2)]
    found = []
    while len(found) < count:
        point = dict(texts[len(found) % 2])
        for name, p in declared.items():
            if name not in point:
                between = chosen.uniform(p.min, p.max)
                value = chosen.choice([p.min, p.max, p.default, between, between, between])
                point[name] = round(value) if p.type == "integer" else value
        if not fault(chapter, point):
            found.append(point)
    return found


def told(frame, at):
    """What the table says of each result at a point."""
    rows = frame[frame["at"] == at]
    assert rows["error"].isna().all(), rows["error"].tolist()
    parts = rows[[*NUMBERS, "words"]].astype(object).where(rows[[*NUMBERS, "words"]].notna(), None)
    return {key: tuple(row) for key, row in zip(rows["result"], parts.to_numpy(), strict=True)}


def recorded(results):
    return {key: tuple(r[part] for part in (*NUMBERS, "words")) for key, r in results.items()
            if not is_summary(key, results)}  # fmt: skip


def check(found, single, point):
    differing = {key: (found[key], single.get(key)) for key in found if found[key] != single[key]}
    assert found and not differing and not single.keys() - found.keys(), point


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_they_are_what_the_cells_give_at_each_point(chapter):
    points = sample(chapter, 6)
    frame = evaluate(ROOT, chapter, points)
    for at, point in enumerate(points):
        run_here(ROOT, chapter, checked_values(sidecar(chapter), point))
        results = {k: asdict(r) for k, r in running().results.items() if k not in point}
        check(told(frame, at), recorded(results), point)


def bound_sets(chapter):
    """Sets of values: numbers at their low and high bounds in turn, each choice at least once."""
    declared = sidecar(chapter).parameters
    others = {n: [c for c in p.choices if c != p.default] for n, p in declared.items() if p.choices}
    count = max([2, *map(len, others.values())])
    for number in range(count):
        end = ("min", "max")[number % 2]
        values = {n: choices[number % len(choices)] for n, choices in others.items()}
        for name, parameter in declared.items():
            if parameter.type in ("number", "integer"):
                bound = getattr(parameter, end)
                values[name] = int(bound) if parameter.type == "integer" else bound
        yield values


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_at_the_bounds_of_its_parameters_a_notebook_stands_and_gives_them(chapter, tmp_path):
    points, declared = list(bound_sets(chapter)), sidecar(chapter).parameters
    frame = evaluate(ROOT, chapter, points)
    # where there are more choices than bounds, the cells for the rest run here
    for at, point in enumerate(points[2:], start=2):
        run_chapter(chapter, point)
        check(told(frame, at), recorded({
            key: asdict(one) for key, one in running().results.items() if key not in declared
        }), point)  # fmt: skip
    points = points[:2]
    runs = [Execution(ROOT / "chapters" / f"{chapter}.ipynb", tmp_path / f"{at}.ipynb", point)
            for at, point in enumerate(points)]  # fmt: skip
    errors = dict(execute_many(runs, 2))
    for at, (run, point) in enumerate(zip(runs, points, strict=True)):
        assert errors[at] is None, f"{point}: {errors[at]}"
        cells = nbformat.read(run.target, as_version=4).cells
        shown = [output for cell in cells for output in cell.get("outputs", [])]
        assert not [one.text for one in shown if one.output_type == "stream"], point
        prose = [one.data.get("text/markdown", "") for one in shown if "data" in one]
        assert not {"nan", "inf"} & set(" ".join(prose).split()), point
        check(told(frame, at), recorded(read_results(run.target)["results"]), point)


def give(book, *functions):
    """Have the short chapter register functions, each by its decorator and body."""
    spoil_cell(book, 2, BEGIN)
    codes = [f"@ch.{kind}\ndef f{n}(p):\n    return {body}" for n, (kind, body) in
             enumerate(functions)]  # fmt: skip
    for number, source in zip(range(3, 7), (*codes, "", "", "", ""), strict=False):
        spoil_cell(book, number, source)


def at_workers(book, *numbers):
    return evaluate(book, "luggage", [{"workers_per_week": number} for number in numbers])


def test_a_function_that_takes_no_arrays_is_asked_at_each_point(small_book):
    give(small_book, ("results", '{"mass_week": 1 / (p.workers_per_week - 200) if '
         'p.workers_per_week > 100 else 5.0}'))  # fmt: skip
    frame = at_workers(small_book, 100, 200, 201)
    assert frame["value"].dropna().tolist() == [5.0, 1.0]
    assert frame["error"].tolist()[1].endswith("ZeroDivisionError: division by zero")


def test_a_range_that_crosses_fails_alone(small_book):
    give(small_book, ("results", '{"fee_income_year": (p.workers_per_week, 150)}'))
    frame = at_workers(small_book, 100, 200, 120)
    assert frame.loc[frame["result"] == "fee_income_year", "low"].tolist() == [100, 120]
    assert "low 200.0 above high 150.0" in " ".join(frame["error"].dropna())


def test_a_function_that_uses_more_than_its_parameters_is_refused(small_book):
    for used in ("workers_per_week * 5", 'ch["workers_per_week"] * 5'):
        give(small_book, ("results", f'{{"mass_week": {used}}}'))
        with pytest.raises(YaluError, match="mass_week: at workers_per_week=100 the cells give"):
            at_workers(small_book, 100, 200)


def test_words_follow_the_parameters(small_book):
    give(small_book, ("results", '{"rail_verdict": ops.where(p.workers_per_week > 100, "many", '
         'ops.where(p.workers_per_week > 50, "some", "few"))}'))  # fmt: skip
    assert at_workers(small_book, 120, 70, 1)["words"].tolist() == ["many", "some", "few"]


def test_what_evidence_gives_may_use_parameters_in_any_way(small_book):
    give(small_book, ("results", '{"bags_per_week": 2 * p.workers_per_week}'),
         ("evidence", '{"mass_week": "none" if not p.workers_per_week else '
         'float(range(int(p.workers_per_week))[-1])}'))  # fmt: skip
    frame = at_workers(small_book, 0, 7, 9).set_index("result")
    assert frame.loc["mass_week", "words"].tolist()[0] == "none"
    assert frame.loc["mass_week", "value"].tolist()[1:] == [6, 8]
    assert frame.loc["bags_per_week", "value"].tolist() == [0, 14, 18]
