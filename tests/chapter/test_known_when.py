"""What was known when: every figure published until the end of a month, and none later."""

import pandas as pd

from helpers.chapter.charts import known_when, last_widened
from helpers.evidence import claims


def told(*rows):
    return pd.DataFrame(
        [{"claim_id": f"c{n}", "published": day, "lower": low, "upper": high, "outlet": "x"}
         for n, (day, low, high) in enumerate(rows)]
    ).astype({"lower": "float64", "upper": "float64"})  # fmt: skip


def at(known, month):
    row = known.set_index(known["month"].dt.strftime("%Y-%m")).loc[month]
    return row["low"], row["high"], row["claims"]


def test_a_date_known_in_part_counts_from_its_last_day():
    known = known_when(told(("2013-05", 5, 5), ("2014", 1, 9), (None, 0, 99)))
    assert at(known, "2013-04")[2] == 0 and pd.isna(at(known, "2013-04")[0])
    assert at(known, "2013-05") == (5, 5, 1)
    assert at(known, "2014-11") == (5, 5, 1) and at(known, "2014-12") == (1, 9, 2)
    assert last_widened(known) == "2014-12"
    assert at(known, "2026-11") == (1, 9, 2), "what is undated is never known"


def test_a_bound_stands_as_the_figure_that_it_names():
    known = known_when(told(("2013-05-02", 50, None), ("2013-06-01", None, 80)))
    assert at(known, "2013-05") == (50, 50, 1) and at(known, "2013-06") == (50, 80, 2)


def test_the_range_of_workers_in_china_only_widens():
    known = known_when(claims(indicator="workers_present", place="China", usable=True))
    known = known.dropna(subset="low")
    assert known["low"].is_monotonic_decreasing and known["high"].is_monotonic_increasing
    assert (known["low"].iloc[-1], known["high"].iloc[-1]) == (8000, 120_000)
    assert known["month"].iloc[0] >= pd.Timestamp("2012-01-01")
