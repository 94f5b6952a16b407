"""What a notebook imports: the chapter, and the forms of its charts and words."""

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

__all__ = [
    "PLAIN", "SHORT", "Chapter", "bare_words", "basis_label", "claim_range", "colour",
    "date_words", "event_rules", "last_widened",
    "log_ticks", "number_axis", "number_words", "outside", "per_words", "range_rows",
    "spans",
]  # fmt: skip
