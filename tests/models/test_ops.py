"""The operations that plain arithmetic lacks do the same in Python, NumPy and Vega."""

import math

import altair as alt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.models import ops

from .vega import evaluate

X, Y = alt.datum.x, alt.datum.y
XS = np.array([-2.5, -1.0, 0.0, 0.5, 1.0, 3.0, 700.0, 0.0])
YS = np.array([1.0, -1.0, 0.0, 2.0, 1.0, -0.25, 2.0, 5.0])

OPERATIONS = {
    "minimum": lambda x, y: ops.minimum(x, y),
    "minimum of a number": lambda x, y: ops.minimum(1, x) + y,
    "maximum": lambda x, y: ops.maximum(x, y),
    "maximum of a number": lambda x, y: ops.maximum(x, 0) - y,
    "clip": lambda x, y: ops.clip(x, -1, 1) * y,
    "divide": lambda x, y: ops.divide(x, y),
    "divide a number": lambda x, y: ops.divide(1, x) + 0 * y,
    "where": lambda x, y: ops.where(x > y, x, y),
    "where with numbers": lambda x, y: ops.where(x + y >= 0, 1.0, -1.0),
    "both": lambda x, y: ops.where((x > 0) & (y > 0), 1, 2),
    "either": lambda x, y: ops.where((x > 0) | (y > 0), 1, 2),
    "not": lambda x, y: ops.where(ops.logical_not(x > y), 1, 2),
    "equal": lambda x, y: ops.where(x == y, 1, 2),
    "unequal": lambda x, y: ops.where(x != y, 1, 2),
    "exp": lambda x, y: ops.exp(x / 10) + y,
    "exp out of range": lambda x, y: ops.exp(x * 2) + y,
    "log": lambda x, y: ops.log(x) + y,
    "sqrt": lambda x, y: ops.sqrt(x) + y,
    "floor": lambda x, y: ops.floor(x) + y,
    "ceil": lambda x, y: ops.ceil(x) + y,
    "arithmetic": lambda x, y: (1 - x) * -y + 2 * x**2 / 7 - 3,
    "power of a number": lambda x, y: 2.0**y + x,
    "size": lambda x, y: abs(x - y),
}


def is_public_operation(name: str) -> bool:
    function = getattr(ops, name)
    return callable(function) and getattr(function, "__module__", "") == ops.__name__


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_the_same_in_numpy_vega_and_on_floats(name) -> None:
    operation = OPERATIONS[name]
    rows = [{"x": x, "y": y} for x, y in zip(XS.tolist(), YS.tolist(), strict=True)]
    by_numpy = operation(XS, YS)
    by_vega = evaluate({name: ops.expression_text(operation(X, Y))}, rows)[name]
    by_float = [operation(x, y) for x, y in zip(XS.tolist(), YS.tolist(), strict=True)]

    np.testing.assert_allclose(by_vega, by_numpy, rtol=1e-9)
    np.testing.assert_allclose(by_float, by_numpy, rtol=1e-12)
    assert not any(isinstance(value, np.generic) for value in by_float)


def test_every_operation_is_tried() -> None:
    sources = " ".join(
        name for function in OPERATIONS.values() for name in function.__code__.co_names
    )
    public = {n for n in vars(ops) if not n.startswith("_") and is_public_operation(n)}
    untried = {n for n in public if n not in sources.split()}
    by_text = {"lookup", "days_between"}  # tried below, since they take words and dates
    assert untried == {"is_expression", "expression_text"} | by_text


PRICES = {"rice": 6000, "pork, 1 kg": 21500.5, 'Lao’s "tea"': 3, "corn": math.nan}
WORDS = ["rice", "pork, 1 kg", 'Lao’s "tea"', "corn", "bread", "", "constructor", "toString"]


def test_a_word_is_looked_up_the_same_in_numpy_vega_and_on_text() -> None:
    expected = [6000, 21500.5, 3, math.nan, math.nan, math.nan, math.nan, math.nan]
    texts = {
        "field": ops.expression_text(ops.lookup(alt.datum["word"], PRICES)),
        "sum": ops.expression_text(ops.lookup(alt.datum["word"], PRICES) + 1),
    }
    by_vega = evaluate(texts, [{"word": word} for word in WORDS])

    np.testing.assert_array_equal(ops.lookup(np.array(WORDS), PRICES), expected)
    np.testing.assert_array_equal([ops.lookup(word, PRICES) for word in WORDS], expected)
    np.testing.assert_array_equal(by_vega["field"], expected)
    np.testing.assert_array_equal(by_vega["sum"], np.array(expected) + 1)
    assert type(ops.lookup("rice", PRICES)) is float


