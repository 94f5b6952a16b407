"""Steps: what expressions share is computed once and comes out the same."""

import altair as alt
import numpy as np

from helpers.chapter.panel import Steps
from tests.models.vega import evaluate

x, y, z = (alt.datum[name] for name in "xyz")
ROWS = [{"x": a, "y": b, "z": c} for a in (-2.0, 0.5, 7.0) for b in (1.0, 3.0) for c in (2.0, 9.0)]


def written(expressions):
    steps = Steps(expressions)
    return steps, [steps.write(expression) for expression in expressions]


def test_a_part_that_stands_twice_is_written_once():
    shared = (x + y) * (x - y)
    steps, texts = written([shared / z, alt.expr.max(shared, z)])
    assert list(steps.texts.values()) == [repr(shared)]
    assert texts == ["(datum['step_0'] / datum['z'])", "max(datum['step_0'],datum['z'])"]


def test_a_step_stands_after_those_it_is_made_of():
    inner = (x + y) * (x - y)
    outer = alt.expr.sqrt(inner * inner + 1)
    steps, texts = written([outer, outer * inner])
    names = list(steps.texts)
    for place, name in enumerate(names):
        assert not any(repr(alt.datum[later]) in steps.texts[name] for later in names[place:])
    assert texts[0] == repr(alt.datum[names[-1]])


def test_nothing_is_set_apart_where_nothing_is_shared():
    steps, texts = written([(x + y) * 2, x / z])
    assert not steps.texts
    assert texts == [repr((x + y) * 2), repr(x / z)]


def test_values_are_those_of_the_whole_expressions():
    inner = alt.expr.if_(x > y, x * z + 1, y * z - 1)
    held = alt.expr.max(y * 12, z * 3)
    expressions = [inner * held, alt.expr.min(inner, held) / (inner + held + 100), -inner]
    steps, texts = written(expressions)
    assert len(steps.texts) >= 2
    whole = evaluate(dict(enumerate(map(repr, expressions))), ROWS)
    parts = evaluate(dict(enumerate(texts)), ROWS, steps=steps.texts.items())
    for key, values in whole.items():
        np.testing.assert_array_equal(parts[key], values)
