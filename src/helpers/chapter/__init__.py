"""What a notebook imports: the chapter, and the forms of its charts and words."""

from helpers.chapter.answers import answer, from_evidence
from helpers.chapter.chapter import Chapter, begin
from helpers.chapter.charts import (
    PLAIN,
    SHORT,
    basis_label,
    claim_rows,
    colour,
    event_rules,
    number_axis,
    range_rows,
    ranges_over_time,
    spans,
)
from helpers.chapter.figure import control, figure
from helpers.chapter.known_when import known_chart, known_when, last_widened
from helpers.chapter.panel import assumptions
from helpers.chapter.ranges import claim_range
from helpers.chapter.running import record, say
from helpers.chapter.sensitivity.section import sensitivity
from helpers.chapter.tables import parameter_table, result_table, source_list
from helpers.chapter.wording import compare_words, date_words, number_words

__all__ = [
    "PLAIN",
    "SHORT",
    "Chapter",
    "answer",
    "assumptions",
    "basis_label",
    "begin",
    "claim_range",
    "claim_rows",
    "colour",
    "compare_words",
    "control",
    "date_words",
    "event_rules",
    "figure",
    "from_evidence",
    "known_chart",
    "known_when",
    "last_widened",
    "number_axis",
    "number_words",
    "parameter_table",
    "range_rows",
    "ranges_over_time",
    "record",
    "result_table",
    "say",
    "sensitivity",
    "source_list",
    "spans",
]
