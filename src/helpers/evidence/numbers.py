"""Numbers: plain decimals as people type them into a CSV file, and their shortest text."""

import pandas as pd

PLAIN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"


def is_plain(cells: pd.Series) -> pd.Series:
    """Tell which cells are plain decimals: no exponent, blank, thousands mark or word."""
    return cells.str.fullmatch(PLAIN).fillna(False).astype(bool)


def numbers(cells: pd.Series) -> pd.Series:
    """Return the cells as floats; NaN where a cell is empty or no plain decimal."""
    return pd.to_numeric(cells.where(is_plain(cells)), errors="coerce").astype("float64")


def places_after_point(cells: pd.Series) -> pd.Series:
    """Return how many digits each printed number has after its point (0 for whole ones)."""
    return cells.str.partition(".")[2].str.len().fillna(0)


def text(value: float) -> str:
    """Return the shortest text that reads back as the same number; empty for NaN."""
    if value != value:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else repr(float(value))