def test_words_are_joined_to_look_them_up() -> None:
    key = alt.datum["flow"] + " " + alt.datum["month"]
    text = ops.expression_text(ops.lookup(key, {"import 2019-03": 16.5, "export 2019-03": 198}))
    rows = [{"flow": flow, "month": "2019-03"} for flow in ("import", "export", "total")]
    np.testing.assert_array_equal(evaluate({"": text}, rows)[""], [16.5, 198, math.nan])


DATES = [
    ("2017-12-22", "2019-12-22", 730),
    ("2020-02-28", "2020-03-01", 2),
    ("2019-02-28", "2019-03-01", 1),
    ("2026-03-28", "2026-03-30", 2),
    ("2019-12-22", "2019-12-22", 0),
    ("2019-12-22", "2012-01-01", -2912),
    ("1899-12-31", "1970-01-01", 25568),
]


def test_days_between_are_the_same_in_numpy_vega_and_on_text() -> None:
    starts, ends, expected = zip(*DATES, strict=True)
    texts = {
        "fields": ops.expression_text(ops.days_between(alt.datum["start"], alt.datum["end"])),
        "since": ops.expression_text(ops.days_between("2019-12-22", alt.datum["end"])),
    }
    rows = [{"start": start, "end": end} for start, end in zip(starts, ends, strict=True)]
    by_vega = evaluate(texts, rows)

    assert ops.days_between(np.array(starts), np.array(ends)).tolist() == list(expected)
    assert [ops.days_between(start, end) for start, end, _ in DATES] == list(expected)
    assert by_vega["fields"].tolist() == list(expected)
    assert by_vega["since"].tolist() == [ops.days_between("2019-12-22", end) for end in ends]
    assert type(ops.days_between(*DATES[0][:2])) is float


@pytest.mark.parametrize("text", ["no date", "2020-13-01", "2020-02-30x"])
def test_a_text_that_is_no_date_is_refused_or_no_number(text) -> None:
    expression = ops.expression_text(ops.days_between("2019-12-22", alt.datum["end"]))
    assert np.isnan(evaluate({"": expression}, [{"end": text}])[""]).all()
    with pytest.raises(ValueError):
        ops.days_between("2019-12-22", text)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "floor", "ceil"])
@pytest.mark.parametrize("value", [-math.inf, -1, 0, 1e9, math.inf, math.nan])
def test_no_number_raises_or_warns(name, value, recwarn) -> None:
    assert isinstance(getattr(ops, name)(value), float)
    assert not recwarn.list


def test_dividing_by_zero_is_infinite_and_nothing_by_nothing_is_no_number() -> None:
    assert ops.divide(3, 0) == math.inf
    assert ops.divide(-3, 0) == -math.inf
    assert math.isnan(ops.divide(0, 0))


def test_an_unknown_stays_unknown() -> None:
    assert math.isnan(ops.minimum(math.nan, 1))
    assert math.isnan(ops.maximum(1, math.nan))


def test_a_slider_counts_as_expression_and_a_number_does_not() -> None:
    slider = alt.param(name="fee", value=700)
    assert ops.is_expression(slider)
    assert ops.is_expression(slider * 52)
    assert ops.is_expression(alt.datum.fee)
    assert not ops.is_expression(700)
    assert not ops.is_expression(np.array([700]))
    assert not ops.is_expression("datum.fee")


def test_expression_text_is_what_vega_reads() -> None:
    slider = alt.param(name="fee", value=700)
    assert ops.expression_text(ops.minimum(slider * 52, 100)) == "min((fee * 52),100)"
    assert ops.expression_text(np.float64(2) * slider) == "(2.0 * fee)"
    with pytest.raises(TypeError, match="float"):
        ops.expression_text(700.0)


def test_an_array_in_a_vega_expression_is_refused() -> None:
    with pytest.raises(TypeError, match="array"):
        ops.minimum(alt.datum.x, np.array([1.0, 2.0]))


def test_a_plain_condition_chooses_between_sliders() -> None:
    slider = alt.param(name="fee", value=700)
    assert ops.where(True, slider, 0) is slider
    assert ops.where(False, slider, 0) == 0


@given(
    value=st.floats(-1e6, 1e6), low=st.floats(-1e6, 1e6), width=st.floats(0, 1e6, exclude_min=True)
)
def test_a_clipped_value_lies_between_its_limits_and_moves_only_if_outside(
    value, low, width
) -> None:
    high = low + width
    clipped = ops.clip(value, low, high)
    assert low <= clipped <= high
    assert (clipped == value) == (low <= value <= high)


@given(a=st.floats(-1e6, 1e6), b=st.floats(-1e6, 1e6))
def test_the_smaller_and_the_larger_are_the_two(a, b) -> None:
    assert sorted([a, b]) == [ops.minimum(a, b), ops.maximum(a, b)]
