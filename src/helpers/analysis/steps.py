"""Parts that expressions have in common: computed once, as steps before them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import altair as alt
from altair.expr.core import Expression, GetItemExpression

# a part this short is quicker written out than looked up
SHORTEST = 24


class Steps:
    """The steps of some Altair expressions: parts that stand more than once, or that no draw moves.

    `texts` holds the Vega text of each step by its name, in the order in which they are to be
    computed: over the fields of a row, and over the steps before it as fields.
    """

    def __init__(self, expressions: Iterable[Expression], drawn: Iterable[str] = ()) -> None:
        """Find the parts of expressions over fields of a row of which some are drawn."""
        self.texts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._drawn = [repr(alt.datum[field]) for field in drawn]
        seen: Counter[str] = Counter()
        self._apart: set[str] = set()
        for expression in expressions:
            _count(expression, seen)
            self._set_apart(expression, within=False)
        self._apart |= {part for part, times in seen.items() if times > 1}

    def write(self, expression: Expression) -> str:
        """Return the Vega text of one of the expressions, with its common parts as steps."""
        return repr(self._shortened(expression))

    def for_draws(self, texts: Iterable[str]) -> list[str]:
        """Return the steps that some Vega texts need for each draw: those that draws move."""
        moved = self._moved()
        needed, whole = set(), "\n".join(texts)
        for name in reversed(self.texts):
            if name in moved and repr(alt.datum[name]) in whole:
                needed.add(name)
                whole += self.texts[name]
        return [name for name in self.texts if name in needed]

    def _moved(self) -> set[str]:
        """Return the names of the steps that rest on a drawn field, also through others."""
        fields, names = set(self._drawn), set()
        for name, text in self.texts.items():
            if any(field in text for field in fields):
                names.add(name)
                fields.add(repr(alt.datum[name]))
        return names

    def _set_apart(self, part: Expression, within: bool) -> None:
        """Set apart what rests on no drawn field within an expression that does."""
        text = repr(part)
        if any(field in text for field in self._drawn):
            for inner in _parts(part):
                self._set_apart(inner, within=True)
        elif within and _worth_a_step(part):
            self._apart.add(text)

    def _shortened(self, part: Expression) -> Expression:
        text = repr(part)
        if text not in self._apart:
            return _rebuilt(part, self._shortened)
        if text not in self._names:
            written = repr(_rebuilt(part, self._shortened))
            self._names[text] = f"step_{len(self.texts)}"
            self.texts[self._names[text]] = written
        return alt.datum[self._names[text]]


def _worth_a_step(part: Expression) -> bool:
    """Say whether a part is more than a field, and longer than a step's name."""
    return not isinstance(part, GetItemExpression) and len(repr(part)) >= SHORTEST


def _count(part: Expression, seen: Counter[str]) -> None:
    """Count the parts of an expression; those within a part that stood before are its own."""
    if not _worth_a_step(part):
        return
    text = repr(part)
    seen[text] += 1
    if seen[text] == 1:
        for inner in _parts(part):
            _count(inner, seen)


def _parts(part: Expression) -> Iterator[Expression]:
    """Yield the direct parts of an expression that are expressions themselves."""
    for value in part._kwds.values():
        for inner in value if isinstance(value, list | tuple) else [value]:
            if isinstance(inner, Expression):
                yield inner


def _rebuilt(part: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return an expression with each of its direct parts changed."""

    def changed(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [changed(one) for one in value]
        return change(value) if isinstance(value, Expression) else value

    return type(part)(**{name: changed(value) for name, value in part._kwds.items()})
