"""What a notebook imports: the chapter, and the forms of its charts and words."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.chapter.chapter import Chapter, outside
    from helpers.chapter.charts import (
        PLAIN,
        SHORT,
        basis_label,
        colour,
        event_rules,
        log_ticks,
        number_axis,
        range_rows,
        spans,
    )
    from helpers.chapter.ranges import claim_range
    from helpers.chapter.wording import bare_words, date_words, number_words, per_words

# where each name is: a command that needs one of them imports no chart library for another
_MODULES = {
    "chapter": ("Chapter", "outside"),
    "charts": ("PLAIN", "SHORT", "basis_label", "colour", "event_rules", "log_ticks",
               "number_axis", "range_rows", "spans"),
    "ranges": ("claim_range",),
    "wording": ("bare_words", "date_words", "number_words", "per_words"),
}  # fmt: skip

__all__ = [
    "PLAIN", "SHORT", "Chapter", "bare_words", "basis_label", "claim_range", "colour",
    "date_words", "event_rules", "log_ticks", "number_axis", "number_words", "outside",
    "per_words", "range_rows", "spans",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"helpers.chapter.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
