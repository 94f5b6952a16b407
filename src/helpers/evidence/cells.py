"""Cells: plain decimals, and dates as precise as known (YYYY, YYYY-MM, YYYY-MM-DD)."""

import pandas as pd

PLAIN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"


def is_plain(cells: pd.Series) -> pd.Series:
    """Tell which cells are plain decimals: no exponent, blank, thousands mark or word."""
    return cells.str.fullmatch(PLAIN).fillna(False).astype(bool)


def numbers(cells: pd.Series) -> pd.Series:
    """Return the cells as floats; NaN where a cell is empty or no plain decimal."""
    return pd.to_numeric(cells.where(is_plain(cells)), errors="coerce").astype("float64")


def places_after_point(cells: pd.Series) -> pd.Series:
    """Return how many digits each printed number has after its point (0 for integers)."""
    return cells.str.partition(".")[2].str.len().fillna(0)


def text(value: float) -> str:
    """Return the shortest text that reads back as the same number; empty for NaN."""
    if value != value:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else repr(float(value))


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
