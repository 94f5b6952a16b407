"""Operations that plain arithmetic lacks, for numbers, arrays and Vega expressions alike.

The models use `+ - * / **` and comparisons directly: Python, NumPy and Altair all define them.
What they do not share is here. An argument counts as an Altair parameter or expression if its
class can write itself as Vega (`_to_expr`), so Altair is imported only when it is in use already.

Inside a model never write `if`, `and`, `or`, `not`, `min`, `max`, `//` or a chained comparison on
an argument: on a Vega expression they silently take one branch, or fail. Use `where`, `&`, `|`,
`logical_not`, `minimum`, `maximum` and `floor`.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from helpers.lazily import numpy as np

Quantity: TypeAlias = Any
"""A float, a NumPy array, or an Altair parameter or expression; results are of the same kind."""

# Conventions of the calendar that the models share.
MONTHS_PER_YEAR = 12
WEEKS_PER_YEAR = 52
DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
_MILLISECONDS_PER_DAY = 86_400_000


def is_expression(value: object) -> bool:
    """Say whether a value is an Altair parameter or expression, without importing Altair."""
    return hasattr(type(value), "_to_expr")


def expression_text(value: Quantity) -> str:
    """Write an Altair parameter or expression as Vega text, e.g. `(fee * 52)`.

    Raises TypeError if the value is a number or an array: it holds no expression.
    """
    if not is_expression(value):
        raise TypeError(f"no Altair parameter or expression, but {type(value).__name__}")
    return str(value._to_expr())


def minimum(a: Quantity, b: Quantity) -> Quantity:
    """Take the smaller of two values, element by element; NaN if either is NaN."""
    return _vega("min", a, b) if _any_expression(a, b) else _number(np.minimum(a, b))


def maximum(a: Quantity, b: Quantity) -> Quantity:
    """Take the larger of two values, element by element; NaN if either is NaN."""
    return _vega("max", a, b) if _any_expression(a, b) else _number(np.maximum(a, b))


def clip(value: Quantity, low: Quantity, high: Quantity) -> Quantity:
    """Hold a value between low and high: `min(max(value, low), high)`."""
    return minimum(maximum(value, low), high)


def divide(a: Quantity, b: Quantity) -> Quantity:
    """Divide as IEEE does where b may be zero: `x / 0` is infinite, `0 / 0` is NaN, never an error.

    Where the bounds of a parameter keep a divisor above zero the models write `a / b`.
    """
    if _any_expression(a, b):
        return a / b
    with np.errstate(divide="ignore", invalid="ignore"):
        return _number(np.true_divide(a, b))


def where(condition: Quantity, a: Quantity, b: Quantity) -> Quantity:
    """Take a where the condition holds and b elsewhere."""
    if is_expression(condition):
        return _vega("if_", condition, a, b)
    if _any_expression(a, b):
        return a if bool(condition) else b
    # an array of references to texts is filled three times as fast as one of copies
    a, b = (np.asarray(x, object) if isinstance(x, str) else x for x in (a, b))
    return _number(np.where(condition, a, b))


def lookup(key: Quantity, table: Mapping[str, float]) -> Quantity:
    """Take a number out of a table by a word; NaN where the table has no such word.

    `key` is a text, an array of texts, or an expression that holds a text.
    """
    if not is_expression(key):
        found = np.vectorize(lambda word: float(table.get(str(word), np.nan)), otypes=[float])
        return _number(found(key))
    from altair.expr.core import GetItemExpression, UnaryExpression

    # null becomes 0 in Vega, what is absent NaN: so unknown numbers are left out
    known = {word: float(number) for word, number in table.items() if np.isfinite(number)}
    literal = json.dumps(known, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return UnaryExpression("+", GetItemExpression(literal, key))


def days_between(start: Quantity, end: Quantity) -> Quantity:
    """Count the days from one date to another; below 0 if the end lies before the start.

    Dates as Python has them, ISO texts such as 2019-12-22, arrays of them, or expressions
    that hold such a text. Raises ValueError if a text is no date. A Vega expression is NaN where
    the browser reads no date in a text; it reads more forms than ISO, so check a text before.
    """
    if _any_expression(start, end):
        return (_vega("time", end) - _vega("time", start)) / _MILLISECONDS_PER_DAY
    return _number((_days(end) - _days(start)) / np.timedelta64(1, "D"))


def _days(day: Quantity) -> Any:
    return np.asarray(day, dtype="datetime64[D]")


def logical_not(condition: Quantity) -> Quantity:
    """Turn a condition round (Python's `~True` is -2, and `not` fails on arrays)."""
    return ~condition if is_expression(condition) else _number(np.logical_not(condition))


def exp(value: Quantity) -> Quantity:
    """Raise e to a power; infinite where that is too large for a float."""
    return _elementwise("exp", value)


def log(value: Quantity) -> Quantity:
    """Take the natural logarithm: minus infinity at zero, NaN below."""
    return _elementwise("log", value)


def sqrt(value: Quantity) -> Quantity:
    """Take the square root: NaN below zero."""
    return _elementwise("sqrt", value)


def floor(value: Quantity) -> Quantity:
    """Round down to a whole number, kept as a float."""
    return _elementwise("floor", value)


def ceil(value: Quantity) -> Quantity:
    """Round up to a whole number, kept as a float."""
    return _elementwise("ceil", value)


def _elementwise(name: str, value: Quantity) -> Quantity:
    if is_expression(value):
        return _vega(name, value)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _number(getattr(np, name)(np.asanyarray(value, dtype=float)))


def _any_expression(*values: Quantity) -> bool:
    return any(is_expression(value) for value in values)


def _vega(name: str, *args: Quantity) -> Quantity:
    """Call a Vega function by its Altair name; a chart takes numbers and expressions only."""
    from altair import expr

    for value in args:
        if not is_expression(value) and np.ndim(value) > 0:
            raise TypeError(f"{name}: an array cannot stand in a Vega expression; give a number")
    return getattr(expr, name)(*args)


def _number(result: Quantity) -> Quantity:
    """Give back a plain Python number where NumPy made an array or scalar of no dimension."""
    return result.item() if np.ndim(result) == 0 else result
