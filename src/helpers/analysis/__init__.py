"""Analysis: parameters, named results, wording of numbers, charts and figures."""

from helpers.analysis.answers import answer, assumptions, from_evidence
from helpers.analysis.chapter import begin, record, say
from helpers.analysis.charts import (
    PLAIN,
    SHORT,
    basis_label,
    claim_rows,
    control,
    event_rules,
    number_axis,
    range_rows,
    ranges_over_time,
    spans,
)
from helpers.analysis.figures import figure
from helpers.analysis.known_when import known_chart, known_when, last_widened
from helpers.analysis.ranges import claim_range
from helpers.analysis.section import sensitivity
from helpers.analysis.tables import parameter_table, result_table, source_list
from helpers.analysis.theme import colour
from helpers.analysis.wording import compare_words, date_words, number_words

__all__ = [
    "PLAIN",
    "SHORT",
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
