"""Periods: dates as precise as known (YYYY, YYYY-MM, YYYY-MM-DD) and the days they cover."""

import pandas as pd

_FORM = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_FILL = {4: "-01-01", 7: "-01", 10: ""}


def first_day(dates: pd.Series) -> pd.Series:
    """Return the first day of each partial ISO date; NaT where empty or no real date."""
    fit = dates.where(dates.str.fullmatch(_FORM).fillna(False), "")
    full = fit + fit.str.len().map(_FILL).fillna("")
    return pd.to_datetime(full, format="%Y-%m-%d", errors="coerce")


def last_day(dates: pd.Series) -> pd.Series:
    """Return the last day of each partial ISO date; NaT where empty or no real date."""
    first, length = first_day(dates), dates.str.len()
    month_end = first + pd.offsets.MonthEnd(0)
    year_end = first + pd.offsets.YearEnd(0)
    return first.mask(length == 7, month_end).mask(length == 4, year_end)


def iso(days: pd.Series) -> pd.Series:
    """Return days as YYYY-MM-DD text, empty for NaT."""
    return days.dt.strftime("%Y-%m-%d").fillna("").astype("str")
