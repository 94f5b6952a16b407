"""The model of the chapter `example`: checked by hand, and the same in the reader's browser."""

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.models import example as model
from helpers.models import ops

from .vega import evaluate

any_amount = st.floats(0, 1e6)
above_zero = st.floats(0.01, 1e6)


def test_an_amount_that_falls_due_twelve_times() -> None:
    assert model.total(50, 12) == 600
    assert model.ratio(50, 75) == 1.5


@given(amount=any_amount, times=any_amount, k=st.floats(1, 100))
def test_the_total_grows_with_each_of_its_causes(amount, times, k) -> None:
    once = model.total(amount, times)
    assert model.total(k * amount, times) == pytest.approx(k * once)
    assert model.total(amount, k * times) == pytest.approx(k * once)


@given(amount=above_zero, other=any_amount)
def test_the_ratio_times_the_amount_is_the_other(amount, other) -> None:
    assert model.ratio(amount, other) * amount == pytest.approx(other)


def test_the_browser_computes_the_same() -> None:
    rows = [{"a": 3.0, "b": 7.0}, {"a": 0.5, "b": 0.0}, {"a": 1e6, "b": 12.0}]
    functions = {"total": model.total, "ratio": model.ratio}
    texts = {
        name: ops.expression_text(function(alt.datum.a, alt.datum.b))
        for name, function in functions.items()
    }
    for name, values in evaluate(texts, rows).items():
        expected = [functions[name](row["a"], row["b"]) for row in rows]
        assert values == pytest.approx(expected, rel=1e-9)
